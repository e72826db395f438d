"""Whose turn it is at a book: leases, turns, and workers that die or are told to stop."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from accounting import outbox, sender
from accounting.connectors.base import Receipt
from accounting.documents.document import Entry
from accounting.models import Book, Document, Order
from tests.accounting.conftest import Send
from tests.accounting.queued import only, queue, states
from tests.books import Books, Clock, make_book, make_order_row, make_store

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("timing")]


def test_a_worker_that_died_in_the_middle_leaves_an_unknown_document(
    order: Order, clock: Clock, books: Books, send: Send
) -> None:
    queue(order, clock)
    dead = outbox.claim(now=clock())
    assert dead is not None
    document = outbox.next_due(dead, now=clock())
    assert document is not None
    outbox.move(dead, document, Document.State.SENDING, fence=dead.fence)

    send()
    assert only().state == "sending"
    clock.advance(seconds=31)
    send()
    assert only().state == "unknown"
    clock.advance(minutes=2)
    send()
    clock.advance(minutes=2)
    send()

    assert only().state == "posted"


def test_a_worker_whose_lease_ran_out_cannot_record_anything(
    order: Order, clock: Clock, books: Books
) -> None:
    queue(order, clock)
    zombie = outbox.claim(now=clock())
    assert zombie is not None
    document = outbox.next_due(zombie, now=clock())
    assert document is not None
    clock.advance(minutes=1)
    assert outbox.claim(now=clock()) is not None

    with pytest.raises(outbox.LeaseLost):
        outbox.move(zombie, document, Document.State.POSTED)
    with pytest.raises(outbox.LeaseLost):
        zombie.renew(clock())

    assert only().state == "queued"


def test_a_worker_whose_lease_ran_out_gets_no_further_document(order: Order, clock: Clock) -> None:
    queue(order, clock)
    zombie = outbox.claim(now=clock())
    assert zombie is not None
    clock.advance(minutes=1)

    holder = outbox.claim(now=clock())

    assert holder is not None
    assert outbox.next_due(zombie, now=clock()) is None
    assert outbox.next_due(holder, now=clock()) is not None


def test_no_call_starts_under_a_lease_shorter_than_its_deadline(
    order: Order, clock: Clock, books: Books, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(order, clock)
    left: list[timedelta] = []
    original = books.post

    def post(entry: object, settles: object) -> None:
        until = Book.objects.get().leased_until
        assert until is not None
        left.append(until - clock())
        original(entry)  # type: ignore[arg-type]  # passed through

    monkeypatch.setattr(books, "post", post)
    books.call_seconds = 300
    send()

    assert left
    assert left[0] >= timedelta(seconds=300)


def test_a_worker_told_to_stop_finishes_its_document_and_gives_the_book_back(
    order: Order, clock: Clock, books: Books
) -> None:
    queue(order, clock, "SH-1001", "SH-1002")

    sender.send_due(
        lambda _: books,
        clock=clock,
        chance=lambda: 0.0,
        stopping=lambda: "SH-1001" in books.held,
    )

    assert states() == {"SH-1001": "posted", "SH-1002": "queued"}
    assert Book.objects.get().leased_until is None


def test_one_call_at_a_time_per_book(order: Order, clock: Clock) -> None:
    queue(order, clock)

    first, second = outbox.claim(now=clock()), outbox.claim(now=clock())

    assert first is not None
    assert second is None


def test_a_store_with_a_backlog_gets_one_quantum_and_then_its_neighbour_has_its_turn(
    order: Order, clock: Clock, books: Books, settings: Settings
) -> None:
    settings.LEJAR_QUANTUM = 2
    for number in range(5):
        row = make_order_row(order.store, 3000 + number, clock())
        queue(row, clock, f"SH-{3000 + number}")
    clock.advance(seconds=1)
    neighbour = make_store(make_book(clock(), name="Other"), "other.myshopify.com")
    queue(make_order_row(neighbour, 4000, clock()), clock, "SH-4000")
    clock.advance(seconds=1)

    def tick(book: Book) -> Books:
        clock.advance(milliseconds=1)
        return books

    sender.send_due(tick, clock=clock, chance=lambda: 0.0)

    posts = [call for call in books.calls if call.startswith("post")]
    assert posts.index("post SH-4000") == 2
    assert len(posts) == 6


def test_a_lease_that_took_too_long_to_renew_is_renewed_again_before_the_call(
    order: Order, clock: Clock, books: Books, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    books.call_seconds = 60
    queue(order, clock)
    renew, find = outbox.Claim.renew, books.find
    slow, left = [8, 8], []

    def slowly(held: outbox.Claim, now: datetime) -> None:
        renew(held, now)
        clock.advance(seconds=slow.pop() if slow else 0)

    def finding(entry: Entry) -> Receipt | None:
        left.append(Book.objects.get().leased_until)
        return find(entry)

    monkeypatch.setattr(outbox.Claim, "renew", slowly)
    monkeypatch.setattr(books, "find", finding)
    send()

    assert left[0] == clock() + timedelta(seconds=70)
