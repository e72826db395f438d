"""The tie-out in the database: counted as things happen, read by day and month, approved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import DataError, connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from accounting import check_rows, erasure, posting, reversal, tie_due, tie_figures, tie_out, ways
from accounting.comparing import Difference
from accounting.connectors.base import Rejected
from accounting.documents.rules import Ledger
from accounting.facts import Fact
from accounting.models import (
    Audit,
    BookCheck,
    BookDifference,
    Document,
    GatewayMapping,
    ItemMapping,
    Order,
    StatementApproval,
    Store,
    TieDay,
    TieDifference,
    TieDue,
    TieFigure,
    TieRecount,
)
from tests.accounting.conftest import Send
from tests.accounting.orders import tell
from tests.books import Books, Clock, make_book, make_order_row, make_store
from tests.facts import ORDER_ID, make_paid_order, make_transaction

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("timing")]

PAID = (make_paid_order(), make_transaction())
SUMS = ("shopify", "documents", "books")


@pytest.fixture
def store(now: datetime, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setattr(ways, "ledger", lambda _: Ledger())
    return mapped(make_store(make_book(now), time_zone="Asia/Kuala_Lumpur"))


def mapped(store: Store) -> Store:
    store.debtor_set.create(currency="MYR", code="300-C0001")
    ItemMapping.objects.create(store=store, match="default", account="500-000")
    GatewayMapping.objects.create(store=store, gateway="stripe", account="310-000")
    return store


def plan(store: Store, clock: Clock, *facts: Fact) -> Order:
    tell(store, facts, clock())
    clock.advance(minutes=11)
    posting.replan(store_id=store.id, order_id=ORDER_ID, who="test", now=clock())
    posting.plan(now=clock())
    return Order.objects.get()


def count() -> None:
    while tie_figures.count():
        pass


def columns(view: str) -> tuple[Decimal, ...]:
    """The three columns of a view over all days, as the days have them."""
    rows = TieDay.objects.filter(view=view)
    sums = rows.aggregate(**{name: Sum(name, default=Decimal(0)) for name in SUMS})
    return tuple(sums[name].quantize(Decimal("0.01")) for name in SUMS)


def reasons() -> set[tuple[str, str, str]]:
    return set(TieDifference.objects.values_list("side", "view", "reason"))


def days_are_their_orders() -> bool:
    """Whether the sums of the days are the sums of their rows."""
    keys, columns = ("date", "view", "rate", "name", "currency"), (*SUMS, "count")
    rows = {row[:5]: row[5:] for row in TieDay.objects.values_list(*keys, *columns) if any(row[5:])}
    sums = TieFigure.objects.values_list(*keys).annotate(*(Sum(name) for name in columns))
    return rows == {row[:5]: row[5:] for row in sums if any(row[5:])}


# --- counting --------------------------------------------------------------------------------


def test_a_planned_order_is_counted_and_not_in_the_books_yet(store: Store, clock: Clock) -> None:
    plan(store, clock, *PAID)

    count()

    total = PAID[0].total_price.shop
    assert columns("sales") == (total, total, Decimal("0.00"))
    assert columns("money") == (total, total, Decimal("0.00"))
    assert reasons() == {("books", "sales", "not_sent"), ("books", "money", "not_sent")}
    assert not TieDue.objects.exists()
    assert days_are_their_orders()


def test_what_is_posted_agrees(store: Store, clock: Clock, send: Send) -> None:
    plan(store, clock, *PAID)
    count()

    while send():
        pass
    count()

    total = PAID[0].total_price.shop
    assert columns("sales") == columns("money") == (total,) * 3
    assert not TieDifference.objects.exists()
    assert days_are_their_orders()
    month = tie_out.month(store.id, month=date(2026, 11, 1))
    assert month.total.status == "agrees"


def test_counting_twice_changes_nothing(store: Store, clock: Clock) -> None:
    order = plan(store, clock, *PAID)
    count()
    before = list(TieDay.objects.order_by("id").values())

    tie_due.mark([order.id])
    count()

    assert list(TieDay.objects.order_by("id").values()) == before


def test_counting_anew_ends_in_the_same_figures(store: Store, clock: Clock, send: Send) -> None:
    plan(store, clock, *PAID)
    while send():
        pass
    count()
    keys = ("date", "view", "name", "rate", *SUMS, "explained", "wrong")
    before = sorted(TieDay.objects.values_list(*keys))

    tie_figures.recount(store_id=store.id)
    assert tie_out.month(store.id, month=date(2026, 11, 1)).recounting
    assert not TieDay.objects.exists()
    count()

    assert sorted(TieDay.objects.values_list(*keys)) == before
    assert not TieRecount.objects.exists()


def test_an_order_without_books_is_held(store: Store, clock: Clock) -> None:
    Store.objects.update(book=None)
    plan(store, clock, *PAID)

    count()

    assert reasons() == {("documents", "sales", "held"), ("documents", "money", "held")}
    assert set(TieDifference.objects.values_list("detail", flat=True)) == {"NO_CONNECTION"}


def test_a_refused_document_is_refused(
    store: Store, clock: Clock, send: Send, books: Books
) -> None:
    plan(store, clock, *PAID)
    books.fail["post"] = [Rejected("no such account")]

    send()
    count()

    assert ("books", "sales", "refused") in reasons()
    assert ("books", "money", "not_sent") in reasons()


def test_what_a_person_left_out_says_so(store: Store, clock: Clock) -> None:
    plan(store, clock, *PAID)
    payment = Document.objects.get(role="P")

    posting.skip(store_id=store.id, document_id=payment.id, reason="cash", who="me", now=clock())
    count()

    assert ("documents", "money", "skipped") in reasons()
    total = PAID[0].total_price.shop
    assert columns("money") == (total, Decimal("0.00"), Decimal("0.00"))
    assert not TieDifference.objects.filter(wrong=True).exists()


def test_an_order_that_is_taken_back_comes_to_nothing(
    store: Store, clock: Clock, send: Send
) -> None:
    plan(store, clock, *PAID)
    while send():
        pass
    reversal.reverse(store_id=store.id, order_id=ORDER_ID, who="staff 1", now=clock())
    posting.plan(now=clock())
    while send():
        pass

    count()

    total = PAID[0].total_price.shop
    assert columns("sales") == columns("money") == (total, Decimal("0.00"), Decimal("0.00"))
    assert {reason for _, _, reason in reasons()} == {"taken_back"}
    assert days_are_their_orders()


def test_an_order_taken_back_before_it_was_sent_is_taken_back(store: Store, clock: Clock) -> None:
    plan(store, clock, *PAID)
    reversal.reverse(store_id=store.id, order_id=ORDER_ID, who="staff 1", now=clock())
    posting.plan(now=clock())

    count()

    assert {reason for _, _, reason in reasons()} == {"taken_back"}


DOUBTS = [
    ({"code": "missing"}, "books_missing", "0.00"),
    ({"code": "changed", "aspect": "cancelled"}, "books_cancelled", "0.00"),
    ({"code": "changed", "aspect": "total", "books": "1.00 MYR"}, "books_changed", "1.00"),
    ({"code": "duplicated", "aspect": "number", "books": "5.00 MYR, 6.00 MYR"}, "books_twice",
     "11.00"),
]  # fmt: skip


@pytest.mark.parametrize(("doubt", "reason", "held"), DOUBTS)
def test_what_a_comparison_found_is_wrong_until_it_is_gone(
    doubt: dict[str, str], reason: str, held: str, store: Store, clock: Clock, send: Send
) -> None:
    plan(store, clock, *PAID)
    while send():
        pass
    invoice = Document.objects.get(role="IV")
    check = BookCheck.objects.create(
        store=store, book=invoice.book, started_at=clock(), moved_at=clock()
    )
    found = Difference(kind="invoice", number=invoice.number, document_id=invoice.id, **doubt)  # type: ignore[arg-type]  # values of one test table

    check_rows.note(check, [found], clock())
    count()

    assert reasons() == {("books", "sales", reason)}
    assert columns("sales")[2] == Decimal(held)
    assert TieDifference.objects.filter(wrong=True).exists()
    later = BookCheck.objects.create(
        store=store, book=invoice.book, started_at=clock(), moved_at=clock(), state="finished"
    )
    check_rows.resolve(later, clock())
    count()
    assert not TieDifference.objects.exists()
    assert BookDifference.objects.get().resolved_at


def test_what_the_books_answered_otherwise_is_wrong(store: Store, clock: Clock, send: Send) -> None:
    order = plan(store, clock, *PAID)
    while send():
        pass
    Document.objects.filter(role="P").update(receipt={"total": "0.01"})

    tie_due.mark([order.id])
    count()

    assert reasons() == {("books", "money", "books_changed")}


def test_an_order_we_cannot_count_is_wrong_and_holds_up_no_other(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan(store, clock, *PAID)

    def stated(*given: Any) -> None:
        raise ValueError("broken")

    monkeypatch.setattr(tie_figures, "stated", stated)
    count()

    assert TieDifference.objects.get().detail == "INTERNAL"
    assert (
        tie_out.day(store.id, day=TieDay.objects.get(view="sales").date).places[0].line.status
        == "differs"
    )


def test_erasing_the_buyer_keeps_the_figures(store: Store, clock: Clock, send: Send) -> None:
    plan(store, clock, *PAID)
    while send():
        pass
    count()
    before = list(TieFigure.objects.values_list("date", "view", *SUMS))

    erasure.erase_buyer(store_id=store.id, order_id=ORDER_ID, now=clock())
    tie_figures.recount(store_id=store.id)
    count()

    assert list(TieFigure.objects.values_list("date", "view", *SUMS)) == before


def test_an_order_only_a_dry_run_knows_is_not_counted(store: Store, clock: Clock) -> None:
    posting.record_facts(
        store_id=store.id, facts=PAID, told_by="backfill 1", now=clock(), plan=False
    )

    tie_figures.recount(store_id=store.id)
    count()

    assert not TieFigure.objects.exists()


def test_a_batch_takes_as_many_statements_for_ten_orders_as_for_one(
    store: Store, clock: Clock
) -> None:
    def statements(ids: Sequence[int]) -> int:
        tie_due.mark(ids)
        with CaptureQueriesContext(connection) as captured:
            tie_figures.count()
        return len(captured.captured_queries)

    plan(store, clock, *PAID)
    count()
    ids = [Order.objects.get().id]
    for number in range(2, 11):
        facts = (
            make_paid_order(id=number, name=f"#{number}", number=number),
            make_transaction(id=number, order_id=number),
        )
        tell(store, facts, clock())
    posting.plan(now=clock())
    every = list(Order.objects.values_list("id", flat=True))

    one, ten = statements(ids), statements(every)

    assert len(every) == 10
    # Days are written one statement each.
    assert ten <= one + TieDay.objects.count()


# --- reading ---------------------------------------------------------------------------------


def test_every_day_of_the_range_is_there_in_one_statement(store: Store, clock: Clock) -> None:
    plan(store, clock, *PAID)
    count()

    with CaptureQueriesContext(connection) as captured:
        days = tie_out.daily(store.id, first=date(2026, 11, 1), last=date(2026, 11, 30))

    assert len(captured.captured_queries) == 1
    assert [each.date for each in days] == [date(2026, 11, day) for day in range(1, 31)]
    assert sum(each.shop for each in days) == PAID[0].total_price.shop
    assert sum(each.books for each in days) == 0


def test_a_day_names_its_orders(store: Store, clock: Clock) -> None:
    plan(store, clock, *PAID)
    count()
    on = TieDay.objects.order_by("id").values_list("date", flat=True)[0]

    found = tie_out.day(store.id, day=on)

    assert {each.order.order_id for each in found.differences} == {ORDER_ID}
    assert {place.view for place in found.places} >= {"sales", "money"}
    (sales,) = found.of("sales")
    assert sales.line.books_differ == sales.line.books_explained == -PAID[0].total_price.shop
    assert sales.line.unexplained == 0
    assert sales.line.status == "explained"


def test_another_store_has_none_of_it(store: Store, clock: Clock, now: datetime) -> None:
    other = mapped(make_store(make_book(now, name="Other"), "other.myshopify.com"))
    plan(store, clock, *PAID)
    count()

    month = tie_out.month(other.id, month=date(2026, 11, 1))
    statement = tie_out.statement(other.id, month=date(2026, 11, 1))

    assert month.total.status == "nothing"
    assert (statement.places, statement.kinds, statement.listed) == ((), (), ())
    assert tie_out.day(other.id, day=date(2026, 11, 20)).places == ()
    tie_figures.recount(store_id=other.id)
    assert TieDay.objects.filter(store=store).exists()


@pytest.mark.parametrize("name", ["month", "day", "statement"])
def test_reading_takes_few_statements(name: str, store: Store, clock: Clock) -> None:
    plan(store, clock, *PAID)
    count()
    asked: dict[str, Any] = {
        "month": lambda: tie_out.month(store.id, month=date(2026, 11, 1)),
        "day": lambda: tie_out.day(store.id, day=date(2026, 11, 20)),
        "statement": lambda: tie_out.statement(store.id, month=date(2026, 11, 1)),
    }

    with CaptureQueriesContext(connection) as captured:
        asked[name]()

    assert len(captured.captured_queries) <= 6


# --- the statement ---------------------------------------------------------------------------


def test_the_statement_adds_up_what_is_open(store: Store, clock: Clock) -> None:
    plan(store, clock, *PAID)
    count()
    total = PAID[0].total_price.shop

    found = tie_out.statement(store.id, month=date(2026, 11, 1))

    (debtors,), (stripe,) = found.debtors, found.clearing
    assert (debtors.opening, debtors.closing) == (Decimal(0), Decimal(0))
    assert (stripe.gateway, stripe.opening, stripe.closing) == ("stripe", Decimal(0), total)
    kinds = {each.kind: (each.count, each.total) for each in found.kinds}
    assert kinds == {"invoice": (1, total), "payment": (1, total)}
    later = tie_out.statement(store.id, month=date(2026, 12, 1))
    assert later.clearing[0].opening == later.clearing[0].closing == total


def test_an_approval_stands_until_a_figure_changes(store: Store, clock: Clock, send: Send) -> None:
    month = date(2026, 11, 1)
    plan(store, clock, *PAID)
    count()
    digest = tie_out.statement(store.id, month=month).digest

    found = tie_out.approve(
        store_id=store.id, month=month, digest=digest, who="staff 1", now=clock()
    )

    assert found.approved is not None
    assert found.approved.unchanged
    assert (found.approved.who, found.approved.changes) == ("staff 1", ())
    assert Audit.objects.get(action="statement approved").detail["month"] == "2026-11"
    while send():
        pass
    count()
    changed = tie_out.statement(store.id, month=month).approved
    assert changed is not None
    assert not changed.unchanged
    total = PAID[0].total_price.shop
    assert ("sales MYR books", "0.00", str(total)) in changed.changes


def test_other_figures_than_were_looked_at_are_not_approved(store: Store, clock: Clock) -> None:
    plan(store, clock, *PAID)
    count()

    with pytest.raises(tie_out.Changed):
        tie_out.approve(
            store_id=store.id, month=date(2026, 11, 1), digest="0" * 64, who="me", now=clock()
        )

    assert not StatementApproval.objects.exists()
    assert not Audit.objects.filter(action="statement approved").exists()


def test_figures_that_are_being_counted_are_not_approved(store: Store, clock: Clock) -> None:
    plan(store, clock, *PAID)
    digest = tie_out.statement(store.id, month=date(2026, 11, 1)).digest

    with pytest.raises(tie_out.Counting):
        tie_out.approve(
            store_id=store.id, month=date(2026, 11, 1), digest=digest, who="me", now=clock()
        )

    assert not StatementApproval.objects.exists()


def test_an_order_whose_figures_the_database_cannot_take_holds_up_no_other(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan(store, clock, *PAID)
    bad = make_order_row(store, 2002, clock())
    tie_due.mark([bad.pk])
    figures = tie_figures._figures

    def failing(order: Order, *given: Any) -> Any:
        if order.pk == bad.pk:
            raise DataError("numeric field overflow")
        return figures(order, *given)

    monkeypatch.setattr(tie_figures, "_figures", failing)
    count()

    assert TieFigure.objects.exists()
    assert not TieDue.objects.exists()
