"""The order itself, of an answer of the Admin API: the fact that a webhook's version would give.

Where one of the two forms cannot say a field, the fact names it in `unsaid`; the merge then takes
it from a version that says it (ADR 28).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from accounting.facts import (
    NOTHING,
    ZERO,
    CustomerTotals,
    Discount,
    Fact,
    Line,
    MoneyBag,
    Order,
    ShippingLine,
    TaxLine,
    Totals,
)
from shopify_app.payloads.answered import Asked, linked, must_nodes, nodes, not_asked
from shopify_app.payloads.customer import customer_of
from shopify_app.payloads.fields import Node
from shopify_app.payloads.refetched_buyer import ATTRIBUTES, PARTS, buyer
from shopify_app.payloads.refetched_ledger import tip_lines

KEYS = {
    "merchant_of_record": "merchantOfRecordApp",
    "location_id": "retailLocation",
    "due_at": "paymentTerms",
    "tax_details": ATTRIBUTES,
    "lines.tip": "agreements",
    "lines.fulfilled_quantity": "fulfillments",
}
LINE_KEYS = {
    "lines.product_id": "product",
    "lines.product_type": "product",
    "lines.tags": "product",
    "lines.variant_id": "variant",
}


@dataclass(frozen=True, slots=True)
class Known:
    """What other parts of the answer say of its lines."""

    tips: frozenset[int]
    sent: Mapping[int, int]


def order_facts(order: Node, asked: Asked) -> list[Fact]:
    """The order, where the answer has it with its lines; else its totals, where it has those."""
    if order.has("lineItems"):
        return [_order(order, asked)]
    if not order.has("totalOutstandingSet"):
        return []
    as_of, totals = order.must_time("updatedAt"), _customer_totals(order, asked)
    return [CustomerTotals(id=asked.order_id, order_id=asked.order_id, as_of=as_of, totals=totals)]


def _order(node: Node, asked: Asked) -> Order:
    money = asked.money
    lines = _distinct(node, "lineItems")
    known = Known(tips=tip_lines(node), sent=_units_sent(node))
    return Order(
        id=asked.order_id,
        name=node.must_text("name"),
        number=node.number("number", least=0) or None,  # an import may have none
        created_at=node.must_time("createdAt"),
        processed_at=node.must_time("processedAt", "createdAt"),
        updated_at=node.must_time("updatedAt"),
        cancelled_at=node.time("cancelledAt"),
        refetched=True,
        test=node.must_flag("test"),
        currency=money.shop,
        presentment_currency=money.presentment,
        taxes_included=node.must_flag("taxesIncluded"),
        estimated_taxes=node.must_flag("estimatedTaxes"),
        financial_status=node.text("displayFinancialStatus").lower(),
        source_name=node.text("sourceName"),
        location_id=linked(node, "retailLocation"),
        merchant_of_record=linked(node, "merchantOfRecordApp"),
        total_price=money.positive_bag(node, "totalPriceSet"),
        total_tax=(money.optional_bag(node, "totalTaxSet") or NOTHING).shop,
        total_outstanding=money.bag(node, "totalOutstandingSet").shop,
        current_total_price=money.bag(node, "currentTotalPriceSet").shop,
        total_tip_received=money.positive_bag(node, "totalTipReceivedSet").shop,
        presentment_totals=_totals(node, asked),
        duties=_ordered(node, asked, "TotalDutiesSet"),
        duty_taxes=_taxes_of((duty for line in lines for duty in line.objects("duties")), asked),
        additional_fees=_ordered(node, asked, "TotalAdditionalFeesSet"),
        fee_taxes=_taxes_of(node.objects("additionalFees"), asked),
        due_at=_due_at(node),
        tags=tuple(sorted(filter(None, node.texts("tags")))),
        lines=tuple(_line(line, asked, known) for line in lines),
        shipping_lines=tuple(_shipping(line, asked) for line in _distinct(node, "shippingLines")),
        customer=customer_of(buyer(node)),
        unsaid=_unsaid(node, lines),
    )


def _unsaid(order: Node, lines: Iterable[Node]) -> tuple[str, ...]:
    found = {*not_asked(order, KEYS)}
    for line in lines:
        found.update(not_asked(line, LINE_KEYS))
    if not all(order.has(part) for part in PARTS):
        found.add("customer")
    return tuple(sorted(found))


def _totals(node: Node, asked: Asked) -> Totals | None:
    """As webhooks do: only where the customer saw another currency."""
    same = asked.money.shop == asked.money.presentment
    return None if same else _customer_totals(node, asked)


def _customer_totals(node: Node, asked: Asked) -> Totals:
    """What the order comes to in the customer's currency, of the version that was read."""
    money = asked.money
    return Totals(
        total_tax=money.bag(node, "totalTaxSet").presentment,
        total_outstanding=money.bag(node, "totalOutstandingSet").presentment,
        current_total_price=money.bag(node, "currentTotalPriceSet").presentment,
        total_tip_received=(money.optional_bag(node, "totalTipReceivedSet") or NOTHING).presentment,
    )


def _ordered(node: Node, asked: Asked, name: str) -> MoneyBag:
    """As ordered where Shopify says so: the current figure moves with refunds (trap T13)."""
    original = asked.money.optional_bag(node, f"original{name}")
    return original or asked.money.optional_bag(node, f"current{name}") or NOTHING


def _due_at(node: Node) -> datetime | None:
    terms = node.object("paymentTerms")
    schedules = nodes(terms, "paymentSchedules") if terms else []
    return schedules[0].time("dueAt") if schedules else None


def _units_sent(node: Node) -> Mapping[int, int]:
    sent: Counter[int] = Counter()
    for parcel in node.objects("fulfillments"):
        if parcel.text("status") == "SUCCESS":
            for line in nodes(parcel, "fulfillmentLineItems"):
                sent[line.must_object("lineItem").gid()] += line.units("quantity")
    return sent


def _distinct(node: Node, key: str) -> list[Node]:
    """The lines of a list, each of which must have an id of its own: refunds refer to it."""
    lines = must_nodes(node, key)
    if len({line.gid() for line in lines}) < len(lines):
        raise node.bad(key, "Two lines have the same id.")
    return lines


def _line(node: Node, asked: Asked, known: Known) -> Line:
    line_id = node.gid()
    product = node.object("product")
    return Line(
        id=line_id,
        title=node.text("title"),
        variant_title=node.text("variantTitle"),
        sku=node.text("sku"),
        product_id=linked(node, "product"),
        variant_id=linked(node, "variant"),
        vendor=node.text("vendor"),
        product_type=product.text("productType") if product else "",
        tags=tuple(sorted(filter(None, product.texts("tags")))) if product else (),
        quantity=node.units("quantity"),
        current_quantity=node.units("currentQuantity"),
        fulfilled_quantity=known.sent.get(line_id, 0),
        price=asked.money.positive_bag(node, "originalUnitPriceSet"),
        discounts=_discounts(node, asked),
        taxes=_taxes(node, asked),
        gift_card=node.must_flag("isGiftCard"),
        tip=line_id in known.tips,
    )


def _shipping(node: Node, asked: Asked) -> ShippingLine:
    code = node.text("code")
    return ShippingLine(
        id=node.gid(),
        title=node.text("title") or code,
        code=code,
        price=asked.money.positive_bag(node, "originalPriceSet"),
        discounts=_discounts(node, asked),
        taxes=_taxes(node, asked),
        removed=node.must_flag("isRemoved"),
    )


def _discounts(node: Node, asked: Asked) -> tuple[Discount, ...]:
    return tuple(
        Discount(label=_label(item), amount=asked.money.bag(item, "allocatedAmountSet"))
        for item in _must_list(node, "discountAllocations")
    )


def _label(node: Node) -> str:
    named = node.object("discountApplication")
    return (named.text("code") or named.text("title")) if named else ""


def _taxes_of(charges: Iterable[Node], asked: Asked) -> tuple[TaxLine, ...]:
    return tuple(tax for charge in charges for tax in _taxes(charge, asked))


def _taxes(node: Node, asked: Asked) -> tuple[TaxLine, ...]:
    return tuple(
        TaxLine(
            title=tax.text("title"),
            rate=ZERO if tax.get("rate") is None else tax.rate("rate"),
            amount=asked.money.bag(tax, "priceSet"),
            channel_liable=tax.flag("channelLiable"),
        )
        for tax in _must_list(node, "taxLines")
    )


def _must_list(node: Node, key: str) -> list[Node]:
    """A list that decides amounts: its absence must not be read as none."""
    node.must(key)
    return node.objects(key)
