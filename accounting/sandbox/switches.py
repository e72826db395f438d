"""How a company is made to misbehave, and the faults it then shows.

    offline            true: 503 instance_offline
    filter_ignored     true: filters are accepted and lists come whole
    duplicate_status   409 or 422
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
    faults             [{"fault", "when", "times", "every"}], counted over writes, never random

A fault hits every `every`-th write, `times` times, "before" it reaches the book or "after" the book
has committed: `502`; `hang` (sleeps, then 504); `reset` (the connection breaks in the middle of the
body); `html` (500 with a page); `truncated` (half of the JSON); `error_in_200`.
"""

from __future__ import annotations

import errno
import time
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db import transaction
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

from accounting.sandbox import wire
from accounting.sandbox.call import Answer
from accounting.sandbox.models import Company
from accounting.sandbox.wire import Refused

FAULTS = ("502", "hang", "reset", "html", "truncated", "error_in_200")
FLAGS = (
    *("offline", "filter_ignored", "refund_missing", "debit_note_missing"),
    *("key_order", "integer_inference"),
)
CHOICES: dict[str, tuple[Any, ...]] = {
    "duplicate_status": (409, 422),
    "tax_scope": ("line", "document"),
    "tax_rounding": ("half_up", "half_even"),
}
NUMBERS = ("latency_ms", "page_rows", "hang_seconds")


def checked(given: dict[str, Any]) -> dict[str, Any]:
    """The switches to keep. Raises Refused naming the first that is unknown or unusable."""
    for name, value in given.items():
        if not _usable(name, value):
            raise Refused(f"switch {name} cannot be {wire.text(value)}", code="switch")
    faults = [{"times": 1, "every": 1, **f, "seen": 0, "hits": 0} for f in given.get("faults", [])]
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
    return name == "faults" and isinstance(value, list) and all(map(_usable_fault, value))


def _is_date(value: Any) -> bool:
    try:
        return date.fromisoformat(value) is not None
    except (TypeError, ValueError):
        return False


def _usable_fault(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.get("fault") in FAULTS
        and value.get("when") in ("before", "after")
        and all(type(value.get(name, 1)) is int and value.get(name, 1) > 0 for name in COUNTS)
        and set(value) <= {"fault", "when", *COUNTS}
    )


COUNTS = ("times", "every")


def next_fault(company: Company) -> dict[str, Any] | None:
    """Count one write; the fault that hits it, or None. The count is committed at once."""
    if not company.switches.get("faults"):
        return None
    with transaction.atomic():
        locked = Company.objects.select_for_update().get(pk=company.pk)
        hit = next((f for f in locked.switches["faults"] if _counted(f)), None)
        locked.save(update_fields=["switches"])
    return hit


def _counted(fault: dict[str, Any]) -> bool:
    fault["seen"] += 1
    hits = fault["hits"] < fault["times"] and fault["seen"] % fault["every"] == 0
    fault["hits"] += hits
    return bool(hits)


def show_fault(company: Company, fault: str, answer: Answer) -> HttpResponseBase:
    """What the client sees instead of `answer`."""
    text = wire.text(answer.body)
    if fault == "502":
        return _json(502, wire.error("bad_gateway", "The tunnel to the instance dropped."))
    if fault == "hang":
        time.sleep(company.switches.get("hang_seconds", 120))
        return _json(504, wire.error("timeout", "The instance did not answer in time."))
    if fault == "html":
        return HttpResponse("<html><body><h1>Server Error</h1></body></html>", status=500)
    if fault == "truncated":
        half = text[: len(text) // 2]
        return HttpResponse(half, status=answer.status, content_type="application/json")
    if fault == "error_in_200":
        failed = {"success": False, "error": "Catastrophic failure"}
        return _json(200, failed)
    return _broken(answer.status, text)


def _broken(status: int, text: str) -> StreamingHttpResponse:
    """A body that ends before its Content-Length does; servers then drop the connection."""

    def body() -> Iterator[bytes]:
        yield text[: len(text) // 2].encode()
        raise ConnectionResetError(errno.ECONNRESET, "the stand-in breaks this connection")

    response = StreamingHttpResponse(body(), status=status, content_type="application/json")
    response["Content-Length"] = str(len(text.encode()) + 1)
    return response


def _json(status: int, body: Any) -> HttpResponse:
    return HttpResponse(wire.text(body), status=status, content_type="application/json")
