"""A worker whose beat has died ends; one whose beat lives goes on."""

from __future__ import annotations

import logging
import threading
from types import SimpleNamespace
from typing import Any

import pytest
from celery.worker import state

from accounting import tasks
from shopify_app import beat
from shopify_app.celery import app, look_after_the_beat


@pytest.fixture(autouse=True)
def _worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "should_stop", None)
    monkeypatch.setattr(tasks, "stopping", threading.Event())


class Timer:
    """What a worker's timer is asked for."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.cancelled = 0

    def call_repeatedly(self, *asked: Any) -> Timer:
        self.asked.append(asked)
        return self

    def cancel(self) -> None:
        self.cancelled += 1


def make_beat(*, alive: bool) -> SimpleNamespace:
    return SimpleNamespace(is_alive=lambda: alive)


def test_a_worker_without_its_beat_ends_with_a_failure_and_begins_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR):
        beat.look(make_beat(alive=False))

    assert state.should_stop == beat.FAILED != 0
    assert tasks.stopping.is_set()
    assert "the beat has died" in caplog.text


def test_a_worker_with_its_beat_goes_on() -> None:
    beat.look(make_beat(alive=True))

    assert state.should_stop is None
    assert not tasks.stopping.is_set()


def test_a_worker_that_is_ending_anyway_keeps_its_status(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "should_stop", 3)

    beat.look(make_beat(alive=False))

    assert state.should_stop == 3


def test_the_beat_is_looked_at_until_the_worker_stops() -> None:
    timer, own = Timer(), make_beat(alive=True)
    worker = SimpleNamespace(beat=own, timer=timer)
    watch = beat.Watch(worker)

    watch.start(worker)
    watch.stop(worker)

    assert timer.asked == [(beat.LOOK_SECONDS, beat.look, (own,))]
    assert timer.cancelled == 1


def test_a_worker_that_was_started_without_a_beat_misses_none() -> None:
    timer = Timer()
    worker = SimpleNamespace(beat=None, timer=timer)
    watch = beat.Watch(worker)

    watch.start(worker)
    watch.stop(worker)

    assert timer.asked == []


def test_every_worker_looks_after_its_beat(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: set[Any] = set()
    monkeypatch.setattr(app, "steps", {"worker": steps, "consumer": set()})

    look_after_the_beat(sender=None)

    assert steps == {beat.Watch}
