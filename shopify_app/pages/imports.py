"""Import history: past orders read from Shopify, judged, posted and taken back; and the sweeps that
look for what never came."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounting import backfills
from accounting.backfill_claim import State
from accounting.models import Backfill, BackfillOrder, Store
from shopify_app import backfill, backfill_report, ui
from shopify_app.backfill_words import OUTCOMES, TONES, unhurried
from shopify_app.models import Reconciliation, Shop
from shopify_app.pages.paging import newest
from shopify_app.pages.places import key_of
from shopify_app.session import PageRequest, session_required

PAGE = 20
ORDERS = 50
LIVE_SECONDS = 5
USUAL_DAYS = 30  # of the range that the form begins with
DECIDED = (State.POSTED, State.REVERSED, State.CANCELLED)
CANCELLABLE = (
    State.READING,
    State.STOPPED,
    State.PREVIEWING,
    State.PREVIEWED,
    State.POSTING,
)
SHOWN_TOTALS = 100  # accounts: more are in the file


@session_required
@require_safe
def list_page(request: PageRequest) -> HttpResponse:
    """The imports, newest first, how far back one may begin, and the last sweep."""
    shop, now = request.visit.shop, timezone.now()
    rows = Backfill.objects.filter(store=request.visit.store_id)
    found, following = newest(rows, request.GET.get("before", ""), PAGE)
    is_open = rows.filter(state__in=backfills.OPEN).exists()
    values: dict[str, Any] = {
        "imports": [_listed(row) for row in found],
        "following": following,
        "first_page": "before" not in request.GET,
        "is_open": is_open,
        "range": _range(shop),
        "since": backfill.readable_since(shop, now),
        "sweep": _last_sweep(shop),
        "may_look": settings.SHOPIFY_FETCH != "never",
        "live_seconds": LIVE_SECONDS if is_open else 30,
    }
    return ui.show(request, "imports/list.html", **values)


def _listed(row: Backfill) -> dict[str, Any]:
    return {**backfill_report.shown(row), "tone": TONES[row.state]}


def _range(shop: Shop) -> tuple[date, date]:
    """What the form offers: the last days before the cut-over, or the last days."""
    now = timezone.now()
    today = now.astimezone(ZoneInfo(shop.store.time_zone)).date()
    cut_over = shop.store.cut_over_date
    last = min(today, cut_over) if cut_over else today
    first = last - timedelta(days=USUAL_DAYS)
    since = backfill.readable_since(shop, now)
    return (max(first, since) if since else first), max(last, since) if since else last


def _last_sweep(shop: Shop) -> Reconciliation | None:
    """The sweep under way, or the last one."""
    return Reconciliation.objects.filter(shop=shop.pk).order_by("-id").first()


@session_required
@require_safe
def detail_page(request: PageRequest, backfill_id: int) -> HttpResponse:
    """One import: how far it is, what it comes to, each order, and what can be decided now."""
    rows = Backfill.objects.filter(store=request.visit.store_id, id=backfill_id)
    found = rows.first()
    if found is None:
        return ui.show(request, "imports/missing.html", status=404)
    found.store = request.visit.store
    outcome, after = request.GET.get("outcome", ""), request.GET.get("after", "")
    detail = backfill_report.detail(found, now=timezone.now())
    orders, following = _page(_orders(found, outcome), after)
    values: dict[str, Any] = {
        "found": detail,
        "tone": TONES[found.state],
        "documents": backfill_report.documents_foreseen(found),
        "accounts": detail["preview"]["accounts"][:SHOWN_TOTALS],
        "may": _may(found),
        "halted": found.state == State.POSTING and found.halted_at is not None,
        "left": unhurried(detail["seconds_left"]),
        "orders": [_told(row) for row in orders],
        "following": following,
        "after": after,
        "outcome": outcome if outcome in FILTERS else "",
        "filters": _filters(detail["counts"]),
        "is_before_cut_over": _is_before_cut_over(found, request.visit.store),
        "live_seconds": 0 if found.state in (*DECIDED, State.PREVIEWED) else LIVE_SECONDS,
    }
    return ui.show(request, "imports/detail.html", **values)


def _may(found: Backfill) -> dict[str, bool]:
    """What can be decided now."""
    halted = found.state == State.POSTING and found.halted_at is not None
    return {
        "preview": found.state in (State.PREVIEWED, State.STOPPED),
        "post": found.state == State.PREVIEWED,
        "cancel": found.state in CANCELLABLE and not halted,
        "reverse": found.state == State.POSTED,
    }


def _is_before_cut_over(found: Backfill, store: Store) -> bool:
    return store.cut_over_date is not None and found.first_date < store.cut_over_date


# --- its orders ------------------------------------------------------------------------------

FILTERS = (*OUTCOMES, "different")


def _orders(found: Backfill, outcome: str) -> QuerySet[BackfillOrder]:
    rows = BackfillOrder.objects.filter(backfill=found).select_related("order")
    if outcome == "different":
        return rows.exclude(differences=[])
    return rows.filter(outcome=outcome) if outcome in OUTCOMES else rows


def _page(rows: QuerySet[BackfillOrder], after: str) -> tuple[list[BackfillOrder], int | None]:
    """As they were created; an `after` that is no key means the first page."""
    found = list(rows.filter(pk__gt=key_of(after) or 0).order_by("pk")[: ORDERS + 1])
    return found[:ORDERS], found[ORDERS - 1].pk if len(found) > ORDERS else None


def _told(row: BackfillOrder) -> dict[str, Any]:
    said = backfill_report.order(row)
    return {**said, "outcome_words": OUTCOMES[row.outcome], "why": backfill_report.why(said)}


def _filters(counts: Mapping[str, int]) -> list[tuple[str, Any, int]]:
    """What there is to look at: each outcome that some order has."""
    return [(name, label, counts[name]) for name, label in OUTCOMES.items() if counts[name]]
