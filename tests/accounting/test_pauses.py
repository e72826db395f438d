"""Pauses grow, and stop growing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounting.pauses import doubling


@pytest.mark.parametrize(("tries", "seconds"), [(0, 5.0), (1, 10.0), (3, 40.0), (4, 60.0)])
def test_a_pause_doubles_up_to_its_limit(tries: int, seconds: float) -> None:
    assert doubling(5.0, tries, most=60.0) == seconds


@pytest.mark.parametrize("tries", [21, 10_000, 2**31 - 1])
def test_however_many_tries_it_is_a_time_that_can_be_added(tries: int) -> None:
    day = timedelta(days=1)

    assert doubling(timedelta(minutes=1), tries, most=day) == day
