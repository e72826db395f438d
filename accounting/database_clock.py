"""The time that workers go by: the database's, so that no machine's own clock can be wrong.

A lease is a promise between machines. Were each to judge it by its own clock, one that is set an
hour on would take a book from the worker that is just calling it, and one that is set an hour back
would go on calling under a lease that is over. So the database is asked, every few seconds, and
between two questions the time is counted by a clock that nobody sets.

What remains: the database's own clock may be set. Back, whatever waits for its time waits longer by
as much; on, leases that are held look over, and for some seconds two workers may read one book at
once, until the first asks again. What the first still does is ineffective then, as after any lease
that was lost (`outbox`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.db import OperationalError, connection

ASKED_EVERY = 10.0  # seconds
TOO_SLOW = 2.0  # seconds; less than the margin of a lease (`outbox.LEASE_MARGIN`)
TRIES = 5
# It goes on while the machine sleeps. Only Linux has it.
COUNTED = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def _ask() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        told: datetime = cursor.fetchone()[0]
        return told.astimezone(UTC)


def _count() -> float:
    return time.clock_gettime(COUNTED)


class DatabaseClock:
    """Call it for the time: aware, UTC. Raises OperationalError when the database cannot be asked,
    or takes so long that nobody knows when what it says was so.

    `ask` is the database's answer, `count` a number of seconds that only grows.
    """

    def __init__(
        self, ask: Callable[[], datetime] = _ask, count: Callable[[], float] = _count
    ) -> None:
        self._ask, self._count = ask, count
        self._known: tuple[datetime, float] | None = None  # what was told, and the count then

    def __call__(self) -> datetime:
        known, count = self._known, self._count()
        if known is None or count - known[1] >= ASKED_EVERY:
            known = self._known = self._asked()
        return known[0] + timedelta(seconds=self._count() - known[1])

    def _asked(self) -> tuple[datetime, float]:
        """A worker that stood still while it asked asks again: it would be late for ever."""
        for _ in range(TRIES):
            before = self._count()
            told = self._ask()
            after = self._count()
            if after - before < TOO_SLOW:
                return told, after
        raise OperationalError("The database takes too long to say what time it is.")


now = DatabaseClock()
