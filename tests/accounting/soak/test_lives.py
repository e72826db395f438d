"""Whatever an order lives through: the invariants hold, and arrival changes nothing (I1-I14).

A failure names its seed: `manage.py soak --seed N` tells the whole story.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from accounting.soak.many import ARRIVALS_EVERY, kept_seeds
from accounting.soak.run import told, try_seed
from tests.fresh import drawn

LIVES = 2000
PARTS = 10
HALVES = (range(0, PARTS, 2), range(1, PARTS, 2))  # each commit draws one, LEJAR_HEAVY=1 both
KEPT_SEEDS = kept_seeds(Path(__file__).parent / "kept_seeds.txt")


@pytest.mark.parametrize("part", [part for half in drawn(HALVES) for part in half])
def test_the_books_agree_with_every_life_of_an_order(part: int) -> None:
    for seed in range(part, LIVES, PARTS):
        found = try_seed(seed, with_arrivals=seed // PARTS % ARRIVALS_EVERY == 0)

        assert not found, told(seed)


@pytest.mark.parametrize("seed", KEPT_SEEDS)
def test_a_life_that_once_failed_is_right_for_ever(seed: int) -> None:
    found = try_seed(seed)

    assert not found, told(seed)
