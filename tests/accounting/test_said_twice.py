"""The same thing said twice at once, at the door, in the inbox and in the facts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from pytest_django import Settings

from accounting import posting
from accounting.models import Fact, Order
from shopify_app import inbox, install
from shopify_app.models import Delivery
from tests.accounting.orders import tell_paid
from tests.accounting.races import PATIENCE, halted, on_own_connection, together, until_blocked
from tests.books import Clock, make_store
from tests.deliveries import SECRET, SHOP, deliver, make_delivery, make_shop
from tests.payloads import as_body, make_order

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("timing")]


def test_one_delivery_posted_by_many_at_once_is_stored_once(
    pool: ThreadPoolExecutor, settings: Settings
) -> None:
    settings.SHOPIFY_API_SECRETS = [SECRET]
    body = as_body(make_order())

    answers = together(pool, [lambda: deliver(body).status_code] * 8)

    assert answers == [200] * 8
    assert Delivery.objects.count() == 1


def test_the_same_facts_told_by_many_at_once_are_one_fact(
    pool: ThreadPoolExecutor, clock: Clock
) -> None:
    store = make_store(None)

    together(pool, [lambda: tell_paid(store, clock())] * 8)

    assert (Order.objects.count(), Fact.objects.count()) == (1, 1)


def test_of_two_shops_that_claim_one_order_at_once_one_is_refused(
    pool: ThreadPoolExecutor, clock: Clock
) -> None:
    mine, other = make_store(None, "mine.test"), make_store(None, "other.test", prefix="OT")

    with halted(pool, lambda: tell_paid(mine, clock()), 'INSERT INTO "accounting_order"'):
        theft = pool.submit(on_own_connection(lambda: tell_paid(other, clock())))
        until_blocked(theft)

    with pytest.raises(posting.Refused):
        theft.result(PATIENCE)
    assert Order.objects.get().store == mine
    assert Fact.objects.get().store == mine


def test_two_workers_with_the_same_orders_the_other_way_round_do_not_block_each_other(
    pool: ThreadPoolExecutor, clock: Clock
) -> None:
    make_shop(SHOP, clock())
    for number, order_id in enumerate([91, 92, 92, 91]):
        make_delivery(SHOP, str(number), clock(), id=order_id)

    def process() -> None:
        inbox.process(now=clock(), limit=2)

    with halted(pool, process, 'INSERT INTO "accounting_order"'):
        second = pool.submit(on_own_connection(process))
        until_blocked(second)
    second.result(PATIENCE)

    assert set(Delivery.objects.values_list("state", flat=True)) == {"done"}


def test_a_delivery_parked_while_its_shop_arrives_is_released(
    pool: ThreadPoolExecutor, clock: Clock
) -> None:
    make_delivery(SHOP, "1", clock())

    def process() -> None:
        inbox.process(now=clock(), limit=1)

    with halted(pool, process, 'UPDATE "shopify_app_delivery"'):
        arriving = pool.submit(on_own_connection(lambda: install.first_contact(SHOP, now=clock())))
        until_blocked(arriving)
    arriving.result(PATIENCE)

    assert Delivery.objects.get().state == "new"
