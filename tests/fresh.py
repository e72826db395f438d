"""What a run of the tests draws from the commit, so that every commit tries something else and one
commit always the same."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from django.conf import settings

One = TypeVar("One")


def commit() -> int:
    """A number that another commit has not; without git, always the same."""
    asked = ["git", "-C", str(Path(settings.BASE_DIR)), "rev-parse", "HEAD"]
    try:
        said = subprocess.run(asked, capture_output=True, text=True, check=True)  # noqa: S603 (git)
    except (OSError, subprocess.CalledProcessError):
        return 1
    return int(said.stdout[:8], 16)


def drawn(choices: Sequence[One]) -> list[One]:
    """The one of these that the commit draws; LEJAR_HEAVY=1 takes all."""
    return list(choices) if "LEJAR_HEAVY" in os.environ else [choices[commit() % len(choices)]]
