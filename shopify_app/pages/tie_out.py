"""The tie-out: every day of a month, one day down to its orders, and the statement to print."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounting import tie_out
from accounting.models import TieDifference
from accounting.tie_lines import NOTHING
from shopify_app import accountants, ui
from shopify_app.converters import month_of
from shopify_app.hold_words import hold
from shopify_app.pages.places import key_of
from shopify_app.session import PageRequest, session_required
from shopify_app.tie_words import STATUSES, VIEWS, figure_name, place_name, told

MONTHS = 25  # in the picker
SAID = 5  # reasons on the page of a month; the statement has them all


@session_required
@require_safe
def month_page(request: PageRequest) -> HttpResponse:
    """A row for every day of one month."""
    chosen = _month(request)
    found = tie_out.month(request.visit.store_id, month=chosen)
    values: dict[str, Any] = {
        "month": found,
        "days": [(each, STATUSES[each.status]) for each in found.days],
        "totals": [each for line in (found.total, *found.others) for each in _totals(line)],
        "is_empty": found.total.status == NOTHING and not found.others,
        "reasons": found.reasons[:SAID],
        **_picker(chosen),
    }
    return ui.show(request, "tie_out/month.html", **values)


@session_required
@require_safe
def day_page(request: PageRequest, day: date) -> HttpResponse:
    """One day: by gateway and by tax, then every order that differs."""
    key = key_of(request.GET.get("after", "")) or 0
    found = tie_out.day(request.visit.store_id, day=day, after=key)
    values: dict[str, Any] = {
        "day": found,
        "month": day.replace(day=1),
        "views": [
            (
                view,
                [(place_name(p.view, p.name, p.rate), p.line, STATUSES[p.line.status]) for p in of],
            )
            for view in ("sales", "tax", "money")
            if (of := found.of(view))
        ],
        "differences": _in_words(found.differences),
        "first_page": not key,
    }
    return ui.show(request, "tie_out/day.html", **values)


@session_required
@require_safe
def statement_page(request: PageRequest) -> HttpResponse:
    """One month to print and to approve."""
    chosen = _month(request)
    found = tie_out.statement(request.visit.store_id, month=chosen)
    approved = found.approved
    values: dict[str, Any] = {
        "statement": found,
        "standing": STATUSES[found.status],
        "shop": request.visit.shop,
        "printed_at": timezone.now(),
        "views": [
            (view, [(place_name(p.view, p.name, p.rate), p.line) for p in of])
            for view in ("sales", "tax", "money")
            if (of := found.of(view))
        ],
        "differences": _in_words(found.listed),
        "approved_by": _name_of(request, approved.who) if approved else "",
        "changes": [(figure_name(name), then, now) for name, then, now in approved.changes]
        if approved
        else [],
        **_picker(chosen),
    }
    return ui.show(request, "tie_out/statement.html", **values)


def _name_of(request: PageRequest, who: str) -> str:
    """An accountant by the name of the link, staff by Shopify's number."""
    return accountants.labels(request.visit.shop, {who}).get(who, who)


def _totals(of: tie_out.DayLine) -> Iterator[tuple[Any, Any, Any]]:
    for view, line in (("sales", of.sales), ("tax", of.tax), ("money", of.money)):
        yield VIEWS[view], line, STATUSES[line.status]


def _in_words(rows: Iterable[TieDifference]) -> list[tuple[Any, ...]]:
    """Each with where it is, its words, and the title of what holds it."""
    return [
        (
            row,
            place_name(row.view, row.name, row.rate),
            told(row),
            hold(row.detail)[0] if row.detail else "",
        )
        for row in rows
    ]


def _month(request: PageRequest) -> date:
    """The month of the address; this one where it names none, in the shop's time zone."""
    try:
        return month_of(request.GET.get("month", ""))
    except ValueError:
        return timezone.localdate().replace(day=1)


def _picker(chosen: date) -> dict[str, Any]:
    """The months to choose from, newest first, with the chosen one among them."""
    today = timezone.localdate().replace(day=1)
    months = [today]
    while len(months) < MONTHS:
        months.append(_before(months[-1]))
    following = _after(chosen)
    return {
        "chosen": chosen,
        "months": sorted({*months, chosen}, reverse=True),
        "previous": _before(chosen),
        "following": following if following <= today else None,
    }


def _before(month: date) -> date:
    last = month.month == 1
    return date(month.year - last, 12 if last else month.month - 1, 1)


def _after(month: date) -> date:
    last = month.month == 12
    return date(month.year + last, 1 if last else month.month + 1, 1)
