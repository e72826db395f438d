"""One order to the next open day, and documents found by the API."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client

from accounting.models import Audit, Order
from shopify_app.models import Shop
from tests.shopify_app.filled import Filled, fill


@pytest.fixture
def filled(shop: Shop, now: datetime) -> Filled:
    return fill(shop, now)


def test_an_order_held_by_a_closed_period_is_let_go(api: Client, filled: Filled) -> None:
    filled.order.problems[0]["code"] = "PERIOD_CLOSED"
    filled.order.save()

    answer = api.post("/api/v1/orders/5001/next-open-day")

    order = api.get("/api/v1/orders/5001").json()
    assert answer.status_code == 202
    assert (order["closed_period"], order["plan_at"] is not None) == ("next_open_day", True)
    assert Audit.objects.exclude(action="install").get().who == "staff 42"


def test_an_order_held_by_something_else_is_refused(api: Client, filled: Filled) -> None:
    answer = api.post("/api/v1/orders/5001/next-open-day")

    order = Order.objects.get()
    assert answer.status_code == 409
    assert "closed period" in answer.json()["detail"]
    assert (order.closed_period, order.plan_at) == ("", None)
    assert not Audit.objects.exclude(action="install").exists()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "1001"}, 3),
        ({"q": "KR-1001-P1", "kind": "payment"}, 1),
        ({"date_from": "2026-11-21"}, 0),
        ({"date_to": "2026-11-20", "limit": 2}, 2),
    ],
)
def test_documents_are_found(
    api: Client, filled: Filled, query: dict[str, str], found: int
) -> None:
    assert len(api.get("/api/v1/documents", query).json()["results"]) == found


def test_pages_by_day_follow_each_other(api: Client, filled: Filled) -> None:
    query = {"date_from": "2026-11-01", "limit": "2"}
    first = api.get("/api/v1/documents", query).json()
    rest = api.get("/api/v1/documents", {**query, "after": first["next"]}).json()

    assert [row["id"] for row in first["results"] + rest["results"]] == [
        row.pk for row in reversed(filled.rows)
    ]
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("query", "field"), [({"date_from": "x"}, "date_from"), ({"q": "\x00"}, "q")]
)
def test_what_cannot_be_looked_for_is_refused(
    api: Client, filled: Filled, query: dict[str, str], field: str
) -> None:
    answer = api.get("/api/v1/documents", query)

    assert (answer.status_code, list(answer.json())) == (400, [field])
