"""The documents an accountant would write, and what can stand in their way.

All amounts are `Decimal` in the document's `currency`, exact to its minor unit. Lines are always
tax-exclusive: `net` plus explicit `tax` (accounting treatment 4.1). Dates are calendar dates in
the shop's time zone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from accounting import codec

ZERO = Decimal("0")
Day = date  # `date` is also the name of a field


class Kind(StrEnum):
    """What a ledger calls the document; connectors translate these and nothing else."""

    CUSTOMER = "customer"
    INVOICE = "invoice"
    DEBIT_NOTE = "debit_note"
    PAYMENT = "payment"
    CREDIT_NOTE = "credit_note"
    REFUND = "refund"
    ALLOCATION = "allocation"


class Role(StrEnum):
    """Why the document exists (treatment 1.3). With the source id it is the document's key."""

    CUSTOMER = "A"
    INVOICE = "IV"
    SUPPLEMENTARY = "S"  # new lines of an edit or exchange
    INCREASE = "Q"  # an edit that raises an existing charge
    REDUCTION = "E"  # an edit that lowers one
    PAYMENT = "P"
    REVERSAL = "V"  # a payment that failed after it had succeeded
    CREDIT = "C"  # a refund record
    RETURN = "T"  # a return without a refund record
    CANCELLATION = "X"
    DIFFERENCE = "N"  # cash rounding or exchange difference of a transaction
    FEE = "D"  # kept back, where the books take no negative lines
    REFUND = "F"
    ALLOCATION = "K"
    CONTRA = "Z"  # takes another document back


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Key:
    """What makes a document itself within one store: why it exists, and the Shopify id of what it
    is for. An allocation has the numbers of both its documents instead, in `source` and `target`,
    and as `source_id` its running number among the knock-offs of that pair. A contra has the id of
    the document that it takes back, and in `source` that one's role.
    """

    role: Role
    source_id: int
    source: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Where a figure comes from: the fact it was read in, the rule that made it the amount it is,
    and the rule or mapping that gave the account and tax code."""

    fact: str = ""
    amount: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLine:
    """quantity x unit_price = net, exactly."""

    role: str  # account role: sales, shipping, tips, returns, tax_only …
    account: str
    description: str
    quantity: int
    unit_price: Decimal
    net: Decimal
    tax_code: str = ""
    tax_rate: Decimal | None = None
    tax: Decimal = ZERO
    tariff_code: str = ""
    item_code: str = ""
    restock: bool = False  # the goods come back into stock; of a credit's contra: they had
    source_id: int = 0  # Shopify line, shipping line or adjustment id
    why: Why = Why()


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyerIdentity:
    """Who the buyer is to the tax office, whole and in the forms of `identity_forms`; "" for what
    may be left out and was. It never shows in a log or an error: its `repr` is empty."""

    name: str = field(repr=False)
    tin: str = field(repr=False)
    id_type: str = field(repr=False)  # registration, nric, passport, army
    id_number: str = field(repr=False)
    sst_number: str = field(default="", repr=False)
    address1: str = field(default="", repr=False)
    address2: str = field(default="", repr=False)
    postcode: str = field(default="", repr=False)
    city: str = field(default="", repr=False)
    state: str = field(default="", repr=False)
    country: str = field(default="", repr=False)  # ISO 3166, two letters
    phone: str = field(default="", repr=False)
    email: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """An invoice, debit note or credit note (with lines), or a payment or refund (with an
    `account`: the payment method or clearing account the money moves through).

    `rate` is home currency per unit of a foreign `currency`, to 8 decimals. `tax_mode` says how the
    lines are to be written so that the books compute our tax (treatment 4.5). `identity` stands on
    invoices, debit notes and credit notes of an e-invoice of their own, where the merchant has the
    buyer asked for it (ADR 23).
    """

    kind: Kind
    key: Key
    number: str
    date: date
    currency: str
    customer: str  # debtor code
    total: Decimal
    description: str
    order_name: str
    order_id: int
    lines: tuple[DocumentLine, ...] = ()
    account: str = ""
    gateway: str = ""
    reference: str = ""  # the gateway's own reference, on money documents
    corrects: str = ""  # on credit notes: the number of the invoice
    effective_at: datetime | None = None  # orders allocations within one day
    due_date: Day | None = None
    rate: Decimal | None = None
    einvoice: str = ""  # consolidated, individual, or nothing
    project: str = ""
    tax_mode: str = "explicit"  # explicit, exclusive, inclusive, adjusted
    buyer: tuple[str, ...] = ()  # name and address, where the shop may pass them on
    identity: BuyerIdentity | None = field(default=None, metadata=codec.LEFT_OUT)
    why: Why = Why()  # of a payment or refund; the others say it line by line

    @property
    def net(self) -> Decimal:
        return sum((line.net for line in self.lines), ZERO)

    @property
    def tax(self) -> Decimal:
        return sum((line.tax for line in self.lines), ZERO)

    @property
    def is_debit(self) -> bool:
        """True when it raises what the customer owes."""
        return self.kind in (Kind.INVOICE, Kind.DEBIT_NOTE, Kind.REFUND)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """A knock-off: `amount` of the credit (or refund) `source` settles `target`.

    `source_open` and `target_open` are what both had left before it, so that a connector can
    tell an allocation that was made from one that was not.
    """

    key: Key
    number: str
    date: date
    currency: str
    customer: str
    source_kind: Kind
    source: str
    target_kind: Kind
    target: str
    amount: Decimal
    source_open: Decimal
    target_open: Decimal
    order_name: str
    order_id: int

    @property
    def kind(self) -> Kind:
        return Kind.ALLOCATION

    @property
    def total(self) -> Decimal:
        return self.amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Debtor:
    """The customer an order's documents are written to, where it is not the cash debtor: looked up
    in the books by `code`, and created when absent."""

    key: Key
    code: str
    name: str
    date: date
    currency: str
    order_name: str
    order_id: int
    company: str = ""
    email: str = ""
    phone: str = ""
    address: tuple[str, ...] = ()
    country: str = ""
    # where the order has an e-invoice of its own
    identity: BuyerIdentity | None = field(default=None, metadata=codec.LEFT_OUT)

    @property
    def kind(self) -> Kind:
        return Kind.CUSTOMER

    @property
    def number(self) -> str:
        return self.code

    @property
    def customer(self) -> str:
        return self.code

    @property
    def total(self) -> Decimal:
        return ZERO


Entry = Document | Allocation | Debtor


def dump(entry: Entry) -> dict[str, Any]:
    """The entry as it is kept in the outbox."""
    value: dict[str, Any] = codec.dump(entry)
    return value


def load(value: dict[str, Any]) -> Entry:
    """The entry that `dump` made `value` from. Only documents keep a `kind`, only customers a
    `code`."""
    if "kind" in value:
        return codec.load(Document, value)
    return codec.load(Debtor, value) if "code" in value else codec.load(Allocation, value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A reason not to post, with everything a person needs to judge it.

    `code` is one of the treatment's hold names (UNMAPPED_ITEM, I1, FACTS_INCOMPLETE …);
    `subject` is what is missing or wrong (a SKU, a gateway, a document number); `terms` are the
    figures behind it, name by name; `blocks` are the keys of the documents it holds back, empty
    when it holds the whole order. `may_pass` means that facts still on their way can settle it: it
    is shown only once the order has been quiet for the policy's `settle` time. `refetch` means that
    reading the order anew from Shopify could explain it.
    """

    code: str
    subject: str
    message: str
    terms: tuple[tuple[str, str], ...] = ()
    blocks: tuple[Key, ...] = ()
    may_pass: bool = False
    refetch: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """Something a person should know about the order that holds nothing back."""

    code: str  # CUSTOMER_CREDIT, BOUNCED, REFUND_FAILED, DISPUTED, DELETED …
    message: str
    terms: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What `build` decided: what to post now, in order, and what is wrong or missing.

    An order may have both: what a problem does not block is posted. `excluded` says in a sentence
    why the order has no documents for now and needs none (a test order, not paid yet). Nothing may
    be posted before `not_before`: until then events still change the invoice (the fold window).
    """

    entries: tuple[Entry, ...] = ()
    problems: tuple[Problem, ...] = ()
    excluded: str = ""
    flags: tuple[Flag, ...] = ()
    not_before: datetime | None = None
