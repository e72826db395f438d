"""A client on the other side of a socket: what breaks there really breaks."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

import pytest
import requests

from shopify_app.sandbox import control
from tests.payloads import ORDER_ID, make_order
from tests.shopify_app.sandbox.conftest import DOMAIN, KEY, SECRET, Desk


@pytest.fixture
def shop(live_server: Any, client: Any, now: datetime) -> tuple[str, Desk]:
    row = control.open_shop(DOMAIN, clock_at=now)
    return f"{live_server.url}/sandbox/shopify/{DOMAIN}", Desk(client, row)


def ask(url: str, token: str, text: str, **more: Any) -> requests.Response:
    return requests.post(
        f"{url}/admin/api/2026-10/graphql.json",
        json={"query": text, "variables": {"id": f"gid://shopify/Order/{ORDER_ID}"}},
        headers={"X-Shopify-Access-Token": token},
        timeout=5,
        **more,
    )


def test_an_app_is_installed_reads_an_order_and_survives_what_breaks(
    shop: tuple[str, Desk],
) -> None:
    url, desk = shop
    asked = {
        "client_id": KEY,
        "client_secret": SECRET,
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token": desk.id_token(),
        "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
        "requested_token_type": "urn:shopify:params:oauth:token-type:offline-access-token",
        "expiring": "1",
    }
    told = requests.post(f"{url}/admin/oauth/access_token", json=asked, timeout=5).json()
    requests.put(f"{url}/orders", json=[{"order": make_order()}], timeout=5)
    text = "query N($id: ID!) { order(id: $id) { name } }"
    token = told["access_token"]

    answer = ask(url, token, text)
    assert answer.json()["data"] == {"order": {"name": "#1001"}}
    assert answer.headers["X-Request-ID"]

    faults = [{"fault": "drop"}, {"fault": "truncated"}, {"fault": "slow", "seconds": 0.3}]
    requests.put(f"{url}/control", json={"faults": faults}, timeout=5)
    with pytest.raises(requests.RequestException):
        ask(url, token, text)
    with pytest.raises(requests.JSONDecodeError):
        ask(url, token, text).json()
    begun = time.monotonic()
    assert ask(url, token, text).json()["data"]
    assert time.monotonic() - begun > 0.25
