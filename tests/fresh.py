"""What a run of the tests draws from the commit, so that every commit tries something else and one
commit always the same."""

from __future__ import annotations

import subprocess
from pathlib import Path

from django.conf import settings


def commit() -> int:
    """A number that another commit has not; without git, always the same."""
    asked = ["git", "-C", str(Path(settings.BASE_DIR)), "rev-parse", "HEAD"]
    try:
        said = subprocess.run(asked, capture_output=True, text=True, check=True)  # noqa: S603 (git)
    except (OSError, subprocess.CalledProcessError):
        return 1
    return int(said.stdout[:8], 16)
