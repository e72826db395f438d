"""What is wrong with a shop now, and what of it has been told.

The state of the shop is the only source: each kind of trouble is looked for in the tables, an
episode is opened where there is one and none is open, and closed where there is none any more. With
an episode the messages about it are written, one for each confirmed address; `sending` sends them.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max

from accounting import posting
from accounting.models import Book, BookCheck, BookDifference, Document, Order
from shopify_app import billing
from shopify_app.entitlement import Why
from shopify_app.models import Episode, Mail, MailAddress, MailSettings, Shop
from shopify_app.notices import connection

log = logging.getLogger(__name__)

Kind = Episode.Kind
LOOK_EVERY = timedelta(minutes=1)
HELD_FOR = timedelta(days=1)
MOST_COUNTED = 5000  # held orders; beyond, the digest says "at least"
STOPPED = (Document.State.REJECTED, Document.State.CONFLICT)
KEPT = timedelta(days=90)  # what has been told long ago


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One trouble there is. Another `key` than the open episode's means that this is a new one."""

    key: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


class NotNow(Exception):
    """Whether there is this trouble cannot be said just now: leave it as it is."""


# --- what there is ---------------------------------------------------------------------------


def _offline(shop: Shop, chosen: MailSettings, now: datetime) -> Found | None:
    book = shop.store.book
    since = book.trouble_since if book is not None and book.state == Book.State.ACTIVE else None
    if since is None or now - since < timedelta(minutes=chosen.offline_minutes):
        return None
    return Found(key=since.isoformat(), facts={"since": since.isoformat()})


def _refused(shop: Shop, chosen: MailSettings, now: datetime) -> Found | None:
    book = shop.store.book
    return Found() if book is not None and book.state == Book.State.MISCONFIGURED else None


def _shopify(shop: Shop, chosen: MailSettings, now: datetime) -> Found | None:
    notice = connection.reconnect(shop, now) or connection.permissions(shop, now)
    return Found(facts={"notice": notice.code}) if notice else None


def _held(shop: Shop, chosen: MailSettings, now: datetime) -> Found | None:
    """Once a day, from the chosen hour on. An order is told of when it has been held for
    a day, a document when it was made longer ago."""
    local = now.astimezone(ZoneInfo(shop.store.time_zone))
    day = local.date().isoformat()
    if Episode.objects.filter(shop=shop, kind=Kind.HELD, key=day).exists():
        raise NotNow
    if local.hour < chosen.digest_hour:
        return None
    facts = _counts(shop.store_id, now - HELD_FOR)
    return Found(key=day, facts=facts) if facts["orders"] or facts["documents"] else None


def _counts(store_id: int, before: datetime) -> dict[str, Any]:
    held = Order.objects.filter(store=store_id, state=Order.State.HELD, held_since__lte=before)
    problems = list(held.values_list("problems", flat=True)[:MOST_COUNTED])
    reasons = Counter(code for each in problems for code in {one["code"] for one in each})
    refused = Document.objects.filter(store=store_id, state__in=STOPPED, created_at__lte=before)
    return {
        "orders": len(problems),
        "at_least": len(problems) == MOST_COUNTED,
        "reasons": dict(reasons.most_common()),
        "documents": refused.count(),
    }


def _differences(shop: Shop, chosen: MailSettings, now: datetime) -> Found | None:
    """What the newest check that found something has found; told when it is through."""
    standing = BookDifference.objects.filter(store=shop.store_id, resolved_at=None)
    newest = standing.aggregate(at=Max("found_at"))["at"]
    if newest is None:
        return None
    checks = BookCheck.objects.filter(store=shop.store_id, started_at__lte=newest)
    check = checks.order_by("-id").first()
    if check is not None and check.state == BookCheck.State.RUNNING:
        raise NotNow
    key = str(check.id) if check is not None else ""
    return Found(key=key, facts={"count": standing.count()})


def _plan(shop: Shop, chosen: MailSettings, now: datetime) -> Found | None:
    row = billing.plan_of(shop)
    stands = billing.standing(row, now=now)
    if stands.may_send or stands.why is Why.NOT_READ or row.lapsed_at is None:
        return None
    return Found(key=row.lapsed_at.isoformat(), facts={"since": row.lapsed_at.isoformat()})


LOOKS: dict[str, Callable[[Shop, MailSettings, datetime], Found | None]] = {
    Kind.OFFLINE: _offline,
    Kind.REFUSED: _refused,
    Kind.SHOPIFY: _shopify,
    Kind.HELD: _held,
    Kind.DIFFERENCES: _differences,
    Kind.PLAN: _plan,
}
ENDS = (Kind.OFFLINE, Kind.REFUSED, Kind.SHOPIFY, Kind.PLAN)  # whose end is worth a message


# --- what is made of it ----------------------------------------------------------------------


def run(*, now: datetime, stopping: Callable[[], bool] = lambda: False) -> int:
    """Look at every shop that is due and has somebody to tell. Returns how many."""
    looked_at = 0
    while not stopping() and _look_at_next(now):
        looked_at += 1
    return looked_at


@transaction.atomic
def _look_at_next(now: datetime) -> bool:
    due = MailSettings.objects.filter(look_at__lte=now, shop__state=Shop.State.ACTIVE)
    free = due.select_for_update(skip_locked=True, of=("self",)).order_by("look_at", "shop_id")
    chosen = free.select_related("shop__store__book", "shop__token", "shop__plan").first()
    if chosen is None:
        return False
    try:
        with transaction.atomic():
            look(chosen, now=now)
    except Exception as mistake:
        if posting.database_failed(mistake):
            raise
        log.exception("the troubles of shop %s could not be looked for", chosen.shop_id)
    chosen.look_at = now + LOOK_EVERY
    chosen.save(update_fields=["look_at"])
    return True


def look(chosen: MailSettings, *, now: datetime) -> None:
    """Open and close the shop's episodes, and write their messages. The caller holds the row."""
    shop = chosen.shop
    opened = Episode.objects.filter(shop=shop, over_at=None)
    known = {episode.kind: episode for episode in opened}
    for kind, find in LOOKS.items():
        try:
            found = find(shop, chosen, now) if kind in chosen.kinds else None
        except NotNow:
            continue
        _settle(shop, kind, known.get(kind), found, now)
    _write(chosen, now)
    Episode.objects.filter(shop=shop, over_at__lte=now - KEPT).delete()


def _settle(
    shop: Shop, kind: str, known: Episode | None, found: Found | None, now: datetime
) -> None:
    same = known is not None and found is not None and known.key == found.key
    if known is not None and not same:
        Episode.objects.filter(id=known.id).update(over_at=now)
    if found is None or same:
        return
    told = Episode.objects.filter(shop=shop, kind=kind, key=found.key) if found.key else None
    if told is None or not told.exists():
        Episode.objects.create(shop=shop, kind=kind, key=found.key, facts=found.facts, found_at=now)


def _write(chosen: MailSettings, now: datetime) -> None:
    """A message for each confirmed address about what is open, also for one confirmed only now;
    and the end of what it was told."""
    shop = chosen.shop
    addresses = MailAddress.objects.filter(shop=shop, confirmed_at__isnull=False)
    open_now = Episode.objects.filter(shop=shop, over_at=None, kind__in=chosen.kinds)
    _queue(shop, ((each, it.id) for each in addresses for it in open_now), Mail.Phase.TOLD, now)
    if chosen.tell_over:
        told = Mail.objects.filter(shop=shop, phase=Mail.Phase.TOLD, sent_at__isnull=False)
        ended = told.filter(episode__over_at=now, episode__kind__in=ENDS)
        ends = ((mail.address, mail.episode_id) for mail in ended.select_related("address"))
        _queue(shop, ends, Mail.Phase.OVER, now)


def _queue(
    shop: Shop, pairs: Iterable[tuple[MailAddress, int | None]], phase: str, now: datetime
) -> None:
    """Whoever has the message already gets no other."""
    rows = [
        Mail(shop=shop, address=to, episode_id=about, phase=phase, asked_at=now, ready_at=now)
        for to, about in pairs
    ]
    Mail.objects.bulk_create(rows, ignore_conflicts=True)
