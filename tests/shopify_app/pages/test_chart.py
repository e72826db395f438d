"""The chart of shop and books: where bars, lines and the scale are drawn."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopify_app.pages.chart import BOTTOM, TOP, Chart, Day, chart

FIRST = date(2026, 11, 1)
D = Decimal
AMOUNTS = st.decimals(-10_000_000, 10_000_000, places=2)


def drawn(*pairs: tuple[str, str]) -> Chart:
    found = chart(
        [
            Day(date=FIRST + timedelta(days=n), shop=D(shop), books=D(books))
            for n, (shop, books) in enumerate(pairs)
        ]
    )
    assert found
    return found


def amounts(found: Chart) -> list[str]:
    return [f"{line.amount.normalize():f}" for line in found.lines]


def test_a_day_on_which_both_agree_has_its_line_on_the_end_of_its_bar() -> None:
    (column,) = drawn(("100.00", "100.00")).columns

    assert column.mark_y == column.bar_y
    assert D(column.bar_y) + D(column.bar_height) == BOTTOM


def test_a_day_on_which_more_was_credited_than_sold_hangs_below_zero() -> None:
    found = drawn(("-50.00", "-50.00"), ("100.00", "100.00"))

    column = found.columns[0]
    assert column.bar_y == found.zero
    assert D(column.mark_y) == D(column.bar_y) + D(column.bar_height)
    assert D(found.zero) < BOTTOM


def test_days_that_differ_are_counted_and_both_sums_stand_beside() -> None:
    found = drawn(("10.00", "10.00"), ("20.00", "0"), ("0", "5.00"))

    assert (found.differing, found.shop, found.books) == (2, D("30.00"), D("15.00"))
    assert found.difference == D("-15.00")


@pytest.mark.parametrize(
    ("most", "least", "scale"),
    [
        ("2900", "0", ["0", "1000", "2000", "3000"]),
        ("0.30", "0", ["0", "0.1", "0.2", "0.3"]),
        ("0", "-7", ["-7.5", "-5", "-2.5", "0"]),
        ("2200", "-700", ["-1000", "0", "1000", "2000", "3000"]),
    ],
)
def test_the_scale_goes_in_round_amounts(most: str, least: str, scale: list[str]) -> None:
    assert amounts(drawn((most, least))) == scale


def test_nothing_sold_is_no_chart() -> None:
    assert chart([]) is None
    assert chart([Day(date=FIRST, shop=D("0.00"), books=D(0))]) is None


@given(st.lists(st.tuples(AMOUNTS, AMOUNTS), min_size=1, max_size=31))
def test_everything_lies_inside_the_picture(pairs: list[tuple[Decimal, Decimal]]) -> None:
    days = [Day(date=FIRST, shop=shop, books=books) for shop, books in pairs]

    found = chart(days)

    if found is None:
        assert not any(amount for pair in pairs for amount in pair)
        return
    for column in found.columns:
        high, tall = D(column.bar_y), D(column.bar_height)
        slack = D("1.02")  # the thinnest bar, rounded
        assert TOP - slack <= high <= high + tall <= BOTTOM + slack
        assert TOP <= D(column.mark_y) <= BOTTOM
        assert 13 <= D(column.mark_from[:-1]) < D(column.mark_to[:-1]) <= D("100.01")
    assert 2 <= len(found.lines) <= 7
