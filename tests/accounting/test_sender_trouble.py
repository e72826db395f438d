"""Books out of reach or misconfigured, and mistakes of ours: nothing is lost, and pauses grow."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pytest_django import Settings

from accounting import book_trouble
from accounting.connectors.base import Misconfigured, Receipt, Unavailable
from accounting.documents.document import Entry
from accounting.models import Book, Document, Order
from tests.accounting.conftest import Send
from tests.accounting.queued import only, queue, states
from tests.books import After, Books, Clock, make_order_row

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("timing")]


def test_books_out_of_reach_cost_the_document_nothing_and_are_probed_later(
    order: Order, clock: Clock, books: Books, send: Send
) -> None:
    queue(order, clock)
    books.fail["identity"] = [Unavailable("instance offline")]

    send()

    book = Book.objects.get()
    assert only().state == "queued"
    assert only().attempts == 0
    assert (book.trouble, book.trouble_count) == ("instance offline", 1)
    assert book.ready_at == clock() + timedelta(seconds=5)
    assert book.leased_until is None


def test_a_troubled_book_is_probed_with_longer_pauses_and_recovers(
    order: Order, clock: Clock, books: Books, send: Send
) -> None:
    queue(order, clock)
    books.fail["identity"] = [Unavailable("offline") for _ in range(3)]

    send()
    for seconds in (5, 60, 60):
        clock.advance(seconds=seconds)
        send()

    book = Book.objects.get()
    assert books.calls.count("identity") == 4
    assert (book.trouble_count, book.trouble, book.trouble_since) == (0, "", None)
    assert only().state == "posted"


def test_a_new_document_does_not_hurry_the_probe_of_a_troubled_book(
    order: Order, clock: Clock, books: Books, send: Send
) -> None:
    queue(order, clock)
    books.fail["identity"] = [Unavailable("offline")]
    send()
    probe_at = Book.objects.get().ready_at

    queue(make_order_row(order.store, 1002, clock()), clock, "SH-1002")

    assert Book.objects.get().ready_at == probe_at
    assert probe_at == clock() + timedelta(seconds=5)


def test_books_that_say_when_to_come_back_are_left_alone_until_then(
    order: Order, clock: Clock, books: Books, send: Send
) -> None:
    queue(order, clock)
    books.fail["post"] = [Unavailable("too many requests", retry_after=90)]

    send()

    assert Book.objects.get().ready_at == clock() + timedelta(seconds=90)
    assert only().state == "queued"


def test_a_wrong_key_pauses_the_book_and_loses_nothing(
    order: Order, clock: Clock, books: Books, send: Send
) -> None:
    queue(order, clock)
    books.fail["identity"] = [Misconfigured("the key was refused", hint="key")]

    send()
    clock.advance(days=1)
    send()

    book = Book.objects.get()
    assert (book.state, book.state_reason) == ("misconfigured", "the key was refused")
    assert only().state == "queued"
    assert books.calls == ["identity"]


def test_a_mistake_of_ours_in_the_middle_of_a_write_counts_as_maybe_written(
    order: Order, clock: Clock, books: Books, send: Send, caplog: pytest.LogCaptureFixture
) -> None:
    queue(order, clock)
    books.fail["post"] = [After(ZeroDivisionError())]

    send()
    assert only().state == "unknown"
    clock.advance(minutes=1)
    send()

    assert only().state == "posted"
    assert books.calls.count("post SH-1001") == 1
    assert "ZeroDivisionError" in caplog.text


def test_a_document_that_cannot_be_looked_up_does_not_stand_in_the_way_of_others(
    order: Order, clock: Clock, books: Books, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(order, clock, "SH-1001")
    queue(make_order_row(order.store, 2001, clock()), clock, "SH-2001")
    books.looks_first = True
    find = books.find

    def blind(entry: Entry) -> Receipt | None:
        if entry.number == "SH-1001":
            raise Unavailable("cannot look up this one")
        return find(entry)

    monkeypatch.setattr(books, "find", blind)
    for _ in range(3):
        send()
        clock.advance(minutes=2)

    assert states() == {"SH-1001": "queued", "SH-2001": "posted"}


def test_the_pauses_grow_while_reads_succeed_and_no_document_can_be_settled(
    order: Order, clock: Clock, books: Books, send: Send, caplog: pytest.LogCaptureFixture
) -> None:
    queue(order, clock)
    books.looks_first = True
    books.fail["find"] = [ZeroDivisionError(), ZeroDivisionError()]

    send()
    clock.advance(seconds=5)
    send()

    book = Book.objects.get()
    assert (book.trouble_count, book.trouble) == (2, book_trouble.OUR_MISTAKE)
    assert book.ready_at == clock() + timedelta(seconds=60)


def test_books_with_nothing_left_to_send_come_out_of_trouble_by_a_read(
    order: Order, clock: Clock, books: Books, send: Send
) -> None:
    Book.objects.update(trouble_count=2, trouble="offline", trouble_since=clock())

    send()

    book = Book.objects.get()
    assert (book.trouble_count, book.trouble, book.ready_at) == (0, "", None)
    assert books.calls == ["identity"]


def test_a_document_we_always_fail_at_is_left_to_a_person_and_no_longer_the_books_trouble(
    order: Order, clock: Clock, books: Books, send: Send, caplog: pytest.LogCaptureFixture
) -> None:
    queue(order, clock, "SH-1001")
    books.looks_first = True
    books.fail["find"] = [ZeroDivisionError() for _ in range(4)]
    for _ in range(4):
        send()
        clock.advance(minutes=15)

    queue(make_order_row(order.store, 2001, clock()), clock, "SH-2001")
    send()

    assert states() == {"SH-1001": "rejected", "SH-2001": "posted"}
    assert only_message("SH-1001") == book_trouble.OUR_MISTAKE
    assert Book.objects.get().trouble_count == 0
    assert caplog.text.count("ZeroDivisionError") >= 4


def only_message(number: str) -> str:
    return Document.objects.get(number=number).message


def test_after_trouble_a_book_gets_one_document_then_twice_as_many_each_turn(
    order: Order, clock: Clock, books: Books, send: Send, settings: Settings
) -> None:
    settings.LEJAR_QUANTUM = 8
    for number in range(2001, 2041):
        queue(make_order_row(order.store, number, clock()), clock, f"SH-{number}")
    books.fail["identity"] = [Unavailable("offline")]
    send()
    clock.advance(seconds=5)

    books.calls.clear()
    send()

    said = " ".join(call.split()[0] for call in books.calls if not call.startswith("find"))
    turns = [turn.count("post") for turn in said.split("identity")[1:]]
    assert turns == [1, 2, 4, 8, 8, 8, 8, 1]
    assert set(states().values()) == {"posted"}
    assert Book.objects.get().ramp == 0
