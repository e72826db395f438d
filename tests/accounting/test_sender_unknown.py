"""A write whose outcome is in doubt: nothing is sent twice, and a person decides at the end."""

from __future__ import annotations

import pytest

from accounting import outbox, sender
from accounting.connectors.base import Rejected, Uncertain
from accounting.models import Attempt, Order
from tests.accounting.conftest import Send
from tests.accounting.queued import only, queue
from tests.books import After, Books, Clock, make_receipt

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("timing")]


def test_a_lost_answer_is_looked_up_after_the_quiet_period_and_never_sent_twice(
    order: Order, clock: Clock, books: Books, send: Send
) -> None:
    queue(order, clock)
    books.fail["post"] = [After(Uncertain("no answer"))]

    send()
    assert only().state == "unknown"
    clock.advance(seconds=4)
    send()
    assert only().state == "unknown"
    clock.advance(seconds=2)
    send()

    assert only().state == "posted"
    assert books.calls.count("post SH-1001") == 1


def test_a_write_that_never_arrived_is_sent_again_with_the_same_number_after_all_look_ups(
    order: Order, clock: Clock, books: Books, send: Send
) -> None:
    queue(order, clock)
    books.fail["post"] = [Uncertain("no answer")]

    send()
    clock.advance(seconds=5)
    send()
    assert only().state == "unknown"
    clock.advance(seconds=29)
    send()
    assert only().state == "unknown"
    clock.advance(seconds=2)
    send()

    assert only().state == "posted"
    assert books.calls.count("post SH-1001") == 2
    assert list(books.held) == ["SH-1001"]


def test_a_taken_number_is_looked_up_at_once_and_an_equal_document_adopted(
    order: Order, clock: Clock, books: Books, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(order, clock)

    def late(entry: object, settles: object) -> None:
        books.held["SH-1001"] = make_receipt()
        raise Uncertain("already exists", duplicate=True)

    monkeypatch.setattr(books, "post", late)
    send()

    assert only().state == "posted"
    assert Attempt.objects.get().outcome == "duplicate"


def test_a_taken_number_that_the_books_cannot_show_needs_a_person(
    order: Order, clock: Clock, books: Books, send: Send
) -> None:
    queue(order, clock)
    books.fail["post"] = [Uncertain("already exists", duplicate=True)]

    send()
    assert only().state == "unknown"
    clock.advance(seconds=30)
    send()

    assert only().state == "conflict"
    assert books.calls.count("post SH-1001") == 1


def test_a_refusal_that_may_have_come_after_a_save_counts_once_the_document_is_proved_absent(
    order: Order, clock: Clock, books: Books, send: Send
) -> None:
    queue(order, clock)
    books.fail["post"] = [Uncertain("Operation aborted", refused=True)]

    send()
    for _ in range(3):
        clock.advance(minutes=1)
        send()

    assert (only().state, only().message) == ("rejected", "Operation aborted")
    assert books.calls.count("post SH-1001") == 1


def test_a_document_that_is_never_answered_nor_shown_ends_with_a_person(
    order: Order, clock: Clock, books: Books, send: Send
) -> None:
    queue(order, clock)
    books.fail["post"] = [Uncertain("no answer") for _ in range(9)]

    for _ in range(60):
        send()
        clock.advance(minutes=2)

    assert (only().state, only().message) == ("rejected", sender.NEVER_ANSWERED)
    assert books.calls.count("post SH-1001") == sender.TRIES


def test_what_a_person_has_removed_from_the_books_is_written_after_looking_again(
    order: Order, clock: Clock, books: Books, send: Send
) -> None:
    queue(order, clock)
    books.fail["post"] = [Uncertain("already exists", duplicate=True)]
    for _ in range(5):
        send()
        clock.advance(minutes=1)
    assert only().state == "conflict"

    outbox.look_again(only(), now=clock())
    for _ in range(5):
        send()
        clock.advance(minutes=1)

    assert only().state == "posted"
    trail = Attempt.objects.order_by("id").values_list("call", "outcome")
    assert list(trail) == [("post", "duplicate"), ("retry", "asked"), ("post", "accepted")]


def test_a_refusal_after_a_lost_answer_counts_only_once_the_document_is_proved_absent(
    order: Order, clock: Clock, books: Books, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(order, clock)
    books.fail["post"] = [Uncertain("no answer"), Rejected("must not exceed outstanding")]
    for _ in range(4):
        send()
        clock.advance(minutes=2)
        if only().attempts == 2:
            break

    assert only().state == "unknown"
    books.held["SH-1001"] = make_receipt()
    send()

    assert only().state == "posted"


def test_an_accepted_document_that_cannot_be_found_is_not_called_posted(
    order: Order, clock: Clock, books: Books, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(order, clock)
    monkeypatch.setattr(books, "post", lambda entry, settles: None)

    send()

    assert only().state == "unknown"
    assert only().message == "Accepted by the books, but not found in them."


def test_what_the_books_accepted_but_never_show_is_not_sent_again(
    order: Order, clock: Clock, books: Books, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(order, clock)
    posts: list[str] = []
    monkeypatch.setattr(books, "post", lambda entry, settles: posts.append(entry.number))

    for _ in range(4):
        send()
        clock.advance(minutes=1)

    assert (only().state, posts) == ("conflict", ["SH-1001"])
    assert only().message == "The books accepted this document, but show none under its number."


def test_a_taken_number_that_shows_up_late_is_adopted(
    order: Order, clock: Clock, books: Books, send: Send
) -> None:
    queue(order, clock)
    books.fail["post"] = [Uncertain("already exists", duplicate=True)]

    send()
    books.held["SH-1001"] = make_receipt()
    clock.advance(seconds=30)
    send()

    assert only().state == "posted"
