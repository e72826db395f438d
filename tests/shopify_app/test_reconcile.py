"""A sweep finds every order whose deliveries never came, reads nothing else, and goes on from
wherever it was stopped."""

from __future__ import annotations

import gc
import tracemalloc
from bisect import bisect_left
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DataError, connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from accounting import reading_anew
from accounting.models import Audit, Order, Store
from shopify_app import install, reconcile, turns
from shopify_app.admin_api import Answer, Refused, ShopUnavailable, TryLater
from shopify_app.management.commands import reconcile as command
from shopify_app.models import Reconciliation, Shop, ShopReading
from shopify_app.tokens import ReconnectNeeded
from tests.accounting.races import halted, on_own_connection
from tests.books import Clock
from tests.deliveries import make_delivery, make_shop
from tests.shopify_app.listing import FIRST, Listing, filled, keep_known, killed_at

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def how(settings: Settings) -> None:
    settings.SHOPIFY_FETCH = "on_trigger"
    settings.SHOPIFY_SWEEP_OVERLAP_HOURS = 48
    settings.SHOPIFY_SWEEP_GRACE_SECONDS = 600


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
def shop(now: datetime) -> Shop:
    return make_shop("kedai-angsana.myshopify.com", now)


@pytest.fixture
def other(now: datetime) -> Shop:
    return make_shop("toko-senja.myshopify.com", now)


def sweep(listing: Listing, clock: Clock, shop: Shop, **more: Any) -> Reconciliation:
    """A whole sweep that is due now; the newest there is then."""
    turns.sweep_now(shop_id=shop.pk, now=clock())
    reconcile.run(clock=clock, shopify=listing.shopify, **more)
    return Reconciliation.objects.filter(shop=shop).latest("id")


def wanted() -> set[int]:
    """The orders that are to be read."""
    rows = Order.objects.exclude(refetch_ready_at=None)
    return {order_id - FIRST for order_id in rows.values_list("order_id", flat=True)}


def known_but(shop: Shop, listing: Listing, lacking: set[int], now: datetime) -> None:
    """The shop's store knows all of the orders but these."""
    keep_known(
        shop.store, {k: v for k, v in listing.orders.items() if k - FIRST not in lacking}, now
    )


def figures(swept: Reconciliation) -> tuple[str, int, int, int]:
    return (swept.state, swept.listed, swept.missing, swept.stale)


# --- what it finds


def test_a_version_that_is_known_or_about_to_be_read_is_not_asked_for_again(
    shop: Shop, clock: Clock
) -> None:
    listing = Listing(orders=filled(5, clock() - HOUR))
    known_but(shop, listing, {3}, clock())

    first = sweep(listing, clock, shop)
    asked = Order.objects.get(order_id=FIRST + 3).refetch_asked_at
    clock.advance(hours=1)
    second = sweep(listing, clock, shop)

    assert (first.missing, second.missing, second.stale) == (1, 0, 0)
    assert Order.objects.get(order_id=FIRST + 3).refetch_asked_at == asked


def test_what_could_not_be_read_is_asked_for_again_only_once_it_has_changed(
    shop: Shop, clock: Clock
) -> None:
    listing = Listing(orders=filled(1, clock() - HOUR))
    sweep(listing, clock, shop)
    Order.objects.update(refetch_ready_at=None, refetch_trouble="Shopify does not show it.")

    clock.advance(hours=1)
    unchanged = sweep(listing, clock, shop)
    listing.orders[FIRST] = clock() - timedelta(minutes=30)
    changed = sweep(listing, clock, shop)

    assert (unchanged.missing, changed.missing) == (0, 1)
    assert wanted() == {0}


def test_an_order_of_which_only_money_is_known_is_missing(shop: Shop, clock: Clock) -> None:
    listing = Listing(orders=filled(1, clock() - HOUR))
    Order.objects.create(store=shop.store, order_id=FIRST, facts_at=clock())

    assert figures(sweep(listing, clock, shop)) == ("finished", 1, 1, 0)
    assert wanted() == {0}


def test_what_changed_within_the_grace_is_left_to_the_next_sweep(shop: Shop, clock: Clock) -> None:
    young = clock() - timedelta(minutes=9)
    listing = Listing(orders={FIRST: clock() - timedelta(minutes=11), FIRST + 1: young})

    first = sweep(listing, clock, shop)
    early = wanted()
    clock.advance(hours=1)
    sweep(listing, clock, shop)

    assert (figures(first), early) == (("finished", 1, 1, 0), {0})
    assert wanted() == {0, 1}


def test_orders_from_before_the_cut_over_are_left_alone_unless_refunded(
    shop: Shop, clock: Clock
) -> None:
    Store.objects.update(cut_over_date="2026-11-20", time_zone="Asia/Kuala_Lumpur")
    listing = Listing(orders=filled(4, clock() - HOUR))
    eve = datetime.fromisoformat("2026-11-19T15:59:59+00:00")
    ordered = {0: eve, 1: eve, 2: eve + timedelta(seconds=1), 3: eve}
    listing.created_at = {FIRST + n: at for n, at in ordered.items()}
    listing.status = {FIRST + 1: "PARTIALLY_REFUNDED"}
    Order.objects.create(store=shop.store, order_id=FIRST + 3, facts_at=clock(), state="excluded")

    assert figures(sweep(listing, clock, shop)) == ("finished", 4, 2, 0)
    assert wanted() == {1, 2}


def test_an_order_that_another_shop_told_of_is_not_taken(
    shop: Shop, other: Shop, clock: Clock
) -> None:
    listing = Listing(orders=filled(1, clock() - HOUR))
    Order.objects.create(store=other.store, order_id=FIRST, facts_at=clock())

    assert figures(sweep(listing, clock, shop)) == ("finished", 1, 0, 0)
    assert not Order.objects.filter(store=shop.store).exists()


# --- from when


def test_it_goes_back_48_hours_behind_the_last_finished_sweep(shop: Shop, clock: Clock) -> None:
    listing = Listing()

    first = sweep(listing, clock, shop)
    clock.advance(days=9)
    second = sweep(listing, clock, shop)

    assert first.since == shop.installed_at - 2 * DAY
    assert second.since == first.started_at - 2 * DAY


def test_of_a_shop_that_left_before_it_was_ever_swept_nothing_is_left_out(
    shop: Shop, clock: Clock, now: datetime
) -> None:
    install.uninstall(shop.domain, at=now + timedelta(minutes=5))
    install.first_contact(shop.domain, now=now + 9 * DAY)
    install.uninstall(shop.domain, at=now + 10 * DAY)
    install.first_contact(shop.domain, now=now + 11 * DAY)
    clock.advance(days=12)

    assert sweep(Listing(), clock, shop).since == shop.installed_at - 2 * DAY


def test_after_an_outage_of_ours_every_shop_is_due_at_once(
    shop: Shop, other: Shop, clock: Clock
) -> None:
    reconcile.enrol(now=clock())
    clock.advance(hours=1)
    reconcile.run(clock=clock, shopify=Listing().shopify)
    clock.advance(days=3)
    lost = Listing(orders=filled(20, clock() - DAY))

    reconcile.run(clock=clock, shopify=lost.shopify)

    assert Reconciliation.objects.filter(missing__gt=0).count() == 1  # the other's ids are taken
    assert len(wanted()) == 20


def test_shops_are_spread_over_the_hour_and_keep_their_place_in_it(clock: Clock) -> None:
    places = [reconcile.next_hour(shop_id, clock()) for shop_id in range(1, 3601)]
    again = [reconcile.next_hour(shop_id, places[shop_id - 1]) for shop_id in range(1, 3601)]

    assert all(clock() < place <= clock() + HOUR for place in places)
    assert all(later - place == HOUR for place, later in zip(places, again, strict=True))
    minutes = [place.minute for place in places]
    assert all(45 <= minutes.count(minute) <= 75 for minute in range(60))


def test_a_new_shop_gets_its_hour_and_one_that_left_has_none(
    shop: Shop, other: Shop, clock: Clock
) -> None:
    Shop.objects.filter(pk=other.pk).update(state="uninstalled")

    enrolled = [reconcile.enrol(now=clock()), reconcile.enrol(now=clock())]

    assert enrolled == [1, 0]
    reading = ShopReading.objects.get()
    assert reading.shop_id == shop.pk
    assert reading.sweep_at
    assert clock() <= reading.sweep_at < clock() + HOUR


def test_a_shop_that_comes_back_is_swept_at_once(shop: Shop, clock: Clock) -> None:
    sweep(Listing(), clock, shop)
    Shop.objects.update(state="uninstalled")
    clock.advance(hours=2)
    reconcile.run(clock=clock, shopify=Listing().shopify)
    Shop.objects.update(state="active")

    reconcile.enrol(now=clock())

    assert ShopReading.objects.get().sweep_at == clock()
    assert Reconciliation.objects.count() == 1


@pytest.mark.parametrize("error", [ReconnectNeeded("open Lejar"), ShopUnavailable("FROZEN")])
def test_a_shop_that_could_not_be_asked_is_swept_as_soon_as_it_can(
    error: Exception, shop: Shop, clock: Clock
) -> None:
    listing = Listing(orders=filled(3, clock() - HOUR), troubles=[error])
    stopped = sweep(listing, clock, shop)
    clock.advance(minutes=1)

    turns.resume(shop_id=shop.pk, now=clock())
    reconcile.run(clock=clock, shopify=listing.shopify)

    stopped_with = (stopped.state, stopped.message)
    assert stopped_with == ("stopped", reconcile.WORDS[turns.judged(error, 0)[0]])
    assert figures(Reconciliation.objects.get()) == ("finished", 3, 3, 0)
    assert Reconciliation.objects.get().message == ""


def test_deliveries_that_wait_to_be_understood_go_first(shop: Shop, clock: Clock) -> None:
    delivery = make_delivery(shop.domain, "w1", clock() - HOUR)
    listing = Listing(orders=filled(1, clock() - HOUR))
    turns.sweep_now(shop_id=shop.pk, now=clock())

    early = reconcile.run(clock=clock, shopify=listing.shopify)
    type(delivery).objects.update(state="done")
    clock.advance(minutes=1)
    later = reconcile.run(clock=clock, shopify=listing.shopify)

    assert (early, later) == (0, 1)


# --- on the way


@pytest.mark.parametrize("seed", range(4))
def test_no_order_is_skipped_while_orders_change(shop: Shop, clock: Clock, seed: int) -> None:
    """Ten of those behind and ten of those ahead change before every page."""
    listing = Listing(orders=filled(1200, clock() - HOUR))
    known_but(shop, listing, set(range(0, 1200, 13)), clock())
    page = 0

    def change() -> None:
        nonlocal page
        clock.advance(seconds=1)
        place = page * 100
        for n in range(10):
            for moved in (place - 50 + n * (seed + 1), place + 130 + n * (2 * seed + 1)):
                listing.orders[FIRST + moved % 1200] = clock()
        page += 1

    listing.meanwhile = change
    sweep(listing, clock, shop)
    listing.meanwhile = lambda: None
    clock.advance(hours=1)
    sweep(listing, clock, shop)

    missing = set(range(0, 1200, 13))
    changed = {k - FIRST for k, at in listing.orders.items() if at > clock() - HOUR - HOUR / 2}
    assert wanted() == missing | changed


def test_orders_that_do_not_change_are_all_found_in_the_sweep_under_way(
    shop: Shop, clock: Clock
) -> None:
    """Before each page forty of those listed last change, so that the list moves up by forty."""
    listing = Listing(orders=filled(500, clock() - HOUR))
    moved: set[int] = set()

    def change() -> None:
        place = 100 * len(listing.asked)
        ids = range(place - 60, place - 20) if place else range(0)
        moved.update(ids)
        listing.orders.update({FIRST + n: clock() for n in ids if n < 500})

    listing.meanwhile = change

    sweep(listing, clock, shop)

    assert wanted() >= set(range(500)) - moved


def test_a_second_that_fills_pages_is_gone_through_by_cursor(shop: Shop, clock: Clock) -> None:
    same = (clock() - HOUR).replace(microsecond=0)
    listing = Listing(orders={FIRST + n: same for n in range(350)})
    listing.orders |= {FIRST + 350 + n: same + timedelta(seconds=1 + n) for n in range(30)}

    swept = sweep(listing, clock, shop)

    assert figures(swept) == ("finished", 380, 380, 0)
    assert [asked["after"] for asked in listing.asked] == [None, None, "100", "200", "300"]


def test_a_list_is_never_followed_beyond_where_shopify_ends_it(shop: Shop, clock: Clock) -> None:
    listing = Listing(orders=filled(1000, clock() - HOUR))

    sweep(listing, clock, shop)

    assert {asked["after"] for asked in listing.asked} == {None}


def test_a_wait_gives_the_turn_to_others_and_is_kept(shop: Shop, other: Shop, clock: Clock) -> None:
    listing = Listing(orders=filled(300, clock() - HOUR), wait_seconds=7)

    first = sweep(listing, clock, shop)
    clock.advance(seconds=6)
    early = reconcile.run(clock=clock, shopify=listing.shopify)
    clock.advance(seconds=1)
    later = reconcile.run(clock=clock, shopify=listing.shopify)

    assert (first.pages, early, later) == (1, 0, 1)


def test_a_busy_shops_sweep_goes_behind_one_that_waits(
    shop: Shop, other: Shop, clock: Clock
) -> None:
    listing = Listing(orders=filled(3000, clock() - HOUR))
    seen: list[int] = []
    turns.sweep_now(shop_id=shop.pk, now=clock())
    turns.sweep_now(shop_id=other.pk, now=clock() + timedelta(seconds=5))
    shopify = listing.shopify

    def ask(asked: Shop, *given: Any, **more: Any) -> Answer:
        clock.advance(seconds=1)
        seen.append(asked.pk)
        return listing.ask(asked, *given, **more)

    reconcile.run(clock=clock, shopify=type(shopify)(ask=ask))

    assert seen.index(other.pk) == reconcile.PAGES


def test_throttled_it_goes_on_from_where_it_was(shop: Shop, clock: Clock) -> None:
    listing = Listing(orders=filled(250, clock() - HOUR))

    def throttle() -> None:
        if len(listing.asked) == 1:
            listing.meanwhile = lambda: None
            raise TryLater(20)

    listing.meanwhile = throttle
    stopped = sweep(listing, clock, shop)
    clock.advance(seconds=20)
    reconcile.run(clock=clock, shopify=listing.shopify)

    assert (stopped.state, stopped.listed) == ("stopped", 100)
    assert figures(Reconciliation.objects.get()) == ("finished", 250, 250, 0)


def test_a_refused_list_is_said_in_words_and_tried_again(shop: Shop, clock: Clock) -> None:
    listing = Listing(orders=filled(1, clock() - HOUR), troubles=[Refused("ACCESS_DENIED")])

    stopped = sweep(listing, clock, shop)
    clock.advance(minutes=1)
    reconcile.run(clock=clock, shopify=listing.shopify)

    assert "ACCESS_DENIED" in stopped.message
    assert figures(Reconciliation.objects.get()) == ("finished", 1, 1, 0)


def node(at: str) -> dict[str, Any]:
    return {"legacyResourceId": "1", "createdAt": at, "updatedAt": at}


INFO = {"hasNextPage": True, "endCursor": ""}


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"orders": None},
        {"orders": {"nodes": [{}], "pageInfo": INFO}},
        {"orders": {"nodes": [None], "pageInfo": INFO}},
        {"orders": {"nodes": [node("2026-11-21T00:00:00")], "pageInfo": INFO}},
        {"orders": {"nodes": [node("2026-10-01T00:00:00Z")], "pageInfo": INFO}},
    ],
)
def test_an_answer_that_is_none_stops_it_with_words_and_changes_nothing(
    data: dict[str, Any], shop: Shop, clock: Clock
) -> None:
    shopify = turns.Shopify(ask=lambda *_, **__: Answer(data=data, denied=(), wait_seconds=0))
    turns.sweep_now(shop_id=shop.pk, now=clock())

    reconcile.run(clock=clock, shopify=shopify)

    stopped = Reconciliation.objects.get()
    assert (stopped.state, stopped.pages) == ("stopped", 0)
    assert "refuses to list" in stopped.message
    assert not Order.objects.exists()


def test_one_sweep_of_a_shop_is_under_way_at_a_time(shop: Shop, clock: Clock) -> None:
    first = reconcile.start(shop_id=shop.pk, who="staff 7", now=clock())
    second = reconcile.start(shop_id=shop.pk, who="staff 7", now=clock())

    assert first == second
    assert ShopReading.objects.get().sweep_at == clock()
    assert Audit.objects.filter(store=shop.store, action="orders reconciled").count() == 2


def test_asked_for_while_the_shop_wants_a_pause_it_waits_for_its_end(
    shop: Shop, clock: Clock
) -> None:
    listing = Listing(troubles=[TryLater(60)])
    sweep(listing, clock, shop)

    reconcile.start(shop_id=shop.pk, who="staff 7", now=clock())

    assert ShopReading.objects.get().sweep_at == clock() + timedelta(seconds=60)


@pytest.mark.parametrize("nth", range(1, 45))
def test_killed_between_any_two_statements_it_resumes_and_finds_the_same(
    nth: int, shop: Shop, clock: Clock
) -> None:
    listing = Listing(orders=filled(150, clock() - HOUR))
    known_but(shop, listing, {3, 120}, clock())
    turns.sweep_now(shop_id=shop.pk, now=clock())

    with killed_at(nth):
        reconcile.run(clock=clock, shopify=listing.shopify)
    clock.advance(minutes=5)
    reconcile.run(clock=clock, shopify=listing.shopify)

    first = Reconciliation.objects.earliest("id")  # the shop's hour may have come since
    assert figures(first) == ("finished", 150, 2, 0)
    assert wanted() == {3, 120}


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_sweeps_a_shop(shop: Shop, clock: Clock) -> None:
    listing = Listing(orders=filled(50, clock() - HOUR))
    beside = Listing(orders=listing.orders)
    turns.sweep_now(shop_id=shop.pk, now=clock())
    job = lambda: reconcile.run(clock=clock, shopify=listing.shopify)  # noqa: E731 (passed twice)

    with ThreadPoolExecutor(2) as pool, halted(pool, job, "SET leased_until"):
        second = pool.submit(
            on_own_connection(lambda: reconcile.run(clock=clock, shopify=beside.shopify))
        ).result(20)

    assert (second, beside.asked) == (0, [])
    assert figures(Reconciliation.objects.get()) == ("finished", 50, 50, 0)


def test_a_worker_whose_turn_ran_out_compares_nothing(shop: Shop, clock: Clock) -> None:
    listing = Listing(orders=filled(50, clock() - HOUR))
    listing.meanwhile = lambda: ShopReading.objects.update(fence=F("fence") + 1)

    swept = sweep(listing, clock, shop)

    assert (swept.pages, wanted()) == (0, set())


def test_hourly_sweeps_that_found_nothing_are_kept_for_a_day(shop: Shop, clock: Clock) -> None:
    listing = Listing(orders=filled(1, clock() - HOUR))
    for _ in range(40):
        sweep(listing, clock, shop)
        clock.advance(hours=1)

    kept = Reconciliation.objects.order_by("id")
    assert kept.count() == 26
    assert kept[0].missing == 1


# --- what it costs


def statements_of(shop: Shop, listing: Listing, clock: Clock) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        sweep(listing, clock, shop)
    return len(captured)


def test_a_page_costs_the_same_few_statements_whatever_is_on_it(
    shop: Shop, other: Shop, clock: Clock
) -> None:
    one = statements_of(shop, Listing(orders=filled(1, clock() - HOUR)), clock)
    full = filled(100, clock() - HOUR, first=FIRST + 1000)
    page = statements_of(other, Listing(orders=full), clock)

    assert len(wanted()) == 101
    assert page == one <= 30


@contextmanager
def peak() -> Iterator[list[int]]:
    """How many bytes more than before are held at the worst moment."""
    gc.collect()
    gc.freeze()  # what is there already is not gone through again at each page
    found: list[int] = []
    tracemalloc.start()
    try:
        yield found
        found.append(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()
        gc.unfreeze()


def test_of_ten_thousand_orders_all_that_is_lacking_is_found_in_flat_memory(
    shop: Shop, other: Shop, clock: Clock
) -> None:
    small = Listing(orders=filled(2_000, clock() - HOUR, first=FIRST + 50_000))
    large = Listing(orders=filled(10_000, clock() - HOUR))
    missing = set(range(7, 10_000, 1000))
    stale = set(range(11, 10_000, 500))
    keep_known(other.store, small.orders, clock())
    known_but(shop, large, missing, clock())
    for n in stale:
        large.orders[FIRST + n] += timedelta(seconds=5)
    peaks = []

    for each, listing in ((other, small), (shop, large)):
        turns.sweep_now(shop_id=each.pk, now=clock())
        shopify = turns.Shopify(ask=answers(listing))
        with peak() as found:
            reconcile.run(clock=clock, shopify=shopify)
        peaks += found

    swept = Reconciliation.objects.get(shop=shop)
    assert figures(swept) == ("finished", 10_000, 10, 20)
    assert wanted() == missing | stale
    assert swept.pages <= 102
    assert peaks[1] / peaks[0] < 1.2, peaks  # five times the orders


def answers(listing: Listing) -> Any:
    """Pages worked out beforehand, so that only the sweep's own memory is measured."""
    found = sorted((at, key) for key, at in listing.orders.items())

    def ask(asked: Shop, operation: str, variables: Any, *, now: datetime) -> Answer:
        gc.collect()  # garbage is no memory held
        since = datetime.fromisoformat(variables["query"].removeprefix("updated_at:>=").strip("'"))
        start = bisect_left(found, (since, 0))
        nodes = [listing.node(key, at) for at, key in found[start : start + 100]]
        info = {"hasNextPage": start + 100 < len(found), "endCursor": str(start)}
        page = {"nodes": nodes, "pageInfo": info}
        return Answer(data={"orders": page}, denied=(), wait_seconds=0)

    return ask


def test_a_sweep_that_the_command_cannot_finish_says_why(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    listing = Listing(troubles=[ReconnectNeeded("open Lejar")])
    monkeypatch.setattr(command, "SHOPIFY", listing.shopify)

    with pytest.raises(CommandError, match="Open Lejar"):
        call_command("reconcile", shop=shop.domain)
    turns.resume(shop_id=shop.pk, now=timezone.now())
    call_command("reconcile", shop=shop.domain)

    assert "finished, 0 listed, 0 missing, 0 stale" in capsys.readouterr().out


def test_the_command_says_that_reading_is_switched_off(shop: Shop, settings: Settings) -> None:
    settings.SHOPIFY_FETCH = "never"

    with pytest.raises(CommandError, match="SHOPIFY_FETCH"):
        call_command("reconcile", shop=shop.domain)

    assert not Reconciliation.objects.exists()


def test_a_page_that_no_table_can_keep_stops_its_own_sweep_only(
    shop: Shop, other: Shop, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = Listing(orders=filled(5, clock() - HOUR))
    sift = reading_anew.sift

    def sifted(*, store_id: int, **more: Any) -> Any:
        if store_id == shop.store_id:
            raise DataError("a text with a null character")
        return sift(store_id=store_id, **more)

    monkeypatch.setattr(reading_anew, "sift", sifted)
    for each in (shop, other):
        turns.sweep_now(shop_id=each.pk, now=clock())
    reconcile.run(clock=clock, shopify=listing.shopify)

    states = dict(Reconciliation.objects.values_list("shop", "state"))
    assert states == {shop.pk: "stopped", other.pk: "finished"}
    assert ShopReading.objects.get(shop=shop).leased_until is None


def test_a_sweep_that_ends_while_another_begins_leaves_it_one_of_its_own(
    shop: Shop, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_way, asked = reconcile._under_way, []

    def just_ended(shop: Shop) -> Reconciliation | None:
        asked.append(shop)
        if len(asked) == 1:
            Reconciliation.objects.filter(shop=shop).update(state="finished", finished_at=clock())
        return under_way(shop)

    reconcile.start(shop_id=shop.pk, who="staff 17", now=clock())
    monkeypatch.setattr(reconcile, "_under_way", just_ended)

    begun = reconcile._begun(shop, "hourly", clock())

    assert begun.state == "running"
    assert Reconciliation.objects.filter(shop=shop).count() == 2
