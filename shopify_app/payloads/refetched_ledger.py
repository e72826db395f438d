"""The agreements of an order: what Shopify's own append-only ledger of it says (contract 8.5)."""

from __future__ import annotations

from accounting.facts import NOTHING, Agreement, Fact, Sale
from shopify_app.payloads.answered import Asked, linked, must_nodes, nodes, word
from shopify_app.payloads.fields import Node

AGREEMENTS = {
    "OrderAgreement": "order",
    "OrderEditAgreement": "edit",
    "RefundAgreement": "refund",
    "ReturnAgreement": "return",
}
LINE_TYPES = frozenset(
    {"product", "shipping", "tip", "gift_card", "duty", "fee", "additional_fee", "adjustment"}
)
ACTIONS = frozenset({"order", "update", "return"})


def agreement_facts(order: Node, asked: Asked) -> list[Fact]:
    return [_agreement(item, asked) for item in nodes(order, "agreements")]


def _agreement(node: Node, asked: Asked) -> Agreement:
    return Agreement(
        id=node.gid(),
        order_id=asked.order_id,
        kind=AGREEMENTS[node.one_of("__typename", AGREEMENTS)],
        happened_at=node.must_time("happenedAt"),
        refund_id=linked(node, "refund"),
        return_id=linked(node, "return"),
        sales=tuple(_sale(item, asked) for item in must_nodes(node, "sales")),
    )


def _sale(node: Node, asked: Asked) -> Sale:
    return Sale(
        line_type=word(node, "lineType", LINE_TYPES),
        action=word(node, "actionType", ACTIONS),
        line_id=linked(node, "lineItem") or linked(node, "shippingLine"),
        quantity=node.signed("quantity"),
        total=asked.money.bag(node, "totalAmount"),
        tax=asked.money.optional_bag(node, "totalTaxAmount") or NOTHING,
    )


def tip_lines(order: Node) -> frozenset[int]:
    """Lines that are tips: no field of a line says so, only what was agreed."""
    sales = (sale for each in nodes(order, "agreements") for sale in nodes(each, "sales"))
    found = (linked(sale, "lineItem") for sale in sales if sale.text("lineType") == "TIP")
    return frozenset(line_id for line_id in found if line_id is not None)
