"""Worlds that went wrong once, for ever, and 200 that nobody has seen, drawn from the commit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shopify_app.management.commands.simulate import KEPT, told
from shopify_app.simulation.many import kept_seeds
from shopify_app.simulation.setup import Setup, setup_of
from shopify_app.simulation.stage import Played as Result
from shopify_app.simulation.stage import Stage
from tests.fresh import commit

FRESH, PARTS = 200, 10


@pytest.fixture
def stage() -> Iterator[Stage]:
    with Stage() as played_on:
        yield played_on


def play(stage: Stage, seeds: list[int]) -> None:
    for seed in seeds:
        played = stage.play(setup_of(seed))
        assert not played.wrong, told(played)


@pytest.mark.django_db(transaction=True)
def test_worlds_that_once_went_wrong_do_not(stage: Stage) -> None:
    seeds = kept_seeds(KEPT)
    if not seeds:
        pytest.skip(f"{KEPT.name} names no seed: none has gone wrong as worlds are drawn now")
    play(stage, seeds)


def test_every_kept_seed_is_played_and_one_that_goes_wrong_is_told(tmp_path: Path) -> None:
    kept = tmp_path / "kept.txt"
    kept.write_text("# why they are here\n5  # E1: twice\n\n7\n9\n")
    played: list[int] = []

    class Played(Stage):
        def __init__(self) -> None:
            """No threads and no database."""

        def play(self, setup: Setup, outside: object = None) -> Result:
            played.append(setup.seed)
            wrong = ("E1: twice",) if setup.seed == 7 else ()
            return Result(setup.seed, wrong, "it began", "d1", steps=1, calls=1)

    with pytest.raises(AssertionError, match="seed 7"):
        play(Played(), kept_seeds(kept))

    assert played == [5, 7]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("part", range(PARTS))
def test_worlds_nobody_has_seen_go_well(stage: Stage, part: int) -> None:
    first = commit()
    seeds = list(range(first, first + FRESH))[part::PARTS]
    print(f"manage.py simulate --from {first} --seeds {FRESH}; here each {PARTS}th from {seeds[0]}")  # noqa: T201

    play(stage, seeds)
