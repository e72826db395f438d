"""How a company is made to misbehave, and the faults it then shows.

    offline            true: 503 instance_offline
    deleted            codes of masters that documents may no longer name, as if deleted
    filter_ignored     true: filters are accepted and lists come whole
    duplicate_status   400, 409, 422 or 500
    latency_ms         added to every call
    page_rows          rows a list shows at most (100)
    closed_until       YYYY-MM-DD: that day and all before it are closed
    refund_missing     true: refund paths answer 404
    debit_note_missing true, SQL Accounting: debit notes are read and not written, 405
    tax_scope          line or document: the book computes tax so (AutoCount: line; SQL Accounting
                       takes the tax it is told unless this is set)
    tax_rounding       half_up or half_even: where computed tax ends in half a sen (half_up)
    key_order          true, AutoCount, SQL Account API: fields sent before the debtor are lost
    integer_inference  true, AutoCount: an amount without decimals rounds its whole set
    signature          SQL Account API: newer or older, the parameters of its signatures (newer)
    clock_minutes      SQL Account API: how far a signature's time may be off (15); 0: any time
    create_status      SQL Account API: 200 or 201 for what was created (201)
    envelope           SQL Account API: data, bare or list, around one document (data)
    list_dates         SQL Account API: iso or dmy, dates in lists (iso)
    ar_updatecount     SQL Account API: increment or same, what a change of an AR document must
                       bring (increment)
    unit_price_decimals SQL Account API: unit prices are rounded to these (2)
    five_cents         true, SQL Account API: an invoice is rounded to five sen on a line of its own
    licence_taken      true, SQL Account API: no licence is free
    read_only          true, SQL Account API: this user may not write
    no_tax_module      true, SQL Account API: lines with a tax code fail
    not_unicode        true, SQL Account API: text beyond Latin-1 is refused
    location_required  true, SQL Account API: lines name a location
    classification_required  true, SQL Account API: lines name an e-invoice classification
    no_customerinvoice true, SQL Account API: AR invoices cannot be read
    not_in_edit        SQL Account API: resources whose POST fails without a known cause
    (those of AutoCount Cloud alone: `autocount_cloud_switches`)
    hang_seconds       how long a hanging call hangs (120)
    drip_ms            pause before each byte of a slow answer (1000)
    faults             [{"fault", "when", "on", "times", "every", ...}], counted, never random

A fault hits every `every`-th call of those it counts, `times` times (both 1 unless said). It counts
writes, or what `on` says: "writes", "reads" or "all". It hits "before" the call reaches the book or
"after" ("when"; after unless said), when the book has committed:

    hang           sleeps `hang_seconds`, then 504
    reset          the connection breaks in the middle of the body
    truncated      half of the JSON
    html           500 with a page
    500            500 in plain text
    400 … 599      that status as this door says it; with `retry_after` it carries that Retry-After
    error_in_200   200 with an error in it
    other_answer   what the call before was answered

and only after:

    wrong_total    the answer tells another total than was booked
    wrong_number   the answer tells another number than was booked
    renumbered     the book takes the document under another number, and says so
    slow           the answer comes byte by byte
    late_commit    500; the write reaches the book after `reads` more reads were answered (1)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction

from accounting.sandbox import autocount_cloud_switches, wire
from accounting.sandbox.models import Company
from accounting.sandbox.wire import Refused

EITHER_SIDE = ("hang", "reset", "truncated", "html", "error_in_200", "other_answer")
STATUS = re.compile("[45][0-9][0-9]")
AFTER_ONLY = ("wrong_total", "wrong_number", "renumbered", "slow", "late_commit")
USUAL = {"when": "after", "on": "writes", "times": 1, "every": 1, "reads": 1}
FLAGS = (
    *("offline", "filter_ignored", "refund_missing", "debit_note_missing"),
    *("key_order", "integer_inference"),
    *("five_cents", "licence_taken", "read_only", "no_tax_module", "not_unicode"),
    *("location_required", "classification_required", "no_customerinvoice"),
    *autocount_cloud_switches.FLAGS,
)
LISTS = ("deleted", "not_in_edit")
CHOICES: dict[str, tuple[Any, ...]] = {
    "duplicate_status": (400, 409, 422, 500),
    "signature": ("newer", "older"),
    "create_status": (200, 201),
    "envelope": ("data", "bare", "list"),
    "list_dates": ("iso", "dmy"),
    "ar_updatecount": ("increment", "same"),
    "tax_scope": ("line", "document"),
    "tax_rounding": ("half_up", "half_even"),
    **autocount_cloud_switches.CHOICES,
}
NUMBERS = (
    *("latency_ms", "page_rows", "hang_seconds", "drip_ms"),
    *("clock_minutes", "unit_price_decimals"),
    *autocount_cloud_switches.NUMBERS,
)
COUNTS = ("times", "every", "reads")


def checked(given: dict[str, Any]) -> dict[str, Any]:
    """The switches to keep. Raises Refused naming the first that is unknown or unusable."""
    for name, value in given.items():
        if not _usable(name, value):
            raise Refused(f"switch {name} cannot be {wire.text(value)}", code="switch")
    faults = [{**USUAL, **f, "seen": 0, "hits": 0} for f in given.get("faults", [])]
    return {**given, "faults": faults}


def _usable(name: str, value: Any) -> bool:
    if name in FLAGS:
        return isinstance(value, bool)
    if name in NUMBERS:
        return type(value) is int and value >= 0
    if name in LISTS:
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    if name in CHOICES:
        return value in CHOICES[name]
    if name == "closed_until":
        return value is None or _is_date(value)
    if name == "ko_type_codes":
        return autocount_cloud_switches.is_type_codes(value)
    return name == "faults" and isinstance(value, list) and all(map(_usable_fault, value))


def _is_date(value: Any) -> bool:
    try:
        return date.fromisoformat(value) is not None
    except (TypeError, ValueError):
        return False


def _usable_fault(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    given = {**USUAL, **value}
    return (
        set(value) <= {"fault", "retry_after", *USUAL}
        and given["when"] in _sides(given.get("fault"))
        and given["on"] in ("writes", "reads", "all")
        and all(type(given[name]) is int and given[name] > 0 for name in COUNTS)
        and type(given.get("retry_after", 0)) is int
    )


def _sides(fault: Any) -> tuple[str, ...]:
    """When this fault can hit; never, if there is no such fault."""
    if fault in EITHER_SIDE or (isinstance(fault, str) and STATUS.fullmatch(fault)):
        return ("before", "after")
    return ("after",) if fault in AFTER_ONLY else ()


def next_fault(company: Company, *, writes: bool) -> dict[str, Any] | None:
    """Count one call; the fault that hits it, or None. The count is committed at once."""
    if not company.switches.get("faults"):
        return None
    with transaction.atomic():
        locked = Company.objects.select_for_update().get(pk=company.pk)
        hit = next((f for f in locked.switches["faults"] if _counted(f, writes=writes)), None)
        locked.save(update_fields=["switches"])
    return hit


def _counted(fault: dict[str, Any], *, writes: bool) -> bool:
    if fault["on"] not in ("all", "writes" if writes else "reads"):
        return False
    fault["seen"] += 1
    hits = fault["hits"] < fault["times"] and fault["seen"] % fault["every"] == 0
    fault["hits"] += hits
    return bool(hits)


def remember(company: Company, status: int, text: str, headers: Mapping[str, str]) -> None:
    """Keep an answer for a fault that will show it to another call."""
    if not any(f["fault"] == "other_answer" for f in company.switches.get("faults", [])):
        return
    with transaction.atomic():
        locked = Company.objects.select_for_update().get(pk=company.pk)
        for fault in locked.switches.get("faults", []):
            told = {"told": [status, text, dict(headers)]}
            fault |= told if fault["fault"] == "other_answer" else {}
        locked.save(update_fields=["switches"])
