"""The queue of writes to the books, and the only writer of `Document.state`.

The table is the queue. A worker claims one *book*: a lease, and a fence that makes anything an
earlier holder still does ineffective. It then sends that book's documents one at a time and
releases it after a small quantum, so that a store with a million documents waits like a store
with one. Documents of one order go in order; a refusal stops only its own order.

Locks are taken in this order: order, document, book. Whoever adds to an order's documents or
finishes one holds the order, or the next document could be left waiting for nobody: planning and
people through `posting`, the sender through `finish`. `claim` alone goes from book to document, and
only to those being sent, which nobody holds who still wants the book.

What happens to a claimed book's documents is `sender`'s business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, Greatest, Least

from accounting import allowance, tie_due
from accounting.models import Attempt, Book, Document

State = Document.State
FINISHED = (State.POSTED, State.SKIPPED)
DUE = (State.QUEUED, State.UNKNOWN)
TELLING = (State.POSTED, State.REJECTED, State.CONFLICT)  # of which the tie-out says other things
NOT_NEEDED = "No longer needed after planning again."
DROPPED = Q(state=State.SKIPPED, message=NOT_NEEDED)
HEAD = (
    "book_id",
    "state",
    "store__orders_limit",
    "order__begun_at",
    "order__begin_asked_at",
)  # of an order's first unfinished document
BEGIN_BATCH = 200  # orders
STEP = 0.2  # seconds between two looks whether a book is free
LEASE_MARGIN = timedelta(seconds=5)  # commits around a call; clocks of two machines
# Until the sender knows how long its calls may take.
FIRST_LEASE = timedelta(seconds=settings.LEJAR_LEASE_SECONDS)


class LeaseLost(Exception):
    """Another worker holds the book now; whatever this one still does must not count."""


# --- filling the queue -----------------------------------------------------------------------


def enqueue(documents: Iterable[Document], *, now: datetime) -> None:
    """Put new documents of one order behind those it already has. The caller holds the order."""
    for order_id in {row.order_id for row in Document.objects.bulk_create(documents)}:
        advance(order_id, now=now)


def advance(order_id: int, *, now: datetime) -> None:
    """Queue the order's first unfinished document, if it was waiting for its turn. The caller
    holds the order."""
    wake(_advance(order_id, now), now=now)


def _advance(order_id: int, now: datetime) -> list[int]:
    """The books that have something to do by it: one or none."""
    first = Document.objects.filter(order_id=order_id).exclude(state__in=FINISHED).order_by("id")
    head = first.select_related("store", "order").only(*HEAD).first()
    if head is None or head.state != State.WAITING or not allowance.may_begin(head, now=now):
        return []
    Document.objects.filter(id=head.id, state=State.WAITING).update(
        state=State.QUEUED, ready_at=Greatest(F("ready_at"), now)
    )
    return [head.book_id]


def begin_waiting(store_id: int, *, now: datetime, limit: int = BEGIN_BATCH) -> int:
    """Queue orders that wait for room in their store's allowance, the longest waiting first, until
    there is none. Returns how many. What another holds just now is left for the next time."""
    begun = 0
    for order_id in allowance.waiting(store_id).values_list("id", flat=True)[:limit]:
        with transaction.atomic():
            waiting = allowance.waiting(store_id).filter(id=order_id)
            if waiting.select_for_update(skip_locked=True).first() is None:
                continue
            advance(order_id, now=now)
            if allowance.waiting(store_id).filter(id=order_id).exists():
                break
            begun += 1
    return begun


def wake(book_ids: Iterable[int], *, now: datetime) -> None:
    """Make books claimable at once; a book in trouble keeps the time of its next probe. The row is
    written even when nothing changes: a release at this moment must wait and look again."""
    Book.objects.filter(id__in=list(book_ids), trouble_count=0).update(
        ready_at=Least(Coalesce("ready_at", now), now)
    )


def wake_forgotten(*, now: datetime) -> int:
    """Wake books that have due documents but no time to be looked at. Returns how many."""
    here = {"book": OuterRef("id")}
    due = Exists(_due().filter(ready_at__lte=now, **here))
    left_behind = Exists(Document.objects.filter(state=State.SENDING, **here))
    return Book.objects.filter(due | left_behind, ready_at=None).update(ready_at=now)


# --- decisions of people ---------------------------------------------------------------------


def look_again(document: Document, *, now: datetime) -> bool:
    """After a conflict: ask the books again what they hold under this number. The trail keeps that
    somebody asked, so that what is gone from the books by then is written."""
    changed = Document.objects.filter(id=document.id, state=State.CONFLICT).update(
        state=State.UNKNOWN, ready_at=now, look_ups=0
    )
    if changed:
        Attempt.objects.create(
            store_id=document.store_id,
            document=document,
            call="retry",
            outcome=Attempt.Outcome.ASKED,
            fence=document.fence,
            payload_sha256=document.payload_sha256,
            started_at=now,
            finished_at=now,
        )
    tie_due.mark([document.order_id])
    wake([document.book_id], now=now)
    return bool(changed)


def reopened(order_id: int) -> list[Document]:
    """What certainly is not in the books and may be planned anew: refused documents and those
    behind them."""
    rows = Document.objects.filter(order_id=order_id, state__in=(State.REJECTED, State.WAITING))
    return list(rows.order_by("id"))


def was_dropped(document: Document) -> bool:
    """Whether an earlier plan took it back before it was written. Unlike what a person skipped it
    is nowhere in the books, and a later plan may need it after all."""
    return document.state == State.SKIPPED and document.message == NOT_NEEDED


def replace_payload(document: Document, fresh: Document, *, now: datetime) -> None:
    """Freeze new content into a reopened document; its key, number and place stay."""
    frozen = "kind number date currency total payload payload_sha256 facts_sha256 rules_sha256"
    changes = {name: getattr(fresh, name) for name in frozen.split()}
    may = Q(state__in=(State.REJECTED, State.WAITING)) | DROPPED
    Document.objects.filter(may, id=document.id).update(
        **changes, state=State.WAITING, message="", ready_at=now
    )


def skip(documents: Iterable[Document], *, reason: str, now: datetime) -> int:
    """Take documents out of the queue for good. Never those that may be in the books."""
    rows = list(documents)
    may = (State.WAITING, State.QUEUED, State.REJECTED, State.CONFLICT)
    changed = Document.objects.filter(id__in=[row.id for row in rows], state__in=may).update(
        state=State.SKIPPED, message=reason
    )
    orders = {row.order_id for row in rows}
    for order_id in orders:
        advance(order_id, now=now)
    tie_due.mark(orders)
    return changed


# --- claiming a book -------------------------------------------------------------------------


@dataclass(slots=True)
class Claim:
    """This worker's claim to one book. `fence` is void as soon as somebody else claims it."""

    book: Book
    fence: int
    leased_until: datetime
    lease: timedelta
    not_before: datetime | None = None  # when the books take calls again
    answered: bool = False  # whether a call has succeeded; `release` keeps when

    def renew(self, now: datetime) -> None:
        """Make the lease outlast the next call. Raises LeaseLost when the book is not ours."""
        until = now + self.lease
        if not self.ours.update(leased_until=until):
            raise LeaseLost
        self.leased_until = until

    def outlast(self, call_seconds: float, clock: Callable[[], datetime]) -> None:
        """Renew the lease unless it outlasts a call of so many seconds. Raises LeaseLost."""
        needed = timedelta(seconds=call_seconds) + LEASE_MARGIN
        self.lease = max(self.lease, needed + LEASE_MARGIN)
        while clock() + needed > self.leased_until:
            self.renew(clock())  # again when the database took too long over it

    @property
    def ours(self) -> QuerySet[Book]:
        """The row of the book; no row once somebody else has claimed it."""
        return Book.objects.filter(id=self.book.id, fence=self.fence)

    @property
    def writable(self) -> QuerySet[Book]:
        """The row of the book while it is ours and still leads where our connector does: whoever
        has claimed it may not know that it is paused, or connected to other books, since."""
        as_it_was = {"settings": self.book.settings}
        as_it_was["sealed_credentials"] = bytes(self.book.sealed_credentials)
        return self.ours.filter(state=Book.State.ACTIVE, **as_it_was)


CLAIM = """
    UPDATE accounting_book SET leased_until = %(until)s, fence = fence + 1
    WHERE id = (
        SELECT id FROM accounting_book
        WHERE state = 'active' AND ready_at <= %(now)s
          AND (asked_until IS NULL OR asked_until <= %(now)s)
          AND (leased_until IS NULL OR leased_until <= %(now)s)
        ORDER BY ready_at, id FOR NO KEY UPDATE SKIP LOCKED LIMIT 1
    ) RETURNING id
"""  # NO KEY: a document that is just being committed holds the key of its book


CLAIM_ONE = """
    UPDATE accounting_book
    SET leased_until = %(until)s, fence = fence + 1, asked_until = NULL
    WHERE id = (
        SELECT id FROM accounting_book
        WHERE id = %(book)s AND (leased_until IS NULL OR leased_until <= %(now)s)
        FOR NO KEY UPDATE SKIP LOCKED
    ) RETURNING id
"""


def claim(*, now: datetime, lease: timedelta = FIRST_LEASE) -> Claim | None:
    """The book that has waited longest, or None. What its last holder left as `sending` becomes
    `unknown`: that worker is gone, and its call may or may not have arrived."""
    return _claimed(CLAIM, {}, now, lease)


def claim_one(book_id: int, *, now: datetime, lease: timedelta = FIRST_LEASE) -> Claim | None:
    """This book, whatever its state, for reads that a person waits for; None while somebody else
    holds it. `ask_for` makes a busy sender give it up after the document under way."""
    return _claimed(CLAIM_ONE, {"book": book_id}, now, lease)


class Busy(Exception):
    """A document is being sent to the books just now; try again in a moment."""


def claim_soon(
    book_id: int, *, clock: Callable[[], datetime], wait: Callable[[float], None]
) -> Claim:
    """`claim_one` for a person who waits. Raises Busy when whoever holds the book does not give it
    up within LEJAR_BOOK_WAIT_SECONDS."""
    until = clock() + timedelta(seconds=settings.LEJAR_BOOK_WAIT_SECONDS)
    while (claimed := claim_one(book_id, now=clock())) is None:
        if clock() >= until:
            raise Busy(Busy.__doc__)
        ask_for(book_id, until=until)
        wait(STEP)
    return claimed


def ask_for(book_id: int, *, until: datetime) -> None:
    """Keep senders from beginning another document of this book for a moment: a person waits to
    read from it. The first `claim_one` ends it."""
    Book.objects.filter(id=book_id).update(asked_until=until)


def _claimed(sql: str, given: dict[str, Any], now: datetime, lease: timedelta) -> Claim | None:
    until = now + lease
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, {"until": until, "now": now, **given})
        row = cursor.fetchone()
        if row is None:
            return None
        book = Book.objects.get(id=row[0])
        _abandoned(book, now)
    return Claim(book, book.fence, until, lease)


def claim_to_read(book_id: int, *, now: datetime, lease: timedelta = FIRST_LEASE) -> Claim | None:
    """This book, to read from it only; None while somebody holds it or asks for it. What a dead
    sender left as `sending` stays: giving the book back wakes the next sender, who sees to it."""
    until, free = now + lease, Q(leased_until=None) | Q(leased_until__lte=now)
    free &= Q(asked_until=None) | Q(asked_until__lte=now)
    with transaction.atomic():
        rows = Book.objects.filter(free, id=book_id)
        if not rows.update(leased_until=until, fence=F("fence") + 1):
            return None
        book = Book.objects.get(id=book_id)
    return Claim(book, book.fence, until, lease)


def _abandoned(book: Book, now: datetime) -> None:
    quiet = timedelta(seconds=settings.LEJAR_QUIET_SECONDS[0])
    Document.objects.filter(book=book, state=State.SENDING).update(
        state=State.UNKNOWN,
        ready_at=now + quiet,
        look_ups=0,
        message="The sender stopped in the middle of this call.",
    )


def release(claimed: Claim, *, now: datetime) -> None:
    """Give the book back, with the time it should be looked at next."""
    with transaction.atomic():
        book = claimed.ours.select_for_update(no_key=True).first()
        if book is None:
            return
        book.leased_until = None
        soonest = max(now, claimed.not_before or now)
        if not book.trouble_count:
            book.ready_at = _next_look(book, soonest)
        elif claimed.not_before:
            book.ready_at = soonest  # the probe itself was put off
        if claimed.not_before:
            book.asked_until = soonest  # new work wakes the book, but does not end its pause
        if claimed.answered:
            book.answered_at = now
        book.save(update_fields=["leased_until", "ready_at", "asked_until", "answered_at"])


def _next_look(book: Book, now: datetime) -> datetime | None:
    """When the first document is due; now if one is still `sending`, for `claim` to see to it."""
    if Document.objects.filter(book=book, state=State.SENDING).exists():
        return now
    due = _due().filter(book=book).order_by("ready_at", "id")
    earliest = due.values_list("ready_at", flat=True).first()
    return max(earliest, now) if earliest else None


def next_due(claimed: Claim, *, now: datetime) -> Document | None:
    """The document of the claimed book that has waited longest; None also once the book is
    paused, pointed elsewhere, asked for by a person, or somebody else's."""
    due = _due().filter(book_id=claimed.book.id, ready_at__lte=now)
    free = Q(book__asked_until=None) | Q(book__asked_until__lte=now)
    ours = due.filter(free, book__state=Book.State.ACTIVE, book__fence=claimed.fence)
    return ours.order_by("ready_at", "id").first()


def knock_offs_of(document: Document) -> list[dict[str, Any]]:
    """The payloads of the knock-offs that wait behind this document, come from it, and whose target
    is in the books already."""
    waiting = Document.objects.filter(
        order_id=document.order_id,
        source=document.number,
        kind="allocation",
        state=State.WAITING,
    )
    targets = Document.objects.filter(order_id=document.order_id, state=State.POSTED)
    here = waiting.filter(target__in=targets.values("number"))
    return list(here.order_by("id").values_list("payload", flat=True))


def _due() -> QuerySet[Document]:
    return Document.objects.filter(state__in=DUE, store__sending=True, store__paused_reason="")


def move(claimed: Claim, document: Document, state: Document.State, **changes: Any) -> None:
    """Change a document's state. Raises LeaseLost when somebody else holds the book by now, or has
    changed the document; for a write that is to begin also when the book is paused, or connected
    anew, since it was claimed."""
    # The state is tested on the updated row itself, not in a join: after waiting for another
    # transaction's change, PostgreSQL tests only that row again.
    # So is the content: an erasure meanwhile would else be undone by what the books say of it.
    unchanged = Document.objects.filter(
        id=document.id,
        state=document.state,
        payload_sha256=document.payload_sha256,
        book__in=claimed.writable if state == State.SENDING else claimed.ours,
    )
    with transaction.atomic():
        if not unchanged.update(state=state, **changes):
            raise LeaseLost
        if state in TELLING:
            tie_due.mark([document.order_id])
    document.state = state
    for name, value in changes.items():
        setattr(document, name, value)


# FOR KEY SHARE waits for planning and people, and for nobody else: `mapping.plan_held` passes over
# orders under any stronger lock.
LOCK_ORDER = "SELECT id FROM accounting_order WHERE id = %s FOR KEY SHARE"


def finish(claimed: Claim, document: Document, *, receipt: Any, now: datetime) -> None:
    """The document is in the books: posted, and the order's next one has its turn. The claimed book
    needs no waking, because its release looks for what is due."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK_ORDER, [document.order_id])
        move(claimed, document, State.POSTED, receipt=receipt, posted_at=now, message="")
        _advance(document.order_id, now)


def postpone(claimed: Claim, document: Document, *, now: datetime) -> None:
    """Send a document that met trouble behind the others that are due, so that it never stands in
    their way. Its own quiet period, if one is running, stays."""
    stuck = Document.objects.filter(id=document.id, state__in=DUE, book__in=claimed.ours)
    stuck.filter(ready_at__lt=now).update(ready_at=now)
