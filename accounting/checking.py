"""Compares every document a store has posted with what its books hold now.

First the lists of the books, page by page, then one by one what they did not show to be right, in
the order of the numbers. Each page is compared in the transaction that moves the cursor, so that a
killed check goes on where it was and finds nothing twice. What it finds stands until a later check
finds it gone.

It only reads: no document changes, here or there. It takes the book's claim for one page and gives
it back, because there is one call at a time to a book, and sending goes on in between. Trouble
stops it with its cursor kept.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, QuerySet

from accounting import audit, check_listing, check_rows
from accounting.check_looking import Lookup
from accounting.connections import NotConnected
from accounting.connectors.base import (
    Connector,
    Misconfigured,
    Page,
    Rejected,
    Throttled,
    Unavailable,
    Uncertain,
)
from accounting.documents.document import Kind
from accounting.models import Book, BookCheck, BookSighting, Document, Store
from accounting.outbox import Claim, LeaseLost, claim_to_read, release
from accounting.sealing import SealBroken, SealKeyMissing

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]
ConnectorFor = Callable[[Book], Connector]
T = TypeVar("T")
State = BookCheck.State
UNDER_WAY = (State.RUNNING, State.STOPPED)
ONE_BY_ONE = "one by one"  # the step after the lists
LOOK_UPS = 20  # of one slice: a desktop answers one or two a second, and others want their turn
STALE = timedelta(days=1)  # after so long what was compared says nothing of the books now
READABLE = (Book.State.ACTIVE, Book.State.PAUSED)  # paused books are read; only writing waits
LEASE_MARGIN = timedelta(seconds=5)  # commits around a call; clocks of two machines
PATIENCE = 600  # seconds to wait for a book that others hold
TURN = 2.0  # seconds: senders look every second
NOT_READY = "These books cannot be read now: confirm the connection first."
OTHER_COMPANY = (
    "The company that answers is {found}, not {confirmed}. Nothing was compared with it."
)
STUCK = "The books show the same page of their list again and again."
OUR_MISTAKE = "Lejar made a mistake here and has reported it."


class NotReady(Exception):
    """These books cannot be read now: confirm the connection first."""


class Went(StrEnum):
    """How one slice of a check went."""

    ON = "on"
    THROUGH = "through"
    STOPPED = "stopped"
    BUSY = "busy"  # somebody else holds the book


# --- starting --------------------------------------------------------------------------------


def start(*, store_id: int, who: str, now: datetime) -> BookCheck:
    """Begin to compare, or let a check that stopped go on from where it was; one that has not moved
    for a day begins anew. Raises NotConnected or NotReady."""
    with transaction.atomic():
        store = Store.objects.select_for_update(of=("self",)).select_related("book")
        book = store.get(id=store_id).book
        if book is None:
            raise NotConnected(NotConnected.__doc__)
        if book.state not in READABLE:
            raise NotReady(NotReady.__doc__)
        under_way = BookCheck.objects.select_for_update().filter(store=store_id, book=book)
        check = under_way.filter(state__in=UNDER_WAY).first()
        if check is not None and check.moved_at < now - STALE:
            _abandon(check)
            check = None
        if check is None:
            check = BookCheck(store_id=store_id, book=book, started_at=now, moved_at=now)
        check.state, check.message, check.ready_at, check.tries = State.RUNNING, "", now, 0
        check.save()
        audit.note(store_id, who, "books compared", now, book=book.id)
    return check


def _abandon(check: BookCheck) -> None:
    """What it has found stands, until a check that gets through finds it gone."""
    BookSighting.objects.filter(check_run=check).delete()
    check.state = State.ABANDONED
    check.save(update_fields=["state"])


def latest(*, store_id: int) -> BookCheck | None:
    """The store's newest check, in whatever books."""
    return BookCheck.objects.filter(store=store_id).order_by("-id").first()


# --- going on --------------------------------------------------------------------------------


def go_on(
    connector_for: ConnectorFor, *, clock: Clock, stopping: Callable[[], bool] = lambda: False
) -> int:
    """One slice of every check that is due. Returns how many moved."""
    due = BookCheck.objects.filter(
        state__in=UNDER_WAY, ready_at__lte=clock(), book=F("store__book")
    )
    due = due.filter(book__state__in=READABLE).order_by("ready_at", "id")
    moved = 0
    for check_id in due.values_list("id", flat=True):
        if not stopping():
            went = take(check_id, connector_for, clock=clock)
            moved += went in (Went.ON, Went.THROUGH)
    return moved


def run(
    check_id: int,
    connector_for: ConnectorFor,
    *,
    clock: Clock,
    wait: Callable[[float], object],
    stopping: Callable[[], bool] = lambda: False,
) -> BookCheck:
    """Go on until the check is through or stops. Between two pages a sender with work has its
    turn; `wait` lets so many seconds pass."""
    waited = 0
    while not stopping() and waited < PATIENCE:
        went = take(check_id, connector_for, clock=clock)
        if went in (Went.THROUGH, Went.STOPPED):
            break
        if went is Went.BUSY:
            waited += 1
            wait(1.0)
        else:
            waited = 0
            if _sender_waits(check_id, clock()):
                wait(TURN)
    return BookCheck.objects.get(id=check_id)


def _sender_waits(check_id: int, now: datetime) -> bool:
    books = Book.objects.filter(bookcheck=check_id, state=Book.State.ACTIVE)
    return books.filter(ready_at__lte=now).exists()


def take(check_id: int, connector_for: ConnectorFor, *, clock: Clock) -> Went:
    """One slice: a page of a list, or a few look-ups."""
    book_id = BookCheck.objects.values_list("book_id", flat=True).get(id=check_id)
    claimed = claim_to_read(book_id, now=clock())
    if claimed is None:
        return Went.BUSY
    try:
        went = _slice(check_id, claimed, connector_for, clock)
    except LeaseLost:
        return Went.BUSY
    release(claimed, now=clock())
    return went


def _slice(check_id: int, claimed: Claim, connector_for: ConnectorFor, clock: Clock) -> Went:
    """What was committed stays, whatever stops it. A killed worker's lease runs out by itself."""
    check = BookCheck.objects.select_related("store").get(id=check_id)
    if check.state not in UNDER_WAY:
        return Went.THROUGH
    try:
        _require_ready(check, claimed.book)
        visit = _Visit(check, claimed, connector_for(claimed.book), clock)
        return visit.go_on()
    except (LeaseLost, OperationalError, InterfaceError):
        raise  # nothing can be written now, or not by us
    except (NotReady, Misconfigured, SealBroken, SealKeyMissing) as error:
        return _stop(check, str(error), None, clock())
    except Throttled as error:
        claimed.not_before = clock() + timedelta(seconds=error.retry_after or 0)
        return _stop(check, str(error), claimed.not_before, clock())
    except (Unavailable, Uncertain) as error:
        return _stop(check, str(error), _later(check, error, clock()), clock())
    except Exception:
        log.exception("check %s of book %s failed", check.id, check.book_id)
        return _stop(check, OUR_MISTAKE, None, clock())


def _require_ready(check: BookCheck, book: Book) -> None:
    """Raises NotReady, or Unavailable while the sender probes books that do not answer."""
    if book.state not in READABLE or check.store.book_id != book.id:
        raise NotReady(NotReady.__doc__)
    if book.trouble_count:
        raise Unavailable(book.trouble)


def _later(check: BookCheck, error: Exception, now: datetime) -> datetime:
    """When to try again: as the books ask, else after pauses that grow."""
    steps: list[int] = settings.LEJAR_TROUBLE_SECONDS
    pause = max(steps[min(check.tries, len(steps) - 1)], getattr(error, "retry_after", None) or 0)
    return now + timedelta(seconds=pause)


def _stop(check: BookCheck, message: str, ready_at: datetime | None, now: datetime) -> Went:
    words = message.replace("\0", "").encode(errors="replace").decode()
    BookCheck.objects.filter(state__in=UNDER_WAY, id=check.id).update(
        state=State.STOPPED, message=words, ready_at=ready_at, tries=F("tries") + 1
    )
    return Went.STOPPED


class _Visit:
    """One slice of a check, by the holder of its book."""

    def __init__(
        self, check: BookCheck, claimed: Claim, connector: Connector, clock: Clock
    ) -> None:
        self.check, self.claimed, self.connector, self.clock = check, claimed, connector, clock
        claimed.lease = timedelta(seconds=connector.call_seconds) + 2 * LEASE_MARGIN

    def go_on(self) -> Went:
        self._confirm_company()
        if self.check.step == ONE_BY_ONE:
            return self._look_up()
        self._list(self.check.step or self._step_after(""))
        return Went.ON

    def _read(self, call: Callable[[], T]) -> T:
        """Run `call` under a lease that outlasts its deadline."""
        needed = timedelta(seconds=self.connector.call_seconds) + LEASE_MARGIN
        while self.clock() + needed > self.claimed.leased_until:
            self.claimed.renew(self.clock())
        return call()

    def _confirm_company(self) -> None:
        """In another company's books everything would seem to be missing."""
        found, confirmed = self._read(self.connector.identity), self.claimed.book.fingerprint
        if found and confirmed and found != confirmed:
            words = OTHER_COMPANY.format(found=found, confirmed=confirmed)
            raise Misconfigured(words, hint="company")

    # --- lists ---

    def _step_after(self, step: str) -> str:
        kinds = list(check_rows.LISTED)
        later = kinds[kinds.index(Kind(step)) + 1 :] if step else kinds
        return next((kind.value for kind in later if kind in self.connector.kinds), ONE_BY_ONE)

    def _list(self, step: str) -> None:
        page = self._page(Kind(step))
        whole = page is not None and page.complete
        page = page or Page(receipts=())
        if page.after and page.after == self.check.cursor:
            raise Unavailable(STUCK)
        following = step if page.after else self._step_after(step)
        unlisted = self.check.unlisted
        if not whole and step not in unlisted:
            unlisted = [*unlisted, step]
        with transaction.atomic():
            listed = F("listed") + len(page.receipts)
            self._move(step=following, cursor=page.after, listed=listed, unlisted=unlisted)
            check_listing.compare(self.check, step, page, now=self.clock())

    def _page(self, kind: Kind) -> Page | None:
        """None where these books do not list the kind."""
        try:
            return self._read(lambda: self.connector.documents(kind, self.check.cursor))
        except Rejected:
            return None

    # --- one by one ---

    def _look_up(self) -> Went:
        lookup = Lookup(
            check=self.check,
            find=lambda entry: self._read(lambda: self.connector.find(entry)),
            listing_kinds=self.connector.settling,
        )
        rows = check_rows.still_to_look_up(self.check, LOOK_UPS)
        for row in rows:
            self._look_at(lookup, row)
        if len(rows) == LOOK_UPS:
            return Went.ON
        self._finish()
        return Went.THROUGH

    def _look_at(self, lookup: Lookup, row: Document) -> None:
        looked = lookup.look(row)
        with transaction.atomic():
            unproved = F("unproved") + int(not looked.proved)
            self._move(cursor=row.number, looked_up=F("looked_up") + 1, unproved=unproved)
            check_rows.note(self.check, looked.differences, self.clock())
        self.check.cursor = row.number

    def _finish(self) -> None:
        now = self.clock()
        with transaction.atomic():
            self._move(state=State.FINISHED, finished_at=now)
            check_rows.resolve(self.check, now)
            BookSighting.objects.filter(check_run=self.check).delete()

    def _move(self, **changes: object) -> None:
        """Raises LeaseLost when somebody else holds the book, or has moved the check."""
        if not self.claimed.ours.select_for_update(no_key=True).values_list("id").first():
            raise LeaseLost
        rows: QuerySet[BookCheck] = BookCheck.objects.filter(state__in=UNDER_WAY, id=self.check.id)
        rows = rows.filter(step=self.check.step, cursor=self.check.cursor)
        now = self.clock()
        going = {"state": State.RUNNING, "message": "", "tries": 0, "ready_at": now}
        if not rows.update(**{**going, "moved_at": now, **changes}):
            raise LeaseLost
