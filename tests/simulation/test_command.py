"""`manage.py simulate`: tells what went wrong, keeps it, and plays it again to the letter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from shopify_app.management.commands import simulate
from shopify_app.simulation import many
from shopify_app.simulation.many import Tally
from shopify_app.simulation.stage import Played

FAILED = Played(
    seed=3, wrong=("E1: twice",), story="23 01:00 it began", digest="d1", steps=9, calls=2
)


@pytest.fixture
def _two_of_five_go_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    def run_seeds(first: int, *, count: int, workers: int) -> Iterator[Tally]:
        yield Tally(played=2, wrong=1, calls=4, failed=(FAILED,))
        again = Played(seed=4, wrong=("E5",), story="", digest="", steps=1, calls=1)
        yield Tally(played=count, wrong=2, calls=9, failed=(again,))

    monkeypatch.setattr(simulate, "run_seeds", run_seeds)


@pytest.mark.usefixtures("_two_of_five_go_wrong")
def test_a_world_that_goes_wrong_is_told_and_kept_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep = tmp_path / "kept.txt"
    keep.write_text("4  # why\n")

    with pytest.raises(CommandError, match="2 of 5") as failed:
        call_command("simulate", seeds=5, first=0, keep=keep)

    out = capsys.readouterr().out
    assert failed.value.returncode == 1
    assert "== seed 3\n23 01:00 it began\n--\nE1: twice\ntrace d1" in out
    assert keep.read_text() == "4  # why\n3  # E1: twice\n"


@pytest.mark.usefixtures("_two_of_five_go_wrong")
def test_one_that_goes_wrong_is_enough_where_only_that_is_asked(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="1 of 2"):
        call_command("simulate", seeds=5, first=0, until_failure=True, keep=tmp_path / "kept.txt")


def test_worlds_that_go_well_keep_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    well = Tally(played=5, calls=20)
    monkeypatch.setattr(simulate, "run_seeds", lambda *_, **__: iter([well]))

    call_command("simulate", seeds=5, first=0, keep=tmp_path / "kept.txt")

    assert "5 worlds" in capsys.readouterr().out
    assert not (tmp_path / "kept.txt").exists()


def test_one_world_that_goes_wrong_fails(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulate, "play_one", lambda _: FAILED)

    with pytest.raises(CommandError, match="Seed 3 goes wrong"):
        call_command("simulate", seed=3)

    assert "it began" in capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
def test_one_world_is_told_again_to_the_letter(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many, "prepare", lambda _: None)  # here, in the database of the tests
    monkeypatch.setattr(many, "_use", lambda _: None)

    call_command("simulate", seed=11)
    first = capsys.readouterr().out
    call_command("simulate", seed=12)
    other = capsys.readouterr().out
    call_command("simulate", seed=11)
    again = capsys.readouterr().out

    assert "== seed 11" in first
    assert "heal: nothing fails from now on" in first
    assert first == again != other
