"""The rules of one order: what is read for it from the mappings, and no more."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounting import mapping
from accounting.documents.rules import ItemCode, Ledger, Policy
from accounting.models import Store
from tests.accounting.mapped import coffee_order

pytestmark = pytest.mark.django_db


ITEMS = [
    {"match": "sku", "value": "Kopi-1", "account": "500-001"},
    {"match": "sku", "value": "TEH-1", "account": "500-002"},
    {"match": "default", "account": "500-000"},
]
TAXES = [
    {"title": "sst", "rate": "0.0800", "code": "SV-8"},
    {"title": "sst", "rate": "0.06", "code": "SV-6"},
    {"title": "Ship Tax", "rate": "0.08", "code": "SV-8S", "tariff_code": "9907.03"},
]
GATEWAYS: list[dict[str, Any]] = [
    {"gateway": "IPAY 88", "account": "310-IPAY"},
    {"gateway": "cash", "account": "320-CASH", "cash": True},
]
ROLES = [{"role": "shipping", "account": "530-SHIP"}]


def test_rules_hold_exactly_what_the_order_can_need(store: Store, now: datetime) -> None:
    mapping.map_items(store_id=store.pk, rows=ITEMS, who="7", now=now)
    mapping.map_taxes(store_id=store.pk, rows=TAXES, who="7", now=now)
    mapping.map_gateways(store_id=store.pk, rows=GATEWAYS, who="7", now=now)
    mapping.map_roles(store_id=store.pk, rows=ROLES, who="7", now=now)
    facts = coffee_order()

    rules = mapping.rules_for(store, facts, ledger=Ledger(name="SQL Accounting"))

    assert facts.latest is not None
    line = facts.latest.lines[0]
    assert rules.items == {
        ("default", ""): ItemCode(account="500-000"),
        ("sku", "kopi-1"): ItemCode(account="500-001"),
    }
    assert rules.item_for(line) == ItemCode(account="500-001")
    assert {code.code for code in rules.taxes.values()} == {"SV-8", "SV-8S"}
    shipping_tax = rules.tax_for(facts.latest.shipping_lines[0].taxes[0])
    assert shipping_tax is not None
    assert shipping_tax.tariff_code == "9907.03"
    assert list(rules.gateways) == ["ipay88"]
    assert rules.account_for("shipping") == "530-SHIP"
    assert rules.ledger.name == "SQL Accounting"


def test_rules_never_show_another_stores_rows(store: Store, other: Store, now: datetime) -> None:
    rows = [{"match": "default", "account": "999-999"}]
    mapping.map_items(store_id=other.pk, rows=rows, who="7", now=now)

    rules = mapping.rules_for(store, coffee_order(), ledger=Ledger())

    assert rules.items == {}


@pytest.mark.parametrize("lines", [1, 100])
def test_rules_cost_the_same_whatever_the_size(
    store: Store, now: datetime, lines: int, django_assert_num_queries: Any
) -> None:
    rows = [
        {"match": "sku", "value": f"KOPI-{number}", "account": "500-001"} for number in range(900)
    ]
    mapping.map_items(store_id=store.pk, rows=rows, who="7", now=now)
    facts = coffee_order(lines)

    with django_assert_num_queries(6):
        rules = mapping.rules_for(store, facts, ledger=Ledger())

    assert len(rules.items) == lines


def test_a_store_without_policies_gets_the_defaults(store: Store, now: datetime) -> None:
    rules = mapping.rules_for(store, coffee_order(), ledger=Ledger())

    assert rules.policy == Policy(prefix="SH", time_zone="Asia/Kuala_Lumpur", currency="MYR")


def test_the_policy_says_what_the_store_says(store: Store, now: datetime) -> None:
    mapping.set_debtors(
        store_id=store.pk, rows=[{"currency": "myr", "code": "300-W001"}], who="7", now=now
    )
    store.settle_seconds = 90
    store.trigger = "created"
    store.excluded_sources = ["lelong"]

    policy = mapping.rules_for(store, coffee_order(), ledger=Ledger()).policy

    assert policy.cash_debtors == {"MYR": "300-W001"}
    assert policy.settle == timedelta(seconds=90)
    assert policy.trigger == "created"
    assert policy.excluded_sources == ("lelong",)


def test_the_account_of_a_tax_code_is_a_role(store: Store, now: datetime) -> None:
    rows = [{"role": "tax:SV-8", "account": "SST-OUT"}]

    mapping.map_roles(store_id=store.pk, rows=rows, who="7", now=now)

    rules = mapping.rules_for(store, coffee_order(), ledger=Ledger())
    assert rules.account_for("tax:SV-8") == "SST-OUT"
