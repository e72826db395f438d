"""A seed is a world: the same every time, and what goes wrong in it is noticed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from accounting import outbox, planning, sender
from accounting.documents.document import Plan
from accounting.models import Book
from shopify_app.simulation import clean
from shopify_app.simulation.clean import NotOurs
from shopify_app.simulation.setup import Setup, peaceful, setup_of
from shopify_app.simulation.stage import Stage
from tests.accounting.conftest import _entries_of
from tests.simulation.small import Small

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stage() -> Iterator[Stage]:
    with Stage() as played_on:
        yield played_on


@pytest.fixture
def _two_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every order has an invoice and a payment."""

    def build(facts, rules, sealed, **more):  # type: ignore[no-untyped-def]  # as `planning` calls it
        return Plan(entries=_entries_of(facts, sealed, more["stem"]))

    monkeypatch.setattr(planning, "build", build)


def stormy(seed: int, **changes: object) -> Setup:
    """Workers that are killed, stopped and cut off again and again."""
    often = {"kills": 0.03, "stops": 0.02, "losses": 0.02, "turns": 0.3, "inner_turns": 0.05}
    faults = frozenset({"kills", "stops", "losses", "broker", "clocks"})
    return replace(peaceful(seed), faults=faults, processes=3, **often, **changes)  # type: ignore[arg-type]


@pytest.mark.usefixtures("_two_documents")
def test_an_order_goes_from_the_webhook_to_the_books_and_the_same_way_again(stage: Stage) -> None:
    first = stage.play(peaceful(1), Small)
    stage.play(peaceful(2), lambda world: Small(world, orders=3))
    again = stage.play(peaceful(1), Small)

    assert first.wrong == ()
    assert first.calls > 2
    assert first.digest == again.digest


@pytest.mark.usefixtures("_two_documents")
def test_workers_that_are_killed_stopped_and_cut_off_double_nothing(stage: Stage) -> None:
    for seed in range(5):
        played = stage.play(stormy(seed), lambda world: Small(world, orders=3))

        assert played.wrong == (), played.story
        assert "killed" in played.story or "stopped" in played.story or "lost" in played.story


@pytest.mark.parametrize("seed", range(5))
def test_a_seed_tells_the_same_story_to_the_letter(stage: Stage, seed: int) -> None:
    first = stage.play(setup_of(seed))
    stage.play(setup_of(seed + 1000))
    again = stage.play(setup_of(seed))

    assert first.story == again.story
    assert first.digest == again.digest


def test_seeds_are_different_worlds(stage: Stage) -> None:
    assert stage.play(setup_of(1)).digest != stage.play(setup_of(2)).digest


# --- what is wrong is noticed ----------------------------------------------------------------


@pytest.mark.usefixtures("_two_documents")
def test_a_document_that_is_sent_again_without_a_look_is_noticed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "_needs_no_look_up", lambda *_: True)

    found = [stage.play(stormy(seed), lambda w: Small(w, orders=3)).wrong for seed in range(8)]

    assert any(what.startswith("E1") for wrong in found for what in wrong)


@pytest.mark.usefixtures("_two_documents")
def test_a_sender_without_a_fence_is_noticed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    unfenced = property(lambda claimed: Book.objects.filter(id=claimed.book.id))
    monkeypatch.setattr(outbox.Claim, "ours", unfenced)

    found = [stage.play(stormy(seed), lambda w: Small(w, orders=3)).wrong for seed in range(12)]

    assert any(what.startswith(("E1", "E6", "E7")) for wrong in found for what in wrong)


@pytest.mark.usefixtures("_two_documents")
def test_a_lease_shorter_than_a_call_is_noticed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox.Claim, "outlast", lambda *_: None)

    played = stage.play(peaceful(1), lambda world: Small(world, call_seconds=60))

    assert any(what.startswith("E7") for what in played.wrong)


@pytest.mark.usefixtures("_two_documents")
def test_a_world_that_never_becomes_quiet_is_noticed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "send_due", lambda *_, **__: 0)

    played = stage.play(peaceful(1), Small)

    assert any(what.startswith("E11") for what in played.wrong)


def test_a_database_that_may_hold_real_shops_is_never_emptied(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clean, "OURS", re.compile("^never$"))

    with pytest.raises(NotOurs):
        Stage()
