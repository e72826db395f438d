"""There is one list of currencies, and it is the standard's."""

from __future__ import annotations

import re

import pytest

from accounting import currencies


@pytest.mark.parametrize("code", ["MYR", "SGD", "IDR", "JPY", "XCG", "ZWG", "ANG"])
def test_what_somebody_can_be_paid_in_is_known(code: str) -> None:
    assert currencies.is_known(code)


@pytest.mark.parametrize("code", ["", "RM", "myr", "ABC", "XXX", "XTS", "XAU", "MYR "])
def test_anything_else_is_not(code: str) -> None:
    assert not currencies.is_known(code)


def test_the_list_holds_codes_and_no_withdrawn_ones() -> None:
    assert all(re.fullmatch("[A-Z]{3}", code) for code in currencies.CODES)
    assert len(currencies.CODES) == 165
    assert not currencies.CODES & currencies.WITHDRAWN


def test_every_currency_with_other_decimals_exists() -> None:
    assert currencies.DECIMALS.keys() <= currencies.CODES


@pytest.mark.parametrize(("code", "places"), [("MYR", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4)])
def test_a_currency_has_the_decimals_of_the_standard(code: str, places: int) -> None:
    assert currencies.decimals(code) == places
