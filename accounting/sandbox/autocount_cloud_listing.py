"""Listings of AutoCount Cloud: pages of 100, filters, and an order that nobody may rely on.

The simple listing (GET) filters by the document's date; the specific one (POST) by the filters that
are documented for its resource, others have no effect (contract 3).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from hashlib import sha256
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet

from accounting.sandbox.autocount_cloud_ask import Ask
from accounting.sandbox.autocount_cloud_body import read_date
from accounting.sandbox.autocount_cloud_book import Book, refused
from accounting.sandbox.call import PAGE, Answer

Rows = QuerySet[Any]
DATES = {"date": "date", "createdDate": "createdTimeStamp", "lastModifiedDate": "lastModified"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A resource that is listed; `texts` are its string filters and the columns they look at."""

    rows: Callable[[Ask], Rows]
    show: Callable[[Book, Any], dict[str, Any]]
    texts: Mapping[str, str]


def simple(ask: Ask, listed: Listed) -> Answer:
    rows = listed.rows(ask)
    if start := ask.one("startDate"):
        rows = rows.filter(date__gte=read_date(start, "startDate"))
    if end := ask.one("endDate"):
        rows = rows.filter(date__lte=read_date(end, "endDate"))
    return page_of(ask, rows, listed, _page(ask.one("page") or 1))


def specific(ask: Ask, listed: Listed) -> Answer:
    given = ask.body.get("filter") or {}
    if not isinstance(given, dict):
        raise refused("The filter is not an object", "18.10 D")
    rows = listed.rows(ask)
    if not ask.book.switch("filter_ignored", False):
        for name, column in listed.texts.items():
            rows = _by_text(rows, column, _part(given, name))
        for name, column in DATES.items():
            rows = _by_date(rows, column, _part(given, name))
    return page_of(ask, rows, listed, _page(ask.body.get("page", 1)))


def _part(given: Mapping[str, Any], name: str) -> dict[str, Any]:
    part = given.get(name) or {}
    if not isinstance(part, dict):
        raise refused(f"The filter {name} is not an object", "18.10 D")
    return part


def _by_text(rows: Rows, column: str, part: Mapping[str, Any]) -> Rows:
    """`multiSelect`: any of these, whatever their case; else from and to."""
    wanted = part.get("multiSelect")
    if isinstance(wanted, list):
        named = (Q(**{f"{column}__iexact": str(one)}) for one in wanted)
        rows = rows.filter(reduce(or_, named, Q()))
    if part.get("from"):
        rows = rows.filter(**{f"{column}__gte": str(part["from"])})
    return rows.filter(**{f"{column}__lte": str(part["to"])}) if part.get("to") else rows


def _by_date(rows: Rows, column: str, part: Mapping[str, Any]) -> Rows:
    """Whole days, the last one included."""
    for end, look in (("from", "gte"), ("to", "lte")):
        if part.get(end):
            day = read_date(part[end], end)
            if column == "date":
                rows = rows.filter(**{f"date__{look}": day})
            else:
                shown = day.isoformat() + ("" if end == "from" else "T24")
                rows = rows.filter(**{f"fields__{column}__{look}": shown})
    return rows


def _page(given: Any) -> int:
    try:
        page = int(str(given))
    except ValueError:
        page = 0
    if page < 1:
        raise refused("Page must be 1 or more", "18.10 A")
    return page


def page_of(ask: Ask, rows: Rows, listed: Listed, page: int) -> Answer:
    keys = _ordered(ask.book, list(rows.order_by("pk").values_list("pk", flat=True)), page)
    shown = cut(ask.book, keys, page)
    found = rows.model._default_manager.select_related("debtor").in_bulk(shown)
    data = [listed.show(ask.book, found[key]) for key in shown]
    return Answer(200, {"data": data, "totalCount": len(keys)})


def _ordered(book: Book, keys: list[int], page: int) -> list[int]:
    """As they were written; shuffled, always alike; or, while others write, ever otherwise."""
    moving = page if book.switch("reorder_between_pages", False) else 0
    if not moving and book.switch("listing_order", "creation") == "creation":
        return keys
    return sorted(keys, key=lambda key: sha256(f"{key} {moving}".encode()).digest())


def cut(book: Book, rows: Sequence[Any], page: int) -> list[Any]:
    """The rows of a page; none beyond the last."""
    size = book.switch("page_rows", PAGE)
    return list(rows[(page - 1) * size : page * size])


def plain(ask: Ask, rows: Sequence[Mapping[str, Any]], page: int | None = None) -> Answer:
    """A page of masters. `field` of the query, in any case, leaves other columns out."""
    wanted = {name.lower() for name in ask.many("field")}
    shown = [
        {name: value for name, value in row.items() if not wanted or name.lower() in wanted}
        for row in cut(ask.book, rows, page or _page(ask.one("page") or 1))
    ]
    return Answer(200, {"data": shown, "totalCount": len(rows)})


def page_of_body(ask: Ask) -> int:
    return _page(ask.body.get("page", 1))
