"""What Lejar asks of any set of books: one protocol, one receipt, four ways to fail.

A new ledger is a new file that implements `Connector`, registered in `accounting.connections`.
Connectors speak HTTP and nothing else: no database, no queue, no retry. When to call, and what a
failure leads to, is decided by `accounting.sender`.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from accounting.documents.document import Entry, Kind


class Unavailable(Exception):
    """Certainly not written: the books were not reached or turned us away. Wait and try again."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after  # seconds, when the books said so


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the books hold under a number, as read back from them.

    `unapplied` is what a credit or refund has left to knock off, `outstanding` what an invoice or
    debit note still waits for; None where the books do not say. A customer's number is its code.
    """

    number: str
    customer: str
    total: Decimal
    outstanding: Decimal | None = None
    unapplied: Decimal | None = None
    cancelled: bool = False
    external_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of a connection check. `status` is ok, warning or failed; `advice` what to do."""

    subject: str
    status: str
    message: str
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What `check` found. `fingerprint` tells the company file the books have open from another:
    code and name of its cash debtors; empty when nothing was found to tell it by."""

    findings: tuple[Finding, ...]
    fingerprint: str = ""

    @property
    def ok(self) -> bool:
        return all(finding.status != "failed" for finding in self.findings)


class Connector(Protocol):
    """One connection to one company's books. Every call has a wall-clock deadline."""

    kinds: frozenset[Kind]  # what can be posted here; anything else is held CONNECTION_UNSUPPORTED
    call_seconds: float  # the deadline of one call, for the lease that must outlast it
    profile: str  # id and version, noted on every attempt

    def ping(self) -> None:
        """The cheapest read there is. Raises Unavailable or Misconfigured."""

    def check(self) -> Health:
        """Everything a merchant should know before writing; reads only."""

    def find(self, entry: Entry) -> Receipt | None:
        """What the books hold under the entry's number; None when it is certainly absent.

        For an allocation: the receipt of its source when the knock-off has been made, None when
        it has not. Raises Unavailable when the answer is not certain, Rejected when the books
        hold something that contradicts the entry.
        """

    def post(self, entry: Entry) -> None:
        """Write it, once. Returning proves nothing: the caller reads it back with `find`."""


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
