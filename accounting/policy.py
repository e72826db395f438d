"""The merchant's choices (accounting treatment, section 6), checked before they are kept.

A change reaches orders that are planned after it; what is pinned to an order stays as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import available_timezones

from django.db import transaction

from accounting.documents.numbering import PREFIX
from accounting.mapping import changed, changing
from accounting.mapping_tables import Invalid, Wrong, currency
from accounting.models import Store

CHOICES = {
    "trigger": ("paid", "created"),
    "partial_payment": ("post", "wait"),
    "invoice_date": ("order", "trigger"),
    "zero_value": ("post", "skip"),
    "unrefunded_cancellation": ("credit", "hold"),
    "closed_period": ("next_open_day", "hold"),
}
LONGEST_SETTLE = 86_400  # seconds; a day without a document would look like a fault
MOST_SOURCES = 50


@transaction.atomic
def change_policy(*, store_id: int, changes: Mapping[str, Any], who: str, now: datetime) -> Store:
    """Change some of the store's policies, all or none. `settle_seconds` is in seconds, dates are
    days in the shop's time zone. Raises Invalid with every wrong field at index 0."""
    changing(store_id)
    store = Store.objects.select_for_update().get(pk=store_id)
    before = {name: _plain(getattr(store, name, None)) for name in changes}
    errors: dict[str, str] = {}
    for name, value in changes.items():
        try:
            setattr(store, name, _checked(store, name, value))
        except Wrong as wrong:
            errors[wrong.field] = str(wrong)
    if errors:
        raise Invalid({0: errors})
    after = {name: _plain(getattr(store, name)) for name in changes}
    store.save(update_fields=list(changes))
    changed(store_id, "change_policy", {"before": before, "after": after}, who, now)
    return store


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _checked(store: Store, name: str, value: Any) -> Any:
    if name in CHOICES:
        if value not in CHOICES[name]:
            raise Wrong(name, f"One of {', '.join(CHOICES[name])}.")
        return value
    if name not in CHECKS:
        raise Wrong(name, "There is no such setting.")
    return CHECKS[name](store, value)


def _prefix(store: Store, value: Any) -> str:
    prefix = str(value or "").strip().upper()
    if not PREFIX.fullmatch(prefix):
        raise Wrong("prefix", "One to four letters or digits, a letter first.")
    others = Store.objects.exclude(pk=store.pk).filter(book__isnull=False, book=store.book)
    if others.filter(prefix=prefix).exists():
        raise Wrong("prefix", "Another shop already writes into these books with this prefix.")
    return prefix


def _time_zone(store: Store, value: Any) -> str:
    if not isinstance(value, str) or value not in available_timezones():
        raise Wrong("time_zone", "The name of a time zone, like Asia/Kuala_Lumpur.")
    return value


def _settle(store: Store, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LONGEST_SETTLE:
        raise Wrong("settle_seconds", f"A whole number of seconds from 0 to {LONGEST_SETTLE}.")
    return value


def _sources(store: Store, value: Any) -> list[str]:
    texts = isinstance(value, (list, tuple)) and all(isinstance(part, str) for part in value)
    parts = [part.strip().casefold() for part in value] if texts else []
    if not texts or len(parts) > MOST_SOURCES or any(not 0 < len(part) <= 100 for part in parts):
        raise Wrong("excluded_sources", f"A list of at most {MOST_SOURCES} sales channel names.")
    return parts


def _date(name: str) -> Callable[[Store, Any], date | None]:
    def check(store: Store, value: Any) -> date | None:
        try:
            return value if value is None or type(value) is date else date.fromisoformat(value)
        except (TypeError, ValueError):
            raise Wrong(name, "A date like 2026-11-30, or nothing.") from None

    return check


def _currency(store: Store, value: Any) -> str:
    return currency(value, field="currency")


CHECKS: dict[str, Callable[[Store, Any], Any]] = {
    "prefix": _prefix,
    "currency": _currency,
    "time_zone": _time_zone,
    "settle_seconds": _settle,
    "cut_over_date": _date("cut_over_date"),
    "books_closed_date": _date("books_closed_date"),
    "excluded_sources": _sources,
}
POLICIES = (*CHECKS, *CHOICES)
