"""The check of a connection: under the book's lease, and kept only for the connection it was of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from pytest_django import Settings

from accounting import connection_check, connections, outbox
from accounting.connectors.base import Finding, Health
from accounting.models import Book, Document, Order, Store
from tests.accounting.queued import queue
from tests.books import Books, Clock, make_book, make_store

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("timing")]

FOUND = Finding(subject="Key", status="ok", message="The key works.")


@dataclass
class Checked(Books):
    """Books whose check finds what it is told to, and does something meanwhile."""

    health: Health = field(default_factory=lambda: Health(findings=(FOUND,)))
    meanwhile: Callable[[], object] = lambda: None

    def check(self) -> Health:
        self.meanwhile()
        return self.health


@pytest.fixture
def books(monkeypatch: pytest.MonkeyPatch) -> Checked:
    asked = Checked()
    monkeypatch.setattr(connections, "connector_for", lambda book: asked)
    return asked


def check(store: Store, clock: Clock) -> Health:
    return connection_check.check(
        store_id=store.pk, clock=clock, wait=lambda seconds: clock.advance(seconds=seconds)
    )


def test_it_keeps_what_it_found_with_the_book(store: Store, books: Checked, clock: Clock) -> None:
    books.health = Health(
        findings=(FOUND,), fingerprint="Kedai Sdn Bhd", settings={"region": "west"}
    )
    Book.objects.update(settings={"region": "east", "host": "books.test"})

    check(store, clock)

    book = Book.objects.get()
    assert [finding["subject"] for finding in book.findings] == ["Key"]
    assert (book.found, book.fingerprint, book.checked_at) == ("Kedai Sdn Bhd", "", clock())
    assert book.settings == {"region": "west", "host": "books.test"}
    assert book.leased_until is None


def test_it_keeps_the_words_of_the_books_without_what_no_table_can_hold(
    store: Store, books: Checked, clock: Clock
) -> None:
    finding = Finding(subject="Company", status="ok", message="Kedai\0 \ud800")
    books.health = Health(findings=(finding,), fingerprint="Kedai\0 2020")

    check(store, clock)

    book = Book.objects.get()
    assert (book.found, book.findings[0]["message"]) == ("Kedai 2020", "Kedai ?")


def test_books_that_do_not_answer_are_still_those_that_were_found(
    store: Store, books: Checked, clock: Clock
) -> None:
    Book.objects.update(found="Kedai Sdn Bhd")

    check(store, clock)

    assert Book.objects.get().found == "Kedai Sdn Bhd"


def test_it_asks_under_the_lease_so_that_no_document_is_sent_meanwhile(
    store: Store, books: Checked, clock: Clock
) -> None:
    claims: list[object] = []
    books.meanwhile = lambda: claims.append(outbox.claim(now=clock()))

    check(store, clock)

    assert claims == [None]


def test_a_lease_outlasts_the_deadline_of_the_check(
    store: Store, books: Checked, clock: Clock
) -> None:
    books.call_seconds = 300
    left: list[float] = []

    def look() -> None:
        until = Book.objects.get().leased_until
        assert until is not None
        left.append((until - clock()).total_seconds())

    books.meanwhile = look
    check(store, clock)

    assert left[0] >= 300


def test_a_book_that_is_not_given_up_is_busy(
    store: Store, books: Checked, clock: Clock, settings: Settings
) -> None:
    settings.LEJAR_BOOK_WAIT_SECONDS = 2
    outbox.claim(now=clock())

    with pytest.raises(outbox.Busy):
        check(store, clock)

    assert Book.objects.get().findings == []


@pytest.mark.parametrize(
    "changes",
    [{"sealed_credentials": b"other"}, {"settings": {"host": "other.test"}}, {"fence": 99}],
    ids=["key", "address", "holder"],
)
def test_what_was_found_of_another_connection_is_not_kept(
    store: Store, books: Checked, clock: Clock, changes: dict[str, object]
) -> None:
    books.meanwhile = lambda: Book.objects.update(**changes)

    with pytest.raises(outbox.Busy):
        check(store, clock)

    assert Book.objects.get().findings == []


def test_another_company_than_was_confirmed_is_a_finding(
    store: Store, books: Checked, clock: Clock
) -> None:
    Book.objects.update(fingerprint="Kedai Sdn Bhd")
    books.health = Health(findings=(FOUND,), fingerprint="Warung Sdn Bhd")

    check(store, clock)

    company = Book.objects.get().findings[1]
    assert (company["subject"], company["status"]) == ("Company", "failed")
    assert "Warung Sdn Bhd; you confirmed Kedai Sdn Bhd" in company["message"]


def test_what_a_store_left_behind_in_these_books_is_not_told(
    order: Order, books: Checked, clock: Clock
) -> None:
    queue(order, clock)
    Document.objects.update(state="rejected")
    before = order.store
    Store.objects.filter(pk=before.pk).update(book=make_book(clock(), name="Warung"))
    other = make_store(before.book, name="warung.myshopify.com")

    health = check(other, clock)

    kept = Book.objects.get(store=other).findings
    assert [finding["subject"] for finding in kept] == ["Key"]
    assert health.ok


def test_without_books_there_is_nothing_to_check(clock: Clock) -> None:
    with pytest.raises(connections.NotConnected):
        check(make_store(None), clock)


@pytest.mark.parametrize("status", ["ok", "failed"])
def test_it_keeps_when_the_books_answered(
    status: str, store: Store, books: Checked, clock: Clock
) -> None:
    books.health = Health(findings=(Finding(subject="Key", status=status, message="So it is."),))

    check(store, clock)

    assert Book.objects.get().answered_at == (clock() if status == "ok" else None)
