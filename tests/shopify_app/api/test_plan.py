"""`GET /api/v1/plan`: what the plan page of the app shows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounting.models import Store
from shopify_app import billing
from shopify_app.models import Shop
from tests.shopify_app.bootstrap import STANDARD, answer, read, subscription

pytestmark = pytest.mark.django_db


def test_without_billing_there_is_nothing_to_choose(api: Client) -> None:
    told = api.get("/api/v1/plan").json()

    assert (told["why"], told["may_send"], told["limit"]) == ("no_billing", True, None)
    assert told["plan_page"] is None
    assert told["notices"] == []


def test_a_plan_is_shown_with_what_is_used_of_it(
    api: Client, shop: Shop, settings: Settings
) -> None:
    settings.LEJAR_PLANS = STANDARD
    now = timezone.now()
    ends = (now + timedelta(days=3)).isoformat()
    read(answer(subscription(currentPeriodEnd=ends, status="active")), now)
    billing.run(now=now)
    Store.objects.update(orders_begun=80)

    told = api.get("/api/v1/plan").json()

    assert (told["plan"], told["status"], told["why"]) == ("Standard", "ACTIVE", "active")
    assert (told["used"], told["limit"], told["waiting"]) == (80, 100, 0)
    assert told["plan_page"].endswith("/store/kedai-rimba/charges/lejar/pricing_plans")
    assert [notice["code"] for notice in told["notices"]] == ["plan_limit_near"]
    assert told["notices"][0].keys() == {"code", "tone", "title", "text", "next_step", "link"}


def test_a_merchant_without_a_plan_is_told_where_to_choose_one(
    api: Client, shop: Shop, settings: Settings
) -> None:
    settings.LEJAR_PLANS = STANDARD
    read(answer(), timezone.now())

    told = api.get("/api/v1/plan").json()

    assert (told["why"], told["may_send"], told["plan"]) == ("no_plan", False, "")
    assert told["notices"][0]["link"] == told["plan_page"]


def test_the_plan_is_told_in_the_readers_language(
    api: Client, shop: Shop, settings: Settings
) -> None:
    settings.LEJAR_PLANS = STANDARD

    english = api.get("/api/v1/plan").json()["notices"][0]["title"]
    malay = api.get("/api/v1/plan?locale=ms").json()["notices"][0]["title"]

    assert english != malay
