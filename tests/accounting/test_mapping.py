"""Mapping rows and rules: what is read for an order, what is refused, what is left behind."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction

from accounting import mapping
from accounting.documents.rules import ItemCode, Ledger, Policy
from accounting.facts import (
    NOTHING,
    Facts,
    Line,
    MoneyBag,
    Order,
    ShippingLine,
    TaxLine,
    Transaction,
    merge,
)
from accounting.gateway_names import suggest_gateway
from accounting.mapping_tables import Invalid
from accounting.models import Audit, Debtor, ItemMapping, Store, TaxMapping
from accounting.models import Order as OrderRow

pytestmark = pytest.mark.django_db


def bag(amount: str) -> MoneyBag:
    return MoneyBag(shop=Decimal(amount), presentment=Decimal(amount))


def make_tax(**changes: Any) -> TaxLine:
    return replace(TaxLine(title="SST", rate=Decimal("0.08"), amount=bag("0.80")), **changes)


def make_line(number: int, **changes: Any) -> Line:
    line = Line(
        id=number,
        title=f"Kopi {number}",
        sku=f"KOPI-{number}",
        product_id=7000 + number,
        variant_id=9000 + number,
        vendor="Kilang Kopi",
        quantity=1,
        price=bag("10.00"),
        taxes=(make_tax(),),
    )
    return replace(line, **changes)


def make_facts(now: datetime, *lines: Line, gateway: str = "iPay88") -> Facts:
    order = Order(
        id=5001,
        name="#1001",
        number=1001,
        created_at=now,
        processed_at=now,
        updated_at=now,
        origin=True,
        currency="MYR",
        presentment_currency="MYR",
        taxes_included=False,
        total_price=bag("10.80"),
        total_tax=Decimal("0.80"),
        total_outstanding=Decimal("0"),
        current_total_price=Decimal("10.80"),
        lines=lines or (make_line(1),),
        shipping_lines=(
            ShippingLine(id=1, title="Pos", price=NOTHING, taxes=(make_tax(title=" Ship  TAX "),)),
        ),
    )
    paid = Transaction(
        id=1,
        order_id=5001,
        as_of=now,
        kind="sale",
        status="success",
        gateway=gateway,
        amount=Decimal("10.80"),
        currency="MYR",
        processed_at=now,
    )
    return merge([order, paid])


@pytest.fixture
def store() -> Store:
    return Store.objects.create(name="kedai-rimba.myshopify.com", prefix="KR")


@pytest.fixture
def other() -> Store:
    return Store.objects.create(name="toko-senja.myshopify.com", prefix="TS")


def hold(store: Store, now: datetime, *problems: tuple[str, str], **named: Any) -> OrderRow:
    return OrderRow.objects.create(
        store=store,
        state=named.pop("state", OrderRow.State.HELD),
        order_id=named.pop("order_id", 5001),
        facts_at=now,
        problems=[
            {"code": code, "subject": subject, "message": f"{subject} is not mapped"}
            for code, subject in problems
        ],
    )


def test_rules_hold_exactly_what_the_order_can_need(store: Store, now: datetime) -> None:
    mapping.map_items(
        store_id=store.pk,
        rows=[
            {"match": "sku", "value": "Kopi-1", "account": "500-001"},
            {"match": "sku", "value": "TEH-1", "account": "500-002"},
            {"match": "default", "account": "500-000"},
        ],
        who="7",
        now=now,
    )
    mapping.map_taxes(
        store_id=store.pk,
        rows=[
            {"title": "sst", "rate": "0.0800", "code": "SV-8"},
            {"title": "sst", "rate": "0.06", "code": "SV-6"},
            {"title": "Ship Tax", "rate": "0.08", "code": "SV-8S", "tariff_code": "9907.03"},
        ],
        who="7",
        now=now,
    )
    mapping.map_gateways(
        store_id=store.pk,
        rows=[
            {"gateway": "IPAY 88", "account": "310-IPAY"},
            {"gateway": "cash", "account": "320-CASH", "cash": True},
        ],
        who="7",
        now=now,
    )
    mapping.map_roles(
        store_id=store.pk, rows=[{"role": "shipping", "account": "530-SHIP"}], who="7", now=now
    )
    facts = make_facts(now)

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

    rules = mapping.rules_for(store, make_facts(now), ledger=Ledger())

    assert rules.items == {}


@pytest.mark.parametrize("lines", [1, 100])
def test_rules_cost_the_same_whatever_the_size(
    store: Store, now: datetime, lines: int, django_assert_num_queries: Any
) -> None:
    rows = [
        {"match": "sku", "value": f"KOPI-{number}", "account": "500-001"} for number in range(900)
    ]
    mapping.map_items(store_id=store.pk, rows=rows, who="7", now=now)
    facts = make_facts(now, *(make_line(number) for number in range(1, lines + 1)))

    with django_assert_num_queries(6):
        rules = mapping.rules_for(store, facts, ledger=Ledger())

    assert len(rules.items) == lines


def test_a_store_without_policies_gets_the_defaults(store: Store, now: datetime) -> None:
    rules = mapping.rules_for(store, make_facts(now), ledger=Ledger())

    assert rules.policy == Policy(prefix="KR", time_zone="Asia/Kuala_Lumpur", currency="MYR")


def test_the_policy_says_what_the_store_says(store: Store, now: datetime) -> None:
    mapping.set_debtors(
        store_id=store.pk, rows=[{"currency": "myr", "code": "300-W001"}], who="7", now=now
    )
    store.settle_seconds = 90
    store.trigger = "created"
    store.excluded_sources = ["lelong"]

    policy = mapping.rules_for(store, make_facts(now), ledger=Ledger()).policy

    assert policy.cash_debtors == {"MYR": "300-W001"}
    assert policy.settle == timedelta(seconds=90)
    assert policy.trigger == "created"
    assert policy.excluded_sources == ("lelong",)


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


def test_the_account_of_a_tax_code_is_a_role(store: Store, now: datetime) -> None:
    rows = [{"role": "tax:SV-8", "account": "SST-OUT"}]

    mapping.map_roles(store_id=store.pk, rows=rows, who="7", now=now)

    rules = mapping.rules_for(store, make_facts(now), ledger=Ledger())
    assert rules.account_for("tax:SV-8") == "SST-OUT"


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
    assert audit.detail == {"rows": [{"gateway": "ipay88", "account": "310", "cash": False}]}
    plan_at = {row.pk: row.plan_at for row in OrderRow.objects.all()}
    assert plan_at == {held.pk: now, planned.pk: None, foreign.pk: None}


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


def test_missing_mappings_are_counted_over_held_orders(
    store: Store, other: Store, now: datetime
) -> None:
    hold(store, now, ("UNMAPPED_ITEM", "KOPI-1"), ("UNMAPPED_GATEWAY", "fpx"), ("I1", "x"))
    hold(store, now, ("UNMAPPED_ITEM", "KOPI-1"), ("UNMAPPED_ITEM", "KOPI-1"), order_id=5002)
    hold(store, now, ("UNMAPPED_ITEM", "OLD"), order_id=5003, state=OrderRow.State.PLANNED)
    hold(other, now, ("UNMAPPED_ITEM", "FOREIGN"))

    missing = mapping.unmapped(store.pk)

    assert [(m.code, m.subject, m.orders, m.suggestion) for m in missing] == [
        ("UNMAPPED_GATEWAY", "fpx", 1, "own clearing account"),
        ("UNMAPPED_ITEM", "KOPI-1", 2, ""),
    ]
    first = mapping.unmapped(store.pk, limit=1)[0]
    rest = mapping.unmapped(store.pk, after=(first.code, first.subject))
    assert [first, *rest] == missing


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("Cash on Delivery (COD)", "clearing account of the courier, cash"),
        ("gift_card", "gift_card"),
        ("GrabPay Malaysia", "own clearing account"),
        ("ShopBack PayLater", "clearing account, buy now pay later"),
        ("Bank Transfer", "bank or clearing account"),
        ("manual", None),
        ("bogus", None),
        ("Cashew", None),
    ],
)
def test_a_gateway_name_suggests_the_kind_of_account(name: str, suggestion: str | None) -> None:
    assert suggest_gateway(name) == suggestion


@pytest.mark.django_db(transaction=True)
def test_a_mapping_waits_for_the_plan_that_does_not_know_it(store: Store, now: datetime) -> None:
    """Else the order would be held for a mapping that is already there, and stay so."""
    order = hold(store, now, state=OrderRow.State.WAITING)
    facts = make_facts(now)

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


def test_a_missing_tax_says_what_a_mapping_of_it_would_hold(
    store: Store, other: Store, now: datetime
) -> None:
    order = hold(store, now, ("UNMAPPED_TAX", "SST 0.08"))
    terms = [["title", "SST"], ["rate", "0.08"], ["channel_liable", "false"]]
    order.problems[0]["terms"] = terms
    order.save()

    [missing] = mapping.unmapped(store.pk)

    assert missing.terms == {"title": "SST", "rate": "0.08", "channel_liable": "false"}
