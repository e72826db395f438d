"""A discounted line shown at its price, with the discount beside it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounting.documents.gross import Gross, gross
from accounting.documents.money import Inexact
from tests.strategies import relaxed


def shown(
    net: str, tax: str, charged: str, discount: str, *, taxes_included: bool
) -> tuple[str, ...] | None:
    found = gross(
        net=Decimal(net),
        tax=Decimal(tax),
        charged=Decimal(charged),
        discount=Decimal(discount),
        taxes_included=taxes_included,
        currency="MYR",
    )
    return found and tuple(str(amount) for amount in found)


def test_without_tax_in_the_price_the_discount_is_net() -> None:
    """Two shirts at 50.00 with 10.00 off, and 10 % tax on top.

    The customer is charged 90.00 and 9.00 tax. Before the discount the line cost 100.00, and its
    tax would have been 10.00: the discount of 10.00 carries 10.00 x 9.00 / 90.00 = 1.00 of tax.
    Shown gross: 100.00 + 10.00, less 10.00 + 1.00. Together 90.00 + 9.00, as charged.
    """
    found = shown("90.00", "9.00", "90.00", "10.00", taxes_included=False)

    assert found == ("100.00", "10.00", "-10.00", "-1.00")


def test_with_tax_in_the_price_the_discount_contains_its_tax() -> None:
    """Three mugs at 10.00 with 2.50 off, prices containing 9 % tax.

    The customer is charged 27.50, of which 27.50 x 9 / 109 = 2.27 is tax and 25.23 is net. The
    discount of 2.50 contains 2.50 x 2.27 / 27.50 = 0.20636..., so 0.21 of tax and 2.29 of net.
    Shown gross: 27.52 + 2.48, which is 30.00, less 2.29 + 0.21, which is 2.50. Together 27.50.
    """
    found = shown("25.23", "2.27", "27.50", "2.50", taxes_included=True)

    assert found == ("27.52", "2.48", "-2.29", "-0.21")


def test_half_a_sen_of_the_discounts_tax_is_rounded_up() -> None:
    found = shown("10.00", "1.00", "10.00", "0.05", taxes_included=False)

    assert found == ("10.05", "1.01", "-0.05", "-0.01")


@pytest.mark.parametrize("taxes_included", [True, False])
def test_an_untaxed_discount_has_no_tax(taxes_included: bool) -> None:
    found = shown("90.00", "0.00", "90.00", "10.00", taxes_included=taxes_included)

    assert found == ("100.00", "0.00", "-10.00", "0.00")


@pytest.mark.parametrize(("charged", "discount"), [("0.00", "50.00"), ("50.00", "0.00")])
def test_a_line_given_away_or_not_discounted_stays_net(charged: str, discount: str) -> None:
    assert shown(charged, "0.00", charged, discount, taxes_included=False) is None


def test_a_discount_finer_than_a_sen_is_refused() -> None:
    with pytest.raises(Inexact):
        shown("90.00", "0.00", "90.00", "10.005", taxes_included=False)


@relaxed
@given(
    charged=st.integers(1, 10**6),
    discount=st.integers(1, 10**6),
    percent=st.integers(0, 100),
    taxes_included=st.booleans(),
)
def test_both_lines_together_are_the_net_line(
    charged: int, discount: int, percent: int, taxes_included: bool
) -> None:
    tax = charged * percent // (100 + percent if taxes_included else 100)
    net = charged - tax if taxes_included else charged
    amounts = [Decimal(minor).scaleb(-2) for minor in (net, tax, charged, discount)]

    found = gross(
        net=amounts[0],
        tax=amounts[1],
        charged=amounts[2],
        discount=amounts[3],
        taxes_included=taxes_included,
        currency="MYR",
    )

    assert isinstance(found, Gross)
    assert found.gross_net + found.discount_net == amounts[0]
    assert found.gross_tax + found.discount_tax == amounts[1]
    off = found.discount_net + (found.discount_tax if taxes_included else 0)
    assert off == -amounts[3]
