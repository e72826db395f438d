"""What a store may send: nothing of it is lost or planned otherwise while it may not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import transaction

from accounting import allowance, outbox
from accounting.models import Order, Store
from tests.accounting.conftest import Send
from tests.accounting.queued import queue, states
from tests.accounting.races import together
from tests.books import Books, Clock, make_order_row

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("timing")]


def allow(store: Store, clock: Clock, **given: object) -> bool:
    return allowance.allow(store.id, **({"since": clock.now} | given))  # type: ignore[arg-type]  # given by name


def begun() -> int:
    return Store.objects.values_list("orders_begun", flat=True).get()


def orders(store: Store, clock: Clock, *ids: int) -> list[Order]:
    """Orders with an invoice each, queued in turn."""
    rows = [make_order_row(store, order_id, clock()) for order_id in ids]
    for row in rows:
        queue(row, clock, f"SH-{row.order_id}")
    return rows


def test_a_paused_store_keeps_its_documents_and_sends_them_once_it_may(
    store: Store, order: Order, clock: Clock, send: Send, books: Books
) -> None:
    allow(store, clock, paused_reason="plan")
    queue(order, clock)

    send()
    outbox.wake_forgotten(now=clock())
    send()

    assert (states(), books.calls) == ({"SH-1001": "queued"}, [])

    allow(store, clock)
    outbox.wake_forgotten(now=clock())
    send()

    assert states() == {"SH-1001": "posted"}


def test_another_store_of_the_same_books_is_not_kept_waiting(
    store: Store, order: Order, clock: Clock, send: Send
) -> None:
    neighbour = Store.objects.create(name="toko.myshopify.com", book=store.book, prefix="TK")
    allow(store, clock, paused_reason="plan")
    queue(order, clock)

    orders(neighbour, clock, 2002)
    send()

    assert states() == {"SH-1001": "queued", "SH-2002": "posted"}


def test_orders_beyond_the_limit_wait_whole_and_are_no_error(store: Store, clock: Clock) -> None:
    allow(store, clock, limit=2)

    first, second, third = orders(store, clock, 1, 2, 3)
    queue(third, clock, "SH-4")

    assert states() == {"SH-1": "queued", "SH-2": "queued", "SH-3": "waiting", "SH-4": "waiting"}
    assert list(allowance.waiting(store.id)) == [third]
    assert begun() == 2
    assert {first.state, second.state, third.state} == {"waiting"}


def test_what_follows_of_an_order_once_begun_goes_out_beyond_the_limit(
    store: Store, clock: Clock, send: Send
) -> None:
    allow(store, clock, limit=1)
    first, _ = orders(store, clock, 1, 2)
    queue(first, clock, "SH-9")

    send()
    queue(first, clock, "SH-10")
    send()

    assert states() == {"SH-1": "posted", "SH-9": "posted", "SH-10": "posted", "SH-2": "waiting"}
    assert begun() == 1


def test_an_order_begun_before_there_was_a_limit_is_not_counted(
    store: Store, clock: Clock, send: Send
) -> None:
    (first,) = orders(store, clock, 1)
    send()

    allow(store, clock, limit=0)
    queue(first, clock, "SH-2")

    assert states() == {"SH-1": "posted", "SH-2": "queued"}
    assert begun() == 0


def test_a_person_who_leaves_out_the_first_document_does_not_begin_the_order(
    store: Store, clock: Clock
) -> None:
    allow(store, clock, limit=0)
    (first,) = orders(store, clock, 1)
    queue(first, clock, "SH-2")

    outbox.skip(first.document_set.filter(number="SH-1"), reason="no", now=clock())

    assert states() == {"SH-1": "skipped", "SH-2": "waiting"}


def test_with_more_room_the_longest_waiting_begin_first(store: Store, clock: Clock) -> None:
    allow(store, clock, limit=0)
    for order_id in (3, 1, 2):
        orders(store, clock, order_id)
        clock.advance(seconds=1)

    allow(store, clock, limit=2)
    done = outbox.begin_waiting(store.id, now=clock())

    assert done == 2
    assert states() == {"SH-3": "queued", "SH-1": "queued", "SH-2": "waiting"}


def test_another_period_counts_from_nothing_and_the_same_goes_on(
    store: Store, clock: Clock
) -> None:
    allow(store, clock, limit=1)
    orders(store, clock, 1, 2)

    same = allow(store, clock, limit=1)
    outbox.begin_waiting(store.id, now=clock())
    waited = states()["SH-2"]
    other = allow(store, clock, limit=1, since=clock() + timedelta(days=30))
    outbox.begin_waiting(store.id, now=clock())

    assert (same, other) == (False, True)
    assert (waited, states()["SH-2"]) == ("waiting", "queued")
    assert begun() == 1


def test_without_a_limit_all_that_waited_begin(store: Store, clock: Clock) -> None:
    allow(store, clock, limit=0)
    orders(store, clock, 1, 2)

    allow(store, clock, since=None)
    outbox.begin_waiting(store.id, now=clock())

    assert set(states().values()) == {"queued"}
    assert not allowance.waiting(store.id).exists()


@pytest.mark.django_db(transaction=True)
def test_workers_who_plan_at_once_never_begin_more_than_there_is_room_for(
    pool: ThreadPoolExecutor, store: Store, clock: Clock
) -> None:
    allow(store, clock, limit=3)
    rows = [make_order_row(store, order_id, clock()) for order_id in range(1, 9)]

    def plan(row: Order) -> None:
        with transaction.atomic():
            queue(row, clock, f"SH-{row.order_id}")

    together(pool, [lambda row=row: plan(row) for row in rows])  # type: ignore[misc]  # bound early

    assert sorted(states().values()) == ["queued"] * 3 + ["waiting"] * 5
    assert begun() == 3
