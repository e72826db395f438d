"""Over every case and some hundred lives: what Shopify says agrees with the documents, or the
difference has its reason, with the amount, to the sen."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from accounting.soak.run import live
from accounting.tie.explained import EXPLAINED, RED
from accounting.tie.stated import MONEY, SALES, TAX
from tests.accounting.tie.tied import missing, planned, reasons, tied, wrong
from tests.casefiles import NAMES, load

LIVES = 300
FIRST_LIFE = 7_000_000
REASONS = {
    "e1-paid-order": set(),
    "e2-prices-with-tax": set(),
    "e8-part-refund-with-restock": set(),
    "e9-restocking-fee-kept": set(),
    "e10-exchange": set(),
    "e13b-cancelled-after-payment": set(),
    "cash-with-change": set(),
    "payment-that-bounced": set(),
    "returned-without-a-refund-record": set(),
    "full-refund-with-taxed-shipping": set(),
    "test-order": set(),
    "e4-not-paid-yet": {"unpaid"},
    "part-payment-waits-for-the-rest": {"unpaid"},
    "marketplace-order": {"excluded"},
    "order-tagged-as-excluded": {"excluded"},
    "order-before-the-cut-over": {"before_cut_over"},
    "payment-of-an-order-before-the-cut-over": {"before_cut_over"},
    "refund-of-an-earlier-order-credited": {"before_cut_over"},
    "payment-account-missing": {"held"},
    "everything-missing-at-once": {"held"},
    "refund-still-pending": {"held"},
    "refund-adjustment-unexplained": {"held"},
    "books-closed-held": {"held"},
    "books-closed-first-open-day": {"next_open_day"},
    "edited-before-its-invoice": {"other_day"},
    "e12-customers-currency-refunded": {"two_currencies"},
}


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_a_case_is_left_without_a_reason(name: str) -> None:
    case = load(name)

    found = tied(case.facts, case.rules)

    assert wrong(found) == []
    assert missing(found) == {}


@pytest.mark.parametrize("name", REASONS)
def test_the_reason_is_the_right_one(name: str) -> None:
    case = load(name)

    found = tied(case.facts, case.rules)

    assert reasons(found) == REASONS[name]


def test_all_reasons_are_either_explained_or_wrong() -> None:
    assert not EXPLAINED & RED


@pytest.mark.parametrize("seed", range(FIRST_LIFE, FIRST_LIFE + LIVES))
def test_nothing_of_a_life_is_left_without_a_reason(seed: int) -> None:
    life = live(seed)

    found = tied(life.facts, life.rules)

    _, plan = planned(life.facts, life.rules)
    if not plan.problems:
        assert wrong(found) == []
    assert missing(found) == {}


def test_figures_of_a_paid_order_stand_on_its_day() -> None:
    case, day = load("e1-paid-order"), date(2026, 11, 20)

    found = tied(case.facts, case.rules)

    sales, tax = found.cells[day, SALES, "", ""], found.cells[day, TAX, "10", "S10"]
    money = found.cells[day, MONEY, "", "stripe"]
    assert (sales.shopify, sales.documents, sales.books) == (Decimal("118.00"),) * 3
    assert (tax.shopify, tax.documents, tax.books) == (Decimal("10.00"),) * 3
    assert (money.shopify, money.documents, money.books) == (Decimal("118.00"),) * 3
    assert len(found.cells) == 3


def test_a_held_order_is_held_with_its_whole_amount() -> None:
    case = load("payment-account-missing")

    found = tied(case.facts, case.rules)

    (gap,) = found.gaps
    assert (gap.view, gap.name, gap.amount) == (MONEY, "Atome", Decimal("-50.00"))
    assert gap.detail == "UNMAPPED_GATEWAY"


def test_what_was_dated_to_the_next_open_day_comes_to_nothing_over_the_month() -> None:
    case = load("books-closed-first-open-day")

    found = tied(case.facts, case.rules)

    assert found.gaps
    assert sum(gap.amount for gap in found.gaps) == 0
