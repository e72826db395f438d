"""What the product runs on, started for these tests alone: PostgreSQL, Redis, RabbitMQ.

Each lives in a scratch folder, answers on this machine only, and ends with its `with` block.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import amqp
import psycopg
import redis

from shopify_app.demo.processes import Process
from tests.processes.patience import scaled

PATIENCE = 60.0  # seconds for a service to come up or go, on an idle machine
PAUSE = 0.1
RABBITMQ = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")  # the Debian package's own
QUEUE = "celery"
DEADLOCK = re.compile(r"\[([^]]*)\] ERROR:  deadlock detected")


class Missing(Exception):
    """A program that these tests need is not installed."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def unprivileged(command: Sequence[str]) -> list[str]:
    """PostgreSQL refuses to run as root, which CI is."""
    if os.getuid() != 0:
        return list(command)
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", *command]


def own(folder: Path) -> Path:
    """A new folder that an unprivileged service may write to."""
    folder.mkdir(parents=True)
    if os.getuid() == 0:
        shutil.chown(folder, "nobody", "nogroup")
    return folder


def wait_for(what: str, is_so: Callable[[], object], process: Process) -> None:
    """Raises AssertionError with the end of the log when nothing comes of it."""
    since = time.monotonic()
    while not is_so():
        assert time.monotonic() < since + scaled(PATIENCE), (
            f"{what} did not come up:\n{process.last_lines(30)}"
        )
        time.sleep(PAUSE)


class Cluster:
    """One PostgreSQL server, reached through a socket in its folder."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self._binaries, self._folder = binaries, folder
        self._data = folder / "data"
        # Without waiting for the disk: a killed server loses nothing that the system still has.
        settings = [
            "-c",
            "fsync=off",
            "-c",
            "max_connections=200",
            "-c",
            "log_line_prefix=%m [%a] ",
        ]
        server = [str(binaries / "postgres"), "-D", str(self._data), "-h", "", "-k", str(folder)]
        self.process = Process(
            name="database",
            command=unprivileged([*server, *settings]),
            environment=os.environ,
            log=folder.parent / "logs" / f"{folder.name}.log",
        )

    def make(self, like: Cluster | None = None) -> None:
        """Its files: new ones, or those of a server that does not run."""
        own(self._folder)
        if like is None:
            options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "-N"]
            self._run("initdb", "-D", self._data, *options)
        else:
            subprocess.run(["cp", "-a", like._data, self._data], check=True)  # noqa: S603, S607  # ours

    def url(self, name: str) -> str:
        return f"postgresql://postgres@/{name}?host={self._folder}"

    def start(self) -> None:
        self.process.start()
        wait_for("PostgreSQL", self._answers, self.process)

    def restart_at_once(self) -> None:
        """`pg_ctl restart -m immediate`: no connection is ended in order, recovery follows."""
        self._end(signal.SIGQUIT)
        self.start()

    def stop(self) -> None:
        self._end(signal.SIGINT)

    def deadlocks(self) -> Counter[str]:
        """Whom the server has ended for one since it was made; the names are PGAPPNAME's."""
        log = self.process.log.read_text(errors="replace")
        return Counter(DEADLOCK.findall(log))

    def create(self, name: str, template: str = "template1") -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')

    def drop(self, name: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _end(self, number: signal.Signals) -> None:
        if self.process.running is not None and self.process.running.poll() is None:
            self.process.running.send_signal(number)
        self.process.wait(PATIENCE)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, program: str, *arguments: object) -> None:
        command = unprivileged([str(self._binaries / program), *map(str, arguments)])
        done = subprocess.run(command, capture_output=True, cwd="/", check=False)  # noqa: S603  # ours
        assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()


class Broker(Protocol):
    """What carries the wake-ups."""

    url: str  # for CELERY_BROKER_URL

    def start(self) -> None: ...
    def wipe(self, home: Path) -> None: ...
    def kill(self) -> None: ...
    def stand_still(self) -> None: ...
    def go_on(self) -> None: ...
    def stop(self) -> None: ...


class Files:
    """The broker of one machine: nothing to start, nothing to kill."""

    url = ""

    def start(self) -> None: ...
    def kill(self) -> None: ...
    def stand_still(self) -> None: ...
    def go_on(self) -> None: ...
    def stop(self) -> None: ...

    def wipe(self, home: Path) -> None:
        for message in (home / "broker" / "queue").glob("*"):
            message.unlink(missing_ok=True)


class Server:
    """A broker that is a process."""

    process: Process

    def start(self) -> None:
        self.process.start()
        wait_for(self.process.name, self.answers, self.process)

    def answers(self) -> bool:
        raise NotImplementedError

    def kill(self) -> None:
        self.process.signal_all(signal.SIGKILL)
        self.process.wait(PATIENCE)

    def stand_still(self) -> None:
        self.process.signal_all(signal.SIGSTOP)

    def go_on(self) -> None:
        self.process.signal_all(signal.SIGCONT)

    def stop(self) -> None:
        self.go_on()
        self.process.ask_to_stop()
        self.process.wait(PATIENCE)


class Redis(Server):
    """Stock Redis that keeps nothing on disk."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("redis-server")
        if program is None:
            raise Missing("redis-server (Debian package redis-server)")
        self._port = free_port()
        self.url = f"redis://127.0.0.1:{self._port}/0"
        options = f"--port {self._port} --bind 127.0.0.1 --appendonly no --dir {own(folder)}"
        self.process = Process(
            name="redis",
            command=[program, *options.split(), "--save", ""],
            environment=os.environ,
            log=folder.parent / "logs" / "redis.log",
        )

    def wipe(self, home: Path) -> None:
        with self._client() as client:
            client.flushall()

    def answers(self) -> bool:
        try:
            with self._client() as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False

    def _client(self) -> redis.Redis:
        return redis.Redis(port=self._port, socket_timeout=5)


class RabbitMQ(Server):
    """One node with a name server of its own, so that no other node of the machine is met."""

    def __init__(self, folder: Path) -> None:
        epmd = shutil.which("epmd")
        if not RABBITMQ.exists() or epmd is None:
            raise Missing("rabbitmq-server (Debian package rabbitmq-server)")
        self._port, names = free_port(), free_port()
        self.url = f"amqp://guest:guest@127.0.0.1:{self._port}//"
        own(folder)
        logs = folder.parent / "logs"
        where = {**os.environ, "HOME": str(folder), "ERL_EPMD_PORT": str(names)}
        self._names = Process(
            name="epmd",
            command=unprivileged([epmd, "-address", "127.0.0.1", "-port", str(names)]),
            environment=where,
            log=logs / "epmd.log",
        )
        self.process = Process(
            name="rabbitmq",
            command=unprivileged([str(RABBITMQ)]),
            environment={**where, **self._settings(folder)},
            log=logs / "rabbitmq.log",
        )

    def _settings(self, folder: Path) -> dict[str, str]:
        return {
            "RABBITMQ_NODENAME": f"lejar{self._port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self._port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_LOG_BASE": str(folder),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "none.conf"),
            "RABBITMQ_CONFIG_FILE": str(folder / "none"),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
        }

    def start(self) -> None:
        if self._names.running is None:
            self._names.start()
        super().start()

    def stop(self) -> None:
        super().stop()
        self._names.signal_all(signal.SIGKILL)
        self._names.wait(PATIENCE)

    def wipe(self, home: Path) -> None:
        """The queue itself goes, and with it what waits in it and who listens to it."""
        with self._connection() as connection:
            connection.channel().queue_delete(QUEUE)

    def answers(self) -> bool:
        try:
            with self._connection():
                return True
        except (OSError, amqp.exceptions.AMQPError):
            return False

    @contextlib.contextmanager
    def _connection(self) -> Iterator[amqp.Connection]:
        address = f"127.0.0.1:{self._port}"
        connection = amqp.Connection(address, connect_timeout=2, read_timeout=5)
        connection.connect()
        try:
            yield connection
        finally:
            connection.close()


BROKERS: dict[str, Callable[[Path], Broker]] = {
    "redis": Redis,
    "rabbitmq": RabbitMQ,
    "files": lambda _folder: Files(),
}
