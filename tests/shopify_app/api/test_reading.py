"""An order is read anew, and orders are reconciled, when a person asks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounting.models import Audit, Order
from shopify_app.models import Reconciliation, Shop, ShopReading
from tests.shopify_app.filled import Filled, fill

SWEEPS = "/api/v1/reconciliation"


@pytest.fixture
def filled(shop: Shop, now: datetime) -> Filled:
    return fill(shop, now)


def address(filled: Filled) -> str:
    return f"/api/v1/orders/{filled.order.order_id}/refetch"


def test_a_person_has_an_order_read_anew(api: Client, filled: Filled) -> None:
    Order.objects.update(refetch_tries=3)

    answer = api.post(address(filled))

    order = Order.objects.get()
    assert answer.status_code == 202
    assert order.refetch_asked_at
    assert order.refetch_ready_at
    assert order.refetch_ready_at <= order.refetch_asked_at
    assert (order.refetch_tries, order.refetch_trouble) == (0, "")
    assert Audit.objects.get(action="order read anew").detail == {"order": order.order_id}


def test_an_order_that_is_not_there_is_not_found(api: Client, shop: Shop) -> None:
    assert api.post("/api/v1/orders/404/refetch").status_code == 404
    assert not Audit.objects.filter(action="order read anew").exists()


def test_why_an_order_could_not_be_read_is_said(api: Client, filled: Filled) -> None:
    Order.objects.update(
        refetch_trouble="Shopify refuses to show this order (FORBIDDEN). It is judged by what has "
        "arrived."
    )

    said = api.get("/api/v1/orders", headers={"Accept-Language": "ms"}).json()["results"][0]
    page = api.get(f"/orders/{filled.order.order_id}").content.decode()

    assert "FORBIDDEN" in said["refetch_trouble"]
    assert "Shopify refuses to show this order (FORBIDDEN)" in page


def test_a_person_starts_a_sweep_and_sees_it(api: Client, shop: Shop) -> None:
    started = api.post(SWEEPS)

    shown = api.get(SWEEPS).json()
    assert started.status_code == 202
    assert shown == {"results": [started.json()], "next": None}
    assert (started.json()["state"], started.json()["cause"]) == ("running", "asked")
    assert ShopReading.objects.get(shop=shop).sweep_at


def test_sweeps_are_listed_newest_first_and_in_pages(
    api: Client, shop: Shop, now: datetime
) -> None:
    times = dict.fromkeys(("since", "until", "reached_at", "started_at", "moved_at"), now)
    for missing in (1, 2, 3):
        Reconciliation.objects.create(shop=shop, state="finished", missing=missing, **times)

    first: Any = api.get(f"{SWEEPS}?limit=2").json()
    second: Any = api.get(f"{SWEEPS}?limit=2&after={first['next']}").json()

    assert [row["missing"] for row in first["results"]] == [3, 2]
    assert ([row["missing"] for row in second["results"]], second["next"]) == ([1], None)


def test_where_reading_is_switched_off_nothing_is_asked_for(
    api: Client, filled: Filled, settings: Settings
) -> None:
    settings.SHOPIFY_FETCH = "never"

    answers = [api.post(address(filled)), api.post(SWEEPS)]

    assert [answer.status_code for answer in answers] == [409, 409]
    assert "SHOPIFY_FETCH" in answers[0].json()["detail"]
    assert Order.objects.get().refetch_asked_at is None
    assert Reconciliation.objects.count() == 1
