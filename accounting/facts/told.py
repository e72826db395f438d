"""The facts themselves: one class for each thing a shop can say.

Amounts are `Decimal` in the currency named beside them; times are aware, in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

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
