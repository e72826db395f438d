"""What could still be settled by facts on their way waits; once the order is quiet it is shown."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounting.documents.build import build
from accounting.documents.document import Kind, Plan, Problem
from accounting.facts import Agreement, Fact, MoneyBag, Sale, merge
from tests.facts import (
    ORDERED_AT,
    REFUNDED_AT,
    make_adjustment,
    make_edit,
    make_line,
    make_order,
    make_paid_order,
    make_reading,
    make_refund,
    make_refund_line,
    make_refund_transaction,
    make_rules,
    make_transaction,
)


def plan_of(*facts: Fact, settled: bool = False) -> Plan:
    return build(merge(facts), make_rules(), (), stem="", settled=settled)


def only_problem(plan: Plan) -> Problem:
    assert plan.entries == ()
    [problem] = plan.problems
    return problem


def refunded_order(**changes: object) -> Fact:
    values: dict[str, object] = {
        "origin": False,
        "updated_at": REFUNDED_AT,
        "current_total_price": "0.00",
        "total_outstanding": "0.00",
    } | changes
    return make_order(**values)


def test_without_the_first_version_an_order_waits_until_it_is_quiet() -> None:
    facts = (make_paid_order(origin=False), make_transaction())

    assert only_problem(plan_of(*facts)).subject == "G1"
    assert len(plan_of(*facts, settled=True).entries) == 3


def test_money_that_has_not_arrived_is_shown_with_both_sums() -> None:
    order = make_order(
        origin=False, updated_at=REFUNDED_AT, total_outstanding="20.00", financial_status="pending"
    )

    problem = only_problem(plan_of(make_order(), order))

    assert (problem.subject, problem.may_pass) == ("G3", True)
    assert ("received - returned", "0.00") in problem.terms
    assert ("current total - outstanding", "30.00") in problem.terms


def test_a_refund_newer_than_the_order_waits_for_the_order() -> None:
    refund = make_refund(adjustments=(make_adjustment("50.00"),))

    problem = only_problem(plan_of(make_paid_order(), make_transaction(), refund))

    assert (problem.subject, problem.may_pass) == ("G4", True)


def test_units_that_left_without_a_record_wait_for_it() -> None:
    order = make_order(
        origin=False,
        updated_at=REFUNDED_AT,
        total_outstanding="0.00",
        lines=(make_line(current_quantity=0),),
    )

    problem = only_problem(plan_of(make_order(), order, make_transaction()))

    assert (problem.subject, problem.may_pass) == ("G2", True)
    assert ("left on the order", "0") in problem.terms


def test_returned_money_waits_for_its_record_and_a_record_for_its_money() -> None:
    money_only = plan_of(
        make_order(), refunded_order(), make_transaction(), make_refund_transaction()
    )
    record_only = plan_of(
        make_order(),
        refunded_order(),
        make_transaction(),
        make_refund(transaction_ids=(8200000000102,)),
    )

    assert only_problem(money_only).subject == "transaction 8200000000102"
    assert "refund 1020000000101" in [problem.subject for problem in record_only.problems]
    assert record_only.entries == ()


def test_money_returned_that_failed_later_is_held() -> None:
    failed = make_refund_transaction(status="failure", as_of=REFUNDED_AT + timedelta(days=1))
    refund = make_refund(transaction_ids=(8200000000102,))

    plan = plan_of(
        make_order(),
        refunded_order(),
        make_transaction(),
        refund,
        make_refund_transaction(),
        failed,
        settled=True,
    )

    assert "BOUNCED" in [problem.code for problem in plan.problems]
    assert plan.entries == ()


def test_an_edit_up_to_the_cut_is_part_of_the_invoice() -> None:
    grown = (make_line(), make_line(id=15200000000002, title="CAP", price="20.00"))
    facts = (
        make_order(),
        make_paid_order(lines=grown, origin=False, updated_at=REFUNDED_AT),
        make_edit(committed_at=ORDERED_AT + timedelta(hours=1), additions=((15200000000002, 1),)),
        make_transaction(amount="70.00", processed_at=REFUNDED_AT),
    )

    plan = plan_of(*facts, settled=True)

    assert plan.problems == ()
    assert [entry.total for entry in plan.entries] == [Decimal("70.00")] * 3


@pytest.mark.parametrize("settled", [True, False])
def test_estimated_taxes_are_never_posted(settled: bool) -> None:
    order = make_paid_order(estimated_taxes=True)

    problem = only_problem(plan_of(order, make_transaction(), settled=settled))

    assert (problem.subject, problem.may_pass) == ("taxes", not settled)


def test_an_amount_finer_than_the_currency_is_held() -> None:
    order = make_paid_order(lines=(make_line(price="50.005"),))

    plan = plan_of(order, make_transaction(amount="50.005"), settled=True)

    assert only_problem(plan).code == "INEXACT_AMOUNT"


def test_a_reserved_amount_is_no_payment() -> None:
    order = make_order(financial_status="authorized", total_outstanding="0.00")
    reserved = make_transaction(kind="authorization")

    plan = plan_of(order, reserved, settled=True)

    assert (plan.entries, plan.problems, plan.excluded) == ((), (), "Not paid yet.")


def test_money_returned_of_an_amount_only_reserved_is_held_with_the_figures() -> None:
    order = refunded_order(financial_status="authorized")
    facts = (order, make_refund(transaction_ids=(8200000000102,)), make_refund_transaction())

    problem = only_problem(plan_of(*facts, settled=True))

    assert problem.subject == "G3"
    assert ("received - returned", "-50.00") in problem.terms
    assert ("current total - outstanding", "0.00") in problem.terms


def test_an_order_known_only_by_a_test_refund_is_a_test_order() -> None:
    refund = make_refund(transaction_ids=(8200000000102,))

    plan = plan_of(refunded_order(), refund, make_refund_transaction(gateway="bogus"))

    assert (plan.entries, plan.problems) == ((), ())
    assert plan.excluded == "A test order: nothing is posted."


def test_what_has_arrived_without_its_order_is_named() -> None:
    facts = (make_transaction(), make_refund(), make_edit(committed_at=REFUNDED_AT))

    problem = only_problem(plan_of(*facts, settled=True))

    assert problem.message.startswith("Payments, refunds or edits have arrived, the order")
    assert problem.terms == (
        ("sale 8200000000101", "50.00 MYR"),
        ("refund record 1020000000101", REFUNDED_AT.isoformat()),
        (f"order edit {make_edit().id}", REFUNDED_AT.isoformat()),
    )


def test_a_paid_status_without_money_is_said_in_words() -> None:
    order = make_order(financial_status="partially_paid", total_outstanding="50.00")

    problem = only_problem(plan_of(order, settled=True))

    message = "Shopify calls the order partially paid, but no payment is known."
    assert problem.message.startswith(message)


def test_a_cancellation_waits_for_a_refund_record_before_it_is_credited() -> None:
    cancelled = make_order(origin=False, updated_at=REFUNDED_AT, cancelled_at=REFUNDED_AT)
    rules = make_rules(trigger="created")

    told = [make_order(), cancelled]
    soon = make_reading(as_of=REFUNDED_AT + timedelta(minutes=9))
    late = make_reading(as_of=REFUNDED_AT + timedelta(minutes=10))

    early = build(merge(told), rules, (), stem="", settled=False)
    unread = build(merge([*told, soon]), rules, early.entries, stem="", settled=True)
    read = build(merge([*told, soon, late]), rules, early.entries, stem="", settled=False)

    assert [entry.number for entry in early.entries] == ["SH-1001"]
    assert [(p.subject, p.may_pass) for p in early.problems] == [("cancellation", True)]
    assert unread.entries == ()
    assert [(p.subject, p.may_pass, p.refetch) for p in unread.problems] == [
        ("cancellation", False, True)
    ]
    assert [entry.number for entry in read.entries] == ["SH-1001-X", "SH-1001-X_SH-1001"]


def test_a_refund_that_is_not_its_share_of_the_sale_is_held() -> None:
    refund = make_refund(
        lines=(make_refund_line(subtotal="40.00"),), transaction_ids=(8200000000102,)
    )
    facts = (
        make_order(),
        refunded_order(current_total_price="10.00"),
        make_transaction(),
        refund,
        make_refund_transaction(amount="40.00"),
    )

    plan = plan_of(*facts, settled=True)

    assert [entry.number for entry in plan.entries][:2] == ["SH-1001", "SH-1001-P2WN10A5WL"]
    assert len(plan.entries) == 3
    [problem] = plan.problems
    assert ("share of it", "50.00") in problem.terms
    assert ("refund subtotal", "40.00") in problem.terms


def test_more_units_than_were_sold_are_never_credited() -> None:
    twice = [
        make_refund(id=1020000000101 + i, lines=(make_refund_line(subtotal="0.00"),))
        for i in (0, 1)
    ]
    free = (make_line(price="0.00"), make_line(id=15200000000002, title="CAP"))
    facts: tuple[Fact, ...] = (
        make_order(lines=free),
        make_paid_order(lines=free, origin=False, updated_at=REFUNDED_AT),
        make_transaction(),
        *twice,
    )

    plan = plan_of(*facts, settled=True)

    [problem] = plan.problems
    assert (problem.code, problem.subject) == ("I7", "refund 1020000000102")
    notes = [e for e in plan.entries if e.kind is Kind.CREDIT_NOTE]
    assert [note.key.source_id for note in notes] == [1020000000101]


@pytest.mark.parametrize("field", ["transaction_ids", "lines", "shipping", "adjustments"])
def test_a_refund_that_leaves_out_a_part_is_not_a_refund_without_it(field: str) -> None:
    record = make_refund(unsaid=(field,))
    facts = (make_order(), refunded_order(total_outstanding="-50.00"), make_transaction(), record)

    waiting, shown = plan_of(*facts), plan_of(*facts, settled=True)

    for plan, may_pass in ((waiting, True), (shown, False)):
        assert plan.entries == ()
        found = [p for p in plan.problems if p.subject == f"refund {record.id}"]
        assert [(p.code, p.may_pass) for p in found] == [("FACTS_INCOMPLETE", may_pass)]
        assert [value for _, value in found[0].terms] == ["not said"]


def test_a_part_a_refund_leaves_out_may_be_said_by_another_copy() -> None:
    whole = make_refund(adjustments=(make_adjustment("50.00"),))
    copy = make_refund(as_of=REFUNDED_AT + timedelta(hours=1), lines=(), unsaid=("lines",))
    facts = (make_order(), refunded_order(total_outstanding="0.00"), make_transaction())

    assert plan_of(*facts, whole, copy, settled=True) == plan_of(*facts, whole, settled=True)


def test_money_that_may_have_been_a_test_is_not_posted() -> None:
    plan = plan_of(make_paid_order(), make_transaction(unsaid=("test",)), settled=True)

    assert only_problem(plan).subject == "transaction 8200000000101"


def test_rounding_that_is_not_said_is_none() -> None:
    plan = plan_of(make_paid_order(), make_transaction(unsaid=("rounding",)), settled=True)

    assert plan.problems == ()
    assert len(plan.entries) == 3


def read_anew(**changes: object) -> Fact:
    return make_paid_order(origin=False, refetched=True, updated_at=REFUNDED_AT, **changes)


def agreed(kind: str, *sales: Sale, at: datetime = REFUNDED_AT, number: int = 1) -> Agreement:
    return Agreement(id=number, order_id=make_order().id, kind=kind, happened_at=at, sales=sales)


def sold(total: str, **changes: object) -> Sale:
    bag = MoneyBag(shop=Decimal(total), presentment=Decimal(total))
    given: dict[str, Any] = {"line_type": "product", "action": "order", "line_id": 9, "total": bag}
    return Sale(**(given | changes))


FIRST = agreed("order", sold("90.00"), at=ORDERED_AT, number=2)


@pytest.mark.parametrize("kind", ["edit", "return", "refund"])
@pytest.mark.parametrize("action", ["order", "update"])
def test_a_later_charge_of_an_order_only_read_anew_is_held(kind: str, action: str) -> None:
    later = agreed(kind, sold("20.00", action=action))

    problem = only_problem(plan_of(read_anew(), make_transaction(), FIRST, later, settled=True))

    assert (problem.code, problem.subject) == ("FACTS_INCOMPLETE", "G1")
    assert "first version was never received" in problem.message


@pytest.mark.parametrize(
    "later",
    [
        agreed("edit", sold("-20.00", action="return")),
        agreed("return", sold("-20.00", action="return"), sold("5.00", line_type="fee")),
        agreed("refund", sold("5.00", line_type="adjustment")),
        agreed("edit", sold("20.00"), at=ORDERED_AT),
    ],
)
def test_an_agreement_that_charges_nothing_later_holds_nothing(later: Fact) -> None:
    plan = plan_of(read_anew(), make_transaction(), FIRST, later, settled=True)

    assert "G1" not in {problem.subject for problem in plan.problems}


def test_a_later_charge_is_told_from_the_first_version_where_there_is_one() -> None:
    facts = (make_paid_order(), read_anew(), make_transaction(), FIRST)

    plan = plan_of(*facts, agreed("edit", sold("20.00")), settled=True)

    assert "G1" not in {problem.subject for problem in plan.problems}
