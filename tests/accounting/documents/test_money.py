from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounting.documents.money import Inexact, base36, exact, rounded, share, spread, to_minor


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("12.34", "MYR", 1234), ("12", "SGD", 1200), ("-0.05", "MYR", -5), ("500", "JPY", 500)],
)
def test_money_counts_in_the_minor_unit_of_its_currency(
    amount: str, currency: str, minor: int
) -> None:
    assert to_minor(Decimal(amount), currency) == minor


@pytest.mark.parametrize(("amount", "currency"), [("1.005", "MYR"), ("1.50", "JPY")])
def test_an_amount_finer_than_its_currency_is_refused(amount: str, currency: str) -> None:
    with pytest.raises(Inexact, match="finer"):
        exact(Decimal(amount), currency)


@pytest.mark.parametrize(
    ("value", "result"),
    [(Fraction(1, 2), 1), (Fraction(-1, 2), -1), (Fraction(5, 2), 3), (Fraction(-4, 3), -1)],
)
def test_halves_are_rounded_away_from_zero(value: Fraction, result: int) -> None:
    assert rounded(value) == result


def test_a_share_is_rounded_once() -> None:
    assert share(Decimal("1861.06"), 2, 3, "MYR") == Decimal("1240.71")
    assert share(Decimal("5.00"), 1, 0, "MYR") == 0


def test_a_spread_gives_the_largest_remainder_first() -> None:
    parts = spread(Decimal("10.00"), [Decimal(1), Decimal(2), Decimal(4)], "MYR")

    assert parts == [Decimal("1.43"), Decimal("2.86"), Decimal("5.71")]


@given(
    amount=st.integers(0, 10**7),
    weights=st.lists(st.integers(0, 10**6), min_size=1, max_size=9),
)
def test_a_spread_loses_nothing(amount: int, weights: list[int]) -> None:
    total = Decimal(amount).scaleb(-2)

    parts = spread(total, [Decimal(weight) for weight in weights], "MYR")

    assert sum(parts) == (total if sum(weights) else 0)
    assert all(part >= 0 for part in parts)


def test_ids_are_written_in_upper_case_base_36() -> None:
    assert [base36(n) for n in (0, 35, 36, 8200000000101)] == ["0", "Z", "10", "2WN10A5WL"]
