"""An order and what became of it, for tests that say one thing about it: see `plan_of`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from accounting.documents.build import build
from accounting.documents.document import Document, Key, Kind, Plan, Problem, Role
from accounting.documents.rules import Rules
from accounting.facts import Agreement, Fact, Order, Sale, merge
from tests.facts import (
    ORDER_ID,
    ORDERED_AT,
    REFUNDED_AT,
    make_order,
    make_reading,
    make_refund,
    make_refund_transaction,
    make_rules,
    money,
)

EDITED_AT = ORDERED_AT + timedelta(days=1)
READ_AT = ORDERED_AT + timedelta(days=9)


def plan_of(*facts: Fact, rules: Rules | None = None) -> Plan:
    """What is posted of these facts once the order is quiet and was read anew."""
    return build(merge([*facts, make_reading()]), rules or make_rules(), (), stem="", settled=True)


def newest(order: Order, **changes: Any) -> Order:
    """The order as it was read anew at the end, paid; `changes` are what became of it."""
    values: dict[str, Any] = {
        "origin": False,
        "refetched": True,
        "updated_at": READ_AT,
        "currency": order.currency,
        "presentment_currency": order.presentment_currency,
        "lines": order.lines,
        "shipping_lines": order.shipping_lines,
        "taxes_included": order.taxes_included,
        "duties": order.duties,
        "duty_taxes": order.duty_taxes,
        "additional_fees": order.additional_fees,
        "fee_taxes": order.fee_taxes,
        "total_outstanding": "0.00",
        "financial_status": "paid",
    }
    return make_order(**(values | changes))


def refund(number: int, amount: str, **changes: Any) -> list[Fact]:
    """The `number`-th refund, of `amount` in money ("" for none), an hour after the one before."""
    at, transaction_id = REFUNDED_AT + timedelta(hours=number), 8200000000200 + number
    values: dict[str, Any] = {
        "id": 1020000000200 + number,
        "created_at": at,
        "lines": (),
        "transaction_ids": (transaction_id,) if amount else (),
    }
    record = make_refund(**(values | changes))
    if not amount:
        return [record]
    moved = {"id": transaction_id, "amount": amount, "processed_at": at}
    return [record, make_refund_transaction(**moved)]


def agreement(number: int, *sales: Sale, at: datetime = EDITED_AT, **changes: Any) -> Agreement:
    """The `number`-th agreement of the order, an edit unless `changes` say otherwise."""
    values: dict[str, Any] = {
        "id": 9900000000000 + number,
        "order_id": ORDER_ID,
        "kind": "edit",
        "happened_at": at,
        "sales": sales,
    }
    return Agreement(**(values | changes))


def sale(total: str, tax: str = "0.00", **changes: Any) -> Sale:
    """A changed charge of the tee unless `changes` say otherwise."""
    values: dict[str, Any] = {
        "line_type": "product",
        "action": "update",
        "line_id": 15200000000001,
        "total": money(total),
        "tax": money(tax),
    }
    return Sale(**(values | changes))


def documents(plan: Plan, *roles: Role) -> list[Document]:
    found = (entry for entry in plan.entries if isinstance(entry, Document))
    return [each for each in found if not roles or each.key.role in roles]


def totals(plan: Plan, *roles: Role) -> list[str]:
    """The documents of these roles as "S 20.00"."""
    return [f"{each.key.role} {each.total}" for each in documents(plan, *roles)]


def lines(plan: Plan, *roles: Role) -> list[tuple[str, int, str, str]]:
    """Account role, quantity, net and tax of every line of these documents."""
    return [
        (line.role, line.quantity, str(line.net), str(line.tax))
        for each in documents(plan, *roles)
        for line in each.lines
    ]


def holds(plan: Plan) -> list[tuple[str, str]]:
    return [(problem.code, problem.subject) for problem in plan.problems]


def only_problem(plan: Plan) -> Problem:
    [problem] = plan.problems
    return problem


def keys(plan: Plan, *kinds: Kind) -> list[Key]:
    return [each.key for each in documents(plan) if not kinds or each.kind in kinds]
