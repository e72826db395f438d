"""What a shop's plan allows: rules over values, without a database (Shopify contract 13).

Plans and their limits are the operator's (`LEJAR_PLANS`); without any there is no billing, and
everything is allowed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from shopify_app.payloads.shop_details import Subscription

DOUBT = timedelta(hours=24)  # as long as a plan is believed that cannot be read any more
MONTH = timedelta(days=30)  # Shopify's "every 30 days"
NEAR_PERCENT = 80

Plans = Mapping[str, int | None]  # case-folded name -> orders a month; None: no limit


class Why(StrEnum):
    """Why a shop may send, or may not."""

    NO_BILLING = "no_billing"
    ACTIVE = "active"
    UNKNOWN_PLAN = "unknown_plan"  # paid for, but not among the operator's plans
    NOT_READ = "not_read"
    NONE = "no_plan"
    TEST = "test_plan"  # a test charge, and not a development store
    DOUBT = "doubt"


MAY_SEND = frozenset({Why.NO_BILLING, Why.ACTIVE, Why.UNKNOWN_PLAN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a shop may do now. `limit` is of orders begun in a billing month; None: no limit."""

    why: Why
    limit: int | None = None

    @property
    def may_send(self) -> bool:
        return self.why in MAY_SEND


def entitled(
    known: Subscription | None,
    *,
    plans: Plans,
    is_read: bool,
    is_development: bool,
    doubt_since: datetime | None,
    now: datetime,
) -> Standing:
    """What a shop may do whose plan was last `known` to be this; None is no plan, or with
    `is_read` false not known. `doubt_since` is from when on reading it failed."""
    if not plans:
        return Standing(why=Why.NO_BILLING)
    if not is_read:
        return Standing(why=Why.NOT_READ)
    if known is None or not is_active(known):
        return Standing(why=Why.NONE)
    if known.is_test and not is_development:
        return Standing(why=Why.TEST)
    if doubt_since is not None and now - doubt_since >= DOUBT:
        return Standing(why=Why.DOUBT)
    name = known.name.casefold()
    if name not in plans:
        return Standing(why=Why.UNKNOWN_PLAN)
    return Standing(why=Why.ACTIVE, limit=plans[name])


def is_active(plan: Subscription) -> bool:
    """Shopify writes the status in both cases (contract 13)."""
    return plan.status.casefold() == "active"


def chosen(told: tuple[Subscription, ...], *, plans: Plans) -> Subscription | None:
    """The one that counts of the subscriptions Shopify told: an active one, one of the operator's
    plans, a real one."""

    def rank(plan: Subscription) -> tuple[bool, bool, bool]:
        return is_active(plan), plan.name.casefold() in plans, not plan.is_test

    return max(told, key=rank, default=None)


def billing_month(
    period_end: datetime | None, *, zone: ZoneInfo, now: datetime
) -> tuple[datetime, datetime]:
    """The month that orders are counted in: from midnight to midnight in the shop's zone.

    Shopify bills every 30 days, so months are counted from the day the paid period ends, forwards
    where a renewal is not read yet, and backwards in a yearly plan. Without that day, the month of
    the calendar.
    """
    today = now.astimezone(zone).date()
    if period_end is None:
        first = today.replace(day=1)
        after = (first + timedelta(days=32)).replace(day=1)
    else:
        days = (today - period_end.astimezone(zone).date()) // MONTH  # rounded down
        first = period_end.astimezone(zone).date() + days * MONTH
        after = first + MONTH
    start, end = (datetime.combine(day, time.min, zone) for day in (first, after))
    return start, end


def is_near(used: int, limit: int | None) -> bool:
    """Whether the merchant should hear of the limit before it bites."""
    return limit is not None and used * 100 >= limit * NEAR_PERCENT
