"""What stands in simulated books: documents with their lines and knock-offs, customers, and the
calls that asked for them. Amounts are Decimals in the customer's currency, exact to the sen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from accounting.documents.document import ZERO, Kind

DEBITING = frozenset({Kind.INVOICE, Kind.DEBIT_NOTE, Kind.REFUND})  # raise what the debtor owes
OWED = frozenset({Kind.INVOICE, Kind.DEBIT_NOTE})  # outstanding; the others are unapplied


class Refusal(Exception):
    """The books say no, in the accounting system's own words; nothing was written."""


class Duplicate(Refusal):
    """The number, or the code of a customer, is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of an invoice or note, or the one of a payment: then `account` is the account that the
    payment method moves. `net` and `tax` are in the customer's currency."""

    account: str
    net: Decimal
    tax: Decimal = ZERO
    tax_code: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What every document says of itself. `marker` is its first reference, a Shopify id."""

    kind: Kind
    number: str
    customer: str
    date: date
    currency: str = ""
    rate: Decimal = Decimal("1")
    marker: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnockOff:
    """`amount` of `source` settles `target`."""

    source_kind: Kind
    source: str
    target_kind: Kind
    target: str
    amount: Decimal
    made_at: datetime


@dataclass(slots=True, kw_only=True)
class Written:
    """A live document as the books hold it; a customer that was created is one, of no amount.

    `asked` is the number the writer gave, `number` the one the books gave it. `knock_offs` are
    those that this document makes; `applied` is what all knock-offs took of it, in either role.
    """

    kind: Kind
    number: str
    asked: str
    customer: str
    currency: str
    rate: Decimal
    total: Decimal
    date: date
    marker: str
    description: str
    written_at: datetime
    lines: tuple[Line, ...] = ()
    entries: tuple[tuple[str, Decimal], ...] = ()  # account, debit above zero; in home currency
    knock_offs: list[KnockOff] = field(default_factory=list)
    applied: Decimal = ZERO

    @property
    def open(self) -> Decimal:
        return self.total - self.applied

    @property
    def outstanding(self) -> Decimal | None:
        """What an invoice or debit note still waits for, None of anything else."""
        return self.open if self.kind in OWED else None

    @property
    def unapplied(self) -> Decimal | None:
        """What a payment, credit note or refund has left to knock off, None of anything else."""
        return None if self.kind in OWED or self.kind is Kind.CUSTOMER else self.open


@dataclass(slots=True, kw_only=True)
class Call:
    """One call that reached the gateway, in the world's time. `ended` is when the gateway was done
    with it, or the caller's deadline passed; None while neither is so."""

    method: str
    path: str
    number: str
    write: bool
    started: datetime
    until: datetime
    ended: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    name: str
    currency: str
