"""Which orders wait to be read anew from Shopify, and what became of it.

    due, waiting_stores     whose turn it is
    sift                    of what a shop lists: what is unknown here, or known as it was before
    ask                     a person wants it
    keep, put_off, give_up  how a reading went

Nothing is asked for twice: an order whose reading has ended waits until something new arrives, the
shop lists a newer version, or a person asks. Each end of a reading is written only if nobody has
asked for another meanwhile.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from accounting import audit, posting
from accounting.facts import Fact
from accounting.models import Order, Store
from accounting.pauses import doubling

log = logging.getLogger(__name__)

CLOCKS = timedelta(minutes=5)  # by which Shopify's clock and ours may differ
AHEAD = timedelta(days=30)  # whom a person waits for goes before what a sweep found
LONGEST_PAUSE = 3600.0  # seconds between two attempts at one order


# --- whose turn it is ------------------------------------------------------------------------


def due(*, store_id: int, now: datetime, most: int) -> list[Order]:
    """The store's orders that are to be read now, those that have waited longest first."""
    rows = Order.objects.filter(store=store_id, refetch_ready_at__lte=now)
    return list(rows.order_by("refetch_ready_at", "id")[:most])


# One step of the index for each store, however many orders of it wait.
WAITING_STORES = """
    WITH RECURSIVE waiting AS (
        (SELECT store_id, refetch_ready_at FROM accounting_order
         WHERE refetch_ready_at IS NOT NULL ORDER BY store_id, refetch_ready_at LIMIT 1)
        UNION ALL
        SELECT following.* FROM waiting, LATERAL (
            SELECT store_id, refetch_ready_at FROM accounting_order
            WHERE refetch_ready_at IS NOT NULL AND store_id > waiting.store_id
            ORDER BY store_id, refetch_ready_at LIMIT 1
        ) AS following
    )
"""

# --- what a shop lists -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An order as a shop lists it, without what it says of money."""

    order_id: int
    name: str
    created_at: datetime
    updated_at: datetime
    was_refunded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sifted:
    """How many of the listed were unknown here, and how many known only as they were before."""

    missing: int
    stale: int


KNOWN = """
    SELECT o.store_id, o.id, o.order_id, o.state, o.refetch_ready_at, o.refetch_asked_at,
           o.refetch_trouble, (
        SELECT MAX((f.body->>'updated_at')::timestamptz) FROM accounting_fact f
        WHERE f.store_id = o.store_id AND f.kind = 'order' AND f.source_id = o.order_id
    ) FROM accounting_order o WHERE o.order_id = ANY(%s) ORDER BY o.store_id = %s
"""
ALONE = "SELECT pg_advisory_xact_lock(id) FROM UNNEST(%s::bigint[]) AS id ORDER BY id"


@dataclass(frozen=True, slots=True)
class _Known:
    store_id: int
    id: int
    order_id: int
    state: str
    ready_at: datetime | None
    asked_at: datetime | None
    trouble: str
    updated_at: datetime | None

    def is_older_than(self, listed: Listed) -> bool:
        return self.updated_at is None or self.updated_at < listed.updated_at

    def will_not_be_read(self, listed: Listed) -> bool:
        """Whether it is about to be read, or could not be since it changed."""
        asked = self.asked_at
        ended = self.trouble and asked is not None and asked > listed.updated_at + CLOCKS
        return self.ready_at is not None or bool(ended)


@transaction.atomic
def sift(*, store_id: int, listed: Sequence[Listed], now: datetime) -> Sifted:
    """Have read anew what the store lacks of these orders, in a number of statements that does not
    depend on how many there are.

    What was ordered before the cut-over is left alone, unless money or goods went back: such events
    may belong into the books kept here (treatment row 53).
    """
    by_id = {each.order_id: each for each in listed}
    store = Store.objects.get(id=store_id)
    with connection.cursor() as cursor:  # as `posting.record_facts`: whose an id is, one at a time
        cursor.execute(ALONE, [sorted(by_id)])
        cursor.execute(KNOWN, [sorted(by_id), store.id])  # its own row last, and so on top
        known = {row[2]: _Known(*row) for row in cursor.fetchall()}
    missing = [each for each in by_id.values() if _is_missing(store, each, known)]
    stale = [known[each.order_id].id for each in by_id.values() if _is_stale(store, each, known)]
    _wait_for(store, missing, now)
    Order.objects.filter(id__in=stale).update(**_asked(now))
    heard_of = sum(each.order_id in known for each in missing)
    return Sifted(missing=len(missing), stale=len(stale) - heard_of)


def _is_missing(store: Store, listed: Listed, known: dict[int, _Known]) -> bool:
    """No version of it is here, though money of it may be."""
    row = known.get(listed.order_id)
    if row is None:
        return listed.was_refunded or not _is_earlier(store, listed)
    return row.updated_at is None and _is_stale(store, listed, known)


def _is_stale(store: Store, listed: Listed, known: dict[int, _Known]) -> bool:
    row = known.get(listed.order_id)
    if row is None or not row.is_older_than(listed) or row.will_not_be_read(listed):
        return False
    if row.store_id != store.id:
        log.error("store %s lists an order that store %s told of", store.id, row.store_id)
        return False
    left_out = row.state == Order.State.EXCLUDED and _is_earlier(store, listed)
    return listed.was_refunded or not left_out


def _is_earlier(store: Store, listed: Listed) -> bool:
    cut_over = store.cut_over_date
    day = listed.created_at.astimezone(ZoneInfo(store.time_zone)).date()
    return cut_over is not None and day < cut_over


def _wait_for(store: Store, orders: Iterable[Listed], now: datetime) -> None:
    """An order that nobody told of has a row from now on, and is planned once it has been read."""
    rows = [
        Order(
            store=store,
            order_id=each.order_id,
            name=each.name,
            facts_at=min(each.updated_at, now),  # since then it has been quiet
            **_asked(now),
        )
        for each in orders
    ]
    Order.objects.bulk_create(rows, ignore_conflicts=True)


def _asked(now: datetime) -> dict[str, Any]:
    asked = {"refetch_asked_at": now, "refetch_ready_at": now}
    return {**asked, "refetch_tries": 0, "refetch_trouble": ""}


# --- decisions of people ---------------------------------------------------------------------


def ask(*, store_id: int, order_id: int, who: str, now: datetime) -> bool:
    """Read one order anew, before the store's others; `order_id` is Shopify's. False when the store
    has no such order, or only a dry run knows it: what was read anew is planned."""
    only_dry_run = posting.SET_ASIDE & Q(refetch_asked_at=None)
    with transaction.atomic():
        rows = Order.objects.filter(store_id=store_id, order_id=order_id).exclude(only_dry_run)
        found = rows.update(**{**_asked(now), "refetch_ready_at": now - AHEAD})
        if found:
            audit.note(store_id, who, "order read anew", now, order=order_id)
    return bool(found)


# --- how it went -----------------------------------------------------------------------------


@transaction.atomic
def keep(order: Order, facts: Iterable[Fact], *, began_at: datetime) -> None:
    """What Shopify said when it was asked at `began_at`. An order that was set aside meanwhile, as
    one that only a dry run knows, is not planned for it. Raises posting.Refused where it cannot be
    of this store."""
    posting.lock_id(order.order_id)  # before the row, as whoever records facts
    row = Order.objects.select_for_update(of=("self",)).filter(id=order.id)
    set_aside = row.filter(posting.SET_ASIDE, refetch_ready_at=None).first()
    posting.record_facts(
        store_id=order.store_id,
        facts=facts,
        told_by="reading",
        now=began_at,
        read_anew=True,
        plan=set_aside is None,
    )
    _asked_for(order).update(refetch_ready_at=None, refetch_tries=0, refetch_trouble="")


def put_off(order: Order, *, seconds: float, now: datetime) -> None:
    """Try this order again after a pause, which grows as it fails again and again, so that it does
    not stand in the way of others."""
    pause = max(seconds, doubling(1.0, order.refetch_tries, most=LONGEST_PAUSE))
    _asked_for(order).update(
        refetch_ready_at=now + timedelta(seconds=pause), refetch_tries=F("refetch_tries") + 1
    )


def give_up(order: Order, words: str, *, now: datetime) -> None:
    """Plan the order with what there is; `words` say why it could not be read."""
    _asked_for(order).update(refetch_ready_at=None, refetch_trouble=words, plan_at=now)


def _asked_for(order: Order) -> QuerySet[Order]:
    """The order, unless somebody has asked for another reading since, or it needs none any more."""
    same = Order.objects.filter(id=order.id, refetch_asked_at=order.refetch_asked_at)
    return same.filter(refetch_ready_at__isnull=False)
