"""Every rule a merchant can have can be stated in a case."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, timedelta
from decimal import Decimal

import pytest

from accounting.documents.document import Kind
from accounting.documents.rules import (
    EInvoicing,
    GatewayCode,
    ItemCode,
    Ledger,
    Policy,
    TaxCode,
    TaxMethod,
)
from tests.caserules import rules_from
from tests.facts import make_rules

POLICY = {
    "prefix": "KL",
    "time_zone": "Asia/Singapore",
    "currency": "SGD",
    "cash_debtors": {"USD": "300-C0009"},
    "trigger": "created",
    "partial_payment": "wait",
    "invoice_date": "trigger",
    "zero_value": "skip",
    "unrefunded_cancellation": "hold",
    "settle": 60,
    "cut_over": "2026-11-15",
    "books_closed": "2026-10-31",
    "closed_period": "hold",
    "excluded_sources": ["lazada", "tag:wholesale"],
    "included_sources": ["tiktok shop"],
    "fold_window": 900,
    "currency_side": "presentment",
    "fx_tolerance": "0.03",
    "customers": "company",
    "discounts": "gross",
    "refund_account": "310-100",
    "earlier_refunds": "credit",
    "gift_card_skus": ["CARD"],
    "tax_registered": False,
    "show_buyer": True,
    "project_by": "source",
    "project_fallback": "HQ",
    "einvoice": {"since": "2026-07-01", "threshold": "5000.00", "relaxed_until": None},
}


def test_nothing_stated_leaves_the_rules_of_other_tests() -> None:
    assert rules_from({}) == make_rules()


def test_every_policy_can_be_stated() -> None:
    policy = rules_from({"policy": POLICY}).policy

    default = make_rules().policy
    assert POLICY.keys() == {field.name for field in fields(Policy)}
    assert [name for name in POLICY if getattr(policy, name) == getattr(default, name)] == []


def test_policies_are_read_as_what_they_are() -> None:
    policy = rules_from({"policy": POLICY}).policy

    assert (policy.cut_over, policy.books_closed) == (date(2026, 11, 15), date(2026, 10, 31))
    assert (policy.settle, policy.fold_window) == (timedelta(minutes=1), timedelta(minutes=15))
    assert policy.fx_tolerance == Decimal("0.03")
    assert policy.excluded_sources == ("lazada", "tag:wholesale")
    assert policy.einvoice == EInvoicing(since=date(2026, 7, 1), threshold=Decimal("5000.00"))


def test_a_policy_nobody_knows_is_refused() -> None:
    with pytest.raises(KeyError, match="triger"):
        rules_from({"policy": {"triger": "paid"}})


def test_the_books_can_be_stated() -> None:
    stated = {
        "kinds": ["invoice", "payment"],
        "tariff_prefixes": ["S"],
        "negative_lines": False,
        "tax": {"explicit": False, "scope": "document"},
    }

    assert rules_from({"ledger": stated}).ledger == Ledger(
        kinds=frozenset({Kind.INVOICE, Kind.PAYMENT}),
        tariff_prefixes=("S",),
        negative_lines=False,
        tax=TaxMethod(explicit=False, scope="document"),
    )


def test_a_section_with_a_plus_adds_to_what_is_there() -> None:
    rules = rules_from(
        {
            "accounts": {"+": {"fx": "fx"}},
            "gateways": {"+": {"Cash": {"account": "till", "cash": True}, "Grab Pay": "grab"}},
            "taxes": {"+": {"Sales Tax 0.050 channel": "S5"}},
            "items": {"+": {"sku MUG": "sales:mugs", "no_product": {"account": "other"}}},
        }
    )

    assert (rules.accounts["fx"], rules.accounts["tips"]) == ("fx", "tips")
    assert rules.gateways["cash"] == GatewayCode(account="till", cash=True)
    assert (rules.gateways["grabpay"].account, rules.gateways["stripe"].cash) == ("grab", False)
    assert rules.taxes["sales tax", Decimal("0.05"), True] == TaxCode(code="S5")
    assert rules.items["sku", "mug"] == ItemCode(account="sales:mugs")
    assert rules.items["no_product", ""].account == "other"


def test_a_section_without_a_plus_replaces_what_is_there() -> None:
    rules = rules_from({"accounts": {}, "debtors": {"customer 1 MYR": "300-A1"}, "projects": {}})

    assert rules.accounts == {}
    assert rules.debtors == {"customer 1 MYR": "300-A1"}
    assert rules.gateways == make_rules().gateways
