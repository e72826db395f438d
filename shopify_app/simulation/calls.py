"""Calls to the books, watched where the product makes them: one at a time, under a good lease."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import psycopg

from accounting.connectors.base import Connector
from accounting.models import Book
from shopify_app.simulation.baton import Worker

LEASE = "SELECT fence, leased_until FROM accounting_book WHERE id = %s"
NOTED = """
    SELECT EXISTS (SELECT FROM accounting_attempt attempt
        JOIN accounting_document document ON document.id = attempt.document_id
        WHERE document.book_id = %s AND document.number = %s AND document.state = 'sending'
        AND attempt.call = 'post' AND attempt.outcome = '')
"""
MOST_CALLS, WITHIN = 150, timedelta(hours=1)  # of one book
CALLS = ("identity", "find", "post", "documents")


@dataclass
class Watch:
    """What is known of the claims to all books, and of the calls under way."""

    monitor: psycopg.Connection[Any]
    wrong: Callable[[str], None]
    now: Callable[[], datetime]  # true time, whatever any clock says
    behind: Collection[Worker] = ()  # that cannot know how late it is
    ticks: int = 0
    newest: dict[int, tuple[int, int]] = field(default_factory=dict)  # book: fence, first met at
    under_way: dict[int, list[Worker]] = field(default_factory=dict)
    read_at: dict[Worker, tuple[int, datetime]] = field(default_factory=dict)
    made: int = 0
    made_at: dict[int, deque[datetime]] = field(default_factory=dict)

    def clock_read(self, worker: Worker, at: datetime) -> None:
        """From now on this worker may know what it would have slept through before."""
        self.ticks += 1
        self.read_at[worker] = (self.ticks, at)

    def claimed(self, book: Book) -> None:
        self.ticks += 1
        if book.fence > self.newest.get(book.pk, (0, 0))[0]:
            self.newest[book.pk] = (book.fence, self.ticks)

    def begin(self, worker: Worker, book: Book, seconds: float) -> None:
        self.made += 1
        self._one_at_a_time(worker, book)
        self._under_a_lease(worker, book, seconds)
        self._not_too_often(book)
        worker.is_stopped = False
        self.under_way.setdefault(book.pk, []).append(worker)

    def write(self, book: Book, number: str) -> None:
        """E10: a write is noted, and the note committed, before it is made."""
        row = self.monitor.execute(NOTED, [book.pk, number]).fetchone()
        if not (row and row[0]):
            self.wrong(f"E10: {number} is sent before it is noted that it will be")

    def _not_too_often(self, book: Book) -> None:
        """E9."""
        made = self.made_at.setdefault(book.pk, deque(maxlen=MOST_CALLS))
        if len(made) == MOST_CALLS and self.now() - made[0] < WITHIN:
            self.wrong(f"E9: {book.name} is called more than {MOST_CALLS} times in {WITHIN}")
        made.append(self.now())

    def end(self, worker: Worker, book: Book) -> None:
        self.under_way[book.pk].remove(worker)

    def _one_at_a_time(self, worker: Worker, book: Book) -> None:
        """E6. A worker that was stopped by force in the middle of its call can harm nobody's."""
        for other in self.under_way.get(book.pk, ()):
            if not other.is_stopped and not {worker, other} & {*self.behind}:
                self.wrong(f"E6: {worker.name} calls {book.name} while {other.name} does")

    def _under_a_lease(self, worker: Worker, book: Book, seconds: float) -> None:
        """E7, as far as a worker can know: what has happened since it last read the clock it may
        have slept through."""
        if worker in self.behind:
            return
        tick, read_at = self.read_at.get(worker, (0, None))
        fence, met_at = self.newest.get(book.pk, (0, 0))
        if fence > book.fence and met_at < tick:
            self.wrong(f"E7: {worker.name} calls {book.name} under an old fence")
        row = self.monitor.execute(LEASE, [book.pk]).fetchone()
        if row is None or row[0] != book.fence or read_at is None:
            return
        if row[1] is None or row[1] < read_at + timedelta(seconds=seconds):
            self.wrong(f"E7: {worker.name} calls {book.name} under a lease that is too short")


class Line:
    """A connector whose calls are watched; everything else is the connector's own."""

    def __init__(self, connector: Connector, book: Book, worker: Worker, watch: Watch) -> None:
        self._connector, self._book = connector, book
        self._worker, self._watch = worker, watch

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._connector, name)
        if name not in CALLS:
            return found

        def call(*args: Any, **named: Any) -> Any:
            self._watch.begin(self._worker, self._book, self._connector.call_seconds)
            if name == "post":
                self._watch.write(self._book, args[0].number)
            try:
                return found(*args, **named)
            finally:
                self._watch.end(self._worker, self._book)

        return call
