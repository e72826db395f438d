"""Webhooks as Shopify brings them: signed, with its headers, late, twice, out of order, again.

A try has 1 s to connect and 5 s in all; only 2xx is success and nothing is followed. What fails is
tried eight times more over four hours of the shop's clock, with the original body under the same
id (contract 5.1). How a shop's deliveries go wrong is in `PretendedShop.deliveries`:

    drop        topics, or "all", that are never sent; "times" limits how many
    duplicate   how often each is brought once more, under the same id
    delay       seconds before the first try
    reorder     true: what is due is brought newest first
    version     the version the deliveries name
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from django.conf import settings

from shopify_app.sandbox import access, versions
from shopify_app.sandbox.models import PretendedDelivery, PretendedShop

CONNECT_SECONDS, TOTAL_SECONDS = 1, 5
PAUSES = (56, 113, 226, 452, 904, 1807, 3614, 7228)  # doubling; four hours together
ORDER_TOPICS = frozenset(
    {
        *("orders/create", "orders/updated", "orders/paid", "orders/edited", "orders/cancelled"),
        *("orders/delete", "refunds/create", "order_transactions/create"),
    }
)
APP_TOPICS = frozenset(
    {
        *("app/uninstalled", "app/scopes_update", "shop/update", "app_subscriptions/update"),
        "bulk_operations/finish",
    }
)
COMPLIANCE_TOPICS = frozenset({"customers/data_request", "customers/redact", "shop/redact"})
AFTER_LEAVING = COMPLIANCE_TOPICS | {"app/uninstalled"}
SWITCHES = {"drop", "duplicate", "delay", "reorder", "version"}
State = PretendedDelivery.State


def tell(
    shop: PretendedShop, topic: str, body: Mapping[str, Any], event_id: str = ""
) -> list[PretendedDelivery]:
    """Puts a webhook on its way; `send_due` brings it. Nothing where the app may not hear of it.

    Raises ValueError for a topic that the contract does not list.
    """
    if topic not in ORDER_TOPICS | APP_TOPICS | COMPLIANCE_TOPICS:
        raise ValueError(f"no such topic: {topic}")
    if not _hears(shop, topic):
        return []
    shown = access.redacted(body, shop) if topic in ORDER_TOPICS else body
    now = shop.now()
    parcel = PretendedDelivery(
        shop=shop,
        topic=topic,
        webhook_id=str(uuid.uuid4()),
        event_id=event_id or str(uuid.uuid4()),
        triggered_at=now,
        body=json.dumps(shown, ensure_ascii=False).encode(),
        url=shop.webhook_url,
        due_at=now + timedelta(seconds=shop.deliveries.get("delay", 0)),
        state=State.DROPPED if _dropped(shop, topic) else State.WAITING,
    )
    copies = 1 + shop.deliveries.get("duplicate", 0)
    return PretendedDelivery.objects.bulk_create([_copy(parcel) for _ in range(copies)])


def _copy(parcel: PretendedDelivery) -> PretendedDelivery:
    names = [field.attname for field in parcel._meta.concrete_fields if not field.primary_key]
    return PretendedDelivery(**{name: getattr(parcel, name) for name in names})


def _hears(shop: PretendedShop, topic: str) -> bool:
    if not shop.installed:
        return topic in AFTER_LEAVING
    if topic in ORDER_TOPICS:
        return access.covers(set(shop.scopes), "read_orders") and shop.protected_data
    return True


def _dropped(shop: PretendedShop, topic: str) -> bool:
    dropping = shop.deliveries.get("drop") or {}
    if dropping.get("topics") not in ("all", None) and topic not in dropping["topics"]:
        return False
    if not dropping or dropping.get("times", 1) < 1:
        return False
    if "times" in dropping:
        dropping["times"] -= 1
        shop.save(update_fields=["deliveries"])
    return True


def send_due(shop: PretendedShop) -> int:
    """Brings what is due on the shop's clock, once each; how many tries were made."""
    rows = PretendedDelivery.objects.filter(shop=shop, state=State.WAITING, due_at__lte=shop.now())
    order = "-id" if shop.deliveries.get("reorder") else "id"
    parcels = list(rows.order_by(order))
    for parcel in parcels:
        _brought(parcel, attempt(parcel, shop), shop.now())
    return len(parcels)


def _brought(parcel: PretendedDelivery, status: int, now: datetime) -> None:
    parcel.statuses = [*parcel.statuses, status]
    tries = len(parcel.statuses)
    if 200 <= status < 300:
        parcel.state = State.DELIVERED
    elif tries > len(PAUSES):
        parcel.state = State.GIVEN_UP
    else:
        parcel.due_at = now + timedelta(seconds=PAUSES[tries - 1])
    parcel.save(update_fields=["statuses", "state", "due_at"])


def attempt(parcel: PretendedDelivery, shop: PretendedShop) -> int:
    """The status of one try; 0 where none came within five seconds."""
    body = bytes(parcel.body)
    begun = time.monotonic()
    try:
        with requests.post(
            parcel.url,
            data=body,
            headers=headers(parcel, shop, body),
            timeout=(CONNECT_SECONDS, TOTAL_SECONDS),
            allow_redirects=False,
            stream=True,  # the status counts; what else is said is not read
        ) as response:
            status = response.status_code
    except requests.RequestException:
        return 0
    return status if time.monotonic() - begun <= TOTAL_SECONDS else 0


def headers(parcel: PretendedDelivery, shop: PretendedShop, body: bytes) -> dict[str, str]:
    """Contract 16.11."""
    triggered = parcel.triggered_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    return {
        "Content-Type": "application/json",
        "X-Shopify-Topic": parcel.topic,
        "X-Shopify-Hmac-Sha256": signature(body),
        "X-Shopify-Shop-Domain": shop.domain,
        "X-Shopify-API-Version": shop.deliveries.get("version") or versions.PINNED,
        "X-Shopify-Webhook-Id": parcel.webhook_id,
        "X-Shopify-Event-Id": parcel.event_id,
        "X-Shopify-Triggered-At": f"{triggered}000Z",
    }


def signature(body: bytes) -> str:
    """By the app's current secret, over the body and nothing else."""
    digest = hmac.new(settings.SHOPIFY_API_SECRETS[0].encode(), body, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()
