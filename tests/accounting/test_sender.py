"""What happens to one document that the books accept, hold already, hold differently or refuse."""

from __future__ import annotations

from decimal import Decimal

import pytest

from accounting import codec
from accounting.connectors.base import Receipt, Rejected, Unavailable
from accounting.models import Attempt, Book, Document, Order
from tests.accounting.conftest import Send
from tests.accounting.queued import only, queue, states
from tests.books import Books, Clock, make_order_row, make_receipt

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("timing")]


def test_a_first_write_needs_no_look_up_and_is_read_back(
    order: Order, clock: Clock, books: Books, send: Send
) -> None:
    queue(order, clock)

    settled = send()

    assert settled == 1
    assert books.calls == ["identity", "post SH-1001", "find SH-1001"]
    assert only().state == "posted"
    assert only().receipt == codec.dump(books.held["SH-1001"])
    assert Attempt.objects.get().outcome == "accepted"


def test_sending_and_its_attempt_are_written_before_the_call(
    order: Order, clock: Clock, books: Books, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(order, clock)
    seen: list[tuple[str, str]] = []

    def post(entry: object, settles: object) -> None:
        seen.append((only().state, Attempt.objects.get().outcome))

    monkeypatch.setattr(books, "post", post)
    send()

    assert seen == [("sending", "")]


def test_an_equal_document_already_in_the_books_is_adopted_without_a_write(
    order: Order, clock: Clock, books: Books, send: Send
) -> None:
    books.held["SH-1001"] = make_receipt(customer=" 300-c0001")
    books.looks_first = True
    queue(order, clock)

    send()

    assert only().state == "posted"
    assert books.calls == ["identity", "find SH-1001"]


def test_books_that_refuse_the_number_of_an_equal_document_have_it_adopted(
    order: Order, clock: Clock, books: Books, send: Send
) -> None:
    books.held["SH-1001"] = make_receipt()
    queue(order, clock)

    send()

    assert only().state == "posted"
    assert books.calls == ["identity", "post SH-1001", "find SH-1001"]
    assert Attempt.objects.get().outcome == "duplicate"


@pytest.mark.parametrize(
    ("receipt", "words"),
    [
        (
            make_receipt(total=Decimal("107.01")),
            "total is 107.01 in the books, 107.00 here",
        ),
        (
            make_receipt(customer="300-X"),
            "customer is 300-X in the books, 300-C0001 here",
        ),
        (
            make_receipt(cancelled=True),
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
    assert books.held == {"SH-1001": receipt}


def test_a_refusal_stops_only_its_own_order(
    order: Order, clock: Clock, books: Books, send: Send
) -> None:
    other = make_order_row(order.store, 2001, clock())
    queue(order, clock, "SH-1001", "SH-1002")
    queue(other, clock, "SH-2001")
    books.fail["post"] = [Rejected("No record found: 500-000")]

    send()

    assert states() == {"SH-1001": "rejected", "SH-1002": "waiting", "SH-2001": "posted"}
    assert Document.objects.get(number="SH-1001").message == "No record found: 500-000"


def test_documents_of_one_order_go_in_order(
    order: Order, clock: Clock, books: Books, send: Send
) -> None:
    queue(order, clock, "SH-1001", "SH-1002", "SH-1003")

    send()

    posts = [call for call in books.calls if call.startswith("post")]
    assert posts == ["post SH-1001", "post SH-1002", "post SH-1003"]


def test_a_store_that_left_sends_nothing(
    order: Order, clock: Clock, books: Books, send: Send
) -> None:
    queue(order, clock)
    order.store.sending = False
    order.store.save()

    send()

    assert books.calls == []
    assert Book.objects.get().ready_at is None


def test_a_refusal_in_words_that_no_table_can_hold_is_kept_without_them(
    order: Order, clock: Clock, books: Books, send: Send
) -> None:
    queue(order, clock)
    books.fail["post"] = [Rejected("No record\0 found \ud800")]

    send()

    assert (only().state, only().message) == ("rejected", "No record found ?")


@pytest.mark.parametrize(
    ("looks_first", "calls"),
    [(True, ["find SH-1001"]), (False, ["post SH-1001", "find SH-1001"])],
    ids=["before it is written", "when it is read back"],
)
def test_books_that_contradict_a_document_need_a_person(
    order: Order, clock: Clock, books: Books, send: Send, looks_first: bool, calls: list[str]
) -> None:
    queue(order, clock)
    books.looks_first = looks_first
    books.fail["find"] = [Rejected("the books hold 2 documents numbered SH-1001")]

    send()

    assert only().state == "conflict"
    assert only().message == "the books hold 2 documents numbered SH-1001"
    assert books.calls == ["identity", *calls]
    assert Book.objects.get().trouble == ""


def test_when_the_books_answered_last_is_kept(
    order: Order, clock: Clock, books: Books, send: Send
) -> None:
    queue(order, clock)
    books.fail["identity"] = [Unavailable("The gateway did not answer.")]

    send()
    silent = Book.objects.get().answered_at
    clock.advance(minutes=5)
    send()

    assert silent is None
    assert Book.objects.get().answered_at == clock()
