"""The rules of one order: what is read for it from the mappings, and no more."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounting import codec, mapping
from accounting.documents.rules import (
    MARKETPLACES,
    EInvoicing,
    ItemCode,
    Ledger,
    Policy,
    TaxCode,
    counting_taxes,
    tax_set_identity,
)
from accounting.facts import Customer, merge
from accounting.models import Store
from tests.accounting.mapped import coffee_order
from tests.facts import (
    make_line,
    make_order,
    make_paid_order,
    make_shipping_line,
    make_tax,
    make_transaction,
)

pytestmark = pytest.mark.django_db

DEFAULTS = Policy(prefix="SH", time_zone="Asia/Kuala_Lumpur", currency="MYR")

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

    assert rules.policy == DEFAULTS
    assert codec.text(rules.policy) == codec.text(DEFAULTS)


def test_the_policy_says_what_the_store_says(store: Store, now: datetime) -> None:
    mapping.set_debtors(
        store_id=store.pk, rows=[{"currency": "myr", "code": "300-W001"}], who="7", now=now
    )

    policy = mapping.rules_for(store, coffee_order(), ledger=Ledger()).policy

    assert policy.cash_debtors == {"MYR": "300-W001"}


COLUMNS: list[tuple[str, Any, str, Any]] = [
    ("prefix", "KR", "prefix", "KR"),
    ("time_zone", "Asia/Singapore", "time_zone", "Asia/Singapore"),
    ("currency", "SGD", "currency", "SGD"),
    ("trigger", "created", "trigger", "created"),
    ("partial_payment", "wait", "partial_payment", "wait"),
    ("invoice_date", "trigger", "invoice_date", "trigger"),
    ("zero_value", "skip", "zero_value", "skip"),
    ("unrefunded_cancellation", "hold", "unrefunded_cancellation", "hold"),
    ("settle_seconds", 90, "settle", timedelta(seconds=90)),
    ("cut_over_date", date(2026, 11, 1), "cut_over", date(2026, 11, 1)),
    ("books_closed_date", date(2026, 10, 31), "books_closed", date(2026, 10, 31)),
    ("closed_period", "hold", "closed_period", "hold"),
    ("excluded_sources", ["lelong"], "excluded_sources", ("lelong",)),
    ("included_sources", ["shopee pos"], "included_sources", ("shopee pos",)),
    ("fold_window_seconds", 900, "fold_window", timedelta(minutes=15)),
    ("currency_side", "presentment", "currency_side", "presentment"),
    ("fx_tolerance", Decimal("0.0350"), "fx_tolerance", Decimal("0.035")),
    ("customers", "company", "customers", "company"),
    ("discounts", "gross", "discounts", "gross"),
    ("refund_account", "310-BANK", "refund_account", "310-BANK"),
    ("earlier_refunds", "credit", "earlier_refunds", "credit"),
    ("gift_card_skus", ["card-50"], "gift_card_skus", ("card-50",)),
    ("tax_registered", False, "tax_registered", False),
    ("show_buyer", True, "show_buyer", True),
    ("project_by", "source", "project_by", "source"),
    ("project_fallback", "SHOPIFY", "project_fallback", "SHOPIFY"),
]


@pytest.mark.parametrize(("column", "value", "field", "expected"), COLUMNS)
def test_every_policy_is_read_as_it_is_kept(
    store: Store, column: str, value: Any, field: str, expected: Any
) -> None:
    Store.objects.filter(pk=store.pk).update(**{column: value})
    store.refresh_from_db()

    policy = mapping.rules_for(store, coffee_order(), ledger=Ledger()).policy

    assert getattr(policy, field) == expected
    assert getattr(policy, field) != getattr(DEFAULTS, field)
    assert codec.text(getattr(policy, field)) == codec.text(expected)


def test_there_is_a_column_for_every_policy() -> None:
    read = {field for _, _, field, _ in COLUMNS} | {"cash_debtors", "einvoice"}

    assert read == {field.name for field in fields(Policy)}


def test_what_e_invoices_need_is_read_as_it_is_kept(store: Store) -> None:
    Store.objects.filter(pk=store.pk).update(
        einvoice_since=date(2026, 7, 1),
        einvoice_threshold=Decimal("5000"),
        einvoice_threshold_inclusive=False,
        einvoice_relaxed_until=date(2026, 12, 31),
        tax_attributes={"tin": "TIN", "nric": "IC"},
    )
    store.refresh_from_db()

    policy = mapping.rules_for(store, coffee_order(), ledger=Ledger()).policy

    assert policy.einvoice == EInvoicing(
        since=date(2026, 7, 1),
        threshold=Decimal("5000.00"),
        threshold_inclusive=False,
        relaxed_until=date(2026, 12, 31),
        asks_buyer=True,
    )


def test_what_is_pinned_is_not_asked_of_the_store_again(store: Store) -> None:
    store.trigger, store.zero_value = "created", "skip"

    rules = mapping.rules_for(store, coffee_order(), ledger=Ledger(), pinned={"trigger": "paid"})

    assert (rules.policy.trigger, rules.policy.zero_value) == ("paid", "skip")


def test_the_account_of_a_payment_may_depend_on_card_and_location(
    store: Store, now: datetime
) -> None:
    rows = [
        {"gateway": "stripe", "account": "310-000"},
        {"gateway": "Stripe", "card_brand": "American Express", "account": "310-AMEX"},
        {"gateway": "stripe", "location": "77", "account": "310-77"},
        {"gateway": "stripe", "card_brand": "visa", "location": "78", "account": "310-V78"},
        {"gateway": "paypal", "account": "310-PP"},
    ]
    mapping.map_gateways(store_id=store.pk, rows=rows, who="7", now=now)
    order = make_order()
    card = make_transaction(id=1, card_brand="american express")
    till = make_transaction(id=2, location_id=77)

    rules = mapping.rules_for(store, merge([order, card, till]), ledger=Ledger())

    assert {match: code.account for match, code in rules.gateways.items()} == {
        "stripe": "310-000",
        "stripe/americanexpress": "310-AMEX",
        "stripe@77": "310-77",
    }
    found = [rules.gateway_for("stripe", t.card_brand, t.location_id) for t in (card, till)]
    assert [code and code.account for code in found] == ["310-AMEX", "310-77"]


def test_taxes_that_stand_on_one_line_may_be_mapped_as_a_set(store: Store, now: datetime) -> None:
    rows = [
        {"title": "GST + PST", "rate": "0.12", "code": "BOTH"},
        {"title": "GST", "rate": "0.05", "code": "GST"},
        {"title": "Levy + Ship Tax", "rate": "0.03", "code": "POST"},
        {"title": "Levy", "rate": "0.09", "code": "OTHER"},
    ]
    mapping.map_taxes(store_id=store.pk, rows=rows, who="7", now=now)
    both = (make_tax("7", title="PST", rate="0.07"), make_tax("5", title="gst", rate="0.05"))
    post = (make_tax("1", title="Ship  Tax", rate="0.02"), make_tax("1", title="LEVY", rate="0.01"))
    order = make_order(
        lines=(make_line(taxes=both),), shipping_lines=(make_shipping_line(taxes=post),)
    )

    rules = mapping.rules_for(store, merge([order]), ledger=Ledger())

    assert {identity: code.code for identity, code in rules.taxes.items()} == {
        ("gst", Decimal("0.05"), False): "GST",
        ("gst + pst", Decimal("0.12"), False): "BOTH",
        ("levy + ship tax", Decimal("0.03"), False): "POST",
    }
    assert rules.taxes[tax_set_identity(counting_taxes(both))] == TaxCode(code="BOTH")


def test_taxes_on_duties_and_fees_are_read_too(store: Store, now: datetime) -> None:
    rows = [
        {"title": "Duty tax", "rate": "0.1", "code": "DT"},
        {"title": "Fee tax", "rate": "0.08", "code": "FT"},
    ]
    mapping.map_taxes(store_id=store.pk, rows=rows, who="7", now=now)
    order = make_order(
        duty_taxes=(make_tax("1", title="Duty tax", rate="0.1"),),
        fee_taxes=(make_tax("1", title="Fee Tax", rate="0.08"),),
    )

    rules = mapping.rules_for(store, merge([order]), ledger=Ledger())

    assert {code.code for code in rules.taxes.values()} == {"DT", "FT"}


def test_what_has_no_product_finds_its_own_default(store: Store, now: datetime) -> None:
    rows = [
        {"match": "default", "account": "500-000"},
        {"match": "no_product", "account": "500-999"},
    ]
    mapping.map_items(store_id=store.pk, rows=rows, who="7", now=now)
    custom = make_line(product_id=None, variant_id=None, sku="")

    rules = mapping.rules_for(store, merge([make_order(lines=(custom,))]), ledger=Ledger())

    assert rules.items == {("no_product", ""): ItemCode(account="500-999")}


PROJECTS = [
    {"by": "location", "value": "77", "project": "PUCHONG"},
    {"by": "location", "value": "78", "project": "IPOH"},
    {"by": "source", "value": "POS", "project": "COUNTER"},
    {"by": "source", "value": "77", "project": "A NAME LIKE AN ID"},
]


@pytest.mark.parametrize(
    ("by", "projects"),
    [("none", {}), ("location", {"77": "PUCHONG"}), ("source", {"pos": "COUNTER"})],
)
def test_the_project_is_read_by_what_the_policy_says(
    store: Store, now: datetime, by: str, projects: dict[str, str]
) -> None:
    mapping.map_projects(store_id=store.pk, rows=PROJECTS, who="7", now=now)
    store.project_by = by

    sold = merge([make_order(location_id=77, source_name="pos")])

    assert mapping.rules_for(store, sold, ledger=Ledger()).projects == projects


@pytest.mark.parametrize(
    ("changes", "first", "then"),
    [
        ({}, 6, 6),
        ({"project_by": "source"}, 7, 7),
        ({"customers": "customer"}, 10, 7),  # who has no code yet is given one
        ({"customers": "company"}, 6, 6),
    ],
)
def test_what_a_policy_costs_is_known(
    store: Store,
    changes: dict[str, str],
    first: int,
    then: int,
    django_assert_num_queries: Any,
) -> None:
    for name, value in changes.items():
        setattr(store, name, value)
    taxed = make_line(taxes=(make_tax("5", rate="0.1"),))
    order = make_paid_order(lines=(taxed,), source_name="web", customer=Customer(id=7))
    sold = merge([order, make_transaction()])

    with django_assert_num_queries(first):
        mapping.rules_for(store, sold, ledger=Ledger())
    with django_assert_num_queries(then):
        mapping.rules_for(store, sold, ledger=Ledger())


def test_a_merchant_may_exclude_no_source_at_all(store: Store) -> None:
    usual = mapping.rules_for(store, coffee_order(), ledger=Ledger()).policy.excluded_sources
    store.excluded_sources = []

    chosen = mapping.rules_for(store, coffee_order(), ledger=Ledger()).policy.excluded_sources

    assert usual == MARKETPLACES
    assert chosen == ()


def test_the_account_of_a_tax_code_is_a_role(store: Store, now: datetime) -> None:
    rows = [{"role": "tax:SV-8", "account": "SST-OUT"}]

    mapping.map_roles(store_id=store.pk, rows=rows, who="7", now=now)

    rules = mapping.rules_for(store, coffee_order(), ledger=Ledger())
    assert rules.account_for("tax:SV-8") == "SST-OUT"
