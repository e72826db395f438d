"""The figures of several lanes are told as one; a verdict with a problem says so."""

from __future__ import annotations

import os

import pytest

from tests.processes.__main__ import added
from tests.processes.patience import scaled
from tests.processes.plan import draw
from tests.processes.story import Verdict


def test_lanes_are_added_up() -> None:
    one = {"broker": "redis", "schedules": 2, "clean": 2, "failed": [], "megabytes": 90}
    other = {"broker": "redis", "schedules": 1, "clean": 0, "failed": [7], "megabytes": 95}

    assert added([one, other]) == {
        "broker": "redis",
        "schedules": 3,
        "clean": 2,
        "failed": [7],
        "megabytes": 95,
    }


def test_lanes_that_told_nothing_count_as_no_schedule() -> None:
    assert added([]) == {"schedules": 0, "failed": []}


def test_a_line_says_the_plan_and_the_end() -> None:
    plan = draw(3, "redis")

    assert str(plan) in Verdict(plan=plan).line
    assert Verdict(plan=plan).line.endswith("clean")
    assert Verdict(plan=plan, problems=["wrong"]).line.endswith("FAILED (1)")


def test_a_busy_machine_is_waited_for_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(os, "getloadavg", lambda: (8.0, 0.0, 0.0))
    busy = scaled(10)
    monkeypatch.setattr(os, "getloadavg", lambda: (0.5, 0.0, 0.0))

    assert (busy, scaled(10)) == (40, 10)
