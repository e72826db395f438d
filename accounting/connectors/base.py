"""What Lejar asks of any set of books: one protocol, one receipt, four ways to fail.

A new ledger is a new file that implements `Connector`, registered in `accounting.connections`.
Connectors speak HTTP and nothing else: no database, no queue, no retry. When to call, and what a
failure leads to, is decided by `accounting.sender`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from accounting.documents.document import Allocation, Entry, Kind


class Unavailable(Exception):
    """Certainly not written: the books were not reached or turned us away. Wait and try again."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after  # seconds, when the books said so


class Throttled(Unavailable):
    """The books allow no more calls for `retry_after` seconds. No trouble, only a pause."""


class Uncertain(Exception):
    """Maybe written: the answer was lost, unreadable, or says the number exists. Look it up.

    `duplicate` is True when the books answered and named the number as taken: no quiet period is
    needed before the look-up. `refused` is True when the answer reads like a refusal but may have
    come after a save: once the document is proved absent it counts as one.
    """

    def __init__(self, message: str, *, duplicate: bool = False, refused: bool = False) -> None:
        super().__init__(message)
        self.duplicate, self.refused = duplicate, refused


class Rejected(Exception):
    """The books said no to this document, in the words of the message. The merchant decides."""


class Misconfigured(Exception):
    """Key, permission, company or endpoint is wrong. The book pauses and shows a banner."""

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.hint = hint  # key, instance, endpoint, company, setting


class Partial(Exception):
    """The codes given are not all there are: the books show no more of this list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A knock-off that the books show on the document that settles: the document of this number,
    by this amount."""

    number: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the books hold under a number, as read back from them.

    `unapplied` is what a payment, credit or refund has left to knock off, `outstanding` what an
    invoice or debit note still waits for; None where the books do not say. `settled` lists its
    knock-offs where the books keep them with the document, `marker` is the Shopify id it was
    written with, where they show it. A customer's number is its code.
    """

    number: str
    customer: str
    total: Decimal
    outstanding: Decimal | None = None
    unapplied: Decimal | None = None
    cancelled: bool = False
    external_id: str = ""
    settled: tuple[Settled, ...] = ()
    marker: str = ""
    dated: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of a connection check. `status` is ok, warning or failed; `advice` what to do."""

    subject: str
    status: str
    message: str
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What `check` found. `fingerprint` tells the company file the books have open from another,
    as `Connector.identity` does; empty when nothing was found to tell it by. `settings` are those
    of the connection that the check found to be otherwise than they are kept."""

    findings: tuple[Finding, ...]
    fingerprint: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return all(finding.status != "failed" for finding in self.findings)


class CodeList(StrEnum):
    """The lists of codes that a merchant picks from when mapping."""

    ACCOUNTS = "accounts"
    TAX_CODES = "tax_codes"
    PAYMENT_METHODS = "payment_methods"
    ITEMS = "items"
    DEBTORS = "debtors"
    PROJECTS = "projects"
    LOCATIONS = "locations"
    TERMS = "terms"


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One code of the books. `detail` is what else helps to choose: the rate of a tax code, the
    account and journal of a payment method, the units of an item."""

    code: str
    name: str = ""
    active: bool = True
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some of the documents the books hold. `after` is where the next page begins, "" on the last
    one; `complete` is False where the books do not show all there are."""

    receipts: tuple[Receipt, ...]
    after: str = ""
    complete: bool = True


class Connector(Protocol):
    """One connection to one company's books. Every call has a wall-clock deadline."""

    kinds: frozenset[Kind]  # what can be posted here; anything else is held CONNECTION_UNSUPPORTED
    settling: frozenset[Kind]  # kinds that are written together with what they knock off
    looks_first: bool  # whether even a first write is looked up: these books take a number twice
    call_seconds: float  # the deadline of one call, for the lease that must outlast it
    profile: str  # id and version, noted on every attempt

    def identity(self) -> str:
        """The cheapest read there is, and whose books answered: a text that another company's books
        would not give, "" where nothing tells them apart. Raises Unavailable or Misconfigured."""

    def check(self) -> Health:
        """Everything a merchant should know before writing; reads only."""

    def codes(self, wanted: CodeList) -> Iterator[Code] | None:
        """All codes of a list, None where these books do not offer it. Raises, also while it is
        read, Unavailable or Misconfigured; Partial after the last code there is to be had, where
        the list has more."""

    def documents(self, kind: Kind, after: str = "") -> Page:
        """What the books hold of this kind, page by page. Raises Unavailable, Misconfigured, or
        Rejected where this kind cannot be listed."""

    def find(self, entry: Entry, *, settled_further: bool = False) -> Receipt | None:
        """What the books hold under the entry's number; None when it is certainly absent.

        For an allocation: the receipt of its source when the knock-off has been made, None when
        it has not. `settled_further`: its source may settle more than we know of. Raises
        Unavailable when the answer is not certain, Rejected when the books hold something that
        contradicts the entry.
        """

    def post(self, entry: Entry, settles: Sequence[Allocation] = ()) -> Receipt | None:
        """Write it, once; with it the knock-offs of a kind in `settling`.

        The receipt is what the books' own answer shows, where that is a proof: it states figures
        which the books arrived at and were not told. None proves nothing, and the caller reads the
        document back with `find`.
        """


def made(entry: Allocation, source: Receipt | None, *, settled_further: bool = False) -> bool:
    """Whether the knock-off `entry` has been made, as its source's open amount tells; with
    `settled_further`, whether it may have been, and the target has to tell too.

    Raises Rejected when the source is missing, cancelled, or open by anything else than before or
    after it; Unavailable when the books do not say.
    """
    if source is None:
        raise Rejected(f"{entry.source} is not in the books, so it cannot be knocked off")
    if source.cancelled:
        raise Rejected(f"{entry.source} is cancelled in the books")
    if source.unapplied is None:
        raise Unavailable(
            f"The books do not say how much of {entry.source} is applied: its knock-off against "
            f"{entry.target} cannot be verified"
        )
    if source.unapplied == entry.source_open:
        return False
    expected = entry.source_open - entry.amount
    if source.unapplied == expected or (settled_further and source.unapplied < expected):
        return True
    raise Rejected(open_differs(entry.source, source.unapplied, expected))


def open_differs(number: str, books: Decimal, here: Decimal) -> str:
    return f"{number} has {books:.2f} open in the books, {here:.2f} here"


def difference(entry: Entry, receipt: Receipt) -> str:
    """Why `receipt` is not `entry`, as a sentence with both figures; empty when they agree.

    A customer is the same when its code is: the name and address in the books are the merchant's.
    """
    if receipt.cancelled:
        return f"{receipt.number} exists in the books but is cancelled there"
    if entry.kind is Kind.ALLOCATION:
        return ""
    if receipt.customer.strip().casefold() != entry.customer.strip().casefold():
        return f"customer is {receipt.customer} in the books, {entry.customer} here"
    if entry.kind is not Kind.CUSTOMER and receipt.total != entry.total:
        return f"total is {receipt.total} in the books, {entry.total} here"
    return ""
