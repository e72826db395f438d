"""One schedule: two shops sell, webhooks arrive, the plan's faults happen, everything heals, and
the books are counted."""

from __future__ import annotations

import io
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from shopify_app.demo import checks, run
from shopify_app.demo.client import Credentials, DemoFailed
from shopify_app.demo.connections import ACCTBRIDGE_TO_AUTOCOUNT, ACCTBRIDGE_TO_SQL
from shopify_app.demo.figures import Ids
from shopify_app.demo.life import Life
from shopify_app.demo.lives import EVERYDAY, LOST, TROUBLED, Stage
from shopify_app.demo.processes import NotReady, wait_until_ready
from shopify_app.demo.run import Branch, Run
from shopify_app.demo.screen import Screen
from shopify_app.demo.shops import MALAYSIA, SINGAPORE
from tests.processes import invariants
from tests.processes.bench import Bench
from tests.processes.deliveries import Deliveries, bring
from tests.processes.patience import scaled
from tests.processes.plan import Act, Plan
from tests.processes.product import EARLIER, Product
from tests.processes.services import free_port
from tests.processes.storm import Storm

SHOPS = ((ACCTBRIDGE_TO_SQL, MALAYSIA), (ACCTBRIDGE_TO_AUTOCOUNT, SINGAPORE))
ORDERS = 12  # of one shop
LATENCY_MS = 80  # of the books themselves: there is something to be killed in
QUIET_WITHIN = 100.0  # seconds after the last fault (E11); a dead reader's turn alone may take 10
SAMPLE_SECONDS = 1.0
IDS_PER_SECOND = 10_000
Say = Callable[[str], None]


@dataclass(kw_only=True)
class Verdict:
    """What one schedule came to."""

    plan: Plan
    seconds: float = 0.0
    quiet: float = 0.0  # seconds from the last fault until nothing was under way
    documents: int = 0
    again: int = 0  # deliveries that had to be sent again
    aimed: int = 0  # calls whose worker was killed or stopped in the middle of them
    cut_off: int = 0  # writes that nobody lived to note the end of
    deadlocks: int = 0  # that PostgreSQL had to end
    calls: int = 0  # to the books
    rows: int = 0  # of all tables
    memory: Mapping[str, int] = field(default_factory=dict)  # the most megabytes of each process
    problems: list[str] = field(default_factory=list)
    story: str = ""

    @property
    def megabytes(self) -> int:
        return max(self.memory.values(), default=0)

    @property
    def line(self) -> str:
        """One line for people."""
        end = "clean" if not self.problems else f"FAILED ({len(self.problems)})"
        return (
            f"seed {self.plan.seed} {self.plan.broker}: {self.plan}; {self.documents} documents, "
            f"{self.calls} calls, {self.aimed} calls hit, {self.cut_off} calls cut off, "
            f"{self.again} deliveries again, {self.deadlocks} deadlocks, {self.rows} rows, "
            f"{self.megabytes} MB, quiet after {self.quiet:.0f} s; {self.seconds:.0f} s, {end}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Schedule:
    """What one schedule happens to and with."""

    on: Bench
    plan: Plan
    name: str
    home: Path
    database: str
    product: Product
    verdict: Verdict
    say: Say
    call_seconds: int


def perform(on: Bench, plan: Plan) -> Verdict:
    """One schedule, from an empty database to the verdict."""
    verdict, started = Verdict(plan=plan), time.monotonic()
    name = f"s{plan.seed}x{secrets.token_hex(3)}"
    home = on.folder / name
    home.mkdir()
    said: list[str] = []

    def say(words: str) -> None:
        said.append(f"{time.monotonic() - started:6.1f} s  {words}")

    before = on.cluster.deadlocks()
    old = on.old if any(step.act is Act.DEPLOY for step in plan.steps) else None
    on.broker.wipe(home)
    on.books.calls.clear()
    with on.database(name, before=old is not None) as database:
        call_seconds = on.call_seconds()
        product = _product(on, name, home, database, old, say)
        try:
            with product, _sampled(product, verdict):
                _tell(
                    _Schedule(
                        on=on,
                        plan=plan,
                        name=name,
                        home=home,
                        database=database,
                        product=product,
                        verdict=verdict,
                        say=say,
                        call_seconds=call_seconds,
                    )
                )
        except (DemoFailed, NotReady, AssertionError) as failure:
            verdict.problems.append(str(failure))
        ended = on.cluster.deadlocks() - before
        verdict.aimed, verdict.deadlocks = product.cut_off, ended.total()
        verdict.problems += product.late + invariants.of_deadlocks(ended, EARLIER)
        logs = [*product.logs, *(on.folder / "logs").glob("*.log")]
        verdict.problems += invariants.of_logs(logs, on.secrets.values())
        verdict.seconds = time.monotonic() - started
        if verdict.problems:
            verdict.story = "\n".join([*verdict.problems, *said, product.tails()])
    shutil.rmtree(home, ignore_errors=True)
    return verdict


def _product(
    on: Bench, name: str, home: Path, database: str, old: Path | None, say: Say
) -> Product:
    port = free_port()
    environment = on.for_product(database, home, f"http://127.0.0.1:{port}")

    def upgrade() -> None:
        on.upgrade(name)
        say("The database is migrated")

    return Product(home, port, environment, say, on.books, old=old, upgrade=upgrade)


@contextmanager
def _sampled(product: Product, verdict: Verdict) -> Iterator[None]:
    """Meanwhile the system is asked what memory the processes take."""
    over, most = threading.Event(), dict[str, int]()

    def sample() -> None:
        while not over.wait(SAMPLE_SECONDS):
            for name, megabytes in product.memory().items():
                most[name] = max(megabytes, most.get(name, 0))

    sampling = threading.Thread(target=sample, name="memory", daemon=True)
    sampling.start()
    try:
        yield
    finally:
        over.set()
        sampling.join()
        verdict.memory = most


def _tell(schedule: _Schedule) -> None:
    on, product, say = schedule.on, schedule.product, schedule.say
    telling = _run(schedule)
    branches = [
        run.open_branch(telling, connection, profile, ORDERS, lives=_lives)
        for connection, profile in SHOPS
    ]
    for branch in branches:
        branch.books.switch({**branch.plan.connection.switches, "latency_ms": LATENCY_MS})
    say("Shops and books are open")
    storm = Storm(
        product=product,
        books=on.books,
        shopify=on.shopify,
        broker=on.broker,
        cluster=on.cluster,
        home=schedule.home,
        call_seconds=schedule.call_seconds,
    )
    with ThreadPoolExecutor(1) as beside:
        brought = beside.submit(bring, branches, telling)
        storm.rage(schedule.plan)
        deliveries = brought.result()
    over = time.monotonic()
    say("The last fault is over")
    _heal(telling, branches, deliveries, product)
    schedule.verdict.quiet = time.monotonic() - over
    say("Quiet")
    _judge(schedule, branches, deliveries, storm)


def _heal(
    telling: Run, branches: Sequence[Branch], deliveries: Deliveries, product: Product
) -> None:
    """What Shopify and the merchant do in any case; nothing is broken any more."""
    wait_until_ready(f"{product.url}/healthz", [], scaled(60.0))
    deliveries.again(telling)
    for branch in branches:
        run.map_late(branch)
    deliveries.bring([p for branch in branches for p in branch.round.delayed], telling)
    run.find_lost(telling, branches)
    run.wait_until_quiet(telling, branches)


def _run(schedule: _Schedule) -> Run:
    now, kept = datetime.now(UTC), schedule.on.secrets
    return Run(
        url=schedule.product.url,
        stand_ins=schedule.on.stand_ins,
        name=schedule.name,
        seed=schedule.plan.seed,
        orders=ORDERS * len(SHOPS),
        credentials=Credentials(
            api_key=kept["SHOPIFY_API_KEY"], api_secret=kept["SHOPIFY_API_SECRET"]
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


def _judge(
    schedule: _Schedule, branches: Sequence[Branch], deliveries: Deliveries, storm: Storm
) -> None:
    verdict, database, calls = schedule.verdict, schedule.database, list(schedule.on.books.calls)
    wrong = list(storm.failures)
    wrong += run.wrong_answers(deliveries.statuses, sum(b.round.forged for b in branches))
    wrong += [f"{len(deliveries.open)} deliveries were never answered"] * bool(deliveries.open)
    most = 2 + len(verdict.plan.steps)  # each fault may cost a document a try
    wrong += invariants.of_tables(database, deliveries.answered, most)
    wrong += invariants.of_calls(calls, invariants.begun(database))
    rows = invariants.sizes(database)
    wrong += invariants.of_sizes(rows, verdict.memory)
    if verdict.quiet > scaled(QUIET_WITHIN):
        wrong.append(f"It was quiet only {verdict.quiet:.0f} s after the last fault")
    wrong += _of_books(branches, database, verdict)
    verdict.again, verdict.cut_off = deliveries.tried_again, invariants.cut_off(database)
    verdict.calls, verdict.rows = len(calls), sum(rows.values())
    verdict.problems += wrong


def _of_books(branches: Sequence[Branch], database: str, verdict: Verdict) -> list[str]:
    wrong, seen = [], [run.look(branch) for branch in branches]
    for branch, one in zip(branches, seen, strict=True):
        verdict.documents += len(one.live)
        found = checks.problems(one, branch.expected) + invariants.of_order(one, branch.expected)
        wrong += [f"{branch.title}: {sentence}" for sentence in found]
    return wrong + invariants.of_trail(database, seen)
