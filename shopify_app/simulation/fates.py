"""What befalls workers at the points they pass: others go on, and in a storm they are killed,
stopped, cut off, or meet a database in trouble.

Most points are around a COMMIT or another write, so that whatever strikes there strikes work.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import OperationalError

from shopify_app.simulation.baton import Died, Killed, State, Worker
from shopify_app.simulation.machines import DOWN_FOR
from shopify_app.simulation.setup import PERSON, SHOPIFY, chance

if TYPE_CHECKING:
    from shopify_app.simulation.world import World

WORSE = {"under way": 5.0}  # where a kill does more harm than elsewhere, there are more
STOPPED_FOR = (5.0, 45.0, 100.0, 400.0)  # seconds; the shortest lease is 30
RESTART = (0.0, 1.0, 10.0, 60.0)  # seconds until a killed process is there again
WEB = 5  # of so many points a worker passes the web process has one
MOST_RESTARTS, MOST_CLOCKS = 3, 3  # in one world: each troubles all of it
STATEMENT_FAILS, CONNECTION_FAILS = 0.004, 0.03  # of statements, of tasks
ERRORS = {"55P03": "did not get a lock in time", "40P01": "is the victim of a deadlock"}
Fate = Callable[[Worker, str], None]


class Fates:
    """Implements `watch.Fates` for one world."""

    def __init__(self, world: World) -> None:
        self.world, self.setup, self.baton = world, world.setup, world.baton
        self._turns = chance(self.setup.seed, "turns")
        self._fates = chance(self.setup.seed, "fates")
        self._restarts = self._clocks = 0

    def may_pass(self, worker: Worker, point: str) -> None:
        """See `watch.Fates`. Rare, so each is worth its place in the digest."""
        self.world.points += 1
        if self.setup.inner_turns and self._turns.random() < self.setup.inner_turns:
            self.world.story.mark(point)
            self.baton.give_back(worker, State.READY)

    def fails(self, point: str) -> str:
        """See `watch.Fates`."""
        if "errors" not in self.setup.faults or self.world.heals:
            return ""
        if self._fates.random() >= STATEMENT_FAILS:
            return ""
        code = self._fates.choice(list(ERRORS))
        self.world.tell(f"{point} {ERRORS[code]}")
        return code

    def is_refused(self) -> bool:
        """Whether the database has no connection for a task that begins."""
        if "errors" not in self.setup.faults or self.world.heals:
            return False
        return self._fates.random() < CONNECTION_FAILS

    def meet(self, worker: Worker, point: str, *, writes: bool) -> None:
        """Decide what happens to this worker at this point; `writes` where something has just
        become durable, or is about to."""
        self.world.points += 1
        if self._turns.random() < self.setup.turns:
            self.baton.give_back(worker, State.READY)
        if self.world.heals or worker.name == PERSON:
            return
        drawn = self._fates.random()
        for rate, befalls in self._rates(worker, point, writes=writes):
            if drawn < rate:
                befalls(worker, point)
                return
            drawn -= rate

    def _rates(self, worker: Worker, point: str, *, writes: bool) -> list[tuple[float, Fate]]:
        setup, is_web = self.setup, worker.name == SHOPIFY
        rates: list[tuple[float, Fate]] = [(setup.clocks, self._set_clock)]
        if not is_web:
            rates += [(setup.kills * WORSE.get(point, 1.0), self._kill), (setup.stops, self._stop)]
        elif writes:
            rates += [(setup.kills * WEB, self._kill_web)]
        if writes:
            rates += [(setup.losses, self._cut), (setup.restarts, self._restart)]
        return rates

    # --- processes -----------------------------------------------------------------------------

    def _kill(self, worker: Worker, point: str) -> None:
        after = timedelta(seconds=self._fates.choice(RESTART))
        self.world.tell(f"killed {point}")
        worker.is_doomed = True
        self.world.is_away(worker, after)
        self.baton.drop_connection(worker)
        raise Killed

    def _kill_web(self, worker: Worker, point: str) -> None:
        """Whoever asked hears nothing; the next request meets another process."""
        self.world.tell(f"the web process is killed {point}")
        self.baton.drop_connection(worker)
        self.world.released(worker)
        raise Died

    def _stop(self, worker: Worker, point: str) -> None:
        seconds = self._fates.choice(STOPPED_FOR)
        self.world.tell(f"stopped for {seconds:g} s {point}")
        worker.is_stopped = True
        worker.wake_at = self.world.time + timedelta(seconds=seconds)
        self.baton.give_back(worker, State.ASLEEP)

    def _set_clock(self, worker: Worker, point: str) -> None:
        if self._clocks == MOST_CLOCKS:
            return
        self._clocks += 1
        busy = [one for one in self.baton.workers if one.state is not State.IDLE]
        done = self.world.machines.set_clock(worker, self._fates, busy)
        self.world.tell(f"{done} {point}")

    # --- the database --------------------------------------------------------------------------

    def _cut(self, worker: Worker, point: str) -> None:
        self.world.tell(f"lost its connection {point}")
        self.baton.drop_connection(worker)
        self.world.released(worker)
        raise OperationalError("the connection was lost")

    def _restart(self, worker: Worker, point: str) -> None:
        """Everybody's transaction is undone; who was about to learn how a COMMIT went never does.
        For a while nobody gets another connection."""
        if self._restarts == MOST_RESTARTS:
            return
        self._restarts += 1
        seconds = self._fates.choice(DOWN_FOR)
        busy = sum(1 for one in self.baton.workers if one.state is not State.IDLE)
        self.world.tell(f"the database restarts for {seconds:g} s, {busy} at work, {point}")
        self.world.machines.down_until = self.world.time + timedelta(seconds=seconds)
        self.baton.drop_connections(worker)
        raise OperationalError("the database restarts")
