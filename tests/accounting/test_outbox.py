"""The queue with real threads and real connections: who holds what, and what a dead worker leaves.

Threads are stopped inside a statement (`Halt`) or known to wait for a lock (`until_blocked`), so
that each race is run the same way every time.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client
from pytest_django import Settings

from accounting import connections, outbox, posting, sender
from accounting.connectors.base import Uncertain
from accounting.documents.document import Document as Entry
from accounting.documents.document import Entry as AnyEntry
from accounting.documents.document import Key, Plan, Role
from accounting.facts import Facts
from accounting.models import Book, Document, Fact, Order, Store
from shopify_app import inbox, install
from shopify_app.models import Delivery, Shop
from shopify_app.payloads import facts_from
from tests.books import (
    After,
    Books,
    Clock,
    make_book,
    make_invoice,
    make_order_row,
    make_rows,
    make_store,
)
from tests.payloads import ORDER_ID, as_body, make_order

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "hush-test-secret-0123456789abcdef"
SHOP = "kedai-angsana.myshopify.com"
PATIENCE = 20  # seconds until a test that hangs fails instead


@pytest.fixture(autouse=True)
def timing(settings: Settings) -> None:
    settings.LEJAR_QUIET_SECONDS = [5, 30]
    settings.LEJAR_TROUBLE_SECONDS = [5, 60]
    settings.LEJAR_QUANTUM = 50


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
def order(clock: Clock) -> Order:
    return make_order_row(make_store(make_book(clock())), 1001, clock())


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as threads:
        yield threads


class Halt:
    """Stops a thread at its first statement that contains `text`, after it has run."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.reached, self.go = threading.Event(), threading.Event()

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if self.text in sql and not self.reached.is_set():
            self.wait()
        return result

    def wait(self) -> None:
        self.reached.set()
        assert self.go.wait(PATIENCE)


def on_own_connection(job: Callable[[], Any], halt: Halt | None = None) -> Callable[[], Any]:
    def run() -> Any:
        try:
            if halt is None:
                return job()
            with connection.execute_wrapper(halt):
                return job()
        finally:
            connection.close()

    return run


def together(pool: ThreadPoolExecutor, jobs: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run all jobs at once, each on its own connection. Raises what any of them raised."""
    barrier = threading.Barrier(len(jobs))

    def start(job: Callable[[], Any]) -> Any:
        barrier.wait(PATIENCE)
        return job()

    futures = [pool.submit(on_own_connection(partial(start, job))) for job in jobs]
    return [future.result(PATIENCE) for future in futures]


@contextmanager
def halted(pool: ThreadPoolExecutor, job: Callable[[], Any], text: str) -> Iterator[Future[Any]]:
    """While `job` stands still in the middle; it is let go and finished at the end."""
    halt = Halt(text)
    future = pool.submit(on_own_connection(job, halt))
    try:
        assert halt.reached.wait(PATIENCE)
        yield future
    finally:
        halt.go.set()
    future.result(PATIENCE)


BLOCKED = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


def until_blocked(future: Future[Any]) -> None:
    """Return when some thread waits for a lock, or when this one has nothing to wait for."""
    for _ in range(PATIENCE * 100):
        with connection.cursor() as cursor:
            cursor.execute(BLOCKED)
            row = cursor.fetchone()
        if future.done() or (row and row[0]):
            return
        threading.Event().wait(0.01)
    raise AssertionError("neither blocked nor done")


def queue(order: Order, now: datetime, *numbers: str) -> None:
    with transaction.atomic():
        Order.objects.select_for_update().get(id=order.id)
        entries: list[Any] = [make_invoice(number) for number in numbers]
        outbox.enqueue(make_rows(order, entries, now), now=now)


def states() -> dict[str, str]:
    return dict(Document.objects.values_list("number", "state"))


# --- holding a book --------------------------------------------------------------------------


def test_of_many_workers_one_holds_a_book(pool: ThreadPoolExecutor, order: Order) -> None:
    claims = together(pool, [lambda: outbox.claim(now=order.facts_at)] * 8)

    assert sum(claim is not None for claim in claims) == 1
    assert Book.objects.get().fence == 1


def test_workers_claim_different_books(pool: ThreadPoolExecutor, clock: Clock) -> None:
    books = {make_book(clock(), name=f"Book {number}").id for number in range(4)}

    claims = together(pool, [lambda: outbox.claim(now=clock())] * 8)

    held = [claim.book.id for claim in claims if claim is not None]
    assert sorted(held) == sorted(books)


def test_a_document_added_just_before_a_release_is_seen_by_it(
    pool: ThreadPoolExecutor, order: Order, clock: Clock
) -> None:
    held = outbox.claim(now=clock())
    assert held is not None

    with halted(pool, lambda: queue(order, clock(), "SH-1"), 'UPDATE "accounting_book"'):
        release = pool.submit(on_own_connection(lambda: outbox.release(held, now=clock())))
        until_blocked(release)
    release.result(PATIENCE)

    assert Book.objects.get().ready_at == clock()


def test_a_document_added_during_a_release_wakes_the_book_after_it(
    pool: ThreadPoolExecutor, order: Order, clock: Clock
) -> None:
    held = outbox.claim(now=clock())
    assert held is not None

    with halted(pool, lambda: outbox.release(held, now=clock()), 'UPDATE "accounting_book"'):
        adding = pool.submit(on_own_connection(lambda: queue(order, clock(), "SH-1")))
        until_blocked(adding)
    adding.result(PATIENCE)

    assert Book.objects.get().ready_at == clock()
    assert states() == {"SH-1": "queued"}


def test_what_is_left_sending_is_looked_at_even_if_its_book_was_released(
    order: Order, clock: Clock
) -> None:
    queue(order, clock(), "SH-1")
    held = outbox.claim(now=clock())
    assert held is not None
    Document.objects.update(state="sending")

    outbox.release(held, now=clock())
    released = Book.objects.get().ready_at
    Book.objects.update(ready_at=None)
    woken = outbox.wake_forgotten(now=clock())

    assert (released, woken) == (clock(), 1)
    assert outbox.claim(now=clock()) is not None
    assert states() == {"SH-1": "unknown"}


def test_connecting_books_anew_leaves_their_holder_alone(
    pool: ThreadPoolExecutor, order: Order, clock: Clock
) -> None:
    def connect() -> None:
        connections.connect(
            store_id=order.store_id,
            system="autocount",
            way="acctbridge",
            home_currency="MYR",
            credentials={},
            who="a",
            now=clock(),
        )

    with halted(pool, connect, 'FROM "accounting_book"'):
        held = outbox.claim(now=clock())

    book = Book.objects.get()
    assert held is not None
    assert (book.fence, book.leased_until) == (held.fence, held.leased_until)
    assert (book.state, book.system) == ("setup", "autocount")


# --- planning, people and the sender at the same time ----------------------------------------


def test_a_document_planned_while_its_forerunner_is_posted_gets_its_turn(
    pool: ThreadPoolExecutor, order: Order, clock: Clock
) -> None:
    books = Books()
    queue(order, clock(), "SH-1")
    unfinished = 'NOT ("accounting_document"."state" IN'

    # Planning sees SH-1 still under way, and stands still before its commit.
    with (
        sending(pool, books, clock) as at_work,
        halted(pool, lambda: queue(order, clock(), "SH-2"), unfinished),
    ):
        at_work.go.set()
        until_blocked(at_work.future)
    sender.send_due(lambda _: books, clock=clock)

    assert states() == {"SH-1": "posted", "SH-2": "posted"}


@dataclass
class AtWork:
    future: Future[Any]
    go: threading.Event


@contextmanager
def sending(pool: ThreadPoolExecutor, books: Books, clock: Clock) -> Iterator[AtWork]:
    """While a sender stands between the books' yes and writing it down."""
    written, go = threading.Event(), threading.Event()
    post = books.post

    def slowly(entry: AnyEntry) -> None:
        post(entry)
        written.set()
        assert go.wait(PATIENCE)

    books.post = slowly  # type: ignore[method-assign]  # this one instance is slow
    send = on_own_connection(lambda: sender.send_due(lambda _: books, clock=clock))
    future = pool.submit(send)
    try:
        assert written.wait(PATIENCE)
        yield AtWork(future, go)
    finally:
        go.set()
        future.result(PATIENCE)
        books.post = post  # type: ignore[method-assign]  # and is itself again


def test_a_document_skipped_while_the_sender_reaches_for_it_is_not_sent(
    pool: ThreadPoolExecutor, order: Order, clock: Clock
) -> None:
    books = Books()
    queue(order, clock(), "SH-1", "SH-2")
    first = Document.objects.get(number="SH-1")

    def skip() -> None:
        posting.skip(store_id=order.store_id, document_id=first.id, reason="", who="a", now=clock())

    with halted(pool, skip, 'UPDATE "accounting_document"'):
        send = on_own_connection(lambda: sender.send_due(lambda _: books, clock=clock))
        at_work = pool.submit(send)
        until_blocked(at_work)
    at_work.result(PATIENCE)
    sender.send_due(lambda _: books, clock=clock)

    assert states() == {"SH-1": "skipped", "SH-2": "posted"}
    assert list(books.held) == ["SH-2"]


def test_nothing_more_is_sent_once_the_book_is_paused(order: Order, clock: Clock) -> None:
    books = Books()
    queue(order, clock(), "SH-1", "SH-2")
    post = books.post

    def pausing(entry: AnyEntry) -> None:
        post(entry)
        Book.objects.update(state="paused")

    books.post = pausing  # type: ignore[method-assign]  # the merchant presses pause meanwhile
    sender.send_due(lambda _: books, clock=clock)

    assert states() == {"SH-1": "posted", "SH-2": "queued"}


# --- planning --------------------------------------------------------------------------------


def entries_of(facts: Facts, sealed: Sequence[AnyEntry], stem: str) -> tuple[Entry, ...]:
    """An invoice and a payment, unless they are sealed already."""
    order = facts.latest
    assert order is not None
    wanted = [(Role.INVOICE, stem), (Role.PAYMENT, f"{stem}-P1")]
    had = {entry.number for entry in sealed}
    return tuple(
        replace(make_invoice(key=Key(role=role, source_id=order.id)), number=number)
        for role, number in wanted
        if number not in had
    )


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """`build` makes an invoice and a payment; the list says for which orders it was called."""
    calls: list[int] = []

    def build(facts: Facts, rules: Any, sealed: Sequence[AnyEntry], **more: Any) -> Plan:
        assert facts.latest is not None
        calls.append(facts.latest.id)
        return Plan(entries=entries_of(facts, sealed, more["stem"]))

    monkeypatch.setattr(posting, "build", build)
    return calls


def tell(store: Store, now: datetime, **changes: Any) -> None:
    facts = facts_from("orders/paid", as_body(make_order(**changes)), triggered_at=now)
    posting.record_facts(store_id=store.id, facts=facts, told_by="delivery 1", now=now)


def test_many_planners_plan_each_order_once(
    pool: ThreadPoolExecutor, clock: Clock, planned: list[int]
) -> None:
    store = make_store(make_book(clock()))
    for number in range(6):
        tell(store, clock(), id=7000 + number, name=f"#{7000 + number}")

    together(pool, [lambda: posting.plan(now=clock())] * 4)

    assert sorted(planned) == list(range(7000, 7006))
    assert Document.objects.count() == 12


def test_two_orders_of_one_name_planned_at_once_get_two_numbers(
    pool: ThreadPoolExecutor, clock: Clock, planned: list[int]
) -> None:
    store = make_store(make_book(clock()))
    tell(store, clock(), id=71, name="#1001")
    tell(store, clock(), id=72, name="#1001")

    with halted(pool, lambda: posting.plan(now=clock()), 'INSERT INTO "accounting_document"'):
        second = pool.submit(on_own_connection(lambda: posting.plan(now=clock())))
        until_blocked(second)
    second.result(PATIENCE)

    assert sorted(Order.objects.values_list("state", flat=True)) == ["planned", "planned"]
    assert len(set(Order.objects.values_list("stem", flat=True))) == 2
    assert sorted(planned) == [71, 72]


def test_facts_that_arrive_during_planning_plan_the_order_again(
    pool: ThreadPoolExecutor, clock: Clock, planned: list[int]
) -> None:
    store = make_store(make_book(clock()))
    tell(store, clock())

    with halted(pool, lambda: posting.plan(now=clock()), 'INSERT INTO "accounting_document"'):
        telling = pool.submit(
            on_own_connection(lambda: tell(store, clock(), updated_at="2026-11-21T00:00:00Z"))
        )
        until_blocked(telling)
    telling.result(PATIENCE)

    due_again = Order.objects.get().plan_at == clock()
    assert due_again or len(planned) == 2  # the same planner may already have done it


def test_planners_and_people_never_lock_two_books_together(
    pool: ThreadPoolExecutor,
    clock: Clock,
    planned: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(posting, "PLAN_BATCH", 2)
    stores = [make_store(make_book(clock(), name=name), f"{name}.test") for name in "ab"]
    for number, store in enumerate([stores[0], stores[1], stores[1], stores[0]]):
        tell(store, clock() + timedelta(seconds=number), id=80 + number, name=f"#{80 + number}")
    later = clock() + timedelta(minutes=1)

    with halted(pool, lambda: posting.plan(now=later), 'UPDATE "accounting_book"'):
        second = pool.submit(on_own_connection(lambda: posting.plan(now=later)))
        until_blocked(second)
    second.result(PATIENCE)

    assert Document.objects.count() == 8


# --- the same thing said twice at once -------------------------------------------------------


def signed_delivery(body: bytes, webhook_id: str, shop: str) -> int:
    digest = hmac.new(SECRET.encode(), body, hashlib.sha256).digest()
    headers = {
        "X-Shopify-Hmac-Sha256": base64.b64encode(digest).decode(),
        "X-Shopify-Shop-Domain": shop,
        "X-Shopify-Topic": "orders/paid",
        "X-Shopify-Webhook-Id": webhook_id,
    }
    path, kind = "/webhooks/shopify", "application/json"
    return Client().post(path, body, content_type=kind, headers=headers).status_code


def make_shop(domain: str, now: datetime, book: Book | None = None) -> Shop:
    return Shop.objects.create(domain=domain, store=make_store(book, domain), installed_at=now)


def make_delivery(shop: str, webhook_id: str, now: datetime, **changes: Any) -> Delivery:
    return Delivery.objects.create(
        shop_domain=shop,
        webhook_id=webhook_id,
        topic="orders/paid",
        body=zlib.compress(as_body(make_order(**changes))),
        received_at=now,
    )


def test_one_delivery_posted_by_many_at_once_is_stored_once(
    pool: ThreadPoolExecutor, settings: Settings
) -> None:
    settings.SHOPIFY_API_SECRETS = [SECRET]
    body = as_body(make_order())

    answers = together(pool, [lambda: signed_delivery(body, "same", SHOP)] * 8)

    assert answers == [200] * 8
    assert Delivery.objects.count() == 1


def test_the_same_facts_told_by_many_at_once_are_one_fact(
    pool: ThreadPoolExecutor, clock: Clock
) -> None:
    store = make_store(None)

    together(pool, [lambda: tell(store, clock())] * 8)

    assert (Order.objects.count(), Fact.objects.count()) == (1, 1)


def test_of_two_shops_that_claim_one_order_at_once_one_is_refused(
    pool: ThreadPoolExecutor, clock: Clock
) -> None:
    mine, other = make_store(None, "mine.test"), make_store(None, "other.test", prefix="OT")

    with halted(pool, lambda: tell(mine, clock()), 'INSERT INTO "accounting_order"'):
        theft = pool.submit(on_own_connection(lambda: tell(other, clock())))
        until_blocked(theft)

    with pytest.raises(posting.Refused):
        theft.result(PATIENCE)
    assert Order.objects.get().store == mine
    assert Fact.objects.get().store == mine


def test_two_workers_with_the_same_orders_the_other_way_round_do_not_block_each_other(
    pool: ThreadPoolExecutor, clock: Clock
) -> None:
    make_shop(SHOP, clock())
    for number, order_id in enumerate([91, 92, 92, 91]):
        make_delivery(SHOP, str(number), clock(), id=order_id)

    def process() -> None:
        inbox.process(now=clock(), limit=2)

    with halted(pool, process, 'INSERT INTO "accounting_order"'):
        second = pool.submit(on_own_connection(process))
        until_blocked(second)
    second.result(PATIENCE)

    assert set(Delivery.objects.values_list("state", flat=True)) == {"done"}


def test_a_delivery_parked_while_its_shop_arrives_is_released(
    pool: ThreadPoolExecutor, clock: Clock
) -> None:
    make_delivery(SHOP, "1", clock())

    def process() -> None:
        inbox.process(now=clock(), limit=1)

    with halted(pool, process, 'UPDATE "shopify_app_delivery"'):
        arriving = pool.submit(on_own_connection(lambda: install.first_contact(SHOP, now=clock())))
        until_blocked(arriving)
    arriving.result(PATIENCE)

    assert Delivery.objects.get().state == "new"


# --- a worker that dies ----------------------------------------------------------------------


class Killed(BaseException):
    """Not an Exception: a killed process handles nothing."""


@dataclass
class Ledger(Books):
    """Books that do not enforce unique numbers: a second write is a second document."""

    written: list[str] = field(default_factory=list)

    def post(self, entry: AnyEntry) -> None:
        self.held.pop(entry.number, None)
        try:
            super().post(entry)
        finally:
            if entry.number in self.held:
                self.written.append(entry.number)


@dataclass
class Fuse:
    """Loses the connection at the n-th commit of its thread, then raises `error`.

    A statement outside a transaction is its own commit; those inside one are undone together.
    `after` decides whether the database had done it by then: with an answer lost after a commit
    the worker does not know.
    """

    point: int
    error: BaseException
    after: bool
    passed: int = 0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if connection.in_atomic_block:
            return execute(sql, params, many, context)
        return self.step(lambda: execute(sql, params, many, context))

    def step(self, action: Callable[[], Any]) -> Any:
        blown = self.passed == self.point
        self.passed += 1
        if not blown:
            return action()
        if self.after:
            action()
        assert connection.connection is not None
        connection.connection.close()
        raise self.error


@contextmanager
def fused(fuse: Fuse | Nap) -> Iterator[None]:
    wrapper: Any = connection  # `_commit` is where Django's every COMMIT is sent
    commit = wrapper._commit
    wrapper._commit = lambda: fuse.step(commit)
    try:
        with connection.execute_wrapper(fuse):
            yield
    finally:
        wrapper._commit = commit
        if fuse.passed > fuse.point:
            connection.close()


def survive(fuse: Fuse, work: Callable[[], Any], clock: Clock) -> bool:
    """Workers go on until two documents are posted, and one of them blows its fuse. Returns False
    when they were done before that.

    The pauses are longer than any lease, quiet period or probe.
    """
    posted = Document.objects.filter(state="posted")
    before, rounds = posted.count(), 0
    while posted.count() < before + 2:
        with fused(fuse), suppress(Killed, OperationalError):
            work()
        clock.advance(minutes=2)
        outbox.wake_forgotten(now=clock())
        rounds += 1
        assert rounds < 20, f"not posted after losing commit {fuse.point}"
    return fuse.passed > fuse.point


FAULTS = {
    "killed": (Killed(), True, False),
    "connection lost, outcome unknown": (OperationalError("lost"), True, False),
    "killed, and the books' answer lost": (Killed(), True, True),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_sender_lost_at_any_commit_leaves_each_document_written_once_and_in_order(
    clock: Clock, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    error, after, answer_lost = FAULTS[fault]
    numbers, point, blown = ["SH-1", "SH-2"], 0, True
    while blown:
        ledger = Ledger()
        book = make_book(clock(), name=f"Book {point}")
        store = make_store(book, f"shop-{point}.test")
        queue(make_order_row(store, point, clock()), clock(), *numbers)
        if answer_lost:
            ledger.fail["post"] = [After(Uncertain("no answer"))]

        def work(ledger: Ledger = ledger) -> None:
            sender.send_due(lambda _: ledger, clock=clock, chance=lambda: 0.0)

        blown = survive(Fuse(point, error, after), work, clock)

        assert ledger.written == numbers, point
        point += 1

    assert point > 12


def test_a_worker_killed_anywhere_between_the_door_and_the_books_loses_and_doubles_nothing(
    clock: Clock, planned: list[int]
) -> None:
    point, blown = 0, True
    while blown:
        ledger = Ledger()
        shop = make_shop(f"shop-{point}.myshopify.com", clock(), make_book(clock()))
        make_delivery(shop.domain, "1", clock(), id=ORDER_ID + point, name=f"#{point}")

        def work(ledger: Ledger = ledger) -> None:
            inbox.process(now=clock())
            posting.plan(now=clock())
            sender.send_due(lambda _: ledger, clock=clock, chance=lambda: 0.0)

        blown = survive(Fuse(point, Killed(), False), work, clock)

        documents = Document.objects.filter(store=shop.store).order_by("id")
        assert ledger.written == list(documents.values_list("number", flat=True)), point
        assert len(ledger.written) == 2
        point += 1

    assert point > 12
    assert set(states().values()) == {"posted"}


class Nap(Halt):
    """Stops a thread before its n-th statement or commit."""

    def __init__(self, point: int) -> None:
        super().__init__("")
        self.point, self.passed = point, 0

    def over(self, _: object) -> None:
        self.reached.set()

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        return self.step(lambda: execute(sql, params, many, context))

    def step(self, action: Callable[[], Any]) -> Any:
        self.passed += 1
        if self.passed == self.point + 1:
            self.wait()
        return action()


def test_a_sender_that_sleeps_past_its_lease_at_any_statement_doubles_nothing_when_it_wakes(
    pool: ThreadPoolExecutor, clock: Clock
) -> None:
    numbers, point, slept = ["SH-1", "SH-2"], 0, True
    while slept:
        ledger, nap = Ledger(), Nap(point)
        book = make_book(clock(), name=f"Book {point}")
        store = make_store(book, f"shop-{point}.test")
        queue(make_order_row(store, point, clock()), clock(), *numbers)

        def work(ledger: Ledger = ledger) -> None:
            sender.send_due(lambda _: ledger, clock=clock, chance=lambda: 0.0)

        def sleeper(nap: Nap = nap, work: Callable[[], None] = work) -> None:
            with fused(nap):
                work()

        zombie = pool.submit(on_own_connection(sleeper))
        zombie.add_done_callback(nap.over)
        assert nap.reached.wait(PATIENCE)
        clock.advance(minutes=2)
        others = pool.submit(on_own_connection(partial(go_on, work, clock)))
        until_blocked(others)
        slept = not zombie.done()
        nap.go.set()
        zombie.result(PATIENCE)
        others.result(PATIENCE)
        go_on(work, clock)

        assert ledger.written == numbers, point
        assert set(Document.objects.values_list("state", flat=True)) == {"posted"}, point
        point += 1

    assert point > 25


def go_on(work: Callable[[], None], clock: Clock) -> None:
    for _ in range(4):
        work()
        clock.advance(minutes=2)
        outbox.wake_forgotten(now=clock())


# --- the queue stays quick when it is long ---------------------------------------------------


FILL = """
    INSERT INTO accounting_book (name, system, way, home_currency, sealed_credentials, state,
        state_reason, fingerprint, findings, ready_at, fence, trouble_count, trouble)
    SELECT 'b', 'sql_accounting', 'acctbridge', 'MYR', '', 'active', '', '', '[]',
        CASE WHEN n %% 5 = 0 THEN %(now)s::timestamptz END, 0, 0, ''
    FROM generate_series(1, 2000) n;
    INSERT INTO accounting_order (store_id, order_id, name, state, note, problems, stem, trigger,
        facts_at, plan_at)
    SELECT %(store)s, n, '', 'planned', '', '[]', '', '', %(now)s,
        CASE WHEN n %% 50 = 0 THEN %(now)s::timestamptz END
    FROM generate_series(10001, 30000) n;
    INSERT INTO accounting_document (store_id, book_id, order_id, kind, role, source_id, source,
        target, number, date, currency, total, payload, payload_sha256, facts_sha256, rules_sha256,
        schema, state, message, ready_at, attempts, look_ups, fence, posted_at, receipt, created_at)
    SELECT %(store)s, %(book)s, id, 'invoice', 'IV', copy, order_id, '', order_id || '-' || copy,
        '2026-11-20', 'MYR', 1, '{}', '', '', '', 1,
        CASE WHEN copy = 1 OR id %% 10 > 0 THEN 'posted' ELSE 'queued' END, '', %(now)s, 0, 0, 0,
        %(now)s, '{}', %(now)s
    FROM accounting_order, generate_series(1, 2) copy WHERE order_id > 10000;
    ANALYZE accounting_book, accounting_order, accounting_document;
"""


class Explain:
    """Collects the plan of every statement that names a table of interest."""

    def __init__(self) -> None:
        self.plans: list[str] = []

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip().startswith(("SELECT", "UPDATE")):
            with connection.connection.cursor() as cursor:
                cursor.execute("EXPLAIN " + sql, params)
                self.plans.append("\n".join(row[0] for row in cursor.fetchall()))
        return execute(sql, params, many, context)


def test_every_step_of_the_queue_is_answered_from_its_partial_index(
    order: Order, clock: Clock
) -> None:
    here: dict[str, Any] = {"now": clock(), "store": order.store_id, "book": order.store.book_id}
    with connection.cursor() as cursor:
        cursor.execute(FILL, here)
    some = Order.objects.filter(plan_at=None, order_id__gt=20000).first()
    assert some is not None

    explain = Explain()
    with connection.execute_wrapper(explain), transaction.atomic():
        held = outbox.claim(now=clock())
        assert held is not None
        outbox.next_due(held, now=clock())
        outbox.advance(some.id, now=clock())
        outbox.release(held, now=clock())
        posting._plan_next(clock())
        outbox.wake_forgotten(now=clock())

    used = "\n".join(explain.plans)
    for index in ("book_ready", "document_due", "document_sending", "document_unfinished"):
        assert index in used
    assert "order_to_plan" in used
    for table in ("document", "order"):
        assert f"Seq Scan on accounting_{table}" not in used
    assert not re.search(r"Sort Key:.*(ready_at|plan_at)", used)
