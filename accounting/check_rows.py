"""The rows that a check of the books reads and writes, whatever it has found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, When

from accounting import tie_due
from accounting.comparing import FILED_AS, Aspect, Code, Difference, KnockOffs, kept
from accounting.documents.document import Kind, Role
from accounting.models import BookCheck, BookDifference, BookSighting, Document

# A customer is proved by its documents, each of which names it; a knock-off by what it leaves.
LISTED = (Kind.INVOICE, Kind.DEBIT_NOTE, Kind.PAYMENT, Kind.CREDIT_NOTE, Kind.REFUND)
ROLES = [role.value for role in Role]  # named, so that the key of documents is found by its index


def under(check: BookCheck, numbers: Iterable[str]) -> dict[str, Document]:
    """What Lejar has planned for this book under these numbers, for any of its stores."""
    rows = Document.objects.filter(book=check.book_id, number__in=list(numbers))
    return {row.number: row for row in rows.exclude(kind="customer")}


def known_elsewhere(check: BookCheck, numbers: Iterable[str]) -> set[str]:
    """Those of the numbers that the store has used in other books, before it came to these."""
    rows = Document.objects.filter(store=check.store_id, number__in=list(numbers))
    return set(rows.values_list("number", flat=True))


def by_marker(check: BookCheck, kind: str, source_ids: Iterable[int]) -> dict[int, Document]:
    """The store's posted documents of a kind, by the Shopify id they were written with."""
    rows = _posted(check).filter(role__in=ROLES, source_id__in=list(source_ids), kind=kind)
    return {row.source_id: row for row in rows}


def knock_offs(check: BookCheck, rows: Iterable[Document]) -> dict[str, KnockOffs]:
    """What was posted of knock-offs of these documents, by number."""
    orders = {row.order_id for row in rows}
    made = Document.objects.filter(
        order_id__in=orders, book=check.book_id, kind="allocation", state=Document.State.POSTED
    )
    found: dict[str, KnockOffs] = defaultdict(KnockOffs)
    for source, target, amount in made.values_list("source", "target", "total"):
        one, other = found[source].made, found[target].received
        one[target] = one.get(target, 0) + amount
        other[source] = other.get(source, 0) + amount
    return found


def still_to_look_up(check: BookCheck, most: int) -> list[Document]:
    """The next documents in number order that no list has shown to be as they were posted."""
    equal = BookSighting.objects.filter(check_run=check, document=OuterRef("pk"), equal=True)
    rows = _posted(check).filter(number__gt=check.cursor).exclude(kind="customer")
    rows = rows.filter(kind__in=LISTED).exclude(Exists(equal))
    return list(rows.order_by("number")[:most])


def _posted(check: BookCheck) -> QuerySet[Document]:
    state = Document.State.POSTED
    return Document.objects.filter(book=check.book_id, store=check.store_id, state=state)


# --- differences -----------------------------------------------------------------------------


def note(check: BookCheck, found: Sequence[Difference], now: datetime) -> None:
    """Keep what was found. What stands already is brought up to date, and stands once; dismissed
    with one figure, it is not dismissed with another."""
    for each in found:
        key = {
            "store_id": check.store_id,
            "book_id": check.book_id,
            "code": each.code,
            "aspect": each.aspect,
            "kind": each.kind,
            "number": each.number[:100],
            "other": each.other[:200],
        }
        books = kept(each.books)
        figures = {"books": books, "here": each.here, "check_run": check}
        as_it_was = Case(When(books=books, then=F("dismissed_at")), default=None)
        standing = BookDifference.objects.filter(**key, resolved_at=None)
        if not standing.update(**figures, dismissed_at=as_it_was):
            BookDifference.objects.create(
                **key, **figures, document_id=each.document_id, found_at=now
            )
    ids = [each.document_id for each in found if each.document_id is not None]
    if ids:
        tie_due.mark(Document.objects.filter(id__in=ids).values_list("order_id", flat=True))


def is_noted(check: BookCheck, document: Document, code: Code) -> bool:
    """Whether this check has found this of the document already."""
    rows = BookDifference.objects.filter(check_run=check, document=document, code=code)
    return rows.filter(resolved_at=None).exists()


def not_noted_as(check: BookCheck, kind: str, numbers: Iterable[str]) -> set[str]:
    """The numbers without those that this check met in the list the kind may share."""
    shared = FILED_AS.get(kind)
    rows = BookDifference.objects.filter(
        check_run=check, code=Code.FOREIGN, kind=shared, resolved_at=None
    )
    return set(numbers) - set(
        rows.filter(number__in=list(numbers)).values_list("number", flat=True)
    )


def resolve(check: BookCheck, now: datetime) -> None:
    """What this check, being through, has not found again is gone. What only a list can show stands
    on where the list was not whole."""
    rows = BookDifference.objects.filter(
        store=check.store_id, book=check.book_id, resolved_at=None
    ).exclude(check_run=check)
    listed_only = Q(code=Code.FOREIGN) | Q(aspect=Aspect.MARKER)
    gone = rows.exclude(listed_only, kind__in=check.unlisted)
    ours = gone.filter(document__isnull=False)
    orders = list(ours.values_list("document__order_id", flat=True))
    gone.update(resolved_at=now)
    tie_due.mark(orders)
