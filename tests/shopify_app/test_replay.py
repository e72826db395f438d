"""Captured webhooks go through the same door as Shopify's own, without any network."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from shopify_app.management.commands.replay import guess_topic
from shopify_app.models import Delivery

SHOP = "kedai-rimba.myshopify.com"
SECRET = "not a secret, only a text of more than thirty-two bytes"
ORDER = {"id": 1, "line_items": [], "created_at": "2026-11-20T21:14:05+08:00"}
CHANGED = {**ORDER, "updated_at": "2026-11-20T21:15:00+08:00"}
NEW = {**ORDER, "updated_at": ORDER["created_at"]}
REFUND = {"id": 2, "order_id": 1, "refund_line_items": []}
TRANSACTION = {"id": 3, "order_id": 1, "kind": "sale", "gateway": "Billplz"}

Capture = Callable[[str, str], Path]


@csrf_exempt
def door(request: HttpRequest) -> HttpResponse:
    """What the door must do as far as replaying depends on it: 401, or stored once."""
    digest = hmac.digest(SECRET.encode(), request.body, hashlib.sha256)
    if request.headers["X-Shopify-Hmac-Sha256"] != base64.b64encode(digest).decode():
        return HttpResponse(status=401)
    Delivery.objects.get_or_create(
        shop_domain=request.headers["X-Shopify-Shop-Domain"],
        webhook_id=request.headers["X-Shopify-Webhook-Id"],
        defaults={
            "topic": request.headers["X-Shopify-Topic"],
            "triggered_at": request.headers["X-Shopify-Triggered-At"],
            "body": request.body,
            "received_at": timezone.now(),
        },
    )
    return HttpResponse(status=200)


urlpatterns = [path("webhooks/shopify", door)]
# Requests manage their connections themselves, so no transaction may be around the test.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls(__name__)]


@pytest.fixture(autouse=True)
def configured(settings: Any) -> None:
    settings.SHOPIFY_API_SECRETS = [SECRET]
    settings.MIDDLEWARE = []


@pytest.fixture
def capture(tmp_path: Path) -> Capture:
    def write(name: str, text: str) -> Path:
        file = tmp_path / name
        file.write_text(text)
        return file

    return write


def replay(*files: Path, **options: str) -> list[str]:
    out = StringIO()
    call_command("replay", *map(str, files), shop=SHOP, stdout=out, **options)
    return out.getvalue().splitlines()


def stored() -> list[str]:
    return list(Delivery.objects.order_by("id").values_list("topic", flat=True))


def test_a_captured_order_is_signed_and_stored_byte_for_byte(capture: Capture) -> None:
    file = capture("order.json", json.dumps(CHANGED, indent=1))

    lines = replay(file)

    delivery = Delivery.objects.get()
    assert lines == ["order.json: orders/updated stored", "1 stored"]
    assert delivery.shop_domain == SHOP
    assert bytes(delivery.body) == file.read_bytes()


def test_replaying_a_file_twice_stores_it_once(capture: Capture) -> None:
    file = capture("order.json", json.dumps(NEW))

    lines = replay(file, file)

    assert lines == [
        "order.json: orders/create stored",
        "order.json: orders/create duplicate",
        "1 stored, 1 duplicate",
    ]
    assert stored() == ["orders/create"]


@pytest.mark.parametrize(
    ("body", "topic"),
    [
        (NEW, "orders/create"),
        (CHANGED, "orders/updated"),
        (REFUND, "refunds/create"),
        (TRANSACTION, "order_transactions/create"),
        ({"order_edit": {"id": 4}}, "orders/edited"),
    ],
)
def test_the_shape_of_a_body_gives_its_topic_away(body: dict[str, Any], topic: str) -> None:
    assert guess_topic(body, "file") == topic


def test_a_body_of_no_known_shape_needs_a_topic(capture: Capture) -> None:
    file = capture("odd.json", '{"id": 9}')

    with pytest.raises(CommandError, match=r"odd\.json: the topic cannot be guessed"):
        replay(file)
    assert stored() == []

    assert replay(file, topic="carts/update")[0] == "odd.json: carts/update stored"


def test_json_lines_name_their_topics_ids_and_times(capture: Capture) -> None:
    rows = [
        {"topic": "orders/paid", "body": CHANGED, "webhook_id": "w-1"},
        {
            "topic": "refunds/create",
            "body": json.dumps(REFUND),
            "triggered_at": "2026-11-22T00:00Z",
        },
    ]
    file = capture("day.jsonl", "\n".join(map(json.dumps, rows)))

    lines = replay(file)

    assert lines[:2] == ["day.jsonl:1: orders/paid stored", "day.jsonl:2: refunds/create stored"]
    first, second = Delivery.objects.order_by("id")
    assert first.webhook_id == "w-1"
    assert second.triggered_at == "2026-11-22T00:00Z"
    assert bytes(second.body) == json.dumps(REFUND).encode()


def test_broken_bytes_are_passed_on_as_they_are_when_the_topic_is_named(capture: Capture) -> None:
    file = capture("broken.json", '{"id": 1, "line_items": [')

    with pytest.raises(CommandError, match="neither one JSON object nor JSON lines"):
        replay(file)

    assert replay(file, topic="orders/create")[0] == "broken.json: orders/create stored"
    assert bytes(Delivery.objects.get().body) == file.read_bytes()


def test_a_refusal_is_shown_and_fails_the_command(
    capture: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = capture("order.json", json.dumps(NEW))
    monkeypatch.setattr(f"{__name__}.SECRET", "another secret than the configured one")
    out = StringIO()

    with pytest.raises(CommandError, match="refused"):
        call_command("replay", str(file), shop=SHOP, stdout=out)

    assert out.getvalue().splitlines()[0] == "order.json: orders/create refused (401)"
    assert stored() == []


def test_without_a_secret_nothing_is_sent(capture: Capture, settings: Any) -> None:
    settings.SHOPIFY_API_SECRETS = []

    with pytest.raises(CommandError, match="SHOPIFY_API_SECRET is not set"):
        replay(capture("order.json", json.dumps(NEW)))
    assert stored() == []
