"""Each demand is silent about books that are right, and names itself about books that are not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounting.documents.document import Kind
from accounting.models import Book
from shopify_app.demo.expected import ExpectedOrder
from shopify_app.simulation import invariants
from shopify_app.simulation.baton import Worker
from shopify_app.simulation.books import Books
from shopify_app.simulation.calls import MOST_CALLS, WITHIN, Watch
from shopify_app.simulation.expected import Expected
from shopify_app.simulation.journal import Header, KnockOff, Line, Written

NOW = datetime(2026, 11, 26, 4, 0, tzinfo=UTC)
STEM = "SH-1001"
ORDER = ExpectedOrder(
    stem=STEM,
    name="#1001",
    invoiced=Decimal("107.00"),
    paid=Decimal("107.00"),
    credited=Decimal("0.00"),
    refunded=Decimal("0.00"),
    documents=2,
)


def document(number: str = STEM, kind: Kind = Kind.INVOICE, **changes: Any) -> Written:
    usual = Written(
        kind=kind,
        number=number,
        asked=number,
        customer="300-C0001",
        currency="MYR",
        rate=Decimal(1),
        total=Decimal("107.00"),
        date=date(2026, 11, 20),
        marker="",
        description="",
        written_at=NOW,
        applied=Decimal("107.00"),
    )
    return replace(usual, **changes)


def payment(**changes: Any) -> Written:
    return document(f"{STEM}-P533D", Kind.PAYMENT, **changes)


def told(**changes: Any) -> Expected:
    usual = Expected(
        orders={STEM: ORDER}, perhaps={}, held=frozenset(), none=frozenset(), is_gone=False
    )
    return replace(usual, **changes)


def codes(found: Iterable[str]) -> list[str]:
    return [what.partition(":")[0] for what in found]


# --- E1 --------------------------------------------------------------------------------------


def test_one_document_of_each_number_is_unique() -> None:
    assert invariants.unique([document(), payment(), document("SH-1002")]) == []


@pytest.mark.parametrize("number", [STEM, "sh-1001"])
def test_a_number_that_is_there_twice_is_e1(number: str) -> None:
    assert codes(invariants.unique([document(), payment(), document(number)])) == ["E1"]


def sold(books: Books, number: str, marker: str = "") -> Written:
    header = Header(
        kind=Kind.INVOICE,
        number=number,
        customer=books.cash,
        date=date(2026, 11, 20),
        marker=marker,
    )
    return books.post_sale(header, [Line(account="500-000", net=Decimal("9.00"))], NOW)


def test_two_documents_for_one_event_are_found_whatever_their_numbers() -> None:
    books = Books(name="Kedai")
    sold(books, "SH-1001", marker="5501")
    assert books.problems() == []

    sold(books, "SH-O9ZX", marker="5501")

    assert len(books.problems()) == 1


def test_books_that_take_a_number_twice_hold_and_show_both_and_that_is_found() -> None:
    books = Books(name="Kedai", takes_twice=True)
    first, second = sold(books, "SH-1001"), sold(books, "sh-1001")

    assert list(books.numbered(Kind.INVOICE, "SH-1001")) == [first, second]
    assert books.find(Kind.INVOICE, "SH-1001") is first
    assert any("are one invoice" in problem for problem in books.problems())
    assert codes(invariants.unique(books.journal)) == ["E1"]

    books.remove(first)

    assert books.find(Kind.INVOICE, "SH-1001") is second
    assert books.problems() == []


def test_more_knocked_off_than_there_is_is_a_problem_of_the_books() -> None:
    books = Books(name="Kedai")
    invoice = sold(books, "SH-1001")
    made = KnockOff(
        source_kind=Kind.PAYMENT,
        source="SH-1001-P533D",
        target_kind=Kind.INVOICE,
        target=invoice.number,
        amount=Decimal("10.00"),
        made_at=NOW,
    )

    invoice.knock_offs.append(made)
    invoice.applied = made.amount

    assert len(books.problems()) == 1


# --- E2, E4, E5: sums ------------------------------------------------------------------------


def test_an_order_that_stands_in_the_books_to_the_sen_is_right() -> None:
    journal = [document(), payment(), document("SH-1002", total=Decimal("5.00"))]

    assert list(invariants.sums(told(), journal)) == []


@pytest.mark.parametrize(
    "journal",
    [
        pytest.param([document(total=Decimal("107.01")), payment()], id="a sen more"),
        pytest.param([document(), payment(total=Decimal("106.99"))], id="a sen less"),
        pytest.param([document(), payment(applied=Decimal("0.00"))], id="not knocked off"),
        pytest.param([document(applied=Decimal("100.00")), payment()], id="still owed"),
        pytest.param(
            [document(), payment(), document(f"{STEM}-C1", Kind.CREDIT_NOTE)], id="one too many"
        ),
    ],
)
def test_sums_that_are_not_shopifys_are_e2(journal: Sequence[Written]) -> None:
    assert set(codes(invariants.sums(told(), journal))) == {"E2"}


def test_an_order_that_is_nowhere_is_e5() -> None:
    assert codes(invariants.sums(told(), [document("SH-1002")])) == ["E5"]


def test_of_an_order_that_may_be_there_no_more_than_it_sums_to_may_be() -> None:
    perhaps = told(orders={}, perhaps={STEM: ORDER})

    assert list(invariants.sums(perhaps, [])) == []
    assert list(invariants.sums(perhaps, [document(applied=Decimal("0.00"))])) == []
    assert codes(invariants.sums(perhaps, [document(total=Decimal("107.01"))])) == ["E2"]


def test_an_order_that_must_not_be_there_and_is_is_e4() -> None:
    nothing = told(orders={}, none=frozenset({STEM}))

    assert list(invariants.sums(nothing, [document("SH-1002")])) == []
    assert codes(invariants.sums(nothing, [payment()])) == ["E4"]


# --- E3 --------------------------------------------------------------------------------------

OUTBOX = {STEM: [("invoice", STEM), ("payment", f"{STEM}-P533D")]}


def test_documents_written_in_the_order_of_the_outbox_are_in_order() -> None:
    later = payment(written_at=NOW + timedelta(seconds=1))

    assert list(invariants.in_order(OUTBOX, [later, document()])) == []


def test_a_payment_written_before_its_invoice_is_e3() -> None:
    earlier = payment(written_at=NOW - timedelta(seconds=1))

    assert codes(invariants.in_order(OUTBOX, [document(), earlier])) == ["E3"]


# --- E4 --------------------------------------------------------------------------------------


def test_a_document_of_a_shop_that_does_not_sell_here_is_e4() -> None:
    books = Books(name="Kedai")
    sold(books, STEM)

    assert invariants.isolated(books, {"SH", "TK"}) == []
    assert codes(invariants.isolated(books, {"TK"})) == ["E4"]


def test_what_nobody_of_shopify_signed_and_is_stored_is_e4() -> None:
    never = {("kedai.test", "forged-1")}

    assert invariants.forged(never, {("kedai.test", "1")}) == []
    assert codes(invariants.forged(never, {("kedai.test", "forged-1")})) == ["E4"]


def test_a_buyer_in_the_log_is_e4() -> None:
    assert invariants.silent(["order 1001 is planned"], {"Kenari"}) == []
    assert codes(invariants.silent(["Kenari bought"], {"Kenari"})) == ["E4"]


# --- E5 --------------------------------------------------------------------------------------


def test_a_delivery_that_was_answered_200_and_is_not_stored_is_e5() -> None:
    heard = [("kedai.test", "1"), ("kedai.test", "2")]

    assert invariants.stored(heard, set(heard)) == []
    assert codes(invariants.stored(heard, {("kedai.test", "1")})) == ["E5"]


def test_a_hold_that_says_why_is_right() -> None:
    waits = told(held=frozenset({"#1002"}))

    assert list(invariants.held(waits, {"#1002": ["UNMAPPED"]})) == []


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        pytest.param(frozenset({"#1002"}), {}, id="not held"),
        pytest.param(frozenset(), {"#1001": ["UNMAPPED"]}, id="held for nothing"),
        pytest.param(frozenset({"#1002"}), {"#1002": []}, id="without a reason"),
    ],
)
def test_an_order_that_is_held_wrongly_is_e5(
    expected: frozenset[str], found: dict[str, list[object]]
) -> None:
    assert codes(invariants.held(told(held=expected), found)) == ["E5"]


# --- E9 --------------------------------------------------------------------------------------


def test_a_document_that_was_written_again_and_again_is_e9() -> None:
    most = invariants.MOST_ATTEMPTS

    assert invariants.bounded({STEM: most}) == []
    assert codes(invariants.bounded({STEM: most + 1})) == ["E9"]


# --- E6, E7, E9, E10: the calls --------------------------------------------------------------


class Monitor:
    """What the tables say: the book's fence and lease, and whether the write was noted."""

    def __init__(self) -> None:
        self.lease: tuple[int, datetime | None] = (1, NOW + timedelta(seconds=200))
        self.noted = True

    def execute(self, statement: str, _: list[Any]) -> Monitor:
        self.row: tuple[Any, ...] = (self.noted,) if "EXISTS" in statement else self.lease
        return self

    def fetchone(self) -> tuple[Any, ...]:
        return self.row


class Calls:
    """Two workers that call one book, which each of them has claimed with the fence it names."""

    def __init__(self) -> None:
        self.monitor, self.wrong = Monitor(), list[str]()
        self.at = NOW
        monitor: Any = self.monitor
        self.watch = Watch(monitor, self.wrong.append, lambda: self.at)
        self.workers = [Worker("worker 1"), Worker("worker 2")]

    def claimed(self, fence: int) -> Book:
        book = Book(pk=7, name="Kedai", fence=fence)
        self.watch.claimed(book)
        return book

    def call(self, worker: Worker, book: Book, at: datetime = NOW) -> None:
        self.at = at
        self.watch.clock_read(worker, at)
        self.watch.begin(worker, book, 100)


def test_one_call_at_a_time_under_a_good_lease_is_right() -> None:
    calls = Calls()
    first, second = calls.workers
    book = calls.claimed(1)

    calls.call(first, book)
    calls.watch.write(book, STEM)
    calls.watch.end(first, book)
    calls.call(second, book)

    assert calls.wrong == []


def test_two_calls_at_one_time_are_e6() -> None:
    calls = Calls()
    book = calls.claimed(1)

    for worker in calls.workers:
        calls.call(worker, book)

    assert codes(calls.wrong) == ["E6"]


def test_a_call_under_an_old_fence_is_e7() -> None:
    calls = Calls()
    old, _ = calls.claimed(1), calls.claimed(2)
    calls.monitor.lease = (2, None)

    calls.call(calls.workers[0], old)

    assert codes(calls.wrong) == ["E7"]


@pytest.mark.parametrize("until", [None, NOW + timedelta(seconds=99)])
def test_a_call_that_its_lease_does_not_outlast_is_e7(until: datetime | None) -> None:
    calls = Calls()
    calls.monitor.lease = (1, until)

    calls.call(calls.workers[0], calls.claimed(1))

    assert codes(calls.wrong) == ["E7"]


@pytest.mark.parametrize(("apart", "expected"), [(WITHIN, []), (timedelta(seconds=1), ["E9"])])
def test_books_that_are_called_without_a_pause_are_e9(
    apart: timedelta, expected: list[str]
) -> None:
    calls = Calls()
    book, (worker, _) = calls.claimed(1), calls.workers
    calls.monitor.lease = (1, NOW + timedelta(days=100))

    for n in range(MOST_CALLS + 1):
        calls.call(worker, book, NOW + n * apart / MOST_CALLS)
        calls.watch.end(worker, book)

    assert codes(calls.wrong) == expected


def test_a_write_that_was_not_noted_before_is_e10() -> None:
    calls = Calls()
    calls.monitor.noted = False

    calls.watch.write(calls.claimed(1), STEM)

    assert codes(calls.wrong) == ["E10"]
