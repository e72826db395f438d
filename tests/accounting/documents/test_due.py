"""From when an order has documents (treatment 2.2, rows 7 and 53, R14)."""

from __future__ import annotations

from datetime import date

from accounting.documents.build import build
from accounting.documents.document import Role
from accounting.facts import merge
from tests.accounting.documents.stories import (
    holds,
    lines,
    newest,
    only_problem,
    plan_of,
    refund,
    totals,
)
from tests.facts import (
    ORDERED_AT,
    make_edit,
    make_line,
    make_order,
    make_paid_order,
    make_refund_line,
    make_refund_transaction,
    make_rules,
    make_tax,
    make_transaction,
)

TEE = make_order()


def test_a_record_may_make_what_was_paid_enough() -> None:
    """R14: 110.00 ordered, 55.00 paid; a record of one tee with its tax asks for no more."""
    order = make_order(lines=(make_line(quantity=2, taxes=(make_tax("10.00"),)),))
    taken_off = refund(1, "", lines=(make_refund_line(tax="5.00"),))

    plan = plan_of(
        order,
        newest(order, current_total_price="55.00"),
        make_transaction(amount="55.00"),
        *taken_off,
        rules=make_rules(partial_payment="wait"),
    )

    assert holds(plan) == []
    assert totals(plan) == ["IV 55.00", "P 55.00"]
    assert lines(plan, Role.INVOICE) == [("sales", 1, "50.00", "5.00")]


def test_a_record_may_make_what_was_paid_enough_while_its_money_is_on_its_way() -> None:
    """R14, row 30: 100.00 ordered, 60.00 paid; a record of one tee gives 10.00 back, in a while."""
    order = make_order(lines=(make_line(quantity=2),))
    record, _ = refund(1, "10.00", lines=(make_refund_line(),))

    plan = plan_of(
        order,
        newest(order, current_total_price="50.00"),
        make_transaction(amount="60.00"),
        record,
        make_refund_transaction(id=8200000000201, amount="10.00", status="pending"),
        rules=make_rules(partial_payment="wait"),
    )

    assert holds(plan) == [("REFUND_PENDING", "refund 1020000000201")]
    assert totals(plan) == ["IV 100.00", "P 60.00"]


def test_a_credit_of_an_unpaid_order_from_before_the_books_has_no_invoice() -> None:
    """Row 53, credit: nothing but the credit note, although the order was never paid."""
    rules = make_rules(cut_over=date(2026, 11, 21), earlier_refunds="credit")
    unpaid = newest(TEE, current_total_price="0.00", financial_status="pending")

    plan = plan_of(TEE, unpaid, *refund(1, "", lines=(make_refund_line(),)), rules=rules)

    assert holds(plan) == []
    assert totals(plan) == ["C 50.00"]


def test_an_edited_order_whose_first_version_is_unknown_is_held() -> None:
    """G1: the invoice cannot be told from the edit."""
    order = make_paid_order(origin=False)

    plan = plan_of(order, make_transaction(), make_edit(committed_at=ORDERED_AT))

    assert ("FACTS_INCOMPLETE", "G1") in holds(plan)
    assert "cannot be told from the edit" in plan.problems[0].message
    assert plan.entries == ()


def test_a_document_that_would_not_be_written_any_more_is_shown_never_changed() -> None:
    """I11: the payment in the books is of a transaction that nobody speaks of any more."""
    posted = plan_of(TEE, newest(TEE), make_transaction())
    unpaid = merge([TEE, newest(TEE, total_outstanding="50.00", financial_status="pending")])

    plan = build(unpaid, make_rules(), posted.entries, stem="SH-1001", settled=True)

    assert holds(plan) == [("SEALED_DIFFERS", "SH-1001-P2WN10A5WL")]
    assert ("total now", "no document") in only_problem(plan).terms
    assert plan.entries == ()


def test_taxes_that_do_not_add_up_to_the_orders_are_shown_and_held() -> None:
    """I3, one sen between the lines and the order."""
    order = make_paid_order(lines=(make_line(taxes=(make_tax("5.00"),)),), total_tax="5.01")

    plan = plan_of(order, make_transaction(amount="55.00"))

    assert holds(plan) == [("I3", "order")]
    assert only_problem(plan).terms == (
        ("tax on TEE", "5.00"),
        ("sum", "5.00"),
        ("order tax", "5.01"),
        ("difference", "-0.01"),
    )
    assert plan.entries == ()
