"""The whole product as real processes, with the worker killed while it writes to the books.

`manage.py demo` is what `bin/demo` runs: a web server, a worker, the sandbox's books, and a
supervisor that starts again what dies. Whatever a killed worker left half done is looked up and
finished by the next one, and the demo's own checks of the books find nothing wrong.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest
from django.conf import settings
from psycopg import sql

from shopify_app import embedded

DEADLINE = 230.0  # seconds for one run, the kills included
PAUSE = 0.01  # between two looks
PATIENCE = 30.0  # for the demo's own tidying up
# Through the gateway, whose calls end soonest in the demo.
BEING_WRITTEN = """
    SELECT count(*) FROM accounting_document JOIN accounting_book ON accounting_book.id = book_id
    WHERE accounting_document.state = 'sending' AND way = 'acctbridge'
"""
CUT_OFF = "SELECT count(*) FROM accounting_attempt WHERE finished_at IS NULL"
# Who is killed while it reads from a shop holds its turn for two minutes more (`turns.LEASE`). They
# are let pass at once, while nobody else can have a turn: the only worker is dead.
TURNS_RUN_OUT = "UPDATE shopify_app_shopreading SET leased_until = now() WHERE leased_until > now()"
# The books it held rest up to eighty seconds. Ten of them still pass, many times what a call to the
# sandbox takes: what the dead have sent must have arrived before anybody looks for it.
BOOKS_NEARLY_RUN_OUT = """
    UPDATE accounting_book SET leased_until = now() + interval '10 seconds'
    WHERE leased_until > now() + interval '10 seconds'
"""
TABLES = "SELECT count(*) FROM information_schema.tables WHERE table_name = 'accounting_document'"


@pytest.fixture
def database() -> Iterator[str]:
    """The address of an empty database on the test server; it is dropped afterwards."""
    server = os.environ.get("DATABASE_URL") or embedded.database_url(settings.LEJAR_HOME)
    name = f"journey_{secrets.token_hex(6)}"
    with psycopg.connect(_named(server, "postgres"), autocommit=True) as postgres:
        postgres.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield _named(server, name)
        finally:
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
            postgres.execute(drop.format(sql.Identifier(name)))


def _named(url: str, name: str) -> str:
    return urlsplit(url)._replace(path=f"/{name}").geturl()


class Demo:
    """One `manage.py demo --once`, its database, and the worker it keeps alive."""

    def __init__(self, database: str, home: Path) -> None:
        self._connection = psycopg.connect(database, autocommit=True)
        self.output = home / "output"
        self.deadline = time.monotonic() + DEADLINE
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(  # noqa: S603  # our own command
                [sys.executable, "manage.py", "demo", *ARGUMENTS, "--port", str(free_port())],
                cwd=settings.BASE_DIR,
                env=environment(database, home),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def until(self, seen: Callable[[], bool]) -> None:
        """Looks until `seen`; fails when the demo ends first or the time is over."""
        while not seen():
            assert time.monotonic() < self.deadline, self.said
            try:
                self.process.wait(PAUSE)
            except subprocess.TimeoutExpired:
                continue
            pytest.fail(f"The demo ended too early:\n{self.said}")

    def wait(self) -> int:
        """The exit status."""
        return self.process.wait(max(0.0, self.deadline - time.monotonic()))

    def stop(self) -> None:
        """Politely, so that it stops its own processes."""
        self.process.terminate()
        self.process.wait(PATIENCE)
        self._connection.close()

    @property
    def said(self) -> str:
        return self.output.read_text()

    @property
    def worker(self) -> int:
        """The process id of the running Celery worker; 0 while there is none."""
        with contextlib.suppress(psutil.Error):
            for child in psutil.Process(self.process.pid).children():
                if child.status() != psutil.STATUS_ZOMBIE and "celery" in " ".join(child.cmdline()):
                    return child.pid
        return 0

    def end_worker(self, number: signal.Signals) -> int:
        """In the middle of a call that writes to the books. Returns which worker it was."""
        self.until(lambda: self.count(TABLES) > 0)
        self.until(lambda: self.worker > 0)
        worker = self.worker
        self.until(lambda: self._ended_while_writing(worker, number))
        self.until(lambda: self.worker not in (0, worker))
        return worker

    def _ended_while_writing(self, worker: int, number: signal.Signals) -> bool:
        """Stands still while we look, so that the call cannot end meanwhile."""
        if not self.count(BEING_WRITTEN):
            return False
        os.kill(worker, signal.SIGSTOP)
        writing = self.count(BEING_WRITTEN) > 0
        if writing:
            os.kill(worker, number)
        if writing and number == signal.SIGKILL:
            self._connection.execute(TURNS_RUN_OUT)
            self._connection.execute(BOOKS_NEARLY_RUN_OUT)
        with contextlib.suppress(ProcessLookupError):  # killed, and buried by its parent
            os.kill(worker, signal.SIGCONT)
        return writing

    def count(self, query: str) -> int:
        row = self._connection.execute(query).fetchone()
        assert row is not None
        return int(row[0])


ORDERS = 24  # enough to be in the middle of, twice
ARGUMENTS = ["--once", "--book", "sql-accounting", "--orders", str(ORDERS), "--seed", "1957"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(database: str, home: Path) -> dict[str, str]:
    """What `bin/demo` sets."""
    return {
        **os.environ,
        "DATABASE_URL": database,
        "LEJAR_HOME": str(home),
        "SHOPIFY_API_KEY": secrets.token_hex(16),
        "SHOPIFY_API_SECRET": secrets.token_hex(32),
        "LEJAR_SEAL_KEYS": base64.b64encode(secrets.token_bytes(32)).decode(),
        "LEJAR_SANDBOX": "1",
        "LEJAR_ALLOW_LOOPBACK": "1",
        "SHOPIFY_UI": "local",
        "LEJAR_QUIET_SECONDS": "1,2,3,5",
        "LEJAR_TROUBLE_SECONDS": "1,2,5",
    }


@contextlib.contextmanager
def running(database: str, home: Path) -> Iterator[Demo]:
    """A demo that ends with the test, and all it started with it."""
    demo = Demo(database, home)
    try:
        yield demo
    finally:
        demo.stop()


@pytest.mark.timeout(DEADLINE + PATIENCE)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "stopped"])
def test_a_worker_ended_in_the_middle_of_writing_leaves_the_books_right(
    number: signal.Signals, database: str, tmp_path: Path
) -> None:
    with running(database, tmp_path) as demo:
        first = demo.end_worker(number)
        second = demo.end_worker(number)
        status = demo.wait()
        cut_off = demo.count(CUT_OFF)

    closing = json.loads(demo.said.splitlines()[-1])
    assert first != second
    assert demo.said.count("The worker died") == 2
    assert (cut_off > 0) is (number is signal.SIGKILL)  # asked to stop, it finishes its call
    assert (closing["duplicates"], closing["unbalanced"], closing["problems"]) == (0, 0, [])
    assert (closing["orders"], closing["book"]) == (ORDERS, ["sql_accounting"])
    assert status == 0
