"""The everyday way through: paid order, refund, what follows from what."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from accounting.documents.build import build
from accounting.documents.document import Allocation, Entry, Plan
from accounting.facts import Fact, merge
from tests.facts import (
    REFUNDED_AT,
    make_discount,
    make_line,
    make_order,
    make_paid_order,
    make_refund,
    make_refund_transaction,
    make_rules,
    make_transaction,
)


def numbers(entries: tuple[Entry, ...]) -> list[str]:
    return [entry.number for entry in entries]


def test_a_paid_order_becomes_an_invoice_a_payment_and_their_allocation() -> None:
    facts: list[Fact] = [make_paid_order(), make_transaction()]

    plan = build(merge(facts), make_rules(), (), stem="", settled=True)

    assert plan.problems == ()
    assert numbers(plan.entries) == [
        "SH-1001",
        "SH-1001-P2WN10A5WL",
        "SH-1001-P2WN10A5WL_SH-1001",
    ]


def test_a_refund_becomes_a_credit_note_and_money_that_settle_each_other() -> None:
    refunded = make_order(
        origin=False,
        updated_at=REFUNDED_AT,
        current_total_price="0.00",
        total_outstanding="0.00",
        financial_status="refunded",
    )
    facts: list[Fact] = [
        make_order(),
        refunded,
        make_transaction(),
        make_refund(transaction_ids=(8200000000102,)),
        make_refund_transaction(),
    ]

    plan = build(merge(facts), make_rules(), (), stem="", settled=True)

    assert plan.problems == ()
    assert numbers(plan.entries)[3:] == [
        "SH-1001-CD0KXNX45",
        "SH-1001-F2WN10A5WM",
        "SH-1001-F2WN10A5WM_SH-1001-CD0KXNX45",
    ]
    knocked_off = plan.entries[-1]
    assert isinstance(knocked_off, Allocation)
    assert (knocked_off.source_open, knocked_off.target_open) == (Decimal(50), Decimal(50))


def test_an_unpaid_order_has_no_documents_for_now() -> None:
    plan = build(merge([make_order()]), make_rules(), (), stem="", settled=True)

    assert (plan.entries, plan.problems) == ((), ())
    assert plan.excluded == "Not paid yet."


def test_payments_without_their_order_wait_for_it() -> None:
    facts = merge([make_transaction(processed_at=datetime(2026, 11, 20, tzinfo=UTC))])

    plan = build(facts, make_rules(), (), stem="", settled=False)

    assert plan.entries == ()
    assert [(p.code, p.may_pass) for p in plan.problems] == [("FACTS_INCOMPLETE", True)]


def free_order_policy(*facts: Fact) -> Plan:
    return build(merge(facts), make_rules(zero_value="skip"), (), stem="", settled=True)


def test_a_free_order_that_was_charged_later_is_not_left_out() -> None:
    free = (make_line(discounts=(make_discount("50.00"),)),)
    charged = make_order(origin=False, updated_at=REFUNDED_AT)

    plan = free_order_policy(make_order(lines=free), charged)

    assert plan.excluded == ""
    assert [problem.subject for problem in plan.problems] == ["G2"]


def test_money_for_a_free_order_is_not_left_out() -> None:
    free = (make_line(discounts=(make_discount("50.00"),)),)
    overpaid = make_order(
        lines=free, origin=False, updated_at=REFUNDED_AT, total_outstanding="-50.00"
    )

    plan = free_order_policy(make_order(lines=free), overpaid, make_transaction())

    assert plan.excluded == ""
    assert [entry.number for entry in plan.entries] == ["SH-1001", "SH-1001-P2WN10A5WL"]


def test_a_line_discounted_below_zero_is_never_invoiced() -> None:
    lines = (
        make_line(discounts=(make_discount("60.00"),)),
        make_line(id=15200000000002, title="SOFA", price="70.00"),
    )
    facts: list[Fact] = [make_paid_order(lines=lines), make_transaction(amount="60.00")]

    plan = build(merge(facts), make_rules(), (), stem="", settled=True)

    assert plan.entries == ()
    [problem] = plan.problems
    assert (problem.subject, problem.terms[0]) == ("charge below zero", ("net", "-10.00"))
