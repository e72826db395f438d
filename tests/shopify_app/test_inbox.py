"""What a stored delivery becomes: facts, a change of the shop, or a failure that names a field."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError
from pytest_django import Settings

from accounting import posting
from accounting.models import Document, Fact, Order, Store
from shopify_app import inbox, tasks
from shopify_app.models import Delivery, PrivacyRequest, Shop, ShopDetails, ShopPlan
from tests.accounting.races import halted
from tests.books import make_book
from tests.deliveries import SECRET, SHOP, deliver, make_delivery, make_shop
from tests.payloads import ORDER_ID, as_body, make_order, make_refund, make_transaction, without
from tests.refetched import make_answer, make_paid

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def secrets(settings: Settings) -> None:
    settings.SHOPIFY_API_SECRETS = [SECRET]


@pytest.fixture
def shop(now: datetime) -> Shop:
    return make_shop(SHOP, now)


def only() -> Delivery:
    return Delivery.objects.get()


def test_order_transaction_and_refund_become_facts_of_one_order(shop: Shop, now: datetime) -> None:
    deliver(as_body(make_order()), "orders/create")
    deliver(as_body(make_transaction()), "order_transactions/create")
    deliver(as_body(make_refund()), "refunds/create")

    processed = inbox.process(now=now)

    assert processed == 3
    assert set(Delivery.objects.values_list("state", flat=True)) == {"done"}
    order = Order.objects.get()
    kinds = Fact.objects.filter(order=order).values_list("kind", flat=True)
    assert sorted(kinds) == ["order", "refund", "transaction", "transaction"]
    assert order.plan_at == now


def test_of_an_orders_attributes_those_become_facts_that_the_merchant_named(
    shop: Shop, now: datetime
) -> None:
    said = [{"name": "tin", "value": "C1"}, {"name": "Gift note", "value": "for Aisyah"}]
    Store.objects.update(tax_attributes={"tin": "TIN", "nric": "IC"})
    deliver(as_body(make_order(note_attributes=said)), "orders/create")

    inbox.process(now=now)

    details = Fact.objects.get(kind="order").body["tax_details"]
    assert details["tin"] == "C1"
    assert "for Aisyah" not in details.values()


def test_where_the_merchant_named_nothing_the_fact_has_no_place_for_it(
    shop: Shop, now: datetime
) -> None:
    said = [{"name": "TIN", "value": "C1"}]
    deliver(as_body(make_order(note_attributes=said)), "orders/create")

    inbox.process(now=now)

    assert "tax_details" not in Fact.objects.get(kind="order").body


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b"not JSON", ""),
        (b'{"a":1,"a":2}', "a"),
        (as_body(without(make_order(), "total_price", "total_price_set")), "total_price_set"),
        (as_body(make_order()).replace(b'"MYR"', b'"USD"'), "currency"),
        (b"\xff\xfe", ""),
    ],
)
def test_a_body_that_cannot_be_used_is_a_failed_delivery_that_names_the_field(
    shop: Shop, now: datetime, body: bytes, path: str
) -> None:
    deliver(body)

    inbox.process(now=now)

    assert only().state == "failed"
    assert only().path == path
    assert only().error
    assert not Fact.objects.exists()
    assert not Order.objects.exists()


def test_an_unknown_topic_is_a_visible_failed_delivery(shop: Shop, now: datetime) -> None:
    deliver(b"{}", "products/create")

    inbox.process(now=now)

    assert (only().state, only().path) == ("failed", "topic")


def test_a_refetch_cannot_come_through_the_door(shop: Shop, now: datetime) -> None:
    deliver(as_body(make_answer(transactions=[make_paid()])), "refetch")

    inbox.process(now=now)

    assert (only().state, only().path) == ("failed", "topic")
    assert not Fact.objects.exists()
    assert not Order.objects.exists()


def test_a_deleted_order_that_is_known_says_so_and_keeps_its_facts(
    shop: Shop, now: datetime
) -> None:
    deliver(as_body(make_order()), "orders/create")
    deliver(as_body({"id": ORDER_ID}), "orders/delete", Triggered_At="2026-11-21T02:00:00Z")

    inbox.process(now=now)

    picture = posting.facts_of(Order.objects.get())
    assert set(Delivery.objects.values_list("state", flat=True)) == {"done"}
    assert picture.deleted_at == datetime(2026, 11, 21, 2, tzinfo=UTC)
    assert picture.latest is not None


def test_a_deleted_order_that_is_not_known_is_kept_and_planned_without_a_mistake(
    shop: Shop, now: datetime
) -> None:
    shop.store.book = make_book(now)
    shop.store.save()
    deliver(as_body({"id": ORDER_ID}), "orders/delete")
    inbox.process(now=now)

    posting.plan(now=now + timedelta(days=1))

    order = Order.objects.get()
    assert only().state == "done"
    assert (order.order_id, order.name) == (ORDER_ID, "")
    assert "INTERNAL" not in [problem["code"] for problem in order.problems]
    assert not Document.objects.exists()


def test_another_body_under_the_topic_of_deletions_deletes_nothing(
    shop: Shop, now: datetime
) -> None:
    deliver(as_body(make_order()), "orders/delete")

    inbox.process(now=now)

    assert (only().state, only().path) == ("failed", "created_at")
    assert not Fact.objects.exists()


def test_a_bad_delivery_leaves_its_neighbours_alone(shop: Shop, now: datetime) -> None:
    deliver(b"broken")
    deliver(as_body(make_order()))

    inbox.process(now=now)

    assert list(Delivery.objects.order_by("id").values_list("state", flat=True)) == [
        "failed",
        "done",
    ]


def test_a_mistake_of_ours_fails_the_delivery_and_is_reported(
    shop: Shop, now: datetime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("accounting.posting.record_facts", broken)
    deliver(as_body(make_order()))

    inbox.process(now=now)

    assert only().state == "failed"
    assert "ZeroDivisionError" in caplog.text
    assert "Contoh" not in caplog.text


def test_a_failed_delivery_can_be_tried_again_after_a_fix(shop: Shop, now: datetime) -> None:
    deliver(as_body(make_order()).replace(b'"MYR"', b'"SGD"'))
    inbox.process(now=now)
    Store.objects.update(currency="SGD")

    tried = inbox.retry_delivery(shop_domain=SHOP, delivery_id=only().id)
    inbox.process(now=now)

    assert tried
    assert only().state == "done"


def test_another_shop_cannot_retry_a_delivery(shop: Shop, now: datetime) -> None:
    deliver(b"broken")
    inbox.process(now=now)

    tried = inbox.retry_delivery(shop_domain="other.myshopify.com", delivery_id=only().id)

    assert not tried
    assert only().state == "failed"


def test_orders_of_a_shop_that_has_not_opened_lejar_are_parked(now: datetime) -> None:
    deliver(as_body(make_order()))

    inbox.process(now=now)

    assert only().state == "parked"
    assert not Fact.objects.exists()


def test_a_body_signed_for_one_shop_is_refused_under_anothers_name(
    shop: Shop, now: datetime
) -> None:
    make_shop("other.myshopify.com", now)
    deliver(as_body(make_order()))
    deliver(as_body(make_order()), Shop_Domain="other.myshopify.com")
    deliver(as_body(make_refund()), "refunds/create", Shop_Domain="other.myshopify.com")

    inbox.process(now=now)

    refused = Delivery.objects.filter(shop_domain="other.myshopify.com")
    assert set(refused.values_list("state", flat=True)) == {"failed"}
    assert not Fact.objects.exclude(store=shop.store).exists()


def test_an_uninstall_stops_sending_and_a_late_one_does_not(shop: Shop, now: datetime) -> None:
    body = as_body({"id": 1, "domain": "shop.test", "myshopify_domain": SHOP})
    early, late = now - timedelta(days=2), now
    deliver(body, "app/uninstalled", Triggered_At=early.isoformat(), Webhook_Id="early")
    inbox.process(now=now)
    assert Shop.objects.get().state == "active"

    deliver(body, "app/uninstalled", Triggered_At=late.isoformat(), Webhook_Id="late")
    inbox.process(now=now)

    assert Shop.objects.get().state == "uninstalled"
    assert not Store.objects.get().sending


def test_an_uninstall_that_names_another_shop_is_refused(shop: Shop, now: datetime) -> None:
    deliver(as_body({"id": 1, "myshopify_domain": "other.myshopify.com"}), "app/uninstalled")

    inbox.process(now=now)

    assert only().state == "failed"
    assert Shop.objects.get().state == "active"


SHOP_BODY = {"id": 70010000001, "myshopify_domain": SHOP, "email": "owner@kedai.test"}
SUBSCRIPTION = {
    "app_subscription": {
        "name": "Large",
        "status": "ACTIVE",
        "admin_graphql_api_shop_id": "gid://shopify/Shop/70010000001",
    }
}


@pytest.mark.parametrize(
    ("topic", "body"), [("shop/update", SHOP_BODY), ("app_subscriptions/update", SUBSCRIPTION)]
)
def test_a_change_of_the_shop_or_its_plan_is_a_hint_to_read_it_and_no_more(
    shop: Shop, now: datetime, topic: str, body: Any
) -> None:
    Shop.objects.update(read_ready_at=now + timedelta(days=1))
    deliver(as_body(body), topic)

    inbox.process(now=now)

    assert only().state == "done"
    assert Shop.objects.get().read_ready_at == now
    assert not ShopPlan.objects.exists()
    assert not ShopDetails.objects.exists()


@pytest.mark.parametrize(
    ("topic", "body", "path"),
    [
        (
            "shop/update",
            {**SHOP_BODY, "myshopify_domain": "toko.myshopify.com"},
            "myshopify_domain",
        ),
        (
            "app_subscriptions/update",
            SUBSCRIPTION,
            "app_subscription.admin_graphql_api_shop_id",
        ),
        ("app_subscriptions/update", {"app_subscription": None}, "app_subscription"),
    ],
)
def test_a_change_of_another_shop_or_of_nothing_is_refused(
    shop: Shop, now: datetime, topic: str, body: Any, path: str
) -> None:
    ShopDetails.objects.create(shop=shop, shopify_id=7)
    Shop.objects.update(read_ready_at=now + timedelta(days=1))
    deliver(as_body(body), topic)

    inbox.process(now=now)

    assert (only().state, only().path) == ("failed", path)
    assert Shop.objects.get().read_ready_at == now + timedelta(days=1)


def test_a_reading_that_is_due_already_keeps_its_turn(shop: Shop, now: datetime) -> None:
    Shop.objects.update(read_ready_at=now - timedelta(hours=1))
    deliver(as_body(SHOP_BODY), "shop/update")

    inbox.process(now=now)

    assert Shop.objects.get().read_ready_at == now - timedelta(hours=1)


def test_a_change_of_scopes_is_kept(shop: Shop, now: datetime) -> None:
    body = as_body({"id": 1, "previous": [], "current": ["read_orders", "read_products"]})
    deliver(body, "app/scopes_update")

    inbox.process(now=now)

    assert "read_orders" in Shop.objects.get().scopes


@pytest.mark.parametrize("topic", ["customers/data_request", "customers/redact", "shop/redact"])
def test_a_compliance_request_is_kept_with_its_due_date(
    shop: Shop, now: datetime, topic: str
) -> None:
    body: dict[str, Any] = {"shop_id": 1, "shop_domain": SHOP}
    deliver(as_body(body if topic == "shop/redact" else body | {"customer": {"id": 9}}), topic)

    inbox.process(now=now)

    asked = PrivacyRequest.objects.get()
    assert (asked.topic, asked.shop_domain) == (topic, SHOP)
    assert asked.due_at - asked.received_at == timedelta(days=30)


def test_a_delivery_that_the_database_cannot_take_fails_alone(
    shop: Shop, now: datetime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    deliver(as_body(make_order(id=77, name="#" + "1" * 200)))
    deliver(as_body(make_order()))

    inbox.process(now=now)

    states = Delivery.objects.order_by("id").values_list("state", flat=True)
    assert list(states) == ["failed", "done"]
    assert Order.objects.count() == 1


def test_a_database_in_trouble_fails_no_delivery(
    shop: Shop, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: Any, **__: Any) -> None:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr("accounting.posting.record_facts", down)
    deliver(as_body(make_order()))

    with pytest.raises(OperationalError):
        inbox.process(now=now)

    assert only().state == "new"


# --- many at once


def test_what_was_copied_to_another_shop_never_outruns_what_it_was_copied_from(
    shop: Shop, now: datetime
) -> None:
    """However many wait: the first shop to name an order owns it."""
    make_shop("a-kedai.myshopify.com", now)
    for number in range(25):
        make_delivery(SHOP, f"{number}", now, id=7000 + number)
    make_delivery("a-kedai.myshopify.com", "copy", now, id=7024)

    inbox.process(now=now)

    assert set(Order.objects.values_list("store__name", flat=True)) == {SHOP}
    assert Delivery.objects.get(state="failed").webhook_id == "copy"


@pytest.mark.django_db(transaction=True)
def test_what_was_copied_to_another_shop_is_refused_while_its_own_is_being_read(
    now: datetime,
) -> None:
    make_shop(SHOP, now)
    make_shop("a-kedai.myshopify.com", now)
    make_delivery(SHOP, "own", now)
    make_delivery("a-kedai.myshopify.com", "copy", now)

    with (
        ThreadPoolExecutor(1) as pool,
        halted(pool, lambda: inbox.process(now=now, limit=1), "SKIP LOCKED"),
    ):
        inbox.process(now=now)

    assert dict(Delivery.objects.values_list("webhook_id", "state")) == {
        "own": "done",
        "copy": "failed",
    }
    assert Order.objects.get().store.name == SHOP


def test_planning_goes_on_between_the_deliveries_of_a_flood(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    left, done = {"deliveries": 250, "orders": 30}, []

    def work(name: str) -> Callable[..., int]:
        def some(**_: Any) -> int:
            count = min(left[name], 100)
            left[name] -= count
            done.append((name, count))
            return count

        return some

    monkeypatch.setattr(inbox, "process", work("deliveries"))
    monkeypatch.setattr(posting, "plan", work("orders"))

    tasks.plan()

    counts = [100, 30, 100, 0, 50, 0, 0, 0]
    assert done == list(zip(["deliveries", "orders"] * 4, counts, strict=True))


def test_wake_ups_that_come_while_planning_takes_long_do_not_fill_the_worker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    began: list[int] = []

    def wakes_another(**_: Any) -> int:
        began.append(1)
        tasks.plan()
        return 0

    monkeypatch.setattr(inbox, "process", wakes_another)

    tasks.plan()
    tasks.plan()

    assert len(began) == 2 * tasks.PLANNERS
