"""An order body: the order with its lines, and what it repeats of its refunds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from accounting.facts import (
    NOTHING,
    ZERO,
    Customer,
    Discount,
    Fact,
    Line,
    MoneyBag,
    Order,
    ShippingLine,
    TaxLine,
)
from shopify_app.payloads.fields import Currencies, Node
from shopify_app.payloads.money_moves import embedded_refund


def created_order_facts(node: Node, triggered_at: datetime) -> tuple[Fact, ...]:
    """`orders/create`: the version that documents start from. Retries repeat it unchanged."""
    return _facts(node, origin=True)


def order_facts(node: Node, triggered_at: datetime) -> tuple[Fact, ...]:
    """`orders/updated`, `orders/paid`, `orders/cancelled`: one more version."""
    return _facts(node, origin=False)


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
        total_price=money.bag(node, "total_price_set", "total_price"),
        total_tax=money.shop_amount(node, "total_tax"),
        total_outstanding=money.shop_amount(node, "total_outstanding"),
        current_total_price=money.shop_amount(node, "current_total_price"),
        total_tip_received=_tip_total(node, money),
        duties=_order_total(node, money, "total_duties_set"),
        additional_fees=_order_total(node, money, "total_additional_fees_set"),
        lines=tuple(_line(line, money, labels) for line in _distinct(node, "line_items")),
        shipping_lines=tuple(
            _shipping_line(line, money, labels) for line in _distinct(node, "shipping_lines")
        ),
        customer=_customer(node),
    )


def _tip_total(node: Node, money: Currencies) -> Decimal:
    silent = node.get("total_tip_received") is None
    return ZERO if silent else node.amount("total_tip_received", money.shop)


def _order_total(node: Node, money: Currencies, name: str) -> MoneyBag:
    """As ordered where Shopify says so: the `current_` figure moves with refunds (trap T13)."""
    original = money.optional_bag(node, f"original_{name}")
    return original or money.optional_bag(node, f"current_{name}") or NOTHING


def _distinct(node: Node, key: str) -> list[Node]:
    """The lines of a list, each of which must have an id of its own: refunds refer to it."""
    lines = node.objects(key)
    seen: set[int] = set()
    for line in lines:
        if line.id() in seen:
            raise line.bad("id", "Two lines have the same id.")
        seen.add(line.id())
    return lines


def _line(node: Node, money: Currencies, labels: list[str]) -> Line:
    return Line(
        id=node.id(),
        title=node.text("title") or node.text("name"),
        variant_title=node.text("variant_title"),
        sku=node.text("sku"),
        product_id=node.number("product_id"),
        variant_id=node.number("variant_id"),
        vendor=node.text("vendor"),
        quantity=node.units("quantity"),
        current_quantity=node.number("current_quantity", least=0),
        price=_price(node, money),
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
        price=_price(node, money),
        discounts=_discounts(node, money, labels),
        taxes=_taxes(node, money),
        removed=node.flag("is_removed"),
    )


def _price(node: Node, money: Currencies) -> MoneyBag:
    price = money.bag(node, "price_set", "price")
    if price.shop < 0 or price.presentment < 0:
        raise node.bad("price", "A price must not be negative.")
    return price


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


def _customer(node: Node) -> Customer | None:
    """Who bought, each part from the billing address, else shipping, else the customer record."""
    record = node.object("customer")
    default = record.object("default_address") if record else None
    given = (node.object("billing_address"), node.object("shipping_address"), default)
    addresses = [address for address in given if address]
    company = node.object("company")
    customer = Customer(
        id=record.number("id") if record else None,
        name=_first(_person(place) for place in (*addresses, record) if place),
        company=_first(place.text(key) for place, key in _companies(addresses, company)),
        email=_first(place.text(key) for place, key in _emails(node, record)),
        phone=_first(place.text("phone") for place in (*addresses, node, record) if place),
        address=next(filter(None, map(_address, addresses)), ()),
        country=_first(address.text("country_code") for address in addresses),
    )
    return None if customer == Customer() else customer


def _companies(addresses: list[Node], company: Node | None) -> list[tuple[Node, str]]:
    places = [(address, "company") for address in addresses]
    return [*places, (company, "name")] if company else places


def _emails(node: Node, record: Node | None) -> list[tuple[Node, str]]:
    places = [(node, "email"), (node, "contact_email")]
    return [*places, (record, "email")] if record else places


def _person(node: Node) -> str:
    parts = f"{node.text('first_name')} {node.text('last_name')}"
    return node.text("name") or parts.strip()


def _address(node: Node) -> tuple[str, ...]:
    """The lines of an envelope, without the name."""
    town = f"{node.text('zip')} {node.text('city')}".strip()
    lines = (node.text("address1"), node.text("address2"), town, node.text("province"))
    return tuple(line for line in (*lines, node.text("country")) if line)


def _first(texts: Iterable[str]) -> str:
    return next(filter(None, texts), "")
