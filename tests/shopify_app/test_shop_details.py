"""The shop's own settings: when they are read, what becomes of them, and what never changes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, transaction
from pytest_django import Settings

from accounting.models import Audit, Store
from shopify_app import install, shop_details
from shopify_app.admin_api import Refused, ShopUnavailable, TryLater
from shopify_app.models import Delivery, Shop, ShopDetails, ShopPlan
from shopify_app.shop_details import next_pause
from shopify_app.tokens import ReconnectNeeded
from tests.books import make_order_row
from tests.deliveries import make_delivery
from tests.shopify_app.bootstrap import STANDARD, Shopify, answer, read, subscription

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def store() -> Store:
    return Store.objects.get()


def due() -> datetime:
    at = Shop.objects.get().read_ready_at
    assert at is not None
    return at


def later(seconds: float) -> TryLater:
    error = TryLater()
    error.seconds = seconds
    return error


def test_a_new_shop_is_read_at_once_and_again_within_a_day(shop: Shop, now: datetime) -> None:
    tried = read(answer(name="Kedai Rimba"), now, chance=0.5)

    details = ShopDetails.objects.get()
    assert tried == 1
    assert (details.shopify_id, details.name, details.country) == (70010000001, "Kedai Rimba", "MY")
    assert (details.order_prefix, details.is_development, details.read_at) == ("#", False, now)
    assert Shop.objects.get().scopes == "read_orders,read_products"
    assert due() == now + DAY * 0.9
    assert read(answer(), now + DAY * 0.8) == 0


def test_a_store_without_orders_takes_the_shops_currency_and_time_zone(
    shop: Shop, now: datetime
) -> None:
    read(answer(currencyCode="SGD", ianaTimezone="Asia/Singapore"), now)

    assert (store().currency, store().time_zone) == ("SGD", "Asia/Singapore")
    trail = Audit.objects.get(action="change_policy")
    assert trail.who == "Shopify"
    assert trail.detail["after"] == {"currency": "SGD", "time_zone": "Asia/Singapore"}


@pytest.mark.parametrize(("chosen", "kept"), [(None, "2026-11-21"), ("2026-11-01", "2026-11-01")])
def test_the_first_day_is_that_of_the_shops_own_zone_unless_a_person_chose_one(
    shop: Shop, now: datetime, chosen: str | None, kept: str
) -> None:
    """Installed at noon on the 22nd in Kuala Lumpur, which is the evening before in Honolulu."""
    Shop.objects.update(installed_at=now)
    Store.objects.filter(shop=shop).update(cut_over_date=chosen or "2026-11-22")

    read(answer(ianaTimezone="Pacific/Honolulu"), now)

    assert str(store().cut_over_date) == kept


def test_orders_that_were_refused_for_their_currency_are_looked_at_again(
    shop: Shop, now: datetime
) -> None:
    refused = make_delivery(shop.domain, "one", now)
    Delivery.objects.update(state="failed", path="currency", error="is SGD")
    make_delivery(shop.domain, "two", now)
    Delivery.objects.exclude(id=refused.id).update(state="failed", path="id")

    read(answer(currencyCode="SGD"), now)

    assert list(Delivery.objects.order_by("id").values_list("state", flat=True)) == [
        "new",
        "failed",
    ]


def test_once_there_is_an_order_a_change_is_noted_and_nothing_else(
    shop: Shop, now: datetime
) -> None:
    read(answer(), now)
    make_order_row(shop.store, 1001, now)

    read(answer(currencyCode="SGD", ianaTimezone="Asia/Singapore"), now + DAY)

    assert (store().currency, store().time_zone) == ("MYR", "Asia/Kuala_Lumpur")
    trail = Audit.objects.get(action="shop_changed")
    assert trail.detail == {
        "shop": {"currency": "SGD", "time_zone": "Asia/Singapore"},
        "before": {"currency": "MYR", "time_zone": "Asia/Kuala_Lumpur"},
        "books": {"currency": "MYR", "time_zone": "Asia/Kuala_Lumpur"},
    }
    assert set(shop_details.differences(Shop.objects.get())) == {"currency", "time_zone"}


def test_the_same_change_is_noted_once(shop: Shop, now: datetime) -> None:
    make_order_row(shop.store, 1001, now)

    for day in range(3):
        read(answer(currencyCode="SGD"), now + day * DAY)

    assert Audit.objects.filter(action="shop_changed").count() == 1


def test_what_the_merchant_chose_afterwards_is_not_overwritten_every_day(
    shop: Shop, now: datetime
) -> None:
    read(answer(), now)
    Store.objects.update(time_zone="Asia/Singapore")

    read(answer(), now + DAY)

    assert store().time_zone == "Asia/Singapore"


@pytest.mark.parametrize(
    ("told", "trouble"),
    [
        (later(5), "try_later"),
        (ReconnectNeeded(), "reconnect"),
        (Refused(), "refused"),
        ({"shop": None}, "answer shop"),
        (answer(myshopifyDomain="toko-senja.myshopify.com"), "answer shop.myshopifyDomain"),
        (answer(currencyCode="RM"), "answer shop.currencyCode"),
        (answer(ianaTimezone="Mars/Base"), "answer shop.ianaTimezone"),
        (answer(id=7), "answer shop.id"),
    ],
)
def test_a_reading_in_vain_changes_nothing_and_is_tried_again_later_and_later(
    shop: Shop, now: datetime, told: Any, trouble: str
) -> None:
    granted = Shop.objects.get().scopes

    first = read(told, now)
    pauses = [due() - now]
    for _ in range(2):
        at = due()
        read(told, at)
        pauses.append(due() - at)

    details = ShopDetails.objects.get()
    assert first == 1
    assert (details.tries, details.trouble, details.read_at) == (3, trouble, None)
    assert [pause.total_seconds() for pause in pauses] == [60, 120, 240]
    assert not ShopPlan.objects.exists()
    assert Shop.objects.get().scopes == granted
    assert store().currency == "MYR"


def test_a_shop_that_shopify_calls_closed_is_asked_again_a_day_later_and_then_goes_on(
    shop: Shop, now: datetime
) -> None:
    read(ShopUnavailable(), now)
    closed, again_at = Shop.objects.get().state, due()
    read(answer(), again_at)

    assert (closed, again_at) == (Shop.State.UNAVAILABLE, now + timedelta(days=1))
    assert Shop.objects.get().state == Shop.State.ACTIVE
    assert store().sending


def test_a_good_reading_ends_the_trouble(shop: Shop, now: datetime) -> None:
    read(later(5), now)

    read(answer(), due())

    assert (ShopDetails.objects.get().tries, ShopDetails.objects.get().trouble) == (0, "")


def test_as_long_as_shopify_asked_for_is_waited(shop: Shop, now: datetime) -> None:
    read(later(3600), now)

    assert due() == now + timedelta(hours=1)


def test_a_mistake_of_ours_is_reported_and_keeps_no_other_shop_waiting(
    shop: Shop, other: Shop, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    tried = read(KeyError("kedai-rimba secret"), now)

    assert tried == 2
    assert {row.trouble for row in ShopDetails.objects.all()} == {"mistake KeyError"}
    assert "could not be read" in caplog.text


def test_a_database_in_trouble_is_not_taken_for_trouble_of_the_shop(
    shop: Shop, now: datetime
) -> None:
    with pytest.raises(OperationalError), transaction.atomic():
        read(OperationalError("gone"), now)

    assert not ShopDetails.objects.exists()


@pytest.mark.parametrize("state", ["uninstalled", "redacted"])
def test_a_shop_that_left_is_not_read(shop: Shop, now: datetime, state: str) -> None:
    Shop.objects.update(state=state)

    assert read(answer(), now) == 0


def test_a_hint_that_comes_while_shopify_is_asked_is_not_lost(shop: Shop, now: datetime) -> None:
    class Meanwhile(Shopify):
        def __call__(self, *given: Any, **more: Any) -> Any:
            Shop.objects.update(read_ready_at=now)
            return super().__call__(*given, **more)

    shop_details.run(now=now, ask=Meanwhile(answer()), chance=lambda: 0, limit=1)

    assert due() == now


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_and_nobody_else_asks_while_shopify_is_asked(
    shop: Shop, now: datetime
) -> None:
    seen: list[object] = []

    class Slow(Shopify):
        def __call__(self, *given: Any, **more: Any) -> Any:
            seen.append(transaction.get_connection().in_atomic_block)
            seen.append(read(answer(), now))
            return super().__call__(*given, **more)

    shop_details.run(now=now, ask=Slow(answer()), chance=lambda: 0)

    assert seen == [False, 0]


def test_a_reader_that_died_is_followed_by_another(shop: Shop, now: datetime) -> None:
    shop_details._claim(now)

    assert read(answer(), now + timedelta(minutes=9)) == 0
    assert read(answer(), now + timedelta(minutes=10)) == 1


@pytest.mark.parametrize(
    ("tries", "at_least", "chance", "seconds"),
    [
        (0, 0, 0.0, 86_400),
        (0, 0, 1.0, 69_120),
        (1, 0, 0.0, 60),
        (1, 0, 1.0, 72),
        (1, 500, 0.0, 500),
        (4, 0, 0.0, 480),
        (11, 0, 0.0, 61_440),
        (12, 0, 0.0, 86_400),
        (5000, 0, 0.0, 86_400),
    ],
)
def test_pauses_grow_up_to_a_day(tries: int, at_least: int, chance: float, seconds: int) -> None:
    pause = next_pause(tries, at_least=timedelta(seconds=at_least), chance=chance)

    assert pause == timedelta(seconds=seconds)


def test_a_shop_that_leaves_while_shopify_is_asked_keeps_nothing_of_the_answer(
    shop: Shop, now: datetime
) -> None:
    class Leaving(Shopify):
        def __call__(self, *given: Any, **more: Any) -> Any:
            install.uninstall(shop.domain, at=now)
            return super().__call__(*given, **more)

    shop_details.run(now=now, ask=Leaving(answer(currencyCode="SGD")), chance=lambda: 0)

    assert Shop.objects.get().scopes == ""
    assert store().currency == "MYR"
    assert not ShopDetails.objects.exists()
    assert not ShopPlan.objects.exists()


def test_where_sending_waits_for_a_plan_shopify_is_asked_every_hour(
    shop: Shop, now: datetime, settings: Settings
) -> None:
    settings.LEJAR_PLANS = STANDARD

    read(answer(), now)
    without = due()
    read(answer(subscription()), without)

    assert without == now + timedelta(hours=1)
    assert due() == without + DAY
