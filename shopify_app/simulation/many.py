"""Many seeds, in several processes, each with a database of its own that only the simulation uses.

The databases lie beside the one that DATABASE_URL names and are called after it, with the suffix
`_simulation` and a number. They are made and migrated when they are missing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import islice
from multiprocessing import get_context
from multiprocessing.queues import Queue
from pathlib import Path

import psycopg
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from shopify_app.simulation.setup import setup_of
from shopify_app.simulation.stage import Played, Stage

CHUNK = 10  # seeds
SUFFIX = "_simulation"
_stage: Stage | None = None
_open = ExitStack()


@dataclass(frozen=True, slots=True)
class Tally:
    """So far; `failed` are those that failed since the last tally."""

    played: int = 0
    wrong: int = 0
    calls: int = 0
    failed: tuple[Played, ...] = ()


def run_seeds(
    first: int, *, count: int, workers: int, database: int = 0, at_a_time: int = CHUNK
) -> Iterator[Tally]:
    """A tally after each `at_a_time` of `count` seeds from `first`. The databases are numbered from
    `database`."""
    cores = workers or os.cpu_count() or 1
    context = get_context("fork")
    numbers: Queue[int] = context.Queue()
    for number in range(database, database + cores):
        prepare(number)
        numbers.put(number)
    connections.close_all()  # no process may inherit one
    starts = range(first, first + count, at_a_time)
    chunks = (range(n, min(n + at_a_time, first + count)) for n in starts)
    tally = Tally()
    with ProcessPoolExecutor(
        cores, mp_context=context, initializer=_begin, initargs=(numbers,)
    ) as pool:
        running = {pool.submit(_play_all, chunk) for chunk in islice(chunks, 2 * cores)}
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                tally = _added(tally, future.result())
                yield tally
            running |= {pool.submit(_play_all, chunk) for chunk in islice(chunks, len(done))}


def play_one(seed: int) -> Played:
    """In this process, for whoever wants to read its story."""
    prepare(0)
    _use(0)
    with Stage() as stage:
        return stage.play(setup_of(seed))


def kept_seeds(path: Path) -> list[int]:
    """The seeds in a file: one a line, with a remark after #."""
    words = (line.partition("#")[0].strip() for line in path.read_text().splitlines())
    return [int(word) for word in words if word]


def name_of(number: int) -> str:
    name: str = connections["default"].settings_dict["NAME"]
    return f"{name.partition(SUFFIX)[0]}{SUFFIX}{number}"


def prepare(number: int) -> None:
    """Make the database of this number, and bring it up to date. Leaves this process as it was."""
    settings, own = connections["default"].settings_dict, name_of(number)
    beside = {**settings, "NAME": "postgres"}
    _make(beside, own)
    before = settings["NAME"]
    connections.close_all()
    settings["NAME"] = own
    try:
        call_command("migrate", verbosity=0)
    finally:
        connections.close_all()
        settings["NAME"] = before


def _make(settings: dict[str, object], name: str) -> None:
    wrapper = connections.create_connection("default")
    wrapper.settings_dict = settings
    given = wrapper.get_connection_params()
    for unknown in ("cursor_factory", "context", "prepare_threshold"):
        given.pop(unknown, None)
    with psycopg.connect(**given, autocommit=True) as own:
        known = own.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if known is None:
            own.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def _use(number: int) -> None:
    """From now on this process uses the database of this number."""
    connections.close_all()
    connections["default"].settings_dict["NAME"] = name_of(number)


def _begin(numbers: Queue[int]) -> None:
    global _stage
    _use(numbers.get())
    _stage = _open.enter_context(Stage())


def _play_all(seeds: range) -> list[Played]:
    assert _stage is not None
    played = [_stage.play(setup_of(seed)) for seed in seeds]
    return [one if one.wrong else replace(one, story="") for one in played]


def _added(tally: Tally, played: list[Played]) -> Tally:
    failed = tuple(one for one in played if one.wrong)
    return Tally(
        played=tally.played + len(played),
        wrong=tally.wrong + len(failed),
        calls=tally.calls + sum(one.calls for one in played),
        failed=failed,
    )
