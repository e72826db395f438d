"""What happens to one document, whatever the books answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from pytest_django import Settings

from accounting import codec, outbox, sender
from accounting.connectors.base import (
    Misconfigured,
    Receipt,
    Rejected,
    Unavailable,
    Uncertain,
)
from accounting.documents.document import Entry
from accounting.models import Attempt, Book, Document, Order
from tests.books import (
    After,
    Books,
    Clock,
    make_book,
    make_invoice,
    make_order_row,
    make_rows,
    make_store,
)

pytestmark = pytest.mark.django_db

Send = Callable[[], int]


@pytest.fixture(autouse=True)
def timing(settings: Settings) -> None:
    settings.LEJAR_QUIET_SECONDS = [5, 30]
    settings.LEJAR_TROUBLE_SECONDS = [5, 60]
    settings.LEJAR_QUANTUM = 50


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
def books() -> Books:
    return Books()


@pytest.fixture
def order(clock: Clock) -> Order:
    return make_order_row(make_store(make_book(clock())), 1001, clock())


@pytest.fixture
def send(books: Books, clock: Clock) -> Send:
    return lambda: sender.send_due(lambda _: books, clock=clock, chance=lambda: 0.0)


def queue(order: Order, clock: Clock, *numbers: str) -> None:
    entries = [make_invoice(number) for number in numbers or ("SH-1001",)]
    outbox.enqueue(make_rows(order, list(entries), clock()), now=clock())


def only() -> Document:
    return Document.objects.get()


def test_a_document_is_looked_up_posted_and_read_back(
    order: Order, clock: Clock, books: Books, send: Send
) -> None:
    queue(order, clock)

    settled = send()

    assert settled == 1
    assert books.calls == ["find SH-1001", "post SH-1001", "find SH-1001"]
    assert only().state == "posted"
    assert only().receipt == codec.dump(books.held["SH-1001"])
    assert Attempt.objects.get().outcome == "accepted"


def test_sending_and_its_attempt_are_written_before_the_call(
    order: Order, clock: Clock, books: Books, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(order, clock)
    seen: list[tuple[str, str]] = []

    def post(entry: object) -> None:
        seen.append((only().state, Attempt.objects.get().outcome))

    monkeypatch.setattr(books, "post", post)
    send()

    assert seen == [("sending", "")]


def test_an_equal_document_already_in_the_books_is_adopted_without_a_write(
    order: Order, clock: Clock, books: Books, send: Send
) -> None:
    books.held["SH-1001"] = Receipt(
        number="SH-1001", customer=" 300-c0001", total=Decimal("107.00")
    )
    queue(order, clock)

    send()

    assert only().state == "posted"
    assert books.calls == ["find SH-1001"]


@pytest.mark.parametrize(
    ("receipt", "words"),
    [
        (
            Receipt(number="SH-1001", customer="300-C0001", total=Decimal("107.01")),
            "total is 107.01 in the books, 107.00 here",
        ),
        (
            Receipt(number="SH-1001", customer="300-X", total=Decimal("107.00")),
            "customer is 300-X in the books, 300-C0001 here",
        ),
        (
            Receipt(
                number="SH-1001", customer="300-C0001", total=Decimal("107.00"), cancelled=True
            ),
            "SH-1001 exists in the books but is cancelled there",
        ),
    ],
)
def test_a_different_document_under_our_number_needs_a_person(
    order: Order, clock: Clock, books: Books, send: Send, receipt: Receipt, words: str
) -> None:
    books.held["SH-1001"] = receipt
    queue(order, clock)

    send()

    assert only().state == "conflict"
    assert only().message == words
    assert "post SH-1001" not in books.calls


def test_a_refusal_stops_only_its_own_order(
    order: Order, clock: Clock, books: Books, send: Send
) -> None:
    other = make_order_row(order.store, 2001, clock())
    queue(order, clock, "SH-1001", "SH-1002")
    queue(other, clock, "SH-2001")
    books.fail["post"] = [Rejected("No record found: 500-000")]

    send()

    states = dict(Document.objects.values_list("number", "state"))
    assert states == {"SH-1001": "rejected", "SH-1002": "waiting", "SH-2001": "posted"}
    assert Document.objects.get(number="SH-1001").message == "No record found: 500-000"


def test_documents_of_one_order_go_in_order(
    order: Order, clock: Clock, books: Books, send: Send
) -> None:
    queue(order, clock, "SH-1001", "SH-1002", "SH-1003")

    send()

    posts = [call for call in books.calls if call.startswith("post")]
    assert posts == ["post SH-1001", "post SH-1002", "post SH-1003"]


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

    def late(entry: object) -> None:
        books.held["SH-1001"] = Receipt(
            number="SH-1001", customer="300-C0001", total=Decimal("107.00")
        )
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


def test_an_accepted_document_that_cannot_be_found_is_not_called_posted(
    order: Order, clock: Clock, books: Books, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(order, clock)
    monkeypatch.setattr(books, "post", lambda entry: None)

    send()

    assert only().state == "unknown"
    assert only().message == "Accepted by the books, but not found in them."


def test_books_out_of_reach_cost_the_document_nothing_and_are_probed_later(
    order: Order, clock: Clock, books: Books, send: Send
) -> None:
    queue(order, clock)
    books.fail["find"] = [Unavailable("instance offline")]

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
    books.fail["find"] = [Unavailable("offline")]
    books.fail["ping"] = [Unavailable("offline"), Unavailable("offline")]

    send()
    for seconds in (5, 60, 60):
        clock.advance(seconds=seconds)
        send()

    book = Book.objects.get()
    assert books.calls.count("ping") == 3
    assert (book.trouble_count, book.trouble, book.trouble_since) == (0, "", None)
    assert only().state == "posted"


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
    books.fail["find"] = [Misconfigured("the key was refused", hint="key")]

    send()
    clock.advance(days=1)
    send()

    book = Book.objects.get()
    assert (book.state, book.state_reason) == ("misconfigured", "the key was refused")
    assert only().state == "queued"
    assert books.calls == ["find SH-1001"]


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


def test_no_call_starts_under_a_lease_shorter_than_its_deadline(
    order: Order, clock: Clock, books: Books, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(order, clock)
    left: list[timedelta] = []
    original = books.post

    def post(entry: object) -> None:
        until = Book.objects.get().leased_until
        assert until is not None
        left.append(until - clock())
        original(entry)  # type: ignore[arg-type]  # passed through

    monkeypatch.setattr(books, "post", post)
    books.call_seconds = 300
    send()

    assert left
    assert left[0] >= timedelta(seconds=300)


def test_a_store_that_left_sends_nothing(
    order: Order, clock: Clock, books: Books, send: Send
) -> None:
    queue(order, clock)
    order.store.sending = False
    order.store.save()

    send()

    assert books.calls == []
    assert Book.objects.get().ready_at is None


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

    states = dict(Document.objects.values_list("number", "state"))
    assert states == {"SH-1001": "posted", "SH-1002": "queued"}
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


def test_a_document_that_cannot_be_looked_up_does_not_stand_in_the_way_of_others(
    order: Order, clock: Clock, books: Books, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(order, clock, "SH-1001")
    queue(make_order_row(order.store, 2001, clock()), clock, "SH-2001")
    find = books.find

    def blind(entry: Entry) -> Receipt | None:
        if entry.number == "SH-1001":
            raise Unavailable("cannot look up this one")
        return find(entry)

    monkeypatch.setattr(books, "find", blind)
    for _ in range(3):
        send()
        clock.advance(minutes=2)

    states = dict(Document.objects.values_list("number", "state"))
    assert states == {"SH-1001": "queued", "SH-2001": "posted"}


def test_the_pauses_grow_while_reads_succeed_and_no_document_can_be_settled(
    order: Order, clock: Clock, books: Books, send: Send, caplog: pytest.LogCaptureFixture
) -> None:
    queue(order, clock)
    books.fail["find"] = [ZeroDivisionError(), ZeroDivisionError()]

    send()
    clock.advance(seconds=5)
    send()

    book = Book.objects.get()
    assert (book.trouble_count, book.trouble) == (2, sender.OUR_MISTAKE)
    assert book.ready_at == clock() + timedelta(seconds=60)


def test_books_with_nothing_left_to_send_come_out_of_trouble_by_a_read(
    order: Order, clock: Clock, books: Books, send: Send
) -> None:
    Book.objects.update(trouble_count=2, trouble="offline", trouble_since=clock())

    send()

    book = Book.objects.get()
    assert (book.trouble_count, book.trouble, book.ready_at) == (0, "", None)
    assert books.calls == ["ping"]


def test_what_the_books_accepted_but_never_show_is_not_sent_again(
    order: Order, clock: Clock, books: Books, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(order, clock)
    posts: list[str] = []
    monkeypatch.setattr(books, "post", lambda entry: posts.append(entry.number))

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
    books.held["SH-1001"] = Receipt(number="SH-1001", customer="300-C0001", total=Decimal("107.00"))
    clock.advance(seconds=30)
    send()

    assert only().state == "posted"


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


def test_a_refusal_in_words_that_no_table_can_hold_is_kept_without_them(
    order: Order, clock: Clock, books: Books, send: Send
) -> None:
    queue(order, clock)
    books.fail["post"] = [Rejected("No record\0 found \ud800")]

    send()

    assert (only().state, only().message) == ("rejected", "No record found ?")
