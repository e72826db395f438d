"""Shopify's delivery van: signs webhooks and brings them late, twice and out of order."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from random import Random

import requests

from shopify_app.demo.life import Webhook

API_VERSION = "2026-10"
PATH = "/webhooks/shopify"
TWICE, TWICE_UNDER_A_NEW_ID, DELAYED = 0.2, 0.02, 0.1  # shares of all deliveries
FORGED = 3
TRIES, PAUSE_SECONDS, TIMEOUT_SECONDS = 8, 0.5, 10
VANS = 4  # deliveries under way at one time


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One delivery. `forged` ones carry a signature that does not fit."""

    domain: str
    topic: str
    body: bytes
    webhook_id: str
    event_id: str
    at: datetime
    forged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What is brought first, and what arrives only after everything else."""

    prompt: tuple[Parcel, ...]
    delayed: tuple[Parcel, ...]
    duplicates: int
    forged: int
    dropped: int = 0  # webhooks that are never brought


def signature(body: bytes, secret: str) -> str:
    """Base64 of the HMAC-SHA256 over the raw body (contract 5.2)."""
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def headers(parcel: Parcel, secret: str) -> dict[str, str]:
    """Everything Shopify sends along (contract 16.11)."""
    triggered = parcel.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z"
    return {
        "Content-Type": "application/json",
        "X-Shopify-Topic": parcel.topic,
        "X-Shopify-Hmac-Sha256": signature(parcel.body, "forged" if parcel.forged else secret),
        "X-Shopify-Shop-Domain": parcel.domain,
        "X-Shopify-API-Version": API_VERSION,
        "X-Shopify-Webhook-Id": parcel.webhook_id,
        "X-Shopify-Event-Id": parcel.event_id,
        "X-Shopify-Triggered-At": triggered,
    }


def parcels(domain: str, webhooks: Iterable[Webhook], random: Random) -> list[Parcel]:
    """Webhooks packed; those told by one event at one moment share its event id."""
    events: dict[tuple[object, datetime], str] = {}
    return [
        Parcel(
            domain=domain,
            topic=hook.topic,
            body=json.dumps(hook.body, ensure_ascii=False).encode(),
            webhook_id=_uuid(random),
            event_id=events.setdefault((hook.body.get("id"), hook.at), _uuid(random)),
            at=hook.at,
        )
        for hook in webhooks
    ]


def unreadable(domain: str, at: datetime, random: Random) -> list[Parcel]:
    """Two deliveries that are properly signed and yet cannot be understood."""
    inputs = (
        ("orders/create", b'{"id": 1, "name": "#broken", "line_items": ['),
        ("carts/update", b'{"id": 2}'),
    )
    return [
        Parcel(
            domain=domain,
            topic=topic,
            body=body,
            webhook_id=_uuid(random),
            event_id=_uuid(random),
            at=at,
        )
        for topic, body in inputs
    ]


def shuffle(originals: Sequence[Parcel], punctual: Collection[str], random: Random) -> Round:
    """Some twice, some forged, some late, none in order; `punctual` webhook ids are never late."""
    again = [parcel for parcel in originals if random.random() < TWICE]
    renamed = [
        replace(parcel, webhook_id=_uuid(random))
        for parcel in originals
        if random.random() < TWICE_UNDER_A_NEW_ID
    ]
    forged = [
        replace(parcel, forged=True, webhook_id=_uuid(random))
        for parcel in random.sample(list(originals), min(FORGED, len(originals)))
    ]
    everything = [*originals, *again, *renamed, *forged]
    random.shuffle(everything)
    late = {parcel.webhook_id for parcel in originals if random.random() < DELAYED}
    late.difference_update(punctual)
    return Round(
        prompt=tuple(parcel for parcel in everything if parcel.webhook_id not in late),
        delayed=tuple(parcel for parcel in everything if parcel.webhook_id in late),
        duplicates=len(again) + len(renamed),
        forged=len(forged),
    )


def deliver(
    parcel: Parcel, url: str, secret: str, *, sleep: Callable[[float], None] = time.sleep
) -> int:
    """The status of the last answer; 0 when there was none. Anything but 2xx and 401 is tried
    again, as Shopify does."""
    status = 0
    for attempt in range(TRIES):
        if attempt:
            sleep(PAUSE_SECONDS * attempt)
        try:
            status = requests.post(
                url + PATH,
                data=parcel.body,
                headers=headers(parcel, secret),
                timeout=TIMEOUT_SECONDS,
                allow_redirects=False,
            ).status_code
        except requests.RequestException:
            status = 0
        if status == 401 or 200 <= status < 300:
            break
    return status


def deliver_all(
    brought: Sequence[Parcel], url: str, secret: str, tell: Callable[[int], None]
) -> Counter[int]:
    """How often each status was answered; `tell` hears how many are done."""
    statuses: Counter[int] = Counter()
    with ThreadPoolExecutor(VANS) as vans:
        for done, status in enumerate(
            vans.map(lambda parcel: deliver(parcel, url, secret), brought), start=1
        ):
            statuses[status] += 1
            tell(done)
    return statuses


def _uuid(random: Random) -> str:
    return str(uuid.UUID(int=random.getrandbits(128), version=4))
