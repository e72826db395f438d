"""Rows that are there before an upgrade mean the same after it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from accounting import audit, audit_chain

# There and back through every migration, twice: a busy machine takes minutes.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(400)]

BEFORE_POLICIES = [("accounting", "0003_fact_first_as_of")]


def migrate(targets: list[tuple[str, str]]) -> Any:
    """The models as they were at `targets`."""
    executor = MigrationExecutor(connection)
    executor.migrate(targets)
    return executor.loader.project_state(targets).apps


@pytest.fixture
def newest() -> Iterator[list[tuple[str, str]]]:
    leaves = MigrationExecutor(connection).loader.graph.leaf_nodes()
    yield leaves
    migrate(leaves)


def rows(sql: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def test_orders_keep_what_they_rest_on_and_mappings_stay_for_any_card_and_location(
    newest: list[tuple[str, str]], now: datetime
) -> None:
    old = migrate(BEFORE_POLICIES)
    store, order, gateway, item = (
        old.get_model("accounting", name)
        for name in ("Store", "Order", "GatewayMapping", "ItemMapping")
    )
    store = store.objects.create(
        name="kedai.myshopify.com", partial_payment="wait", trigger="created"
    )
    order.objects.create(store=store, order_id=1, stem="SH-1", trigger="paid", facts_at=now)
    order.objects.create(store=store, order_id=2, facts_at=now)
    gateway.objects.create(store=store, gateway="stripe", account="310")
    item.objects.create(store=store, match="default", account="500")

    migrate(newest)
    pinned = rows("SELECT pinned FROM accounting_order ORDER BY order_id")
    gateways = rows("SELECT gateway, card_brand, location FROM accounting_gatewaymapping")
    items = rows("SELECT match, value FROM accounting_itemmapping")
    migrate(BEFORE_POLICIES)
    trigger = rows("SELECT trigger FROM accounting_order ORDER BY order_id")

    assert [json.loads(value) for (value,) in pinned] == [
        {
            "trigger": "paid",
            "partial_payment": "wait",
            "invoice_date": "order",
            "currency_side": "shop",
            "customers": "cash",
            "discounts": "net",
            "fold_window": 0,
        },
        {},
    ]
    assert (gateways, items) == ([("stripe", "", "")], [("default", "")])
    assert trigger == [("paid",), ("",)]


BEFORE_CHAIN = [("accounting", "0015_order_read_in_vain")]


def test_entries_from_before_the_chain_are_chained(
    newest: list[tuple[str, str]], now: datetime
) -> None:
    old = migrate(BEFORE_CHAIN)
    stores = [old.get_model("accounting", "Store").objects.create(name=n) for n in ("a", "b")]
    trail = old.get_model("accounting", "Audit").objects
    for number in range(1001):
        detail = {"order": number}
        trail.create(store=stores[number % 2], at=now, who="x", action="install", detail=detail)

    migrate(newest)
    broken = [audit_chain.check(store_id=store.id, now=now) for store in stores]
    audit.note(stores[0].id, "staff 1", "books paused", now)
    numbers = rows("SELECT max(number), count(number), count(*) FROM accounting_audit")
    again = audit_chain.check(store_id=stores[0].id, now=now)
    migrate(BEFORE_CHAIN)
    kept = rows("SELECT count(*), sum((detail ->> 'order')::int) FROM accounting_audit")

    assert broken == [None, None]
    assert numbers == [(502, 1002, 1002)]
    assert again is None
    assert kept == [(1002, 500500)]
