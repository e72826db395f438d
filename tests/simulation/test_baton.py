"""One worker runs at a time, and who waits in PostgreSQL waits as it would by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import psycopg
import pytest
from django.db import connection, transaction
from django.db.backends.signals import connection_created

from accounting.models import Book
from shopify_app.simulation.baton import Baton, Killed, State, Worker
from shopify_app.simulation.stage import _own_connection
from tests.books import make_book

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def baton() -> Iterator[Baton]:
    monitor: psycopg.Connection = _own_connection()
    played = Baton(monitor, ("one", "two", "three"))

    def connected(**given: object) -> None:
        if worker := played.running:
            raw: psycopg.Connection = given["connection"].connection  # type: ignore[attr-defined]
            raw.execute("SET deadlock_timeout = '1h'")
            worker.pid = raw.info.backend_pid

    connection_created.connect(connected)
    played.start(lambda _: None)
    yield played
    while busy := [one for one in played.workers if one.state is not State.IDLE]:
        played.settle()
        free = next(one for one in busy if one.state is not State.BLOCKED)
        free.is_doomed = True
        played.let(free)
    played.end()
    connection_created.disconnect(connected)
    monitor.close()


def give(baton: Baton, name: str, job: Callable[[], object]) -> Worker:
    worker = next(one for one in baton.workers if one.name == name)
    worker.job, worker.state = job, State.READY
    return worker


def change(baton: Baton, *books: Book, pause: bool = True) -> Callable[[], None]:
    """Change the rows one after another in a transaction, giving the baton back after each."""

    def job() -> None:
        worker = baton.running
        assert worker is not None
        with transaction.atomic():
            for book in books:
                rows = Book.objects.filter(id=book.pk)
                baton.stated(worker, lambda: rows.update(name=worker.name))  # noqa: B023  # at once
                if pause:
                    baton.give_back(worker, State.READY)

    return job


def name_of(book: Book) -> str:
    return Book.objects.get(id=book.pk).name


def test_who_waits_for_a_row_gives_the_baton_back_and_has_the_row_afterwards(
    baton: Baton, now: datetime
) -> None:
    book = make_book(now)
    one = give(baton, "one", change(baton, book))
    two = give(baton, "two", change(baton, book))

    baton.let(one)
    baton.let(two)
    blocked = two.state
    settled = baton.settle()
    baton.let(one)
    baton.settle()
    ready = two.state
    baton.let(two)
    baton.let(two)

    assert (blocked, settled, ready) == (State.BLOCKED, [], State.READY)
    assert (one.state, two.state) == (State.IDLE, State.IDLE)
    assert name_of(book) == "two"


def test_of_those_who_wait_in_a_circle_one_has_its_statement_cancelled(
    baton: Baton, now: datetime
) -> None:
    first, second = make_book(now), make_book(now)
    one = give(baton, "one", change(baton, first, second))
    two = give(baton, "two", change(baton, second, first))

    for worker in (one, two, one, two):
        baton.let(worker)
    circle = baton.settle()
    for worker in (two, one):
        while worker.state is not State.IDLE:
            baton.settle()
            baton.let(worker)

    assert circle == [two]
    assert isinstance(two.error, Exception)
    assert one.error is None
    assert (name_of(first), name_of(second)) == ("one", "one")


def test_who_is_killed_leaves_nothing_half_done_and_begins_anew(
    baton: Baton, now: datetime
) -> None:
    book = make_book(now)
    before = name_of(book)
    one = give(baton, "one", change(baton, book))
    two = give(baton, "two", change(baton, book, pause=False))

    baton.let(one)
    baton.let(two)
    one.is_doomed = True
    baton.let(one)
    undone = name_of(book)
    baton.settle()
    baton.let(two)

    assert isinstance(one.error, Killed)
    assert undone == before
    assert (two.error, name_of(book)) == (None, "two")

    again = give(baton, "one", change(baton, book, pause=False))
    baton.let(again)

    assert (again.error, name_of(book)) == (None, "one")


def test_a_restart_of_the_database_undoes_everybodys_work_and_gives_nobody_a_lock(
    baton: Baton, now: datetime
) -> None:
    book, other = make_book(now), make_book(now)
    before = name_of(book)
    one = give(baton, "one", change(baton, book))
    two = give(baton, "two", change(baton, book, pause=False))

    def restart() -> None:
        worker = baton.running
        assert worker is not None
        with transaction.atomic():
            Book.objects.filter(id=other.pk).update(name="three")
            baton.drop_connections(worker)
            Book.objects.count()

    three = give(baton, "three", restart)
    for worker in (one, two, three):
        baton.let(worker)
    baton.settle()
    for worker in (one, two):
        baton.let(worker)

    assert all(isinstance(worker.error, Exception) for worker in (one, two, three))
    assert name_of(book) == name_of(other) == before
    assert not connection.in_atomic_block


def test_of_those_who_wait_for_one_row_the_first_to_come_is_the_first_to_have_it(
    baton: Baton, now: datetime
) -> None:
    """Although the row is another one once it was changed, for which both could race."""
    for _ in range(20):
        book = make_book(now)
        one = give(baton, "one", change(baton, book))
        two = give(baton, "two", change(baton, book, pause=False))
        three = give(baton, "three", change(baton, book, pause=False))
        for worker in (one, three, two, one):
            baton.let(worker)

        baton.settle()
        states = (two.state, three.state)
        baton.let(three)
        baton.settle()
        baton.let(two)

        assert states == (State.BLOCKED, State.READY)
        assert name_of(book) == "two"
