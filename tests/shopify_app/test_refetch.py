"""Orders that wait are read anew: in turns, once, and with nothing lost on the way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DataError, OperationalError
from pytest_django import Settings

from accounting import posting, reading_anew
from accounting.models import Document, Fact, Order
from shopify_app import refetch, turns
from shopify_app.admin_api import Refused, ShopUnavailable, TryLater
from shopify_app.models import Shop, ShopReading
from shopify_app.tokens import ReconnectNeeded
from tests.accounting.races import halted, on_own_connection
from tests.books import Clock, make_book
from tests.deliveries import make_shop
from tests.shopify_app.listing import FIRST, Listing, facts_read, filled, killed_at, waiting

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def fetch(settings: Settings) -> None:
    settings.SHOPIFY_FETCH = "on_trigger"


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
def shop(now: datetime) -> Shop:
    return make_shop("kedai-angsana.myshopify.com", now, make_book(now))


@pytest.fixture
def other(now: datetime) -> Shop:
    return make_shop("toko-senja.myshopify.com", now)


@pytest.fixture
def listing(now: datetime) -> Listing:
    return Listing(orders=filled(12, now - HOUR))


def run(listing: Listing, clock: Clock, **more: Any) -> int:
    return refetch.run(clock=clock, shopify=listing.shopify, **more)


def ids(count: int, first: int = 0) -> list[int]:
    return [FIRST + first + n for n in range(count)]


def test_an_order_is_read_once_and_planned_with_what_shopify_says(
    shop: Shop, listing: Listing, clock: Clock
) -> None:
    waiting(shop.store, ids(1), clock())

    read = [run(listing, clock), run(listing, clock)]

    order = Order.objects.get()
    assert read == [1, 0]
    assert listing.read == [(shop.pk, FIRST)]
    assert (order.refetch_ready_at, order.refetched_at, order.plan_at) == (None, clock(), clock())
    assert Fact.objects.filter(order=order, told_by="reading").exists()


def test_all_waiting_orders_are_read_over_several_turns(
    shop: Shop, listing: Listing, clock: Clock
) -> None:
    waiting(shop.store, ids(12), clock())

    assert run(listing, clock) == 12

    assert not Order.objects.exclude(refetch_ready_at=None).exists()
    assert ShopReading.objects.get().orders_at is None


def test_a_shop_with_a_few_orders_is_read_between_those_of_a_busy_one(
    shop: Shop, other: Shop, clock: Clock
) -> None:
    listing = Listing(orders=filled(60, clock() - HOUR))
    waiting(shop.store, ids(50), clock() - HOUR)
    waiting(other.store, ids(2, first=50), clock())
    ticking(listing, clock)

    run(listing, clock)

    places = [place for place, (read, _) in enumerate(listing.read) if read == other.pk]
    assert len(listing.read) == 52
    assert max(places) < 3 * refetch.QUANTUM


def ticking(listing: Listing, clock: Clock) -> None:
    """Every answer takes a second."""
    listing.meanwhile = lambda: clock.advance(seconds=1)


def test_what_a_person_waits_for_is_read_first(shop: Shop, listing: Listing, clock: Clock) -> None:
    waiting(shop.store, ids(8), clock() - HOUR)
    reading_anew.ask(store_id=shop.store_id, order_id=FIRST + 7, who="staff 7", now=clock())

    run(listing, clock)

    assert listing.read[0] == (shop.pk, FIRST + 7)


def test_a_pause_is_the_shops_and_the_order_goes_behind_the_others(
    shop: Shop, other: Shop, listing: Listing, clock: Clock
) -> None:
    waiting(shop.store, ids(2), clock() - timedelta(seconds=1))
    waiting(other.store, ids(1, first=2), clock())
    listing.troubles = [TryLater(30)]

    first = run(listing, clock)
    clock.advance(seconds=29)
    early = run(listing, clock)
    clock.advance(seconds=1)
    later = run(listing, clock)

    assert (first, early, later) == (1, 0, 2)
    assert listing.read == [(other.pk, FIRST + 2), (shop.pk, FIRST + 1), (shop.pk, FIRST)]
    assert ShopReading.objects.get(shop=shop).trouble == ""


def test_pauses_grow_to_a_quarter_of_an_hour_and_never_end_the_trying(
    shop: Shop, listing: Listing, clock: Clock
) -> None:
    waiting(shop.store, ids(1), clock())
    listing.troubles = [TryLater(1) for _ in range(14)]
    pauses = []

    while listing.troubles:
        run(listing, clock)
        reading = ShopReading.objects.get()
        assert reading.not_before
        pauses.append((reading.not_before - clock()).total_seconds())
        clock.now = Order.objects.get().refetch_ready_at or clock()
        clock.now = max(clock.now, reading.not_before)

    assert pauses == [min(2**n, 900) for n in range(14)]
    assert Order.objects.get().refetch_tries == 14
    assert run(listing, clock) == 1


def test_what_shopify_refuses_three_times_is_left_with_words(
    shop: Shop, listing: Listing, clock: Clock
) -> None:
    waiting(shop.store, ids(1), clock())
    listing.troubles = [Refused("FORBIDDEN") for _ in range(9)]

    for _ in range(9):
        run(listing, clock)
        clock.advance(hours=1)

    order = Order.objects.get()
    assert len(listing.troubles) == 6
    assert order.refetch_ready_at is None
    assert order.refetch_trouble == refetch.REFUSED % {"code": "FORBIDDEN"}
    assert order.plan_at is not None
    assert not Fact.objects.exists()


def test_without_a_token_nothing_is_burnt_and_it_goes_on_once_there_is_one(
    shop: Shop, listing: Listing, clock: Clock
) -> None:
    waiting(shop.store, ids(3), clock())
    listing.troubles = [ReconnectNeeded("open Lejar")]

    run(listing, clock)
    stuck = (run(listing, clock), ShopReading.objects.get().trouble)
    untouched = set(Order.objects.values_list("refetch_tries", "refetch_trouble"))
    turns.resume(shop_id=shop.pk, now=clock())

    assert stuck == (0, "reconnect")
    assert untouched == {(0, "")}
    assert run(listing, clock) == 3


def test_a_closed_shop_is_asked_once_a_day_and_goes_on_when_it_is_open(
    shop: Shop, listing: Listing, clock: Clock
) -> None:
    waiting(shop.store, ids(2), clock())
    listing.troubles = [ShopUnavailable("FROZEN"), ShopUnavailable("FROZEN")]

    run(listing, clock)
    clock.advance(hours=23)
    run(listing, clock)
    asked = 2 - len(listing.troubles)
    clock.advance(hours=1)
    run(listing, clock)
    clock.advance(hours=24)
    read = run(listing, clock)

    assert asked == 1
    assert (listing.unavailable, listing.available) == ([shop.pk, shop.pk], [shop.pk])
    assert read == 2
    assert ShopReading.objects.get().sweep_at == clock()


def test_what_shopify_does_not_show_is_said_and_planned_without(
    shop: Shop, listing: Listing, clock: Clock
) -> None:
    waiting(shop.store, ids(1), clock())
    listing.hidden = {FIRST}

    run(listing, clock)
    posting.plan(now=clock())
    run(listing, clock)

    order = Order.objects.get()
    assert listing.read == [(shop.pk, FIRST)]
    assert "60 days" in order.refetch_trouble
    assert "read_all_orders" in order.refetch_trouble
    assert order.planned_at == clock()


def test_an_order_that_is_held_though_it_was_read_is_read_once_more_when_quiet_and_no_more(
    shop: Shop, listing: Listing, clock: Clock
) -> None:
    waiting(shop.store, ids(1), clock())
    Order.objects.update(facts_at=clock())  # an event has just told of it

    for _ in range(30):
        run(listing, clock)
        posting.plan(now=clock())
        clock.advance(minutes=5)

    assert len(listing.read) == 2


def test_facts_that_arrive_while_it_is_read_leave_it_asked_for(
    shop: Shop, listing: Listing, clock: Clock
) -> None:
    waiting(shop.store, ids(1), clock())
    later = clock() + timedelta(seconds=1)
    listing.meanwhile = lambda: Order.objects.update(refetch_asked_at=later, refetch_ready_at=later)

    run(listing, clock)

    order = Order.objects.get()
    assert order.refetched_at == clock()
    assert order.refetch_ready_at == later


def test_an_order_of_another_shop_is_refused_with_words(
    shop: Shop, other: Shop, listing: Listing, clock: Clock
) -> None:
    facts = facts_read(FIRST, clock() - HOUR, clock())
    posting.record_facts(store_id=other.store_id, facts=facts, told_by="delivery 1", now=clock())
    waiting(shop.store, ids(1), clock())

    run(listing, clock)

    order = Order.objects.get(store=shop.store)
    assert "another shop" in order.refetch_trouble
    assert not Fact.objects.filter(order=order).exists()


def test_a_mistake_of_ours_leaves_the_shops_other_orders_alone(
    shop: Shop, listing: Listing, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    waiting(shop.store, ids(2), clock())
    del listing.orders[FIRST]  # a KeyError when it is read

    settled = run(listing, clock)
    for _ in range(3):
        clock.advance(hours=1)
        run(listing, clock)

    order = Order.objects.get(order_id=FIRST)
    assert settled == 2
    assert order.refetch_trouble == refetch.MISTAKE
    assert [read for read in listing.read if read[1] == FIRST + 1] == [(shop.pk, FIRST + 1)]
    assert "could not be read" in caplog.text


def test_a_shop_that_has_left_is_not_asked(shop: Shop, listing: Listing, clock: Clock) -> None:
    waiting(shop.store, ids(1), clock())
    turns.wake()
    Shop.objects.update(state="uninstalled")

    run(listing, clock)
    gone = (list(listing.read), ShopReading.objects.get().orders_at)
    Shop.objects.update(state="active")
    run(listing, clock)

    assert gone == ([], None)
    assert len(listing.read) == 1


def test_nothing_is_read_where_the_operator_wants_none(
    shop: Shop, listing: Listing, clock: Clock, settings: Settings
) -> None:
    settings.SHOPIFY_FETCH = "never"
    waiting(shop.store, ids(1), clock())

    assert run(listing, clock) == 0
    assert Order.objects.get().refetch_ready_at == clock()


def test_a_worker_that_is_told_to_stop_begins_no_further_order(
    shop: Shop, listing: Listing, clock: Clock
) -> None:
    waiting(shop.store, ids(5), clock())

    run(listing, clock, stopping=lambda: len(listing.read) >= 2)

    assert len(listing.read) == 2
    assert ShopReading.objects.get().leased_until is None


@pytest.mark.parametrize("nth", range(1, 30))
def test_killed_between_any_two_statements_it_reads_again_and_loses_nothing(
    shop: Shop, listing: Listing, clock: Clock, nth: int
) -> None:
    waiting(shop.store, ids(2), clock())

    with killed_at(nth):
        run(listing, clock)
    clock.advance(minutes=5)
    run(listing, clock)

    assert Order.objects.filter(refetch_ready_at=None, refetched_at__isnull=False).count() == 2
    assert Fact.objects.filter(kind="order").count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_reads_from_a_shop(shop: Shop, listing: Listing, clock: Clock) -> None:
    waiting(shop.store, ids(5), clock())
    first, second = Listing(orders=listing.orders), Listing(orders=listing.orders)

    with (
        ThreadPoolExecutor(2) as pool,
        halted(pool, lambda: run(first, clock), "SET leased_until"),
    ):
        beside = pool.submit(on_own_connection(lambda: run(second, clock))).result(20)

    assert (beside, second.read) == (0, [])
    assert len(first.read) == 5


@pytest.mark.django_db(transaction=True)
def test_a_worker_whose_turn_ran_out_reads_no_further_order(
    shop: Shop, listing: Listing, clock: Clock
) -> None:
    waiting(shop.store, ids(5), clock())
    successor = Listing(orders=listing.orders)

    def sleeps() -> None:
        listing.meanwhile = lambda: None
        clock.advance(minutes=10)
        run(successor, clock)

    listing.meanwhile = sleeps

    run(listing, clock)

    assert len(successor.read) == 5
    assert listing.read == []
    assert not Document.objects.exists()


def test_a_database_that_fails_is_not_the_orders_fault(
    shop: Shop, listing: Listing, clock: Clock
) -> None:
    waiting(shop.store, ids(1), clock())
    listing.troubles = [OperationalError("gone")]

    with pytest.raises(OperationalError):
        run(listing, clock)
    clock.advance(minutes=3)

    assert Order.objects.get().refetch_tries == 0
    assert run(listing, clock) == 1


@pytest.mark.parametrize(
    ("error", "tries", "judged"),
    [
        (TryLater(7.5), 0, ("busy", "", 7.5)),
        (TryLater(2), 4, ("busy", "", 16.0)),
        (TryLater(2), 5000, ("busy", "", 900.0)),
        (Refused("X"), 0, ("refused", "X", 60.0)),
        (Refused("X"), 9, ("refused", "X", 900.0)),
        (ShopUnavailable("LOCKED"), 3, ("unavailable", "LOCKED", 86_400.0)),
        (ReconnectNeeded(""), 3, ("reconnect", "", 900.0)),
    ],
)
def test_every_trouble_has_one_consequence(error: Exception, tries: int, judged: Any) -> None:
    assert turns.judged(error, tries) == judged


def test_an_order_that_no_table_can_keep_is_left_and_the_others_are_read(
    shop: Shop, listing: Listing, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting(shop.store, ids(3), clock())
    keep = reading_anew.keep

    def kept(order: Order, facts: Any, **more: Any) -> None:
        if order.order_id == FIRST:
            raise DataError("a text with a null character")
        keep(order, facts, **more)

    monkeypatch.setattr(reading_anew, "keep", kept)
    for _ in range(refetch.MOST_REFUSED):
        run(listing, clock)
        clock.advance(hours=1)

    left = Order.objects.get(order_id=FIRST)
    assert (left.refetch_ready_at, left.refetch_trouble) == (None, refetch.MISTAKE)
    assert {order_id for _, order_id in listing.read} == set(ids(3))
    assert not Order.objects.exclude(refetch_ready_at=None).exists()


@pytest.mark.parametrize("shown", [True, False])
def test_an_order_that_was_set_aside_while_it_was_read_is_not_planned(
    shop: Shop, listing: Listing, clock: Clock, shown: bool
) -> None:
    """Only a dry run knows it from then on, and nothing of it is posted."""
    waiting(shop.store, ids(1), clock())
    (order,) = reading_anew.due(store_id=shop.store_id, now=clock(), most=1)
    Order.objects.update(planned_at=None, plan_at=None, refetch_ready_at=None)

    if shown:
        reading_anew.keep(order, facts_read(order.order_id, clock(), clock()), began_at=clock())
    else:
        reading_anew.give_up(order, "gone", now=clock())

    order.refresh_from_db()
    assert (order.plan_at, order.refetch_trouble) == (None, "")
    assert Fact.objects.exists() == shown
