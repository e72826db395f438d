"""What Shopify's Admin API answers when an order is asked for again: what webhooks left open.

A body is {"order": {...}} with any of the parts below, all pages of each already joined; a part
that is not there says nothing. Fields: Shopify contract 8.4 and 8.5. The Admin API names what it
knows in words of its own: global ids, camel case, kinds in capitals, and every amount as a set.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from accounting.facts import (
    NOTHING,
    Agreement,
    CustomerTotals,
    Dispute,
    Fact,
    Reading,
    Refund,
    RefundShipping,
    Sale,
    Totals,
    Transaction,
)
from shopify_app.payloads.amounts import Currencies, answered_currencies
from shopify_app.payloads.body import parse
from shopify_app.payloads.fields import Node
from shopify_app.payloads.money_moves import KINDS, REFUND_KEYS, STATUSES

PROPOSED = "suggested_refund"  # a kind of the Admin API's only: no money has been asked for
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
TRANSACTION_KEYS = {"rounding": "amountRoundingSet", "test": "test", "reference": "paymentId"}
REFUND_PARTS = {
    "processed_at": "processedAt",
    "shipping": "refundShippingLines",
    "transaction_ids": "transactions",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What all parts of one answer have in common."""

    order_id: int
    money: Currencies
    at: datetime


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


def _totals(order: Node, asked: Asked) -> list[Fact]:
    """What the order comes to in the customer's currency, of the version that was read."""
    if not order.has("totalOutstandingSet"):
        return []
    money = asked.money
    totals = Totals(
        total_tax=money.bag(order, "totalTaxSet").presentment,
        total_outstanding=money.bag(order, "totalOutstandingSet").presentment,
        current_total_price=money.bag(order, "currentTotalPriceSet").presentment,
        total_tip_received=(
            money.optional_bag(order, "totalTipReceivedSet") or NOTHING
        ).presentment,
    )
    as_of = order.must_time("updatedAt")
    return [CustomerTotals(id=asked.order_id, order_id=asked.order_id, as_of=as_of, totals=totals)]


def _transactions(order: Node, asked: Asked) -> list[Fact]:
    found = order.objects("transactions")
    counted = order.object("transactionsCount")
    if counted and counted.units("count") > len(found):
        raise order.bad("transactions", "Some are missing: all pages must be read first.")
    return [_transaction(item, asked) for item in found if not _is_proposed(item)]


def _is_proposed(node: Node) -> bool:
    return node.text("kind").lower() == PROPOSED


def _transaction(node: Node, asked: Asked, refund_id: int | None = None) -> Transaction:
    """The customer's side is what was paid; cash is rounded in the shop's currency only."""
    paid = asked.money.positive_bag(node, "amountSet")
    rounding = asked.money.optional_bag(node, "amountRoundingSet") or NOTHING
    return Transaction(
        id=node.gid(),
        order_id=asked.order_id,
        as_of=asked.at,
        parent_id=_linked(node, "parentTransaction"),
        refund_id=refund_id,
        kind=_word(node, "kind", KINDS),
        status=_word(node, "status", STATUSES),
        gateway=node.text("gateway"),
        amount=paid.presentment,
        currency=asked.money.presentment,
        shop_amount=paid.shop,
        rounding=rounding.shop,
        processed_at=node.must_time("processedAt", "createdAt"),
        test=node.flag("test"),
        reference=node.text("paymentId"),
        unsaid=_not_asked(node, TRANSACTION_KEYS),
    )


def _refunds(order: Node, asked: Asked) -> list[Fact]:
    """The tax of refunded shipping and which refund moved which money. The rest of a refund goes
    unsaid: its webhook told that."""
    return [fact for refund in order.objects("refunds") for fact in _refund(refund, asked)]


def _refund(node: Node, asked: Asked) -> list[Fact]:
    refund_id = node.gid()
    moved = [item for item in _nodes(node, "transactions") if not _is_proposed(item)]
    transactions = [_transaction(item, asked, refund_id) for item in moved]
    never_said = REFUND_KEYS.keys() - REFUND_PARTS.keys()
    refund = Refund(
        id=refund_id,
        order_id=asked.order_id,
        as_of=asked.at,
        created_at=node.must_time("createdAt"),
        processed_at=node.time("processedAt"),
        shipping=tuple(_shipping(item, asked) for item in _nodes(node, "refundShippingLines")),
        transaction_ids=tuple(transaction.id for transaction in transactions),
        unsaid=tuple(sorted({*never_said, *_not_asked(node, REFUND_PARTS)})),
    )
    return [refund, *transactions]


def _shipping(node: Node, asked: Asked) -> RefundShipping:
    return RefundShipping(
        id=node.gid(),
        shipping_line_id=_linked(node, "shippingLine"),
        subtotal=asked.money.bag(node, "subtotalAmountSet"),
        tax=asked.money.optional_bag(node, "taxAmountSet"),
    )


def _reading(order: Node, asked: Asked) -> list[Fact]:
    """An answer that lists the refunds shows which of them there are not."""
    if order.get("refunds") is None:
        return []
    return [Reading(id=asked.order_id, order_id=asked.order_id, as_of=asked.at)]


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


def _agreements(order: Node, asked: Asked) -> list[Fact]:
    return [_agreement(item, asked) for item in _nodes(order, "agreements")]


def _agreement(node: Node, asked: Asked) -> Agreement:
    return Agreement(
        id=node.gid(),
        order_id=asked.order_id,
        kind=AGREEMENTS[node.one_of("__typename", AGREEMENTS)],
        happened_at=node.must_time("happenedAt"),
        refund_id=_linked(node, "refund"),
        return_id=_linked(node, "return"),
        sales=tuple(_sale(item, asked) for item in _must_nodes(node, "sales")),
    )


def _sale(node: Node, asked: Asked) -> Sale:
    return Sale(
        line_type=_word(node, "lineType", LINE_TYPES),
        action=_word(node, "actionType", ACTIONS),
        line_id=_linked(node, "lineItem") or _linked(node, "shippingLine"),
        quantity=node.signed("quantity"),
        total=asked.money.bag(node, "totalAmount"),
        tax=asked.money.optional_bag(node, "totalTaxAmount") or NOTHING,
    )


def _must_nodes(node: Node, key: str) -> list[Node]:
    node.must(key)
    return _nodes(node, key)


def _nodes(node: Node, key: str) -> list[Node]:
    """What a connection holds; none when it is null or absent. Raises BadPayload when more of it
    has not been read."""
    connection = node.object(key)
    if connection is None:
        return []
    page = connection.object("pageInfo")
    if page and page.flag("hasNextPage"):
        raise page.bad("hasNextPage", "Some are missing: all pages must be read first.")
    connection.must("nodes")
    return connection.objects("nodes")


def _linked(node: Node, key: str) -> int | None:
    """The id of what this refers to; None where it refers to nothing, or to what is gone."""
    linked = node.object(key)
    return linked.gid() if linked else None


def _word(node: Node, key: str, known: Collection[str]) -> str:
    """A constant in capitals, as the word that webhooks use for it."""
    word = node.must_text(key).lower()
    if word not in known:
        raise node.bad(key, "Lejar does not know this value.")
    return word


def _not_asked(node: Node, keys: Mapping[str, str]) -> tuple[str, ...]:
    """Fields whose keys are absent. A null was asked for and says "none" (treatment R7)."""
    return tuple(sorted(name for name, key in keys.items() if not node.has(key)))


Part = Callable[[Node, Asked], list[Fact]]

PARTS: tuple[Part, ...] = (_totals, _refunds, _transactions, _agreements, _disputes, _reading)
