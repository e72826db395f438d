"""What a shop told us, in words an accountant would use: the input language of `documents`.

A *fact* is one thing Shopify said at one time: a version of an order, a transaction, a refund, an
edit, an agreement. Facts are never changed. `merge` turns any pile of them, in any order and with
any repetition, into the one picture of an order that documents are built from (accounting
treatment 2.1: every rule is a set union or a maximum).

Amounts are `Decimal` in the currency named beside them; times are aware, in UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from accounting import codec

ZERO = Decimal("0")


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyBag:
    """One amount in both currencies of an order: the shop's and the one the customer saw."""

    shop: Decimal
    presentment: Decimal


NOTHING = MoneyBag(shop=ZERO, presentment=ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxLine:
    """Tax on one line. `rate` is a fraction: 0.1 is ten per cent."""

    title: str
    rate: Decimal
    amount: MoneyBag
    channel_liable: bool = False  # the marketplace, not the merchant, owes it


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount:
    """The part of a discount that falls on one line; `label` is its code or title."""

    label: str
    amount: MoneyBag


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line item as ordered: `quantity` is not lowered by refunds, `current_quantity` is.

    `product_type` and `tags` are the product's; webhooks do not say them, a refetch does.
    `fulfilled_quantity` are units that have been sent to the customer.
    """

    id: int
    title: str
    variant_title: str = ""
    sku: str = ""
    product_id: int | None = None
    variant_id: int | None = None
    vendor: str = ""
    product_type: str = ""
    tags: tuple[str, ...] = ()
    quantity: int
    current_quantity: int | None = None
    fulfilled_quantity: int = 0
    product_exists: bool = True
    price: MoneyBag  # of one unit, before discounts
    discounts: tuple[Discount, ...] = ()
    taxes: tuple[TaxLine, ...] = ()
    gift_card: bool = False
    tip: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingLine:
    """A way of shipping the customer chose. Removed ones are still listed by Shopify."""

    id: int
    title: str
    code: str = ""
    price: MoneyBag  # before discounts
    discounts: tuple[Discount, ...] = ()
    taxes: tuple[TaxLine, ...] = ()
    removed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Who bought. Every part may be missing: Lejar works without protected customer data."""

    id: int | None = None
    company_id: int | None = None  # of a business customer
    name: str = ""
    company: str = ""
    email: str = ""
    phone: str = ""
    address: tuple[str, ...] = ()
    country: str = ""


PERSONAL = ("name", "company", "email", "phone", "address", "country")  # of a Customer


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxDetails:
    """What the buyer typed at the checkout for an e-invoice of their own, letter for letter; ""
    where they typed nothing. Where they typed no address, it is the billing address. Whether it
    can be used is for `documents.identity` to say. It never shows in a log or an error: its `repr`
    is empty."""

    tin: str = field(default="", repr=False)
    id_type: str = field(default="", repr=False)
    id_number: str = field(default="", repr=False)
    sst_number: str = field(default="", repr=False)
    name: str = field(default="", repr=False)  # of the company or person the invoice is for
    address1: str = field(default="", repr=False)
    address2: str = field(default="", repr=False)
    postcode: str = field(default="", repr=False)
    city: str = field(default="", repr=False)
    state: str = field(default="", repr=False)
    country: str = field(default="", repr=False)  # ISO 3166, two letters
    phone: str = field(default="", repr=False)
    email: str = field(default="", repr=False)  # where the e-invoice shall go


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The totals of an order that Shopify states in the shop's currency, in the customer's."""

    total_tax: Decimal
    total_outstanding: Decimal
    current_total_price: Decimal
    total_tip_received: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One version of an order. `origin` marks the version Shopify sent when it was created.

    `presentment_totals` are None where the customer's currency is another and nobody said them;
    `due_at` is when payment terms ask for the money. `unsaid` names the fields this version is
    silent about, those of its lines like "lines.tip"; what such a field holds is a second best.
    """

    id: int
    name: str
    number: int | None
    created_at: datetime
    processed_at: datetime
    updated_at: datetime
    cancelled_at: datetime | None = None
    origin: bool = False
    refetched: bool = False
    test: bool = False
    currency: str
    presentment_currency: str
    taxes_included: bool
    estimated_taxes: bool = False
    financial_status: str = ""
    source_name: str = ""
    location_id: int | None = None
    merchant_of_record: int | None = None
    total_price: MoneyBag
    total_tax: Decimal  # shop currency, like the three below
    total_outstanding: Decimal
    current_total_price: Decimal
    total_tip_received: Decimal = ZERO
    presentment_totals: Totals | None = None
    duties: MoneyBag = NOTHING
    duty_taxes: tuple[TaxLine, ...] = ()
    additional_fees: MoneyBag = NOTHING
    fee_taxes: tuple[TaxLine, ...] = ()
    due_at: datetime | None = None
    tags: tuple[str, ...] = ()
    lines: tuple[Line, ...]
    shipping_lines: tuple[ShippingLine, ...] = ()
    customer: Customer | None = None
    tax_details: TaxDetails | None = field(default=None, metadata=codec.LEFT_OUT)
    unsaid: tuple[str, ...] = field(default=(), metadata=codec.LEFT_OUT)  # see `merge`


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerTotals:
    """The totals of an order version in the customer's currency, told apart from the version, which
    is the one of `as_of`. `id` is the order's."""

    id: int
    order_id: int
    as_of: datetime
    totals: Totals


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """Money asked for or moved. `amount` is in `currency`, the currency of the payment;
    `shop_amount` is the same money in the shop's currency where that is known."""

    id: int
    order_id: int
    as_of: datetime
    parent_id: int | None = None
    refund_id: int | None = None
    kind: str  # sale, capture, authorization, emv_authorization, void, refund, change
    status: str  # success, pending, awaiting_response, unknown, failure, error
    gateway: str
    amount: Decimal
    currency: str
    shop_amount: Decimal | None = None
    rounding: Decimal = ZERO  # cash rounding; the money moved is amount + rounding
    processed_at: datetime
    test: bool = False
    reference: str = ""
    card_brand: str = ""
    location_id: int | None = None
    unsaid: tuple[str, ...] = ()  # fields this copy is silent about: see `merge`


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundLine:
    """`subtotal` is net of discounts; it contains tax when the order's prices do."""

    id: int
    line_id: int
    quantity: int
    restock_type: str  # return, cancel, legacy_restock, no_restock
    subtotal: MoneyBag
    tax: MoneyBag


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundShipping:
    """Shipping given back, all or a part; `subtotal` may contain tax. The line it belongs to may go
    unsaid."""

    id: int
    shipping_line_id: int | None
    subtotal: MoneyBag
    tax: MoneyBag | None = None  # webhooks do not say; a refetch does


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """`kind` is shipping_refund (the same money as a RefundShipping, never counted again) or
    refund_discrepancy: calculated minus returned, so negative is goodwill, positive is kept."""

    id: int
    kind: str
    reason: str
    amount: MoneyBag
    tax: MoneyBag


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """What the merchant took back or gave up. Not money: that is its transactions. `return_id` is
    the return that it settles."""

    id: int
    order_id: int
    as_of: datetime
    return_id: int | None = None
    created_at: datetime
    processed_at: datetime | None = None
    lines: tuple[RefundLine, ...] = ()
    shipping: tuple[RefundShipping, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    duties: MoneyBag = NOTHING
    additional_fees: MoneyBag = NOTHING
    transaction_ids: tuple[int, ...] = ()
    unsaid: tuple[str, ...] = ()  # fields this copy is silent about: see `merge`


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A committed order edit: unit changes by line id, only as a trigger and for grouping."""

    id: int
    order_id: int
    committed_at: datetime
    additions: tuple[tuple[int, ...], ...] = ()  # (line id, units)
    removals: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """One line of an agreement: what it changed. Amounts are signed, after discounts and with tax;
    `quantity` is signed and 0 where only an amount changed. `line_id` is a line item's or a
    shipping line's."""

    line_type: str  # product, shipping, tip, gift_card, duty, fee, additional_fee, adjustment
    action: str  # order, update, return
    line_id: int | None = None
    quantity: int = 0
    total: MoneyBag
    tax: MoneyBag = NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """An entry of Shopify's append-only ledger of an order; only a refetch lists it. Used for ids,
    grouping and splitting, never as the only source of an amount (treatment R21)."""

    id: int
    order_id: int
    kind: str  # order, edit, refund, return
    happened_at: datetime
    refund_id: int | None = None
    return_id: int | None = None
    sales: tuple[Sale, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A customer's bank took money back, or asks to. Told of, never posted (treatment row 45)."""

    id: int
    order_id: int
    as_of: datetime
    status: str  # needs_response, under_review, accepted, won, lost …
    amount: Decimal
    currency: str
    opened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """The order was deleted in Shopify: `id` is the order's. The books stay (row 44)."""

    id: int
    order_id: int
    deleted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The whole order was read from Shopify at `as_of`: what that did not show was not there then
    (treatment G7). `id` is the order's."""

    id: int
    order_id: int
    as_of: datetime


Fact = (
    Order | CustomerTotals | Transaction | Refund | Edit | Agreement | Dispute | Deletion | Reading
)

KINDS: dict[str, type[Fact]] = {
    "order": Order,
    "totals": CustomerTotals,
    "transaction": Transaction,
    "refund": Refund,
    "edit": Edit,
    "agreement": Agreement,
    "dispute": Dispute,
    "deletion": Deletion,
    "reading": Reading,
}


def kind_of(fact: Fact) -> str:
    """The name under which facts of this kind are kept."""
    return next(name for name, cls in KINDS.items() if isinstance(fact, cls))


def order_id_of(fact: Fact) -> int:
    """Shopify's id of the order the fact is about."""
    return fact.id if isinstance(fact, Order) else fact.order_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything known about one order. `origin` is None until `orders/create` was seen.

    `succeeded` holds the transactions that ever were successful: a success that later failed
    stays a payment and gets a reversal (treatment R1), dated by `failed_at`, when the failure was
    first told (R9). `read_at` is when the whole order was last read from Shopify.
    """

    origin: Order | None
    latest: Order | None
    cancelled_at: datetime | None
    transactions: tuple[Transaction, ...]
    succeeded: frozenset[int]
    refunds: tuple[Refund, ...]
    edits: tuple[Edit, ...]
    agreements: tuple[Agreement, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    failed_at: Mapping[int, datetime] = field(default_factory=dict)
    deleted_at: datetime | None = None
    read_at: datetime | None = None


def merge(facts: Iterable[Fact]) -> Facts:
    """The one picture of an order that these facts show, whatever their order or repetition.

    Copies of a transaction or refund are laid over each other field by field, the newest on top;
    a copy that is silent about a field (it is empty, or named in `unsaid`) erases nothing. A
    version of an order stays as it was said; only what it is silent about is taken from the newest
    version that says it. The order as created is the oldest version that came as such: there is
    only one, and the topic that says so is not signed.
    """
    seen = {codec.text(fact): fact for fact in facts}.values()
    orders = [fact for fact in seen if isinstance(fact, Order)]
    transactions = [fact for fact in seen if isinstance(fact, Transaction)]
    return Facts(
        origin=_filled(_origin(orders), orders),
        latest=_with_buyer(_with_totals(_filled(_latest(orders), orders), seen), orders),
        cancelled_at=min((o.cancelled_at for o in orders if o.cancelled_at), default=None),
        transactions=_newest(transactions, _transaction_rank),
        succeeded=frozenset(t.id for t in transactions if t.status == "success"),
        refunds=_newest([fact for fact in seen if isinstance(fact, Refund)], _refund_rank),
        edits=_newest([fact for fact in seen if isinstance(fact, Edit)], _edit_rank),
        agreements=_newest([f for f in seen if isinstance(f, Agreement)], _agreement_rank),
        disputes=_newest([fact for fact in seen if isinstance(fact, Dispute)], _refund_rank),
        failed_at=_failed_at(transactions),
        deleted_at=min((f.deleted_at for f in seen if isinstance(f, Deletion)), default=None),
        read_at=max((fact.as_of for fact in seen if isinstance(fact, Reading)), default=None),
    )


def _with_totals(latest: Order | None, seen: Iterable[Fact]) -> Order | None:
    """The newest version, with what it comes to in the customer's currency where that was told
    apart."""
    if latest is None or latest.presentment_totals is not None:
        return latest
    told = [fact for fact in seen if isinstance(fact, CustomerTotals)]
    same = [fact.totals for fact in told if fact.as_of == latest.updated_at]
    totals = max(same, key=codec.text, default=None)
    return replace(latest, presentment_totals=totals)


def _with_buyer(latest: Order | None, versions: Iterable[Order]) -> Order | None:
    """The newest version, with what only older ones say of the same buyer: a shop may stop passing
    personal data on, and what is not said erases nothing (contract shopify.md, 14)."""
    if latest is None:
        return None
    known = latest.customer
    for older in _tellers(known, versions):
        known = _told(known, older.customer)
    return replace(latest, customer=known)


def _tellers(known: Customer | None, versions: Iterable[Order]) -> Iterator[Order]:
    """The versions that say something more of the buyer which no newer one does, newest first."""
    if known and not _gaps(known):
        return
    for older in sorted((each for each in versions if each.customer), key=_version_rank)[::-1]:
        told = _told(known, older.customer)
        if told != known:
            known = told
            yield older


def _told(newer: Customer | None, older: Customer | None) -> Customer | None:
    """What both say of one buyer; another buyer's data are not mixed in."""
    if newer is None or older is None:
        return newer or older
    if newer.id != older.id and newer.id is not None:
        return newer
    return replace(newer, **{name: getattr(older, name) for name in _gaps(newer)})


def _gaps(customer: Customer) -> list[str]:
    return [name for name in PERSONAL if not getattr(customer, name)]


def _failed_at(copies: Iterable[Transaction]) -> dict[int, datetime]:
    """When each transaction was first said to have failed."""
    failed: dict[int, datetime] = {}
    for copy in copies:
        if copy.status in FAILED:
            failed[copy.id] = min(copy.as_of, failed.get(copy.id, copy.as_of))
    return dict(sorted(failed.items()))


def superseded(orders: Iterable[Order]) -> list[Order]:
    """The versions that no longer decide anything and need not be kept."""
    versions = list(orders)
    if len(versions) < 2:
        return []
    versions.sort(key=_version_rank, reverse=True)
    names = {name for version in versions for name in _unsaid(version)}
    newest = _latest(versions)
    needed = {_origin(versions), newest, *(_sayer(name, versions) for name in names)}
    # The next version may name any of the buyers so far, an unknown one or none.
    buyers = {version.customer.id for version in versions if version.customer} | {None}
    for known in (None, *(Customer(id=buyer) for buyer in buyers)):
        needed |= {*_tellers(known, versions)}
    cancelled_at = min((v.cancelled_at for v in versions if v.cancelled_at), default=None)
    if cancelled_at not in {order.cancelled_at for order in needed if order}:
        needed.add(next((o for o in versions if o.cancelled_at == cancelled_at), None))
    return [version for version in versions if version not in needed]


# Webhooks never say these of a product; what they leave in their places is not "none".
NEVER_SENT = frozenset({"lines.product_type", "lines.tags"})


def _unsaid(order: Order) -> frozenset[str]:
    return frozenset(order.unsaid) | (frozenset() if order.refetched else NEVER_SENT)


def _sayer(name: str, versions: Iterable[Order]) -> Order | None:
    """The newest version that says this field."""
    saying = (version for version in versions if name not in _unsaid(version))
    return max(saying, key=_version_rank, default=None)


def _filled(order: Order | None, versions: Sequence[Order]) -> Order | None:
    """The version with what it is silent about (R7, for orders)."""
    for name in sorted(_unsaid(order)) if order else ():
        sayer = _sayer(name, versions)
        if order is not None and sayer is not None:
            left = tuple(each for each in order.unsaid if each != name)
            order = replace(_with_field(order, name, sayer), unsaid=left)
    return order


def _with_field(order: Order, name: str, sayer: Order) -> Order:
    of_lines = name.removeprefix("lines.")
    if of_lines == name:
        return replace(order, **{name: getattr(sayer, name)})
    said = {line.id: {of_lines: getattr(line, of_lines)} for line in sayer.lines}
    return replace(
        order, lines=tuple(replace(line, **said.get(line.id, {})) for line in order.lines)
    )


Keyed = TypeVar("Keyed", Transaction, Refund, Edit, Agreement, Dispute)


def _newest(copies: list[Keyed], rank: Callable[[Any], Any]) -> tuple[Keyed, ...]:
    by_id: dict[int, list[Keyed]] = {}
    for copy in copies:
        by_id.setdefault(copy.id, []).append(copy)
    return tuple(_fold(sorted(by_id[key], key=rank)) for key in sorted(by_id))


def _fold(copies: list[Keyed]) -> Keyed:
    """Field by field the newest copy that says anything wins; silence erases nothing (R7)."""
    folded = copies[-1]
    for older in reversed(copies[:-1]):
        gaps = _silent(folded)
        said = {name: getattr(older, name) for name in gaps - _silent(older)}
        if isinstance(folded, (Transaction, Refund)):
            said["unsaid"] = tuple(sorted(set(folded.unsaid) - said.keys()))
        folded = replace(folded, **said)
    return _with_shipping_taxes(folded, copies) if isinstance(folded, Refund) else folded


def _with_shipping_taxes(refund: Refund, copies: Iterable[Refund]) -> Refund:
    """What a refetch said of the tax on refunded shipping stands when a webhook, which never says
    it, repeats the refund later (R7)."""
    told = {row.id: row.tax for copy in copies for row in copy.shipping if row.tax is not None}
    rows = (replace(row, tax=row.tax or told.get(row.id)) for row in refund.shipping)
    return replace(refund, shipping=tuple(rows))


def _silent(copy: Transaction | Refund | Edit | Agreement | Dispute) -> set[str]:
    unsaid = copy.unsaid if isinstance(copy, (Transaction, Refund)) else ()
    return {f.name for f in fields(copy) if getattr(copy, f.name) in (None, "") or f.name in unsaid}


def _origin(versions: Iterable[Order]) -> Order | None:
    return min((order for order in versions if order.origin), key=_version_rank, default=None)


def _latest(versions: list[Order]) -> Order | None:
    newest = max(map(_age, versions), default=None)
    return max((v for v in versions if _age(v) == newest), key=codec.sha256, default=None)


def _age(order: Order) -> Any:
    """Newest last; of one second (Shopify's times are no finer) what was fetched beats what was
    sent, and any version the one sent at the order's creation."""
    return (order.updated_at, order.refetched, not order.origin)


def _version_rank(order: Order) -> Any:
    return (_age(order), codec.sha256(order))


UNDECIDED = frozenset({"pending", "awaiting_response", "unknown"})
FAILED = frozenset({"failure", "error"})


def _transaction_rank(transaction: Transaction) -> Any:
    return (transaction.as_of, transaction.status not in UNDECIDED, codec.text(transaction))


def _refund_rank(fact: Refund | Dispute) -> Any:
    return (fact.as_of, codec.text(fact))


def _edit_rank(edit: Edit) -> Any:
    return (edit.committed_at, codec.text(edit))


def _agreement_rank(agreement: Agreement) -> Any:
    return (agreement.happened_at, codec.text(agreement))
