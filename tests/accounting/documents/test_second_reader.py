"""What a second reading of the accounting treatment found: each test names the rule it shows.

The orders are realistic and unkind: goods come back before their record, edits race with records,
a cancellation meets a deposit, figures of two currencies miss by a sen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounting.documents.build import build
from accounting.documents.document import Allocation, Document, DocumentLine, Entry, Plan, Role
from accounting.documents.rules import GatewayCode, Ledger, Rules
from accounting.facts import (
    Agreement,
    Fact,
    Line,
    MoneyBag,
    Order,
    Refund,
    Sale,
    TaxLine,
    Totals,
    Transaction,
    merge,
)
from tests.facts import (
    ACCOUNTS,
    ORDER_ID,
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
    make_rules,
    make_tax,
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
    values = {"id": 5500000000001, "order_id": ORDER_ID, "happened_at": at} | changes
    return Agreement(kind=kind, sales=sales, **values)


def sale(action: str, line_id: int | None, units: int, total: MoneyBag | str, **more: Any) -> Sale:
    values = {"line_type": "product", "tax": bag("0.00")} | more
    money = bag(total) if isinstance(total, str) else total
    return Sale(action=action, line_id=line_id, quantity=units, total=money, **values)


def bag(shop: str, customer: str = "") -> MoneyBag:
    return MoneyBag(shop=Decimal(shop), presentment=Decimal(customer or shop))


# --- goods that come back before their record (2.3, row T, row 40) -----------------------------

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


# --- fees of returns (R25) ---------------------------------------------------------------------

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


# --- codes of what an edit adds (4.3) ----------------------------------------------------------


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
    facts = [
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


# --- cancellation (R5, R6, R14) ----------------------------------------------------------------

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


def test_an_order_that_waits_is_invoiced_when_what_is_left_of_a_discounted_line_is_paid() -> None:
    def lines(left: int) -> tuple[Line, ...]:
        off = (make_discount("5.00"),)
        return (make_line(quantity=3, price="10.00", current_quantity=left, discounts=off),)

    facts = [
        make_order(lines=lines(3)),
        make_edit(committed_at=ORDERED_AT + DAY, removals=((LINE, 2),)),
        agreement("edit", sale("return", LINE, -2, "-16.67"), at=ORDERED_AT + DAY),
        make_transaction(amount="8.33", processed_at=ORDERED_AT + DAY + HOUR),
        newest(lines=lines(1), current_total_price="8.33", total_outstanding="0.00"),
    ]

    plan = plan_of(facts, rules(partial_payment="wait"))

    assert plan.problems == ()
    assert documents(plan) == [("IV", "8.33"), ("P", "8.33")]


# --- edits of lines that are no longer there ---------------------------------------------------

NEW = make_line(id=LINE + 5, title="NEW", sku="NEW", quantity=0, current_quantity=0)


def test_a_line_added_and_taken_off_again_is_nothing_where_shopify_says_it_has_no_units() -> None:
    facts = [
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
    facts = [
        make_order(lines=(make_line(), had)),
        make_edit(committed_at=ORDERED_AT + MINUTE, removals=((NEW.id, 1),)),
        make_transaction(processed_at=ORDERED_AT + DAY),
        newest(lines=(make_line(), NEW), total_outstanding="0.00"),
    ]

    plan = plan_of(facts)

    assert plan.problems == ()
    assert documents(plan) == [("IV", "50.00"), ("P", "50.00")]


# --- two currencies (G5, R17, row 48) ----------------------------------------------------------


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


def test_a_payment_known_only_in_the_customers_currency_waits_for_the_shops() -> None:
    read = read_in_dollars("438.60", "100.00", ORDERED_AT + MINUTE)

    plan = plan_of([in_dollars("438.60", "100.00"), read, dollars("100.00", None)])

    assert plan.entries == ()
    assert [(each.code, each.subject) for each in plan.problems] == [("FACTS_INCOMPLETE", "G5")]


def test_cash_of_an_order_of_two_currencies_is_held_because_its_difference_has_two_reasons() -> (
    None
):
    till = {"cash": GatewayCode(account="till", cash=True)}
    read = read_in_dollars("438.60", "100.00", ORDERED_AT + MINUTE)
    facts = [in_dollars("438.60", "100.00"), read, dollars("100.00", "438.68", gateway="cash")]

    plan = plan_of(facts, rules(gateways=till))

    assert documents(plan) in (
        [("IV", "438.60"), ("P", "438.68"), ("N", "0.08")],
        [("IV", "438.60")],
    )
    assert "I11" not in [problem.code for problem in plan.problems]


def test_what_two_edits_raise_is_invoiced_also_where_their_conversions_miss_by_a_sen() -> None:
    raised = [
        agreement(
            "edit",
            sale("update", LINE, 0, bag("43.86", "10.00")),
            at=ORDERED_AT + n * DAY,
            id=5500000000000 + n,
        )
        for n in (1, 2)
    ]
    edits = [make_edit(id=77000000000 + n, committed_at=ORDERED_AT + n * DAY) for n in (1, 2)]
    facts = [
        in_dollars("438.60", "100.00"),
        dollars("100.00", "438.60"),
        *raised,
        *edits,
        dollars("20.00", "87.73", id=8200000000103, processed_at=ORDERED_AT + 3 * DAY),
        read_in_dollars("526.33", "120.00", ORDERED_AT + 4 * DAY),
    ]

    plan = plan_of(facts)

    assert plan.problems == ()
    assert [role for role, _ in documents(plan)][:4] == ["IV", "P", "Q", "Q"]


def test_duties_given_back_are_credited_also_where_their_conversion_misses_by_a_sen() -> None:
    tax = TaxLine(title="SST", rate=Decimal("0.1"), amount=bag("8.77", "2.00"))
    charged: dict[str, Any] = {
        "duties": bag("87.72", "20.00"),
        "duty_taxes": (tax,),
        "total_tax": Decimal("8.77"),
        "total_price": bag("535.09", "122.00"),
    }
    read = read_in_dollars(
        "438.60",
        "100.00",
        REFUNDED_AT + DAY,
        totals={"total_tax": "2.00", "current_total_price": "100.00"},
        current_total_price="438.60",
        **charged,
    )
    back = make_refund(lines=(), duties=bag("96.50", "22.00"), transaction_ids=(REFUND_MONEY,))
    money = dollars("22.00", "96.50", id=REFUND_MONEY, kind="refund", processed_at=REFUNDED_AT)

    plan = plan_of(
        [in_dollars("438.60", "100.00", **charged), dollars("122.00", "535.09"), back, money, read]
    )

    assert plan.problems == ()
    assert documents(plan)[:3] == [("IV", "535.09"), ("P", "535.09"), ("C", "96.49")]
