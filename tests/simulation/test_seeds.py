"""Worlds that went wrong once, for ever, and 200 that nobody has seen, drawn from the commit."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from shopify_app.management.commands.simulate import KEPT, told
from shopify_app.simulation.many import kept_seeds
from shopify_app.simulation.setup import setup_of
from shopify_app.simulation.stage import Stage

FRESH, PARTS = 200, 10
pytestmark = pytest.mark.django_db(transaction=True)


def commit() -> int:
    """A number that another commit has not; without git, always the same."""
    asked = ["git", "-C", str(Path(settings.BASE_DIR)), "rev-parse", "HEAD"]
    try:
        said = subprocess.run(asked, capture_output=True, text=True, check=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return 1
    return int(said.stdout[:8], 16)


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
