"""A seed's plan is what a failing schedule is told again by."""

from __future__ import annotations

import pytest

from tests.processes.plan import (
    BROKERS,
    FEWEST,
    IN_A_CALL,
    LAST_AT,
    MOST,
    OF_A_BROKER,
    SHOPIFYS,
    TOXICS,
    Act,
    draw,
)
from tests.processes.proxy import Moment


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


def test_whoever_is_hit_in_a_call_is_hit_at_every_moment_of_one() -> None:
    steps = [step for seed in range(1, 51) for step in draw(seed, "redis").steps]

    assert {step.moment for step in steps if step.act in IN_A_CALL} == set(Moment)
    assert {step.moment for step in steps if step.act not in IN_A_CALL} == {None}


def test_shopify_is_never_silent_for_as_long_as_it_is_waited_for() -> None:
    steps = [step for seed in range(1, 51) for step in draw(seed, "redis").steps]

    assert {step.toxic for step in steps if step.act is Act.SHOPIFY} == set(SHOPIFYS)
