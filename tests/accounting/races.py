"""Threads that race the same way every time.

A thread is stopped inside a statement (`Halt`, `halted`), or known to wait for a lock
(`until_blocked`). Each has its own connection to the database.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.db import connection

PATIENCE = 20  # seconds until a test that hangs fails instead


class Halt:
    """Stops a thread at its first statement that contains `text`, after it has run."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.reached, self.go = threading.Event(), threading.Event()

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if self.text in sql and not self.reached.is_set():
            self.wait()
        return result

    def wait(self) -> None:
        self.reached.set()
        assert self.go.wait(PATIENCE)


def on_own_connection(job: Callable[[], Any], halt: Halt | None = None) -> Callable[[], Any]:
    def run() -> Any:
        try:
            if halt is None:
                return job()
            with connection.execute_wrapper(halt):
                return job()
        finally:
            connection.close()

    return run


def together(pool: ThreadPoolExecutor, jobs: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run all jobs at once, each on its own connection. Raises what any of them raised."""
    barrier = threading.Barrier(len(jobs))

    def start(job: Callable[[], Any]) -> Any:
        barrier.wait(PATIENCE)
        return job()

    futures = [pool.submit(on_own_connection(partial(start, job))) for job in jobs]
    return [future.result(PATIENCE) for future in futures]


@contextmanager
def halted(pool: ThreadPoolExecutor, job: Callable[[], Any], text: str) -> Iterator[Future[Any]]:
    """While `job` stands still in the middle; it is let go and finished at the end."""
    halt = Halt(text)
    future = pool.submit(on_own_connection(job, halt))
    try:
        assert halt.reached.wait(PATIENCE)
        yield future
    finally:
        halt.go.set()
    future.result(PATIENCE)


BLOCKED = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


def until_blocked(future: Future[Any]) -> None:
    """Return when some thread waits for a lock, or when this one has nothing to wait for."""
    for _ in range(PATIENCE * 100):
        with connection.cursor() as cursor:
            cursor.execute(BLOCKED)
            row = cursor.fetchone()
        if future.done() or (row and row[0]):
            return
        threading.Event().wait(0.01)
    raise AssertionError("neither blocked nor done")
