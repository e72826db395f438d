"""Very many orders planned again at once stand in line; what is due goes before them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from accounting import mapping, posting
from accounting.models import Order, Store
from tests.accounting.conftest import Plans
from tests.accounting.mapped import hold
from tests.books import make_order_row

pytestmark = pytest.mark.django_db

A_SECOND = timedelta(seconds=1)


def in_turn(now: datetime) -> Iterator[int]:
    """Shopify's ids of the orders as they are planned, one by one."""
    while waiting := set(Order.objects.filter(plan_at__isnull=False).values_list("id", flat=True)):
        assert posting._plan_next(now)
        left = Order.objects.filter(id__in=waiting, planned_at=now).order_by("-planned_at")
        (planned,) = left.values_list("order_id", flat=True)
        Order.objects.filter(order_id=planned).update(planned_at=None, plan_at=None)
        yield planned


@pytest.fixture(autouse=True)
def unconnected(store: Store, other: Store) -> None:
    """Without books a plan is a hold, for which an order needs no facts."""
    Store.objects.update(book=None)


def test_a_fresh_order_goes_before_all_but_one_a_second_of_those_in_line(
    store: Store, other: Store, now: datetime
) -> None:
    for number in range(30):
        hold(store, now, order_id=100 + number)
    mapping.plan_held(store.id, now)
    make_order_row(other, 7, now + 2 * A_SECOND)
    Order.objects.filter(order_id=7).update(plan_at=now + 2 * A_SECOND)

    planned = list(in_turn(now + 2 * A_SECOND))

    assert planned[:4] == [100, 101, 102, 7]
    assert planned[4:] == list(range(103, 130))


def test_stores_in_line_take_turns_and_one_alone_waits_for_nothing(
    store: Store, other: Store, now: datetime
) -> None:
    for number in range(5):
        hold(store, now, order_id=100 + number)
        hold(other, now, order_id=200 + number)
    mapping.plan_held(store.id, now)
    mapping.plan_held(other.id, now)

    planned = list(in_turn(now))

    assert planned == [100, 200, 101, 201, 102, 202, 103, 203, 104, 204]


def test_who_was_planned_longest_ago_is_first_in_line_and_nobody_loses_an_earlier_time(
    store: Store, now: datetime
) -> None:
    for number, minutes in enumerate((1, 3, 2)):
        hold(store, now, order_id=number)
        Order.objects.filter(order_id=number).update(planned_at=now - minutes * 60 * A_SECOND)
    hold(store, now, order_id=9)
    Order.objects.filter(order_id=9).update(planned_at=now, plan_at=now - A_SECOND)

    mapping.plan_held(store.id, now)
    mapping.plan_held(store.id, now + 60 * A_SECOND)  # no step back for a second change

    by_time = Order.objects.order_by("plan_at").values_list("order_id", "plan_at")
    assert list(by_time) == [
        (9, now - A_SECOND),
        (1, now),
        (2, now + A_SECOND),
        (0, now + 2 * A_SECOND),
    ]


def test_an_order_that_had_its_turn_waits_for_its_time_again(
    store: Store, now: datetime, plans: Plans
) -> None:
    hold(store, now, order_id=1)
    hold(store, now, order_id=2)
    mapping.plan_held(store.id, now)
    assert posting.plan(now=now) == 2

    Order.objects.update(plan_at=now + 60 * A_SECOND)  # something passes by then

    assert posting.plan(now=now) == 0
    assert not Order.objects.filter(plan_early=True).exists()
