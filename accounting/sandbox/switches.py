"""How a company is made to misbehave, and the faults it then shows.

    offline            true: 503 instance_offline
    filter_ignored     true: filters are accepted and lists come whole
    duplicate_status   409 or 422; AutoCount Cloud: 400 unless said
    latency_ms         added to every call
    page_rows          rows a list shows at most (100)
    closed_until       YYYY-MM-DD: that day and all before it are closed
    refund_missing     true: refund paths answer 404
    debit_note_missing true, SQL Accounting: debit notes are read and not written, 405
    tax_scope          line or document: the book computes tax so (AutoCount: line; SQL Accounting
                       takes the tax it is told unless this is set)
    tax_rounding       half_up or half_even: where computed tax ends in half a sen (half_up)
    key_order          true, AutoCount: fields sent before the debtor are lost
    integer_inference  true, AutoCount: an amount without decimals rounds its whole set
    hang_seconds       how long a hanging call hangs (120)
    drip_ms            pause before each byte of a slow answer (1000)
    (those of AutoCount Cloud alone: `autocount_cloud_switches`)
    faults             [{"fault", "when", "on", "times", "every", ...}], counted, never random

A fault hits every `every`-th call of those it counts, `times` times (both 1 unless said). It counts
writes, or what `on` says: "writes", "reads" or "all". It hits "before" the call reaches the book or
"after" ("when"; after unless said), when the book has committed:

    hang           sleeps `hang_seconds`, then 504
    reset          the connection breaks in the middle of the body
    truncated      half of the JSON
    html           500 with a page
    500            500 in plain text
    502, 503, 429  as this door says them; with `retry_after` they carry that Retry-After
    error_in_200   200 with an error in it

and only after:

    wrong_total    the answer tells another total than was booked
    wrong_number   the answer tells another number than was booked
    renumbered     the book takes the document under another number, and says so
    slow           the answer comes byte by byte
    late_commit    500; the write reaches the book after `reads` more reads were answered (1)
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction

from accounting.sandbox import autocount_cloud_switches, wire
from accounting.sandbox.models import Company
from accounting.sandbox.wire import Refused

EITHER_SIDE = (
    *("hang", "reset", "truncated", "html", "error_in_200"),
    *("500", "502", "503", "429"),
)
AFTER_ONLY = ("wrong_total", "wrong_number", "renumbered", "slow", "late_commit")
USUAL = {"when": "after", "on": "writes", "times": 1, "every": 1, "reads": 1}
FLAGS = (
    *("offline", "filter_ignored", "refund_missing", "debit_note_missing"),
    *("key_order", "integer_inference"),
    *autocount_cloud_switches.FLAGS,
)
CHOICES: dict[str, tuple[Any, ...]] = {
    "duplicate_status": (400, 409, 422),
    "tax_scope": ("line", "document"),
    "tax_rounding": ("half_up", "half_even"),
    **autocount_cloud_switches.CHOICES,
}
NUMBERS = (
    *("latency_ms", "page_rows", "hang_seconds", "drip_ms"),
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
    if name in CHOICES:
        return value in CHOICES[name]
    if name == "closed_until":
        return value is None or _is_date(value)
    if name in autocount_cloud_switches.OTHERS:
        return autocount_cloud_switches.OTHERS[name](value)
    return name == "faults" and isinstance(value, list) and all(map(_usable_fault, value))


def _is_date(value: Any) -> bool:
    try:
        return date.fromisoformat(value) is not None
    except (TypeError, ValueError):
        return False


def _usable_fault(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    known = set(value) <= {"fault", "retry_after", *USUAL}
    given = {**USUAL, **value}
    sides = ("before", "after") if given.get("fault") in EITHER_SIDE else ("after",)
    return (
        known
        and given.get("fault") in (*EITHER_SIDE, *AFTER_ONLY)
        and given["when"] in sides
        and given["on"] in ("writes", "reads", "all")
        and all(type(given[name]) is int and given[name] > 0 for name in COUNTS)
        and type(given.get("retry_after", 0)) is int
    )


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
