"""The door for Shopify: what is stored and what is refused."""

from __future__ import annotations

import zlib
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from shopify_app.models import Delivery
from tests.deliveries import OLD_SECRET, SECRET, SHOP, deliver, sign
from tests.payloads import as_body, make_order

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def secrets(settings: Settings) -> None:
    settings.SHOPIFY_API_SECRETS = [SECRET, OLD_SECRET]


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

    assert response.status_code == 401
    assert response.getvalue() == b""
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

    monkeypatch.setattr(connection, "cursor", down)

    assert deliver(b"{}").status_code == 503
