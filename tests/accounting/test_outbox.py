"""Who holds a book, with real threads and real connections."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor

import pytest
from pytest_django import Settings

from accounting import connections, outbox
from accounting.models import Book, Document, Order
from tests.accounting.queued import queue, states
from tests.accounting.races import PATIENCE, halted, on_own_connection, together, until_blocked
from tests.books import Clock, make_book

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("timing")]


def test_of_many_workers_one_holds_a_book(pool: ThreadPoolExecutor, order: Order) -> None:
    claims = together(pool, [lambda: outbox.claim(now=order.facts_at)] * 8)

    assert sum(claim is not None for claim in claims) == 1
    assert Book.objects.get().fence == 1


def test_workers_claim_different_books(pool: ThreadPoolExecutor, clock: Clock) -> None:
    books = {make_book(clock(), name=f"Book {number}").id for number in range(4)}

    claims = together(pool, [lambda: outbox.claim(now=clock())] * 8)

    held = [claim.book.id for claim in claims if claim is not None]
    assert sorted(held) == sorted(books)


def test_a_document_added_just_before_a_release_is_seen_by_it(
    pool: ThreadPoolExecutor, order: Order, clock: Clock
) -> None:
    held = outbox.claim(now=clock())
    assert held is not None

    with halted(pool, lambda: queue(order, clock, "SH-1"), 'UPDATE "accounting_book"'):
        release = pool.submit(on_own_connection(lambda: outbox.release(held, now=clock())))
        until_blocked(release)
    release.result(PATIENCE)

    assert Book.objects.get().ready_at == clock()


def test_a_document_added_during_a_release_wakes_the_book_after_it(
    pool: ThreadPoolExecutor, order: Order, clock: Clock
) -> None:
    held = outbox.claim(now=clock())
    assert held is not None

    with halted(pool, lambda: outbox.release(held, now=clock()), 'UPDATE "accounting_book"'):
        adding = pool.submit(on_own_connection(lambda: queue(order, clock, "SH-1")))
        until_blocked(adding)
    adding.result(PATIENCE)

    assert Book.objects.get().ready_at == clock()
    assert states() == {"SH-1": "queued"}


def test_what_is_left_sending_is_looked_at_even_if_its_book_was_released(
    order: Order, clock: Clock
) -> None:
    queue(order, clock, "SH-1")
    held = outbox.claim(now=clock())
    assert held is not None
    Document.objects.update(state="sending")

    outbox.release(held, now=clock())
    released = Book.objects.get().ready_at
    Book.objects.update(ready_at=None)
    woken = outbox.wake_forgotten(now=clock())

    assert (released, woken) == (clock(), 1)
    assert outbox.claim(now=clock()) is not None
    assert states() == {"SH-1": "unknown"}


def test_connecting_books_anew_leaves_their_holder_alone(
    pool: ThreadPoolExecutor, order: Order, clock: Clock, settings: Settings
) -> None:
    settings.LEJAR_SEAL_KEYS = [base64.b64encode(bytes(32)).decode()]

    def connect() -> None:
        connections.connect(
            store_id=order.store_id,
            system="autocount",
            way="acctbridge",
            home_currency="MYR",
            credentials={"key": "ab_live_fictional"},
            settings={},
            who="a",
            now=clock(),
        )

    with halted(pool, connect, 'FROM "accounting_book"'):
        held = outbox.claim(now=clock())

    book = Book.objects.get()
    assert held is not None
    assert (book.fence, book.leased_until) == (held.fence, held.leased_until)
    assert (book.state, book.system) == ("setup", "autocount")
