"""Lines of the tie-out: three columns, what their differences come to, and what explains them.

Everything is summed from the rows that `tie_figures` keeps.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, IntegerField, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from accounting.currencies import decimals
from accounting.models import Store, TieDay, TieDifference, TieDue, TieRecount
from accounting.tie.stated import MONEY, SALES, TAX

ZERO = Decimal(0)
AGREES, EXPLAINED, DIFFERS, NOTHING = "agrees", "explained", "differs", "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The three columns and what their differences come to. `explained` and `wrong` count single
    differences, of which several may cancel out."""

    currency: str
    shopify: Decimal = ZERO
    documents: Decimal = ZERO
    books: Decimal = ZERO
    documents_explained: Decimal = ZERO
    documents_wrong: Decimal = ZERO
    books_explained: Decimal = ZERO
    books_wrong: Decimal = ZERO
    explained: int = 0
    wrong: int = 0

    @property
    def documents_differ(self) -> Decimal:
        """What documents have more than Shopify."""
        return self.documents - self.shopify

    @property
    def books_differ(self) -> Decimal:
        """What the books have more than documents."""
        return self.books - self.documents

    @property
    def all_explained(self) -> Decimal:
        """Of both differences, what has a reason."""
        return self.documents_explained + self.books_explained

    @property
    def unexplained(self) -> Decimal:
        """Of both differences, what nobody can explain."""
        return self.documents_wrong + self.books_wrong

    @property
    def status(self) -> str:
        if self.wrong or not self._adds_up():
            return DIFFERS
        if self.explained:
            return EXPLAINED
        return AGREES if self.shopify or self.documents or self.books else NOTHING

    def _adds_up(self) -> bool:
        """Whether the reasons are the difference, to the sen."""
        documents = self.documents_explained + self.documents_wrong
        books = self.books_explained + self.books_wrong
        return (documents, books) == (self.documents_differ, self.books_differ)


SUMS = (
    "shopify",
    "documents",
    "books",
    "documents_explained",
    "documents_wrong",
    "books_explained",
    "books_wrong",
    "explained",
    "wrong",
)


def summed(currency: str, rows: Iterable[TieDay | Line]) -> Line:
    sums: dict[str, Any] = dict.fromkeys(SUMS[:-2], ZERO) | {"explained": 0, "wrong": 0}
    for row in rows:
        for name in SUMS:
            sums[name] += getattr(row, name)
    places = decimals(currency)
    exact = {name: shown(value, places) for name, value in sums.items()}
    return Line(currency=currency, **exact)


def shown(value: Any, places: int) -> Any:
    """With the currency's decimals; never rounded."""
    if isinstance(value, int):
        return value
    step = Decimal(1).scaleb(-places)
    quantized = value.quantize(step)
    return quantized if quantized == value else value.normalize()


WORST = (NOTHING, AGREES, EXPLAINED, DIFFERS)


def worst(statuses: Iterable[str]) -> str:
    return max(statuses, key=WORST.index, default=NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One gateway or one tax: `rate` in per cent, `name` the code of the books or the gateway."""

    view: str
    rate: str
    name: str
    line: Line


def places_of(rows: Iterable[TieDay]) -> tuple[Place, ...]:
    """Sums by gateway and tax over the days of the rows; without places where nothing is left."""
    found: dict[tuple[str, str, str, str], list[TieDay]] = {}
    for row in rows:
        found.setdefault((row.view, row.name, row.rate, row.currency), []).append(row)
    places = (
        Place(view=view, name=name, rate=rate, line=summed(currency, mine))
        for (view, name, rate, currency), mine in sorted(found.items())
    )
    return tuple(place for place in places if place.line.status != NOTHING)


VIEWS = (SALES, TAX, MONEY)
KINDS = "kinds"
DOCUMENT_KINDS = ("invoice", "debit_note", "credit_note", "payment", "refund")


def days(store_id: int, first: date, last: date) -> QuerySet[TieDay]:
    """The sums of what is tied out, day by day."""
    return TieDay.objects.filter(store=store_id, view__in=VIEWS, date__range=(first, last))


def ends_of(day: date) -> tuple[date, date]:
    last = calendar.monthrange(day.year, day.month)[1]
    return day.replace(day=1), day.replace(day=last)


def differences(store_id: int, *, first: date, last: date) -> QuerySet[TieDifference]:
    """The single differences of these days, each with its order, in the order of their keys."""
    rows = TieDifference.objects.filter(store=store_id, date__range=(first, last))
    return (
        rows.select_related("order")
        .only(*DIFFERENCE, "order__name", "order__order_id", "order__note")
        .order_by("id")
    )


DIFFERENCE = (
    "store_id",
    "date",
    "view",
    "name",
    "rate",
    "currency",
    "side",
    "reason",
    "wrong",
    "amount",
    "number",
    "detail",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonTotal:
    """All differences of one reason in one view and column."""

    view: str
    side: str
    reason: str
    wrong: bool
    currency: str
    count: int
    orders: int
    amount: Decimal


def reasons_of(store_id: int, first: date, last: date) -> tuple[ReasonTotal, ...]:
    """All differences of these days, the wrong ones first."""
    rows = TieDifference.objects.filter(store=store_id, date__range=(first, last))
    sums = rows.values("view", "side", "reason", "wrong", "currency").annotate(
        count=Count("id"), orders=Count("order", distinct=True), total=Sum("amount")
    )
    ordered = sums.order_by("-wrong", "view", "-side", "reason", "currency")
    return tuple(
        ReasonTotal(
            **{name: row[name] for name in ("view", "side", "reason", "wrong", "currency")},
            count=row["count"],
            orders=row["orders"],
            amount=shown(row["total"], decimals(row["currency"])),
        )
        for row in ordered
    )


def store(store_id: int, **more: Any) -> dict[str, Any]:
    """The store's currency, how many of its orders wait to be counted (`counting`), whether all of
    them are being counted anew (`recounting`), and `more` that is asked of it, in one statement."""
    due = TieDue.objects.filter(store=OuterRef("pk")).order_by().values("store")
    total = due.annotate(n=Count("id")).values("n")
    rows = Store.objects.filter(id=store_id).values_list(
        "currency",
        Coalesce(Subquery(total), Value(0), output_field=IntegerField()),
        Exists(TieRecount.objects.filter(store=OuterRef("pk"))),
        *more.values(),
    )
    found: tuple[Any, ...] = rows.get()
    return dict(zip(("currency", "counting", "recounting", *more), found, strict=True))
