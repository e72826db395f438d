"""Changes of the mapping: what is kept, what is refused, what is left behind."""

from __future__ import annotations

import threading
from datetime import datetime

import pytest
from django.db import connection, transaction

from accounting import mapping
from accounting.documents.rules import Ledger
from accounting.mapping_tables import Invalid
from accounting.models import (
    Audit,
    Debtor,
    GatewayMapping,
    ItemMapping,
    ProjectMapping,
    Store,
    TaxMapping,
)
from accounting.models import Order as OrderRow
from tests.accounting.mapped import coffee_order, hold

pytestmark = pytest.mark.django_db


def test_mapping_again_changes_the_row_instead_of_adding_one(store: Store, now: datetime) -> None:
    for account in ("500-001", "500-002"):
        mapping.map_items(
            store_id=store.pk,
            rows=[{"match": "vendor", "value": "Kilang KOPI", "account": account}],
            who="7",
            now=now,
        )

    assert list(ItemMapping.objects.values_list("value", "account")) == [("kilang kopi", "500-002")]


def test_all_wrong_rows_are_named_and_none_is_kept(store: Store, now: datetime) -> None:
    held = hold(store, now, ("UNMAPPED_ITEM", "KOPI-1"))
    rows = [
        {"match": "sku", "value": "KOPI-1", "account": "500-001"},
        {"match": "sku", "value": "KOPI-2", "account": "5" * 21},
        {"match": "colour", "value": "red", "account": "500-001"},
        {"match": "sku", "value": "kopi-1", "account": "500-001"},
        {"match": "default", "value": "x", "account": "500-001"},
        {"match": "variant", "value": "12a", "account": "500-001"},
        {"match": "sku", "value": "KOPI-3"},
        {"match": "sku", "value": "a\x00b", "account": "500-001"},
        {"match": "sku", "value": "KOPI-4", "account": "500-001", "acount": "1"},
        {"match": "no_product", "value": "x", "account": "500-001"},
        {"match": "variant", "value": str(2**63), "account": "500-001"},
    ]

    with pytest.raises(Invalid) as refused:
        mapping.map_items(store_id=store.pk, rows=rows, who="7", now=now)

    fields = {index: list(said) for index, said in refused.value.errors.items()}
    assert fields == {
        1: ["account"],
        2: ["match"],
        3: ["match"],
        4: ["value"],
        5: ["value"],
        6: ["account"],
        7: ["value"],
        8: ["acount"],
        9: ["value"],
        10: ["value"],
    }
    assert not ItemMapping.objects.exists()
    assert not Audit.objects.exists()
    held.refresh_from_db()
    assert held.plan_at is None


@pytest.mark.parametrize("rate", ["8", "-0.01", "NaN", "Infinity", "1e999999", "0.08001", "", None])
def test_a_rate_that_is_no_fraction_is_refused(
    store: Store, now: datetime, rate: str | None
) -> None:
    row = {"title": "SST", "rate": rate, "code": "SV-8"}

    with pytest.raises(Invalid) as refused:
        mapping.map_taxes(store_id=store.pk, rows=[row], who="7", now=now)

    assert list(refused.value.errors[0]) == ["rate"]
    assert not TaxMapping.objects.exists()


def test_unknown_roles_and_empty_gateways_are_refused(store: Store, now: datetime) -> None:
    with pytest.raises(Invalid) as role:
        mapping.map_roles(
            store_id=store.pk, rows=[{"role": "sales", "account": "1"}], who="7", now=now
        )
    with pytest.raises(Invalid) as gateway:
        mapping.map_gateways(
            store_id=store.pk, rows=[{"gateway": "--", "account": "1"}], who="7", now=now
        )

    assert list(role.value.errors[0]) == ["role"]
    assert list(gateway.value.errors[0]) == ["gateway"]


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"location": "Puchong"}, "location"),
        ({"location": str(2**63)}, "location"),
        ({"card_brand": "v" * 51}, "card_brand"),
        ({"cash": "yes"}, "cash"),
    ],
)
def test_a_gateway_row_that_no_payment_can_meet_is_refused(
    store: Store, now: datetime, row: dict[str, str], field: str
) -> None:
    rows = [{"gateway": "stripe", "account": "1"}, {"gateway": "stripe", "account": "2", **row}]

    with pytest.raises(Invalid) as refused:
        mapping.map_gateways(store_id=store.pk, rows=rows, who="7", now=now)

    assert {index: list(said) for index, said in refused.value.errors.items()} == {1: [field]}
    assert not GatewayMapping.objects.exists()
    assert not Audit.objects.exists()


def test_one_gateway_has_rows_by_card_and_location(store: Store, now: datetime) -> None:
    rows = [
        {"gateway": "Stripe", "account": "1"},
        {"gateway": "stripe", "card_brand": " VISA", "account": "2"},
        {"gateway": "stripe", "location": "0077", "account": "3"},
        {"gateway": "stripe", "card_brand": "visa", "location": "77", "account": "4"},
    ]

    mapping.map_gateways(store_id=store.pk, rows=rows, who="7", now=now)
    mapping.map_gateways(store_id=store.pk, rows=[{**rows[1], "account": "5"}], who="7", now=now)

    kept = GatewayMapping.objects.order_by("account").values_list(
        "gateway", "card_brand", "location", "account"
    )
    assert list(kept) == [
        ("stripe", "", "", "1"),
        ("stripe", "", "77", "3"),
        ("stripe", "visa", "77", "4"),
        ("stripe", "visa", "", "5"),
    ]


def test_both_defaults_stand_beside_each_other(store: Store, now: datetime) -> None:
    rows = [{"match": match, "account": "500"} for match in ("default", "no_product")]

    mapping.map_items(store_id=store.pk, rows=rows, who="7", now=now)

    assert ItemMapping.objects.filter(value="").count() == 2


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"by": "weather", "value": "1", "project": "P"}, "by"),
        ({"by": "location", "value": "Puchong", "project": "P"}, "value"),
        ({"by": "source", "value": " ", "project": "P"}, "value"),
        ({"by": "source", "value": "pos", "project": ""}, "project"),
        ({"by": "source", "value": "pos", "project": "P" * 21}, "project"),
        ({"by": "source", "value": "Web ", "project": "P"}, "by"),
    ],
)
def test_a_project_row_that_no_order_can_meet_is_refused(
    store: Store, now: datetime, row: dict[str, str], field: str
) -> None:
    rows = [{"by": "source", "value": "web", "project": "ONLINE"}, row]

    with pytest.raises(Invalid) as refused:
        mapping.map_projects(store_id=store.pk, rows=rows, who="7", now=now)

    assert {index: list(said) for index, said in refused.value.errors.items()} == {1: [field]}
    assert not ProjectMapping.objects.exists()
    assert not Audit.objects.exists()


def test_debtors_are_replaced_as_a_list(store: Store, now: datetime) -> None:
    rows = [{"currency": "MYR", "code": "300-A"}, {"currency": "SGD", "code": "300-B"}]
    mapping.set_debtors(store_id=store.pk, rows=rows, who="7", now=now)

    mapping.set_debtors(store_id=store.pk, rows=rows[1:], who="7", now=now)

    assert list(Debtor.objects.values_list("currency", "code")) == [("SGD", "300-B")]


def test_a_change_leaves_its_trail_and_plans_held_orders_again(
    store: Store, other: Store, now: datetime
) -> None:
    held = hold(store, now, ("UNMAPPED_GATEWAY", "ipay88"))
    planned = hold(store, now, order_id=5002, state=OrderRow.State.PLANNED)
    foreign = hold(other, now, ("UNMAPPED_GATEWAY", "ipay88"), order_id=5003)

    mapping.map_gateways(
        store_id=store.pk, rows=[{"gateway": "iPay88", "account": "310"}], who="staff 7", now=now
    )

    audit = Audit.objects.get()
    assert (audit.store, audit.at, audit.who, audit.action) == (
        store,
        now,
        "staff 7",
        "map_gateways",
    )
    said = {"gateway": "ipay88", "card_brand": "", "location": "", "account": "310", "cash": False}
    assert audit.detail == {"rows": [said], "before": []}
    plan_at = {row.pk: row.plan_at for row in OrderRow.objects.all()}
    assert plan_at == {held.pk: now, planned.pk: None, foreign.pk: None}


def test_a_change_is_noted_with_what_was_there_before(
    store: Store, other: Store, now: datetime
) -> None:
    def map_two(whose: Store, account: str) -> None:
        rows = [
            {"match": "sku", "value": value, "account": f"{account}-{value}"}
            for value in ("a", "b")
        ]
        mapping.map_items(store_id=whose.pk, rows=rows, who="7", now=now)

    map_two(other, "900")
    map_two(store, "500")
    rows = [
        {"match": "sku", "value": "b", "account": "501"},
        {"match": "vendor", "value": "a", "account": "502"},
    ]

    mapping.map_items(store_id=store.pk, rows=rows, who="7", now=now)

    detail = Audit.objects.order_by("pk").last().detail  # type: ignore[union-attr]  # just noted
    assert [(row["value"], row["account"]) for row in detail["before"]] == [("b", "500-b")]


def test_unmapping_touches_the_own_store_only(store: Store, other: Store, now: datetime) -> None:
    row = [{"match": "default", "account": "500-000"}]
    mapping.map_items(store_id=store.pk, rows=row, who="7", now=now)
    mapping.map_items(store_id=other.pk, rows=row, who="7", now=now)
    ids = list(ItemMapping.objects.values_list("pk", flat=True))

    gone = mapping.unmap(store_id=store.pk, what="items", ids=ids, who="7", now=now)

    assert gone == 1
    assert ItemMapping.objects.get().store == other
    audit = Audit.objects.order_by("pk").last()
    assert audit is not None
    assert audit.detail["rows"][0]["account"] == "500-000"


@pytest.mark.django_db(transaction=True)
def test_a_mapping_waits_for_the_plan_that_does_not_know_it(store: Store, now: datetime) -> None:
    """Else the order would be held for a mapping that is already there, and stay so."""
    order = hold(store, now, state=OrderRow.State.WAITING)
    facts = coffee_order()

    def add_mapping() -> None:
        rows = [{"gateway": "ipay88", "account": "310"}]
        try:
            mapping.map_gateways(store_id=store.pk, rows=rows, who="7", now=now)
        finally:
            connection.close()

    merchant = threading.Thread(target=add_mapping)
    with transaction.atomic():
        row = OrderRow.objects.select_for_update().get(pk=order.pk)
        assert not mapping.rules_for(store, facts, ledger=Ledger()).gateways
        merchant.start()
        merchant.join(0.2)
        row.state = OrderRow.State.HELD
        row.save()
    merchant.join(5)

    order.refresh_from_db()
    assert order.plan_at == now
