"""What Shopify's Admin API answers when an order is asked for again.

A body is {"order": {...}} with any of the parts below, all pages of each already joined; a part
that is not there says nothing. Fields: Shopify contract 8.4 and 8.5. The Admin API names what it
knows in words of its own: global ids, camel case, kinds in capitals, and every amount as a set.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from accounting.facts import (
    NOTHING,
    Adjustment,
    Dispute,
    Fact,
    MoneyBag,
    Refund,
    RefundLine,
    RefundShipping,
    Transaction,
)
from shopify_app.payloads.amounts import answered_currencies
from shopify_app.payloads.answered import Asked, linked, nodes, not_asked, word
from shopify_app.payloads.body import parse
from shopify_app.payloads.fields import Node
from shopify_app.payloads.money_moves import KINDS, REFUND_KEYS, RESTOCK_TYPES, STATUSES
from shopify_app.payloads.refetched_ledger import agreement_facts
from shopify_app.payloads.refetched_order import order_facts

PROPOSED = "suggested_refund"  # a kind of the Admin API's only: no money has been asked for
TRANSACTION_KEYS = {"rounding": "amountRoundingSet", "test": "test", "reference": "paymentId"}
REFUND_PARTS = {
    "return_id": "return",
    "processed_at": "processedAt",
    "lines": "refundLineItems",
    "shipping": "refundShippingLines",
    "adjustments": "orderAdjustments",
    "duties": "duties",
    "transaction_ids": "transactions",
}


def refetched_facts(body: bytes, *, fetched_at: datetime) -> tuple[Fact, ...]:
    """Every fact the answer states about its order, as of `fetched_at` (aware).

    Raises BadPayload: for an answer that cannot be read, and for one that is not whole (a page is
    missing), because facts that are not there would count as settled.
    """
    return refetch_facts(Node(parse(body)), fetched_at.astimezone(UTC))


def refetch_facts(node: Node, fetched_at: datetime) -> tuple[Fact, ...]:
    """The same of an answer that is parsed already."""
    order = node.must_object("order")
    asked = Asked(order_id=order.gid(), money=answered_currencies(order), at=fetched_at)
    return tuple(fact for read in PARTS for fact in read(order, asked))


def _transactions(order: Node, asked: Asked) -> list[Fact]:
    found = order.objects("transactions")
    counted = order.object("transactionsCount")
    if counted and counted.units("count") > len(found):
        raise order.bad("transactions", "Some are missing: all pages must be read first.")
    of_refund = _refund_by_transaction(order)
    return [
        _transaction(item, asked, of_refund.get(item.gid()))
        for item in found
        if not _is_proposed(item)
    ]


def _refund_by_transaction(order: Node) -> dict[int, int]:
    return {
        moved.gid(): refund.gid()
        for refund in order.objects("refunds")
        for moved in nodes(refund, "transactions")
    }


def _is_proposed(node: Node) -> bool:
    return node.text("kind").lower() == PROPOSED


def _transaction(node: Node, asked: Asked, refund_id: int | None = None) -> Transaction:
    """The customer's side is what was paid; cash is rounded in the shop's currency only."""
    paid = asked.money.positive_bag(node, "amountSet")
    card = node.object("paymentDetails")
    return Transaction(
        id=node.gid(),
        order_id=asked.order_id,
        as_of=asked.at,
        parent_id=linked(node, "parentTransaction"),
        refund_id=refund_id,
        kind=word(node, "kind", KINDS),
        status=word(node, "status", STATUSES),
        gateway=node.text("gateway"),
        amount=paid.presentment,
        currency=asked.money.presentment,
        shop_amount=paid.shop,
        rounding=(asked.money.optional_bag(node, "amountRoundingSet") or NOTHING).shop,
        processed_at=node.must_time("processedAt", "createdAt"),
        test=node.flag("test"),
        reference=node.text("paymentId"),
        card_brand=card.text("company") if card else "",
        location_id=linked(node, "location"),
        unsaid=not_asked(node, TRANSACTION_KEYS),
    )


def _refunds(order: Node, asked: Asked) -> list[Fact]:
    return [fact for refund in order.objects("refunds") for fact in _refund(refund, asked)]


def _refund(node: Node, asked: Asked) -> list[Fact]:
    """All that its webhook tells but the fees given back, which the Admin API does not list; and
    the tax of refunded shipping, which its webhook does not tell (trap T8)."""
    refund_id = node.gid()
    moved = [item for item in nodes(node, "transactions") if not _is_proposed(item)]
    never_said = REFUND_KEYS.keys() - REFUND_PARTS.keys()
    refund = Refund(
        id=refund_id,
        order_id=asked.order_id,
        as_of=asked.at,
        return_id=linked(node, "return"),
        created_at=node.must_time("createdAt"),
        processed_at=node.time("processedAt"),
        lines=tuple(_refund_line(item, asked) for item in nodes(node, "refundLineItems")),
        shipping=tuple(_shipping(item, asked) for item in nodes(node, "refundShippingLines")),
        adjustments=tuple(_adjustment(item, asked) for item in nodes(node, "orderAdjustments")),
        duties=_duties(node, asked),
        transaction_ids=tuple(sorted(item.gid() for item in moved)),
        unsaid=tuple(sorted({*never_said, *not_asked(node, REFUND_PARTS)})),
    )
    told = [item for item in moved if item.has("amountSet")]  # else the order tells it
    return [refund, *(_transaction(item, asked, refund_id) for item in told)]


def _refund_line(node: Node, asked: Asked) -> RefundLine:
    return RefundLine(
        id=node.gid(),
        line_id=node.must_object("lineItem").gid(),
        quantity=node.units("quantity"),
        restock_type=word(node, "restockType", RESTOCK_TYPES),
        subtotal=asked.money.bag(node, "subtotalSet"),
        tax=asked.money.bag(node, "totalTaxSet"),
    )


def _shipping(node: Node, asked: Asked) -> RefundShipping:
    return RefundShipping(
        id=node.gid(),
        shipping_line_id=linked(node, "shippingLine"),
        subtotal=asked.money.bag(node, "subtotalAmountSet"),
        tax=asked.money.optional_bag(node, "taxAmountSet"),
    )


def _adjustment(node: Node, asked: Asked) -> Adjustment:
    """Discrepancies only: refunded shipping is told once here, with its tax (trap T8). The reason
    is in a webhook's words."""
    return Adjustment(
        id=node.gid(),
        kind="refund_discrepancy",
        reason=node.text("reason").replace("_", " ").capitalize(),
        amount=asked.money.bag(node, "amountSet"),
        tax=asked.money.bag(node, "taxAmountSet"),
    )


def _duties(node: Node, asked: Asked) -> MoneyBag:
    given = [asked.money.bag(item, "amountSet") for item in node.objects("duties")]
    shop = sum((bag.shop for bag in given), NOTHING.shop)
    return MoneyBag(
        shop=shop, presentment=sum((bag.presentment for bag in given), NOTHING.presentment)
    )


def _disputes(order: Node, asked: Asked) -> list[Fact]:
    """What the customer's bank asks back; known of Shopify Payments only (treatment row 45)."""
    return [_dispute(item, asked) for item in order.objects("disputes")]


def _dispute(node: Node, asked: Asked) -> Dispute:
    amount = node.must_object("amount")
    currency = amount.currency("currencyCode")
    return Dispute(
        id=node.gid(),
        order_id=asked.order_id,
        as_of=asked.at,
        status=node.must_text("status").lower(),
        amount=amount.positive("amount", currency),
        currency=currency,
        opened_at=node.must_time("initiatedAt"),
    )


Part = Callable[[Node, Asked], list[Fact]]

PARTS: tuple[Part, ...] = (order_facts, _refunds, _transactions, agreement_facts, _disputes)
