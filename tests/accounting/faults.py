"""Workers that die, lose their connection or fall asleep at a chosen commit or statement."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from accounting.connectors.base import Receipt
from accounting.documents.document import Allocation, Entry
from tests.accounting.races import Halt
from tests.books import Books


class Killed(BaseException):
    """Not an Exception: a killed process handles nothing."""


@dataclass
class Ledger(Books):
    """Books that do not enforce unique numbers: a second write is a second document."""

    written: list[str] = field(default_factory=list)

    def post(self, entry: Entry, settles: Sequence[Allocation] = ()) -> Receipt | None:
        self.held.pop(entry.number, None)
        try:
            return super().post(entry, settles)
        finally:
            if entry.number in self.held:
                self.written.append(entry.number)


@dataclass
class Fuse:
    """Loses the connection at the n-th commit of its thread, then raises `error`.

    A statement outside a transaction is its own commit; those inside one are undone together.
    `after` decides whether the database had done it by then: with an answer lost after a commit
    the worker does not know.
    """

    point: int
    error: BaseException
    after: bool
    passed: int = 0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if connection.in_atomic_block:
            return execute(sql, params, many, context)
        return self.step(lambda: execute(sql, params, many, context))

    def step(self, action: Callable[[], Any]) -> Any:
        blown = self.passed == self.point
        self.passed += 1
        if not blown:
            return action()
        if self.after:
            action()
        assert connection.connection is not None
        connection.connection.close()
        raise self.error


@contextmanager
def fused(fuse: Fuse | Nap) -> Iterator[None]:
    wrapper: Any = connection  # `_commit` is where Django's every COMMIT is sent
    commit = wrapper._commit
    wrapper._commit = lambda: fuse.step(commit)
    try:
        with connection.execute_wrapper(fuse):
            yield
    finally:
        wrapper._commit = commit
        if fuse.passed > fuse.point:
            connection.close()


class Nap(Halt):
    """Stops a thread before its n-th statement or commit."""

    def __init__(self, point: int) -> None:
        super().__init__("")
        self.point, self.passed = point, 0

    def over(self, _: object) -> None:
        self.reached.set()

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        return self.step(lambda: execute(sql, params, many, context))

    def step(self, action: Callable[[], Any]) -> Any:
        self.passed += 1
        if self.passed == self.point + 1:
            self.wait()
        return action()
