"""Simulated workers: threads of which exactly one runs, the one that holds the baton.

A worker that waits in PostgreSQL for a row another one holds gives the baton up and goes on when it
has the row, as it would by itself. Whether it waits is asked of PostgreSQL, so that what happens
does not depend on how fast this machine is.

Several that wait for one row would race for its new version once it is there. So the backends of
all who wait are stopped, where they are processes of this machine, and go on one by one, in the
order in which they came.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum, auto
from pathlib import Path

import psycopg
from django.db import connection

GLANCE = 0.004  # seconds after which a statement that has not ended may be waiting for a lock
LONG_GLANCE = 0.1  # the same of a slow machine
BLOCKERS = "SELECT pg_blocking_pids(%s)"
END = "SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) pid"
GONE = "SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = ANY(%s)"


class Killed(BaseException):
    """Not an Exception: a killed process handles nothing."""


class Died(BaseException):
    """The web process is no more; whoever asked it hears nothing."""


class State(StrEnum):
    IDLE = auto()  # nothing to do
    READY = auto()  # goes on when it is given the baton
    RUNNING = auto()
    ASLEEP = auto()  # until `wake_at`
    BLOCKED = auto()  # waits in PostgreSQL for a lock


def _takes_long(worker: Worker) -> bool:
    began = worker.stated_at
    return began is not None and time.monotonic() - began >= GLANCE


def _forget_closed() -> None:
    """As web server and Celery do before they begin something: a connection that was lost is none,
    whoever kept its loss to himself."""
    raw = connection.connection
    if raw is not None and raw.closed:
        connection.close()


def _is_here(server: psycopg.Connection) -> bool:
    """Whether the server's backends are processes of this machine, which can be stopped."""
    program = Path(f"/proc/{server.info.backend_pid}/comm")
    return (
        server.info.host.startswith("/") and program.exists() and "postgres" in program.read_text()
    )


def _closed() -> threading.Lock:
    """Whoever acquires it waits until another thread releases it."""
    lock = threading.Lock()
    lock.acquire()
    return lock


@dataclass(eq=False)
class Worker:
    """One process of the world, with a connection of its own."""

    name: str
    state: State = State.IDLE
    wake_at: datetime | None = None
    job: Callable[[], object] | None = None
    error: BaseException | None = None  # what ended its last job
    is_doomed: bool = False  # killed: it may do nothing any more
    is_stopped: bool = False  # put to sleep by force, wherever it was
    stated_at: float | None = None  # seconds of this machine; when its statement began
    pid: int = 0  # of its PostgreSQL backend; 0 without a connection
    go: threading.Lock = field(default_factory=_closed)
    done: threading.Lock = field(default_factory=_closed)
    thread: threading.Thread | None = None


class Baton:
    """Hands the baton from worker to worker. `monitor` is a connection that never waits."""

    def __init__(self, monitor: psycopg.Connection, names: Sequence[str]) -> None:
        self.monitor = monitor
        self.workers = [Worker(name) for name in names]
        self._waiting: list[Worker] = []  # for locks, in the order in which they came
        self._are_here = _is_here(monitor)
        self._back = _closed()
        self._here = threading.local()

    def start(self, prepare: Callable[[Worker], None]) -> None:
        """Start the threads; `prepare` is called in each before its first job."""
        for worker in self.workers:
            worker.thread = threading.Thread(
                target=self._live, args=(worker, prepare), name=worker.name, daemon=True
            )
            worker.thread.start()

    def end(self) -> None:
        """End the threads, which all are idle unless something has gone wrong with ourselves."""
        for worker in self._waiting:
            self._signal(worker, signal.SIGCONT)
        for worker in self.workers:
            worker.job = None
            worker.go.release()
        for worker in self.workers:
            if worker.thread is not None:
                worker.thread.join()

    @property
    def running(self) -> Worker | None:
        """The worker whose thread asks; None outside of them."""
        found: Worker | None = getattr(self._here, "worker", None)
        return found

    def of(self, state: State) -> list[Worker]:
        return [worker for worker in self.workers if worker.state is state]

    # --- on the scheduler's side ---------------------------------------------------------------

    def let(self, worker: Worker) -> None:
        """Let this worker run until it gives the baton back, or waits for a lock."""
        worker.state = State.RUNNING
        worker.go.release()
        patience = GLANCE
        while not self._back.acquire(timeout=patience):
            if not _takes_long(worker):
                patience = GLANCE
            elif self._blockers(worker):
                worker.state = State.BLOCKED
                self._waiting.append(worker)
                self._signal(worker, signal.SIGSTOP)
                return
            else:
                patience = min(2 * patience, LONG_GLANCE)

    def settle(self) -> list[Worker]:
        """Let those whose lock has come finish their statement. Returns who stood in a circle,
        waiting for each other: one of them had its statement cancelled."""
        circle: list[Worker] = []
        moved = True
        while moved:
            moved = False
            for worker in tuple(self._waiting):
                if self._has_finished(worker):
                    self._goes_on(worker)
                    moved = True
            if not moved and (found := self._circle()):
                circle.append(found)
                self.monitor.execute("SELECT pg_cancel_backend(%s)", [found.pid])
                self._signal(found, signal.SIGCONT)
                found.done.acquire()
                self._goes_on(found)
                moved = True
        return circle

    def _has_finished(self, worker: Worker) -> bool:
        """Whether its statement has ended; if it is not waiting any more, when it has."""
        if self._blockers(worker):
            return False
        self._signal(worker, signal.SIGCONT)
        while not worker.done.acquire(timeout=GLANCE / 4):
            if self._blockers(worker):
                self._signal(worker, signal.SIGSTOP)
                return False
        return True

    def _goes_on(self, worker: Worker) -> None:
        self._waiting.remove(worker)
        worker.state = State.READY

    def _signal(self, worker: Worker, number: signal.Signals) -> None:
        if self._are_here and worker.pid:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(worker.pid, number)

    def _blockers(self, worker: Worker) -> list[Worker]:
        if not worker.pid:
            return []
        row = self.monitor.execute(BLOCKERS, [worker.pid]).fetchone()
        pids = set(row[0]) if row else set()
        return [other for other in self.workers if other.pid in pids and other is not worker]

    def _circle(self) -> Worker | None:
        """The last of those that wait for each other, none of which will ever go on."""
        waits = {worker: self._blockers(worker) for worker in self.of(State.BLOCKED)}
        for start in reversed(waits):
            seen, ahead = set(), list(waits[start])
            while ahead:
                other = ahead.pop()
                if other is start:
                    return start
                if other in waits and other not in seen:
                    seen.add(other)
                    ahead += waits[other]
        return None

    # --- on the worker's side ------------------------------------------------------------------

    def give_back(self, worker: Worker, state: State) -> None:
        """Called by the running worker: let others run. Raises Killed when it is over with it."""
        worker.state = state
        self._back.release()
        worker.go.acquire()
        if worker.is_doomed:
            raise Killed

    def stated(self, worker: Worker, statement: Callable[[], object]) -> object:
        """Run a statement, during which the baton may be lost to others and must be got again."""
        if worker.is_doomed:
            raise Killed
        worker.stated_at = time.monotonic()
        try:
            return statement()
        finally:
            worker.stated_at = None
            if worker.state is State.BLOCKED:
                worker.done.release()
                worker.go.acquire()
                if worker.is_doomed:
                    raise Killed

    def drop_connection(self, worker: Worker) -> None:
        """Close the running worker's socket, and wait until PostgreSQL has undone what was open."""
        raw = connection.connection
        if raw is None or raw.closed:
            return
        raw.close()
        self.wait_for_end([worker.pid])

    def drop_connections(self, running: Worker) -> None:
        """End all connections, as a database does that restarts. Nobody may get a lock because
        another was ended before: who waits goes before whom they wait for."""
        open_ones = [one for one in self.workers if one is not running and one.pid]
        while open_ones:
            ahead = {other for one in open_ones for other in self._blockers(one)}
            ended = [one for one in open_ones if one not in ahead] or open_ones
            pids = [one.pid for one in ended]
            self.monitor.execute(END, [pids])
            for one in ended:
                self._signal(one, signal.SIGCONT)
            self.wait_for_end(pids)
            for one in ended:
                one.pid = 0
            open_ones = [one for one in open_ones if one.pid]
        self.drop_connection(running)

    def wait_for_end(self, pids: Sequence[int]) -> None:
        while True:
            row = self.monitor.execute(GONE, [list(pids)]).fetchone()
            if row and row[0]:
                return
            time.sleep(GLANCE / 8)

    def _live(self, worker: Worker, prepare: Callable[[Worker], None]) -> None:
        self._here.worker = worker
        worker.go.acquire()
        prepare(worker)
        while worker.job is not None:
            worker.error = None
            if not worker.pid:  # the database has ended it, and a new task looks first
                connection.close()
            _forget_closed()
            try:
                worker.job()
            except BaseException as error:  # noqa: BLE001 (handed to the world, which judges it)
                # Django's own tidying up may hide that it was killed
                worker.error = Killed() if worker.is_doomed else error
                self._tidy(worker)
            worker.state, worker.job, worker.is_doomed = State.IDLE, None, False
            self._back.release()
            worker.go.acquire()
        connection.close()

    def _tidy(self, worker: Worker) -> None:
        """A process that failed begins again with another connection."""
        worker.stated_at = None
        pid, worker.pid = worker.pid, 0
        connection.close()
        if pid:
            self.wait_for_end([pid])
