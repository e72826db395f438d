"""The machines of a world: what each takes the time for, and whether the database answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

import psycopg

from accounting.database_clock import DatabaseClock
from shopify_app.simulation.baton import Worker

SET_BY = (-3600.0, -300.0, -30.0, -2.0, 2.0, 30.0, 300.0, 3600.0)  # seconds
DOWN_FOR = (0.0, 1.0, 10.0, 60.0)  # seconds
DIFFER = 2.0  # seconds, of clocks that nobody has set wrong


@dataclass(kw_only=True)
class Machines:
    """`ahead` is how far the database's clock is ahead of the world's time, `own` how far each
    worker's. `asked` is what happens while a worker asks the database for its time."""

    now: Callable[[], datetime]
    asked: Callable[[str], None]
    ahead: timedelta = timedelta()
    own: dict[Worker, timedelta] = field(default_factory=dict)
    down_until: datetime | None = None
    refused: set[Worker] = field(default_factory=set)
    behind: set[Worker] = field(default_factory=set)  # that do not know how late it is
    _clocks: dict[Worker, DatabaseClock] = field(default_factory=dict)

    def database_time(self, worker: Worker) -> datetime:
        """What this worker takes it for: the product asks now and then, and counts meanwhile."""
        if worker not in self._clocks:
            ask, count = lambda: self._told(worker), lambda: self.now().timestamp()
            self._clocks[worker] = DatabaseClock(ask, count)
        return self._clocks[worker]()

    def _told(self, worker: Worker) -> datetime:
        self.asked("before the database says the time")
        told = self.now() + self.ahead
        self.behind.discard(worker)
        self.asked("after the database said the time")
        return told

    def machine_time(self, worker: Worker) -> datetime:
        """By its own clock, which anybody may set."""
        return self.now() + self.own.get(worker, timedelta())

    def began_anew(self, worker: Worker) -> None:
        """Another process, which remembers nothing."""
        self._clocks.pop(worker, None)

    def differ(self, workers: list[Worker], chance: Random) -> None:
        for worker in workers:
            self.own[worker] = timedelta(seconds=chance.uniform(-DIFFER, DIFFER))

    def set_clock(self, worker: Worker, chance: Random, busy: list[Worker]) -> str:
        """This machine's clock, or the database's; what was done. Who is `busy` learns of the
        database's only when they ask again."""
        by = timedelta(seconds=chance.choice(SET_BY))
        if chance.random() < 0.5:
            self.own[worker] = self.own.get(worker, timedelta()) + by
            return f"its machine's clock is set by {by.total_seconds():+g} s"
        self.ahead += by
        if by > timedelta():
            self.behind.update(busy)
        return f"the database's clock is set by {by.total_seconds():+g} s"

    def connecting(self, worker: Worker) -> None:
        """Raises OperationalError when the database takes no connection."""
        if worker in self.refused:
            self.refused.discard(worker)
            raise psycopg.OperationalError("too many clients already")
        if self.down_until is not None and self.now() < self.down_until:
            raise psycopg.OperationalError("connection refused")

    def heal(self) -> None:
        """The database is there, and no clock is set any more. Its own stays as it is: the rows go
        by it."""
        self.own.clear()
        self.refused.clear()
        self.down_until = None
