"""Where a worker's connection passes the baton: around each commit and each write of its own.

Product code is untouched: Django lets statements be wrapped, and sends every COMMIT and ROLLBACK
through one method each.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Protocol

from django.db import connection, connections

from shopify_app.simulation.baton import Baton, Worker

READS = re.compile(r"\s*(SELECT|SHOW|SET|VALUES|SAVEPOINT|RELEASE|ROLLBACK)\b", re.IGNORECASE)
LOCKS = re.compile(r"\s*(INSERT|UPDATE|DELETE)\b|.*\bFOR (NO KEY )?UPDATE\b", re.DOTALL)
FAIL = "DO $$BEGIN RAISE 'as it happens' USING ERRCODE = '{}'; END$$"
NAMED = re.compile(r"^\s*(\w+)(?:.*?\b(?:FROM|INTO|UPDATE)\b)?\s+\"?(\w+)\"?", re.DOTALL)


class Fates(Protocol):
    """What may befall the running worker at a named point."""

    def may_pass(self, worker: Worker, point: str) -> None:
        """Inside a transaction: others may run."""

    def before(self, worker: Worker, point: str) -> None:
        """Before what makes itself durable; it may be the worker's last. Raises Killed, or
        OperationalError when the connection was lost."""

    def after(self, worker: Worker, point: str) -> None:
        """After it: the database has done it, and the worker may never learn that."""

    def fails(self, point: str) -> str:
        """The SQLSTATE of the error that the running worker's write or lock meets, "" for none."""

    def connecting(self, worker: Worker) -> None:
        """Raises OperationalError when the database takes no connection."""

    def released(self, worker: Worker) -> None:
        """Locks may have been let go: who waited for them has its turn."""


@lru_cache(maxsize=4096)
def name_of(sql: str) -> str:
    """ "UPDATE accounting_book": what a statement does, without what is different every time."""
    words = sql.split(None, 3)
    verb = words[0].upper() if words else ""
    if verb == "UPDATE":
        return f"UPDATE {words[1].strip(chr(34))}"
    found = re.search(r"\b(?:FROM|INTO|UPDATE)\s+\"?(\w+)", sql)
    return f"{verb} {found.group(1)}" if found else verb


class Watched:
    """Wraps the connection of one worker's thread, for as long as the thread lives."""

    def __init__(self, baton: Baton, worker: Worker, fates: Fates) -> None:
        self.baton, self.worker, self.fates = baton, worker, fates
        wrapper: Any = connections["default"]
        commit, rollback = wrapper._commit, wrapper._rollback
        self._connect, wrapper.get_new_connection = wrapper.get_new_connection, self._connected
        wrapper._commit = lambda: self._durably("COMMIT", commit)
        wrapper._rollback = lambda: self._undone(rollback)
        wrapper.execute_wrappers.append(self)

    def __call__(self, execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        text = sql if isinstance(sql, str) else str(sql)

        if LOCKS.match(text) and (code := self.fates.fails(name_of(text))):
            sql, params = FAIL.format(code), [()] if many else None

        def statement() -> Any:
            return execute(sql, params, many, context)

        if connection.in_atomic_block or not connection.get_autocommit():
            self.fates.may_pass(self.worker, name_of(text))
            return self.baton.stated(self.worker, statement)
        if READS.match(text):
            return self.baton.stated(self.worker, statement)
        return self._durably(name_of(text), statement)

    def _durably(self, point: str, action: Callable[[], Any]) -> Any:
        self.fates.before(self.worker, point)
        result = self.baton.stated(self.worker, action)
        self.fates.released(self.worker)
        self.fates.after(self.worker, point)
        return result

    def _connected(self, params: Any) -> Any:
        self.fates.connecting(self.worker)
        return self._connect(params)

    def _undone(self, rollback: Callable[[], Any]) -> None:
        self.baton.stated(self.worker, rollback)
        self.fates.released(self.worker)
