"""The tie-out as people read it: days, months and the statement for the accountant.

    daily      three figures a day, for a chart
    month      every day of a month, with what differs and whether that is explained
    day        one day by gateway and by tax, and the orders that differ
    statement  a month to print, to approve and to compare with what was approved

Amounts are `Decimal` in the currency beside them. All but single orders is read from the sums that
`tie_figures` keeps, so that no page depends on the number of orders.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import F, Sum

from accounting.models import TieDay, TieDifference
from accounting.tie.stated import MONEY, SALES, TAX
from accounting.tie_lines import (
    NOTHING,
    ZERO,
    Line,
    Place,
    ReasonTotal,
    days,
    differences,
    ends_of,
    places_of,
    reasons_of,
    store,
    summed,
    worst,
)
from accounting.tie_statement import Changed, Counting, Statement, approve, statement

__all__ = [
    "Changed",
    "Counting",
    "Day",
    "DayLine",
    "DayTotals",
    "Month",
    "Statement",
    "approve",
    "daily",
    "day",
    "lines_of",
    "month",
    "statement",
]

PAGE = 50  # differences of one day


@dataclass(frozen=True, slots=True, kw_only=True)
class DayTotals:
    """Sales with tax, less what was given back, of one day in the shop's currency."""

    date: date
    shop: Decimal = ZERO
    documents: Decimal = ZERO
    books: Decimal = ZERO


def daily(store_id: int, *, first: date, last: date) -> list[DayTotals]:
    """Every day from `first` to `last`, both included. Orders that are written in another currency
    than the shop's are not in it."""
    rows = TieDay.objects.filter(
        store=store_id, view=SALES, date__range=(first, last), currency=F("store__currency")
    ).values("date")
    sums = rows.annotate(shop=Sum("shopify"), written=Sum("documents"), held=Sum("books"))
    found = {
        row["date"]: DayTotals(
            date=row["date"], shop=row["shop"], documents=row["written"], books=row["held"]
        )
        for row in sums
    }
    count = (last - first).days + 1
    every = (first + timedelta(days=each) for each in range(count))
    return [found.get(each, DayTotals(date=each)) for each in every]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayLine:
    """One day of a month in one currency. Sales and money both must agree."""

    date: date
    sales: Line
    tax: Line
    money: Line

    @property
    def status(self) -> str:
        return worst([self.sales.status, self.tax.status, self.money.status])


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """`counting` says of how many orders figures are still on their way, `recounting` that all of
    them are."""

    first: date
    last: date
    currency: str
    days: tuple[DayLine, ...]
    total: DayLine
    others: tuple[DayLine, ...] = ()  # totals in other currencies
    reasons: tuple[ReasonTotal, ...] = ()
    counting: int = 0
    recounting: bool = False


def month(store_id: int, *, month: date) -> Month:
    """Every day of the month that `month` is in; totals of other currencies apart."""
    first, last = ends_of(month)
    said = store(store_id)
    currency = said["currency"]
    rows = list(days(store_id, first, last))
    mine = [row for row in rows if row.currency == currency]
    by_day: dict[date, list[TieDay]] = {}
    for row in mine:
        by_day.setdefault(row.date, []).append(row)
    calendar = [first + timedelta(days=each) for each in range((last - first).days + 1)]
    return Month(
        first=first,
        last=last,
        currency=currency,
        days=tuple(_day_line(day, currency, by_day.get(day, [])) for day in calendar),
        total=_day_line(first, currency, mine),
        others=tuple(
            _day_line(first, each, [row for row in rows if row.currency == each])
            for each in sorted({row.currency for row in rows} - {currency})
        ),
        reasons=reasons_of(store_id, first, last),
        counting=said["counting"],
        recounting=said["recounting"],
    )


def _day_line(day: date, currency: str, rows: Sequence[TieDay]) -> DayLine:
    by_view = {
        view: summed(currency, (row for row in rows if row.view == view))
        for view in (SALES, TAX, MONEY)
    }
    return DayLine(date=day, sales=by_view[SALES], tax=by_view[TAX], money=by_view[MONEY])


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """`following` is the key after which the next page of differences begins; None on the last."""

    date: date
    places: tuple[Place, ...]
    differences: tuple[TieDifference, ...]
    following: int | None = None
    counting: int = 0
    recounting: bool = False

    def of(self, view: str) -> list[Place]:
        return [place for place in self.places if place.view == view]


def day(store_id: int, *, day: date, after: int = 0) -> Day:
    """One day by sales, tax and gateway, and its single differences, those that nobody can explain
    marked `wrong`, each with its order."""
    rows = days(store_id, day, day)
    found = differences(store_id, first=day, last=day).filter(id__gt=after)
    page = list(found[: PAGE + 1])
    said = store(store_id)
    return Day(
        date=day,
        places=places_of(rows),
        differences=tuple(page[:PAGE]),
        following=page[PAGE - 1].pk if len(page) > PAGE else None,
        counting=said["counting"],
        recounting=said["recounting"],
    )


def lines_of(store_id: int, *, first: date, last: date) -> Iterator[tuple[TieDay, Line]]:
    """Every day, gateway and tax of these days, one after the other."""
    rows = days(store_id, first, last)
    for row in rows.order_by("date", "view", "name", "rate", "currency").iterator(2000):
        line = summed(row.currency, [row])
        if line.status != NOTHING:
            yield row, line
