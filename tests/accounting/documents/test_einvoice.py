"""Consolidated or individual: the e-invoice category of an order's documents."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounting.documents.einvoice import category
from accounting.documents.rules import EInvoicing, Policy
from accounting.facts import Customer, MoneyBag, Order
from tests.facts import make_order
from tests.strategies import relaxed

SINCE = date(2026, 7, 1)
RELAXED = date(2026, 12, 31)
LATER = date(2027, 1, 1)


def policy_with(**changes: Any) -> Policy:
    values: dict[str, Any] = {"since": SINCE} | changes
    einvoice = EInvoicing(**values)
    return Policy(prefix="SH", time_zone="Asia/Kuala_Lumpur", currency="MYR", einvoice=einvoice)


def order_of(total: str, **changes: Any) -> Order:
    return make_order(total_price=total, **changes)


BUSINESS = Customer(id=7, company_id=5, company="Kedai Contoh Sdn Bhd")


def test_there_is_no_category_before_e_invoicing_starts() -> None:
    order = order_of("20000.00", customer=BUSINESS)

    assert category(order, policy_with(since=None), LATER) == ""
    assert category(order, policy_with(), SINCE - timedelta(days=1)) == ""
    assert category(order, policy_with(), SINCE) == "individual"


def test_a_consumers_sale_is_consolidated() -> None:
    assert category(order_of("50.00"), policy_with(), SINCE) == "consolidated"
    named = order_of("50.00", customer=Customer(id=7, name="Nur Contoh", company="Contoh"))
    assert category(named, policy_with(), SINCE) == "consolidated"


@pytest.mark.parametrize("day", [SINCE, LATER])
def test_a_business_customers_sale_is_individual(day: date) -> None:
    order = order_of("50.00", customer=BUSINESS)

    assert category(order, policy_with(relaxed_until=RELAXED), day) == "individual"


@pytest.mark.parametrize(
    ("total", "inclusive", "expected"),
    [
        ("9999.99", True, "consolidated"),
        ("10000.00", True, "individual"),
        ("10000.01", True, "individual"),
        ("10000.00", False, "consolidated"),
        ("10000.01", False, "individual"),
    ],
)
def test_a_sale_over_the_threshold_is_individual(
    total: str, inclusive: bool, expected: str
) -> None:
    policy = policy_with(threshold_inclusive=inclusive)

    assert category(order_of(total), policy, LATER) == expected


@pytest.mark.parametrize(
    ("day", "expected"), [(SINCE, "consolidated"), (RELAXED, "consolidated"), (LATER, "individual")]
)
def test_the_threshold_does_not_bind_up_to_the_end_of_the_relaxation(
    day: date, expected: str
) -> None:
    policy = policy_with(relaxed_until=RELAXED)

    assert category(order_of("10000.00"), policy, day) == expected


def test_the_threshold_is_in_the_shops_currency() -> None:
    total = MoneyBag(shop=Decimal("9000.00"), presentment=Decimal("30000000"))
    order = make_order(total_price=total, presentment_currency="IDR")

    assert category(order, policy_with(), LATER) == "consolidated"


@relaxed
@given(
    minor=st.integers(0, 2 * 10**6),
    more=st.integers(0, 10**6),
    days=st.integers(-400, 400),
    relaxed_until=st.sampled_from([None, SINCE, RELAXED]),
    inclusive=st.booleans(),
)
def test_a_greater_total_never_needs_less_of_an_e_invoice(
    minor: int, more: int, days: int, relaxed_until: date | None, inclusive: bool
) -> None:
    policy = policy_with(relaxed_until=relaxed_until, threshold_inclusive=inclusive)
    day = SINCE + timedelta(days=days)
    rank = ["", "consolidated", "individual"].index

    smaller = category(order_of(str(Decimal(minor).scaleb(-2))), policy, day)
    greater = category(order_of(str(Decimal(minor + more).scaleb(-2))), policy, day)

    assert rank(smaller) <= rank(greater)
    assert (smaller == "") == (days < 0)
