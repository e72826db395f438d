"""Webhooks and the Admin API tell the same order, and Lejar makes the same of both."""

from __future__ import annotations

from typing import Any

import pytest

from accounting import codec
from accounting.documents.build import build
from accounting.facts import Fact, Facts, merge
from tests import casefiles
from tests.casefiles import NAMES
from tests.shopify_app.both_forms import (
    has_an_order,
    refetched,
)

CASES = [name for name in NAMES if has_an_order(name)]

# What one form says and the other cannot, or says otherwise. All else is compared, in every case.
ONLY_WEBHOOKS = {
    "origin",  # `orders/create` is the order as it was created
    "edits",  # an edit's units by line; the Admin API has agreements instead
    "deleted_at",  # a deleted order is not shown any more
}
ONLY_THE_ADMIN_API = {
    "agreements",
    "disputes",
    "read_at",
}
NOT_IN_BOTH = {
    "latest": {
        "presentment_totals",  # webhooks leave the customer's side of some totals out
        *("origin", "refetched", "unsaid"),  # of the telling, not of the order
    },
    "lines": {
        "current_quantity",  # may be absent from a webhook
        *("product_type", "tags"),  # webhooks never say them
    },
    "transactions": {
        "shop_amount",  # webhooks name the currency of the payment only
        *("as_of", "unsaid"),  # of the telling
    },
    "refunds": {"as_of", "unsaid"},
    "shipping": {"tax"},  # of shipping given back; no webhook says it there
}
TOLD_ONCE = "shipping_refund"  # adjustments that repeat refunded shipping, of webhooks only (T8)

# What each form alone leads to, where it is not the same. By name, with the reason.
POSTED_OTHERWISE = {
    "charges-changed-without-an-edit": "no edit was told, so the pretended ledger has none; a real "
    "one lists every edit, and then the order is held (see e11)",
    "order-deleted-in-shopify": "only a webhook tells of a deletion",
    "payment-that-bounced": "only a webhook told that the payment had succeeded (R1)",
    "paid-in-another-currency": "only the Admin API says what was paid in the shop's currency",
    "shipping-tax-not-said": "only the Admin API says what of the refunded shipping was tax",
}
# Edited after its invoice, and the first version only came by webhook: the invoice cannot be told
# from the edit, so it is held.
HELD = frozenset(
    {
        "e10-exchange",
        "e11-edited-after-its-invoice",
        "edited-after-its-invoice",
        "free-order-charged-later",
        "more-units-after-the-invoice",
    }
)


def sent(name: str) -> tuple[Fact, ...]:
    deliveries = casefiles.load(name).deliveries
    return tuple(fact for one in deliveries if one.topic != "refetch" for fact in one.facts)


def comparable(facts: Facts) -> Any:
    """What both forms can say, as JSON."""
    shown = {name: each for name, each in codec.dump(facts).items() if name not in ONE_FORM}
    for refund in shown["refunds"]:
        rows = refund["adjustments"]
        refund["adjustments"] = [row for row in rows if row["kind"] != TOLD_ONCE]
        _leave_out(refund["shipping"], "shipping")
    _leave_out(shown["latest"]["lines"], "lines")
    _leave_out([shown["latest"]], "latest")
    _leave_out(shown["transactions"], "transactions")
    _leave_out(shown["refunds"], "refunds")
    return _plain(shown)


ONE_FORM = ONLY_WEBHOOKS | ONLY_THE_ADMIN_API


def _leave_out(told: list[dict[str, Any]], what: str) -> None:
    for each in told:
        for name in NOT_IN_BOTH[what]:
            each.pop(name, None)


def _plain(value: Any) -> Any:
    """Without the digits that say how an amount was written: "0" is "0.00"."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return "0" if value == "0.00" else value


@pytest.mark.parametrize("name", CASES)
def test_the_facts_of_an_order_are_the_same_in_both_forms(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_webhook, read = (
        comparable(merge(facts)) for facts in (sent(name), refetched(name, monkeypatch))
    )

    failed = (by_webhook.pop("failed_at"), read.pop("failed_at"))
    if name == "payment-that-bounced":  # what once succeeded is known to who heard it (R1)
        assert (by_webhook.pop("succeeded"), read.pop("succeeded")) == ([8200000120201], [])
    assert read == by_webhook
    assert failed[0].keys() == failed[1].keys()


@pytest.mark.parametrize("name", [each for each in CASES if each not in POSTED_OTHERWISE])
def test_the_documents_of_an_order_are_the_same_in_both_forms(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = casefiles.load(name)

    plan = build(merge(refetched(name, monkeypatch)), case.rules, (), stem="", settled=True)

    shown = casefiles.shown(plan)
    if name in HELD:
        assert shown["problems"] == [["FACTS_INCOMPLETE", "G1"]]
        assert shown["documents"] == []
    else:
        assert shown == case.expected


@pytest.mark.parametrize("name", CASES)
def test_reading_an_order_anew_changes_nothing_that_its_webhooks_led_to(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name in POSTED_OTHERWISE or name == "edited-after-its-invoice":
        pytest.skip("the case is about what only one of the two says")
    case = casefiles.load(name)

    facts = merge([*case.facts, *refetched(name, monkeypatch)])

    assert casefiles.shown(build(facts, case.rules, (), stem="", settled=True)) == case.expected


@pytest.mark.parametrize("name", sorted(POSTED_OTHERWISE))
def test_a_case_listed_as_different_is_different(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = casefiles.load(name)

    plan = build(merge(refetched(name, monkeypatch)), case.rules, (), stem="", settled=True)

    assert casefiles.shown(plan) != case.expected


@pytest.mark.parametrize("name", CASES)
def test_without_optional_scopes_an_order_says_less_and_nothing_else(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not granted is not asked for, and what webhooks said of it stands."""
    whole = merge([*sent(name), *refetched(name, monkeypatch)])
    less = merge([*sent(name), *refetched(name, monkeypatch, scopes="read_orders,read_products")])

    assert comparable(less) == comparable(whole)
    assert less.disputes == ()
