"""What nobody said holds an order only where the merchant's settings turn on it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from accounting.documents.build import build
from accounting.documents.document import Plan
from accounting.documents.rules import EInvoicing
from accounting.facts import Customer, Fact, merge
from tests.facts import REFUNDED_AT, make_paid_order, make_rules, make_transaction

UNSAID = ("customer", "location_id", "tax_details")
SETTINGS: list[tuple[dict[str, Any], str]] = [
    ({"customers": "customer"}, "who bought"),
    ({"customers": "company"}, "who bought"),
    ({"einvoice": EInvoicing(since=date(2026, 1, 1))}, "who bought"),
    ({"einvoice": EInvoicing(asks_buyer=True)}, "the buyer's tax details"),
    ({"project_by": "location"}, "at which location it was sold"),
]


def plan_of(*facts: Fact, **policy: Any) -> Plan:
    return build(
        merge([*facts, make_transaction()]), make_rules(**policy), (), stem="", settled=True
    )


def read_anew(unsaid: tuple[str, ...] = UNSAID) -> Fact:
    return make_paid_order(origin=False, refetched=True, updated_at=REFUNDED_AT, unsaid=unsaid)


@pytest.mark.parametrize(("policy", "what"), SETTINGS)
def test_an_order_that_lacks_what_a_setting_asks_for_is_held(
    policy: dict[str, Any], what: str
) -> None:
    plan = plan_of(read_anew(), **policy)

    assert plan.entries == ()
    assert [problem.terms for problem in plan.problems] == [((what, "not said"),)]


@pytest.mark.parametrize(("policy", "what"), SETTINGS)
def test_what_a_webhook_said_is_enough(policy: dict[str, Any], what: str) -> None:
    sent = make_paid_order(customer=Customer(name="Aisyah"))

    plan = plan_of(sent, read_anew(), **policy)

    assert "settings" not in {problem.subject for problem in plan.problems}


def test_without_such_a_setting_nothing_is_missing() -> None:
    assert plan_of(read_anew()).problems == ()


def test_two_settings_that_ask_for_the_same_hold_it_once() -> None:
    plan = plan_of(
        read_anew(("customer",)),
        customers="customer",
        einvoice=EInvoicing(since=date(2026, 1, 1)),
    )

    assert len(plan.problems) == 1
