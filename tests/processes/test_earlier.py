"""The version before this one is the newest commit that lacks a migration and has no other."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.processes import earlier

FIRST, SECOND = "accounting/migrations/0001_initial.py", "accounting/migrations/0002_more.py"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    git(root, "init", "--quiet")
    return root


def test_it_is_the_last_commit_without_the_newest_migration(
    repository: Path, tmp_path: Path
) -> None:
    commit(repository, {FIRST: "", "code.py": "1"})
    wanted = commit(repository, {"code.py": "2"})
    commit(repository, {SECOND: "", "code.py": "3"})
    commit(repository, {"code.py": "4"})

    assert earlier.fetch(tmp_path / "old", repository) == wanted
    assert (tmp_path / "old" / "code.py").read_text() == "2"
    assert not (tmp_path / "old" / SECOND).exists()


def test_a_migration_that_was_only_changed_is_not_lacked(repository: Path, tmp_path: Path) -> None:
    wanted = commit(repository, {FIRST: ""})
    commit(repository, {SECOND: ""})
    commit(repository, {SECOND: "# said otherwise"})

    assert earlier.fetch(tmp_path / "old", repository) == wanted


def test_a_commit_with_a_migration_that_is_not_there_today_is_none(
    repository: Path, tmp_path: Path
) -> None:
    commit(repository, {FIRST: ""})
    commit(repository, {"accounting/migrations/0002_other_name.py": ""})
    (repository / "accounting/migrations/0002_other_name.py").unlink()
    commit(repository, {SECOND: ""})
    wanted = git(repository, "rev-parse", "HEAD~2").strip()

    assert earlier.fetch(tmp_path / "old", repository) == wanted


def test_without_such_a_commit_there_is_none(repository: Path, tmp_path: Path) -> None:
    commit(repository, {FIRST: ""})

    assert earlier.fetch(tmp_path / "old", repository) == ""
    assert earlier.fetch(tmp_path / "old", tmp_path / "no_project") == ""
    assert not (tmp_path / "old").exists()


def commit(root: Path, files: dict[str, str]) -> str:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "change")
    return git(root, "rev-parse", "HEAD").strip()


def git(root: Path, *arguments: str) -> str:
    named = ["-c", "user.name=Tester", "-c", "user.email=tester@lejar.test"]
    command = ["git", "-C", str(root), *named, "-c", "commit.gpgsign=false", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603  # ours
