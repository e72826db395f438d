"""Whoever has no books can connect to a demo company, each way, with what the docs say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from accounting import connection_check, connections, mapping
from accounting.models import Store
from shopify_app.demo import stage
from shopify_app.demo.books import DemoCompany
from shopify_app.demo.connections import CONNECTIONS, Connection

PAGE = (Path(__file__).parents[2] / "docs/connectors.md").read_text(encoding="utf-8")
NOW = datetime(2026, 11, 26, 4, 0, tzinfo=UTC)


def said(connection: Connection) -> Iterator[tuple[str, str]]:
    """Names and values in the row of this connection."""
    start = f"| `{connection.system}`, `{connection.way}` |"
    (row,) = [line for line in PAGE.splitlines() if line.startswith(start)]
    yield from re.findall(r"`(\w+)`: `([^`]+)`", row)


@pytest.mark.usefixtures("_product")
@pytest.mark.parametrize("connection", CONNECTIONS, ids=str)
def test_a_shop_connects_to_a_demo_company_with_what_the_docs_say(
    connection: Connection, live_server: LiveServer
) -> None:
    plan = DemoCompany(connection=connection).plan
    stage.open_demo_companies(live_server.url)
    store = Store.objects.create(name="Kedai Baru", prefix="KB")
    who: dict[str, Any] = {"store_id": store.id, "who": "merchant", "now": NOW}
    mapping.set_debtors(rows=[plan.debtor], **who)

    connections.connect(**plan.chosen, **who)
    health = connection_check.check(store_id=store.id, clock=lambda: NOW)

    chosen = plan.chosen
    assert dict(said(connection)) == chosen["credentials"] | chosen["settings"]
    assert [found for found in health.findings if found.status == "failed"] == []
    assert any(found.status == "ok" for found in health.findings)
