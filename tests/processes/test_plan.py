"""A seed's plan is what a failing schedule is told again by."""

from __future__ import annotations

import pytest

from tests.processes.plan import BROKERS, FEWEST, LAST_AT, MOST, OF_A_BROKER, TOXICS, Act, draw


@pytest.mark.parametrize("broker", BROKERS)
def test_the_same_seed_gives_the_same_plan(broker: str) -> None:
    assert draw(7, broker) == draw(7, broker)
    assert str(draw(7, broker)) != str(draw(8, broker))


def test_plans_of_fifty_seeds_hold_every_fault() -> None:
    plans = [draw(seed, "redis") for seed in range(1, 51)]

    assert {step.act for plan in plans for step in plan.steps} == set(Act)
    assert {step.toxic for plan in plans for step in plan.steps} >= set(TOXICS)
    assert all(FEWEST <= len(plan.steps) <= MOST for plan in plans)
    assert all(0 < step.at <= LAST_AT for plan in plans for step in plan.steps)


def test_files_have_no_process_to_kill() -> None:
    plans = [draw(seed, "files") for seed in range(1, 51)]

    assert not {step.act for plan in plans for step in plan.steps} & set(OF_A_BROKER)
