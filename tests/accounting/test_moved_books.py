"""Books that are paused, or connected anew, while a worker is about to write to them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

import pytest

from accounting import connections, sealing, sender
from accounting.models import Attempt, Book, Order
from tests.accounting.conftest import Send
from tests.accounting.queued import only, queue
from tests.books import Books, Clock

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("timing", "product_keys")]


@pytest.fixture
def product_keys(settings) -> None:  # type: ignore[no-untyped-def]
    settings.LEJAR_SEAL_KEYS = ["c2ltdWxhdGVkLXNlYWwta2V5LW9mLTMyLWJ5dGVzISE="]


def seal() -> None:
    for book in Book.objects.all():
        book.sealed_credentials = sealing.seal('{"key": "lb_live_1"}', row=f"book {book.pk}")
        book.save(update_fields=["sealed_credentials"])


def key_of(book: Book) -> str:
    kept = sealing.unseal(bytes(book.sealed_credentials), row=f"book {book.pk}")
    key: str = json.loads(kept)["key"]
    return key


def connect_anew(store_id: int, now: datetime) -> None:
    """To other books of the same system, and on at once."""
    book = connections.book_of(store_id)
    connections.connect(
        store_id=store_id,
        system=book.system,
        way=book.way,
        home_currency=book.home_currency,
        credentials={"key": "lb_live_another"},
        settings={},
        who="staff 17",
        now=now,
    )
    connections.resume(store_id=store_id, who="staff 17", now=now)


def pause(store_id: int, now: datetime) -> None:
    connections.pause(store_id=store_id, who="staff 17", now=now)


def meanwhile(books: Books, decide: Callable[[], None]) -> None:
    """Once the worker has seen whose books these are, and before it writes."""
    asked = books.identity

    def identity() -> str:
        books.identity = asked  # type: ignore[method-assign]  # once
        found = asked()
        decide()
        return found

    books.identity = identity  # type: ignore[method-assign]


def test_nothing_more_is_begun_in_books_that_were_paused(
    order: Order, clock: Clock, books: Books, send: Send
) -> None:
    queue(order, clock)
    seal()
    meanwhile(books, lambda: pause(order.store_id, clock()))

    send()

    assert books.calls == ["identity"]
    assert only().state == "queued"
    assert not Attempt.objects.exists()


def test_what_waited_goes_only_to_the_books_that_are_connected_now(
    order: Order, clock: Clock
) -> None:
    queue(order, clock)
    seal()
    left, new = Books(), Books()
    by_key = {"lb_live_1": left, "lb_live_another": new}
    meanwhile(left, lambda: connect_anew(order.store_id, clock()))

    sender.send_due(lambda book: by_key[key_of(book)], clock=clock, chance=lambda: 0.5)

    assert left.calls == ["identity"]
    assert left.held == {}
    assert list(new.held) == [only().number]
    assert only().state == "posted"
