"""Reading past orders from Shopify for a backfill, one slice a wake-up.

The list of the range is read page by page into rows; then each order is read and what is true of it
now is kept as facts, which nothing plans. Every page and every order is one commit, so a killed
worker costs the order it was at. What Shopify refuses or puts off ends the slice with the time to
try again; nobody sleeps here. What follows the reading is `accounting.backfills`'.

Shopify shows an app the orders of the last 60 days; older ones only with the scope
`read_all_orders`, which Shopify grants on request (contract 8.7).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from accounting import backfills, posting
from accounting.backfill_claim import LeaseLost, claim, due, move, release
from accounting.backfill_preview import SET_ASIDE_NOTE, Outcome, is_kept_up
from accounting.facts import Fact
from accounting.models import Backfill, BackfillOrder, Order, Store
from shopify_app.models import Shop
from shopify_app.payloads import BadPayload

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]
READ_ALL = "read_all_orders"
SHOWN_DAYS = 60  # without it (contract 8.7)
MOST_PAGES = 200  # of 100: Shopify's paging ends at 25,000 objects (contract 8.1)
A_SLICE = timedelta(seconds=10)
MOST_OF_A_SLICE = 50  # orders
OURS_SECONDS = 900.0
GONE = "Shopify no longer shows this order."
MISTAKE = "Lejar made a mistake here and has reported it."
LEFT = "The shop has left. Open Lejar in Shopify, then go on."
CLOSED = "Shopify says that the shop is closed. Lejar asks again every day."
CLOSED_PAUSE = timedelta(hours=1)  # until it is looked whether the shop has answered anybody


class Later(Exception):
    """Shopify asks to wait, or did not answer: try again in so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"in {seconds:.0f} s")
        self.seconds = seconds


class Stopped(Exception):
    """Reading cannot go on, and `message` says what a person can do; `seconds` is when to try
    again without one, None for never."""

    def __init__(self, message: str, *, seconds: float | None) -> None:
        super().__init__(message)
        self.message, self.seconds = message, seconds


class OutOfRange(Exception):
    """A day that cannot be read. `field` names it, `message` is in the reader's language."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field, self.message = field, message


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of the list: Shopify's ids with the time each was created, oldest first. `after` is
    where the next page begins, "" at the end; `wait_seconds` a pause Shopify needs first."""

    orders: Sequence[tuple[int, datetime]]
    after: str
    wait_seconds: float = 0.0


class Source(Protocol):
    """Where past orders are read. Both raise Later or Stopped; `order` also BadPayload."""

    def page(self, shop: Shop, query: str, after: str, *, now: datetime) -> Listed: ...

    def order(self, shop: Shop, order_id: int, *, now: datetime) -> Sequence[Fact] | None: ...


# --- starting --------------------------------------------------------------------------------


def start(*, store_id: int, first_date: date, last_date: date, who: str, now: datetime) -> Backfill:
    """Begin to read the orders created on these days, both included, in the shop's time zone.
    Raises OutOfRange, NotConnected or AnotherIsOpen."""
    shop = Shop.objects.select_related("store").get(store=store_id)
    today = now.astimezone(ZoneInfo(shop.store.time_zone)).date()
    if last_date > today:
        raise OutOfRange("last_date", _("This day is still to come."))
    if first_date > last_date:
        raise OutOfRange("last_date", _("The last day is before the first."))
    since = readable_since(shop, now)
    if since is not None and first_date < since:
        raise OutOfRange("first_date", too_old(since))
    return backfills.start(
        store_id=store_id, first_date=first_date, last_date=last_date, who=who, now=now
    )


def readable_since(shop: Shop, now: datetime) -> date | None:
    """The first day whose orders Shopify shows whole; None: every day's."""
    if READ_ALL in shop.scopes.split(","):
        return None
    oldest = now - timedelta(days=SHOWN_DAYS)
    return oldest.astimezone(ZoneInfo(shop.store.time_zone)).date() + timedelta(days=1)


def too_old(since: date) -> str:
    return _(
        "Shopify shows Lejar the orders of the last 60 days only, so those since %(day)s can be "
        "read. For older ones Shopify must grant Lejar the access “read_all_orders”; until then "
        "enter them in the books yourself."
    ) % {"day": since.isoformat()}


# --- going on --------------------------------------------------------------------------------


def go_on(
    source: Source,
    *,
    clock: Clock,
    stopping: Callable[[], bool] = lambda: False,
) -> int:
    """One slice of every backfill that is due. Returns how many moved."""
    moved = 0
    for backfill_id in due(now=clock()):
        held = None if stopping() else claim(backfill_id, now=clock())
        if held is not None:
            moved += _slice(held, source, clock)
    return moved


def _slice(held: Backfill, source: Source, clock: Clock) -> bool:
    try:
        if held.state in (Backfill.State.READING, Backfill.State.STOPPED):
            _read_on(held, source, clock)
        else:
            backfills.go_on(held, now=clock())
    except LeaseLost:
        return False
    except Exception as mistake:
        if posting.database_failed(mistake):
            raise
        log.exception("backfill %s could not go on", held.id)
        _wait(held, OURS_SECONDS, clock())
        return False
    return True


def _read_on(held: Backfill, source: Source, clock: Clock) -> None:
    shop = Shop.objects.select_related("store").get(store=held.store_id)
    if shop.state != Shop.State.ACTIVE:
        _stop_without_asking(held, shop, clock())
        return
    try:
        Reading(held, shop, source, clock).go_on()
    except Later as later:
        _wait(held, later.seconds, clock())
    except Stopped as stopped:
        now, seconds = clock(), stopped.seconds
        ready_at = None if seconds is None else now + timedelta(seconds=seconds)
        backfills.stop(held, stopped.message, now=now, ready_at=ready_at)


def _stop_without_asking(held: Backfill, shop: Shop, now: datetime) -> None:
    """A closed shop is asked by `shop_details`, and goes on by itself; one that has left does
    not."""
    if shop.state == Shop.State.UNAVAILABLE:
        backfills.stop(held, CLOSED, now=now, ready_at=now + CLOSED_PAUSE)
    else:
        backfills.stop(held, LEFT, now=now, ready_at=None)


def _wait(held: Backfill, seconds: float, now: datetime) -> None:
    release(held, ready_at=now + timedelta(seconds=seconds))


class Reading:
    """One slice of reading, by the holder of the claim."""

    def __init__(self, held: Backfill, shop: Shop, source: Source, clock: Clock) -> None:
        self.held, self.shop, self.source, self.clock = held, shop, source, clock

    def go_on(self) -> None:
        """Raises LeaseLost, Later or Stopped; what was committed stays."""
        until = self.clock() + A_SLICE
        for _turn in range(MOST_OF_A_SLICE):
            row = self._next()
            if row is not None:
                self._read(row)
            elif self.held.listed_whole:
                backfills.read_through(self.held, now=self.clock())
                return
            else:
                self._list()
            if self.clock() >= until:
                break
        release(self.held, ready_at=self.clock())

    def _next(self) -> BackfillOrder | None:
        rows = BackfillOrder.objects.filter(backfill=self.held, outcome=Outcome.LISTED)
        return rows.order_by("id").first()

    # --- the list ---

    def _list(self) -> None:
        held, now = self.held, self.clock()
        page = self.source.page(self.shop, _query(held, self.shop.store), held.cursor, now=now)
        with transaction.atomic():
            move(held, self.clock(), **_going(), **_following(held, page))
            BackfillOrder.objects.bulk_create(
                [
                    BackfillOrder(store_id=held.store_id, backfill=held, shopify_id=order_id)
                    for order_id, _created_at in page.orders
                ],
                ignore_conflicts=True,
            )
        if page.wait_seconds > 0:
            raise Later(page.wait_seconds)

    # --- one order ---

    def _read(self, row: BackfillOrder) -> None:
        known = Order.objects.filter(store=self.held.store_id, order_id=row.shopify_id).first()
        if known is not None and is_kept_up(known):
            self._keep(row, outcome=Outcome.THERE, order=known)
            return
        try:
            facts = self.source.order(self.shop, row.shopify_id, now=self.clock())
            if facts is None:
                self._keep(row, outcome=Outcome.FAILED, note=GONE)
            else:
                self._keep_facts(row, facts)
        except (BadPayload, posting.Refused) as wrong:
            note = f"{wrong.path}: {wrong.message}"
            self._keep(row, outcome=Outcome.FAILED, note=note)
        except (Later, Stopped, LeaseLost):
            raise
        except Exception as mistake:
            if posting.database_failed(mistake):
                raise
            log.exception("an order of backfill %s could not be read", self.held.id)
            self._keep(row, outcome=Outcome.FAILED, note=MISTAKE)

    @transaction.atomic
    def _keep_facts(self, row: BackfillOrder, facts: Sequence[Fact]) -> None:
        """What an event has made of the order meanwhile stands; then these facts are planned too,
        like any that are read anew."""
        now, store_id = self.clock(), self.held.store_id
        move(self.held, now, **_going())
        posting.record_facts(
            store_id=store_id,
            facts=facts,
            told_by=f"backfill {self.held.id}",
            now=now,
            read_anew=True,
            plan=False,
        )
        order = Order.objects.select_for_update().get(store=store_id, order_id=row.shopify_id)
        row.order, row.outcome = order, Outcome.READ
        if is_kept_up(order):
            row.outcome, order.plan_at = Outcome.THERE, now
        elif order.planned_at is None:
            order.note = SET_ASIDE_NOTE
        order.save(update_fields=["plan_at", "note"])
        row.save(update_fields=["order", "outcome"])

    @transaction.atomic
    def _keep(self, row: BackfillOrder, **changes: object) -> None:
        move(self.held, self.clock(), **_going())
        for name, value in changes.items():
            setattr(row, name, value)
        row.save(update_fields=list(changes))


def _going() -> dict[str, object]:
    return {"state": Backfill.State.READING, "message": "", "tries": 0}


def _query(held: Backfill, store: Store) -> str:
    """Shopify's search syntax; the end of the range is not included."""
    _first, after = backfills.span(store, held.first_date, held.last_date)
    return f"created_at:>='{_utc(held.listed_from)}' AND created_at:<'{_utc(after)}'"


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _following(held: Backfill, page: Listed) -> dict[str, object]:
    """Where the list goes on: before Shopify's paging ends it is asked for anew, from the newest
    order on."""
    newest = max((at for _id, at in page.orders), default=held.listed_to)
    if not page.after:
        return {"listed_to": newest, "listed_whole": True, "cursor": ""}
    if held.pages + 1 >= MOST_PAGES and newest is not None and newest > held.listed_from:
        return {"listed_to": newest, "listed_from": newest, "cursor": "", "pages": 0}
    return {"listed_to": newest, "cursor": page.after, "pages": held.pages + 1}
