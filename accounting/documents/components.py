"""What an order charges for, part by part: net, taxes and total of each (treatment 4.1).

A component is a line item, a shipping line, the duties, the additional fees or a tip, at full
quantity. Amounts are in the currency the order is looked at in (`sides`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from accounting.documents.document import ZERO, Problem
from accounting.documents.money import exact
from accounting.documents.rules import tax_identity
from accounting.facts import Discount, Line, Order, ShippingLine, TaxLine

ComponentKey = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax:
    """What one tax comes to on a component; `line` says which tax it is."""

    line: TaxLine
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """`discount` is what the ledger shows on a line of its own (gift cards keep their face value,
    R15); `net` is after it. `taxes` has each tax once; it is empty where there is none, and one of
    amount zero where the component is zero-rated. `reduced` is what discounts took off `charged`,
    the price the shop asks, with tax where prices have it."""

    role: str
    source_id: int
    title: str
    quantity: int
    net: Decimal
    taxes: tuple[Tax, ...] = ()
    line: Line | None = None
    discount: Decimal = ZERO
    charged: Decimal = ZERO
    reduced: Decimal = ZERO
    arithmetic: str = ""  # how the charge came about, in figures

    @property
    def key(self) -> ComponentKey:
        return (self.role, self.source_id)

    @property
    def tax(self) -> Decimal:
        """All of it, also what the sales channel owes."""
        return sum((tax.amount for tax in self.taxes), ZERO)

    @property
    def total(self) -> Decimal:
        return self.net + self.tax

    @property
    def is_nothing(self) -> bool:
        return not (self.quantity or self.net or self.tax or self.discount)

    def with_taxes(self, amounts: Sequence[Decimal]) -> tuple[Tax, ...]:
        """This component's taxes at other amounts."""
        return tuple(replace(t, amount=a) for t, a in zip(self.taxes, amounts, strict=True))

    def less(
        self, *, quantity: int, net: Decimal, taxes: Sequence[Decimal], discount: Decimal
    ) -> Component:
        left = [tax.amount - taken for tax, taken in zip(self.taxes, taxes, strict=True)]
        return replace(
            self,
            quantity=self.quantity - quantity,
            net=self.net - net,
            taxes=self.with_taxes(left),
            discount=self.discount - discount,
            arithmetic=f"{self.arithmetic} less {net} taken off" if net else self.arithmetic,
        )


def components(order: Order, gift_cards: Iterable[str] = ()) -> tuple[Component, ...]:
    """Every component of this version of the order, in the order of document lines: tips last.

    `gift_cards` are SKUs of third-party cards. Raises Inexact when an amount is finer than the
    currency.
    """
    cards = tuple(gift_cards)
    lines = [line for line in order.lines if line.quantity]
    found = [_of_line(order, line, cards) for line in lines if not line.tip]
    found += [_of_shipping(order, line) for line in order.shipping_lines if not line.removed]
    found += _of_totals(order)
    found += [_of_line(order, line, cards) for line in lines if line.tip]
    return tuple(found)


def line_role(line: Line, gift_cards: Iterable[str]) -> str:
    """The account role of a line item. Shopify's own gift cards say so, third-party ones are known
    by their SKU (row 12)."""
    if line.tip:
        return "tips"
    sold_card = line.gift_card or line.sku.casefold() in {sku.casefold() for sku in gift_cards}
    return "gift_card" if sold_card else "sales"


def _of_line(order: Order, line: Line, cards: Iterable[str]) -> Component:
    role = line_role(line, cards)
    card = role == "gift_card"
    gross = exact(line.price.shop * line.quantity, order.currency)
    off = _off(order, line.discounts)
    net, taxes = _net_and_taxes(order, gross - off, line.taxes)
    return Component(
        role=role,
        source_id=line.id,
        title=describe(line, gross=gross, off=ZERO if card else off),
        quantity=line.quantity,
        net=net,
        taxes=taxes,
        line=line,
        discount=off if card else ZERO,
        charged=gross - off,
        reduced=ZERO if card else off,
        arithmetic=_arithmetic(order, f"{line.quantity} x {line.price.shop}", off, taxes),
    )


def _of_shipping(order: Order, line: ShippingLine) -> Component:
    off = _off(order, line.discounts)
    charged = exact(line.price.shop, order.currency) - off
    net, taxes = _net_and_taxes(order, charged, line.taxes)
    return Component(
        role="shipping",
        source_id=line.id,
        title=line.title or "Shipping",
        quantity=1,
        net=net,
        taxes=taxes,
        charged=charged,
        reduced=off,
        arithmetic=_arithmetic(order, str(line.price.shop), off, taxes),
    )


def _of_totals(order: Order) -> Iterator[Component]:
    tips = sum((line.price.shop * line.quantity for line in order.lines if line.tip), ZERO)
    for role, title, amount, stated in (
        ("duties", "Duties", order.duties.shop, order.duty_taxes),
        ("fees", "Additional fees", order.additional_fees.shop, order.fee_taxes),
        ("tips", "Tip", max(order.total_tip_received - tips, ZERO), ()),
    ):
        if amount:
            charged = exact(amount, order.currency)
            net, taxes = _net_and_taxes(order, charged, stated)
            yield Component(
                role=role,
                source_id=0,
                title=title,
                quantity=1,
                net=net,
                taxes=taxes,
                charged=charged,
                arithmetic=_arithmetic(order, str(amount), ZERO, taxes),
            )


def _off(order: Order, discounts: tuple[Discount, ...]) -> Decimal:
    return exact(sum((d.amount.shop for d in discounts), ZERO), order.currency)


def _net_and_taxes(
    order: Order, charged: Decimal, stated: tuple[TaxLine, ...]
) -> tuple[Decimal, tuple[Tax, ...]]:
    taxes = taxes_of(stated, order.currency)
    tax = sum((each.amount for each in taxes), ZERO)
    return (charged - tax if order.taxes_included else charged), taxes


def taxes_of(stated: Iterable[TaxLine], currency: str) -> tuple[Tax, ...]:
    """Each tax once: of one identity the amounts are added, and a zero rate beside others is
    ignored, alone it is zero-rated (4.3)."""
    found: dict[object, Tax] = {}
    for line in stated:
        before = found.get(tax_identity(line))
        amount = exact(line.amount.shop, currency) + (before.amount if before else ZERO)
        found[tax_identity(line)] = Tax(line=line, amount=amount)
    taxed = [tax for tax in found.values() if tax.line.rate or tax.amount]
    return tuple(taxed or list(found.values())[:1])


def _arithmetic(order: Order, price: str, off: Decimal, taxes: tuple[Tax, ...]) -> str:
    less = f" - {off}" if off else ""
    tax = sum((each.amount for each in taxes), ZERO)
    return f"{price}{less}" + (f" - {tax} tax" if tax and order.taxes_included else "")


def describe(line: Line, *, gross: Decimal, off: Decimal) -> str:
    """Title, variant, and for a discount its codes with the price before it (row 19)."""
    title = f"{line.title} {line.variant_title}".strip() if line.variant_title else line.title
    labels = sorted({discount.label for discount in line.discounts if discount.label})
    if not labels or not off:
        return title
    return f"{title} ({', '.join(labels)}: {gross} - {off})"


def unsupported(parts: Sequence[Component]) -> list[Problem]:
    """Shapes of components that no document can show: held, never approximated."""
    return [_below_zero(part) for part in parts if part.net < 0] + [
        _taxed_card(part)
        for part in parts
        if part.role == "gift_card" and part.line and any(t.amount.shop for t in part.line.taxes)
    ]


def _taxed_card(part: Component) -> Problem:
    line = part.line
    taxes = line.taxes if line else ()
    return Problem(
        code="GIFT_CARD_TAX",
        subject=(line.sku or line.title) if line else part.title,
        message="A gift card was sold with tax; tax is due when it is used. "
        "Check the product's tax setting in Shopify.",
        terms=tuple((tax.title, str(tax.amount.shop)) for tax in taxes),
    )


def _below_zero(part: Component) -> Problem:
    return Problem(
        code="NOT_SUPPORTED",
        subject="charge below zero",
        message=f"“{part.title}” is discounted by more than its price, which no invoice line can "
        "show. Check its discounts in Shopify, and enter the order in the books yourself.",
        terms=(("net", str(part.net)), ("tax", str(part.tax))),
    )
