"""Trouble with a book itself: offline, a refused key, time-outs. No document pays for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings

from accounting.models import Book
from accounting.outbox import Claim

OUR_MISTAKE = "Lejar made a mistake here and has reported it."


def pause(tries: int, *, asked_for: float | None, spread: float = 1.0) -> timedelta:
    """How long books are left alone after so many `tries` in vain: at least as many seconds as they
    asked for."""
    steps: list[int] = settings.LEJAR_TROUBLE_SECONDS
    wait = steps[min(tries, len(steps) - 1)] * spread
    return timedelta(seconds=max(wait, asked_for or 0))


def note(
    claimed: Claim,
    message: str,
    retry_after: float | None,
    now: datetime,
    chance: Callable[[], float],
) -> None:
    """Probe again later, for ever, a little spread so that many books do not probe at once."""
    count = claimed.book.trouble_count
    claimed.book.trouble_count = count + 1
    claimed.ours.update(
        trouble_count=count + 1,
        trouble=message,
        trouble_since=claimed.book.trouble_since or now,
        ready_at=now + pause(count, asked_for=retry_after, spread=1 + chance() / 10),
    )


def over(claimed: Claim) -> None:
    """The book settled a document: it is probed no more."""
    if not claimed.book.trouble_count:
        return
    claimed.book.trouble_count, claimed.book.trouble_since = 0, None
    claimed.ours.update(trouble_count=0, trouble="", trouble_since=None)


def stop(claimed: Claim, message: str) -> None:
    """Nothing more is sent until the merchant has put it right and pressed resume."""
    claimed.ours.update(state=Book.State.MISCONFIGURED, state_reason=message)
