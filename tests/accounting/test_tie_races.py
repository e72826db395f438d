"""Counting beside planning: neither waits for the other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import transaction

from accounting import posting, tie_due, tie_figures
from accounting.models import Order, Store, TieDue, TieFigure
from tests.accounting.orders import tell_paid
from tests.accounting.races import PATIENCE, halted, on_own_connection, until_blocked
from tests.books import Clock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("timing")]


@transaction.atomic
def plan_again() -> None:
    """What a planner does to an order, as far as locks go."""
    order = Order.objects.select_for_update(of=("self",)).get()
    tie_due.mark([order.id])


def test_an_order_that_is_being_planned_is_counted_after_its_plan(
    pool: ThreadPoolExecutor, store: Store, clock: Clock, planned: list[int]
) -> None:
    tell_paid(store, clock())
    posting.plan(now=clock())

    with halted(pool, plan_again, "FOR UPDATE"):
        counting = pool.submit(on_own_connection(tie_figures.count))
        until_blocked(counting)
        waited = not counting.done()
    before = (counting.result(PATIENCE), TieFigure.objects.count(), TieDue.objects.count())
    counted = tie_figures.count()

    assert not waited
    assert before == (0, 0, 1)
    assert counted == 1
    assert TieFigure.objects.exists()
