"""Goods that come back before their record, and the fees kept of them (treatment 2.3, R25)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from accounting.documents.document import Plan, Role
from accounting.documents.rules import Ledger
from accounting.facts import (
    Fact,
    Line,
    Order,
    Refund,
    Transaction,
)
from tests.accounting.documents.reading import (
    DAY,
    HOUR,
    LINE,
    MINUTE,
    REFUND_MONEY,
    RETURN,
    agreement,
    documents,
    in_role,
    newest,
    plan_of,
    rules,
    sale,
    settled_by,
)
from tests.facts import (
    ORDERED_AT,
    REFUNDED_AT,
    make_edit,
    make_line,
    make_paid_order,
    make_refund,
    make_refund_line,
    make_refund_transaction,
    make_transaction,
)

# --- goods that come back before their record (2.3, row T, row 40) --------------------------------

TWO_PAID: list[Fact] = [
    make_paid_order(lines=(make_line(quantity=2),)),
    make_transaction(amount="100.00"),
]
ONE_BACK = agreement("return", sale("return", LINE, -1, "-50.00"), return_id=RETURN)
ONE_OFF = agreement("edit", sale("return", LINE, -1, "-50.00"))
EDIT = make_edit(removals=((LINE, 1),))


def two_with(left: int) -> tuple[Line, ...]:
    return (make_line(quantity=2, current_quantity=left),)


def one_gone(outstanding: str, at: datetime = REFUNDED_AT + 2 * DAY) -> Order:
    return newest(at, lines=two_with(1), current_total_price="50.00", total_outstanding=outstanding)


def late_record(at: datetime = REFUNDED_AT + DAY, **changes: Any) -> list[Fact]:
    """A record of one unit, with its money."""
    values = {"created_at": at, "transaction_ids": (REFUND_MONEY,)} | changes
    return [make_refund(**values), make_refund_transaction(processed_at=at)]


def test_a_late_record_of_a_returned_unit_credits_no_second_one_while_others_are_kept() -> None:
    returned = [*TWO_PAID, ONE_BACK, one_gone("-50.00", REFUNDED_AT + HOUR)]
    sealed = plan_of(returned).entries

    plan = plan_of([*returned, *late_record(return_id=RETURN), one_gone("0.00")], sealed=sealed)

    assert plan.problems == ()
    assert documents(plan) == [("F", "50.00")]
    assert settled_by(plan, in_role(plan, Role.REFUND).number) == [("SH-1001-T163ZYSOAP", "50.00")]


def test_two_rows_of_one_line_credit_only_the_unit_that_no_return_has_credited() -> None:
    rows = (make_refund_line(), make_refund_line(id=630000000002, restock_type="no_restock"))
    back = make_refund(created_at=REFUNDED_AT + DAY, lines=rows, transaction_ids=(REFUND_MONEY,))
    money = make_refund_transaction(amount="100.00", processed_at=REFUNDED_AT + DAY)
    all_gone = newest(
        REFUNDED_AT + 2 * DAY,
        lines=two_with(0),
        current_total_price="0.00",
        total_outstanding="0.00",
    )

    plan = plan_of([*TWO_PAID, ONE_BACK, back, money, all_gone])

    assert plan.problems == ()
    assert documents(plan)[2:] == [("T", "50.00"), ("C", "50.00"), ("F", "100.00")]


def test_units_an_edit_removed_wait_for_the_record_that_may_still_come() -> None:
    edited = [*TWO_PAID, ONE_OFF, EDIT, one_gone("-50.00", REFUNDED_AT + MINUTE)]

    plan = plan_of(edited, settled=False)

    assert "E" not in [role for role, _ in documents(plan)]
    assert [problem.may_pass for problem in plan.problems] == [True]


# --- fees of returns (R25) ------------------------------------------------------------------------

FEE = sale("return", None, 0, "5.00", line_type="fee")
BOTH_BACK = agreement("return", sale("return", LINE, -2, "-100.00"), FEE, return_id=RETURN)


def test_a_fee_of_a_return_without_a_record_is_a_debit_where_books_take_no_negative_lines() -> None:
    back = agreement("return", sale("return", LINE, -1, "-50.00"), FEE, return_id=RETURN)
    gone = newest(
        lines=(make_line(current_quantity=0),),
        current_total_price="5.00",
        total_outstanding="-45.00",
    )

    plan = plan_of(
        [make_paid_order(), make_transaction(), back, gone],
        rules(ledger=Ledger(negative_lines=False)),
    )

    assert plan.problems == ()
    assert documents(plan)[2:] == [("T", "50.00"), ("D", "5.00")]
    assert settled_by(plan, "SH-1001-T163ZYSOAP") == [(in_role(plan, Role.FEE).number, "5.00")]


def test_a_fee_of_a_return_counts_once_when_two_records_settle_it() -> None:
    records: list[Refund] = [
        make_refund(
            id=1020000000100 + n,
            created_at=REFUNDED_AT + n * MINUTE,
            return_id=RETURN,
            lines=(make_refund_line(id=630000000000 + n),),
            transaction_ids=(8200000000101 + n,),
        )
        for n in (1, 2)
    ]
    money: list[Transaction] = [
        make_refund_transaction(
            id=8200000000101 + n, amount=amount, processed_at=REFUNDED_AT + n * MINUTE
        )
        for n, amount in ((1, "45.00"), (2, "50.00"))
    ]
    gone = newest(lines=two_with(0), current_total_price="5.00", total_outstanding="0.00")

    plan = plan_of([*TWO_PAID, BOTH_BACK, *records, *money, gone])

    assert plan.problems == ()
    assert [total for role, total in documents(plan) if role == "C"] == ["45.00", "50.00"]


def test_a_fee_of_a_return_counts_once_when_its_record_takes_back_a_part_of_it() -> None:
    at = REFUNDED_AT + MINUTE
    record = make_refund(created_at=at, return_id=RETURN, transaction_ids=(REFUND_MONEY,))
    money = make_refund_transaction(amount="45.00", processed_at=at)
    gone = newest(lines=two_with(0), current_total_price="5.00", total_outstanding="-50.00")

    plan = plan_of([*TWO_PAID, BOTH_BACK, record, money, gone])

    assert plan.problems == ()
    credited = [Decimal(total) for role, total in documents(plan) if role in "CT"]
    assert sum(credited) == Decimal("95.00")


def test_a_return_told_of_after_its_record_was_credited_credits_nothing_more() -> None:
    late = [*late_record(return_id=RETURN), one_gone("0.00")]
    sealed = plan_of([*TWO_PAID, *late]).entries
    assert ("C", "50.00") in documents(Plan(entries=sealed))

    plan = plan_of([*TWO_PAID, *late, ONE_BACK], sealed=sealed)

    assert plan == Plan()


def test_an_order_returned_whole_before_its_invoice_is_due_has_no_empty_invoice() -> None:
    back = agreement(
        "return",
        sale("return", LINE, -1, "-50.00"),
        at=ORDERED_AT + 5 * MINUTE,
        return_id=RETURN,
    )
    gone = newest(
        lines=(make_line(current_quantity=0),),
        current_total_price="0.00",
        total_outstanding="-50.00",
    )

    plan = plan_of([make_paid_order(), make_transaction(), back, gone], rules(fold_window=HOUR))

    assert plan.problems == ()
    assert documents(plan) == [("P", "50.00")]
    assert [flag.code for flag in plan.flags] == ["CUSTOMER_CREDIT"]
