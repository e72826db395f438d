"""What a store may send: everything, nothing for a reason, or so many orders in a period.

Whoever runs Lejar decides it; this side only obeys. A paused store plans and holds as ever, and its
documents wait in the outbox. Under a limit an order is counted when its first document may be sent;
beyond it an order waits with all its documents, and whatever follows of an order once begun, like
its payments and refunds, goes out.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from accounting.models import Document, Order, Store

UNBEGUN = (Document.State.WAITING, Document.State.SKIPPED)
ROOM = Q(orders_limit=None) | Q(orders_begun__lt=F("orders_limit"))


def allow(
    store_id: int, *, paused_reason: str = "", limit: int | None = None, since: datetime | None
) -> bool:
    """Let the store send, unless there is a reason not to, up to `limit` orders begun `since` the
    period began; another beginning counts from nothing. Returns whether anything changed."""
    store = Store.objects.filter(id=store_id)
    anew = store.exclude(orders_since=since) if since else store.exclude(orders_since=None)
    begins = anew.update(orders_begun=0, orders_since=since)
    as_it_is = Q(paused_reason=paused_reason, orders_limit=limit)
    return bool(store.exclude(as_it_is).update(paused_reason=paused_reason, orders_limit=limit)) | (
        begins > 0
    )


def waiting(store_id: int) -> QuerySet[Order]:
    """The store's orders that wait for room, the longest waiting first."""
    asked = Order.objects.filter(store_id=store_id, begin_asked_at__isnull=False)
    return asked.order_by("begin_asked_at", "id")


def may_begin(head: Document, *, now: datetime) -> bool:
    """Whether the order of its first unfinished document may send it: it has begun, or there is
    room, which it takes. Else the order is noted as waiting. The caller holds the order."""
    order = head.order
    free = head.store.orders_limit is None and order.begin_asked_at is None
    if free or order.begun_at is not None:
        return True
    documents = Document.objects.filter(order=order)
    if documents.exclude(state__in=UNBEGUN).exists():  # begun when there was no limit
        return True
    row = Order.objects.filter(id=order.id)
    if Store.objects.filter(ROOM, id=head.store_id).update(orders_begun=F("orders_begun") + 1):
        row.update(begun_at=now, begin_asked_at=None)
        return True
    row.update(begin_asked_at=Coalesce("begin_asked_at", now))
    return False
