"""Whose turn it is to be read, and when a shop is left alone: for orders read anew, for sweeps and
for products.

Shopify meters each shop by itself, so one worker at a time reads from a shop, and shops take turns:
a shop gives its turn up after a few orders or pages and then stands behind those that have waited
longer. The turn is a lease on the shop's row, not a lock: no connection and no transaction is held
while Shopify is asked, any database pooler will do, and a killed worker's turn ends by itself. What
a worker still writes after its lease ran out does no harm: facts are a set (ADR 5), and a sweep
moves only under its own fence.

Trouble is the shop's, and is kept here, so that no order pays for it:

    busy         asked to wait, or no answer     again after as long as Shopify said, then longer
    refused      Shopify's No                    again after a minute, then longer
    unavailable  closed, frozen, locked          asked once a day
    reconnect    no token                        looked at every quarter of an hour, or `resume`
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce, Greatest

from accounting.pauses import doubling
from accounting.reading_anew import WAITING_STORES
from shopify_app import admin_api, order_reading
from shopify_app.admin_api import Refused, ShopUnavailable, TryLater
from shopify_app.models import Shop, ShopReading
from shopify_app.tokens import ReconnectNeeded

Clock = Callable[[], datetime]
Trouble = ShopReading.Trouble
TROUBLES = (TryLater, Refused, ShopUnavailable, ReconnectNeeded)

# Longer than the longest call; waiting makes it longer.
LEASE = timedelta(seconds=settings.SHOPIFY_LEASE_SECONDS)
CAP = 900.0  # seconds: the longest pause after a call in vain
REFUSED_PAUSE = 60.0
PROBE = 86_400.0  # seconds: an unavailable shop is asked once a day
RECONNECT_PAUSE = 900.0
WAKE_LOCK = 0x4C656A64  # advisory: one worker at a time looks for shops that wait


class LeaseLost(Exception):
    """Another worker reads from the shop now."""


class Work(StrEnum):
    """What a turn is for; the column that says when it is due."""

    ORDERS = "orders_at"
    SWEEP = "sweep_at"
    PRODUCTS = "products_at"


def _nothing(shop: Shop, *, now: datetime) -> None:
    """Nobody else wants to know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shopify:
    """What the readers use of Shopify, and whom they tell how a shop is."""

    read_order: Callable[..., Any] = order_reading.read_order
    ask: Callable[..., admin_api.Answer] = admin_api.ask
    unavailable: Callable[..., object] = _nothing  # (shop, now=)
    available: Callable[..., object] = _nothing  # (shop, now=)
    wait: Callable[[float], object] = time.sleep


# --- whose turn ------------------------------------------------------------------------------

HERE = "shop.state IN ('active', 'unavailable')"
ADD_WAITING = f"""
    {WAITING_STORES}
    INSERT INTO shopify_app_shopreading (shop_id, orders_at, trouble, code, tries, fence)
    SELECT shop.id, waiting.refetch_ready_at, '', '', 0, 0 FROM waiting
    JOIN shopify_app_shop shop USING (store_id)
    LEFT JOIN shopify_app_shopreading reading ON reading.shop_id = shop.id
    WHERE {HERE} AND reading.id IS NULL
    ON CONFLICT DO NOTHING
"""  # noqa: S608 (constants)
WAKE = f"""
    {WAITING_STORES}, due AS (
        SELECT reading.id, GREATEST(refetch_ready_at, not_before, read_at) AS at FROM waiting
        JOIN shopify_app_shop shop USING (store_id)
        JOIN shopify_app_shopreading reading ON reading.shop_id = shop.id WHERE {HERE}
    )
    UPDATE shopify_app_shopreading reading SET orders_at = due.at FROM due
    WHERE reading.id = due.id AND (reading.orders_at IS NULL OR reading.orders_at > due.at)
"""  # noqa: S608 (constants)


def wake() -> None:
    """Give a time to shops that have orders waiting and none set, or a later one."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [WAKE_LOCK])
        if cursor.fetchone() == (True,):
            cursor.execute(ADD_WAITING)
            cursor.execute(WAKE)


CLAIM = """
    UPDATE shopify_app_shopreading SET leased_until = %(until)s, fence = fence + 1
    WHERE id = (
        SELECT id FROM shopify_app_shopreading
        WHERE {due} <= %(now)s AND (leased_until IS NULL OR leased_until <= %(now)s)
        ORDER BY {due}, id FOR UPDATE SKIP LOCKED LIMIT 1
    ) RETURNING id
"""
CLAIMS = {work: CLAIM.format(due=work.value) for work in Work}


def claim(work: Work, *, clock: Clock) -> Turn | None:
    """The shop that has waited longest for this work and that nobody reads from; None when none
    waits."""
    now = clock()
    with connection.cursor() as cursor:
        cursor.execute(CLAIMS[work], {"now": now, "until": now + LEASE})
        row = cursor.fetchone()
    if row is None:
        return None
    reading = ShopReading.objects.select_related("shop__store").get(id=row[0])
    return Turn(reading=reading, fence=reading.fence, clock=clock)


def each(work: Work, *, clock: Clock, stopping: Callable[[], bool], most: int) -> Iterator[Turn]:
    """Up to `most` turns at the shops that wait for this work, until the worker is told to stop."""
    for _ in range(most):
        turn = None if stopping() else claim(work, clock=clock)
        if turn is None:
            return
        yield turn


LEAVE = """
    UPDATE shopify_app_shopreading SET leased_until = NULL, read_at = %(now)s, orders_at = (
        SELECT GREATEST(MIN(refetch_ready_at), not_before, %(now)s) FROM accounting_order
        WHERE store_id = %(store)s AND refetch_ready_at IS NOT NULL
        HAVING MIN(refetch_ready_at) IS NOT NULL
    ) WHERE id = %(id)s AND fence = %(fence)s
"""


@dataclass(slots=True, kw_only=True)
class Turn:
    """This worker's turn at one shop. `fence` is void as soon as another has it."""

    reading: ShopReading
    fence: int
    clock: Clock

    @property
    def shop(self) -> Shop:
        return self.reading.shop

    @property
    def is_here(self) -> bool:
        """Whether the shop has Lejar installed."""
        return self.shop.state in ("active", "unavailable")

    @property
    def ours(self) -> QuerySet[ShopReading]:
        """The shop's row; none once somebody else has the turn."""
        return ShopReading.objects.filter(id=self.reading.id, fence=self.fence)

    def renew(self, seconds: float = 0) -> None:
        """Outlast a pause and the call after it. Raises LeaseLost."""
        until = self.clock() + LEASE + timedelta(seconds=seconds)
        if not self.ours.update(leased_until=until):
            raise LeaseLost

    def waiting(self, wait: Callable[[float], object]) -> Callable[[float], None]:
        """`wait`, with the turn kept over it."""

        def waits(seconds: float) -> None:
            self.renew(seconds)
            wait(seconds)

        return waits

    def answered(self, shopify: Shopify) -> None:
        """Shopify answered: what was wrong is over."""
        if self.reading.trouble or self.shop.state == "unavailable":
            self._note(Trouble.NONE, "", 0, None)
            shopify.available(self.shop, now=self.clock())

    def failed(self, error: Exception, shopify: Shopify) -> float:
        """Leave the shop alone; returns for how many seconds."""
        trouble, code, seconds = judged(error, self.reading.tries)
        until = self.clock() + timedelta(seconds=seconds)
        self._note(trouble, code, self.reading.tries + 1, until)
        if trouble is Trouble.UNAVAILABLE:
            shopify.unavailable(self.shop, now=self.clock())
        return seconds

    def rest(self, seconds: float, work: Work = Work.SWEEP) -> None:
        """Wait until the shop has points again: no trouble, and others are read meanwhile."""
        until = self.clock() + timedelta(seconds=seconds)
        self.ours.update(**{"not_before": until, work.value: until})

    def _note(self, trouble: Trouble, code: str, tries: int, until: datetime | None) -> None:
        reading = self.reading
        reading.trouble, reading.code, reading.tries = trouble, code[:60], tries
        told: dict[str, Any] = {"trouble": trouble, "code": code[:60], "tries": tries}
        self.ours.update(**told, not_before=until, **_later(trouble, until))

    def leave(self) -> None:
        """Give the turn up. With orders left the shop goes behind those that wait already; one that
        has left has nothing to be read until it comes back."""
        if not self.is_here:
            none: dict[str, Any] = dict.fromkeys(Work)
            self.ours.update(leased_until=None, **none)
            return
        values: dict[str, Any] = {"id": self.reading.id, "store": self.shop.store_id}
        with connection.cursor() as cursor:
            cursor.execute(LEAVE, {**values, "fence": self.fence, "now": self.clock()})


def _later(trouble: Trouble, until: datetime | None) -> dict[str, Any]:
    """A shop that could not be asked is swept as soon as it can be: deliveries may have been lost
    since; whoever only waits keeps their hour. Products may wait, but not before the shop may be
    asked."""
    if until is None:
        return {}
    sweep: Any = Greatest(F("sweep_at"), until)
    if trouble in (Trouble.UNAVAILABLE, Trouble.RECONNECT):
        sweep = until
    return {"sweep_at": sweep, "products_at": Greatest(F("products_at"), until)}


def judged(error: Exception, tries: int) -> tuple[Trouble, str, float]:
    """What an error says of the shop, in whose word, and for how many seconds it is left alone
    after `tries` others."""
    if isinstance(error, ReconnectNeeded):
        return Trouble.RECONNECT, "", RECONNECT_PAUSE
    if isinstance(error, ShopUnavailable):
        return Trouble.UNAVAILABLE, error.code, PROBE
    if isinstance(error, Refused):
        return Trouble.REFUSED, error.code, doubling(REFUSED_PAUSE, tries, most=CAP)
    seconds = error.seconds if isinstance(error, TryLater) else 0.0
    return Trouble.BUSY, "", min(max(seconds, doubling(1.0, tries, most=CAP)), CAP)


# --- from outside ----------------------------------------------------------------------------


def resume(*, shop_id: int, now: datetime) -> None:
    """Call when the shop can be asked again: its token came, it is open again, it was installed.
    What waited goes on, and a sweep finds what was missed. Nothing changes for a shop that is only
    throttled."""
    ShopReading.objects.get_or_create(shop_id=shop_id)
    rows = ShopReading.objects.filter(shop_id=shop_id).exclude(trouble=Trouble.BUSY)
    rows.update(trouble="", code="", tries=0, not_before=None, orders_at=now, sweep_at=now)


def sweep_now(*, shop_id: int, now: datetime) -> None:
    """Sweep the shop as soon as it may be asked."""
    ShopReading.objects.get_or_create(shop_id=shop_id)
    soon = Greatest(now, Coalesce("not_before", now))
    ShopReading.objects.filter(shop_id=shop_id).update(sweep_at=soon)
