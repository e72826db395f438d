"""What edits and cancellations leave to charge and to credit (treatment 4.3, R5, R6, R14, R24)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from accounting.documents.document import Document, Role
from accounting.facts import (
    Fact,
    Line,
    TaxLine,
)
from tests.accounting.documents.reading import (
    DAY,
    HOUR,
    LINE,
    MINUTE,
    REFUND_MONEY,
    agreement,
    bag,
    documents,
    figures,
    in_role,
    newest,
    plan_of,
    rules,
    sale,
)
from tests.facts import (
    ORDERED_AT,
    REFUNDED_AT,
    make_adjustment,
    make_discount,
    make_edit,
    make_line,
    make_order,
    make_paid_order,
    make_refund,
    make_refund_line,
    make_refund_transaction,
    make_tax,
    make_transaction,
)

# --- codes of what an edit adds (4.3) -------------------------------------------------------------


def test_tax_that_an_edit_adds_to_a_line_in_the_books_carries_its_own_code() -> None:
    paid: list[Fact] = [make_paid_order(), make_transaction()]
    sealed = plan_of(paid).entries
    taxed = newest(
        lines=(make_line(taxes=(make_tax("5.00"),)),),
        current_total_price="55.00",
        total_outstanding="5.00",
        financial_status="partially_paid",
    )
    raised = agreement("edit", sale("update", LINE, 0, "5.00", tax=bag("5.00")))

    plan = plan_of([*paid, make_edit(), raised, taxed], sealed=sealed)

    assert plan.problems == ()
    assert [figures(line) for line in in_role(plan, Role.INCREASE).lines] == [
        ("sales", 1, "0.00", "S10", "5.00")
    ]


def test_tax_in_goodwill_of_an_order_whose_only_tax_the_channel_owes_has_no_code_to_carry() -> None:
    owed = TaxLine(title="SST", rate=Decimal("0.1"), amount=bag("5.00"), channel_liable=True)
    lines = (make_line(taxes=(owed,)),)
    given = make_refund(
        lines=(),
        adjustments=(make_adjustment("-5.00", tax="-0.50"),),
        transaction_ids=(REFUND_MONEY,),
    )
    facts: list[Fact] = [
        make_paid_order(lines=lines),
        make_transaction(amount="55.00"),
        given,
        make_refund_transaction(amount="5.50"),
        newest(lines=lines, current_total_price="49.50", total_outstanding="0.00"),
    ]

    plan = plan_of(facts)

    lines_with_tax = [
        line
        for entry in plan.entries
        if isinstance(entry, Document)
        for line in entry.lines
        if line.tax
    ]
    assert all(line.tax_code for line in lines_with_tax)
    assert documents(plan) == [("IV", "55.00"), ("P", "55.00")]
    assert [problem.code for problem in plan.problems] == ["ADJUSTMENT_UNEXPLAINED"]


# --- cancellation (R5, R6, R14) -------------------------------------------------------------------

TWO_LINES = (
    make_line(price="60.00"),
    make_line(id=LINE + 1, title="CAP", sku="CAP", price="40.00"),
)
CANCELLED_LINES = tuple(replace(line, current_quantity=0) for line in TWO_LINES)
CANCELLED: list[Fact] = [
    make_order(lines=TWO_LINES),
    make_transaction(amount="30.00"),
    newest(
        REFUNDED_AT + MINUTE,
        lines=CANCELLED_LINES,
        cancelled_at=REFUNDED_AT,
        current_total_price="100.00",
        total_outstanding="70.00",
        financial_status="partially_paid",
    ),
]
DEPOSIT_BACK: list[Fact] = [
    make_refund(
        created_at=REFUNDED_AT + DAY,
        lines=(
            make_refund_line(subtotal="60.00", restock_type="cancel"),
            make_refund_line(
                id=630000000002, line_id=LINE + 1, subtotal="40.00", restock_type="cancel"
            ),
        ),
        transaction_ids=(REFUND_MONEY,),
    ),
    make_refund_transaction(amount="30.00", processed_at=REFUNDED_AT + DAY),
    newest(
        REFUNDED_AT + 2 * DAY,
        lines=CANCELLED_LINES,
        cancelled_at=REFUNDED_AT,
        current_total_price="0.00",
        total_outstanding="0.00",
        financial_status="refunded",
    ),
]


@pytest.mark.parametrize("posted", [False, True])
def test_a_deposit_returned_after_its_order_was_cancelled_credits_only_what_was_kept(
    posted: bool,
) -> None:
    first = plan_of(CANCELLED)
    assert documents(first) == [("IV", "100.00"), ("P", "30.00"), ("X", "70.00")]

    plan = plan_of([*CANCELLED, *DEPOSIT_BACK], sealed=first.entries if posted else ())

    assert plan.problems == ()
    assert documents(plan)[-2:] == [("C", "30.00"), ("F", "30.00")]
    note = in_role(plan, Role.CREDIT)
    taken = {line.source_id: line.net for line in note.lines}
    assert taken == {LINE: Decimal("18.00"), LINE + 1: Decimal("12.00")}
    assert {line.account for line in note.lines} == {"returns"}
    assert not any(line.restock for line in note.lines)  # X has brought the goods back


def test_a_unit_that_was_sent_stays_away_when_another_was_taken_back_before_it_left() -> None:
    def lines(left: int, sent: int) -> tuple[Line, ...]:
        return (
            make_line(quantity=3, price="10.00", current_quantity=left, fulfilled_quantity=sent),
        )

    off = make_refund(lines=(make_refund_line(subtotal="10.00", restock_type="cancel"),))
    cancelled = newest(
        lines=lines(0, 1),
        cancelled_at=REFUNDED_AT + HOUR,
        current_total_price="20.00",
        total_outstanding="20.00",
        financial_status="pending",
    )

    plan = plan_of([make_order(lines=lines(3, 0)), off, cancelled], rules(trigger="created"))

    assert plan.problems == ()
    written_off = in_role(plan, Role.CANCELLATION)
    assert [(line.restock, line.quantity) for line in written_off.lines] == [(True, 1), (False, 1)]


def test_a_cancellation_brings_back_what_was_given_away_with_the_order() -> None:
    gift = make_line(
        id=LINE + 1,
        title="GIFT",
        sku="GIFT",
        price="10.00",
        discounts=(make_discount("10.00"),),
    )
    lines = (make_line(), gift)
    cancelled = newest(lines=lines, cancelled_at=REFUNDED_AT, financial_status="pending")

    plan = plan_of([make_order(lines=lines), cancelled], rules(trigger="created"))

    assert plan.problems == ()
    written_off = in_role(plan, Role.CANCELLATION)
    assert [(line.restock, str(line.net)) for line in written_off.lines] == [
        (True, "50.00"),
        (True, "0.00"),
    ]


def test_an_order_that_waits_is_invoiced_when_what_is_left_of_a_discounted_line_is_paid() -> None:
    def lines(left: int) -> tuple[Line, ...]:
        off = (make_discount("5.00"),)
        return (make_line(quantity=3, price="10.00", current_quantity=left, discounts=off),)

    facts: list[Fact] = [
        make_order(lines=lines(3)),
        make_edit(committed_at=ORDERED_AT + DAY, removals=((LINE, 2),)),
        agreement("edit", sale("return", LINE, -2, "-16.67"), at=ORDERED_AT + DAY),
        make_transaction(amount="8.33", processed_at=ORDERED_AT + DAY + HOUR),
        newest(lines=lines(1), current_total_price="8.33", total_outstanding="0.00"),
    ]

    plan = plan_of(facts, rules(partial_payment="wait"))

    assert plan.problems == ()
    assert documents(plan) == [("IV", "8.33"), ("P", "8.33")]


# --- edits of lines that are no longer there ------------------------------------------------------

NEW = make_line(id=LINE + 5, title="NEW", sku="NEW", quantity=0, current_quantity=0)


def test_a_line_added_and_taken_off_again_is_nothing_where_shopify_says_it_has_no_units() -> None:
    facts: list[Fact] = [
        make_paid_order(),
        make_transaction(),
        make_edit(committed_at=ORDERED_AT + DAY, additions=((NEW.id, 1),)),
        make_edit(id=77000000002, removals=((NEW.id, 1),)),
        agreement("edit", sale("order", NEW.id, 1, "50.00"), at=ORDERED_AT + DAY),
        agreement("edit", sale("return", NEW.id, -1, "-50.00"), id=5500000000002),
        newest(lines=(make_line(), NEW), total_outstanding="0.00"),
    ]

    plan = plan_of(facts)

    assert plan.problems == ()
    assert documents(plan) == [("IV", "50.00"), ("P", "50.00")]


def test_a_line_taken_off_before_the_invoice_is_gone_where_shopify_says_it_has_no_units() -> None:
    had = replace(NEW, quantity=1, current_quantity=1)
    at = ORDERED_AT + DAY + MINUTE
    facts: list[Fact] = [
        make_order(lines=(make_line(), had)),
        make_edit(committed_at=ORDERED_AT + MINUTE, removals=((NEW.id, 1),)),
        make_transaction(processed_at=ORDERED_AT + DAY),
        newest(at, lines=(make_line(), NEW), total_outstanding="0.00"),
    ]

    plan = plan_of(facts)

    assert plan.problems == ()
    assert documents(plan) == [("IV", "50.00"), ("P", "50.00")]


def test_an_edit_that_takes_off_what_is_not_on_the_order_yet_is_held() -> None:
    facts: list[Fact] = [
        make_paid_order(),
        make_transaction(),
        make_edit(committed_at=ORDERED_AT + DAY, removals=((NEW.id, 1),)),
        make_edit(id=77000000002, additions=((NEW.id, 1),)),
        agreement("edit", sale("return", NEW.id, -1, "-50.00"), at=ORDERED_AT + DAY),
        agreement("edit", sale("order", NEW.id, 1, "50.00"), id=5500000000002),
        newest(
            lines=(make_line(), replace(NEW, quantity=1, current_quantity=0)),
            current_total_price="50.00",
            total_outstanding="0.00",
        ),
    ]

    plan = plan_of(facts)

    assert plan.entries == ()
    assert ("FACTS_INCOMPLETE", "G2") in [(each.code, each.subject) for each in plan.problems]


def test_a_fee_below_zero_is_held() -> None:
    lowered = newest(additional_fees="-5.00", total_price="45.00", current_total_price="45.00")
    edit = agreement("edit", sale("update", None, 0, "-5.00", line_type="additional_fee"))

    plan = plan_of([make_paid_order(), make_transaction(), make_edit(), edit, lowered])

    assert plan.entries == ()
    assert plan.problems
