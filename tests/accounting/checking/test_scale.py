"""Ten thousand documents cost as much a page as a hundred, in statements and in memory."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounting import check_slice, checking
from accounting.connectors.base import Page, Receipt
from accounting.documents.document import Entry, Kind
from accounting.models import BookCheck, Order
from accounting.models import Document as Row
from tests.accounting.checking.shelf import ZERO, Shelf, knock, make_payment, shown, stands
from tests.accounting.test_outbox_indexes import Explain
from tests.books import Clock, make_invoice, make_row

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("timing")]
PAGE = 100
MOST_STATEMENTS = 30


@dataclass
class Endless(Shelf):
    """Makes up its lists page by page, so that the memory measured is the check's own."""

    orders: int = 0

    def documents(self, kind: Kind, after: str = "") -> Page:
        if kind in self.unlistable:
            return super().documents(kind, after)
        start = int(after or 0)
        end = min(start + PAGE, self.orders)
        there = range(start, end) if kind in (Kind.INVOICE, Kind.PAYMENT) else range(0)
        following = str(end) if there and end < self.orders else ""
        return Page(receipts=tuple(receipt(kind, n) for n in there), after=following)

    def find(self, entry: Entry, *, settled_further: bool = False) -> Receipt | None:
        return receipt(entry.kind, int(entry.number.split("-")[1]) - 10_000)


def receipt(kind: Kind, number: int) -> Receipt:
    if kind is Kind.INVOICE:
        return shown(make_invoice(f"SH-{10_000 + number}"), outstanding=ZERO)
    return shown(make_payment(f"SH-{10_000 + number}-P1"), unapplied=ZERO)


def rows(order: Order, number: int, now: datetime) -> Iterator[Row]:
    state = {"state": Row.State.POSTED, "posted_at": now, "receipt": {}}
    bought, paid = make_invoice(f"SH-{10_000 + number}"), make_payment(f"SH-{10_000 + number}-P1")
    for entry in (bought, paid, knock(paid, bought)):
        yield make_row(order, entry, now, **state)


def fill(order: Order, orders: int, now: datetime, *, start: int = 0) -> Endless:
    """Orders up to so many, each with an invoice, a payment and their knock-off."""
    for first in range(start, orders, 250):
        numbers = range(first, min(first + 250, orders))
        own = [Order(store=order.store, order_id=20_000 + n, facts_at=now) for n in numbers]
        Order.objects.bulk_create(own)
        made = (rows(each, number, now) for each, number in zip(own, numbers, strict=True))
        Row.objects.bulk_create(chain.from_iterable(made))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE accounting_document")
    return Endless(orders=orders, page_size=PAGE)


def slices(check: BookCheck, books: Endless, clock: Clock) -> Iterator[tuple[str, int]]:
    """The step of each slice of a whole check, and its number of statements."""
    went, step = "on", check.step
    while went != "through":
        with CaptureQueriesContext(connection) as asked:
            went = checking.take(check.id, lambda _: books, clock=clock)
        assert went in ("on", "through")
        yield step, len(asked)
        check.refresh_from_db()
        step = check.step


def test_ten_thousand_documents_take_as_many_statements_a_page_as_any_other(
    order: Order, clock: Clock
) -> None:
    books = fill(order, 5_000, clock())
    check = checking.start(store_id=order.store_id, who="cron", now=clock())

    taken = list(slices(check, books, clock))

    pages = Counter(count for step, count in taken if step in ("", "invoice", "payment"))
    assert (check.state, check.listed, check.looked_up) == ("finished", 10_000, 0)
    assert stands() == []
    assert sum(pages.values()) == 100
    assert len(pages) == 1, pages
    assert max(pages) <= MOST_STATEMENTS


def test_no_statement_reads_all_documents(order: Order, clock: Clock) -> None:
    books = fill(order, 2_000, clock())
    books.unlistable = frozenset({Kind.PAYMENT})
    check = checking.start(store_id=order.store_id, who="cron", now=clock())

    explain = Explain()
    with connection.execute_wrapper(explain):
        while check.step != check_slice.ONE_BY_ONE:
            checking.take(check.id, lambda _: books, clock=clock)
            check.refresh_from_db()
        checking.take(check.id, lambda _: books, clock=clock)

    used = "\n".join(explain.plans)
    assert "document_number_once" in used
    assert "Seq Scan on accounting_document" not in used


def test_looking_up_one_by_one_takes_as_many_statements_for_each(
    order: Order, clock: Clock
) -> None:
    books = fill(order, 200, clock())
    books.unlistable = frozenset({Kind.INVOICE})
    check = checking.start(store_id=order.store_id, who="cron", now=clock())

    taken = list(slices(check, books, clock))

    batches = Counter(count for step, count in taken if step == check_slice.ONE_BY_ONE)
    assert (check.looked_up, stands()) == (200, [])
    assert sorted(batches.values()) == [1, 10]  # ten full ones alike, and the end


@pytest.mark.parametrize(
    ("unlistable", "orders"), [(frozenset(), 800), (frozenset({Kind.PAYMENT}), 250)]
)
def test_the_memory_it_needs_does_not_grow_with_the_books(
    unlistable: frozenset[Kind], orders: int, order: Order, clock: Clock
) -> None:
    def peak(start: int, orders: int) -> int:
        """Most bytes held at once during a whole check."""
        books = fill(order, orders, clock(), start=start)
        books.unlistable = unlistable
        check = checking.start(store_id=order.store_id, who="cron", now=clock())
        tracemalloc.start()
        done = checking.run(check.id, lambda _: books, clock=clock, wait=lambda _: None)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert (done.state, stands()) == ("finished", [])
        return most

    peak(0, 50)  # whatever is loaded once

    few, many = peak(50, 100), peak(100, orders)

    assert many < few * 1.2
