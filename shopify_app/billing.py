"""Billing through Shopify App Pricing: what a shop pays for decides what its store may send.

Shopify hosts the plans and takes the money; Lejar only reads what was chosen (`shop_details`),
keeps it with its time, and tells the accounting side what is allowed (`accounting.allowance`).
Without a plan deliveries are kept, understood and planned as ever, and only sending waits (ADR 33).
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from accounting import allowance, audit, outbox
from shopify_app import entitlement
from shopify_app.entitlement import Plans, Standing, Why
from shopify_app.models import Shop, ShopDetails, ShopPlan
from shopify_app.payloads.shop_details import Subscription

log = logging.getLogger(__name__)

PAUSED = "plan"  # why the store is paused
WHO = "Shopify"  # in the audit trail
LOOK_AGAIN = timedelta(hours=1)  # the operator may have changed the plans
REVIEW_BATCH = 100
PLAN_PAGE = "https://admin.shopify.com/store/{store}/charges/{app}/pricing_plans"


class WrongPlans(ValueError):
    """LEJAR_PLANS is not an object of plans, each with orders_per_month: a whole number or null."""


def plans() -> Plans:
    """The operator's plans; none means no billing. Raises WrongPlans."""
    return _read(settings.LEJAR_PLANS)


@lru_cache(maxsize=8)
def _read(text: str) -> Plans:
    if not text:
        return {}
    try:
        told = json.loads(text)
    except ValueError:
        raise WrongPlans(WrongPlans.__doc__) from None
    if not isinstance(told, dict):
        raise WrongPlans(WrongPlans.__doc__)
    return {name.casefold(): _limit(plan) for name, plan in told.items()}


def _limit(plan: Any) -> int | None:
    if not isinstance(plan, dict) or plan.keys() != {"orders_per_month"}:
        raise WrongPlans(WrongPlans.__doc__)
    limit = plan["orders_per_month"]
    whole = isinstance(limit, int) and not isinstance(limit, bool)
    if limit is None or (whole and 0 < limit < 2**31):
        return None if limit is None else int(limit)
    raise WrongPlans(WrongPlans.__doc__)


def plan_page(shop: Shop) -> str:
    """Where the merchant chooses a plan; it opens with target _top (contract 13)."""
    store = shop.domain.removesuffix(".myshopify.com")
    return PLAN_PAGE.format(store=store, app=settings.SHOPIFY_APP_HANDLE)


# --- what was read ---------------------------------------------------------------------------


def keep(shop: Shop, told: tuple[Subscription, ...] | None, *, now: datetime) -> None:
    """Keep what Shopify said of the shop's plan; None when it kept that back, which is doubt."""
    if told is None:
        doubt(shop, now=now)
        return
    known = {"status": "", "is_test": False, "current_period_end": None}
    if plan := entitlement.chosen(told, plans=plans()):
        known = {
            "name": plan.name,
            "status": plan.status,
            "is_test": plan.is_test,
            "current_period_end": plan.current_period_end,
        }
    known |= {"read_at": now, "doubt_since": None, "review_at": now}
    ShopPlan.objects.update_or_create(shop=shop, defaults=known)


def doubt(shop: Shop, *, now: datetime) -> None:
    """The plan could not be read: the last known one is believed for a while."""
    ShopPlan.objects.filter(shop=shop, doubt_since=None, read_at__isnull=False).update(
        doubt_since=now, review_at=now
    )


# --- what follows ----------------------------------------------------------------------------


def run(*, now: datetime, limit: int = REVIEW_BATCH) -> int:
    """Let every shop's store send what its plan allows by now. Returns how many were looked at."""
    looked_at = 0
    while looked_at < limit and (store_id := _review_next(now)) is not None:
        outbox.begin_waiting(store_id, now=now)
        looked_at += 1
    return looked_at


def enrol(*, now: datetime) -> None:
    """Have the plans reviewed of shops where that has no time: nobody has read it yet, or billing
    was off, or the shop was away. It looks at every shop, so it is done once a minute."""
    if not plans():
        return
    unread = Shop.objects.filter(plan=None, state__in=Shop.HERE)
    rows = [ShopPlan(shop=shop, review_at=now) for shop in unread.only("id")]
    ShopPlan.objects.bulk_create(rows, ignore_conflicts=True)
    forgotten = ShopPlan.objects.filter(review_at=None, shop__state__in=Shop.HERE)
    forgotten.update(review_at=now)


@transaction.atomic
def _review_next(now: datetime) -> int | None:
    due = ShopPlan.objects.filter(review_at__lte=now).order_by("review_at", "shop_id")
    free = due.select_for_update(skip_locked=True, of=("self",)).select_related("shop__store")
    row = free.first()
    if row is None:
        return None
    _review(row, now)
    return row.shop.store_id


def _review(row: ShopPlan, now: datetime) -> None:
    if not row.shop.is_here:  # nor again before it is back: it would head the list for ever
        row.review_at = None
        row.save(update_fields=["review_at"])
        return
    stands = standing(row, now=now)
    start, end = _month(row, now)
    limit = stands.limit if stands.may_send else 0  # what is planned meanwhile is counted later
    allowance.allow(
        row.shop.store_id,
        paused_reason="" if stands.may_send else PAUSED,
        limit=limit,
        since=None if limit is None else start,
    )
    _note_change(row, stands, now)
    row.review_at = _next_review(row, stands, end, now)
    row.save(update_fields=["lapsed_at", "review_at"])


def _note_change(row: ShopPlan, stands: Standing, now: datetime) -> None:
    """Leave a trail of every pause and its end."""
    if stands.why is Why.UNKNOWN_PLAN:
        log.warning("shop %s pays for a plan that LEJAR_PLANS does not name", row.shop_id)
    if stands.may_send == (row.lapsed_at is None):
        return
    row.lapsed_at = None if stands.may_send else now
    action = "sending resumed" if stands.may_send else "sending paused"
    audit.note(row.shop.store_id, WHO, action, now, why=stands.why.value, plan=row.name)
    if stands.may_send and row.shop.store.book_id is not None:
        outbox.wake([row.shop.store.book_id], now=now)


def _next_review(row: ShopPlan, stands: Standing, end: datetime, now: datetime) -> datetime | None:
    if stands.why is Why.NO_BILLING:
        return None
    moments = [now + LOOK_AGAIN, end]
    if row.doubt_since is not None:
        moments.append(row.doubt_since + entitlement.DOUBT)
    if allowance.waiting(row.shop.store_id).exists() and stands.may_send:
        moments.append(now + timedelta(minutes=1))  # a batch at a time
    return min(moment for moment in moments if moment > now)


# --- how it stands ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Orders begun in the billing month from `start` to `end`, and those waiting for room."""

    used: int
    waiting: int
    start: datetime
    end: datetime


def standing(row: ShopPlan, *, now: datetime) -> Standing:
    """What the shop may do by what is known of its plan."""
    return entitlement.entitled(
        _known(row),
        plans=plans(),
        is_read=row.read_at is not None,
        is_development=ShopDetails.objects.filter(shop=row.shop_id, is_development=True).exists(),
        doubt_since=row.doubt_since,
        now=now,
    )


def is_waited_for(shop: Shop, *, now: datetime) -> bool:
    """Whether the shop's sending waits for a plan."""
    return not standing(plan_of(shop), now=now).may_send


def usage(row: ShopPlan, *, now: datetime) -> Usage:
    """How much of its limit the shop has used."""
    store = row.shop.store
    start, end = _month(row, now)
    used = store.orders_begun if store.orders_since == start else 0
    return Usage(used=used, waiting=allowance.waiting(store.id).count(), start=start, end=end)


def plan_of(shop: Shop) -> ShopPlan:
    """The row kept of the shop's plan, or one that knows nothing."""
    return ShopPlan.objects.filter(shop=shop).select_related("shop__store").first() or ShopPlan(
        shop=shop
    )


def _known(row: ShopPlan) -> Subscription | None:
    if not row.status:
        return None
    return Subscription(
        name=row.name,
        status=row.status,
        is_test=row.is_test,
        current_period_end=row.current_period_end,
    )


def _month(row: ShopPlan, now: datetime) -> tuple[datetime, datetime]:
    zone = ZoneInfo(row.shop.store.time_zone)
    return entitlement.billing_month(row.current_period_end, zone=zone, now=now)
