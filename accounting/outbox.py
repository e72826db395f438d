"""The queue of writes to the books, and the only writer of `Document.state`.

The table is the queue. A worker claims one *book*: a lease, and a fence that makes anything an
earlier holder still does ineffective. It then sends that book's documents one at a time and
releases it after a small quantum, so that a store with a million documents waits like a store
with one. Documents of one order go in order; a refusal stops only its own order.

What happens to a claimed book's documents is `sender`'s business.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Min, Q, QuerySet
from django.db.models.functions import Coalesce, Greatest, Least

from accounting.models import Book, Document

State = Document.State
FINISHED = (State.POSTED, State.SKIPPED)
DUE = (State.QUEUED, State.UNKNOWN)
FIRST_LEASE = timedelta(seconds=30)  # until the sender knows how long its calls may take


class LeaseLost(Exception):
    """Another worker holds the book now; whatever this one still does must not count."""


# --- filling the queue -----------------------------------------------------------------------


def enqueue(documents: Iterable[Document], *, now: datetime) -> None:
    """Put new documents of one order behind those it already has."""
    for order_id in {row.order_id for row in Document.objects.bulk_create(documents)}:
        advance(order_id, now=now)


def advance(order_id: int, *, now: datetime) -> None:
    """Queue the order's first unfinished document, if it was waiting for its turn."""
    first = Document.objects.filter(order_id=order_id).exclude(state__in=FINISHED).order_by("id")
    head = first.values_list("id", "book_id", "state").first()
    if head is None or head[2] != State.WAITING:
        return
    Document.objects.filter(id=head[0], state=State.WAITING).update(
        state=State.QUEUED, ready_at=Greatest(F("ready_at"), now)
    )
    wake([head[1]], now=now)


def wake(book_ids: Iterable[int], *, now: datetime) -> None:
    """Make books claimable at once; a book in trouble keeps the time of its next probe."""
    Book.objects.filter(id__in=list(book_ids), trouble_count=0).update(
        ready_at=Least(Coalesce("ready_at", now), now)
    )


def wake_forgotten(*, now: datetime) -> int:
    """Wake books that have due documents but no time to be looked at. Returns how many."""
    due = _due().filter(ready_at__lte=now)
    forgotten = Book.objects.filter(ready_at=None, id__in=due.values("book_id"))
    return forgotten.update(ready_at=now)


# --- decisions of people ---------------------------------------------------------------------


def look_again(document: Document, *, now: datetime) -> bool:
    """After a conflict: ask the books again what they hold under this number."""
    changed = Document.objects.filter(id=document.id, state=State.CONFLICT).update(
        state=State.UNKNOWN, ready_at=now, look_ups=0
    )
    wake([document.book_id], now=now)
    return bool(changed)


def reopened(order_id: int) -> list[Document]:
    """What certainly is not in the books and may be planned anew: refused documents and those
    behind them."""
    rows = Document.objects.filter(order_id=order_id, state__in=(State.REJECTED, State.WAITING))
    return list(rows.order_by("id"))


def replace_payload(document: Document, fresh: Document, *, now: datetime) -> None:
    """Freeze new content into a reopened document; its key, number and place stay."""
    frozen = "kind number date currency total payload payload_sha256 facts_sha256 rules_sha256"
    changes = {name: getattr(fresh, name) for name in frozen.split()}
    Document.objects.filter(id=document.id, state__in=(State.REJECTED, State.WAITING)).update(
        **changes, state=State.WAITING, message="", ready_at=now
    )


def skip(documents: Iterable[Document], *, reason: str, now: datetime) -> int:
    """Take documents out of the queue for good. Never those that may be in the books."""
    rows = list(documents)
    may = (State.WAITING, State.QUEUED, State.REJECTED, State.CONFLICT)
    changed = Document.objects.filter(id__in=[row.id for row in rows], state__in=may).update(
        state=State.SKIPPED, message=reason
    )
    for order_id in {row.order_id for row in rows}:
        advance(order_id, now=now)
    return changed


# --- holding a book --------------------------------------------------------------------------


@dataclass(slots=True)
class Claim:
    """This worker's hold on one book. `fence` is void as soon as somebody else claims it."""

    book: Book
    fence: int
    leased_until: datetime
    lease: timedelta

    def renew(self, now: datetime) -> None:
        """Make the lease outlast the next call. Raises LeaseLost when the book is not ours."""
        until = now + self.lease
        mine = Book.objects.filter(id=self.book.id, fence=self.fence)
        if not mine.update(leased_until=until):
            raise LeaseLost
        self.leased_until = until


CLAIM = """
    UPDATE accounting_book SET leased_until = %(until)s, fence = fence + 1
    WHERE id = (
        SELECT id FROM accounting_book
        WHERE state = 'active' AND ready_at <= %(now)s
          AND (leased_until IS NULL OR leased_until <= %(now)s)
        ORDER BY ready_at, id FOR UPDATE SKIP LOCKED LIMIT 1
    ) RETURNING id
"""


def claim(*, now: datetime, lease: timedelta = FIRST_LEASE) -> Claim | None:
    """The book that has waited longest, or None. What its last holder left as `sending` becomes
    `unknown`: that worker is gone, and its call may or may not have arrived."""
    until = now + lease
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CLAIM, {"until": until, "now": now})
        row = cursor.fetchone()
        if row is None:
            return None
        book = Book.objects.get(id=row[0])
        _abandoned(book, now)
    return Claim(book, book.fence, until, lease)


def _abandoned(book: Book, now: datetime) -> None:
    """Lock order everywhere: book, then document."""
    quiet = timedelta(seconds=settings.LEJAR_QUIET_SECONDS[0])
    Document.objects.filter(book=book, state=State.SENDING).update(
        state=State.UNKNOWN,
        ready_at=now + quiet,
        look_ups=0,
        message="The sender stopped in the middle of this call.",
    )


def release(held: Claim, *, now: datetime) -> None:
    """Give the book back, with the time it should be looked at next."""
    with transaction.atomic():
        book = Book.objects.select_for_update().filter(id=held.book.id, fence=held.fence).first()
        if book is None:
            return
        book.leased_until = None
        if not book.trouble_count:
            earliest = _due().filter(book=book).aggregate(at=Min("ready_at"))["at"]
            book.ready_at = max(earliest, now) if earliest else None
        book.save(update_fields=["leased_until", "ready_at"])


def next_due(held: Claim, *, now: datetime) -> Document | None:
    """The document of the claimed book that has waited longest."""
    due = _due().filter(book_id=held.book.id, ready_at__lte=now)
    return due.order_by("ready_at", "id").first()


def _due() -> QuerySet[Document]:
    return Document.objects.filter(state__in=DUE, store__sending=True)


def move(held: Claim, document: Document, state: Document.State, **changes: Any) -> None:
    """Change a document's state, unless somebody else holds the book by now."""
    mine = Q(book__fence=held.fence, book_id=held.book.id)
    unchanged = Document.objects.filter(mine, id=document.id, state=document.state)
    if not unchanged.update(state=state, **changes):
        raise LeaseLost
    document.state = state
    for name, value in changes.items():
        setattr(document, name, value)
