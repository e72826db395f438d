"""An empty database for every seed: with the same ids the same seed tells the same story."""

from __future__ import annotations

import re
from typing import Any

import psycopg
from psycopg import sql

OURS = re.compile(r"^test_|_simulation\d*$")
TRUNCATE_EVERY = 200  # seeds; deleted rows are still there until then
TABLES = """
    SELECT c.relname, pg_get_serial_sequence(quote_ident(c.relname), a.attname)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attidentity <> ''
    WHERE c.relkind = 'r' AND n.nspname = 'public' AND c.relname <> 'django_migrations'
    ORDER BY c.relname
"""


class NotOurs(Exception):
    """This database may hold shops that exist; the simulation empties what it runs in."""


class Cleaner:
    """Empties the database a connection leads to. Raises NotOurs where that is not known to be a
    database of the simulation or of the tests."""

    def __init__(self, monitor: psycopg.Connection[Any]) -> None:
        if not OURS.search(monitor.info.dbname):
            raise NotOurs(f"{NotOurs.__doc__} ({monitor.info.dbname})")
        self._monitor = monitor
        self._tables: dict[str, str | None] = dict(monitor.execute(TABLES).fetchall())
        some = (sql.SQL("EXISTS (SELECT FROM {})").format(sql.Identifier(t)) for t in self._tables)
        self._ask = sql.SQL("SELECT {}").format(sql.SQL(", ").join(some))
        self._times = 0

    def clean(self) -> None:
        """No rows anywhere, and all ids from 1."""
        if self._times % TRUNCATE_EVERY == 0:
            self._truncate()
        else:
            self._delete()
        self._times += 1

    def _truncate(self) -> None:
        names = sql.SQL(", ").join(map(sql.Identifier, self._tables))
        self._monitor.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(names))

    def _delete(self) -> None:
        """Much faster than TRUNCATE where there is little. Without triggers: no rule of the tables
        is to be kept by what goes as a whole."""
        row = self._monitor.execute(self._ask).fetchone() or ()
        used = [name for name, is_used in zip(self._tables, row, strict=True) if is_used]
        if not used:
            return
        deletes = [sql.SQL("DELETE FROM {}").format(sql.Identifier(name)) for name in used]
        resets = [
            sql.SQL("SELECT setval({}, 1, false)").format(sql.Literal(sequence))
            for name in used
            if (sequence := self._tables[name])
        ]
        steps = [sql.SQL("SET session_replication_role = replica"), *deletes, *resets]
        steps.append(sql.SQL("SET session_replication_role = origin"))
        self._monitor.execute(sql.SQL("; ").join(steps))
