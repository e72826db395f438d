"""Refunds, transactions and edits: alone as they happen, and inside orders afterwards.

The same refund arrives on its own and again inside every later version of its order (trap T4);
both readings give facts with the same ids, and the merge counts them once.
"""

from __future__ import annotations

from datetime import datetime

from accounting.facts import (
    NOTHING,
    ZERO,
    Adjustment,
    Edit,
    Fact,
    MoneyBag,
    Refund,
    RefundLine,
    RefundShipping,
    Transaction,
)
from shopify_app.payloads.amounts import Currencies, stated_currencies
from shopify_app.payloads.fields import Node

KINDS = frozenset(
    {"sale", "capture", "authorization", "emv_authorization", "void", "refund", "change"}
)
STATUSES = frozenset({"success", "pending", "awaiting_response", "unknown", "failure", "error"})
RESTOCK_TYPES = frozenset({"no_restock", "cancel", "return", "legacy_restock"})
ADJUSTMENT_KINDS = frozenset({"shipping_refund", "refund_discrepancy"})

# The fields of a fact and the keys of the body that state them: a key that is not there says
# nothing, which is not the same as saying "none" (treatment R7).
REFUND_KEYS = {
    "return_id": "return",
    "processed_at": "processed_at",
    "lines": "refund_line_items",
    "shipping": "refund_shipping_lines",
    "adjustments": "order_adjustments",
    "duties": "total_duties_set",
    "additional_fees": "total_additional_fees_set",
    "transaction_ids": "transactions",
}
TRANSACTION_KEYS = {
    "rounding": "amount_rounding",
    "test": "test",
    "reference": "payment_id",
    "card_brand": "payment_details",
    "location_id": "location_id",
}


def refund_facts(node: Node, triggered_at: datetime) -> tuple[Fact, ...]:
    """`refunds/create`: the refund and the money it moved, if any has moved yet (trap T6).

    A transaction's body would read as a refund of nothing, and the topic is not signed.
    """
    if node.has("kind"):
        raise node.bad("kind", "A refund has no kind: this is a transaction.")
    money = stated_currencies(node.value)
    return _refund_facts(node, money, node.id("order_id"), triggered_at)


def embedded_refund(
    node: Node, money: Currencies, order_id: int, as_of: datetime
) -> tuple[Fact, ...]:
    """A refund repeated inside a version of its order, as of that version."""
    _check_owner(node, "order_id", order_id)
    return _refund_facts(node, money, order_id, as_of)


def transaction_facts(node: Node, triggered_at: datetime) -> tuple[Fact, ...]:
    """`order_transactions/create`: one transaction; which refund it belongs to is not said."""
    return (_transaction(node, node.id("order_id"), None, triggered_at),)


def edit_facts(node: Node, triggered_at: datetime) -> tuple[Fact, ...]:
    """`orders/edited`: unit changes by line. It says no amounts; a new order version does."""
    edit = node.must_object("order_edit")
    lines = edit.object("line_items") or Node({}, edit.at("line_items"))
    return (
        Edit(
            id=edit.id(),
            order_id=edit.id("order_id"),
            committed_at=edit.time("committed_at") or edit.time("created_at") or triggered_at,
            additions=_deltas(lines, "additions"),
            removals=_deltas(lines, "removals"),
        ),
    )


def _deltas(node: Node, key: str) -> tuple[tuple[int, ...], ...]:
    return tuple((item.id(), item.change("delta")) for item in node.objects(key))


def _refund_facts(
    node: Node, money: Currencies, order_id: int, as_of: datetime
) -> tuple[Fact, ...]:
    refund_id = node.id()
    settled = node.object("return")
    transactions = _transactions(node, order_id, refund_id, as_of)
    refund = Refund(
        id=refund_id,
        order_id=order_id,
        as_of=as_of,
        return_id=settled.number("id") if settled else None,
        created_at=node.must_time("created_at"),
        processed_at=node.time("processed_at"),
        lines=tuple(_refund_line(item, money) for item in node.objects("refund_line_items")),
        shipping=tuple(_shipping(item, money) for item in node.objects("refund_shipping_lines")),
        adjustments=tuple(_adjustment(item, money) for item in node.objects("order_adjustments")),
        duties=_optional(node, money, "total_duties_set"),
        additional_fees=_optional(node, money, "total_additional_fees_set"),
        transaction_ids=tuple(transaction.id for transaction in transactions),
        unsaid=_unsaid(node, REFUND_KEYS),
    )
    return (refund, *transactions)


def _transactions(
    node: Node, order_id: int, refund_id: int, as_of: datetime
) -> tuple[Transaction, ...]:
    found = node.objects("transactions")
    for transaction in found:
        _check_owner(transaction, "order_id", order_id)
    return tuple(_transaction(item, order_id, refund_id, as_of) for item in found)


def _transaction(node: Node, order_id: int, refund_id: int | None, as_of: datetime) -> Transaction:
    """The amount in shop currency stays unknown: the body names the payment's currency only."""
    currency = node.currency("currency")
    silent = node.get("amount_rounding") is None
    card = node.object("payment_details")
    return Transaction(
        id=node.id(),
        order_id=order_id,
        as_of=as_of,
        parent_id=node.number("parent_id"),
        refund_id=refund_id,
        kind=node.one_of("kind", KINDS),
        status=node.one_of("status", STATUSES),
        gateway=node.text("gateway"),
        amount=node.positive("amount", currency),
        currency=currency,
        rounding=ZERO if silent else node.amount("amount_rounding", currency),
        processed_at=node.must_time("processed_at", "created_at"),
        test=node.flag("test"),
        reference=node.text("payment_id"),
        card_brand=card.text("credit_card_company") if card else "",
        location_id=node.number("location_id"),
        unsaid=_unsaid(node, TRANSACTION_KEYS),
    )


def _refund_line(node: Node, money: Currencies) -> RefundLine:
    return RefundLine(
        id=node.id(),
        line_id=node.id("line_item_id"),
        quantity=node.units("quantity"),
        restock_type=node.one_of("restock_type", RESTOCK_TYPES),
        subtotal=money.bag(node, "subtotal_set", "subtotal"),
        tax=money.bag(node, "total_tax_set", "total_tax"),
    )


def _shipping(node: Node, money: Currencies) -> RefundShipping:
    return RefundShipping(
        id=node.id(),
        shipping_line_id=node.number("shipping_line_id"),
        subtotal=money.bag(node, "subtotal_amount_set"),
    )


def _adjustment(node: Node, money: Currencies) -> Adjustment:
    taxed = node.get("tax_amount_set") is not None or node.get("tax_amount") is not None
    return Adjustment(
        id=node.id(),
        kind=node.one_of("kind", ADJUSTMENT_KINDS),
        reason=node.text("reason"),
        amount=money.bag(node, "amount_set", "amount"),
        tax=money.bag(node, "tax_amount_set", "tax_amount") if taxed else NOTHING,
    )


def _optional(node: Node, money: Currencies, key: str) -> MoneyBag:
    return money.optional_bag(node, key) or NOTHING


def _unsaid(node: Node, keys: dict[str, str]) -> tuple[str, ...]:
    return tuple(sorted(name for name, key in keys.items() if node.get(key) is None))


def _check_owner(node: Node, key: str, expected: int) -> None:
    """What is embedded belongs to what embeds it: a stranger's id here is refused."""
    if node.number(key) not in (None, expected):
        raise node.bad(key, "This belongs to another order.")
