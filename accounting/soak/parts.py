"""One thing an order charges for, while units and amounts of it are given back.

Shopify rounds the share of each refund half up; the last units take the rest.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from accounting.facts import Discount, Line, ShippingLine, TaxLine
from accounting.soak.figures import NONE, Exchange, Sum, decimal, half_up

GOODS = frozenset({"sales", "gift_card", "tips"})  # line items; the others have no units


@dataclass(frozen=True, slots=True)
class Tax:
    title: str
    percent: int
    channel: bool = False  # the marketplace owes it

    @property
    def identity(self) -> tuple[str, int, bool]:
        return (self.title.casefold(), self.percent, self.channel)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a refund, a return or an edit took of a part, in the customer's currency."""

    part: Part
    units: int
    subtotal: int
    tax: int


@dataclass(slots=True, eq=False)
class Part:
    """`kind` is the account role it is sold on. `left_*` is what nobody has taken back yet, in the
    customer's currency; `edited_off` is what edits took off, units and amounts."""

    kind: str
    id: int
    units: int
    price: Sum
    taxes: tuple[Tax, ...] = ()
    offs: list[tuple[str, Sum]] = field(default_factory=list)
    amounts: list[Sum] = field(default_factory=list)  # of the taxes
    removed: bool = False  # a shipping line that an edit took off
    stated: bool = True  # False: a tip that only the order's total shows
    left_units: int = 0
    left_subtotal: int = 0
    left_tax: int = 0
    edited_off: list[Taken] = field(default_factory=list)
    fulfilled: int = 0

    @property
    def off(self) -> Sum:
        return sum((amount for _, amount in self.offs), NONE)

    @property
    def charged(self) -> Sum:
        return self.price * self.units - self.off

    @property
    def tax(self) -> Sum:
        return sum(self.amounts, NONE)

    @property
    def untouched(self) -> bool:
        whole = (self.units, self.charged.shown, self.tax.shown)
        return not self.removed and (self.left_units, self.left_subtotal, self.left_tax) == whole

    def total(self, inclusive: bool) -> Sum:
        if self.removed:
            return NONE
        return self.charged if inclusive else self.charged + self.tax

    def price_anew(self, exchange: Exchange, inclusive: bool) -> None:
        """Tax follows the charge; nothing of the part may have been taken back yet."""
        charged = self.charged
        whole = 100 + sum(tax.percent for tax in self.taxes) if inclusive else 100
        self.amounts = []
        for tax in self.taxes:
            amount = exchange.sum(half_up(charged.shown * tax.percent, whole))
            shop = min(amount.shop, charged.shop) if inclusive else amount.shop
            self.amounts.append(Sum(amount.shown, shop))
        self.left_units = self.units
        self.left_subtotal, self.left_tax = charged.shown, self.tax.shown

    def take(self, units: int) -> Taken:
        """Some units: their share, rounded half up, or all that is left."""
        subtotal, tax = self.left_subtotal, self.left_tax
        if units < self.left_units:
            subtotal = min(half_up(self.charged.shown * units, self.units), subtotal)
            tax = min(half_up(self.tax.shown * units, self.units), tax)
        return self._taken(units, subtotal, tax)

    def give(self, amount: int) -> Taken:
        """An amount of something without units, with its share of the tax."""
        tax = self.left_tax
        if amount < self.left_subtotal:
            tax = min(half_up(self.tax.shown * amount, self.charged.shown), tax)
        return self._taken(0, amount, tax)

    def _taken(self, units: int, subtotal: int, tax: int) -> Taken:
        self.left_units -= units
        self.left_subtotal -= subtotal
        self.left_tax -= tax
        return Taken(self, units, subtotal, tax)

    def line(self, exchange: Exchange, *, is_gone: bool = False) -> Line:
        """The line item Shopify would show now."""
        tip = self.kind == "tips"
        return Line(
            id=self.id,
            title="Tip" if tip else f"ITEM {self.id % 1000}",
            sku="" if tip else f"ITEM-{self.id % 1000}",
            product_id=None if tip else 8300000000000 + self.id % 1000,
            variant_id=None if tip else 45100000000000 + self.id % 1000,
            quantity=self.units,
            current_quantity=0 if is_gone else self.left_units,
            fulfilled_quantity=self.fulfilled,
            price=exchange.bag(self.price),
            discounts=self._discounts(exchange),
            taxes=self.tax_lines(exchange),
            gift_card=self.kind == "gift_card",
            tip=tip,
        )

    def shipping_line(self, exchange: Exchange) -> ShippingLine:
        return ShippingLine(
            id=self.id,
            title=f"Courier {self.id % 1000}",
            code="STD",
            price=exchange.bag(self.price),
            discounts=self._discounts(exchange),
            taxes=self.tax_lines(exchange),
            removed=self.removed,
        )

    def _discounts(self, exchange: Exchange) -> tuple[Discount, ...]:
        return tuple(
            Discount(label=label, amount=exchange.bag(amount)) for label, amount in self.offs
        )

    def tax_lines(self, exchange: Exchange) -> tuple[TaxLine, ...]:
        return tuple(
            TaxLine(
                title=tax.title,
                rate=decimal(tax.percent, "MYR"),
                amount=exchange.bag(amount),
                channel_liable=tax.channel,
            )
            for tax, amount in zip(self.taxes, self.amounts, strict=True)
        )
