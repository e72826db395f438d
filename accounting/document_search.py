"""Which documents a person looks for: by state, kind, day, number or order.

Pages and the API ask the same way. Every question is answered from an index, and newest first: by
the day of the document where days are asked for, else by when it was planned.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from accounting.models import Document, Order, Store

SHORTEST = 3  # characters that a name or number may begin with: fewer would be like too many
MOST_ORDERS = 200  # whose names begin with what was typed; the newest


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Empty parts ask for nothing. Days are documents' own, both included. `text` is how a number
    or an order's name begins, all of it where it is shorter than three characters; the prefix of
    numbers and the # of names may be left out."""

    state: str = ""
    kind: str = ""
    since: date | None = None
    until: date | None = None
    text: str = ""

    @property
    def by_day(self) -> bool:
        return self.since is not None or self.until is not None


def found(
    store: Store, wanted: Wanted, *, below: int | None = None, most: int
) -> QuerySet[Document]:
    """The store's documents, newest first, at most so many; those after the document with the id
    `below`, if it is given."""
    rows = Document.objects.filter(_asked(wanted), store=store)
    order = ("-date", "-pk") if wanted.by_day else ("-pk",)
    if below is not None:
        rows = rows.filter(_after(store, below) if wanted.by_day else Q(pk__lt=below))
    if wanted.text.strip():
        return _named(store, wanted.text.strip(), rows.order_by(*order), most)
    return rows.order_by(*order)[:most]


def _asked(wanted: Wanted) -> Q:
    asked = Q()
    if wanted.state:
        asked &= Q(state=wanted.state)
    if wanted.kind:
        asked &= Q(kind=wanted.kind)
    if wanted.since:
        asked &= Q(date__gte=wanted.since)
    if wanted.until:
        asked &= Q(date__lte=wanted.until)
    return asked


def _named(store: Store, text: str, rows: QuerySet[Document], most: int) -> QuerySet[Document]:
    """Each beginning is looked for by itself, in its own index: one question with an "or" would
    read everything that is like any of them."""
    ways = [_like("number", text.upper()), Q(order_id__in=_orders(store, text))]
    digits = text.removeprefix("#")
    if store.prefix and digits[:1].isdigit():
        ways.append(_like("number", f"{store.prefix}-{digits.upper()}", typed=digits))
    first, *others = (rows.filter(way).values("pk")[:most] for way in ways)
    named = Document.objects.filter(pk__in=first.union(*others))
    return named.order_by(*rows.query.order_by)[:most]


def order_named(text: str) -> Q:
    """Orders whose name begins so; the # may be left out."""
    return _like("name", text) | _like("name", f"#{text}", typed=text)


def _like(name: str, text: str, *, typed: str = "") -> Q:
    """The field begins with the text; it is the text where too little was typed to choose by."""
    few = len((typed or text).removeprefix("#")) < SHORTEST
    return Q(**{name if few else f"{name}__startswith": text})


def _orders(store: Store, text: str) -> list[int]:
    """Row ids: asked for first, so that the documents of a few orders are found by their index."""
    rows = Order.objects.filter(order_named(text), store=store)
    return list(rows.order_by("-pk").values_list("pk", flat=True)[:MOST_ORDERS])


def _after(store: Store, document_id: int) -> Q:
    days = Document.objects.filter(store=store, pk=document_id).values_list("date", flat=True)
    day = days.first()
    if day is None:  # no document of this store
        return Q()
    return Q(date__lte=day) & (Q(date__lt=day) | Q(pk__lt=document_id))
