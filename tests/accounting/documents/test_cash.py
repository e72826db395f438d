"""Cash in steps of the smallest coin."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounting.documents.cash import STEPS, largest_rounding, rounded_to_step
from accounting.documents.money import Inexact
from tests.strategies import relaxed


@pytest.mark.parametrize(
    ("amount", "cash"),
    [
        ("10.00", "10.00"),
        ("10.01", "10.00"),
        ("10.02", "10.00"),
        ("10.03", "10.05"),
        ("10.04", "10.05"),
        ("10.05", "10.05"),
        ("10.06", "10.05"),
        ("10.07", "10.05"),
        ("10.08", "10.10"),
        ("9.99", "10.00"),
        ("0.02", "0.00"),
        ("-10.03", "-10.05"),
        ("-10.02", "-10.00"),
    ],
)
def test_ringgit_are_rounded_to_five_sen(amount: str, cash: str) -> None:
    assert str(rounded_to_step(Decimal(amount), "MYR")) == cash


@pytest.mark.parametrize(
    ("amount", "currency", "cash"),
    [
        ("10.03", "SGD", "10.05"),
        ("10.04", "NZD", "10.00"),
        ("10.05", "NZD", "10.10"),
        ("10.24", "DKK", "10.00"),
        ("10.25", "DKK", "10.50"),
        ("10.49", "SEK", "10.00"),
        ("10.50", "NOK", "11.00"),
        ("10.03", "USD", "10.03"),
        ("501", "JPY", "501"),
    ],
)
def test_every_currency_has_its_own_step(amount: str, currency: str, cash: str) -> None:
    assert str(rounded_to_step(Decimal(amount), currency)) == cash


@pytest.mark.parametrize(
    ("currency", "most"),
    [
        ("MYR", "0.02"),
        ("CHF", "0.02"),
        ("NZD", "0.05"),
        ("DKK", "0.25"),
        ("SEK", "0.50"),
        ("USD", "0.00"),
        ("JPY", "0"),
    ],
)
def test_a_rounding_is_at_most_half_a_step(currency: str, most: str) -> None:
    assert str(largest_rounding(currency)) == most


def test_an_amount_finer_than_a_sen_is_refused() -> None:
    with pytest.raises(Inexact):
        rounded_to_step(Decimal("10.025"), "MYR")


@relaxed
@given(minor=st.integers(-(10**8), 10**8), currency=st.sampled_from([*STEPS, "USD"]))
def test_cash_is_whole_steps_and_near_the_amount(minor: int, currency: str) -> None:
    amount = Decimal(minor).scaleb(-2)

    cash = rounded_to_step(amount, currency)

    assert cash % STEPS.get(currency, Decimal("0.01")) == 0
    assert abs(cash - amount) <= largest_rounding(currency)
    assert rounded_to_step(-amount, currency) == -cash
