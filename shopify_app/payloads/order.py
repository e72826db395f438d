"""An order body: the order with its lines, and what it repeats of its refunds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from accounting.facts import (
    NOTHING,
    ZERO,
    Deletion,
    Discount,
    Fact,
    Line,
    MoneyBag,
    Order,
    ShippingLine,
    TaxLine,
    Totals,
)
from shopify_app.payloads.amounts import Currencies
from shopify_app.payloads.customer import customer_of
from shopify_app.payloads.fields import Node
from shopify_app.payloads.money_moves import embedded_refund


def created_order_facts(node: Node, triggered_at: datetime) -> tuple[Fact, ...]:
    """`orders/create`: the version that documents start from. Retries repeat it unchanged."""
    return _facts(node, origin=True)


def order_facts(node: Node, triggered_at: datetime) -> tuple[Fact, ...]:
    """`orders/updated`, `orders/paid`, `orders/cancelled`: one more version."""
    return _facts(node, origin=False)


def deleted_order_facts(node: Node, triggered_at: datetime) -> tuple[Fact, ...]:
    """`orders/delete`: the order's id is all it says. The topic is not signed, so a body that tells
    more is another's and must not count as a deletion."""
    for key in ("created_at", "updated_at", "order_id"):
        if node.has(key):
            raise node.bad(key, "A deleted order has only an id: this is another body.")
    order_id = node.id()
    return (Deletion(id=order_id, order_id=order_id, deleted_at=triggered_at),)


def _facts(node: Node, *, origin: bool) -> tuple[Fact, ...]:
    currencies = _currencies(node)
    order = _order(node, currencies, origin=origin)
    found: list[Fact] = [order]
    for refund in node.objects("refunds"):
        found.extend(embedded_refund(refund, currencies, order.id, order.updated_at))
    return tuple(found)


def _currencies(node: Node) -> Currencies:
    shop = node.currency("currency")
    if node.get("presentment_currency") is None:
        return Currencies(shop, shop)
    return Currencies(shop, node.currency("presentment_currency"))


def _order(node: Node, money: Currencies, *, origin: bool) -> Order:
    labels = _discount_labels(node)
    sent = _units_sent(node)
    node.must("line_items")
    return Order(
        id=node.id(),
        name=node.must_text("name"),
        number=node.number("order_number"),
        created_at=node.must_time("created_at"),
        processed_at=node.must_time("processed_at", "created_at"),
        updated_at=node.must_time("updated_at"),
        cancelled_at=node.time("cancelled_at"),
        origin=origin,
        test=node.flag("test"),
        currency=money.shop,
        presentment_currency=money.presentment,
        taxes_included=node.must_flag("taxes_included"),
        estimated_taxes=node.flag("estimated_taxes"),
        financial_status=node.text("financial_status"),
        source_name=node.text("source_name"),
        location_id=node.number("location_id"),
        merchant_of_record=node.number("merchant_of_record_app_id"),
        total_price=money.positive_bag(node, "total_price_set", "total_price"),
        total_tax=_total_tax(node, money),
        total_outstanding=money.shop_amount(node, "total_outstanding"),
        current_total_price=money.shop_amount(node, "current_total_price"),
        total_tip_received=_tip_total(node, money),
        presentment_totals=_presentment_totals(node, money),
        duties=_order_total(node, money, "total_duties_set"),
        duty_taxes=_duty_taxes(node, money),
        additional_fees=_order_total(node, money, "total_additional_fees_set"),
        fee_taxes=_taxes_of(node.objects("additional_fees"), money),
        due_at=_due_at(node),
        tags=_tags(node),
        lines=tuple(_line(line, money, labels, sent) for line in _distinct(node, "line_items")),
        shipping_lines=tuple(
            _shipping_line(line, money, labels) for line in _distinct(node, "shipping_lines")
        ),
        customer=customer_of(node),
    )


def _total_tax(node: Node, money: Currencies) -> Decimal:
    tax = money.shop_amount(node, "total_tax")
    if tax < 0:
        raise node.bad("total_tax", "The amount must not be negative.")
    return tax


def _tip_total(node: Node, money: Currencies) -> Decimal:
    silent = node.get("total_tip_received") is None
    return ZERO if silent else node.positive("total_tip_received", money.shop)


def _presentment_totals(node: Node, money: Currencies) -> Totals | None:
    """Only where the customer saw another currency, and only when every total is told in it: no
    plain field says them (Shopify contract 6.1), and part of them proves nothing."""
    if money.shop == money.presentment:
        return None
    tax, outstanding, price = (
        money.presentment_amount(node, total)
        for total in ("total_tax", "total_outstanding", "current_total_price")
    )
    tip = money.presentment_amount(node, "total_tip_received")
    if tip is None and not _tip_total(node, money):
        tip = ZERO
    if tax is None or outstanding is None or price is None or tip is None:
        return None
    return Totals(
        total_tax=tax,
        total_outstanding=outstanding,
        current_total_price=price,
        total_tip_received=tip,
    )


def _order_total(node: Node, money: Currencies, name: str) -> MoneyBag:
    """As ordered where Shopify says so: the `current_` figure moves with refunds (trap T13)."""
    original = money.optional_bag(node, f"original_{name}")
    return original or money.optional_bag(node, f"current_{name}") or NOTHING


def _duty_taxes(node: Node, money: Currencies) -> tuple[TaxLine, ...]:
    lines = node.objects("line_items")
    return _taxes_of((duty for line in lines for duty in line.objects("duties")), money)


def _taxes_of(charges: Iterable[Node], money: Currencies) -> tuple[TaxLine, ...]:
    return tuple(tax for charge in charges for tax in _taxes(charge, money))


def _tags(node: Node) -> tuple[str, ...]:
    """In one order, whichever form says them."""
    return tuple(sorted(tag for text in node.text("tags").split(",") if (tag := text.strip())))


def _due_at(node: Node) -> datetime | None:
    """When payment terms ask for the money: the first date, where they name several."""
    terms = node.object("payment_terms")
    schedules = terms.objects("payment_schedules") if terms else []
    return schedules[0].time("due_at") if schedules else None


def _units_sent(node: Node) -> Mapping[int, int]:
    """Units by line that fulfillments have sent. What else they repeat of a line is not read
    (trap T28)."""
    sent: Counter[int] = Counter()
    for fulfillment in node.objects("fulfillments"):
        if fulfillment.text("status") == "success":
            for line in fulfillment.objects("line_items"):
                sent[line.id()] += line.units("quantity")
    return sent


def _distinct(node: Node, key: str) -> list[Node]:
    """The lines of a list, each of which must have an id of its own: refunds refer to it."""
    lines = node.objects(key)
    seen: set[int] = set()
    for line in lines:
        if line.id() in seen:
            raise line.bad("id", "Two lines have the same id.")
        seen.add(line.id())
    return lines


def _line(node: Node, money: Currencies, labels: list[str], sent: Mapping[int, int]) -> Line:
    line_id = node.id()
    return Line(
        id=line_id,
        title=node.text("title") or node.text("name"),
        variant_title=node.text("variant_title"),
        sku=node.text("sku"),
        product_id=node.number("product_id"),
        variant_id=node.number("variant_id"),
        vendor=node.text("vendor"),
        quantity=node.units("quantity"),
        current_quantity=node.number("current_quantity", least=0),
        fulfilled_quantity=sent.get(line_id, 0),
        product_exists=node.get("product_exists") is None or node.flag("product_exists"),
        price=money.positive_bag(node, "price_set", "price"),
        discounts=_discounts(node, money, labels),
        taxes=_taxes(node, money),
        gift_card=node.flag("gift_card"),
        tip=_is_tip(node),
    )


def _is_tip(node: Node) -> bool:
    """Traps T11 and R19: the keys are there on tip lines only, and there they may be null."""
    keys = ("tip_payment_gateway", "tip_payment_method")
    return any(node.has(key) for key in keys) or node.get("tip") is not None


def _shipping_line(node: Node, money: Currencies, labels: list[str]) -> ShippingLine:
    code = node.text("code")
    return ShippingLine(
        id=node.id(),
        title=node.text("title") or code,
        code=code,
        price=money.positive_bag(node, "price_set", "price"),
        discounts=_discounts(node, money, labels),
        taxes=_taxes(node, money),
        removed=node.flag("is_removed"),
    )


def _discount_labels(node: Node) -> list[str]:
    """What each discount is called, in the order the lines refer to."""
    names = ("code", "title", "description")
    return [
        next((found for name in names if (found := application.text(name))), "")
        for application in node.objects("discount_applications")
    ]


def _discounts(node: Node, money: Currencies, labels: list[str]) -> tuple[Discount, ...]:
    return tuple(
        Discount(label=_label(item, labels), amount=money.bag(item, "amount_set", "amount"))
        for item in node.objects("discount_allocations")
    )


def _label(node: Node, labels: list[str]) -> str:
    """A label is only shown: a discount that is not listed keeps its amount and goes unnamed."""
    index = node.number("discount_application_index", least=0)
    return labels[index] if index is not None and index < len(labels) else ""


def _taxes(node: Node, money: Currencies) -> tuple[TaxLine, ...]:
    return tuple(
        TaxLine(
            title=tax.text("title"),
            rate=tax.rate("rate"),
            amount=money.bag(tax, "price_set", "price"),
            channel_liable=tax.flag("channel_liable"),
        )
        for tax in node.objects("tax_lines")
    )
