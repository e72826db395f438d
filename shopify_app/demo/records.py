"""What Shopify keeps about one order: payments, refunds, cancellation, and the sums over them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from decimal import Decimal

from shopify_app.demo.figures import ZERO, Item, Sale, ShippingLine
from shopify_app.demo.shops import ShopProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenShop:
    """A profile with the address it got for this run."""

    profile: ShopProfile
    domain: str
    id: int

    def local(self, at: datetime) -> str:
        """The way Shopify writes a time: in the shop's own zone."""
        zone = timezone(timedelta(hours=self.profile.utc_offset_hours))
        return at.astimezone(zone).isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Invented; every address ends in .test."""

    id: int
    first_name: str
    last_name: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A transaction that succeeded."""

    id: int
    kind: str  # sale, authorization, capture, refund
    gateway: str
    amount: Decimal
    at: datetime
    parent_id: int | None = None

    @property
    def moved(self) -> Decimal:
        """Money in, negative when it went back."""
        return {"sale": 1, "capture": 1, "refund": -1}.get(self.kind, 0) * self.amount


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedLine:
    id: int
    item: Item
    quantity: int
    restock_type: str
    subtotal: Decimal  # contains tax when prices do
    tax: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedShipping:
    id: int
    adjustment_id: int
    line: ShippingLine
    subtotal: Decimal  # contains tax when prices do
    tax: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """`discrepancy` is calculated minus returned: negative is goodwill, positive a fee kept."""

    id: int
    at: datetime
    note: str
    lines: tuple[ReturnedLine, ...]
    shipping: ReturnedShipping | None
    discrepancy: Decimal
    discrepancy_id: int
    payments: tuple[Payment, ...]
    taxes_included: bool

    @property
    def parts(self) -> tuple[ReturnedLine | ReturnedShipping, ...]:
        return (*self.lines, self.shipping) if self.shipping else self.lines

    @property
    def tax(self) -> Decimal:
        return sum((part.tax for part in self.parts), ZERO)

    @property
    def credited(self) -> Decimal:
        """What the customer no longer owes: the credit note's total (contract I6)."""
        subtotals = sum((part.subtotal for part in self.parts), ZERO)
        return subtotals + (ZERO if self.taxes_included else self.tax) - self.discrepancy

    @property
    def money(self) -> Decimal:
        return sum((payment.amount for payment in self.payments), ZERO)


@dataclass(kw_only=True)
class Record:
    """One order as Shopify would show it now."""

    shop: OpenShop
    id: int
    number: int
    sale: Sale
    customer: Customer | None
    created_at: datetime
    updated_at: datetime
    payments: list[Payment] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    cancelled_at: datetime | None = None
    cancel_reason: str | None = None
    fulfilled: bool = False

    @property
    def name(self) -> str:
        return f"#{self.number}"

    @property
    def paid(self) -> Decimal:
        """Successful money in, before refunds."""
        return sum((p.moved for p in self.payments if p.moved > 0), ZERO)

    @property
    def net_payments(self) -> Decimal:
        return sum((payment.moved for payment in self.payments), ZERO)

    @property
    def credited(self) -> Decimal:
        return sum((refund.credited for refund in self.refunds), ZERO)

    @property
    def current_total(self) -> Decimal:
        return self.sale.total - self.credited

    @property
    def outstanding(self) -> Decimal:
        return self.current_total - self.net_payments

    @property
    def gateways(self) -> list[str]:
        return list(dict.fromkeys(p.gateway for p in self.payments if p.kind != "refund"))

    def returned_quantity(self, item: Item) -> int:
        return sum(line.quantity for line in self._returned(item))

    def returned_subtotal(self, item: Item) -> Decimal:
        return sum((line.subtotal for line in self._returned(item)), ZERO)

    def returned_tax(self, item: Item) -> Decimal:
        return sum((line.tax for line in self._returned(item)), ZERO)

    def _returned(self, item: Item) -> list[ReturnedLine]:
        return [line for refund in self.refunds for line in refund.lines if line.item.id == item.id]

    @property
    def shipping_refunded(self) -> bool:
        return any(refund.shipping for refund in self.refunds)

    @property
    def financial_status(self) -> str:
        """Shopify's word for where the money stands."""
        if self.paid == ZERO and self.sale.total > ZERO:
            return self._unpaid_status()
        if any(refund.payments for refund in self.refunds):
            return "refunded" if self.net_payments == ZERO else "partially_refunded"
        return "paid" if self.outstanding <= ZERO else "partially_paid"

    def _unpaid_status(self) -> str:
        if self.cancelled_at:
            return "voided"
        return "authorized" if self.payments else "pending"
