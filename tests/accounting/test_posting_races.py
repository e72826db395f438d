"""Many planners and people at once: each order is planned once, under a number of its own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from accounting import posting
from accounting.models import Document, Order, Store
from tests.accounting.orders import tell_paid
from tests.accounting.races import PATIENCE, halted, on_own_connection, together, until_blocked
from tests.books import Clock, make_book, make_store

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("timing")]


def test_many_planners_plan_each_order_once(
    pool: ThreadPoolExecutor, store: Store, clock: Clock, planned: list[int]
) -> None:
    for number in range(6):
        tell_paid(store, clock(), id=7000 + number, name=f"#{7000 + number}")

    together(pool, [lambda: posting.plan(now=clock())] * 4)

    assert sorted(planned) == list(range(7000, 7006))
    assert Document.objects.count() == 12


def test_two_orders_of_one_name_planned_at_once_get_two_numbers(
    pool: ThreadPoolExecutor, store: Store, clock: Clock, planned: list[int]
) -> None:
    tell_paid(store, clock(), id=71, name="#1001")
    tell_paid(store, clock(), id=72, name="#1001")

    with halted(pool, lambda: posting.plan(now=clock()), 'INSERT INTO "accounting_document"'):
        second = pool.submit(on_own_connection(lambda: posting.plan(now=clock())))
        until_blocked(second)
    second.result(PATIENCE)

    assert sorted(Order.objects.values_list("state", flat=True)) == ["planned", "planned"]
    assert len(set(Order.objects.values_list("stem", flat=True))) == 2
    assert sorted(planned) == [71, 72]


def test_facts_that_arrive_during_planning_plan_the_order_again(
    pool: ThreadPoolExecutor, store: Store, clock: Clock, planned: list[int]
) -> None:
    tell_paid(store, clock())

    with halted(pool, lambda: posting.plan(now=clock()), 'INSERT INTO "accounting_document"'):
        telling = pool.submit(
            on_own_connection(lambda: tell_paid(store, clock(), updated_at="2026-11-21T00:00:00Z"))
        )
        until_blocked(telling)
    telling.result(PATIENCE)

    due_again = Order.objects.get().plan_at == clock()
    assert due_again or len(planned) == 2  # the same planner may already have done it


def test_planners_and_people_never_lock_two_books_together(
    pool: ThreadPoolExecutor,
    clock: Clock,
    planned: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(posting, "PLAN_BATCH", 2)
    stores = [make_store(make_book(clock(), name=name), f"{name}.test") for name in "ab"]
    for number, store in enumerate([stores[0], stores[1], stores[1], stores[0]]):
        tell_paid(
            store, clock() + timedelta(seconds=number), id=80 + number, name=f"#{80 + number}"
        )
    later = clock() + timedelta(minutes=1)

    with halted(pool, lambda: posting.plan(now=later), 'UPDATE "accounting_book"'):
        second = pool.submit(on_own_connection(lambda: posting.plan(now=later)))
        until_blocked(second)
    second.result(PATIENCE)

    assert Document.objects.count() == 8
