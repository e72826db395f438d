"""What stands around the story: port, processes, the closing line, and going on serving."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from django.conf import settings

from shopify_app.demo import leftovers, pretended, processes
from shopify_app.demo.books import DemoCompany
from shopify_app.demo.client import Books, Credentials, DemoFailed
from shopify_app.demo.connections import CONNECTIONS
from shopify_app.demo.figures import Ids
from shopify_app.demo.run import Branch, Result, Run, tell
from shopify_app.demo.screen import Screen

USUAL_PORT = 8000
IDS_PER_SECOND = 10_000  # a run started a second later never meets these ids
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
Company = tuple[str, Books]  # its title, its books


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was asked for on the command line."""

    systems: Sequence[str]
    orders: int
    once: bool
    port: int
    seed: int


class Stopped(Exception):
    """Ctrl-C, or a polite request to end."""


def perform(request: Request, out: TextIO) -> int:
    """The exit status: 0 only if every invariant held. Stops all it started, however it ends."""
    screen = Screen(out)
    port = request.port or free_port()
    url, home = f"http://127.0.0.1:{port}", settings.LEJAR_HOME
    running = processes.lejar(home, port, environment(url))
    try:
        with stoppable(), processes.Supervisor(running, screen.say):
            screen.say(f"Starting web server and worker on {url}")
            processes.wait_until_ready(f"{url}/healthz", running)
            companies = open_demo_companies(url)
            run = _run(request, url, screen)
            result, branches = _tell_all(request, run)
            screen.say()
            screen.say("Leaving something to do: a refused document, an import, a new shop")
            leftovers.leave(run, branches)
            if not request.once:
                _serve(screen, branches, companies)
    except Stopped:
        screen.end_progress()
        screen.say("Stopped.")
        return 130
    if request.once:
        screen.say(closing_line(result))
    return 1 if result.problems else 0


def closing_line(result: Result) -> str:
    """One JSON object, the last line of `--once`."""
    return json.dumps(asdict(result), ensure_ascii=False)


def environment(url: str) -> dict[str, str]:
    """For the processes: books and Shopify are the sandboxes that the web server itself serves.
    They need no pause between calls and no patience, as somebody's desktop would."""
    return {
        **os.environ,
        "SHOPIFY_ADMIN_URL": pretended.address(url),
        "ACCTBRIDGE_URL": f"{url}/sandbox/acctbridge",
        "ACCTBRIDGE_PROFILES": str(Path(__file__).parent / "profiles"),
        "SQL_ACCOUNT_URL": f"{url}/sandbox/sql_account",
        "AUTOCOUNT_CLOUD_URL": f"{url}/sandbox/autocount_cloud",
        "EMAIL_URL": "console:",
        "LEJAR_URL": url,
    }


def free_port() -> int:
    """The usual port, or any free one when somebody has it."""
    for port in (USUAL_PORT, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found: int = probe.getsockname()[1]
            return found
    raise DemoFailed("No port is free on 127.0.0.1")


def run_name(started: datetime) -> str:
    """Short, different every second, and usable in a shop's domain."""
    number, text = int(started.timestamp()), ""
    while number:
        number, digit = divmod(number, 36)
        text = DIGITS[digit] + text
    return text


def first_id(started: datetime) -> int:
    """Ids grow with the clock, so that no run of one database meets another's."""
    return int(started.timestamp() * IDS_PER_SECOND)


@contextmanager
def stoppable() -> Iterator[None]:
    """Ctrl-C and SIGTERM raise Stopped, so that everything is ended in order."""

    def stop(number: int, _frame: object) -> None:
        for each in before:
            signal.signal(each, signal.SIG_IGN)  # once is enough
        raise Stopped(signal.Signals(number).name)

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _run(request: Request, url: str, screen: Screen) -> Run:
    started = datetime.now(UTC)
    return Run(
        url=url,
        stand_ins=url,
        name=run_name(started),
        seed=request.seed,
        orders=request.orders,
        credentials=Credentials(
            api_key=settings.SHOPIFY_API_KEY, api_secret=settings.SHOPIFY_API_SECRETS[0]
        ),
        clock=lambda: datetime.now(UTC),
        ids=Ids(first_id(started)),
        screen=screen,
    )


def _tell_all(request: Request, run: Run) -> tuple[Result, list[Branch]]:
    run.screen.say(f"Seed {run.seed}: --seed {run.seed} tells the same story again")
    result = Result()
    branches = [branch for system in request.systems for branch in tell(run, system, result)]
    return result, branches


def open_demo_companies(url: str) -> list[Company]:
    """One for each connection, with empty books: what earlier ones held is gone."""
    return [
        (demo.connection.title, Books.open(url, demo.company, demo.connection.switches))
        for demo in (DemoCompany(connection=each) for each in CONNECTIONS)
    ]


def _serve(screen: Screen, branches: Sequence[Branch], companies: Sequence[Company]) -> None:
    for line in where_to_look(branches, companies):
        screen.say(line)
    while True:
        signal.pause()


def where_to_look(branches: Sequence[Branch], companies: Sequence[Company]) -> Iterator[str]:
    """One address to begin with; the books can be reached from no page of ours."""
    yield ""
    yield "Lejar goes on serving; Ctrl-C stops everything it started. Begin here:"
    yield ""
    yield f"  {branches[0].client.page('')}"
    yield ""
    yield "The other shops, and the language, are chosen at the top of that page. The books:"
    for branch in branches:
        yield f"  {branch.books.page}  {branch.title}"
    yield "Empty books for a new shop (choose Kedai Baru, then Connection):"
    for title, books in companies:
        yield f"  {books.page}  {title}"
