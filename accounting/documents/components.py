"""What an order charges for, part by part: net, tax and total of each (treatment 4.1).

A component is a line item, a shipping line, the duties, the additional fees or a tip, at full
quantity. Amounts are in the shop's currency.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from accounting.documents.document import ZERO, Problem
from accounting.documents.money import exact
from accounting.documents.rules import tax_identity
from accounting.facts import Discount, Line, Order, ShippingLine, TaxLine

ComponentKey = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """`discount` is what the ledger shows on a line of its own (gift cards keep their face value,
    R15); `net` is after it. `tax_line` says which tax `tax` is; None when there is none."""

    role: str
    source_id: int
    title: str
    quantity: int
    net: Decimal
    tax: Decimal
    tax_line: TaxLine | None = None
    line: Line | None = None
    discount: Decimal = ZERO

    @property
    def key(self) -> ComponentKey:
        return (self.role, self.source_id)

    @property
    def total(self) -> Decimal:
        return self.net + self.tax

    def less(self, *, quantity: int, net: Decimal, tax: Decimal, discount: Decimal) -> Component:
        return replace(
            self,
            quantity=self.quantity - quantity,
            net=self.net - net,
            tax=self.tax - tax,
            discount=self.discount - discount,
        )


def components(order: Order) -> tuple[Component, ...]:
    """Every component of this version of the order, in the order of document lines: tips last.

    Raises Inexact when an amount is finer than the currency.
    """
    lines = [line for line in order.lines if line.quantity]
    found = [_of_line(order, line) for line in lines if not line.tip]
    found += [_of_shipping(order, line) for line in order.shipping_lines if not line.removed]
    found += _of_totals(order)
    found += [_of_line(order, line) for line in lines if line.tip]
    return tuple(found)


def _of_line(order: Order, line: Line) -> Component:
    role = "tips" if line.tip else "gift_card" if line.gift_card else "sales"
    gross = exact(line.price.shop * line.quantity, order.currency)
    off = _off(order, line.discounts)
    net, tax = _net_and_tax(order, gross - off, line.taxes)
    return Component(
        role=role,
        source_id=line.id,
        title=describe(line, gross=gross, off=ZERO if line.gift_card else off),
        quantity=line.quantity,
        net=net,
        tax=tax,
        tax_line=None if line.gift_card else the_tax(line.taxes),
        line=line,
        discount=off if line.gift_card else ZERO,
    )


def _of_shipping(order: Order, line: ShippingLine) -> Component:
    charged = exact(line.price.shop, order.currency) - _off(order, line.discounts)
    net, tax = _net_and_tax(order, charged, line.taxes)
    return Component(
        role="shipping",
        source_id=line.id,
        title=line.title or "Shipping",
        quantity=1,
        net=net,
        tax=tax,
        tax_line=the_tax(line.taxes),
    )


def _of_totals(order: Order) -> Iterator[Component]:
    tips = sum((line.price.shop * line.quantity for line in order.lines if line.tip), ZERO)
    for role, title, amount in (
        ("duties", "Duties", order.duties.shop),
        ("fees", "Additional fees", order.additional_fees.shop),
        ("tips", "Tip", max(order.total_tip_received - tips, ZERO)),
    ):
        if amount:
            net = exact(amount, order.currency)
            yield Component(role=role, source_id=0, title=title, quantity=1, net=net, tax=ZERO)


def _off(order: Order, discounts: tuple[Discount, ...]) -> Decimal:
    return exact(sum((d.amount.shop for d in discounts), ZERO), order.currency)


def _net_and_tax(
    order: Order, charged: Decimal, taxes: tuple[TaxLine, ...]
) -> tuple[Decimal, Decimal]:
    tax = exact(sum((t.amount.shop for t in taxes), ZERO), order.currency)
    return (charged - tax if order.taxes_included else charged), tax


def the_tax(taxes: tuple[TaxLine, ...]) -> TaxLine | None:
    """The one tax that counts: a zero rate beside others is ignored, alone it is zero-rated."""
    return next(iter(_counting(taxes)), None)


def _counting(taxes: tuple[TaxLine, ...]) -> list[TaxLine]:
    taxed = [tax for tax in taxes if tax.rate or tax.amount.shop]
    return taxed or list(taxes)


def describe(line: Line, *, gross: Decimal, off: Decimal) -> str:
    """Title, variant, and for a discount its codes with the price before it (row 19)."""
    title = f"{line.title} {line.variant_title}".strip() if line.variant_title else line.title
    labels = sorted({discount.label for discount in line.discounts if discount.label})
    if not labels or not off:
        return title
    return f"{title} ({', '.join(labels)}: {gross} - {off})"


def unsupported(order: Order) -> list[Problem]:
    """Shapes of components that have no documents yet: held, never approximated."""
    problems = []
    for title, taxes in _taxed_things(order):
        if any(tax.channel_liable for tax in taxes):
            problems.append(_tax_problem("tax owed by the sales channel", title, taxes))
        elif len({tax_identity(tax) for tax in _counting(taxes)}) > 1:
            problems.append(_tax_problem("several taxes on one line", title, taxes))
    problems += [_below_zero(part) for part in components(order) if part.net < 0]
    problems += [
        Problem(
            code="GIFT_CARD_TAX",
            subject=line.sku or line.title,
            message="A gift card was sold with tax; tax is due when it is used. "
            "Check the product's tax setting in Shopify.",
            terms=tuple((tax.title, str(tax.amount.shop)) for tax in line.taxes),
        )
        for line in order.lines
        if line.gift_card and any(tax.amount.shop for tax in line.taxes)
    ]
    return problems


def _taxed_things(order: Order) -> Iterator[tuple[str, tuple[TaxLine, ...]]]:
    yield from ((line.title, line.taxes) for line in order.lines)
    yield from ((line.title, line.taxes) for line in order.shipping_lines if not line.removed)


def _tax_problem(what: str, title: str, taxes: tuple[TaxLine, ...]) -> Problem:
    return Problem(
        code="NOT_SUPPORTED",
        subject=what,
        message=f"“{title}” carries {what}. Lejar cannot post that yet: enter the order in the "
        "books yourself.",
        terms=tuple((f"{tax.title} {tax.rate}", str(tax.amount.shop)) for tax in taxes),
    )


def _below_zero(part: Component) -> Problem:
    return Problem(
        code="NOT_SUPPORTED",
        subject="charge below zero",
        message=f"“{part.title}” is discounted by more than its price, which no invoice line can "
        "show. Check its discounts in Shopify, and enter the order in the books yourself.",
        terms=(("net", str(part.net)), ("tax", str(part.tax))),
    )
