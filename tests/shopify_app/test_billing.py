"""What a shop has paid for decides what is sent, and nothing is ever lost by it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounting import allowance, outbox
from accounting.models import Audit, Document, Order, Store
from shopify_app import billing, shop_details, tasks
from shopify_app.admin_api import TryLater
from shopify_app.models import Shop, ShopPlan
from shopify_app.notices.plan import plan_notices, shop_notices
from tests.accounting.queued import queue, states
from tests.books import Clock, make_book, make_order_row
from tests.shopify_app.bootstrap import STANDARD, answer, read, subscription

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
TWO = '{"Standard": {"orders_per_month": 2}, "Large": {"orders_per_month": 3}}'


@pytest.fixture(autouse=True)
def plans(settings: Settings) -> None:
    settings.LEJAR_PLANS = STANDARD


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
def store(shop: Shop, now: datetime) -> Store:
    shop.store.book = make_book(now)
    shop.store.prefix = "SH"
    shop.store.save()
    return shop.store


def told(now: datetime, *subscriptions: dict[str, Any], **shop: Any) -> None:
    """Shopify says so, and the worker goes its round."""
    Shop.objects.update(read_ready_at=now)
    read(answer(*subscriptions, **shop), now)
    billing.run(now=now)


def in_vain(now: datetime) -> None:
    Shop.objects.update(read_ready_at=now)
    read(TryLater(), now)
    billing.run(now=now)


def may_send() -> bool:
    return Store.objects.get().paused_reason == ""


def sell(store: Store, clock: Clock, *ids: int) -> list[Order]:
    rows = [make_order_row(store, order_id, clock()) for order_id in ids]
    for row in rows:
        queue(row, clock, f"SH-{row.order_id}")
    return rows


def codes(shop: Shop, now: datetime) -> list[str]:
    return [notice.code for notice in plan_notices(shop, now)]


def test_without_plans_of_the_operator_there_is_no_billing(
    shop: Shop, now: datetime, settings: Settings
) -> None:
    settings.LEJAR_PLANS = ""

    told(now)

    assert may_send()
    assert codes(shop, now) == []
    assert not Audit.objects.filter(action__startswith="sending").exists()


def test_a_shop_with_a_plan_sends_up_to_its_limit(shop: Shop, now: datetime) -> None:
    told(now, subscription(status="active"))

    plan, store = ShopPlan.objects.get(), Store.objects.get()
    assert (plan.name, plan.read_at, plan.lapsed_at) == ("Standard", now, None)
    assert (store.paused_reason, store.orders_limit) == ("", 100)
    assert store.orders_since is not None
    assert store.orders_since.isoformat() == "2026-11-09T16:00:00+00:00"


def test_a_plan_without_a_limit_counts_nothing(shop: Shop, now: datetime) -> None:
    told(now, subscription(name="Free"))

    assert (Store.objects.get().orders_limit, Store.objects.get().orders_since) == (None, None)


def test_a_lapsed_plan_pauses_sending_and_loses_nothing(
    shop: Shop, store: Store, clock: Clock, now: datetime
) -> None:
    told(now, subscription())
    sell(store, clock, 1)
    assert outbox.wake_forgotten(now=now) == 0  # the book is awake

    told(now + DAY)
    sell(store, clock, 2)

    assert not may_send()
    assert states() == {"SH-1": "queued", "SH-2": "waiting"}
    held = outbox.claim(now=now + DAY)
    assert held is not None
    assert outbox.next_due(held, now=now + DAY) is None
    outbox.release(held, now=now + DAY)
    [notice] = plan_notices(shop, now + DAY)
    assert notice.code == "plan_no_plan"
    assert "Standard" in str(notice.text)
    assert notice.link == "https://admin.shopify.com/store/kedai-rimba/charges/lejar/pricing_plans"

    told(now + 2 * DAY, subscription())

    assert may_send()
    assert states() == {"SH-1": "queued", "SH-2": "queued"}
    assert codes(shop, now + 2 * DAY) == []
    held = outbox.claim(now=now + 2 * DAY)
    assert held is not None
    assert outbox.next_due(held, now=now + 2 * DAY) is not None
    trail = Audit.objects.filter(action__startswith="sending").order_by("id")
    assert [(row.action, row.detail["why"]) for row in trail] == [
        ("sending paused", "no_plan"),
        ("sending resumed", "active"),
    ]


def test_a_shop_whose_plan_was_never_read_does_not_send_yet(shop: Shop, now: datetime) -> None:
    billing.enrol(now=now)
    billing.run(now=now)

    assert not may_send()
    assert codes(shop, now) == ["plan_not_read"]


def test_a_test_charge_counts_in_development_stores_only(shop: Shop, now: datetime) -> None:
    told(now, subscription(test=True))
    paused, code = not may_send(), codes(shop, now)
    told(now + DAY, subscription(test=True), plan={"partnerDevelopment": True})

    assert (paused, code) == (True, ["plan_test_plan"])
    assert may_send()


def test_in_doubt_the_last_known_plan_is_believed_for_a_day(shop: Shop, now: datetime) -> None:
    told(now, subscription())

    in_vain(now + DAY)
    in_vain(now + DAY + timedelta(hours=23))
    within = may_send()
    billing.run(now=now + 2 * DAY)

    assert within
    assert not may_send()
    assert codes(shop, now + 2 * DAY) == ["plan_doubt"]

    told(now + 3 * DAY, subscription())

    assert may_send()
    assert ShopPlan.objects.get().doubt_since is None


def test_subscriptions_kept_back_are_doubt_and_no_lapse(shop: Shop, now: datetime) -> None:
    told(now, subscription())
    withheld = answer()
    withheld["currentAppInstallation"]["activeSubscriptions"] = None
    Shop.objects.update(read_ready_at=now + DAY)

    read(withheld, now + DAY)
    billing.run(now=now + DAY)

    assert may_send()
    assert ShopPlan.objects.get().doubt_since == now + DAY


def test_a_plan_the_operator_does_not_name_is_paid_for_and_sends(
    shop: Shop, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    told(now, subscription(name="Anniversary"))

    assert may_send()
    assert Store.objects.get().orders_limit is None
    assert "LEJAR_PLANS does not name" in caplog.text


def test_billing_that_is_turned_off_lets_everything_go(
    shop: Shop, store: Store, clock: Clock, now: datetime, settings: Settings
) -> None:
    told(now)
    sell(store, clock, 1)

    settings.LEJAR_PLANS = ""
    billing.run(now=now + timedelta(hours=1))

    assert may_send()
    assert states() == {"SH-1": "queued"}
    assert billing.run(now=now + DAY) == 0


def test_billing_that_is_turned_on_reaches_shops_that_were_read_before(
    shop: Shop, now: datetime, settings: Settings
) -> None:
    settings.LEJAR_PLANS = ""
    told(now)

    settings.LEJAR_PLANS = STANDARD
    billing.enrol(now=now)
    billing.run(now=now)

    assert not may_send()


@pytest.mark.parametrize("state", ["uninstalled", "redacted"])
def test_a_shop_that_left_is_left_alone(shop: Shop, now: datetime, state: str) -> None:
    Shop.objects.update(state=state)

    billing.enrol(now=now)

    assert billing.run(now=now) == 0
    assert not ShopPlan.objects.exists()


def test_a_shop_that_left_is_looked_at_no_more_before_it_is_back(shop: Shop, now: datetime) -> None:
    """The shops that ever left would head the list of those that are due."""
    told(now, subscription())
    Shop.objects.update(state="uninstalled")
    ShopPlan.objects.update(name="Large", review_at=now)

    away = [billing.run(now=now), billing.run(now=now + DAY)]
    billing.enrol(now=now + DAY)
    Shop.objects.update(state="active")
    billing.enrol(now=now + 2 * DAY)

    assert away == [1, 0]
    assert billing.run(now=now + 2 * DAY) == 1


def test_the_round_of_every_few_seconds_looks_at_no_shop_that_is_not_due(
    shop: Shop, now: datetime
) -> None:
    names = [f"toko-{number}.myshopify.com" for number in range(2000)]
    stores = Store.objects.bulk_create(Store(name=name) for name in names)
    shops = Shop.objects.bulk_create(
        Shop(domain=store.name, store=store, installed_at=now, read_ready_at=now)
        for store in stores
    )
    ShopPlan.objects.bulk_create(ShopPlan(shop=each, review_at=now) for each in shops)
    Shop.objects.update(read_ready_at=now)
    with CaptureQueriesContext(connection) as asked, connection.cursor() as cursor:
        cursor.execute("ANALYZE shopify_app_shop, shopify_app_shopplan, accounting_store")
        shop_details.run(now=now - DAY)
        billing.run(now=now - DAY)
        plans = []
        for query in [each["sql"] for each in asked if "FOR UPDATE" in each["sql"]]:
            cursor.execute("EXPLAIN " + query)
            plans.append("\n".join(line for (line,) in cursor.fetchall()))

    assert len(plans) == 3
    assert all("shop_to_read" in plan for plan in plans[:2])
    assert "plan_to_review" in plans[2]


def test_the_limit_is_told_before_it_bites_and_bites_softly(
    shop: Shop, store: Store, clock: Clock, now: datetime, settings: Settings
) -> None:
    settings.LEJAR_PLANS = '{"Standard": {"orders_per_month": 5}}'
    told(now, subscription())

    sell(store, clock, 1, 2, 3)
    quiet = codes(shop, now)
    first, *_ = sell(store, clock, 4)
    near = plan_notices(Shop.objects.get(), now)
    sell(store, clock, 5, 6, 7)
    reached = plan_notices(Shop.objects.get(), now)
    queue(first, clock, "SH-44")

    assert quiet == []
    assert [notice.code for notice in near] == ["plan_limit_near"]
    assert "4 of the 5" in str(near[0].text)
    assert [notice.code for notice in reached] == ["plan_limit_reached"]
    assert "waiting orders: 2" in str(reached[0].text)
    assert "2026-12-10" in str(reached[0].text)
    assert {number for number, state in states().items() if state == "waiting"} == {
        "SH-6",
        "SH-7",
        "SH-44",  # behind SH-4 of its own order
    }
    assert Order.objects.exclude(state="waiting").count() == 0
    assert not Document.objects.exclude(message="").exists()


def test_a_larger_plan_lets_the_longest_waiting_order_go(
    shop: Shop, store: Store, clock: Clock, now: datetime, settings: Settings
) -> None:
    settings.LEJAR_PLANS = TWO
    told(now, subscription())
    sell(store, clock, 1, 2, 3, 4)

    told(now + timedelta(hours=1), subscription(name="Large"))

    assert [number for number, state in states().items() if state == "waiting"] == ["SH-4"]
    assert Store.objects.get().orders_begun == 3


def test_a_new_billing_month_counts_from_nothing(
    shop: Shop, store: Store, clock: Clock, now: datetime, settings: Settings
) -> None:
    settings.LEJAR_PLANS = TWO
    told(now, subscription())
    sell(store, clock, 1, 2, 3)

    before = datetime.fromisoformat("2026-12-09T23:59:59+08:00")
    billing.run(now=before)
    waited = states()["SH-3"]
    billing.run(now=before + timedelta(seconds=1))

    assert (waited, states()["SH-3"]) == ("waiting", "queued")
    assert billing.usage(billing.plan_of(shop), now=before + timedelta(seconds=1)).used == 1


def test_a_plan_that_lapses_and_comes_back_does_not_begin_to_count_anew(
    shop: Shop, store: Store, clock: Clock, now: datetime, settings: Settings
) -> None:
    settings.LEJAR_PLANS = TWO
    told(now, subscription())
    sell(store, clock, 1, 2, 3)

    in_vain(now + DAY)
    billing.run(now=now + 2 * DAY)
    told(now + 3 * DAY, subscription())

    assert states()["SH-3"] == "waiting"


def test_more_waiting_orders_than_one_round_takes_go_on_in_the_next(
    shop: Shop, store: Store, clock: Clock, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(now)
    sell(store, clock, 1, 2, 3)
    monkeypatch.setattr(outbox.begin_waiting, "__kwdefaults__", {"limit": 2})

    told(now + DAY, subscription())
    left = allowance.waiting(store.id).count()
    billing.run(now=now + DAY + timedelta(minutes=1))

    assert left == 1
    assert not allowance.waiting(store.id).exists()


def test_settings_that_the_books_do_not_follow_are_shown(shop: Shop, now: datetime) -> None:
    make_order_row(shop.store, 1, now)

    told(now, subscription(), currencyCode="SGD", ianaTimezone="Asia/Singapore")

    notices = shop_notices(Shop.objects.get(), now)
    assert [(notice.code, notice.tone) for notice in notices] == [
        ("shop_currency", "critical"),
        ("shop_time_zone", "info"),
    ]
    assert "SGD" in str(notices[0].text)
    assert "MYR" in str(notices[0].text)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"A": null}',
        '{"A": {}}',
        '{"A": {"orders_per_month": 0}}',
        '{"A": {"orders_per_month": -1}}',
        '{"A": {"orders_per_month": true}}',
        '{"A": {"orders_per_month": 1.5}}',
        '{"A": {"orders_per_month": "9"}}',
        '{"A": {"orders_per_month": 9, "price": 1}}',
        '{"A": {"orders_per_month": 2147483648}}',
    ],
)
def test_plans_that_make_no_sense_are_refused(settings: Settings, text: str) -> None:
    settings.LEJAR_PLANS = text

    with pytest.raises(billing.WrongPlans):
        billing.plans()


@pytest.mark.parametrize("text", ["", STANDARD])
def test_the_worker_goes_its_round_without_a_shop_too(settings: Settings, text: str) -> None:
    settings.LEJAR_PLANS = text

    tasks.shops()

    assert not ShopPlan.objects.exists()
