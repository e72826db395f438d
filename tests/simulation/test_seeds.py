"""Worlds that went wrong once, for ever, and 200 that nobody has seen, drawn from the commit."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shopify_app.management.commands.simulate import KEPT, told
from shopify_app.simulation.many import kept_seeds
from shopify_app.simulation.setup import setup_of
from shopify_app.simulation.stage import Stage
from tests.fresh import commit

FRESH, PARTS = 200, 10
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stage() -> Iterator[Stage]:
    with Stage() as played_on:
        yield played_on


def play(stage: Stage, seeds: list[int]) -> None:
    for seed in seeds:
        played = stage.play(setup_of(seed))
        assert not played.wrong, told(played)


def test_worlds_that_once_went_wrong_do_not(stage: Stage) -> None:
    play(stage, kept_seeds(KEPT))


@pytest.mark.parametrize("part", range(PARTS))
def test_worlds_nobody_has_seen_go_well(stage: Stage, part: int) -> None:
    first = commit()
    seeds = list(range(first, first + FRESH))[part::PARTS]
    print(f"manage.py simulate --from {first} --seeds {FRESH}; here each {PARTS}th from {seeds[0]}")  # noqa: T201

    play(stage, seeds)
