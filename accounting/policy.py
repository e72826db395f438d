"""The merchant's choices (accounting treatment, section 6), checked before they are kept.

A change reaches orders that are planned after it; what is pinned to an order stays as it was.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import available_timezones

from django.db import transaction

from accounting import known_codes
from accounting.documents.identity_forms import ID_NUMBERS
from accounting.documents.numbering import PREFIX
from accounting.facts import TaxDetails
from accounting.mapping import changed, changing
from accounting.mapping_tables import Invalid, Wrong, currency, storable
from accounting.models import Store

CHOICES = {
    "trigger": ("paid", "created"),
    "partial_payment": ("post", "wait"),
    "invoice_date": ("order", "trigger"),
    "zero_value": ("post", "skip"),
    "unrefunded_cancellation": ("credit", "hold"),
    "closed_period": ("next_open_day", "hold"),
    "currency_side": ("shop", "presentment"),
    "customers": ("cash", "customer", "company"),
    "discounts": ("net", "gross"),
    "earlier_refunds": ("hold", "credit"),
    "project_by": ("none", "location", "source"),
}
LONGEST_SETTLE = 86_400  # seconds; a day without a document would look like a fault
LONGEST_FOLD_WINDOW = 86_400  # seconds (treatment 2.2)
LARGEST_FX_TOLERANCE = Decimal("0.10")  # beyond a tenth it is no exchange difference any more
LARGEST_THRESHOLD = Decimal("9999999999.99")
MOST_SOURCES = 50
MOST_SKUS = 200
LONGEST_CODE = 20  # of an account, payment method or project
# What a checkout may ask for an e-invoice of the buyer's own. A number of identification stands
# under `id_number`, with its `id_type` beside it, or under the kind that it is of.
TAX_ATTRIBUTES = (*(field.name for field in fields(TaxDetails)), *ID_NUMBERS)
LONGEST_ATTRIBUTE = 100
DEBTOR_PREFIX = re.compile(r"[A-Z0-9./-]{0,4}")


@transaction.atomic
def change_policy(*, store_id: int, changes: Mapping[str, Any], who: str, now: datetime) -> Store:
    """Change some of the store's policies, all or none. `…_seconds` are seconds, dates are days in
    the shop's time zone, `fx_tolerance` is a fraction of the amount, `einvoice_threshold` is in the
    shop's currency. Raises Invalid with every wrong field at index 0."""
    changing(store_id)
    store = Store.objects.select_for_update().get(pk=store_id)
    before = {name: getattr(store, name, None) for name in changes}
    errors: dict[str, str] = {}
    for name, value in changes.items():
        try:
            setattr(store, name, _checked(store, name, value))
        except Wrong as wrong:
            errors[wrong.field] = str(wrong)
    if errors:
        raise Invalid({0: errors})
    new = [name for name in changes if getattr(store, name) != before[name]]
    if new:  # a form sends all its fields; the trail and the plan are about what is new
        store.save(update_fields=new)
        was = {name: _plain(before[name]) for name in new}
        now_is = {name: _plain(getattr(store, name)) for name in new}
        changed(store_id, "change_policy", {"before": was, "after": now_is}, who, now)
    return store


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
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


def _seconds(name: str, longest: int) -> Callable[[Store, Any], int]:
    def check(store: Store, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= longest:
            raise Wrong(name, f"A whole number of seconds from 0 to {longest}.")
        return value

    return check


def _texts(name: str, *, most: int, longest: int, of: str) -> Callable[[Store, Any], list[str]]:
    """A list of names, kept case-folded: that is how they are compared."""

    def check(store: Store, value: Any) -> list[str]:
        texts = isinstance(value, (list, tuple)) and all(isinstance(part, str) for part in value)
        parts = [part.strip().casefold() for part in value] if texts else []
        fits = all(0 < len(part) <= longest and storable(part) for part in parts)
        if not texts or len(parts) > most or not fits:
            raise Wrong(name, f"A list of at most {most} {of}, of {longest} characters each.")
        return parts

    return check


def _code(name: str) -> Callable[[Store, Any], str]:
    def check(store: Store, value: Any) -> str:
        code = value.strip() if isinstance(value, str) else None
        if code is None or len(code) > LONGEST_CODE or not storable(code):
            raise Wrong(name, f"A code of at most {LONGEST_CODE} characters, or nothing.")
        if wrong := known_codes.form(store.pk, "policies").wrong(name, code):
            raise Wrong(name, wrong)
        return code

    return check


def _yes_or_no(name: str) -> Callable[[Store, Any], bool]:
    def check(store: Store, value: Any) -> bool:
        if not isinstance(value, bool):
            raise Wrong(name, "true or false.")
        return value

    return check


def _number(name: str, *, places: int, most: Decimal) -> Callable[[Store, Any], Decimal]:
    """A decimal from 0 to `most`; more places are refused, not rounded away."""

    def check(store: Store, value: Any) -> Decimal:
        try:
            number = Decimal(value) if isinstance(value, (str, int, Decimal)) else Decimal("NaN")
        except InvalidOperation:
            number = Decimal("NaN")
        if isinstance(value, bool) or not (number.is_finite() and 0 <= number <= most):
            raise Wrong(name, f"A number from 0 to {most:f}.")
        if number != round(number, places):
            raise Wrong(name, f"At most {places} decimals.")
        return number

    return check


def _debtor_prefix(store: Store, value: Any) -> str:
    prefix = value.strip().upper() if isinstance(value, str) else None
    if prefix is None or not DEBTOR_PREFIX.fullmatch(prefix):
        raise Wrong("debtor_prefix", "At most four letters, digits, dots, slashes or hyphens.")
    return prefix


def _date(name: str) -> Callable[[Store, Any], date | None]:
    def check(store: Store, value: Any) -> date | None:
        try:
            return value if value is None or type(value) is date else date.fromisoformat(value)
        except (TypeError, ValueError):
            raise Wrong(name, "A date like 2026-11-30, or nothing.") from None

    return check


def _tax_attributes(store: Store, value: Any) -> dict[str, str]:
    """The names under which a checkout keeps what it asked. Without the TIN, and a number of
    identification that says of which kind it is, no e-invoice could name anybody."""
    texts = isinstance(value, Mapping) and all(isinstance(name, str) for name in value.values())
    named = {key: name.strip() for key, name in value.items()} if texts else {"": ""}
    if not named:
        return {}
    if not named.keys() <= set(TAX_ATTRIBUTES) or not all(map(_is_name, named.values())):
        known = ", ".join(TAX_ATTRIBUTES)
        raise Wrong("tax_attributes", f"The names of order attributes, under any of {known}.")
    if not (
        "tin" in named and (named.keys() & ID_NUMBERS or {"id_type", "id_number"} <= set(named))
    ):
        message = "Name the attributes of the TIN, and of the ID type and ID number."
        raise Wrong("tax_attributes", message)
    return named


def _is_name(name: str) -> bool:
    return 0 < len(name) <= LONGEST_ATTRIBUTE and storable(name)


def _currency(store: Store, value: Any) -> str:
    return currency(value, field="currency")


CHECKS: dict[str, Callable[[Store, Any], Any]] = {
    "prefix": _prefix,
    "currency": _currency,
    "time_zone": _time_zone,
    "settle_seconds": _seconds("settle_seconds", LONGEST_SETTLE),
    "fold_window_seconds": _seconds("fold_window_seconds", LONGEST_FOLD_WINDOW),
    "cut_over_date": _date("cut_over_date"),
    "books_closed_date": _date("books_closed_date"),
    "excluded_sources": _texts(
        "excluded_sources", most=MOST_SOURCES, longest=100, of="sales channel names"
    ),
    "included_sources": _texts(
        "included_sources", most=MOST_SOURCES, longest=100, of="sales channel names"
    ),
    "gift_card_skus": _texts("gift_card_skus", most=MOST_SKUS, longest=255, of="SKUs"),
    "fx_tolerance": _number("fx_tolerance", places=4, most=LARGEST_FX_TOLERANCE),
    "debtor_prefix": _debtor_prefix,
    "refund_account": _code("refund_account"),
    "tax_registered": _yes_or_no("tax_registered"),
    "show_buyer": _yes_or_no("show_buyer"),
    "project_fallback": _code("project_fallback"),
    "einvoice_since": _date("einvoice_since"),
    "einvoice_threshold": _number("einvoice_threshold", places=2, most=LARGEST_THRESHOLD),
    "einvoice_threshold_inclusive": _yes_or_no("einvoice_threshold_inclusive"),
    "einvoice_relaxed_until": _date("einvoice_relaxed_until"),
    "tax_attributes": _tax_attributes,
}
