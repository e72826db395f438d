"""Which transactions are money, and how much of it in the order's currency (rows 1-14, 21, R1)."""

from __future__ import annotations

from decimal import Decimal

from accounting.documents.document import ZERO
from accounting.documents.rules import gateway_key
from accounting.facts import FAILED, Facts, Order, Transaction

MONEY_IN = frozenset({"sale", "capture"})


def is_test(transaction: Transaction) -> bool:
    """Whether no money moved: a test, or Shopify's bogus gateway (row 21)."""
    return transaction.test or gateway_key(transaction.gateway) == "bogus"


def real_money(facts: Facts) -> list[Transaction]:
    """Everything but test transactions, oldest first."""
    real = (t for t in facts.transactions if not is_test(t))
    return sorted(real, key=lambda t: (t.processed_at, t.id))


def succeeded(facts: Facts) -> list[Transaction]:
    """Transactions that ever were successful (R1), oldest first."""
    return [t for t in real_money(facts) if t.id in facts.succeeded]


def in_order_currency(transaction: Transaction, order: Order) -> Decimal | None:
    """The transaction's amount in the currency the order is looked at in; None when nobody has said
    it."""
    if transaction.shop_amount is not None:
        return transaction.shop_amount
    return transaction.amount if transaction.currency == order.currency else None


def change_given(facts: Facts, order: Order, sale: Transaction) -> Decimal:
    """Cash handed back on an over-tendered sale (row 10)."""
    given = (t for t in succeeded(facts) if t.kind == "change" and t.parent_id == sale.id)
    return sum((in_order_currency(t, order) or ZERO for t in given), ZERO)


def payments(facts: Facts, order: Order, *, keep_change: bool) -> list[tuple[Transaction, Decimal]]:
    """Money received, transaction by transaction, net of change unless `keep_change`."""
    found = []
    for transaction in succeeded(facts):
        amount = in_order_currency(transaction, order)
        if transaction.kind in MONEY_IN and amount:
            change = ZERO if keep_change else change_given(facts, order, transaction)
            found.append((transaction, amount - change))
    return [(transaction, amount) for transaction, amount in found if amount > 0]


def bounced(facts: Facts, order: Order, *, keep_change: bool) -> list[tuple[Transaction, Decimal]]:
    """Payments that failed after they had succeeded (row 5)."""
    found = payments(facts, order, keep_change=keep_change)
    return [(transaction, amount) for transaction, amount in found if transaction.status in FAILED]


def paid_back(facts: Facts, order: Order) -> list[tuple[Transaction, Decimal]]:
    """Money returned to the customer."""
    money = ((t, in_order_currency(t, order)) for t in succeeded(facts) if t.kind == "refund")
    return [(t, amount) for t, amount in money if amount]
