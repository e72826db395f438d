"""What a caller is shown instead of an answer, when a fault of the switches hits its call.

A fault is {"fault": …, "times": n, "on": "graphql", "token" or "all", "when": "before" or "after"}.
It hits the next `times` calls (1) of its kind, "before" anything is done (the default) or "after":
then tokens were turned and points were taken. What damages an answer always comes after. The
faults:

    throttled       200 THROTTLED without data
    400 … 599       that status, as JSON; 429 with Retry-After `retry_after` ("2.0")
    html            503 with a page
    truncated       half of the JSON
    slow            the whole answer, dripping over `seconds` (5)
    drop            the connection breaks in the middle of the body
    hang            nothing for `seconds`, then 504
    errors_string   200 with `errors` as plain text
    null_data       200 with `data` null and no word why
    internal        200 INTERNAL_SERVER_ERROR
"""

from __future__ import annotations

import errno
import json
import time
from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

from shopify_app.sandbox.models import PretendedShop
from shopify_app.sandbox.replies import Reply

NAMED = ("throttled", "html", "errors_string", "null_data", "internal")
DAMAGES = ("truncated", "slow", "drop", "hang")
PIECES = 20
USUAL = {"times": 1, "on": "graphql", "when": "before"}
INTERNAL = {
    "errors": [
        {
            "message": "Internal error. Looks like something went wrong on our end.",
            "extensions": {"code": "INTERNAL_SERVER_ERROR"},
        }
    ]
}
PAGE = "<!doctype html><html><body><h1>There was a problem loading this website</h1></body></html>"
Fault = dict[str, Any]


def checked(given: Any) -> list[Fault]:
    """The faults to keep. Raises ValueError naming the first that is unusable."""
    if not isinstance(given, list):
        raise ValueError("faults is a list")
    return [_checked(one) for one in given]


def _checked(given: Any) -> Fault:
    fault = {**USUAL, **given} if isinstance(given, dict) else {}
    name = str(fault.get("fault", ""))
    status = name.isdigit() and 400 <= int(name) <= 599
    known = {"fault", "retry_after", "seconds", *USUAL}
    usable = (
        (status or name in (*NAMED, *DAMAGES))
        and set(fault) <= known
        and fault["on"] in ("graphql", "token", "all")
        and fault["when"] in ("before", "after")
        and type(fault["times"]) is int
        and fault["times"] > 0
    )
    if not usable:
        raise ValueError(f"no such fault: {given!r}")
    return {**fault, "fault": name}


def next_fault(shop: PretendedShop, kind: str) -> Fault | None:
    """The fault that hits this call, counted down."""
    if not shop.faults:
        return None
    with transaction.atomic():
        held = PretendedShop.objects.select_for_update().get(pk=shop.pk)
        hit: Fault | None = next((f for f in held.faults if f["on"] in (kind, "all")), None)
        if hit is not None:
            hit["times"] -= 1
            held.faults = [one for one in held.faults if one["times"] > 0]
            held.save(update_fields=["faults"])
    return hit


def instead(fault: Fault, reply: Reply | None) -> Reply | None:
    """The answer of a fault that is an answer; a damaged one stays what it was to be."""
    name = fault["fault"]
    if name in DAMAGES:
        return reply
    if name == "html":
        return Reply(503, PAGE, content_type="text/html")
    if name == "internal":
        return Reply(200, INTERNAL)
    if name == "errors_string":
        return Reply(200, {"errors": "Something went wrong in front of the Admin API."})
    if name == "null_data":
        return Reply(200, {"data": None})
    if name.isdigit():
        return _of_status(int(name), fault)
    return reply


def _of_status(status: int, fault: Fault) -> Reply:
    headers = {"Retry-After": str(fault.get("retry_after", "2.0"))} if status == 429 else {}
    words = "Exceeded rate limit" if status == 429 else f"Refused with {status}"
    return Reply(status, {"errors": words}, headers)


def http(reply: Reply, fault: Fault | None) -> HttpResponseBase:
    """The answer as it leaves, damaged where the fault says so."""
    text = reply.body if reply.content_type != "application/json" else json.dumps(reply.body)
    raw = text.encode()
    name = fault["fault"] if fault else ""
    if name == "hang":
        time.sleep(_seconds(fault))
        reply, raw = Reply(504, None), b""
    if name in ("slow", "drop"):
        pause = _seconds(fault) / PIECES if name == "slow" else None
        body = _dripping(raw, pause) if pause is not None else _broken(raw)
        response: HttpResponseBase = StreamingHttpResponse(body, status=reply.status)
        response["Content-Length"] = str(len(raw) + (name == "drop"))
    else:
        shown = raw[: len(raw) // 2] if name == "truncated" else raw
        response = HttpResponse(shown, status=reply.status)
    response["Content-Type"] = reply.content_type
    for header, value in reply.headers.items():
        response[header] = value
    return response


def _seconds(fault: Fault | None) -> float:
    return float((fault or {}).get("seconds", 5))


def _dripping(raw: bytes, pause: float) -> Iterator[bytes]:
    size = max(1, -(-len(raw) // PIECES))
    for start in range(0, len(raw), size):
        time.sleep(pause)
        yield raw[start : start + size]


def _broken(raw: bytes) -> Iterator[bytes]:
    """Ends before its Content-Length does; servers then drop the connection."""
    yield raw[: len(raw) // 2]
    raise ConnectionResetError(errno.ECONNRESET, "the stand-in breaks this connection")
