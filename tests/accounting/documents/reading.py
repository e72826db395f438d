"""Builders for orders that live long, and what the books show of them (second reading)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from accounting.documents.build import build
from accounting.documents.document import Allocation, Document, DocumentLine, Entry, Plan, Role
from accounting.documents.rules import Rules
from accounting.facts import (
    Agreement,
    Fact,
    MoneyBag,
    Order,
    Sale,
    Totals,
    Transaction,
    merge,
)
from tests.facts import (
    ACCOUNTS,
    ORDER_ID,
    REFUNDED_AT,
    make_line,
    make_order,
    make_reading,
    make_rules,
    make_transaction,
)

LINE, RETURN, REFUND_MONEY = 15200000000001, 3300000000001, 8200000000102
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
EXTRA_ACCOUNTS = {"rounding": "rounding", "fx": "fx", "channel_tax": "channel_tax"}


def rules(**changes: Any) -> Rules:
    debtors = {"MYR": "300-C0001", "USD": "300-C0003"}
    accounts = ACCOUNTS | EXTRA_ACCOUNTS
    return make_rules(**{"accounts": accounts, "cash_debtors": debtors} | changes)


def plan_of(
    facts: Sequence[Fact],
    by: Rules | None = None,
    sealed: Sequence[Entry] = (),
    *,
    settled: bool = True,
) -> Plan:
    stem = "SH-1001" if sealed else ""
    facts = [*facts, make_reading()] if settled else facts
    return build(merge(facts), by or rules(), sealed, stem=stem, settled=settled)


def documents(plan: Plan) -> list[tuple[str, str]]:
    """Role and total of each, in order."""
    found = [entry for entry in plan.entries if isinstance(entry, Document)]
    return [(document.key.role.value, str(document.total)) for document in found]


def in_role(plan: Plan, role: Role) -> Document:
    [found] = [e for e in plan.entries if isinstance(e, Document) and e.key.role is role]
    return found


def settled_by(plan: Plan, number: str) -> list[tuple[str, str]]:
    """What a document settles, and by how much."""
    found = [entry for entry in plan.entries if isinstance(entry, Allocation)]
    return [(entry.target, str(entry.amount)) for entry in found if entry.source == number]


def figures(line: DocumentLine) -> tuple[str, int, str, str, str]:
    return (line.account, line.quantity, str(line.net), line.tax_code, str(line.tax))


def newest(at: datetime = REFUNDED_AT + DAY, **changes: Any) -> Order:
    """The order as read anew."""
    read = {"origin": False, "refetched": True, "updated_at": at, "financial_status": "paid"}
    return make_order(**(read | changes))


def agreement(kind: str, *sales: Sale, at: datetime = REFUNDED_AT, **changes: Any) -> Agreement:
    values: dict[str, Any] = {
        "id": 5500000000001,
        "order_id": ORDER_ID,
        "happened_at": at,
    } | changes
    return Agreement(kind=kind, sales=sales, **values)


def sale(action: str, line_id: int | None, units: int, total: MoneyBag | str, **more: Any) -> Sale:
    values: dict[str, Any] = {"line_type": "product", "tax": bag("0.00")} | more
    money = bag(total) if isinstance(total, str) else total
    return Sale(action=action, line_id=line_id, quantity=units, total=money, **values)


def bag(shop: str, customer: str = "") -> MoneyBag:
    return MoneyBag(shop=Decimal(shop), presentment=Decimal(customer or shop))


def in_dollars(shop: str, customer: str, **changes: Any) -> Order:
    values = {
        "presentment_currency": "USD",
        "lines": (make_line(price=bag(shop, customer)),),
        "total_price": bag(shop, customer),
    }
    return make_order(**(values | changes))


def read_in_dollars(shop: str, customer: str, at: datetime, **changes: Any) -> Order:
    """Read anew, paid in full."""
    totals = {"total_tax": "0.00", "total_outstanding": "0.00", "current_total_price": customer}
    totals |= changes.pop("totals", {})
    read = {
        "origin": False,
        "refetched": True,
        "updated_at": at,
        "total_outstanding": "0.00",
        "financial_status": "paid",
        "presentment_totals": Totals(**{name: Decimal(totals[name]) for name in totals}),
    }
    return in_dollars(shop, customer, **(read | changes))


def dollars(amount: str, shop: str | None, **changes: Any) -> Transaction:
    return make_transaction(amount=amount, currency="USD", shop_amount=shop, **changes)
