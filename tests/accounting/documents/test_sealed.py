"""What is in the books already is never repeated, never changed, and decides the codes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from accounting.documents.build import build
from accounting.documents.document import Allocation, Document, Entry, Kind, Plan
from accounting.documents.rules import GatewayCode, ItemCode, Rules, TaxCode
from accounting.facts import Fact, merge
from tests.facts import (
    REFUNDED_AT,
    make_adjustment,
    make_line,
    make_order,
    make_paid_order,
    make_reading,
    make_refund,
    make_refund_line,
    make_refund_transaction,
    make_rules,
    make_tax,
    make_transaction,
)

TAXED = (make_line(taxes=(make_tax("5.00"),)),)


def plan_of(
    facts: list[Fact], rules: Rules, sealed: tuple[Entry, ...] = (), *, stem: str = ""
) -> Plan:
    return build(merge([*facts, make_reading()]), rules, sealed, stem=stem, settled=True)


def paid_then_refunded() -> tuple[list[Fact], list[Fact]]:
    before: list[Fact] = [make_paid_order(lines=TAXED), make_transaction(amount="55.00")]
    after: list[Fact] = [
        make_order(
            lines=TAXED,
            origin=False,
            updated_at=REFUNDED_AT,
            current_total_price="0.00",
            total_outstanding="0.00",
        ),
        make_refund(lines=(make_refund_line(tax="5.00"),), transaction_ids=(8200000000102,)),
        make_refund_transaction(amount="55.00"),
    ]
    return before, before + after


def test_a_refund_adds_only_what_is_new() -> None:
    before, after = paid_then_refunded()
    sealed = plan_of(before, make_rules()).entries

    plan = plan_of(after, make_rules(), sealed)

    assert plan.problems == ()
    assert [entry.kind for entry in plan.entries] == [
        Kind.CREDIT_NOTE,
        Kind.REFUND,
        Kind.ALLOCATION,
    ]


def test_a_credit_note_uses_the_codes_of_the_sealed_invoice() -> None:
    before, after = paid_then_refunded()
    sealed = plan_of(before, make_rules()).entries
    remapped = make_rules(
        items={("default", ""): ItemCode(account="other")},
        taxes={("sst", Decimal("0.1"), False): TaxCode(code="NEW")},
    )

    plan = plan_of(after, remapped, sealed)

    assert plan.problems == ()
    note = plan.entries[0]
    assert isinstance(note, Document)
    assert [(line.account, line.tax_code) for line in note.lines] == [("sales", "S10")]


def test_a_mapping_that_was_removed_holds_nothing_that_is_posted() -> None:
    before, _ = paid_then_refunded()
    sealed = plan_of(before, make_rules()).entries

    plan = plan_of(before, make_rules(items={}, taxes={}, gateways={}, cash_debtors={}), sealed)

    assert plan == Plan()


def test_an_invoice_that_would_now_differ_holds_the_rest() -> None:
    before, after = paid_then_refunded()
    invoice, *others = plan_of(before, make_rules()).entries
    assert isinstance(invoice, Document)
    changed = replace(invoice, total=Decimal("54.00"))

    plan = plan_of(after, make_rules(), (changed, *others))

    assert plan.entries == ()
    [problem] = plan.problems
    assert (problem.code, problem.subject) == ("SEALED_DIFFERS", "SH-1001")
    assert ("total in the books", "54.00") in problem.terms
    assert ("total now", "55.00") in problem.terms


def test_tax_that_would_now_differ_holds_the_rest() -> None:
    before, after = paid_then_refunded()
    invoice, *others = plan_of(before, make_rules()).entries
    assert isinstance(invoice, Document)
    shifted = replace(invoice.lines[0], net=Decimal("51.00"), tax=Decimal("4.00"))

    plan = plan_of(after, make_rules(), (replace(invoice, lines=(shifted,)), *others))

    assert plan.entries == ()
    assert [problem.code for problem in plan.problems] == ["SEALED_DIFFERS"]


def test_a_payment_whose_account_comes_later_is_allocated_then() -> None:
    facts: list[Fact] = [make_paid_order(), make_transaction(gateway="Atome")]
    first = plan_of(facts, make_rules())
    assert [entry.number for entry in first.entries] == ["SH-1001"]
    mapped = make_rules(gateways={"atome": GatewayCode(account="310-001")})

    plan = plan_of(facts, mapped, first.entries)

    assert plan.problems == ()
    payment, allocation = plan.entries
    assert isinstance(payment, Document)
    assert payment.account == "310-001"
    assert isinstance(allocation, Allocation)
    assert (allocation.source, allocation.target) == (payment.number, "SH-1001")


def test_a_pinned_number_outlives_a_new_prefix() -> None:
    facts: list[Fact] = [make_paid_order(), make_transaction()]

    plan = plan_of(facts, make_rules(prefix="NEW"), stem="OLD-1001")

    assert [entry.number for entry in plan.entries] == [
        "OLD-1001",
        "OLD-1001-P2WN10A5WL",
        "OLD-1001-P2WN10A5WL_OLD-1001",
    ]


def test_an_executed_allocation_is_kept_and_only_the_open_rest_is_allocated() -> None:
    facts: list[Fact] = [make_paid_order(), make_transaction()]
    invoice, payment, allocation = plan_of(facts, make_rules()).entries
    assert isinstance(allocation, Allocation)
    part = replace(allocation, amount=Decimal("20.00"))

    plan = plan_of(facts, make_rules(), (invoice, payment, part))

    [rest] = plan.entries
    assert isinstance(rest, Allocation)
    assert (rest.amount, rest.source_open, rest.target_open) == (
        Decimal("30.00"),
        Decimal("30.00"),
        Decimal("30.00"),
    )
    assert (rest.key.source_id, rest.number) == (2, "SH-1001-P2WN10A5WL_SH-1001_2")


def test_an_allocation_has_the_later_date_of_its_two_documents() -> None:
    facts: list[Fact] = [
        make_order(),
        make_order(origin=False, updated_at=REFUNDED_AT, total_outstanding="0.00"),
        make_transaction(processed_at=REFUNDED_AT),
    ]

    plan = plan_of(facts, make_rules())

    assert [entry.date for entry in plan.entries] == [
        date(2026, 11, 20),
        date(2026, 11, 22),
        date(2026, 11, 22),
    ]


def test_a_credit_note_is_never_dated_before_its_invoice() -> None:
    _, facts = paid_then_refunded()
    late = make_transaction(amount="55.00", processed_at=REFUNDED_AT.replace(day=24))
    refund = make_refund(
        lines=(make_refund_line(tax="5.00"),),
        created_at=REFUNDED_AT.replace(day=25),
        processed_at=REFUNDED_AT,
        transaction_ids=(8200000000102,),
    )
    newest = replace(merge(facts).latest or make_order(), updated_at=REFUNDED_AT.replace(day=25))
    facts = [make_order(lines=TAXED), newest, late, refund, make_refund_transaction(amount="55.00")]

    plan = plan_of(facts, make_rules(invoice_date="trigger"))

    assert plan.problems == ()
    dates = {entry.kind: entry.date for entry in plan.entries}
    assert dates[Kind.INVOICE] == dates[Kind.CREDIT_NOTE] == date(2026, 11, 24)
    assert dates[Kind.REFUND] == date(2026, 11, 22)


def test_a_hold_never_takes_hold_of_what_is_in_the_books() -> None:
    """The first refund is in the books, not yet set against its credit; the second is unclear."""
    two = (make_line(quantity=2),)
    first: list[Fact] = [
        make_order(lines=two),
        make_transaction(amount="100.00"),
        make_refund(adjustments=(make_adjustment("5.00"),), transaction_ids=(8200000000102,)),
        make_refund_transaction(amount="45.00"),
    ]
    kept = {"lines": two, "origin": False, "total_outstanding": "0.00"}
    newest = make_order(**kept, updated_at=REFUNDED_AT, current_total_price="55.00")
    books = plan_of([*first, newest], make_rules()).entries
    *posted, allocation = books
    assert isinstance(allocation, Allocation)
    later = REFUNDED_AT + timedelta(days=1)
    unclear: list[Fact] = [
        make_refund(
            id=1020000000402,
            created_at=later,
            lines=(make_refund_line(id=630000000402),),
            adjustments=(make_adjustment("7.00", id=240000000402),),
            transaction_ids=(8200000000402,),
        ),
        make_refund_transaction(id=8200000000402, amount="40.00", processed_at=later),
        make_order(**kept, updated_at=later, current_total_price="15.00"),
    ]

    plan = plan_of([*first, newest, *unclear], make_rules(), tuple(posted))

    assert plan.entries == (allocation,)
    [problem] = plan.problems
    assert problem.code == "ADJUSTMENT_UNEXPLAINED"
    assert [key.source_id for key in problem.blocks] == [1020000000402, 8200000000402]


def test_a_cancellation_is_credited_although_the_policy_would_now_wait_for_full_payment() -> None:
    part: list[Fact] = [
        make_order(),
        make_transaction(amount="20.00"),
        make_order(origin=False, updated_at=REFUNDED_AT, total_outstanding="30.00"),
    ]
    sealed = plan_of(part, make_rules()).entries
    assert sealed[0].number == "SH-1001"

    cancelled = make_order(
        origin=False,
        updated_at=REFUNDED_AT + timedelta(days=1),
        total_outstanding="30.00",
        cancelled_at=REFUNDED_AT + timedelta(days=1),
    )
    waiting = make_rules(partial_payment="wait")

    nothing_new = plan_of(part, waiting, sealed)
    plan = plan_of([*part, cancelled], waiting, sealed)

    assert nothing_new == Plan()
    assert plan.problems == ()
    assert [(e.number, e.total) for e in plan.entries] == [
        ("SH-1001-X", Decimal("30.00")),
        ("SH-1001-X_SH-1001", Decimal("30.00")),
    ]
