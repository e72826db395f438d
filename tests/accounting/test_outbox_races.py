"""Planning, people and the sender at the same time."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from accounting import posting, sender
from accounting.connectors.base import Receipt
from accounting.documents.document import Allocation, Entry
from accounting.models import Book, Document, Order
from tests.accounting.queued import queue, states
from tests.accounting.races import PATIENCE, halted, on_own_connection, until_blocked
from tests.books import Books, Clock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("timing")]


def test_a_document_planned_while_its_forerunner_is_posted_gets_its_turn(
    pool: ThreadPoolExecutor, order: Order, clock: Clock
) -> None:
    books = Books()
    queue(order, clock, "SH-1")
    unfinished = 'NOT ("accounting_document"."state" IN'

    # Planning sees SH-1 still under way, and stands still before its commit.
    with (
        sending(pool, books, clock) as at_work,
        halted(pool, lambda: queue(order, clock, "SH-2"), unfinished),
    ):
        at_work.go.set()
        until_blocked(at_work.future)
    sender.send_due(lambda _: books, clock=clock)

    assert states() == {"SH-1": "posted", "SH-2": "posted"}


@dataclass
class AtWork:
    future: Future[Any]
    go: threading.Event


@contextmanager
def sending(pool: ThreadPoolExecutor, books: Books, clock: Clock) -> Iterator[AtWork]:
    """While a sender stands between the books' yes and writing it down."""
    written, go = threading.Event(), threading.Event()
    post = books.post

    def slowly(entry: Entry, settles: Sequence[Allocation] = ()) -> Receipt | None:
        receipt = post(entry, settles)
        written.set()
        assert go.wait(PATIENCE)
        return receipt

    books.post = slowly  # type: ignore[method-assign]  # this one instance is slow
    send = on_own_connection(lambda: sender.send_due(lambda _: books, clock=clock))
    future = pool.submit(send)
    try:
        assert written.wait(PATIENCE)
        yield AtWork(future, go)
    finally:
        go.set()
        future.result(PATIENCE)
        books.post = post  # type: ignore[method-assign]  # and is itself again


def test_a_document_skipped_while_the_sender_reaches_for_it_is_not_sent(
    pool: ThreadPoolExecutor, order: Order, clock: Clock
) -> None:
    books = Books()
    queue(order, clock, "SH-1", "SH-2")
    first = Document.objects.get(number="SH-1")

    def skip() -> None:
        posting.skip(store_id=order.store_id, document_id=first.id, reason="", who="a", now=clock())

    with halted(pool, skip, 'UPDATE "accounting_document"'):
        send = on_own_connection(lambda: sender.send_due(lambda _: books, clock=clock))
        at_work = pool.submit(send)
        until_blocked(at_work)
    at_work.result(PATIENCE)
    sender.send_due(lambda _: books, clock=clock)

    assert states() == {"SH-1": "skipped", "SH-2": "posted"}
    assert list(books.held) == ["SH-2"]


def test_nothing_more_is_sent_once_the_book_is_paused(order: Order, clock: Clock) -> None:
    books = Books()
    queue(order, clock, "SH-1", "SH-2")
    post = books.post

    def pausing(entry: Entry, settles: Sequence[Allocation] = ()) -> Receipt | None:
        receipt = post(entry, settles)
        Book.objects.update(state="paused")
        return receipt

    books.post = pausing  # type: ignore[method-assign]  # the merchant presses pause meanwhile
    sender.send_due(lambda _: books, clock=clock)

    assert states() == {"SH-1": "posted", "SH-2": "queued"}
