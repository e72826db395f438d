"""Workers go by the database's time, whatever anybody does to the clocks of their machines."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounting import database_clock, outbox, tasks
from accounting.database_clock import ASKED_EVERY, TOO_SLOW, TRIES, DatabaseClock
from accounting.models import Book
from tests.books import make_book

START = datetime(2026, 11, 26, 4, 0, tzinfo=UTC)


@dataclass
class Machine:
    """Counts seconds, and has a database whose time is `ahead` of what it counts."""

    counted: float = 1000.0
    ahead: float = 0.0
    takes: tuple[float, ...] = ()  # seconds, each answer of the database
    asked: int = 0

    def ask(self) -> datetime:
        told = START + timedelta(seconds=self.counted + self.ahead)
        self.counted += self.takes[self.asked] if self.asked < len(self.takes) else 0
        self.asked += 1
        return told

    def count(self) -> float:
        return self.counted

    def clock(self) -> DatabaseClock:
        return DatabaseClock(self.ask, self.count)


def test_between_two_questions_the_time_is_counted() -> None:
    machine = Machine()
    clock = machine.clock()
    first = clock()

    machine.counted += ASKED_EVERY - 1
    second = clock()

    assert second - first == timedelta(seconds=ASKED_EVERY - 1)
    assert machine.asked == 1


def test_a_clock_that_was_set_at_the_database_is_noticed_within_seconds() -> None:
    machine = Machine()
    clock = machine.clock()
    first = clock()

    machine.ahead = 3600
    machine.counted += ASKED_EVERY
    second = clock()

    assert second - first == timedelta(seconds=3600 + ASKED_EVERY)


def test_a_worker_that_stood_still_while_it_asked_asks_again() -> None:
    machine = Machine(takes=(400.0,))

    told = machine.clock()()

    assert machine.asked == 2
    assert told == START + timedelta(seconds=machine.counted)


def test_a_database_that_takes_too_long_to_say_the_time_is_in_trouble() -> None:
    machine = Machine(takes=(TOO_SLOW,) * TRIES)

    with pytest.raises(OperationalError):
        machine.clock()()


@pytest.mark.django_db
def test_the_database_is_asked_once_and_no_machine(
    django_assert_num_queries: DjangoAssertNumQueries, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (before,) = cursor.fetchone()
    monkeypatch.setattr(timezone, "now", lambda: START)
    monkeypatch.setattr(time, "time", lambda: 0.0)
    clock = DatabaseClock()

    with django_assert_num_queries(1):
        told = [clock(), clock(), clock()]

    assert before < told[0] <= told[1] <= told[2] < before + timedelta(minutes=5)
    assert told[0].tzinfo is UTC


@pytest.mark.django_db
@pytest.mark.parametrize("by", [timedelta(hours=-1), timedelta(hours=1)])
def test_a_worker_whose_machines_clock_is_wrong_takes_no_book_from_another(
    by: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = database_clock.now()
    make_book(now, ready_at=now)
    held = outbox.claim(now=database_clock.now())
    assert held is not None
    wrong = timezone.now() + by
    monkeypatch.setattr(timezone, "now", lambda: wrong)

    tasks.send()

    book = Book.objects.get()
    assert (book.fence, book.leased_until) == (held.fence, held.leased_until)
