"""Trouble with a book itself: offline, a refused key, time-outs. No document pays for it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings

from accounting.models import Book
from accounting.outbox import Claim

log = logging.getLogger(__name__)

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
    log.warning("book %s: trouble, probe %s in vain", claimed.book.id, count + 1)
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
    log.info("book %s answers again", claimed.book.id)
    claimed.book.trouble_count, claimed.book.trouble_since, claimed.book.ramp = 0, None, 1
    claimed.ours.update(trouble_count=0, trouble="", trouble_since=None, ramp=1)


def turn(book: Book) -> int:
    """How many documents it gets in one turn: one while it is in trouble, then each time twice as
    many as before, and LEJAR_QUANTUM in the end."""
    whole: int = settings.LEJAR_QUANTUM
    if book.trouble_count:
        return 1
    return min(2 * book.ramp, whole) if book.ramp else whole


def turned(claimed: Claim, documents: int) -> None:
    """After a turn of so many: the next one may be larger. Each begins with the cheapest read."""
    book = claimed.book
    if not book.ramp or book.trouble_count:
        return
    ramp = max(documents, book.ramp)
    claimed.ours.update(ramp=0 if ramp >= settings.LEJAR_QUANTUM else ramp)


def stop(claimed: Claim, message: str) -> None:
    """Nothing more is sent until the merchant has put it right and pressed resume."""
    log.warning("book %s: stopped until its connection is put right", claimed.book.id)
    claimed.ours.update(state=Book.State.MISCONFIGURED, state_reason=message)
