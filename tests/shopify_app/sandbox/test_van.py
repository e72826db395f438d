"""Webhooks are brought as Shopify brings them, over HTTP, on the shop's own clock."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from shopify_app.sandbox import happenings, van
from shopify_app.sandbox.models import PretendedDelivery, PretendedOrder
from tests.payloads import ORDER_ID, make_edit, make_order, make_refund, make_transaction
from tests.shopify_app.sandbox.conftest import Desk


@dataclass
class Door:
    """A shop's app, seen from outside: what came, and what it answers."""

    url: str = ""
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    pause: float = 0

    def answer(self) -> int:
        return self.statuses.pop(0) if self.statuses else 200

    def topics(self) -> list[str]:
        return [headers["x-shopify-topic"] for headers, _ in self.came]


@pytest.fixture
def door() -> Iterator[Door]:
    told = Door()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.came.append(({k.lower(): v for k, v in self.headers.items()}, body))
            time.sleep(told.pause)
            self.send_response(told.answer())
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
            """Not into the tests' output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    told.url = f"http://127.0.0.1:{server.server_address[1]}/webhooks/shopify"
    yield told
    server.shutdown()
    server.server_close()


@pytest.fixture
def told(desk: Desk, door: Door) -> Desk:
    desk.set(webhook_url=door.url)
    return desk


def tell(desk: Desk, topic: str = "orders/create", body: Any = None, **more: Any) -> Any:
    return happenings.happens(desk.shop, topic, body or make_order(**more))


def test_a_delivery_has_shopifys_headers_and_the_apps_signature(told: Desk, door: Door) -> None:
    tell(told)

    van.send_due(told.shop)

    ((headers, body),) = door.came
    assert headers["x-shopify-topic"] == "orders/create"
    assert headers["x-shopify-shop-domain"] == told.domain
    assert headers["x-shopify-api-version"] == "2026-10"
    assert headers["x-shopify-triggered-at"] == "2026-11-22T04:00:00.000000000Z"
    assert headers["x-shopify-hmac-sha256"] == van.signature(body)
    assert json.loads(body)["id"] == ORDER_ID


def test_the_signature_is_the_one_of_the_contract(settings: Any) -> None:
    settings.SHOPIFY_API_SECRETS = ["hush-test-secret-0123456789abcdef"]
    body = b'{"shop_id":70010000001,"shop_domain":"kedai-rimba.myshopify.com"}'

    assert van.signature(body) == "5ns2iGc78vzK3sgqC6229zBjqzocJdy4PRLN0fTQSVA="


@pytest.mark.parametrize("status", [302, 400, 401, 404, 500, 503])
def test_anything_but_2xx_is_a_failure_and_is_not_followed(
    told: Desk, door: Door, status: int
) -> None:
    door.statuses, door.headers = [status], {"Location": door.url}
    tell(told)

    van.send_due(told.shop)

    assert len(door.came) == 1
    assert PretendedDelivery.objects.get().state == "waiting"


def test_a_failure_is_tried_eight_times_more_over_four_hours_with_the_first_body(
    told: Desk, door: Door
) -> None:
    door.statuses = [500] * 20
    begun = told.shop.now()
    tell(told)

    for _ in range(12):
        van.send_due(told.shop)
        told.set(clock_at=PretendedDelivery.objects.get().due_at)

    assert len(door.came) == 9
    assert len({body for _, body in door.came}) == 1
    assert len({headers["x-shopify-webhook-id"] for headers, _ in door.came}) == 1
    assert told.shop.now() - begun == timedelta(hours=4)
    assert PretendedDelivery.objects.get().state == "given_up"


def test_nothing_is_tried_before_its_time(told: Desk, door: Door) -> None:
    door.statuses = [500]
    tell(told)
    van.send_due(told.shop)

    assert van.send_due(told.shop) == 0
    told.later(seconds=56)
    assert van.send_due(told.shop) == 1
    assert PretendedDelivery.objects.get().statuses == [500, 200]


def test_an_app_that_is_too_slow_has_not_answered(
    told: Desk, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(van, "TOTAL_SECONDS", 0.05)
    door.pause = 0.2
    tell(told)

    van.send_due(told.shop)

    assert PretendedDelivery.objects.get().statuses == [0]


def test_an_app_that_is_not_there_has_not_answered(desk: Desk) -> None:
    desk.set(webhook_url="http://127.0.0.1:1/webhooks/shopify")
    tell(desk)

    van.send_due(desk.shop)

    assert PretendedDelivery.objects.get().statuses == [0]


def test_a_dropped_delivery_never_comes_and_the_order_is_kept(told: Desk, door: Door) -> None:
    told.set(deliveries={"drop": {"topics": ["orders/create"], "times": 1}})
    tell(told)
    tell(told, "orders/updated", make_order(updated_at="2026-11-21T10:00:00+08:00"))

    van.send_due(told.shop)

    assert door.topics() == ["orders/updated"]
    assert PretendedOrder.objects.get().number == ORDER_ID


def test_a_duplicate_has_the_same_id(told: Desk, door: Door) -> None:
    told.set(deliveries={"duplicate": 1})
    tell(told)

    van.send_due(told.shop)

    assert len(door.came) == 2
    assert len({headers["x-shopify-webhook-id"] for headers, _ in door.came}) == 1


def test_a_delayed_delivery_waits(told: Desk, door: Door) -> None:
    told.set(deliveries={"delay": 60})
    tell(told)

    assert van.send_due(told.shop) == 0
    told.later(seconds=60)
    assert van.send_due(told.shop) == 1


def test_deliveries_can_come_newest_first(told: Desk, door: Door) -> None:
    told.set(deliveries={"reorder": True})
    tell(told)
    tell(told, "order_transactions/create", make_transaction())

    van.send_due(told.shop)

    assert door.topics() == ["order_transactions/create", "orders/create"]


def test_a_body_hides_what_the_app_is_not_approved_to_see(told: Desk, door: Door) -> None:
    told.set(protected_fields=["address"])
    tell(told)

    van.send_due(told.shop)

    body = json.loads(door.came[0][1])
    assert body["email"] is None
    assert body["billing_address"]["name"] is None
    assert body["billing_address"]["city"] == "Shah Alam"
    assert body["name"] == "#1001"


def test_without_its_scope_or_approval_the_app_hears_of_no_order(told: Desk) -> None:
    told.set(scopes=["read_products"])
    assert tell(told) == []
    told.set(scopes=["read_orders"], protected_data=False)
    assert tell(told) == []


def test_an_app_that_was_removed_hears_only_of_that_and_of_privacy(told: Desk, door: Door) -> None:
    told.do("uninstall")
    tell(told)
    told.do("privacy", topic="shop/redact")

    van.send_due(told.shop)

    assert door.topics() == ["app/uninstalled", "shop/redact"]
    assert json.loads(door.came[0][1])["domain"] != told.domain
    assert json.loads(door.came[1][1]) == {
        "shop_id": told.shop.number,
        "shop_domain": told.domain,
    }


def test_other_scopes_are_told_with_those_before(told: Desk, door: Door) -> None:
    told.do("grant", scopes=["read_orders", "read_returns"])

    van.send_due(told.shop)

    body = json.loads(door.came[0][1])
    assert (body["previous"], body["current"]) == (
        ["read_orders", "read_products"],
        ["read_orders", "read_returns"],
    )


def test_a_topic_that_shopify_does_not_have_is_refused(told: Desk) -> None:
    with pytest.raises(ValueError, match="no such topic"):
        tell(told, "orders/melted")

    assert not PretendedDelivery.objects.exists()


def test_a_refund_of_an_unknown_order_is_refused_and_nothing_is_told(told: Desk) -> None:
    with pytest.raises(ValueError, match="no version"):
        tell(told, "refunds/create", make_refund())

    assert not PretendedDelivery.objects.exists()


def test_what_happens_to_an_order_is_what_the_admin_api_then_tells(told: Desk) -> None:
    tell(told)
    tell(told, "order_transactions/create", make_transaction())
    tell(told, "orders/edited", make_edit())
    tell(told, "refunds/create", make_refund())
    tell(told, "orders/updated", make_order(updated_at="2026-11-22T10:00:00+08:00"))
    text = """query Q($id: ID!) { order(id: $id) { edited updatedAt refunds { id }
      transactions { kind } agreements(first: 9) { nodes { __typename } } } }"""

    order = told.data(text, id=f"gid://shopify/Order/{ORDER_ID}")["order"]

    assert order["edited"] is True
    assert order["updatedAt"] == "2026-11-22T02:00:00Z"
    assert len(order["refunds"]) == 1
    assert [one["kind"] for one in order["transactions"]] == ["SALE", "REFUND"]
    assert {one["__typename"] for one in order["agreements"]["nodes"]} == {
        *("OrderAgreement", "OrderEditAgreement", "RefundAgreement"),
    }


def test_a_deleted_order_is_gone_and_told(told: Desk) -> None:
    tell(told)
    tell(told, "orders/delete", {"id": ORDER_ID})

    assert not PretendedOrder.objects.exists()
    assert PretendedDelivery.objects.count() == 2
