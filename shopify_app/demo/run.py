"""The story of the demo: open books, tell the shops' lives, map what is missing, check."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from random import Random
from typing import Any

from shopify_app.demo import checks, report, send
from shopify_app.demo.books import BookPlan
from shopify_app.demo.checkout import Checkout
from shopify_app.demo.checks import Seen
from shopify_app.demo.client import Books, Credentials, DemoFailed, ShopClient
from shopify_app.demo.connections import (
    ACCTBRIDGE_TO_AUTOCOUNT,
    ACCTBRIDGE_TO_SQL,
    AUTOCOUNT,
    AUTOCOUNT_CLOUD,
    SQL_ACCOUNT_API,
    SQL_ACCOUNTING,
    SYSTEMS,
    Connection,
)
from shopify_app.demo.expected import Expected, expect
from shopify_app.demo.figures import Ids
from shopify_app.demo.life import Life
from shopify_app.demo.lives import Stage, live, lost, never_to_be_mapped, troubled
from shopify_app.demo.pretended import PretendedShop
from shopify_app.demo.records import OpenShop
from shopify_app.demo.screen import Screen
from shopify_app.demo.shops import MALAYSIA, SINGAPORE, ShopProfile

# Which shop keeps its books behind which connection, for each system.
SHOPS = {
    SQL_ACCOUNTING: ((SQL_ACCOUNT_API, MALAYSIA), (ACCTBRIDGE_TO_SQL, SINGAPORE)),
    AUTOCOUNT: ((AUTOCOUNT_CLOUD, MALAYSIA), (ACCTBRIDGE_TO_AUTOCOUNT, SINGAPORE)),
}
HOLD_SECONDS, QUIET_SECONDS, POLL_SECONDS = 60.0, 360.0, 0.5
# Nothing moved for so long: no use in waiting for more. What a worker had in hand when it died
# rests until its lease ends: a book at most 80 seconds, a shop that was being read two minutes.
STALLED_SECONDS = 150.0
SETTLE_SECONDS = 3
CHECKS = 5  # of a connection until it is given up
LATE_HOLDS = 3  # a product, a gateway and a tax that are mapped only after they were missed
UNMAPPED = "UNMAPPED_"  # begins the codes of problems that a mapping ends
SWEPT = ("listed", "missing", "stale")  # what a sweep counts
UNFINISHED = ("waiting", "queued", "sending", "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one start of the demo fixes: where, when, and the seed of all chance. `ids` never
    repeats between runs, so that one database can hold them all. Books and Shopify answer at
    `stand_ins`."""

    url: str
    stand_ins: str
    name: str
    seed: int
    orders: int
    credentials: Credentials
    clock: Callable[[], datetime]
    ids: Ids
    screen: Screen


@dataclass(kw_only=True)
class Branch:
    """One shop with its books, while its story is told."""

    plan: BookPlan
    client: ShopClient
    books: Books
    shopify: PretendedShop
    stage: Stage
    lives: list[Life]
    expected: Expected
    round: send.Round
    lost_at: datetime | None = None  # when Shopify got what no webhook tells

    @property
    def title(self) -> str:
        return f"{self.plan.profile.name} in {self.plan.connection.title}"

    @property
    def posted(self) -> int:
        """Documents in the books, knock-offs not counted."""
        kinds = self.client.get("summary")["documents"]
        return sum(
            states.get("posted", 0) for kind, states in kinds.items() if kind in checks.SIGNS
        )


@dataclass(kw_only=True)
class Result:
    """What the last line of `--once` says."""

    orders: int = 0
    documents: int = 0
    held: int = 0
    found: int = 0
    duplicates: int = 0
    unbalanced: int = 0
    seconds: float = 0.0
    book: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def tell(run: Run, system: str, result: Result) -> list[Branch]:
    """All of the story for one accounting system; adds to `result`, also what went wrong."""
    started = time.monotonic()
    say = run.screen.say
    shops = SHOPS[system]
    say(f"Opening {SYSTEMS[system]} books for {len(shops)} shops")
    counts = _split(run.orders, len(shops))
    branches = [
        open_branch(run, connection, profile, count)
        for (connection, profile), count in zip(shops, counts, strict=True)
    ]
    for branch in branches:
        say(f"  {branch.title}")
    say(_announced(run, branches))
    statuses = _send(run, branches, "prompt")
    _show_holds(run, branches)
    for branch in branches:
        map_late(branch)
    say("Mapped what was missing, all but one per shop; sending the delayed webhooks")
    statuses += _send(run, branches, "delayed")
    find_lost(run, branches)
    wait_until_quiet(run, branches)
    result.problems += wrong_answers(statuses, sum(b.round.forged for b in branches))
    for branch in branches:
        _settle_up(run, branch, result)
    result.orders += run.orders
    result.book.append(system)
    result.seconds = round(result.seconds + time.monotonic() - started, 1)
    return branches


def open_branch(
    run: Run,
    connection: Connection,
    profile: ShopProfile,
    orders: int,
    *,
    lives: Callable[[Stage, int], list[Life]] = live,
) -> Branch:
    """A shop that has never been here, its books, its set-up and everything that happens in it."""
    system = connection.system
    random = Random(f"{run.seed} {system} {profile.handle}")  # noqa: S311  # a story, no secret
    domain = f"{profile.handle}-{run.name}-{system[:3]}.myshopify.com"
    key = f"{run.name}{profile.prefix}{system[:3]}".lower()
    plan = BookPlan(connection=connection, profile=profile, key=key)
    books = Books.open(run.stand_ins, plan.company, connection.switches)
    client = ShopClient(url=run.url, domain=domain, credentials=run.credentials, clock=run.clock)
    shop = OpenShop(profile=profile, domain=domain, id=run.ids())
    pretended = PretendedShop(url=run.stand_ins, domain=domain)
    checkout = Checkout(shop=shop, ids=run.ids)
    pretended.open(shop)
    pretended.keep_products(checkout)
    set_up(client, plan)
    stage = Stage(
        shop=shop,
        checkout=checkout,
        ids=run.ids,
        random=random,
        now=run.clock(),
    )
    lived = lives(stage, orders)
    pretended.keep(lived)
    return Branch(
        plan=plan,
        client=client,
        books=books,
        shopify=pretended,
        stage=stage,
        lives=lived,
        expected=expect(
            lived,
            never_to_be_mapped(lived),
            profile.trigger,
            fees_apart=not connection.negative_lines,
        ),
        round=_pack(domain, lived, run.clock(), random),
    )


def set_up(client: ShopClient, plan: BookPlan) -> None:
    """What a merchant does once: policies, the connection, and (almost) all mappings."""
    profile = plan.profile
    client.patch(
        "store",
        {
            "prefix": profile.prefix,
            "currency": profile.currency,
            "time_zone": profile.time_zone,
            "trigger": profile.trigger,
            "settle_seconds": SETTLE_SECONDS,
            "cut_over_date": None,  # the lives it tells began before today
            "debtors": [plan.debtor],
        },
    )
    client.put("connection", plan.chosen)
    client.put("mappings/items", plan.items())
    client.put("mappings/taxes", plan.taxes())
    client.put("mappings/gateways", plan.gateways())
    client.put("mappings/roles", plan.roles())
    for _ in range(CHECKS):  # a busy machine may answer too late
        checked = client.post("connection/check")
        failed = [finding for finding in checked["findings"] if finding["status"] == "failed"]
        if not failed:
            break
    else:
        raise DemoFailed("; ".join(f"{f['subject']}: {f['message']}" for f in failed))
    client.post("connection/resume")


def map_late(branch: Branch) -> None:
    """The merchant maps what the holds have named."""
    branch.client.put("mappings/items", branch.plan.items(late=True))
    branch.client.put("mappings/taxes", branch.plan.taxes(late=True))
    branch.client.put("mappings/gateways", branch.plan.gateways(late=True))


def find_lost(run: Run, branches: Sequence[Branch]) -> None:
    """Asks for what the worker does every hour: a sweep over what the shop says has changed."""
    run.screen.say(f"{_dropped(branches)} webhooks were dropped on purpose; asking Shopify instead")
    for branch in branches:
        branch.lost_at = run.clock()
        branch.shopify.keep_lost(branch.lives)
    _wait_until(lambda: not any(_unread(branch.client.get("summary")) for branch in branches))
    for branch in branches:
        branch.client.post("reconciliation")
    _wait_until(lambda: all(_is_swept(branch) for branch in branches))
    _show_found(run, branches)


def wait_until_quiet(run: Run, branches: Sequence[Branch]) -> None:
    """Until everything expected is in the books and nothing is under way; not longer than is
    useful. What is missing then is found by the checks."""
    of = sum(branch.expected.documents for branch in branches)
    deadline = time.monotonic() + QUIET_SECONDS
    last, moved_at = None, time.monotonic()
    while time.monotonic() < deadline and time.monotonic() - moved_at < STALLED_SECONDS:
        states = [branch.client.get("summary") for branch in branches]
        done = sum(branch.posted for branch in branches)
        run.screen.progress("documents in the books", done, of)
        if done >= of and all(
            _is_quiet(state, branch) for state, branch in zip(states, branches, strict=True)
        ):
            break
        if states != last:
            last, moved_at = states, time.monotonic()
        time.sleep(POLL_SECONDS)
    run.screen.end_progress()


def look(branch: Branch) -> Seen:
    """Everything the checks need, read from the books and from the API."""
    client, books = branch.client, branch.books
    summary = client.get("summary")
    return Seen(
        documents=[checks.as_meant(document) for document in books.all("documents")],
        journal=list(books.all("journal")),
        trial_balance=books.trial_balance(),
        calls=books.calls(),
        clearing=branch.plan.clearing,
        sweeps=_sweeps(branch),
        held=list(client.all("orders", state="held")),
        failed_deliveries=list(client.all("deliveries", state="failed")),
        orders=summary["orders"],
        statuses=summary["documents"],
    )


def _split(orders: int, shops: int) -> list[int]:
    return [orders // shops + (place < orders % shops) for place in range(shops)]


def _pack(domain: str, lives: Sequence[Life], now: datetime, random: Random) -> send.Round:
    """Webhooks that make a hold, or have lost others, come in good time, so that it can be seen."""
    early = {life.record.id for life in (*troubled(lives), *lost(lives))}
    packed = {life.record.id: send.parcels(domain, life.heard, random) for life in lives}
    parcels = [parcel for some in packed.values() for parcel in some]
    punctual = {p.webhook_id for order_id in early for p in packed[order_id]}
    brought = send.shuffle(parcels, punctual, random)
    return replace(
        brought,
        prompt=(*send.unreadable(domain, now, random), *brought.prompt),
        dropped=sum(len(life.webhooks) - len(life.heard) for life in lives),
    )


def _announced(run: Run, branches: Sequence[Branch]) -> str:
    rounds = [branch.round for branch in branches]
    sent = sum(len(each.prompt) + len(each.delayed) for each in rounds)
    twice = sum(each.duplicates for each in rounds)
    forged = sum(each.forged for each in rounds)
    return (
        f"Sending {sent} webhooks of {run.orders} orders, out of order: "
        f"{twice} come twice, {forged} are forged, {_dropped(branches)} more never come"
    )


def _dropped(branches: Sequence[Branch]) -> int:
    return sum(branch.round.dropped for branch in branches)


def _send(run: Run, branches: Sequence[Branch], which: str) -> Counter[int]:
    """All shops' parcels through one door, mixed; progress is counted in webhooks."""
    parcels = [parcel for branch in branches for parcel in getattr(branch.round, which)]
    Random(run.seed).shuffle(parcels)  # noqa: S311  # a story, no secret
    statuses = send.deliver_all(
        parcels,
        run.url,
        run.credentials.api_secret,
        lambda done: run.screen.progress("webhooks", done, len(parcels)),
    )
    run.screen.end_progress()
    return statuses


def _show_holds(run: Run, branches: Sequence[Branch]) -> None:
    """Waits until the holds that a mapping ends are there, then names them."""
    _wait_until(lambda: all(len(_unmapped(b)) > LATE_HOLDS for b in branches), HOLD_SECONDS)
    table = [
        (branch.plan.profile.name, name, message)
        for branch in branches
        for name, message in _unmapped(branch)
    ]
    run.screen.table("Held for want of a mapping", ("shop", "order", "why"), table)
    run.screen.say()


def _unmapped(branch: Branch) -> list[tuple[str, str]]:
    return [
        (order["name"], problem["message"])
        for order in branch.client.all("orders", state="held")
        for problem in order["problems"]
        if problem["code"].startswith(UNMAPPED)
    ]


def _show_found(run: Run, branches: Sequence[Branch]) -> None:
    rows = [
        (branch.plan.profile.name, *(sum(each[key] for each in _sweeps(branch)) for key in SWEPT))
        for branch in branches
    ]
    title = "Orders that Shopify has changed in the last two days, compared with what came"
    run.screen.table(title, ("shop", "compared", "had never come", "had come in part"), rows)
    run.screen.say()


def _sweeps(branch: Branch) -> list[Any]:
    """Those since there was something to find: the one asked for, and any whose hour it was."""
    return [
        each
        for each in branch.client.all("reconciliation")
        if branch.lost_at and datetime.fromisoformat(each["moved_at"]) >= branch.lost_at
    ]


def _is_swept(branch: Branch) -> bool:
    last = branch.client.get("reconciliation", limit=1)["results"]
    return bool(_sweeps(branch)) and last[0]["state"] == "finished"


def _unread(summary: Any) -> int:
    """Deliveries that nobody has looked at yet."""
    return int(summary["deliveries"].get("new", 0))


def _wait_until(is_so: Callable[[], bool], seconds: float = STALLED_SECONDS) -> None:
    """No longer than is useful: what is missing then is found by the checks."""
    deadline = time.monotonic() + seconds
    while not is_so() and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def _is_quiet(summary: Any, branch: Branch) -> bool:
    unfinished = sum(
        states.get(state, 0) for states in summary["documents"].values() for state in UNFINISHED
    )
    held = summary["orders"].get("held", 0)
    return not (unfinished or _unread(summary) or held > len(branch.expected.held))


def wrong_answers(statuses: Counter[int], forged: int) -> list[str]:
    """Forged deliveries are refused with 401; every other one is accepted."""
    wrong = []
    if statuses[401] != forged:
        wrong.append(f"{statuses[401]} deliveries were refused, {forged} were forged")
    other = {status: n for status, n in statuses.items() if status not in (200, 401)}
    return wrong + [f"{n} deliveries ended with status {status}" for status, n in other.items()]


def _settle_up(run: Run, branch: Branch, result: Result) -> None:
    seen = look(branch)
    wrong = checks.problems(seen, branch.expected)
    title = f"{branch.title}, amounts in {branch.plan.profile.currency}"
    report.show(run.screen, title, seen, branch.expected)
    report.verdict(run.screen, wrong)
    result.documents += len(seen.live)
    result.held += len(seen.held)
    result.found += seen.found
    result.duplicates += checks.duplicates(seen)
    result.unbalanced += checks.unbalanced(seen)
    result.problems += [f"{branch.title}: {sentence}" for sentence in wrong]
