"""A world that a seed decides: who runs when, what fails, and what time it is.

    storm   workers are woken, killed, stopped and cut off while orders happen; what must never
            happen is looked for after every step
    heal    nothing fails any more; the world must become quiet, and the books must be right

Time stands still while anybody runs, and jumps to the next thing that happens.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

import psycopg
from django.db import InterfaceError, OperationalError, connection

from accounting.connectors.base import Connector
from accounting.models import Book
from shopify_app import privacy, turns
from shopify_app.simulation import workers
from shopify_app.simulation.baton import Baton, Killed, State, Worker
from shopify_app.simulation.calls import Line, Watch
from shopify_app.simulation.fates import Fates
from shopify_app.simulation.machines import Machines
from shopify_app.simulation.setup import PERSON, SHOPIFY, START, Setup, chance
from shopify_app.simulation.story import Story

MOST_STEPS = 8_000  # of the scheduler; a world that is not quiet by then never will be
HEAL_MOST = timedelta(days=3)  # a shop that Shopify had called closed is asked once a day


class Outside(Protocol):
    """What else is in the world: Shopify, the books and their gateway, people."""

    def open(self) -> None: ...
    def next_at(self) -> datetime | None: ...
    def step(self) -> None: ...
    def person_at(self) -> datetime | None: ...
    def act(self) -> None: ...
    def call_operator(self) -> None: ...
    def readers(self) -> turns.Shopify: ...
    def answering(self) -> AbstractContextManager[None]: ...
    def connector_for(self, book: Book) -> Connector: ...
    def heal(self) -> None: ...
    def written(self) -> int:
        """How many documents were ever written to any books: more of them, and they are judged."""

    def never(self) -> list[str]:
        """What must never be so, and is."""

    def left(self) -> list[str]:
        """What still has to happen by itself."""

    def at_last(self) -> list[str]:
        """What must be so when all is quiet, and is not."""


class World:
    """Implements `clockwork.Clockwork` and `watch.Fates`, and schedules."""

    def __init__(
        self,
        setup: Setup,
        monitor: psycopg.Connection[Any],
        baton: Baton,
        outside: Callable[[World], Outside],
    ) -> None:
        self.setup, self.monitor, self.baton = setup, monitor, baton
        self.story, self.faults = Story(), setup.faults
        self.time = START
        self.heals = False
        self.wrong: list[str] = []
        self.steps = self.points = 0
        self.logged_lines: list[str] = []
        self._turns = chance(setup.seed, "scheduling")
        self._broker, self._spread = chance(setup.seed, "broker"), chance(setup.seed, "spread")
        self._back_at: dict[Worker, datetime] = {}  # when a killed process is there again
        self._wake_at: dict[str, datetime] = {}  # no task is woken before
        self._in_vain: dict[str, tuple[datetime, int]] = {}
        self._known_due: dict[str, datetime] | None = None
        self._judged = 0
        self.fates = Fates(self)
        self.machines = Machines(now=self.now, asked=self.reach)
        self.watch = Watch(monitor, self.is_wrong, self.now, self.machines.behind)
        self.processes = [w for w in baton.workers if w.name not in (SHOPIFY, PERSON)]
        self.processes = self.processes[: setup.processes]
        self.actors = {w.name: w for w in baton.workers if w.name in (SHOPIFY, PERSON)}
        self.outside = outside(self)

    # --- the clockwork -------------------------------------------------------------------------

    def now(self) -> datetime:
        return self.time

    def clock(self) -> datetime:
        """What the running worker takes the time for: the database's, as it last heard of it."""
        worker = self.baton.running
        if worker is None:
            return self.time
        if worker.is_doomed:
            raise Killed
        at = self.machines.database_time(worker)
        self.watch.clock_read(worker, at)
        return at

    def machine_time(self) -> datetime:
        """What the running worker's machine takes the time for."""
        worker = self.baton.running
        return self.machines.machine_time(worker) if worker else self.time

    def reach(self, point: str) -> None:
        worker = self.baton.running
        if worker is not None:
            self.fates.meet(worker, point, writes=False)

    def pass_time(self, seconds: float) -> None:
        worker = self.baton.running
        if worker is None or seconds <= 0:
            return
        worker.wake_at = self.time + timedelta(seconds=seconds)
        self.baton.give_back(worker, State.ASLEEP)

    def tell(self, line: str) -> None:
        worker = self.baton.running
        self.story.tell(self.time, worker.name if worker else "world", line)

    def is_wrong(self, what: str) -> None:
        """Noted once: what is wrong stays so, and is looked for again and again."""
        if what not in self.wrong:
            self.wrong.append(what)
            self.tell(f"WRONG {what}")

    def logged(self, record: logging.LogRecord) -> None:
        """The product has reported a mistake; the database's trouble is none. By a database's clock
        that was set on, a shop's token can look younger than its leaving; then its erasure is
        held, and the operator has to decide."""
        error = record.exc_info[1] if record.exc_info else None
        if "clocks" in self.faults and record.msg == privacy.HELD:
            self.outside.call_operator()
        elif not isinstance(error, (OperationalError, InterfaceError)):
            self.is_wrong(f"a mistake was reported: {record.getMessage()}: {error!r}")

    # --- what tasks need -----------------------------------------------------------------------

    def spread(self) -> float:
        return self._spread.random()

    def readers(self) -> turns.Shopify:
        return self.outside.readers()

    def answering(self) -> AbstractContextManager[None]:
        return self.outside.answering()

    def connector_for(self, book: Book) -> Connector:
        worker = self.baton.running
        assert worker is not None
        self.watch.claimed(book)
        line: Any = Line(self.outside.connector_for(book), book, worker, self.watch)
        connector: Connector = line
        return connector

    # --- fates ---------------------------------------------------------------------------------

    def may_pass(self, worker: Worker, point: str) -> None:
        self.fates.may_pass(worker, point)

    def before(self, worker: Worker, point: str) -> None:
        self.fates.meet(worker, f"before {point}", writes=True)

    def after(self, worker: Worker, point: str) -> None:
        self.fates.meet(worker, f"after {point}", writes=True)

    def released(self, worker: Worker) -> None:
        self._known_due = None
        if self.baton.of(State.BLOCKED):
            self.baton.give_back(worker, State.READY)

    def is_away(self, worker: Worker, pause: timedelta) -> None:
        """This process was killed, and another takes its place after a pause."""
        self._back_at[worker] = self.time + pause
        self.machines.began_anew(worker)

    # --- running -------------------------------------------------------------------------------

    def run(self) -> list[str]:
        """Storm, then heal. Returns what was wrong."""
        self.tell(f"seed {self.setup.seed}: {self.setup}")
        self._skew_clocks()
        self.outside.open()
        end = self.time + self.setup.storm
        while self.time < end and not self.wrong and self._step(end):
            pass
        self._heal()
        try:
            while not self.wrong and self.time < end + HEAL_MOST:
                if not self._step(None):
                    break
            if not self.wrong:
                self._finish()
        finally:
            self._end_all()
        return self.wrong

    def _finish(self) -> None:
        if self.outside.left():
            self.is_wrong(f"E11: the world does not become quiet: {self.outside.left()}")
        for what in self.outside.at_last():
            self.is_wrong(what)

    def _skew_clocks(self) -> None:
        if "clocks" in self.faults:
            everybody = [*self.processes, *self.actors.values()]
            self.machines.differ(everybody, chance(self.setup.seed, "clocks"))

    def _heal(self) -> None:
        self.tell("heal: nothing fails from now on")
        self.heals = True
        self.machines.heal()
        self.outside.heal()

    def _step(self, end: datetime | None) -> bool:
        """Let one worker run, or start tasks, or let time pass. False when nothing is left."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            self.is_wrong("E11: too many steps")
        for worker in self.baton.settle():
            self.story.tell(
                self.time, worker.name, "waited in a circle; its statement is cancelled"
            )
        ready = self.baton.of(State.READY)
        if ready:
            self._let(self._turns.choice(ready))
            return True
        if self.heals and self._all_idle() and not self.outside.left():
            return False
        return self._start() or self._pass(end)

    def _let(self, worker: Worker) -> None:
        self.story.mark(f"{worker.name} {self.points}")
        self.baton.let(worker)
        if worker.state is State.IDLE:
            self._ended(worker)
        if self.outside.written() != self._judged:
            self._judged = self.outside.written()
            for what in self.outside.never():
                self.is_wrong(what)

    def _ended(self, worker: Worker) -> None:
        worker.is_stopped, worker.wake_at = False, None
        error, worker.error = worker.error, None
        if error is None or isinstance(error, Killed):
            return
        self.story.tell(self.time, worker.name, f"failed: {type(error).__name__}")
        if not isinstance(error, OperationalError) or not self._may_lose_the_database(worker):
            self.is_wrong(f"{worker.name} failed: {type(error).__name__}: {error}")

    def _may_lose_the_database(self, worker: Worker) -> bool:
        if worker.name in self.actors and "kills" in self.faults:
            return True  # with the web process goes its connection
        return bool(self.faults & {"losses", "restarts", "errors"}) or bool(self.setup.inner_turns)

    def _all_idle(self) -> bool:
        return all(worker.state is State.IDLE for worker in self.baton.workers)

    # --- waking --------------------------------------------------------------------------------

    def _start(self) -> bool:
        """Start whatever is due on whoever is idle. Returns whether anything was."""
        started = self._start_actor(SHOPIFY, self.outside.next_at(), self.outside.step)
        if not self.heals or self.outside.person_at():
            started |= self._start_actor(PERSON, self.outside.person_at(), self.outside.act)
        for name, at in self._due().items():
            if max(at, self._wake_at.get(name, at)) <= self.time:
                started |= self._wake(name, at)
        return started

    def _start_actor(self, name: str, at: datetime | None, job: Callable[[], object]) -> bool:
        worker = self.actors[name]
        if at is None or at > self.time or worker.state is not State.IDLE:
            return False
        self._give(worker, job)
        return True

    def _due(self) -> dict[str, datetime]:
        """By true time: the tables have it as the workers' clocks showed it. Asked for again only
        when something was committed since."""
        if self._known_due is None:
            self._known_due = workers.due(self.monitor, without=self.setup.without)
            self._in_vain = {k: v for k, v in self._in_vain.items() if k in self._known_due}
        late = self.setup.lag - self.machines.ahead
        return {name: at + late for name, at in self._known_due.items()}

    def _wake(self, name: str, at: datetime) -> bool:
        """The broker's message to one worker; lost, late or doubled where the broker is bad."""
        seen, tries = self._in_vain.get(name, (None, 0))
        tries = tries + 1 if seen == at else 0
        self._in_vain[name] = (at, tries)
        self._wake_at[name] = self.time + timedelta(seconds=min(2**tries, 30))
        copies = self._copies()
        idle = [w for w in self.processes if w.state is State.IDLE and self._is_back(w)]
        for worker in idle[:copies]:
            if self.fates.is_refused():
                self.story.tell(self.time, worker.name, f"gets no connection to {name}")
                self.machines.refused.add(worker)
            self._give(worker, partial(self._do, name), name)
        return bool(idle[:copies])

    def _do(self, name: str) -> None:
        worker = self.baton.running
        if worker in self.machines.refused:
            connection.close()  # it was open for too long
        workers.TASKS[name](self)

    def _copies(self) -> int:
        if "broker" not in self.faults or self.heals:
            return self._broker.choice((1, 1, 1, 2))
        return self._broker.choice((0, 0, 1, 1, 2, 3))

    def _give(self, worker: Worker, job: Callable[[], object], name: str = "") -> None:
        if name:
            self.story.mark(f"{worker.name} is woken for {name}")
        worker.job, worker.state = job, State.READY

    def _is_back(self, worker: Worker) -> bool:
        return self._back_at.get(worker, self.time) <= self.time

    # --- time ----------------------------------------------------------------------------------

    def _pass(self, end: datetime | None) -> bool:
        """On to the next thing that happens. False when nothing will."""
        coming = [at for at in self._coming() if at > self.time]
        if end is not None:
            coming.append(end)
        if not coming:
            return False
        self.time = min(coming)
        for worker in self.baton.of(State.ASLEEP):
            if worker.wake_at is not None and worker.wake_at <= self.time:
                worker.state, worker.wake_at = State.READY, None
        return True

    def _coming(self) -> list[datetime]:
        due = self._due()
        coming = [max(at, self._wake_at.get(name, at)) for name, at in due.items()]
        coming += [w.wake_at for w in self.baton.of(State.ASLEEP) if w.wake_at is not None]
        coming += self._back_at.values()
        coming += [self.machines.down_until] if self.machines.down_until else []
        coming += [at for at in (self.outside.next_at(), self.outside.person_at()) if at]
        return coming

    # --- the end -------------------------------------------------------------------------------

    def _end_all(self) -> None:
        """Whoever is still at work is killed, so that the threads are free for the next world."""
        while busy := [w for w in self.baton.workers if w.state is not State.IDLE]:
            self.baton.settle()
            free = [w for w in busy if w.state is not State.BLOCKED]
            for worker in free[:1]:
                worker.is_doomed = True
                self.baton.let(worker)
