"""Cancelled orders and what is known of them later (rows 41 to 43, R5, R6, R24)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from accounting.documents.build import build
from accounting.documents.document import Role
from accounting.facts import Order, merge
from tests.accounting.documents.stories import (
    holds,
    lines,
    newest,
    plan_of,
    refund,
    totals,
)
from tests.facts import (
    ORDERED_AT,
    REFUNDED_AT,
    make_line,
    make_order,
    make_refund_line,
    make_rules,
    make_transaction,
)

TEE = make_order()
TWO = make_order(lines=(make_line(quantity=2),))
WHEN_CREATED = make_rules(trigger="created")
AN_HOUR_LATER = timedelta(hours=1)
SOON = ORDERED_AT + timedelta(minutes=10)


def cancelled(order: Order, **changes: Any) -> Order:
    values: dict[str, Any] = {
        "cancelled_at": REFUNDED_AT,
        "current_total_price": "0.00",
        "financial_status": "voided",
    }
    return newest(order, **(values | changes))


def test_goods_that_were_sent_do_not_come_back_when_the_order_is_cancelled() -> None:
    """R24: fulfilled units are credited to returns_nostock."""
    sent = cancelled(TWO, lines=(make_line(quantity=2, fulfilled_quantity=2),))

    plan = plan_of(TWO, sent, rules=WHEN_CREATED)

    assert holds(plan) == []
    assert lines(plan, Role.CANCELLATION) == [("returns_nostock", 2, "100.00", "0.00")]


def test_nothing_is_posted_of_an_order_cancelled_unpaid_within_the_fold_window() -> None:
    """Row 41, R5: a cancellation up to the cut folds like an edit."""
    rules = make_rules(trigger="created", fold_window=AN_HOUR_LATER)

    plan = plan_of(TEE, cancelled(TEE, cancelled_at=SOON), rules=rules)

    assert plan.entries == ()
    assert plan.problems == ()
    assert plan.excluded == "Cancelled before it was paid: there is nothing to post."


def test_what_was_paid_in_full_stays_invoiced_in_full() -> None:
    """R5: only charges that were not paid for disappear."""
    rules = make_rules(fold_window=AN_HOUR_LATER)
    kept = cancelled(TEE, cancelled_at=SOON, current_total_price="50.00")

    plan = plan_of(TEE, kept, make_transaction(), rules=rules)

    assert holds(plan) == []
    assert totals(plan) == ["IV 50.00", "P 50.00"]


def test_a_later_record_takes_back_no_more_than_was_left_on_the_invoice() -> None:
    """R5: 100.00 ordered, 40.00 paid and kept, the rest dropped; then all goods are recorded as
    refunded, and 40.00 go back."""
    back = refund(30, "40.00", lines=(make_refund_line(quantity=2, subtotal="100.00"),))

    plan = plan_of(
        TWO,
        cancelled(TWO, financial_status="refunded"),
        make_transaction(amount="40.00"),
        *back,
        rules=make_rules(partial_payment="wait"),
    )

    assert holds(plan) == []
    assert totals(plan) == ["IV 40.00", "P 40.00", "C 40.00", "F 40.00"]


def test_what_the_cancellation_has_written_off_a_later_record_does_not_credit_again() -> None:
    """2.3: X has credited the one unit that the record names, and the other one."""
    later = refund(30, "", lines=(make_refund_line(),))

    plan = plan_of(TWO, cancelled(TWO), *later, rules=WHEN_CREATED)

    assert holds(plan) == []
    assert totals(plan) == ["IV 100.00", "X 100.00"]


def test_a_cancellation_already_in_the_books_is_not_held_back_by_a_new_policy() -> None:
    """Row 43: the policy decides about what is still to post."""
    back = refund(-30, "", lines=(make_refund_line(),))
    facts = merge(
        [
            TEE,
            cancelled(TEE, total_outstanding="-50.00", financial_status="paid"),
            make_transaction(),
            *back,
        ]
    )
    held = make_rules(unrefunded_cancellation="hold")
    posted = build(facts, make_rules(), (), stem="", settled=True)

    first = build(facts, held, (), stem="", settled=True)
    again = build(facts, held, posted.entries, stem="", settled=True)

    assert holds(first) == [("UNREFUNDED_CANCELLATION", "#1001")]
    assert totals(posted, Role.CREDIT) == ["C 50.00"]
    assert again.entries == ()
    assert again.problems == ()


def test_a_deposit_returned_before_the_cancellation_is_all_that_is_invoiced() -> None:
    """R5: nothing is left to take the unpaid part off, so all components share it."""
    rules = make_rules(trigger="created", fold_window=AN_HOUR_LATER)
    early = ORDERED_AT + timedelta(minutes=5)
    everything = (make_refund_line(quantity=2, subtotal="100.00"),)
    gone = cancelled(TWO, cancelled_at=SOON, total_outstanding="0.00")

    plan = plan_of(
        TWO,
        gone,
        make_transaction(amount="40.00"),
        *refund(1, "40.00", lines=everything, created_at=early),
        rules=rules,
    )

    assert holds(plan) == []
    assert totals(plan) == ["IV 40.00", "P 40.00", "C 40.00", "F 40.00"]


def test_goods_given_free_stay_invoiced_when_the_unpaid_rest_is_dropped() -> None:
    """R5 takes off charges, 4.1 keeps goods at 0.00: what comes back of them has left before."""
    free = make_line(id=15200000000002, title="STICKER", price="0.00")
    order = make_order(lines=(make_line(), free))
    back = refund(30, "", lines=(make_refund_line(line_id=free.id, subtotal="0.00"),))

    plan = plan_of(
        order,
        cancelled(order, cancelled_at=SOON, current_total_price="40.00"),
        make_transaction(amount="40.00"),
        *back,
        rules=make_rules(fold_window=AN_HOUR_LATER),
    )

    assert holds(plan) == []
    assert lines(plan, Role.INVOICE) == [
        ("sales", 1, "40.00", "0.00"),
        ("sales", 1, "0.00", "0.00"),
    ]
    assert lines(plan, Role.CREDIT) == [("returns", 1, "0.00", "0.00")]
