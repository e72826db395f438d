"""An order that is taken back leaves nothing, whatever had become of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from accounting.documents import check_contra
from accounting.documents.build import build
from accounting.documents.contra import contra_of, heard_since, take_back
from accounting.documents.document import (
    Allocation,
    Document,
    Entry,
    Key,
    Kind,
    Plan,
    Role,
)
from accounting.documents.rules import Ledger, Rules, TaxMethod, TextLengths
from accounting.facts import merge
from accounting.soak.generator import THEMES
from accounting.soak.run import live
from tests.accounting.documents.taken_back import documents_in, left_in_accounts, left_open, undone
from tests.casefiles import NAMES, CaseFile, load
from tests.facts import make_rules

LIVES = 300
CANNOT = "books-without-customer-refunds"  # what these books cannot give back, nobody takes back


def planned(case: CaseFile) -> Plan:
    return build(merge(case.facts), case.rules, (), stem="", settled=True)


def posts(name: str) -> bool:
    return bool(load(name).expected["documents"])


POSTING = [name for name in NAMES if posts(name) and name != CANNOT]


def of_case(name: str, **policy: object) -> tuple[Plan, Plan]:
    """What is posted of a case, and what takes it back under these policies."""
    case = load(name)
    plan = planned(case)
    changed = replace(case.rules.policy, **policy)  # type: ignore[arg-type]  # as the test names them
    return plan, undone(merge(case.facts), plan.entries, replace(case.rules, policy=changed))


def contras_by_original(plan: Plan, back: Plan) -> list[tuple[Document, Document]]:
    found = {(each.key.source, each.key.source_id): each for each in documents_in(back.entries)}
    return [
        (each, found[each.key.role.value, each.key.source_id])
        for each in documents_in(plan.entries)
    ]


@pytest.mark.parametrize("name", POSTING)
def test_every_case_that_is_taken_back_leaves_nothing_and_nothing_open(name: str) -> None:
    case = load(name)
    plan = planned(case)

    back = undone(merge(case.facts), plan.entries, case.rules)

    assert back.problems == ()
    assert left_in_accounts([*plan.entries, *back.entries]) == {}
    assert left_open([*plan.entries, *back.entries]) == {}


@pytest.mark.parametrize("name", POSTING)
def test_every_document_of_a_case_is_undone_once_on_its_day_to_its_customer(name: str) -> None:
    plan, back = of_case(name)

    pairs = contras_by_original(plan, back)

    assert len(documents_in(back.entries)) == len(pairs)
    for original, contra in pairs:
        same = ("date", "customer", "currency", "rate", "total", "account", "project", "gateway")
        assert [getattr(contra, field) for field in same] == [
            getattr(original, field) for field in same
        ]
        assert contra.is_debit is not original.is_debit
        assert original.number in contra.description
        assert (contra.einvoice, contra.identity) == (original.einvoice, original.identity)


@pytest.mark.parametrize("settling", [True, False], ids=["knocked off", "knock-offs skipped"])
def test_lives_that_are_taken_back_leave_nothing(settling: bool) -> None:
    """Also where a person had left the knock-offs out."""
    taken_back = 0
    for seed in range(LIVES):
        lived = live(seed, THEMES)
        plan = build(merge(lived.facts), lived.rules, (), stem="", settled=True)
        there = plan.entries if settling else documents_in(plan.entries)

        back = undone(merge(lived.facts), there, lived.rules)

        assert back.problems == (), seed
        assert left_in_accounts([*there, *back.entries]) == {}, seed
        assert left_open([*there, *back.entries]) == {}, seed
        taken_back += bool(documents_in(there))
    assert taken_back > LIVES * 0.8


def test_a_life_is_taken_back_at_any_moment_of_its_sending() -> None:
    """Whatever of its documents is in the books by then; a knock-off needs both of its own."""
    for seed in range(60):
        lived = live(seed, THEMES)
        plan = build(merge(lived.facts), lived.rules, (), stem="", settled=True)
        for count in range(len(plan.entries) + 1):
            back = undone(merge(lived.facts), plan.entries[:count], lived.rules)

            entries: list[Entry] = [*plan.entries[:count], *back.entries]
            assert back.problems == (), (seed, count)
            assert (left_in_accounts(entries), left_open(entries)) == ({}, {}), (seed, count)


def test_the_contras_of_a_refunded_order_read_as_a_bookkeeper_would_write_them() -> None:
    _, back = of_case("e9-restocking-fee-kept")

    assert [
        (each.kind.value, each.number, each.date.isoformat(), str(each.total), each.corrects)
        for each in documents_in(back.entries)
    ] == [
        ("credit_note", "SH-1009-ZI25UAUI489", "2026-11-20", "122.00", "SH-1009"),
        ("refund", "SH-1009-ZP2WN10A6IT", "2026-11-20", "122.00", ""),
        ("debit_note", "SH-1009-ZCD0KXNXQD", "2026-11-25", "111.00", ""),
        ("payment", "SH-1009-ZF2WN10A6IU", "2026-11-25", "111.00", ""),
    ]
    assert [
        (entry.source, entry.target, str(entry.amount))
        for entry in back.entries
        if isinstance(entry, Allocation)
    ] == [
        ("SH-1009-ZP2WN10A6IT", "SH-1009-ZI25UAUI489", "122.00"),
        ("SH-1009-ZF2WN10A6IU", "SH-1009-ZCD0KXNXQD", "111.00"),
    ]


def test_goods_move_back_as_they_had_moved() -> None:
    plan, back = of_case("e8-part-refund-with-restock")

    pairs = contras_by_original(plan, back)

    sold = next(contra for original, contra in pairs if original.key.role is Role.INVOICE)
    returned = next(contra for original, contra in pairs if original.key.role is Role.CREDIT)
    assert {(line.role, line.restock) for line in sold.lines} == {
        ("sales", True),
        ("shipping", False),
    }
    assert [line.restock for line in returned.lines] == [True]


def test_only_goods_that_came_back_go_out_again() -> None:
    note = sale(kind=Kind.CREDIT_NOTE, key=Key(role=Role.CREDIT, source_id=7))
    lines = tuple(
        replace(note.lines[0], item_code="TEE", restock=restock) for restock in (True, False)
    )

    contra = contra_of(replace(note, lines=lines), make_rules(), "SH-1001")

    assert [(line.item_code, line.restock) for line in contra.lines] == [("TEE", True), ("", False)]


def sale(**changes: object) -> Document:
    plan = planned(load("e1-paid-order"))
    return replace(documents_in(plan.entries)[0], **changes)  # type: ignore[arg-type]  # a builder


# --- dates -------------------------------------------------------------------------------------


def test_what_stands_in_a_closed_period_is_taken_back_on_the_first_open_day() -> None:
    plan, back = of_case("e1-paid-order", books_closed=date(2026, 11, 30))

    assert {entry.date for entry in back.entries} == {date(2026, 12, 1)}
    assert all("(orig. 2026-11-20)" in each.description for each in documents_in(back.entries))
    assert left_in_accounts([*plan.entries, *back.entries]) == {}


def test_a_closed_period_holds_what_it_should_hold() -> None:
    _, back = of_case("e1-paid-order", books_closed=date(2026, 11, 30), closed_period="hold")

    assert back.entries == ()
    assert {(p.code, p.blocks) for p in back.problems} == {("PERIOD_CLOSED", ())}
    assert ("closed up to", "2026-11-30") in back.problems[0].terms


def test_what_is_after_the_closed_period_keeps_its_day() -> None:
    _, back = of_case("e1-paid-order", books_closed=date(2026, 11, 19), closed_period="hold")

    assert back.problems == ()
    assert {entry.date for entry in back.entries} == {date(2026, 11, 20)}


# --- what the books can take -------------------------------------------------------------------


def with_ledger(name: str, **ledger: object) -> Plan:
    case = load(name)
    changed = replace(case.rules, ledger=Ledger(**ledger))  # type: ignore[arg-type]  # as named
    return undone(merge(case.facts), planned(case).entries, changed)


def test_a_credit_is_undone_by_an_invoice_where_the_books_have_no_debit_notes() -> None:
    kinds = frozenset(Kind) - {Kind.DEBIT_NOTE}

    back = with_ledger("e8-part-refund-with-restock", kinds=kinds)

    assert back.problems == ()
    credit = next(each for each in documents_in(back.entries) if each.key.source == "C")
    assert (credit.kind, credit.corrects, credit.due_date) == (Kind.INVOICE, "", None)


def test_books_without_customer_refunds_cannot_take_a_payment_back() -> None:
    case = load(CANNOT)

    back = undone(merge(case.facts), planned(case).entries, case.rules)

    assert back.entries == ()
    assert [problem.code for problem in back.problems] == ["CONNECTION_UNSUPPORTED"]
    assert "refund" in back.problems[0].message


def test_books_without_knock_offs_cannot_take_an_order_back() -> None:
    back = with_ledger("e1-paid-order", kinds=frozenset(Kind) - {Kind.ALLOCATION})

    assert back.entries == ()
    assert ["allocation" in problem.message for problem in back.problems] == [True]


def test_books_that_take_no_lines_below_zero_any_more_hold_the_whole() -> None:
    back = with_ledger("e9-restocking-fee-kept", negative_lines=False)

    assert back.entries == ()
    assert ["lines below zero" in problem.message for problem in back.problems] == [True]


def test_a_number_that_is_too_long_for_the_books_holds_the_whole() -> None:
    back = with_ledger("e1-paid-order", number_length=10)

    assert back.entries == ()
    assert {"number of this length" in problem.message for problem in back.problems} == {True}


def test_books_that_compute_another_tax_by_now_hold_the_whole() -> None:
    back = with_ledger("several-refunds-of-one-line", tax=TaxMethod(explicit=False))

    assert back.entries == ()
    assert {problem.code for problem in back.problems} == {"TAX_RECOMPUTE"}


def test_descriptions_are_as_long_as_the_books_take() -> None:
    back = with_ledger("e1-paid-order", texts=TextLengths(description=20))

    assert {each.description for each in documents_in(back.entries)} == {
        "Takes back SH-1001",
        "Takes back",
    }


# --- proof -------------------------------------------------------------------------------------


def knock_off(source: Document, target: Document, amount: str) -> Allocation:
    made = [e for e in planned(load("e1-paid-order")).entries if isinstance(e, Allocation)]
    return replace(made[0], source=source.number, target=target.number, amount=Decimal(amount))


def test_more_knocked_off_than_a_document_comes_to_is_shown_with_the_figures() -> None:
    bought, paid = documents_in(planned(load("e1-paid-order")).entries)
    made = [knock_off(paid, bought, "118.00"), knock_off(paid, bought, "1.00")]

    back = take_back([bought, paid], made, make_rules(), stem="SH-1001")

    assert back.entries == ()
    assert [(p.code, p.subject) for p in back.problems] == [("REVERSAL", "knock-offs")]
    assert ("SH-1001", "-1.00") in back.problems[0].terms


def test_a_document_that_does_not_balance_is_shown_with_the_figures() -> None:
    """Its contra would be as wrong, and so return the accounts; but not what moved in between."""
    rules: Rules = make_rules()
    bought = sale()
    contra = contra_of(bought, rules, "SH-1001")
    less = replace(contra, lines=contra.lines[:1])

    found = check_contra.problems([bought], [less], [], [(less, bought, bought.total)], rules)

    assert [(p.code, p.subject) for p in found] == [("REVERSAL", "accounts")]
    assert found[0].terms == (("shipping", "-8.00 MYR"),)


def test_other_rates_or_customers_do_not_pass_for_zero() -> None:
    rules = make_rules()
    bought = sale(rate=Decimal("3.2"))
    contra = contra_of(bought, rules, "SH-1001")

    for other in (replace(contra, rate=Decimal("3.3")), replace(contra, customer="300-OTHER")):
        found = check_contra.problems([bought], [other], [], [(other, bought, bought.total)], rules)
        assert [problem.subject for problem in found] == ["accounts"]


def test_what_is_heard_later_is_a_flag() -> None:
    assert heard_since().code == "AFTER_REVERSAL"
