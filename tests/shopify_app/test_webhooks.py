"""The door for Shopify: what is stored, what is refused, and what a stored delivery becomes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import zlib
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from accounting.models import Fact, Order, Store
from shopify_app import webhooks
from shopify_app.models import Delivery, PrivacyRequest, Shop
from tests.payloads import as_body, make_order, make_refund, make_transaction, without

pytestmark = pytest.mark.django_db

SECRET = "hush-test-secret-0123456789abcdef"
OLD_SECRET = "older-test-secret-0123456789abcd"
SHOP = "kedai-angsana.myshopify.com"


@pytest.fixture(autouse=True)
def secrets(settings: Settings) -> None:
    settings.SHOPIFY_API_SECRETS = [SECRET, OLD_SECRET]


@pytest.fixture
def shop(now: datetime) -> Shop:
    return make_shop(SHOP, now)


def make_shop(domain: str, now: datetime) -> Shop:
    store = Store.objects.create(name=domain)
    return Shop.objects.create(domain=domain, store=store, installed_at=now - timedelta(days=1))


def sign(body: bytes, secret: str = SECRET) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def deliver(body: bytes, topic: str = "orders/paid", **headers: str) -> HttpResponse:
    given = {
        "X-Shopify-Hmac-Sha256": sign(body),
        "X-Shopify-Shop-Domain": SHOP,
        "X-Shopify-Topic": topic,
        "X-Shopify-Webhook-Id": hashlib.sha256(topic.encode() + body).hexdigest()[:36],
        "X-Shopify-Triggered-At": "2026-11-20T02:00:05.123456789Z",
    }
    given |= {f"X-Shopify-{name.replace('_', '-')}": value for name, value in headers.items()}
    return Client().post("/webhooks/shopify", body, content_type="application/json", headers=given)


def only() -> Delivery:
    return Delivery.objects.get()


def test_a_signed_webhook_is_stored_as_it_came_and_answered_200() -> None:
    body = as_body(make_order())

    response = deliver(body)

    assert response.status_code == 200
    assert zlib.decompress(only().body) == body
    assert (only().shop_domain, only().topic, only().state) == (SHOP, "orders/paid", "new")


def test_storing_is_one_statement_and_nothing_else(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(1):
        deliver(b"not even JSON")

    assert only().state == "new"


def test_the_same_webhook_again_is_answered_200_and_stored_once() -> None:
    body = as_body(make_order())

    answers = [deliver(body).status_code for _ in range(3)]

    assert answers == [200, 200, 200]
    assert Delivery.objects.count() == 1


def test_one_webhook_id_of_two_shops_is_two_deliveries() -> None:
    deliver(b"{}", Webhook_Id="same")
    deliver(b"{}", Webhook_Id="same", Shop_Domain="other.myshopify.com")

    assert Delivery.objects.count() == 2


def test_a_webhook_without_an_id_is_told_apart_by_its_content() -> None:
    for body in (b"{}", b"{}", b'{"a":1}'):
        deliver(body, Webhook_Id="")

    assert Delivery.objects.count() == 2


def test_the_secret_being_rotated_out_still_signs() -> None:
    assert deliver(b"{}", Hmac_Sha256=sign(b"{}", OLD_SECRET)).status_code == 200


@pytest.mark.parametrize(
    "signature", ["", "wrong", sign(b"{} "), sign(b"{}", "another secret"), "é" * 44, "=" * 10_000]
)
def test_a_wrong_signature_is_401_without_a_word_and_nothing_is_stored(signature: str) -> None:
    response = deliver(b"{}", Hmac_Sha256=signature)

    assert (response.status_code, response.content) == (401, b"")
    assert not Delivery.objects.exists()


def test_without_any_secret_nothing_is_believed(settings: Settings) -> None:
    settings.SHOPIFY_API_SECRETS = []

    assert deliver(b"{}", Hmac_Sha256=sign(b"{}", "")).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Shop_Domain": ""},
        {"Shop_Domain": "evil.example.test"},
        {"Shop_Domain": "a.myshopify.com.evil.test"},
        {"Topic": ""},
        {"Topic": "x" * 101},
    ],
)
def test_a_signed_webhook_with_unusable_headers_is_400_and_not_stored(
    headers: dict[str, str],
) -> None:
    assert deliver(b"{}", **headers).status_code == 400
    assert not Delivery.objects.exists()


def test_only_post_is_answered() -> None:
    assert Client().get("/webhooks/shopify").status_code == 405


def test_a_database_that_does_not_answer_is_503_so_that_shopify_tries_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def down(*_: Any, **__: Any) -> None:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(Delivery.objects, "bulk_create", down)

    assert deliver(b"{}").status_code == 503


def test_order_transaction_and_refund_become_facts_of_one_order(shop: Shop, now: datetime) -> None:
    deliver(as_body(make_order()), "orders/create")
    deliver(as_body(make_transaction()), "order_transactions/create")
    deliver(as_body(make_refund()), "refunds/create")

    processed = webhooks.process(now=now)

    assert processed == 3
    assert set(Delivery.objects.values_list("state", flat=True)) == {"done"}
    order = Order.objects.get()
    kinds = Fact.objects.filter(order=order).values_list("kind", flat=True)
    assert sorted(kinds) == ["order", "refund", "transaction", "transaction"]
    assert order.plan_at == now


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

    webhooks.process(now=now)

    assert only().state == "failed"
    assert only().path == path
    assert only().error
    assert not Fact.objects.exists()
    assert not Order.objects.exists()


def test_an_unknown_topic_is_a_visible_failed_delivery(shop: Shop, now: datetime) -> None:
    deliver(b"{}", "products/create")

    webhooks.process(now=now)

    assert (only().state, only().path) == ("failed", "topic")


def test_a_bad_delivery_leaves_its_neighbours_alone(shop: Shop, now: datetime) -> None:
    deliver(b"broken")
    deliver(as_body(make_order()))

    webhooks.process(now=now)

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

    webhooks.process(now=now)

    assert only().state == "failed"
    assert "ZeroDivisionError" in caplog.text
    assert "Contoh" not in caplog.text


def test_a_failed_delivery_can_be_tried_again_after_a_fix(shop: Shop, now: datetime) -> None:
    deliver(as_body(make_order()).replace(b'"MYR"', b'"SGD"'))
    webhooks.process(now=now)
    Store.objects.update(currency="SGD")

    tried = webhooks.retry_delivery(shop_domain=SHOP, delivery_id=only().id, now=now)
    webhooks.process(now=now)

    assert tried
    assert only().state == "done"


def test_another_shop_cannot_retry_a_delivery(shop: Shop, now: datetime) -> None:
    deliver(b"broken")
    webhooks.process(now=now)

    tried = webhooks.retry_delivery(
        shop_domain="other.myshopify.com", delivery_id=only().id, now=now
    )

    assert not tried
    assert only().state == "failed"


def test_orders_of_a_shop_that_has_not_opened_lejar_are_parked(now: datetime) -> None:
    deliver(as_body(make_order()))

    webhooks.process(now=now)

    assert only().state == "parked"
    assert not Fact.objects.exists()


def test_a_body_signed_for_one_shop_is_refused_under_anothers_name(
    shop: Shop, now: datetime
) -> None:
    make_shop("other.myshopify.com", now)
    deliver(as_body(make_order()))
    deliver(as_body(make_order()), Shop_Domain="other.myshopify.com")
    deliver(as_body(make_refund()), "refunds/create", Shop_Domain="other.myshopify.com")

    webhooks.process(now=now)

    refused = Delivery.objects.filter(shop_domain="other.myshopify.com")
    assert set(refused.values_list("state", flat=True)) == {"failed"}
    assert not Fact.objects.exclude(store=shop.store).exists()


def test_an_uninstall_stops_sending_and_a_late_one_does_not(shop: Shop, now: datetime) -> None:
    body = as_body({"id": 1, "domain": "shop.test", "myshopify_domain": SHOP})
    early, late = now - timedelta(days=2), now
    deliver(body, "app/uninstalled", Triggered_At=early.isoformat(), Webhook_Id="early")
    webhooks.process(now=now)
    assert Shop.objects.get().state == "active"

    deliver(body, "app/uninstalled", Triggered_At=late.isoformat(), Webhook_Id="late")
    webhooks.process(now=now)

    assert Shop.objects.get().state == "uninstalled"
    assert not Store.objects.get().sending


def test_an_uninstall_that_names_another_shop_is_refused(shop: Shop, now: datetime) -> None:
    deliver(as_body({"id": 1, "myshopify_domain": "other.myshopify.com"}), "app/uninstalled")

    webhooks.process(now=now)

    assert only().state == "failed"
    assert Shop.objects.get().state == "active"


def test_a_change_of_scopes_is_kept(shop: Shop, now: datetime) -> None:
    body = as_body({"id": 1, "previous": [], "current": ["read_orders", "read_products"]})
    deliver(body, "app/scopes_update")

    webhooks.process(now=now)

    assert "read_orders" in Shop.objects.get().scopes


@pytest.mark.parametrize("topic", ["customers/data_request", "customers/redact", "shop/redact"])
def test_a_compliance_request_is_kept_with_its_due_date(
    shop: Shop, now: datetime, topic: str
) -> None:
    body: dict[str, Any] = {"shop_id": 1, "shop_domain": SHOP, "customer": {"id": 9}}
    deliver(as_body(body | {"orders_to_redact": [1], "orders_requested": [1]}), topic)

    webhooks.process(now=now)

    asked = PrivacyRequest.objects.get()
    assert (asked.topic, asked.shop_domain) == (topic, SHOP)
    assert asked.due_at - asked.received_at == timedelta(days=30)


def test_a_delivery_that_the_database_cannot_take_fails_alone(
    shop: Shop, now: datetime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    deliver(as_body(make_order(id=77, name="#" + "1" * 200)))
    deliver(as_body(make_order()))

    webhooks.process(now=now)

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
        webhooks.process(now=now)

    assert only().state == "new"
