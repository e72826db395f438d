"""How refund records are read where Shopify's figures leave room."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounting.documents.build import build
from accounting.documents.document import Document, Kind, Plan
from accounting.facts import Fact, Refund, merge
from tests.facts import (
    ORDERED_AT,
    REFUNDED_AT,
    make_adjustment,
    make_discount,
    make_line,
    make_order,
    make_paid_order,
    make_refund,
    make_refund_line,
    make_refund_transaction,
    make_rules,
    make_transaction,
)

# Three units that together cost 10.00: 3.33 each, with a sen left over.
THREE = (make_line(quantity=3, price="3.34", discounts=(make_discount("0.02"),)),)


def refund_of(number: int, amount: str) -> list[Fact]:
    at = REFUNDED_AT + timedelta(hours=number)
    transaction_id = 8200000000200 + number
    record: Refund = make_refund(
        id=1020000000200 + number,
        created_at=at,
        lines=(make_refund_line(subtotal=amount),),
        transaction_ids=(transaction_id,),
    )
    return [record, make_refund_transaction(id=transaction_id, amount=amount, processed_at=at)]


def after_refunds(*amounts: str) -> Plan:
    left = Decimal("10.00") - sum(Decimal(amount) for amount in amounts)
    facts: list[Fact] = [
        make_order(lines=THREE),
        make_order(
            lines=THREE,
            origin=False,
            updated_at=REFUNDED_AT + timedelta(days=1),
            current_total_price=str(left),
            total_outstanding="0.00",
        ),
        make_transaction(amount="10.00"),
    ]
    for number, amount in enumerate(amounts):
        facts += refund_of(number, amount)
    return build(merge(facts), make_rules(), (), stem="", settled=True)


@pytest.mark.parametrize(
    "amounts", [("3.33",), ("3.34",), ("3.33", "3.35"), ("3.33", "3.33", "3.34")]
)
def test_a_share_may_miss_by_one_sen_for_each_refund_before_it(amounts: tuple[str, ...]) -> None:
    plan = after_refunds(*amounts)

    assert plan.problems == ()
    notes = [e for e in plan.entries if isinstance(e, Document) and e.kind is Kind.CREDIT_NOTE]
    assert [str(note.total) for note in notes] == list(amounts)


def test_a_share_that_misses_by_more_is_held() -> None:
    plan = after_refunds("3.35")

    assert [(p.code, p.may_pass) for p in plan.problems] == [("FACTS_INCOMPLETE", False)]
    assert len(plan.entries) == 3


def test_a_refund_of_which_a_part_is_pending_waits_as_a_whole() -> None:
    facts: list[Fact] = [
        make_order(),
        make_order(
            origin=False,
            updated_at=REFUNDED_AT,
            current_total_price="20.00",
            total_outstanding="0.00",
        ),
        make_transaction(),
        make_refund(transaction_ids=(8200000000301, 8200000000302)),
        make_refund_transaction(id=8200000000301, amount="30.00"),
        make_refund_transaction(id=8200000000302, amount="20.00", status="pending"),
    ]

    plan = build(merge(facts), make_rules(), (), stem="", settled=True)

    assert [problem.code for problem in plan.problems] == ["REFUND_PENDING"]
    assert len(plan.problems[0].blocks) == 3
    assert [entry.kind for entry in plan.entries] == [
        Kind.INVOICE,
        Kind.PAYMENT,
        Kind.ALLOCATION,
    ]


def test_a_later_refund_of_the_same_line_does_not_wait_for_a_pending_one() -> None:
    """G6: only those with an adjustment do. The pending one has taken its unit already, so these
    two are the last, with all that it left of 10.00."""
    late = REFUNDED_AT + timedelta(hours=1)
    current: dict[str, Any] = {"current_total_price": "0.00", "total_outstanding": "-3.33"}
    pending, _ = refund_of(0, "3.33")
    last = make_refund(
        created_at=late,
        lines=(make_refund_line(quantity=2, subtotal="6.67"),),
        transaction_ids=(8200000000102,),
    )
    facts: list[Fact] = [
        make_order(lines=THREE),
        make_order(lines=THREE, origin=False, updated_at=late, **current),
        make_transaction(amount="10.00"),
        pending,
        make_refund_transaction(id=8200000000200, amount="3.33", status="pending"),
        last,
        make_refund_transaction(amount="6.67", processed_at=late),
    ]

    plan = build(merge(facts), make_rules(), (), stem="", settled=True)

    assert [problem.code for problem in plan.problems] == ["REFUND_PENDING"]
    assert [key.source_id for key in plan.problems[0].blocks] == [1020000000200, 8200000000200]
    notes = [e for e in plan.entries if isinstance(e, Document) and e.kind is Kind.CREDIT_NOTE]
    assert [str(note.total) for note in notes] == ["6.67"]


def test_a_pending_refund_leaves_what_is_posted_alone() -> None:
    two = (make_line(quantity=2),)
    first: list[Fact] = [
        make_order(lines=two),
        make_transaction(amount="100.00"),
        make_refund(
            lines=(make_refund_line(),),
            adjustments=(make_adjustment("5.00"),),
            transaction_ids=(8200000000401,),
        ),
        make_refund_transaction(id=8200000000401, amount="45.00"),
    ]
    kept: dict[str, Any] = {"lines": two, "origin": False, "current_total_price": "55.00"}
    later = REFUNDED_AT + timedelta(days=1)
    second: list[Fact] = [
        make_refund(
            id=1020000000402,
            created_at=later,
            lines=(make_refund_line(id=630000000402),),
            transaction_ids=(8200000000402,),
        ),
        make_refund_transaction(id=8200000000402, status="pending", processed_at=later),
        make_order(**kept, updated_at=later, total_outstanding="0.00"),
    ]
    before = make_order(**kept, updated_at=REFUNDED_AT, total_outstanding="0.00")
    sealed = build(merge([*first, before]), make_rules(), (), stem="", settled=True)
    assert [e.total for e in sealed.entries if e.kind is Kind.CREDIT_NOTE] == [Decimal("45.00")]

    plan = build(
        merge([*first, before, *second]), make_rules(), sealed.entries, stem="", settled=True
    )

    assert plan.entries == ()
    assert [problem.code for problem in plan.problems] == ["REFUND_PENDING"]
    assert [key.source_id for key in plan.problems[0].blocks] == [1020000000402, 8200000000402]


def test_a_record_that_cannot_be_read_never_shortens_the_invoice() -> None:
    facts: list[Fact] = [
        make_order(lines=THREE),
        make_refund(
            created_at=REFUNDED_AT - timedelta(hours=2), lines=(make_refund_line(subtotal="9.00"),)
        ),
        make_order(
            lines=THREE,
            origin=False,
            updated_at=REFUNDED_AT,
            current_total_price="1.00",
            total_outstanding="0.00",
        ),
        make_transaction(amount="1.00", processed_at=REFUNDED_AT),
    ]

    plan = build(merge(facts), make_rules(), (), stem="", settled=True)

    assert plan.entries == ()
    assert "FACTS_INCOMPLETE" in {problem.code for problem in plan.problems}


def test_an_order_of_the_cut_over_day_is_posted() -> None:
    facts: list[Fact] = [make_paid_order(), make_transaction()]

    on_the_day = build(
        merge(facts), make_rules(cut_over=date(2026, 11, 20)), (), stem="", settled=True
    )
    the_day_after = build(
        merge(facts), make_rules(cut_over=date(2026, 11, 21)), (), stem="", settled=True
    )

    assert len(on_the_day.entries) == 3
    assert the_day_after.entries == ()
    assert the_day_after.excluded.startswith("Ordered before the books were taken over")


def test_money_on_the_cut_over_day_for_an_earlier_order_is_held() -> None:
    facts: list[Fact] = [
        make_order(processed_at=ORDERED_AT - timedelta(days=5)),
        make_paid_order(
            origin=False,
            updated_at=ORDERED_AT + timedelta(minutes=1),
            processed_at=ORDERED_AT - timedelta(days=5),
        ),
        make_transaction(),
    ]

    plan = build(merge(facts), make_rules(cut_over=date(2026, 11, 20)), (), stem="", settled=True)

    assert plan.entries == ()
    assert [problem.code for problem in plan.problems] == ["BEFORE_CUT_OVER"]


def test_problems_hold_no_personal_data_and_name_their_figures() -> None:
    plan = after_refunds("9.00")

    [problem] = plan.problems
    assert ("refund subtotal", "9.00") in problem.terms
    assert ("share of it", "3.33") in problem.terms
