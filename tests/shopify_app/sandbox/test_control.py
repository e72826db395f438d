"""The switches over HTTP: unusable ones are refused, usable ones hit the calls they name."""

from __future__ import annotations

import json
import runpy
import time
from typing import Any

import pytest
from django.conf import settings
from django.test import Client, override_settings

from shopify_app.sandbox.models import PretendedOrder, PretendedShop
from tests.payloads import ORDER_ID, make_order, make_transaction
from tests.shopify_app.sandbox.conftest import Desk

SHOP = "{ shop { name } }"


@pytest.mark.parametrize(
    "facts",
    [
        {"colour": "green"},
        {"state": "melted"},
        {"plan": "gold"},
        {"faults": {}},
        {"faults": [{"fault": "explode"}]},
        {"faults": [{"fault": "200"}]},
        {"faults": [{"fault": "500", "times": 0}]},
        {"faults": [{"fault": "500", "on": "moon"}]},
        {"faults": [{"fault": "500", "colour": 1}]},
        {"deliveries": {"explode": True}},
        {"clock_at": "noon"},
    ],
)
def test_a_switch_that_does_not_exist_is_refused(desk: Desk, facts: dict[str, Any]) -> None:
    before = PretendedShop.objects.values().get()

    answer = desk.call("PUT", "control", facts)

    assert answer.status_code == 400
    assert PretendedShop.objects.values().get() == before


def test_a_deed_that_does_not_exist_is_refused(desk: Desk) -> None:
    assert desk.do("melt").status_code == 400


def test_a_shop_is_opened_by_its_name(db: None, client: Client) -> None:
    path = "/sandbox/shopify/bakau.myshopify.com/control"

    assert client.get(path).status_code == 404
    answer = client.put(path, {"currency": "SGD"}, content_type="application/json")

    assert answer.status_code == 200
    assert answer.json()["name"] == "Bakau"
    assert answer.json()["currency"] == "SGD"
    assert client.get(path).json()["orders"] == 0


def test_a_fault_hits_as_often_as_it_says_and_then_no_more(desk: Desk) -> None:
    desk.set(faults=[{"fault": "500", "times": 2}, {"fault": "429", "retry_after": "1.5"}])

    answers = [desk.ask(SHOP) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [500, 500, 429, 200]
    assert answers[2].headers["Retry-After"] == "1.5"
    assert desk.shop.faults == []


def test_a_fault_of_the_token_endpoint_leaves_the_admin_api_alone(desk: Desk) -> None:
    desk.set(faults=[{"fault": "503", "on": "token"}])

    assert desk.ask(SHOP).status_code == 200
    assert desk.grant().status_code == 503
    assert desk.grant().status_code == 200


def test_throttled_has_no_data(desk: Desk) -> None:
    desk.set(faults=[{"fault": "throttled"}])

    answer = desk.ask(SHOP).json()

    assert answer["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert "data" not in answer


def test_answers_that_nobody_expects_can_be_had(desk: Desk) -> None:
    desk.set(faults=[{"fault": name} for name in ("html", "errors_string", "null_data")])

    page, text, nothing = (desk.ask(SHOP) for _ in range(3))

    assert (page.status_code, page.headers["Content-Type"]) == (503, "text/html")
    assert isinstance(text.json()["errors"], str)
    assert nothing.json() == {"data": None}


def test_an_answer_can_be_cut_in_half(desk: Desk) -> None:
    desk.set(faults=[{"fault": "truncated"}])

    with pytest.raises(json.JSONDecodeError):
        desk.ask(SHOP).json()


def test_an_answer_can_drip(desk: Desk) -> None:
    desk.set(faults=[{"fault": "slow", "seconds": 0.2}])
    begun = time.monotonic()

    answer = b"".join(desk.ask(SHOP).streaming_content)

    assert json.loads(answer)["data"] == {"shop": {"name": "Angsana"}}
    assert time.monotonic() - begun > 0.15


def test_a_connection_can_break(desk: Desk) -> None:
    desk.set(faults=[{"fault": "drop"}])

    with pytest.raises(ConnectionResetError):
        b"".join(desk.ask(SHOP).streaming_content)


def test_orders_are_put_as_they_are_told(desk: Desk) -> None:
    told = {
        "order": make_order(),
        "transactions": [make_transaction()],
        "products": {"8400000000001": {"productType": "Scarves"}},
    }

    assert desk.call("PUT", "orders", [told]).json() == {"orders": 1}
    assert desk.call("PUT", "orders", [told]).json() == {"orders": 1}

    assert PretendedOrder.objects.count() == 1
    text = """query Q($id: ID!) { order(id: $id) { transactions { id }
      lineItems(first: 1) { nodes { product { productType } } } } }"""
    order = desk.data(text, id=f"gid://shopify/Order/{ORDER_ID}")["order"]
    assert order["lineItems"]["nodes"][0]["product"]["productType"] == "Scarves"
    assert len(order["transactions"]) == 1


def test_webhooks_can_be_asked_for_and_listed(desk: Desk) -> None:
    desk.set(webhook_url="http://127.0.0.1:1/nobody")
    body = {"topic": "orders/create", "body": make_order()}

    assert desk.call("POST", "webhooks", body).status_code == 201
    assert desk.call("POST", "webhooks", {"topic": "x/y", "body": {"id": 1}}).status_code == 400
    assert desk.call("POST", "webhooks/send").json()["tries"] == 1

    (row,) = desk.call("GET", "webhooks").json()["deliveries"]
    assert (row["topic"], row["statuses"]) == ("orders/create", [0])


def test_a_clock_can_be_moved_and_let_go(desk: Desk) -> None:
    before = desk.shop.now()

    desk.do("advance", seconds=90)
    assert (desk.shop.now() - before).total_seconds() == 90
    desk.do("real_time")
    assert desk.shop.clock_at is None


def test_a_pair_of_tokens_can_be_agreed_with_a_test(desk: Desk) -> None:
    desk.do("issue_token", access_token="shpat_known", refresh_token="shprt_known")

    desk.access_token = "shpat_known"
    assert desk.ask(SHOP).status_code == 200
    assert desk.refresh("shprt_known").status_code == 200


def test_refresh_tokens_expire_when_told_to(desk: Desk) -> None:
    desk.do("issue_token", refresh_token="shprt_known")
    desk.do("expire_tokens", refresh=True)

    assert desk.refresh("shprt_known").json()["error"] == "invalid_grant"


@pytest.mark.parametrize("path", ["control", "orders", "webhooks", "webhooks/send"])
@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded"])
def test_the_world_behind_a_proxy_turns_no_switch(desk: Desk, path: str, header: str) -> None:
    assert desk.call("PUT", path, {}, **{header: "203.0.113.7"}).status_code == 403


def test_the_stand_in_is_mounted_only_when_asked_for() -> None:
    for wanted in (True, False):
        with override_settings(LEJAR_SANDBOX=wanted):
            routes = runpy.run_path(str(settings.BASE_DIR / "shopify_app/urls.py"))["urlpatterns"]

        assert ("sandbox/shopify/" in {str(route.pattern) for route in routes}) is wanted
