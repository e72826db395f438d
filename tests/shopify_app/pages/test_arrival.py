"""When what waits will be in the books, and saying so only where it is known."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import translation

from shopify_app.pages.arrival import Soon, in_words, soon


def every(seconds: float, now: datetime, *, count: int = 10, ago: float = 0) -> list[datetime]:
    return [now - timedelta(seconds=ago + seconds * n) for n in range(count)]


def test_it_is_reckoned_from_how_fast_the_books_took_the_last_ones(now: datetime) -> None:
    assert soon(30, every(2, now), now=now) == Soon(timedelta(seconds=60))


def test_times_without_work_do_not_count_as_slowness(now: datetime) -> None:
    times = [*every(2, now), *every(2, now, ago=600)]

    assert soon(30, times, now=now) == Soon(timedelta(seconds=60))


@pytest.mark.parametrize("times", [{"count": 3}, {"ago": 3600}, {"count": 0}])
def test_too_few_or_too_old_ones_tell_no_pace(times: dict[str, float], now: datetime) -> None:
    assert soon(30, every(2, now, **times), now=now) is None  # type: ignore[arg-type]  # both are numbers


def test_nothing_that_waits_takes_no_time(now: datetime) -> None:
    assert soon(0, every(2, now), now=now) is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (10, "In less than a minute."),
        (60, "In about 1 minute."),
        (300, "In about 5 minutes."),
        (119 * 60, "In about 119 minutes."),
        (3 * 3600, "In about 3 hours."),
        (50 * 3600, "In about 2 days."),
    ],
)
def test_it_is_said_in_a_unit_a_person_thinks_in(seconds: int, words: str) -> None:
    assert str(in_words("alive", Soon(timedelta(seconds=seconds)))) == words


def test_more_than_was_counted_takes_longer_than_that() -> None:
    assert in_words("alive", Soon(timedelta(hours=5), at_least=True)) == "In more than 5 hours."


def test_an_unknown_pace_is_said_to_be_unknown() -> None:
    assert "How long it takes shows once a few have arrived" in str(in_words("alive", None))


@pytest.mark.parametrize(
    ("standing", "words"),
    [
        ("paused", "Paused: they wait until you resume."),
        ("plan", "Paused: they wait until a plan is active."),
        ("offline", "Waiting for the books to come back. Nothing is lost."),
        ("misconfigured", "They wait until the connection is put right."),
        ("none", "They wait until your books are connected."),
    ],
)
def test_what_does_not_move_is_promised_for_no_time(standing: str, words: str) -> None:
    assert str(in_words(standing, Soon(timedelta(minutes=5)))) == words


@pytest.mark.parametrize(("language", "words"), [("ms", "5 minit"), ("zh-hans", "5 分钟")])
def test_it_is_said_in_the_language_of_the_reader(language: str, words: str) -> None:
    with translation.override(language):
        assert words in str(in_words("alive", Soon(timedelta(minutes=5))))
