"""Shops that exist here, and webhooks as Shopify would send them: signed, with their headers."""

from __future__ import annotations

import base64
import hashlib
import hmac
import zlib
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponseBase
from django.test import Client

from accounting.models import Book
from shopify_app.models import Delivery, Shop
from tests.books import make_store
from tests.payloads import as_body, make_order

SECRET = "hush-test-secret-0123456789abcdef"
OLD_SECRET = "older-test-secret-0123456789abcd"
SHOP = "kedai-angsana.myshopify.com"


def make_shop(domain: str, now: datetime, book: Book | None = None) -> Shop:
    store = make_store(book, domain)
    return Shop.objects.create(domain=domain, store=store, installed_at=now - timedelta(days=1))


def make_delivery(shop: str, webhook_id: str, now: datetime, **changes: Any) -> Delivery:
    """A paid order as the inbox holds it, not yet read; `changes` are those of the order."""
    return Delivery.objects.create(
        shop_domain=shop,
        webhook_id=webhook_id,
        topic="orders/paid",
        body=zlib.compress(as_body(make_order(**changes))),
        received_at=now,
    )


def sign(body: bytes, secret: str = SECRET) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def deliver(body: bytes, topic: str = "orders/paid", **headers: str) -> HttpResponseBase:
    given = {
        "X-Shopify-Hmac-Sha256": sign(body),
        "X-Shopify-Shop-Domain": SHOP,
        "X-Shopify-Topic": topic,
        "X-Shopify-Webhook-Id": hashlib.sha256(topic.encode() + body).hexdigest()[:36],
        "X-Shopify-Triggered-At": "2026-11-20T02:00:05.123456789Z",
    }
    given |= {f"X-Shopify-{name.replace('_', '-')}": value for name, value in headers.items()}
    return Client().post("/webhooks/shopify", body, content_type="application/json", headers=given)
