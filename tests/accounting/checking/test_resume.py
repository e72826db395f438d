"""A check that is killed or stopped goes on from where it was, and finds what is to be found."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounting import book_trouble, check_rows, check_slice, checking, outbox, sender
from accounting.connectors.base import Misconfigured, Throttled, Unavailable
from accounting.documents.document import Document, Kind
from accounting.models import Audit, Book, BookCheck, BookDifference, BookSighting, Order, Store
from accounting.models import Document as Row
from tests.accounting.checking.conftest import Check
from tests.accounting.checking.shelf import Killed, Shelf, shown, stands
from tests.accounting.queued import queue
from tests.books import Clock, make_book, make_invoice, make_receipt

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("timing")]
D = Decimal
ALL = [
    ("duplicated", "marker", "SH-1003"),
    ("foreign", "", "SH-9001"),
    ("missing", "", "SH-1001"),
    ("unallocated", "", "SH-1002-P1"),
    ("changed", "total", "SH-1004"),
]


@pytest.fixture
def spoilt(shelf: Shelf, sold: list[tuple[Document, Document]]) -> Shelf:
    """Books with a difference of every kind, and a list that has to be done without."""
    shelf.partly = frozenset({Kind.INVOICE})
    shelf.listed[Kind.INVOICE].pop(5)
    shelf.drop("SH-1001")
    shelf.change("SH-1002-P1", unapplied=D("107.00"))
    shelf.change("SH-1002", outstanding=D("107.00"))
    shelf.change("SH-1004", total=D("100.00"))
    shelf.hold(Kind.INVOICE, shown(sold[2][0], number="IV-00077", external_id="copy"))
    shelf.hold(Kind.INVOICE, shown(make_invoice("SH-9001"), marker=""))
    return shelf


def everything() -> dict[str, list[Any]]:
    """All that the product keeps of documents and of books, but the claim and the last answer."""
    claim = ("leased_until", "fence", "ready_at", "answered_at")
    books = [{k: v for k, v in row.items() if k not in claim} for row in Book.objects.values()]
    return {"documents": list(Row.objects.order_by("id").values()), "books": books}


def processes(
    shelf: Shelf, order: Order, clock: Clock, reads: int
) -> Iterator[BookCheck]:  # pragma: no branch
    """One process after the other, each killed after so many reads; the check as each left it."""
    while True:
        shelf.kill_at = reads
        begun = checking.start(store_id=order.store_id, who="cron", now=clock())
        try:
            checking.run(begun.id, lambda _: shelf, clock=clock, wait=lambda _: None)
        except Killed:
            clock.advance(seconds=60)  # its lease runs out
        left = BookCheck.objects.get(id=begun.id)
        yield left
        if left.state == "finished":
            return


def test_killed_after_any_read_it_finds_the_same_as_if_it_had_not_been(
    spoilt: Shelf, order: Order, clock: Clock, check: Check
) -> None:
    before = everything()
    check()
    assert stands() == ALL
    reads = sum(spoilt.calls.count(call) for call in set(spoilt.calls))

    for dies_at in range(reads):
        BookDifference.objects.all().delete()
        BookCheck.objects.all().delete()
        spoilt.kill_at = dies_at
        begun = checking.start(store_id=order.store_id, who="cron", now=clock())
        with pytest.raises(Killed):
            checking.run(begun.id, lambda _: spoilt, clock=clock, wait=lambda _: None)
        clock.advance(seconds=60)
        spoilt.kill_at = None

        done = check()

        assert (done.id, done.state) == (begun.id, "finished")
        assert stands() == ALL
    assert reads > 15
    assert everything() == before


def test_killed_at_every_page_it_reads_each_page_once_more_at_most(
    spoilt: Shelf, order: Order, clock: Clock
) -> None:
    ends = list(processes(spoilt, order, clock, reads=3))  # whose company, a page, whose company

    pages = [call for call in spoilt.calls if call.startswith("list")]
    assert ends[-1].state == "finished"
    assert len(ends) >= 8
    assert len(pages) == len(set(pages))
    assert stands() == ALL


@pytest.mark.parametrize("at", ["note", "resolve"])
@pytest.mark.parametrize("before", [True, False])
def test_killed_before_a_page_is_committed_nothing_of_it_is_kept(
    at: str,
    before: bool,
    spoilt: Shelf,
    order: Order,
    clock: Clock,
    check: Check,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    honest, deaths = getattr(check_rows, at), iter([True])

    def dying(given: BookCheck, *more: Any) -> None:
        has_found = at == "resolve" or bool(more[0])
        if before and has_found and next(deaths, False):
            raise Killed
        honest(given, *more)
        if has_found and next(deaths, False):
            raise Killed

    monkeypatch.setattr(check_rows, at, dying)
    with pytest.raises(Killed):
        check()
    clock.advance(seconds=60)
    kept = BookDifference.objects.exists()

    check()

    assert kept is (at == "resolve")
    assert stands() == ALL


def test_run_twice_nothing_is_told_twice(spoilt: Shelf, check: Check) -> None:
    check()
    first = list(BookDifference.objects.order_by("id").values_list("id", flat=True))

    check()

    assert list(BookDifference.objects.order_by("id").values_list("id", flat=True)) == first
    assert BookCheck.objects.count() == 2


def test_nothing_but_the_checks_own_rows_is_written(spoilt: Shelf, check: Check) -> None:
    before = everything()

    check()

    assert everything() == before
    assert {call.split()[0] for call in spoilt.calls} == {"identity", "list", "find"}
    assert Audit.objects.get().action == "books compared"


def test_a_check_that_has_not_moved_for_a_day_begins_anew(
    spoilt: Shelf, order: Order, clock: Clock, check: Check
) -> None:
    old = next(processes(spoilt, order, clock, reads=8))
    assert BookSighting.objects.exists()
    clock.advance(days=1, seconds=1)
    spoilt.kill_at = None

    new = check()

    old.refresh_from_db()
    assert (old.state, new.state) == ("abandoned", "finished")
    assert new.id != old.id
    assert stands() == ALL


# --- trouble ---------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["identity", "documents", "find"])
@pytest.mark.parametrize(
    ("error", "pause"),
    [
        (Unavailable("The accounting PC is not connected."), 5),
        (Unavailable("Asked to wait.", retry_after=90), 90),
        (Throttled("No more calls.", retry_after=40), 40),
    ],
)
def test_trouble_stops_it_with_its_place_kept_and_says_so(
    where: str, error: Exception, pause: int, spoilt: Shelf, check: Check, clock: Clock
) -> None:
    spoilt.fail[where].append(error)

    stopped = check()

    assert (stopped.state, stopped.message, stopped.tries) == ("stopped", str(error), 1)
    assert stopped.ready_at == clock() + timedelta(seconds=pause)
    assert check().id == stopped.id
    assert stands() == ALL
    assert not Book.objects.exclude(trouble_count=0).exists()


def test_a_throttled_check_keeps_senders_waiting_too(
    spoilt: Shelf, order: Order, check: Check, clock: Clock
) -> None:
    queue(order, clock, "SH-2001")
    spoilt.fail["documents"].append(Throttled("No more calls.", retry_after=40))

    check()

    assert Book.objects.get().ready_at == clock() + timedelta(seconds=40)


@pytest.mark.parametrize("tries", [0, 1, 5])
def test_pauses_grow_while_the_books_stay_silent(
    tries: int, spoilt: Shelf, check: Check, clock: Clock
) -> None:
    spoilt.fail["documents"] = [Unavailable("Offline.")] * 7
    stopped = check()

    for _ in range(tries):
        clock.now = stopped.ready_at or clock.now
        checking.go_on(lambda _: spoilt, clock=clock)
        stopped.refresh_from_db()

    assert stopped.ready_at == clock() + timedelta(seconds=[5, 60, 60, 60, 60, 60][tries])
    assert stopped.tries == tries + 1


@pytest.mark.parametrize("message", ["The API key was refused.", "NUL\0 and \ud800"])
def test_what_a_person_must_put_right_is_not_tried_again_by_itself(
    message: str, spoilt: Shelf, check: Check, clock: Clock
) -> None:
    spoilt.fail["documents"].append(Misconfigured(message, hint="key"))

    stopped = check()
    clock.advance(days=1)
    moved = checking.go_on(lambda _: spoilt, clock=clock)

    assert (stopped.state, stopped.ready_at, moved) == ("stopped", None, 0)
    assert stopped.message == message.replace("\0", "").replace("\ud800", "?")


def test_another_company_than_was_confirmed_is_not_compared(
    order: Order, spoilt: Shelf, check: Check
) -> None:
    Book.objects.update(fingerprint=spoilt.company)
    spoilt.company = "300-C0001 Somebody else"

    stopped = check()

    assert stopped.state == "stopped"
    assert "Somebody else" in stopped.message
    assert stands() == []
    assert {call.split()[0] for call in spoilt.calls} == {"identity"}


def test_a_list_that_never_ends_stops_it(spoilt: Shelf, check: Check) -> None:
    honest = spoilt.documents
    spoilt.documents = lambda kind, after="": honest(kind, "") if after else honest(kind)  # type: ignore[method-assign]

    stopped = check()

    assert (stopped.state, stopped.message) == ("stopped", check_slice.STUCK)


def test_a_mistake_of_ours_is_reported_and_stops_it(
    spoilt: Shelf, check: Check, caplog: pytest.LogCaptureFixture
) -> None:
    spoilt.fail["documents"].append(ZeroDivisionError("300-C0001"))

    stopped = check()

    assert (stopped.state, stopped.message) == ("stopped", book_trouble.OUR_MISTAKE)
    assert "ZeroDivisionError" in caplog.text


def test_books_in_trouble_are_left_to_the_sender_who_probes_them(
    spoilt: Shelf, check: Check, clock: Clock
) -> None:
    Book.objects.update(trouble_count=1, trouble="The accounting PC is not connected.")

    stopped = check()

    assert stopped.message == "The accounting PC is not connected."
    assert spoilt.calls == []


@pytest.mark.parametrize("state", ["setup", "misconfigured"])
def test_books_that_nobody_confirmed_are_not_compared(
    state: str, spoilt: Shelf, check: Check
) -> None:
    Book.objects.update(state=state)

    with pytest.raises(checking.NotReady):
        check()

    assert BookCheck.objects.count() == 0


def test_paused_books_are_compared(spoilt: Shelf, check: Check) -> None:
    Book.objects.update(state="paused")

    check()

    assert stands() == ALL


# --- one call at a time ----------------------------------------------------------------------


def test_a_check_waits_while_a_sender_holds_the_book(
    spoilt: Shelf, check: Check, clock: Clock
) -> None:
    Book.objects.update(leased_until=clock() + timedelta(seconds=30))

    done = check()

    assert done.state == "finished"
    assert clock() >= done.started_at + timedelta(seconds=30)


def test_a_book_that_is_never_free_ends_the_run_with_nothing_lost(
    spoilt: Shelf, check: Check, clock: Clock
) -> None:
    Book.objects.update(leased_until=clock() + timedelta(days=1))

    left = check()

    assert left.state == "running"
    assert spoilt.calls == []


def test_each_read_happens_under_a_lease_that_outlasts_it(
    spoilt: Shelf, check: Check, clock: Clock
) -> None:
    left: list[timedelta] = []

    def slowly() -> None:
        until = Book.objects.values_list("leased_until", flat=True).get()
        assert until is not None
        left.append(until - clock())
        clock.advance(seconds=9)

    spoilt.during = slowly

    check()

    assert len(left) > 15
    assert min(left) >= timedelta(seconds=spoilt.call_seconds)
    assert Book.objects.get().leased_until is None


def test_what_waits_is_sent_between_two_pages(
    spoilt: Shelf, order: Order, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(order, clock, "SH-2001")
    begun = checking.start(store_id=order.store_id, who="cron", now=clock())
    monkeypatch.setattr(
        spoilt,
        "post",
        lambda entry, settles=(): spoilt.hold(Kind.INVOICE, make_receipt(number=entry.number)),
    )
    sent: list[int] = []

    def wait(seconds: float) -> None:
        clock.advance(seconds=seconds)
        pages = BookCheck.objects.values_list("listed", flat=True).get()
        if sender.send_due(lambda _: spoilt, clock=clock):
            sent.append(pages)

    checking.run(begun.id, lambda _: spoilt, clock=clock, wait=wait)

    assert sent == [3]  # after the first page
    assert stands() == ALL


def test_a_check_whose_lease_was_taken_commits_nothing_more(
    spoilt: Shelf, order: Order, clock: Clock
) -> None:
    begun = checking.start(store_id=order.store_id, who="cron", now=clock())

    def taken() -> None:
        Book.objects.update(fence=99)

    spoilt.during = taken

    went = checking.take(begun.id, lambda _: spoilt, clock=clock)

    begun.refresh_from_db()
    assert (went, begun.listed, begun.step) == ("busy", 0, "")
    assert BookSighting.objects.count() == 0


def test_a_person_who_asks_for_the_books_goes_before_the_next_page(
    spoilt: Shelf, order: Order, clock: Clock
) -> None:
    begun = checking.start(store_id=order.store_id, who="cron", now=clock())
    outbox.ask_for(begun.book_id, until=clock() + timedelta(seconds=5))

    asked_for = checking.take(begun.id, lambda _: spoilt, clock=clock)
    clock.advance(seconds=5)
    free = checking.take(begun.id, lambda _: spoilt, clock=clock)

    assert (asked_for, free) == ("busy", "on")


def test_a_check_of_books_that_the_store_has_left_reads_nothing_more(
    spoilt: Shelf, order: Order, clock: Clock
) -> None:
    begun = checking.start(store_id=order.store_id, who="cron", now=clock())
    Store.objects.update(book=make_book(clock(), name="Warung"))

    went = checking.take(begun.id, lambda _: spoilt, clock=clock)

    begun.refresh_from_db()
    assert (went, begun.state, begun.listed) == ("stopped", "stopped", 0)
    assert "confirm the connection" in begun.message
    assert stands() == []


def test_a_worker_takes_one_page_of_each_check_that_is_due(
    spoilt: Shelf, order: Order, clock: Clock
) -> None:
    begun = checking.start(store_id=order.store_id, who="staff 1", now=clock())

    moved = checking.go_on(lambda _: spoilt, clock=clock)

    begun.refresh_from_db()
    assert (moved, begun.listed, begun.cursor) == (1, 3, "3")
    while checking.go_on(lambda _: spoilt, clock=clock):
        pass
    assert stands() == ALL


def test_a_worker_begins_anew_what_has_not_moved_for_a_day(
    spoilt: Shelf, order: Order, clock: Clock
) -> None:
    old = next(processes(spoilt, order, clock, reads=8))
    clock.advance(days=1, seconds=1)
    spoilt.kill_at = None

    while checking.go_on(lambda _: spoilt, clock=clock):
        pass

    states = BookCheck.objects.order_by("id").values_list("state", flat=True)
    assert list(states) == ["abandoned", "finished"]
    assert BookCheck.objects.earliest("id") == old
    assert stands() == ALL


def test_a_store_that_was_pointed_elsewhere_is_not_checked_further(
    spoilt: Shelf, order: Order, clock: Clock
) -> None:
    checking.start(store_id=order.store_id, who="staff 1", now=clock())
    order.store.book = Book.objects.create(name="Others", system="autocount", state="active")
    order.store.save()

    assert checking.go_on(lambda _: spoilt, clock=clock) == 0
    assert spoilt.calls == []
