"""Which documents a person looks for: by state, kind, day, number or order.

Pages and the API ask the same way. Every question is answered from an index, and newest first: by
the day of the document where days are asked for, else by when it was planned.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from accounting.models import Document, Order, Store

MOST_ORDERS = 200  # whose names begin with what was typed; the newest


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Empty parts ask for nothing. Days are documents' own, both included. `text` is how a number
    or an order's name begins; the prefix of numbers and the # of names may be left out."""

    state: str = ""
    kind: str = ""
    since: date | None = None
    until: date | None = None
    text: str = ""

    @property
    def by_day(self) -> bool:
        return self.since is not None or self.until is not None


def found(store: Store, wanted: Wanted, *, below: int | None = None) -> QuerySet[Document]:
    """The store's documents, newest first; those after the document with the id `below`, if it is
    given."""
    rows = Document.objects.filter(_asked(store, wanted), store=store)
    if not wanted.by_day:
        return (rows.filter(pk__lt=below) if below is not None else rows).order_by("-pk")
    if below is not None:
        rows = rows.filter(_after(store, below))
    return rows.order_by("-date", "-pk")


def _asked(store: Store, wanted: Wanted) -> Q:
    asked = Q()
    if wanted.state:
        asked &= Q(state=wanted.state)
    if wanted.kind:
        asked &= Q(kind=wanted.kind)
    if wanted.since:
        asked &= Q(date__gte=wanted.since)
    if wanted.until:
        asked &= Q(date__lte=wanted.until)
    return asked & _named(store, wanted.text.strip()) if wanted.text.strip() else asked


def _named(store: Store, text: str) -> Q:
    named = Q(order_id__in=_orders(store, text))
    return named | Q(number__startswith=text.upper()) | _without_prefix(store, text)


def _without_prefix(store: Store, text: str) -> Q:
    digits = text.removeprefix("#")
    if not store.prefix or not digits[:1].isdigit():
        return Q()
    return Q(number__startswith=f"{store.prefix}-{digits.upper()}")


def _orders(store: Store, text: str) -> list[int]:
    """Row ids: asked for first, so that the documents of a few orders are found by their index."""
    named = Q(name__startswith=text) | Q(name__startswith=f"#{text}")
    rows = Order.objects.filter(named, store=store)
    return list(rows.order_by("-pk").values_list("pk", flat=True)[:MOST_ORDERS])


def _after(store: Store, document_id: int) -> Q:
    days = Document.objects.filter(store=store, pk=document_id).values_list("date", flat=True)
    day = days.first()
    if day is None:  # no document of this store
        return Q()
    return Q(date__lte=day) & (Q(date__lt=day) | Q(pk__lt=document_id))
