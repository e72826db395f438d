"""Sweeps: finds orders whose deliveries never came, or came in an older version only.

Every hour, each shop in its own minute, goes through what the shop has changed since the last
finished sweep began, and 48 hours more (ADR 29). That covers every outage, Shopify's or ours,
without a case of its own: a sweep that could not run is simply due. What it lacks here is read anew
(`refetch`).

No order is skipped, also while orders change. They are listed by the time of their last change,
oldest first, and each page asks anew for what changed since the newest time seen so far: an order
that changes meanwhile moves ahead of us, never behind. A cursor, which could stand for a place in a
list that has moved, is used only inside one second that fills more than a page. Asking anew also
stays clear of the 25,000 rows after which Shopify ends a list (contract 8.1).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction

from accounting import audit, reading_anew
from accounting.reading_anew import Listed
from shopify_app import turns
from shopify_app.admin_api import Answer, Refused
from shopify_app.models import Delivery, Reconciliation, Shop, ShopReading
from shopify_app.turns import Clock, LeaseLost, Shopify, Turn, Work

log = logging.getLogger(__name__)

State, Cause = Reconciliation.State, Reconciliation.Cause
OPERATION = "OrdersChangedSince"
PAGES = 10  # of one turn
HOUR = 3600
SPREAD = 2_654_435_761  # an odd number by which neighbouring ids come far apart (Knuth)
BACKLOG = timedelta(minutes=1)  # deliveries that have waited longer are processed first
KEEP = timedelta(days=90)  # sweeps that found something
REFUNDED = ("REFUNDED", "PARTIALLY_REFUNDED")

WORDS = {
    turns.Trouble.BUSY: "Shopify asks us to wait, or does not answer. The sweep goes on by itself.",
    turns.Trouble.REFUSED: "Shopify refuses to list the orders (%(code)s). Lejar tries again.",
    turns.Trouble.UNAVAILABLE: "Shopify says that the shop is closed. Lejar asks again every day.",
    turns.Trouble.RECONNECT: "Shopify no longer accepts Lejar's access. Open Lejar in Shopify to "
    "connect it again; the sweep then goes on by itself.",
}
STUCK = "NO_PROGRESS"
MALFORMED = "BAD_ANSWER"


# --- when ------------------------------------------------------------------------------------


ADD_SHOPS = f"""
    INSERT INTO shopify_app_shopreading (shop_id, trouble, code, tries, fence)
    SELECT shop.id, '', '', 0, 0 FROM shopify_app_shop shop
    LEFT JOIN shopify_app_shopreading reading ON reading.shop_id = shop.id
    WHERE {turns.HERE} AND reading.id IS NULL
    ON CONFLICT DO NOTHING
"""  # noqa: S608 (a constant)
SET_FIRST = f"""
    UPDATE shopify_app_shopreading reading SET sweep_at =
        CASE WHEN EXISTS (
            SELECT 1 FROM shopify_app_reconciliation sweep WHERE sweep.shop_id = shop.id
        ) THEN %(now)s
        ELSE %(now)s + MOD(shop.id * {SPREAD}, {HOUR}) * INTERVAL '1 second' END
    FROM shopify_app_shop shop
    WHERE reading.shop_id = shop.id AND reading.sweep_at IS NULL AND {turns.HERE}
"""  # noqa: S608 (constants)


def enrol(*, now: datetime) -> int:
    """Set a time for every installed shop that has none: new ones within the hour, spread by their
    ids, those that came back at once. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(ADD_SHOPS)
        cursor.execute(SET_FIRST, {"now": now})
        return int(cursor.rowcount)


def next_hour(shop_id: int, now: datetime) -> datetime:
    """The shop's own second of the hour, next time."""
    start = now.replace(minute=0, second=0, microsecond=0)
    at = start + timedelta(seconds=shop_id * SPREAD % HOUR)
    return at if at > now else at + timedelta(hours=1)


def start(*, shop_id: int, who: str, now: datetime) -> Reconciliation:
    """A person wants a sweep: begin one, or let the one under way go on, as soon as the shop may be
    asked."""
    with transaction.atomic():
        shop = Shop.objects.get(id=shop_id)
        sweep = _under_way(shop) or _begun(shop, Cause.ASKED, now)
        turns.sweep_now(shop_id=shop_id, now=now)
        audit.note(shop.store_id, who, "orders reconciled", now)
    return sweep


def _under_way(shop: Shop) -> Reconciliation | None:
    rows = Reconciliation.objects.filter(shop=shop, state__in=(State.RUNNING, State.STOPPED))
    return rows.first()


def _begun(shop: Shop, cause: str, now: datetime) -> Reconciliation:
    """One under way at a time: whoever comes second gets the first one's; where that ended at the
    same moment, one of their own."""
    last = Reconciliation.objects.filter(shop=shop, state=State.FINISHED).order_by("-id").first()
    overlap = timedelta(hours=settings.SHOPIFY_SWEEP_OVERLAP_HOURS)
    known_until = last.started_at if last else min(shop.known_since, now)
    since = (known_until - overlap).replace(microsecond=0)  # Shopify's times are no finer
    sweep = Reconciliation(
        shop=shop,
        cause=cause,
        since=since,
        reached_at=since,
        until=now - timedelta(seconds=settings.SHOPIFY_SWEEP_GRACE_SECONDS),
        started_at=now,
        moved_at=now,
    )
    found = None
    while found is None:
        Reconciliation.objects.bulk_create([sweep], ignore_conflicts=True)
        found = _under_way(shop)
    return found


# --- going on --------------------------------------------------------------------------------


def run(
    *,
    clock: Clock,
    shopify: Shopify,
    stopping: Callable[[], bool] = lambda: False,
    most: int = 100,
) -> int:
    """Go on with every sweep that is due, in up to `most` turns of a few pages each. Returns how
    many pages were compared."""
    if settings.SHOPIFY_FETCH == "never":
        return 0
    pages = 0
    for turn in turns.each(Work.SWEEP, clock=clock, stopping=stopping, most=most):
        pages += _take(turn, shopify, stopping)
    return pages


def _take(turn: Turn, shopify: Shopify, stopping: Callable[[], bool]) -> int:
    pages = 0
    try:
        sweep = _sweep_of(turn)
        going = sweep is not None
        while sweep is not None and going and pages < PAGES and not stopping():
            turn.renew()
            before = sweep.pages
            going = _turned(turn, sweep, shopify)
            pages += sweep.pages - before
        turn.leave()
    except LeaseLost:
        log.warning("another worker reads from shop %s now", turn.shop.pk)
    return pages


def _sweep_of(turn: Turn) -> Reconciliation | None:
    """The sweep to go on with. None while deliveries of the shop wait to be understood: what they
    tell is not missing."""
    now = turn.clock()
    if not turn.is_here:
        return None
    new = Delivery.objects.filter(shop_domain=turn.shop.domain, state=Delivery.State.NEW)
    if new.filter(received_at__lt=now - BACKLOG).exists():
        turn.ours.update(sweep_at=now + BACKLOG)
        return None
    return _under_way(turn.shop) or _begun(turn.shop, Cause.HOURLY, now)


def _turned(turn: Turn, sweep: Reconciliation, shopify: Shopify) -> bool:
    """Ask for a page and compare it. False when the turn is over."""
    try:
        answer = _asked(turn, sweep, shopify)
        page = page_of(answer, until=sweep.until)
        if page.is_more and not _leads_on(sweep, page):
            raise Refused(STUCK)
    except turns.TROUBLES as error:
        return _stop(turn, sweep, error, shopify)
    except (LeaseLost, OperationalError, InterfaceError):
        raise  # nothing can be written now, or not by us
    except Exception:
        log.exception("sweep %s could not go on", sweep.pk)
        return _stop(turn, sweep, Refused(MALFORMED), shopify)
    turn.answered(shopify)
    try:
        _compare(turn, sweep, page)
    except (LeaseLost, OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("a page of sweep %s could not be compared", sweep.pk)
        return _stop(turn, sweep, Refused(MALFORMED), shopify)
    if sweep.state != State.FINISHED and answer.wait_seconds > 0:
        turn.rest(answer.wait_seconds)
        return False
    return sweep.state != State.FINISHED


def _asked(turn: Turn, sweep: Reconciliation, shopify: Shopify) -> Answer:
    variables = {
        "query": f"updated_at:>='{sweep.reached_at:%Y-%m-%dT%H:%M:%SZ}'",
        "after": sweep.cursor or None,
    }
    return shopify.ask(turn.shop, OPERATION, variables, now=turn.clock())


def _stop(turn: Turn, sweep: Reconciliation, error: Exception, shopify: Shopify) -> bool:
    """What was committed stays. A cursor that Shopify refuses is forgotten: the second it stood in
    is listed from its start. Always False: the turn is over."""
    turn.failed(error, shopify)
    reading = turn.reading
    words = WORDS[ShopReading.Trouble(reading.trouble)] % {"code": reading.code}
    forgotten = {"cursor": "", "seen_there": 0} if isinstance(error, Refused) else {}
    rows = Reconciliation.objects.filter(id=sweep.pk).exclude(state=State.FINISHED)
    rows.update(state=State.STOPPED, message=words, **forgotten)
    return False


# --- a page ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Orders by the time of their last change, oldest first, without those that changed too lately
    to be judged: on whatever page these stand, they may have changed since it was ordered."""

    orders: Sequence[Listed]
    is_more: bool
    cursor: str

    @property
    def last(self) -> datetime | None:
        """The newest change to go on from; None where the order of the page is not that of time."""
        times = [order.updated_at for order in self.orders]
        return times[-1] if times and times == sorted(times) else None


def page_of(answer: Answer, *, until: datetime) -> Page:
    """What an answer lists of changes until then; there is more only where one of them was there.
    Raises Refused where it lists nothing, KeyError, TypeError or ValueError where it is none."""
    found = answer.data.get("orders")
    if found is None:
        raise Refused("ACCESS_DENIED" if answer.denied else MALFORMED)
    info = found["pageInfo"]
    orders = [order for node in found["nodes"] if (order := _listed(node)).updated_at <= until]
    is_more = info["hasNextPage"] is True and bool(orders)
    return Page(orders=orders, is_more=is_more, cursor=info["endCursor"] or "")


def _listed(node: dict[str, Any]) -> Listed:
    created = [_time(node[name]) for name in ("createdAt", "processedAt") if node.get(name)]
    return Listed(
        order_id=int(node["legacyResourceId"]),
        name=str(node.get("name") or "")[:100],
        created_at=max(created),
        updated_at=_time(node["updatedAt"]),
        was_refunded=node.get("displayFinancialStatus") in REFUNDED,
    )


def _time(text: str) -> datetime:
    """To the second, as Shopify states it."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without its zone")
    return at.replace(microsecond=0)


def _moves_on(sweep: Reconciliation, page: Page) -> bool:
    return page.last is not None and page.last > sweep.reached_at


def _leads_on(sweep: Reconciliation, page: Page) -> bool:
    return _moves_on(sweep, page) or page.cursor not in ("", sweep.cursor)


def _compare(turn: Turn, sweep: Reconciliation, page: Page) -> None:
    """Note what is missing, and move, in one transaction: killed before its end, the page is asked
    for again; after it, the next one is. Raises LeaseLost when another has the turn."""
    now = turn.clock()
    sweep_at = now if page.is_more else next_hour(turn.shop.pk, now)
    with transaction.atomic():
        if not turn.ours.update(sweep_at=sweep_at):
            raise LeaseLost
        found = reading_anew.sift(store_id=turn.shop.store_id, listed=page.orders, now=now)
        sweep.listed += _new_ones(sweep, page)
        sweep.missing, sweep.stale = sweep.missing + found.missing, sweep.stale + found.stale
        sweep.pages, sweep.moved_at = sweep.pages + 1, now
        sweep.state, sweep.message = State.RUNNING, ""
        if page.is_more:
            _move(sweep, page)
        else:
            _finish(sweep, now)
        sweep.save()


def _new_ones(sweep: Reconciliation, page: Page) -> int:
    """How many were not on the page before, which ended in the second this one begins with."""
    here = sum(order.updated_at == sweep.reached_at for order in page.orders)
    again = 0 if sweep.cursor else min(here, sweep.seen_there)
    return len(page.orders) - again


def _move(sweep: Reconciliation, page: Page) -> None:
    there = sum(order.updated_at == page.last for order in page.orders)
    if page.last is not None and page.last > sweep.reached_at:
        sweep.reached_at, sweep.cursor, sweep.seen_there = page.last, "", there
    else:
        sweep.cursor, sweep.seen_there = page.cursor, sweep.seen_there + there


def _finish(sweep: Reconciliation, now: datetime) -> None:
    """Hourly sweeps that found nothing say nothing once there is a later one."""
    sweep.state, sweep.finished_at, sweep.cursor = State.FINISHED, now, ""
    past = Reconciliation.objects.filter(shop=sweep.shop_id, state=State.FINISHED)
    day_ago = now - timedelta(days=1)
    past.filter(cause=Cause.HOURLY, missing=0, stale=0, started_at__lt=day_ago).delete()
    past.filter(started_at__lt=now - KEEP).delete()
