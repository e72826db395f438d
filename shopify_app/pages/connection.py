"""The connection to the books: which they are and how they are reached, what the check found, the
codes read from them, and whether they still hold what was posted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.http import HttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounting import checking, code_lists, known_codes, overview
from accounting.connectors.base import CodeList
from accounting.connectors.guide import Guide, Setting, guides
from accounting.models import Book, BookCheck, BookDifference
from accounting.models import CodeList as ListRow
from accounting.overview import MOST
from shopify_app import demo_companies, ui
from shopify_app.difference_words import said
from shopify_app.pages.fields_of_findings import errors
from shopify_app.pages.paging import newest
from shopify_app.pages.standing import Standing, has_failed, standing
from shopify_app.said import in_words
from shopify_app.session import PageRequest, session_required

PAGE = 25
DEMO = "demo"  # among the ways
URGENT = ("failed", "warning", "ok")
UNDER_WAY = (BookCheck.State.RUNNING, BookCheck.State.STOPPED)
SLOW, QUICK = 30, 5  # seconds between two looks; quick while something is under way


@session_required
@require_safe
def connection_page(request: PageRequest) -> HttpResponse:
    """Everything of the connection on one page; without one, how to get it."""
    has = overview.set_up(request.visit.store_id)
    book, stands = has.store.book, standing(has.store)
    values: dict[str, Any] = {
        "store": has.store,
        "book": book,
        "guide": has.guide,
        "standing": stands,
        "ways": _ways(book, has.store.currency),
        "chosen": _chosen(request.GET.get("way", ""), book),
        "demo_companies": demo_companies.offered(),
        "live_seconds": SLOW,
    }
    if book is not None and stands.code != "disconnected":
        values |= _connected(request, book, stands)
    return ui.show(request, "connection/connection.html", **values)


# --- what to fill in -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of the form. `kept` says that there is a value which is not shown."""

    setting: Setting
    name: str
    value: str
    kept: bool
    error: str

    @property
    def is_needed(self) -> bool:
        """Whether it is shown without asking: what has a usual value can wait."""
        secret = self.name.startswith("credentials.")
        return secret or bool(self.error) or (self.setting.required and not self.setting.default)


@dataclass(frozen=True, slots=True, kw_only=True)
class WayShown:
    """One way to reach books, as it is offered. `is_now` marks the present one."""

    key: str
    guide: Guide
    is_now: bool
    currency: str
    fields: tuple[Field, ...]

    @property
    def body(self) -> str:
        """What the form says besides its fields."""
        return json.dumps({"system": self.guide.system, "way": self.guide.way})

    @property
    def needed(self) -> list[Field]:
        return [field for field in self.fields if field.is_needed]

    @property
    def others(self) -> list[Field]:
        return [field for field in self.fields if not field.is_needed]


def _ways(book: Book | None, currency: str) -> list[WayShown]:
    return [_way(guide, book, currency) for _key, guide in sorted(guides().items(), reverse=True)]


def _way(guide: Guide, book: Book | None, currency: str) -> WayShown:
    now = book if book and (book.system, book.way) == (guide.system, guide.way) else None
    wrong = errors(now) if now else {}
    return WayShown(
        key=guide.name,
        guide=guide,
        is_now=now is not None,
        currency=now.home_currency if now else currency,
        fields=(
            *(_credential(each, now, wrong) for each in guide.credentials),
            *(_setting(each, now, wrong) for each in guide.settings),
        ),
    )


def _credential(setting: Setting, now: Book | None, wrong: Mapping[str, str]) -> Field:
    """What is kept is sealed and never shown, the key's name as little as the key."""
    name = f"credentials.{setting.name}"
    kept = now is not None and bool(now.sealed_credentials)
    return Field(setting=setting, name=name, value="", kept=kept, error=wrong.get(name, ""))


def _setting(setting: Setting, now: Book | None, wrong: Mapping[str, str]) -> Field:
    name = f"settings.{setting.name}"
    value = now.settings.get(setting.name, setting.default) if now else setting.default
    return Field(setting=setting, name=name, value=value, kept=False, error=wrong.get(name, ""))


def _chosen(asked: str, book: Book | None) -> str:
    """The way whose fields are shown: the one asked for, else the present one, else none."""
    names = [guide.name for guide in guides().values()]
    if asked in names or (asked == DEMO and demo_companies.offered()):
        return asked
    present = guides().get((book.system, book.way)) if book else None
    return present.name if present else ""


# --- what is known of it ---------------------------------------------------------------------


def _connected(request: PageRequest, book: Book, stands: Standing) -> dict[str, Any]:
    store_id = request.visit.store_id
    check = checking.latest(store_id=store_id)
    all_well = not has_failed(book.findings)
    running = check is not None and check.state in UNDER_WAY
    return {
        "is_connected": True,
        "is_settled": all_well and stands.code not in ("unchecked", "misconfigured"),
        "findings": sorted(book.findings, key=lambda each: URGENT.index(each["status"])),
        "resume_body": json.dumps({"company": book.found}),
        "all_well": all_well,
        "other_company": bool(book.fingerprint) and book.found not in ("", book.fingerprint),
        "code_lists": _code_lists(store_id) if stands.code not in ("unchecked", "failed") else (),
        "can_compare": book.state in checking.READABLE,
        "check": check,
        "is_comparing": running and check is not None and check.state == BookCheck.State.RUNNING,
        "check_message": in_words(check.message) if check else "",
        "live_seconds": QUICK if running else SLOW,
        **_differences(request, store_id),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class ListShown:
    name: str
    title: Promise
    row: ListRow | None
    is_old: bool


def _code_lists(store_id: int) -> list[ListShown]:
    known, now = code_lists.lists(store_id), timezone.now()
    return [
        ListShown(
            name=each.value,
            title=TITLES[each],
            row=known.get(each),
            is_old=each in known and known_codes.is_old(known[each], now),
        )
        for each in CodeList
    ]


TITLES: Mapping[CodeList, Promise] = {
    CodeList.ACCOUNTS: _("Accounts"),
    CodeList.TAX_CODES: _("Tax codes"),
    CodeList.PAYMENT_METHODS: _("Payment methods"),
    CodeList.ITEMS: _("Items"),
    CodeList.DEBTORS: _("Customers"),
    CodeList.PROJECTS: _("Projects"),
    CodeList.LOCATIONS: _("Stock locations"),
    CodeList.TERMS: _("Credit terms"),
}


def _differences(request: PageRequest, store_id: int) -> dict[str, Any]:
    """Those that stand, or with `dismissed` in the address those somebody has dismissed."""
    dismissed = bool(request.GET.get("dismissed"))
    rows = BookDifference.objects.filter(store=store_id, resolved_at=None)
    counts = rows.order_by("pk")[:MOST].aggregate(
        standing=Count("pk", filter=Q(dismissed_at=None)),
        dismissed=Count("pk", filter=Q(dismissed_at__isnull=False)),
    )
    shown = rows.filter(dismissed_at__isnull=not dismissed)
    found, older = newest(shown, request.GET.get("differences", ""), PAGE)
    return {
        "differences": [(row, said(row)) for row in found],
        "older": older,
        "first_page": not request.GET.get("differences"),
        "shows_dismissed": dismissed,
        "standing_count": counts["standing"],
        "dismissed_count": counts["dismissed"],
    }
