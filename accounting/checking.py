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

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, QuerySet

from accounting import audit, book_trouble
from accounting.book_trouble import OUR_MISTAKE
from accounting.check_slice import UNDER_WAY, Clock, Slice, Went
from accounting.comparing import kept
from accounting.connections import NotConnected
from accounting.connectors.base import (
    Connector,
    Misconfigured,
    Throttled,
    Unavailable,
    Uncertain,
)
from accounting.models import Book, BookCheck, BookDifference, BookSighting, Store
from accounting.outbox import Claim, LeaseLost, claim_to_read, release
from accounting.sealing import SealBroken, SealKeyMissing

log = logging.getLogger(__name__)

ConnectorFor = Callable[[Book], Connector]
State = BookCheck.State
ITSELF = "the worker"
STALE = timedelta(days=1)  # after so long what was compared says nothing of the books now
READABLE = (Book.State.ACTIVE, Book.State.PAUSED)  # paused books are read; only writing waits
PATIENCE = 600  # seconds to wait for a book that others hold
TURN = 2.0  # seconds: senders look every second


class NotReady(Exception):
    """These books cannot be read now: confirm the connection first."""


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


def standing(store_id: int) -> QuerySet[BookDifference]:
    """What the books hold otherwise, as far as is known and nobody has dismissed it."""
    return BookDifference.objects.filter(store=store_id, resolved_at=None, dismissed_at=None)


# --- going on --------------------------------------------------------------------------------


def go_on(
    connector_for: ConnectorFor, *, clock: Clock, stopping: Callable[[], bool] = lambda: False
) -> int:
    """One slice of every check that is due. Returns how many moved."""
    now = clock()
    due = BookCheck.objects.filter(state__in=UNDER_WAY, ready_at__lte=now, book=F("store__book"))
    due = due.filter(book__state__in=READABLE).order_by("ready_at", "id")
    moved = 0
    for check in due.only("id", "store_id", "moved_at"):
        if stopping():
            break
        if check.moved_at < now - STALE:
            check = start(store_id=check.store_id, who=ITSELF, now=now)
        moved += take(check.id, connector_for, clock=clock) in (Went.ON, Went.THROUGH)
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
        return Slice(check, claimed, connector_for(claimed.book), clock).go_on()
    except (LeaseLost, OperationalError, InterfaceError):
        raise  # nothing can be written now, or not by us
    except (NotReady, Misconfigured, SealBroken, SealKeyMissing) as error:
        return _stop(check, str(error), None)
    except Throttled as error:
        claimed.not_before = clock() + timedelta(seconds=error.retry_after or 0)
        return _stop(check, str(error), claimed.not_before)
    except (Unavailable, Uncertain) as error:
        return _stop(check, str(error), _later(check, error, clock()))
    except Exception:
        log.exception("check %s of book %s failed", check.id, check.book_id)
        return _stop(check, OUR_MISTAKE, None)


def _require_ready(check: BookCheck, book: Book) -> None:
    """Raises NotReady, or Unavailable while the sender probes books that do not answer."""
    if book.state not in READABLE or check.store.book_id != book.id:
        raise NotReady(NotReady.__doc__)
    if book.trouble_count:
        raise Unavailable(book.trouble)


def _later(check: BookCheck, error: Exception, now: datetime) -> datetime:
    """When to try again: as the books ask, else after pauses that grow."""
    return now + book_trouble.pause(check.tries, asked_for=getattr(error, "retry_after", None))


def _stop(check: BookCheck, message: str, ready_at: datetime | None) -> Went:
    BookCheck.objects.filter(state__in=UNDER_WAY, id=check.id).update(
        state=State.STOPPED, message=kept(message), ready_at=ready_at, tries=F("tries") + 1
    )
    return Went.STOPPED
