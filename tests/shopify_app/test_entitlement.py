"""What a plan allows, as a table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shopify_app.entitlement import Why, billing_month, chosen, entitled, is_near
from shopify_app.payloads.shop_details import Subscription

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
PLANS = {"standard": 100, "unlimited": None}
KUALA_LUMPUR = ZoneInfo("Asia/Kuala_Lumpur")


def plan(name: str = "Standard", status: str = "ACTIVE", *, is_test: bool = False) -> Subscription:
    return Subscription(name=name, status=status, is_test=is_test, current_period_end=None)


@pytest.mark.parametrize(
    ("known", "given", "why", "limit"),
    [
        (plan(), {}, Why.ACTIVE, 100),
        (plan(status="active"), {}, Why.ACTIVE, 100),
        (plan("STANDARD"), {}, Why.ACTIVE, 100),
        (plan("Unlimited"), {}, Why.ACTIVE, None),
        (plan("Anniversary"), {}, Why.UNKNOWN_PLAN, None),
        (None, {}, Why.NONE, None),
        *((plan(status=ended), {}, Why.NONE, None) for ended in (
            "PENDING", "DECLINED", "EXPIRED", "FROZEN", "CANCELLED", "cancelled", ""
        )),
        (plan(is_test=True), {}, Why.TEST, None),
        (plan(is_test=True), {"is_development": True}, Why.ACTIVE, 100),
        (plan(), {"is_development": True}, Why.ACTIVE, 100),
        (None, {"is_development": True}, Why.NONE, None),
        (None, {"is_read": False}, Why.NOT_READ, None),
        (plan(), {"doubt_since": NOW - timedelta(hours=23, minutes=59)}, Why.ACTIVE, 100),
        (plan(), {"doubt_since": NOW - timedelta(hours=24)}, Why.DOUBT, None),
        (None, {"doubt_since": NOW}, Why.NONE, None),
        (None, {"plans": {}}, Why.NO_BILLING, None),
        (plan(status="FROZEN"), {"plans": {}, "is_read": False}, Why.NO_BILLING, None),
    ],
)  # fmt: skip
def test_a_plan_allows_what_the_table_says(
    known: Subscription | None, given: dict[str, object], why: Why, limit: int | None
) -> None:
    usual: dict[str, object] = {
        "plans": PLANS, "is_read": True, "is_development": False, "doubt_since": None, "now": NOW
    }  # fmt: skip

    stands = entitled(known, **(usual | given))  # type: ignore[arg-type]  # given by name

    assert (stands.why, stands.limit) == (why, limit)
    assert stands.may_send == (why in (Why.ACTIVE, Why.UNKNOWN_PLAN, Why.NO_BILLING))


def test_of_several_subscriptions_an_active_known_and_real_one_counts() -> None:
    real, test, strange, old = plan(), plan(is_test=True), plan("Odd"), plan(status="EXPIRED")

    assert chosen((old, strange, test, real), plans=PLANS) == real
    assert chosen((old, strange), plans=PLANS) == strange
    assert chosen((), plans=PLANS) is None


@pytest.mark.parametrize(
    ("period_end", "start", "end"),
    [
        ("2026-12-10T04:00Z", "2026-11-10", "2026-12-10"),
        ("2026-11-22T04:01Z", "2026-11-22", "2026-12-22"),  # the last day is the next month's first
        ("2026-11-22T16:00Z", "2026-10-24", "2026-11-23"),  # the 23rd in Kuala Lumpur
        ("2026-11-20T04:00Z", "2026-11-20", "2026-12-20"),  # renewed, and not read yet
        ("2027-10-01T04:00Z", "2026-11-05", "2026-12-05"),  # a yearly plan
        (None, "2026-11-01", "2026-12-01"),
    ],
)
def test_the_billing_month_runs_from_midnight_to_midnight_in_the_shops_zone(
    period_end: str | None, start: str, end: str
) -> None:
    ends = datetime.fromisoformat(period_end) if period_end else None

    month = billing_month(ends, zone=KUALA_LUMPUR, now=NOW)

    assert [day.isoformat() for day in month] == [f"{day}T00:00:00+08:00" for day in (start, end)]
    assert month[0] <= NOW < month[1]


def test_december_is_followed_by_january() -> None:
    month = billing_month(None, zone=KUALA_LUMPUR, now=datetime(2026, 12, 31, 15, tzinfo=UTC))

    assert [day.date().isoformat() for day in month] == ["2026-12-01", "2027-01-01"]


@pytest.mark.parametrize(
    ("used", "limit", "near"), [(79, 100, False), (80, 100, True), (2, 3, False), (9, None, False)]
)
def test_a_limit_is_near_from_eighty_per_cent_on(used: int, limit: int | None, near: bool) -> None:
    assert is_near(used, limit) is near
