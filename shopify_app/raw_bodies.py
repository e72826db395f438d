"""The bodies of stored webhooks: they hold personal data, so they are kept for days, not for good.

A delivery whose body is gone keeps its shop, id, topic and times, so that it is still known when it
comes again. One that only grew old keeps the digest of its body too; one that was erased for a
customer does not, because a phone number can be guessed from a digest.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from shopify_app.models import Delivery
from shopify_app.payloads import BadPayload

BATCH = 200
GONE = "Its content is no longer kept, so it cannot be read again."
ERASED = "Its content was erased with the personal data of a customer or the shop."


def raw(delivery: Delivery) -> bytes:
    """The body as Shopify sent it. Raises BadPayload when it is not kept any more."""
    if delivery.erased_at is not None:
        raise BadPayload("", GONE)
    return zlib.decompress(delivery.body)


@transaction.atomic
def erase_old(*, now: datetime, limit: int = BATCH) -> int:
    """Empty up to `limit` bodies older than SHOPIFY_RAW_DAYS, whatever became of them. Returns how
    many."""
    before = now - timedelta(days=settings.SHOPIFY_RAW_DAYS)
    old = Delivery.objects.filter(received_at__lt=before, erased_at=None).order_by("received_at")
    rows = list(old.select_for_update(skip_locked=True)[:limit])
    for row in rows:
        row.body_sha256 = hashlib.sha256(_readable(row)).hexdigest()
        row.body, row.erased_at = b"", now
    Delivery.objects.bulk_update(rows, ["body", "body_sha256", "erased_at"])
    return len(rows)


def mentioning(domain: str, ids: Collection[int]) -> Iterator[tuple[Delivery, bytes]]:
    """The shop's deliveries whose body names a customer or an order of these ids, and the body."""
    if not ids:
        return
    named = re.compile(rb"(?<!\d)(?:%b)(?!\d)" % b"|".join(str(each).encode() for each in ids))
    wanted = frozenset(map(str, ids))
    kept, after = Delivery.objects.filter(shop_domain=domain, erased_at=None), 0
    while page := list(kept.filter(id__gt=after).order_by("id")[:BATCH]):
        for row in page:
            body = _readable(row)
            if named.search(body) and _is_about(body, wanted):
                yield row, body
        after = page[-1].id


def erase(rows: QuerySet[Delivery], now: datetime) -> int:
    """Empty these bodies, and what was said about them. What was not read yet never will be, and
    says so. Returns how many."""
    unread = (Delivery.State.NEW, Delivery.State.PARKED, Delivery.State.FAILED)
    empty: dict[str, Any] = {"body": b"", "erased_at": now, "body_sha256": "", "path": ""}
    lost = rows.filter(state__in=unread).update(
        **empty, state=Delivery.State.FAILED, error=ERASED, processed_at=now
    )
    return lost + rows.exclude(state__in=unread).update(**empty, error="")


def _readable(row: Delivery) -> bytes:
    try:
        return zlib.decompress(row.body)
    except zlib.error:  # not stored by the door: then the bytes are what there is
        return bytes(row.body)


def _is_about(body: bytes, wanted: frozenset[str]) -> bool:
    """Whether an id in the body is one of these; the number may also stand there as an amount. What
    is not JSON is about whatever it mentions."""
    try:
        return _names(json.loads(body), wanted)
    except (ValueError, RecursionError):
        return True


def _names(value: Any, wanted: frozenset[str], key: str = "") -> bool:
    if isinstance(value, dict):
        return any(_names(each, wanted, name) for name, each in value.items())
    if isinstance(value, list):
        return any(_names(each, wanted, key) for each in value)
    is_id = key.endswith("id") or key.startswith("orders_")
    return is_id and str(value).rpartition("/")[2] in wanted
