"""What can go wrong with a single call, by name (engine 4, "Books").

"before" and "after" say whether the books had done what was asked when the answer went wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.conf import settings

from accounting.connectors.http import Answer
from shopify_app.simulation.exchange import Exchange, answer
from shopify_app.simulation.surface import Reply, error, text

Play = Callable[[Exchange], Answer]  # raises NotSent or MaybeSent

PAGE = b"<html><head><title>Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"
FAILED = Reply(200, {"success": False, "error": "Catastrophic failure"})
MISTAKE = Decimal("1.00")
FOREIGN = {"docNo": "IV-04711", "code": "300-A0001", "docAmt": Decimal("12.00"), "outstanding": 0}
OF_ANOTHER = Reply(200, {"data": [FOREIGN], "totalRecords": 1})
NO_ROWS = b'"data":[]'
LONGEST_LATE = 7200.0  # seconds
STATUSES: Mapping[str, tuple[int, str, str]] = {
    "401": (401, "invalid_key", "The API key is missing, wrong or revoked."),
    "403": (403, "forbidden", "This key may not use this instance."),
    "404": (404, "no_endpoint", "No such endpoint."),
    "408": (408, "timeout", "Request Timeout"),
    "409": (409, "duplicate", "The number is taken."),
    "422": (422, "validation_failed", "Negative stock is not allowed here."),
    "429": (429, "too_many_requests", "Too Many Requests"),
    "500": (500, "internal", "Internal Server Error"),
    "502": (502, "bad_gateway", "The tunnel to the instance dropped."),
    "503": (503, "unavailable", "Service unavailable."),
    "504": (504, "timeout", "The instance did not answer in time."),
    "offline": (503, "instance_offline", "The instance is not connected."),
}
UNTRUE = frozenset({"409", "422"})  # said of a document, and not so


# --- not sent --------------------------------------------------------------------------------


def _refused(call: Exchange) -> Answer:
    raise call.unreached("connection refused")


def _no_address(call: Exchange) -> Answer:
    raise call.unreached("no address found", seconds=call.connect_seconds)


def _not_trusted(call: Exchange) -> Answer:
    raise call.unreached("its certificate is not trusted")


# --- no answer -------------------------------------------------------------------------------


def _reset_before(call: Exchange) -> Answer:
    call.wait(call.latency)
    raise call.dropped()


def _reset_after(call: Exchange) -> Answer:
    call.served()
    raise call.dropped()


def _black_hole(call: Exchange) -> Answer:
    call.wait(call.left)
    raise AssertionError("a deadline passed without an end")  # `wait` raises at the deadline


def _lost(call: Exchange) -> Answer:
    """The books did it; the answer never arrives, or not all of it before the deadline."""
    call.served()
    return _black_hole(call)


def _late(call: Exchange) -> Answer:
    """The books do it only after the answer was lost, perhaps after it has been looked up.

    Where the books would refuse the second document of a number, that is as late as can be.
    """
    call.desk.later(call, 1 + call.chance.random() ** 3 * (latest(call) - 1))
    ways = [_reset_before, _black_hole, _status("500"), _status("504")]
    return call.chance.choice(ways)(call)


def latest(call: Exchange) -> float:
    """Seconds until a write may still land.

    What lands after Lejar's last look, in books that refuse no number, is there twice, and nobody
    but the comparison can find that (engine 3, point 8): no engine is to blame for it. A knock-off,
    which has no number, lands before that look. So does a document where a number is taken twice,
    and before the look ahead of that one, because a single look may be deceived.
    """
    quiet: list[int] = settings.LEJAR_QUIET_SECONDS
    if call.request.thing.endswith("/knockoff"):
        return sum(quiet) * 0.8
    if call.books is not None and call.books.takes_twice:
        return sum(quiet[:-1]) * 0.8
    return LONGEST_LATE


# --- another answer ----------------------------------------------------------------------------


def _status(name: str, **headers: str) -> Play:
    said = error(*STATUSES[name])

    def play(call: Exchange) -> Answer:
        if name in UNTRUE:
            call.mislead()
        return _instead(call, answer(said, **headers))

    return play


def _instead(call: Exchange, shown: Answer) -> Answer:
    """Turned away: nothing was done."""
    call.wait(call.latency)
    call.done()
    return shown


def _status_after(name: str) -> Play:
    def play(call: Exchange) -> Answer:
        call.served()
        return answer(error(*STATUSES[name]))

    return play


def _failed_in_200(call: Exchange) -> Answer:
    call.mislead()
    return _instead(call, answer(FAILED))


def _failed_in_200_after(call: Exchange) -> Answer:
    call.mislead()
    call.served()
    return answer(FAILED)


def _page(call: Exchange) -> Answer:
    return _instead(call, Answer(call.chance.choice([200, 502]), {}, PAGE))


def _page_after(call: Exchange) -> Answer:
    return Answer(call.served().status, {}, PAGE)


def _truncated(call: Exchange) -> Answer:
    reply = call.served()
    whole = text(reply.body).encode()
    return Answer(reply.status, {}, whole[: len(whole) // 2])


def _of_another(call: Exchange) -> Answer:
    call.mislead()
    return _instead(call, _another(call))


def _of_another_after(call: Exchange) -> Answer:
    call.mislead()
    call.served()
    return _another(call)


def _another(call: Exchange) -> Answer:
    """Another request's answer. Not its empty list where a number is taken twice: nobody can tell
    that from one's own, and nothing but the number would stop the second document."""
    other = call.previous
    takes_twice = call.books is not None and call.books.takes_twice
    if other is None or (takes_twice and NO_ROWS in other.body):
        return answer(OF_ANOTHER)
    return other


def _shows_another_amount(call: Exchange) -> Answer:
    """Told wrongly, written rightly. Of a write, Lejar finds that out by itself."""
    reply = call.served()
    if not call.request.writes:
        call.mislead()
    data = reply.body.get("data", [])
    for row in data if isinstance(data, list) else [data]:
        if "docAmt" in row:
            row["docAmt"] += MISTAKE
    return answer(reply)


# --- falsified -------------------------------------------------------------------------------


def _another_amount(call: Exchange) -> Answer:
    """The books write another amount than they were given."""
    return _falsified(call, _dearer(call.request.body))


def _renumbered(call: Exchange) -> Answer:
    """The books give the document their own next number."""
    known = len(call.books.journal) if call.books else 0
    return _falsified(call, {**call.request.body, "docNo": f"AUTO-{known + 1:05}"})


def _falsified(call: Exchange, body: Mapping[str, Any]) -> Answer:
    if call.books is None or "docDate" not in call.request.body:
        return call.plain()  # no document
    return answer(call.served(replace(call.request, body=body)))


def _dearer(body: Mapping[str, Any]) -> dict[str, Any]:
    changed = dict(body)
    if "docAmt" in body:
        changed["docAmt"] = body["docAmt"] + MISTAKE
    if "details" in body:
        first, *rest = body["details"]
        changed["details"] = [{**first, "amount": first["amount"] + MISTAKE}, *rest]
    return changed


# --- all of them -----------------------------------------------------------------------------

THROTTLED = _status("429", retry_after="120")
READS: Mapping[str, Play] = {
    "refused": _refused,
    "no address": _no_address,
    "not trusted": _not_trusted,
    "reset": _reset_after,
    "black hole": _black_hole,
    "slow drip": _lost,
    **{name: _status(name) for name in STATUSES},
    "429 with a time": THROTTLED,
    "page": _page,
    "truncated": _truncated,
    "error in 200": _failed_in_200,
    "answer of another": _of_another_after,
    "shows another amount": _shows_another_amount,
}
LATE = "late commit"
WRITES: Mapping[str, Play] = {
    **READS,
    "reset": _reset_before,
    "reset after": _reset_after,
    "lost": _lost,
    "500 after": _status_after("500"),
    "502 after": _status_after("502"),
    "503 after": _status_after("503"),
    "504 after": _status_after("504"),
    "page after": _page_after,
    "error in 200 after": _failed_in_200_after,
    "answer of another": _of_another,
    "answer of another after": _of_another_after,
    LATE: _late,
    "another amount": _another_amount,
    "renumbered": _renumbered,
}
