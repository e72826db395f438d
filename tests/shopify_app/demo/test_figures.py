"""The checkout's arithmetic, to the sen."""

from __future__ import annotations

from decimal import Decimal

import pytest

from shopify_app.demo import figures
from shopify_app.demo.shops import GST, SALES_TAX, SERVICE_TAX


def test_a_discount_is_spread_to_the_sen_by_largest_remainder() -> None:
    parts = figures.spread(Decimal("10.00"), [Decimal("91.80"), Decimal("89.00"), Decimal("97.50")])

    assert parts == [Decimal("3.30"), Decimal("3.20"), Decimal("3.50")]


def test_a_discount_on_nothing_goes_nowhere() -> None:
    assert figures.spread(Decimal("5.00"), [figures.ZERO]) == [figures.ZERO]


@pytest.mark.parametrize(
    ("charged", "tax"), [("30.00", "2.48"), ("5.00", "0.41"), ("0.00", "0.00")]
)
def test_included_tax_is_taken_out_of_the_price(charged: str, tax: str) -> None:
    (found,) = figures.taxes_on(Decimal(charged), [GST], included=True)

    assert found.amount == Decimal(tax)


def test_taxes_on_top_are_each_rounded_half_up() -> None:
    found = figures.taxes_on(Decimal("0.45"), [SALES_TAX, SERVICE_TAX], included=False)

    assert [tax.amount for tax in found] == [Decimal("0.05"), Decimal("0.04")]


def test_the_last_units_refunded_take_the_rest() -> None:
    whole, third = Decimal("10.00"), Decimal("3.33")

    assert figures.part_of(whole, 1, 3, figures.ZERO, 0) == third
    assert figures.part_of(whole, 1, 3, 2 * third, 2) == Decimal("3.34")
