"""An order has two sides: the shop's currency and the one the customer saw and paid in.

Documents are written on one side, chosen once per order. The order of two currencies is *proved*
on the customer's side, where Shopify's figures add up exactly, and written in the shop's currency
from amounts that were converted one by one (treatment rows 48, 49, R12, R22).

`on_side` turns facts so that both halves of every `MoneyBag` hold the amount of one side: what
reads `.shop` afterwards need not know which side it is on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from accounting.documents.rules import Policy
from accounting.facts import (
    ZERO,
    Adjustment,
    Agreement,
    Discount,
    Facts,
    Line,
    MoneyBag,
    Order,
    Refund,
    ShippingLine,
    TaxLine,
    Transaction,
)

RATE_STEP = Decimal("0.00000001")


def has_two(order: Order) -> bool:
    """Whether the customer saw another currency than the shop's."""
    return order.currency != order.presentment_currency


def is_written_for_customer(order: Order, policy: Policy) -> bool:
    """Whether documents are in the customer's currency (row 49)."""
    return has_two(order) and policy.currency_side == "presentment"


def customer_side_is_known(facts: Facts) -> bool:
    """Webhooks leave the customer's side of some totals out; a refetch says them. Of the version
    that was created only a tip without a line could be missing."""
    first, latest = facts.origin, facts.latest
    if latest is None or not has_two(latest):
        return True
    tip_is_said = first is None or not first.total_tip_received or first.presentment_totals
    has_line = first is not None and any(line.tip for line in first.lines)
    return latest.presentment_totals is not None and bool(tip_is_said or has_line)


def rate_of(order: Order) -> Decimal | None:
    """Shop currency per unit of the customer's, 8 decimals; None for a free order (row 49)."""
    if not order.total_price.presentment:
        return None
    exactly = order.total_price.shop / order.total_price.presentment
    return exactly.quantize(RATE_STEP, ROUND_HALF_UP)


def on_customer_side(facts: Facts) -> Facts:
    """The same facts in the customer's currency only."""
    return replace(
        facts,
        origin=_order(facts.origin) if facts.origin else None,
        latest=_order(facts.latest) if facts.latest else None,
        transactions=tuple(_transaction(t) for t in facts.transactions),
        refunds=tuple(_refund(refund) for refund in facts.refunds),
        agreements=tuple(_agreement(agreement) for agreement in facts.agreements),
    )


def _turned(bag: MoneyBag) -> MoneyBag:
    return MoneyBag(shop=bag.presentment, presentment=bag.presentment)


def _with_bags(fact: Any, *names: str) -> Any:
    return replace(fact, **{name: _turned(getattr(fact, name)) for name in names})


def _each(items: tuple[Any, ...], turn: Callable[[Any], Any]) -> tuple[Any, ...]:
    return tuple(turn(item) for item in items)


def _order(order: Order) -> Order:
    totals = order.presentment_totals
    turned: Order = _with_bags(order, "total_price", "duties", "additional_fees")
    stated = {name: getattr(totals, name) for name in TOTALS} if totals else {TIP: ZERO}
    return replace(
        turned,
        currency=order.presentment_currency,
        lines=_each(order.lines, _line),
        shipping_lines=_each(order.shipping_lines, _shipping_line),
        duty_taxes=_each(order.duty_taxes, _tax),
        fee_taxes=_each(order.fee_taxes, _tax),
        **stated,
    )


TIP = "total_tip_received"
TOTALS = ("total_tax", "total_outstanding", "current_total_price", TIP)


def _line(line: Line) -> Line:
    turned: Line = _with_bags(line, "price")
    discounts, taxes = _each(line.discounts, _discount), _each(line.taxes, _tax)
    return replace(turned, discounts=discounts, taxes=taxes)


def _shipping_line(line: ShippingLine) -> ShippingLine:
    turned: ShippingLine = _with_bags(line, "price")
    discounts, taxes = _each(line.discounts, _discount), _each(line.taxes, _tax)
    return replace(turned, discounts=discounts, taxes=taxes)


def _discount(discount: Discount) -> Discount:
    turned: Discount = _with_bags(discount, "amount")
    return turned


def _tax(tax: TaxLine) -> TaxLine:
    turned: TaxLine = _with_bags(tax, "amount")
    return turned


def _transaction(transaction: Transaction) -> Transaction:
    """Its own amount is in the currency of the payment: no longer known in the shop's."""
    return replace(transaction, shop_amount=None)


def _refund(refund: Refund) -> Refund:
    turned: Refund = _with_bags(refund, "duties", "additional_fees")
    return replace(
        turned,
        lines=tuple(_with_bags(line, "subtotal", "tax") for line in refund.lines),
        shipping=tuple(
            _with_bags(line, "subtotal", *(["tax"] if line.tax else [])) for line in refund.shipping
        ),
        adjustments=_each(refund.adjustments, _adjustment),
    )


def _adjustment(adjustment: Adjustment) -> Adjustment:
    turned: Adjustment = _with_bags(adjustment, "amount", "tax")
    return turned


def _agreement(agreement: Agreement) -> Agreement:
    return replace(
        agreement, sales=tuple(_with_bags(sale, "total", "tax") for sale in agreement.sales)
    )
