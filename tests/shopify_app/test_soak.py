"""`manage.py soak`: runs on, reports the count, keeps what failed."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from accounting.soak import many, run
from accounting.soak.generator import THEMES

EVERYTHING = ",".join(THEMES)


def test_so_many_seeds_are_lived_and_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep = tmp_path / "kept.txt"

    call_command("soak", first=0, seeds=130, workers=2, minutes=1, without=EVERYTHING, keep=keep)

    assert "130 life cycles" in capsys.readouterr().out
    assert not keep.exists()


def test_a_failing_seed_is_told_and_kept_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = tmp_path / "kept.txt"
    keep.write_text("4  # why\n")
    monkeypatch.setattr(many, "try_seed", lambda seed, **_: ["wrong"] if seed in (3, 4) else [])

    with pytest.raises(CommandError, match="2 of 5"):
        call_command("soak", first=0, seeds=5, workers=1, minutes=1, keep=keep)

    assert "== seed 3" in capsys.readouterr().out
    assert keep.read_text() == "4  # why\n3\n"


def test_one_seed_is_told_as_a_story(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("soak", seed=5, without=EVERYTHING)

    told = capsys.readouterr().out
    assert "== seed 5" in told
    assert "order placed" in told
    assert "invoice SH-" in told


def test_one_seed_that_fails_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shopify_app.management.commands.soak.try_seed", lambda *_, **__: ["x"])

    with pytest.raises(CommandError, match="Seed 5 fails"):
        call_command("soak", seed=5, without=EVERYTHING)


def test_an_unknown_theme_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="weather"):
        call_command("soak", without="weather", keep=tmp_path / "kept.txt")

    assert not (tmp_path / "kept.txt").exists()


def test_the_clock_ends_a_run() -> None:
    tallies = list(many.run_seeds(0, count=0, seconds=0, workers=1, themes=frozenset()))

    assert tallies[-1].lived == 2 * many.CHUNK
    assert tallies[-1].wrong == 0


def test_a_story_names_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "faults", lambda *_: ["I5: one sen"])

    assert run.told(1, frozenset()).endswith("I5: one sen")
