"""Where one world after another is played: threads, connections and an empty database.

A process has one stage. While a world runs, the product's clock is the world's, and what it logs is
looked at instead of written out.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import connection
from django.db.backends.signals import connection_created
from django.test import override_settings
from django.utils import timezone

from shopify_app.simulation.baton import Baton, Worker
from shopify_app.simulation.clean import Cleaner, NotOurs
from shopify_app.simulation.everything import Everything
from shopify_app.simulation.setup import PERSON, SHOPIFY, Setup
from shopify_app.simulation.shopify import SETTINGS
from shopify_app.simulation.watch import Watched
from shopify_app.simulation.world import Outside, World

NAMES = ("worker 1", "worker 2", "worker 3", "worker 4", SHOPIFY, PERSON)
PAUSES: dict[str, Any] = {
    "LEJAR_QUIET_SECONDS": [5, 30, 120, 600],
    "LEJAR_TROUBLE_SECONDS": [5, 15, 60, 300, 900],
    "LEJAR_QUANTUM": 3,  # a full quantum is to happen, and worlds are small
}
# Nothing is to be kept: what a commit has done need not have reached the disk. No statement ends
# because this machine is slow: who waits in a circle is found by the world (`Baton.settle`).
SESSION = """SET synchronous_commit = off; SET deadlock_timeout = '1h'; SET lock_timeout = 0;
    SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0"""


@dataclass(frozen=True, slots=True)
class Played:
    """How a seed ended: what was wrong, its story, and a digest of all that happened."""

    seed: int
    wrong: tuple[str, ...]
    story: str
    digest: str
    steps: int
    calls: int


class Log(logging.Handler):
    """What the product logs. A mistake of its own is one more thing that must not happen."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.world: World | None = None

    def emit(self, record: logging.LogRecord) -> None:
        if self.world is None:
            return
        self.world.logged_lines.append(self.format(record))
        if record.levelno >= logging.ERROR:
            self.world.logged(record)


class Stage:
    """Use as a context manager: its threads and connections end with it."""

    def __init__(self) -> None:
        self._monitor: psycopg.Connection[Any] = _own_connection()
        try:
            self._cleaner = Cleaner(self._monitor)
        except NotOurs:
            self._monitor.close()
            raise
        self.baton = Baton(self._monitor, NAMES)
        self._world: World | None = None
        self._log = Log()

    def __enter__(self) -> Stage:
        connection_created.connect(self._connected)
        self.baton.start(self._prepare)
        return self

    def __exit__(self, *_: object) -> None:
        self.baton.end()
        connection_created.disconnect(self._connected)
        self._monitor.close()

    def play(self, setup: Setup, outside: Callable[[World], Outside] = Everything) -> Played:
        self._cleaner.clean()
        settings = {**SETTINGS, **PAUSES, **setup.settings}
        with override_settings(**settings), self._in_place(setup, outside) as world:
            wrong = world.run()
        return Played(
            seed=setup.seed,
            wrong=tuple(wrong),
            story=str(world.story),
            digest=world.story.digest,
            steps=world.steps,
            calls=world.watch.made,
        )

    @contextmanager
    def _in_place(self, setup: Setup, outside: Callable[[World], Outside]) -> Iterator[World]:
        root = logging.getLogger()
        handlers, now, drawn = root.handlers, timezone.now, random.getstate()
        root.handlers = [self._log]
        random.seed(f"{setup.seed} product")  # it spreads its pauses
        try:
            self._world = self._log.world = World(setup, self._monitor, self.baton, outside)
            timezone.now = self._world.machine_time
            yield self._world
        finally:
            timezone.now, root.handlers = now, handlers
            random.setstate(drawn)
            self._world = self._log.world = None

    def _prepare(self, worker: Worker) -> None:
        Watched(self.baton, worker, self)

    def _connected(self, **given: Any) -> None:
        """A worker has a connection, perhaps another one than before."""
        given["connection"].connection.execute(SESSION)
        if worker := self.baton.running:
            worker.pid = given["connection"].connection.info.backend_pid

    # What befalls the workers is the present world's to decide.

    def may_pass(self, worker: Worker, point: str) -> None:
        self._here.may_pass(worker, point)

    def before(self, worker: Worker, point: str) -> None:
        self._here.before(worker, point)

    def after(self, worker: Worker, point: str) -> None:
        self._here.after(worker, point)

    def fails(self, point: str) -> str:
        return self._here.fates.fails(point)

    def connecting(self, worker: Worker) -> None:
        self._here.machines.connecting(worker)

    def released(self, worker: Worker) -> None:
        self._here.released(worker)

    @property
    def _here(self) -> World:
        assert self._world is not None
        return self._world


def _own_connection() -> psycopg.Connection[Any]:
    given = connection.get_connection_params()
    given.pop("cursor_factory", None)
    given.pop("context", None)
    given.pop("prepare_threshold", None)
    own = psycopg.connect(**given, autocommit=True)
    own.execute(SESSION)
    return own


def digests(played: Sequence[Played]) -> list[str]:
    return [one.digest for one in played]
