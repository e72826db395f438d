"""The version before this one, as git has it: the newest commit that lacks the newest migration."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MIGRATIONS = ("accounting/migrations", "shopify_app/migrations")


def fetch(folder: Path, root: Path = ROOT) -> str:
    """Writes its files to `folder` and returns the commit; "" when git does not have it, in a
    shallow clone for instance. Commits that name a migration which is not there today are none."""
    try:
        commit = next(_candidates(root), "")
    except (OSError, subprocess.CalledProcessError):
        return ""
    if commit:
        folder.mkdir(parents=True)
        packed = _git(root, "archive", commit)
        subprocess.run(["tar", "-x", "-C", str(folder)], input=packed, check=True)  # noqa: S603, S607  # ours
    return commit


def _candidates(root: Path) -> Iterator[str]:
    known = {
        f"{folder}/{path.name}" for folder in MIGRATIONS for path in (root / folder).glob("0*.py")
    }
    asked = ("rev-list", "--first-parent", "--parents", "HEAD", "--", *MIGRATIONS)
    for line in _git(root, *asked).decode().splitlines():
        commit = f"{line.split()[0]}^"
        if (has := _migrations(root, commit)) and has < known:
            yield _git(root, "rev-parse", commit).decode().strip()


def _migrations(root: Path, commit: str) -> set[str]:
    """Nothing when there is no such commit."""
    try:
        paths = _git(root, "ls-tree", "-r", "--name-only", commit, "--", *MIGRATIONS).decode()
    except subprocess.CalledProcessError:
        return set()
    return {path for path in paths.split() if Path(path).name.startswith("0")}


def _git(root: Path, *arguments: str) -> bytes:
    return subprocess.run(  # noqa: S603  # our own command
        ["git", "-C", str(root), *arguments],  # noqa: S607  # whichever git is there
        check=True,
        capture_output=True,
    ).stdout
