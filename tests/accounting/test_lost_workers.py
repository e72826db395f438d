"""What a worker that dies or sleeps at any point leaves: each document once, and in order."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError

from accounting import outbox, posting, sender
from accounting.connectors.base import Uncertain
from accounting.models import Document
from shopify_app import inbox
from tests.accounting.faults import Fuse, Killed, Ledger, Nap, fused
from tests.accounting.queued import queue, states
from tests.accounting.races import PATIENCE, on_own_connection, until_blocked
from tests.books import After, Clock, make_book, make_order_row, make_store
from tests.deliveries import make_delivery, make_shop
from tests.payloads import ORDER_ID

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("timing")]


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
        queue(make_order_row(store, point, clock()), clock, *numbers)
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


def test_a_sender_that_sleeps_past_its_lease_at_any_statement_doubles_nothing_when_it_wakes(
    pool: ThreadPoolExecutor, clock: Clock
) -> None:
    numbers, point, slept = ["SH-1", "SH-2"], 0, True
    while slept:
        ledger, nap = Ledger(), Nap(point)
        book = make_book(clock(), name=f"Book {point}")
        store = make_store(book, f"shop-{point}.test")
        queue(make_order_row(store, point, clock()), clock, *numbers)

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
