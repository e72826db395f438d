"""The known mistakes: each can still be made in the code as it is, and says what it breaks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.known_bad.__main__ import ROOT, Mistake, apply, mistakes

INVARIANTS = {f"E{number}" for number in range(1, 12)}


@pytest.mark.parametrize("mistake", mistakes(), ids=lambda mistake: mistake.name)
def test_a_known_mistake_can_still_be_made(mistake: Mistake) -> None:
    apply(mistake, Path(ROOT), check=True)

    assert mistake.invariant in INVARIANTS
    assert mistake.says.endswith(".")


def test_there_are_enough_of_them() -> None:
    assert len(mistakes()) >= 15
