"""Asking Shopify's Admin API: one call, one answer, and one consequence for every way to fail.

Reads only, so every call may be repeated. What Shopify will answer the same way tomorrow is
`Refused`; what passes by itself is `TryLater`, with the seconds that Shopify's own figures ask for;
a shop that is frozen, locked or gone is `ShopUnavailable`; and a token that nobody can renew but
the merchant is `tokens.ReconnectNeeded`. Source: Shopify contract 8.1 and 8.2.
"""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from shopify import ApiVersion

from accounting.connectors import http
from shopify_app import shopify_http, tokens
from shopify_app.models import Shop
from shopify_app.payloads import BadPayload, parse
from shopify_app.payloads.fields import Node

log = logging.getLogger(__name__)

QUERIES = Path(__file__).parent / "queries"
NO_VARIABLES: Mapping[str, Any] = {}
CONNECT_SECONDS = 3.05
TOTAL_SECONDS = 30.0
NETWORK_SECONDS = 5.0
AFTER_A_FAULT = 10.0  # INTERNAL_SERVER_ERROR
LEAST_SECONDS, MOST_SECONDS = 1.0, 60.0
UNSTATED_SECONDS = 2.0  # where a 429 or 5xx names no time
RESTORES = Decimal(50)  # points a second, where Shopify does not say; every plan restores more

# Each status and each error code has one consequence. Statuses that are not here: below 500 the
# call is refused, from 500 on it is tried again.
CLOSED = {402: "FROZEN", 404: "NOT_FOUND", 423: "LOCKED"}
NOT_ALLOWED = {403: "FORBIDDEN", 430: "SECURITY_REJECTION"}
TOO_FAST = 429
UNAUTHORIZED = 401
DENIED, THROTTLED, FAULT = "ACCESS_DENIED", "THROTTLED", "INTERNAL_SERVER_ERROR"
CLOSED_CODES = frozenset({"SHOP_INACTIVE"})
BAD_ANSWER = "BAD_ANSWER"


class TryLater(Exception):
    """Nothing is wrong that does not pass: ask again in `seconds`. `why` is a code."""

    def __init__(self, seconds: float = 60.0, why: str = "") -> None:
        super().__init__(f"{why or 'try later'}, in {seconds:.0f} s")
        self.seconds, self.why = seconds, why


class Refused(Exception):
    """Asking again will not help; `code` says why."""

    def __init__(self, code: str = "") -> None:
        super().__init__(code)
        self.code = code


class ShopUnavailable(Exception):
    """The shop is frozen, locked, inactive or gone; `code` says which. Worth a look once a day."""

    def __init__(self, code: str = "") -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Answer:
    """`data` without the fields that were `denied` (their paths, like `order.paymentTerms`): an
    absent key says nothing, a null says "none". `wait_seconds` is how long to wait before another
    call of like cost, 0 where there is room for it."""

    data: dict[str, Any]
    denied: tuple[str, ...] = ()
    wait_seconds: float = 0.0


@cache
def document(operation: str) -> str:
    """The GraphQL text of an operation, which its file is named after."""
    return (QUERIES / f"{operation}.graphql").read_text(encoding="utf-8")


def ask(
    shop: Shop, operation: str, variables: Mapping[str, Any] = NO_VARIABLES, *, now: datetime
) -> Answer:
    """What the shop answers to an operation of `queries/`.

    A token that Shopify refuses is renewed once. Raises TryLater, Refused, ShopUnavailable and
    tokens.ReconnectNeeded.
    """
    token = _token(shop, now=now)
    answer = _call(shop, operation, variables, token, now=now)
    if answer.status == UNAUTHORIZED:
        token = _token(shop, now=now, refused=token)
        answer = _call(shop, operation, variables, token, now=now)
    if answer.status == UNAUTHORIZED:
        raise tokens.refused_again(shop.id, refused=token, now=now)
    _check_status(answer)
    return _read(answer.body)


def _token(shop: Shop, *, now: datetime, refused: str = "") -> str:
    try:
        return tokens.access_token(shop.id, now=now, refused=refused)
    except tokens.TokenTrouble as trouble:
        raise TryLater(trouble.seconds, "token") from trouble


def _address(shop: Shop) -> str:
    """The one place that knows which version of the API is spoken."""
    version = ApiVersion.coerce_to_version(settings.SHOPIFY_API_VERSION)
    path = urlsplit(version.api_path(f"https://{shop.domain}")).path
    return shopify_http.address(shop.domain, f"{path}/graphql.json")


def _call(
    shop: Shop, operation: str, variables: Mapping[str, Any], token: str, *, now: datetime
) -> http.Answer:
    asked = {"query": document(operation), "variables": variables, "operationName": operation}
    headers = {
        "X-Shopify-Access-Token": token,
        "Content-Type": "application/json",
        "Accept": "application/json",
    }
    began = time.monotonic()
    try:
        answer = shopify_http.client().request(
            "POST",
            _address(shop),
            headers=headers,
            body=json.dumps(asked).encode(),
            connect_seconds=CONNECT_SECONDS,
            total_seconds=TOTAL_SECONDS,
        )
    except http.Refused as error:
        raise Refused("ADDRESS") from error
    except http.HttpError as error:
        log.warning("shop %s %s: %s", shop.id, operation, error)
        raise TryLater(NETWORK_SECONDS, "network") from error
    _note(shop, operation, answer, time.monotonic() - began)
    _check_version(shop, answer, now)
    return answer


def _note(shop: Shop, operation: str, answer: http.Answer, seconds: float) -> None:
    """One line for each call, without anything of its bodies but the cost."""
    cost = _cost_of(answer.body)
    log.info(
        "shop %s %s: status %s, request %s, version %s, cost %s asked %s actual, %.3f s",
        shop.id,
        operation,
        answer.status,
        _plain(answer.headers.get("x-request-id", "")),
        _plain(answer.headers.get("x-shopify-api-version", "")),
        cost.get("requestedQueryCost"),
        cost.get("actualQueryCost"),
        seconds,
    )


def _plain(header: str) -> str:
    """A header as a line of a log can take it."""
    return "".join(c for c in header[:80] if c.isascii() and c.isprintable()) or "-"


_warned: dict[tuple[int, str], date] = {}


def _check_version(shop: Shop, answer: http.Answer, now: datetime) -> None:
    """Shopify answers a version that is gone with the oldest that lives, and says so in a header
    only. One warning for each shop and day."""
    spoken = _plain(answer.headers.get("x-shopify-api-version", ""))
    pinned = settings.SHOPIFY_API_VERSION
    if spoken in ("-", pinned) or _warned.get((shop.id, spoken)) == now.date():
        return
    _warned[shop.id, spoken] = now.date()
    log.warning("shop %s answers as version %s, asked for %s", shop.id, spoken, pinned)


def _check_status(answer: http.Answer) -> None:
    status = answer.status
    if status in CLOSED:
        raise ShopUnavailable(CLOSED[status])
    if status == TOO_FAST or status >= 500:
        raise TryLater(_retry_after(answer), f"http_{status}")
    if status != 200:
        raise Refused(NOT_ALLOWED.get(status, f"HTTP_{status}"))


def _retry_after(answer: http.Answer) -> float:
    """Shopify writes seconds with decimals; whatever else stands there is no time."""
    try:
        stated = float(answer.headers.get("retry-after", ""))
    except ValueError:
        return UNSTATED_SECONDS
    return _bounded(stated) if math.isfinite(stated) else UNSTATED_SECONDS


def _bounded(seconds: float) -> float:
    return min(MOST_SECONDS, max(LEAST_SECONDS, seconds))


# --- the body --------------------------------------------------------------------------------


def _read(body: bytes) -> Answer:
    try:
        stated = Node(parse(body))
        errors = _errors(stated)
        cost = _cost(stated)
        _check_codes({_code(error) for error in errors}, cost, has_data=bool(stated.get("data")))
        data = dict(stated.must_object("data").value) if stated.get("data") is not None else {}
        denied = tuple(_path(error) for error in errors)
    except BadPayload as bad:
        raise Refused(BAD_ANSWER) from bad
    for error in errors:
        _take_out(data, error.get("path"))
    return Answer(data=data, denied=denied, wait_seconds=_wait(cost, least=0.0))


def _errors(stated: Node) -> list[Node]:
    """Some errors of a gateway are plain text."""
    if isinstance(stated.get("errors"), str):
        raise stated.bad("errors", "The whole answer is one error.")
    return stated.objects("errors")


def _code(error: Node) -> str:
    extensions = error.object("extensions")
    return (extensions.text("code") if extensions else "") or "GRAPHQL"


def _check_codes(codes: set[str], cost: Mapping[str, Any], *, has_data: bool) -> None:
    """What is left after this are fields that were denied, and nothing else that is wrong."""
    if closed := codes & CLOSED_CODES:
        raise ShopUnavailable(min(closed))
    if THROTTLED in codes:
        raise TryLater(_wait(cost, least=LEAST_SECONDS), THROTTLED)
    if FAULT in codes:
        raise TryLater(AFTER_A_FAULT, FAULT)
    if wrong := codes - {DENIED}:
        raise Refused(",".join(sorted(wrong))[:100])
    if not codes and not has_data:
        raise Refused(BAD_ANSWER)


def _path(error: Node) -> str:
    """A denied field by names; places in lists do not matter. "" is the whole answer."""
    path = error.get("path")
    steps = path if isinstance(path, list) else []
    return ".".join(step for step in steps if isinstance(step, str))[:200]


def _take_out(data: dict[str, Any], path: Any) -> None:
    """Removes the null that stands for a denied field. Where Shopify had to null what contains it,
    that goes: it says nothing either."""
    place: Any = data
    for step in path if isinstance(path, list) else []:
        inner = _step(place, step)
        if inner is None:
            if isinstance(place, dict):
                place.pop(step, None)
            return
        place = inner


def _step(place: Any, step: Any) -> Any:
    if isinstance(place, dict) and isinstance(step, str):
        return place.get(step)
    inside = isinstance(place, list) and type(step) is int and 0 <= step < len(place)
    return place[step] if inside else None


# --- what calls cost -------------------------------------------------------------------------


def _cost_of(body: bytes) -> Mapping[str, Any]:
    """For the log: an answer that cannot be read has no cost."""
    try:
        return _cost(Node(parse(body)))
    except BadPayload:
        return {}


def _cost(stated: Node) -> Mapping[str, Any]:
    extensions = stated.get("extensions")
    cost = extensions.get("cost") if isinstance(extensions, dict) else None
    return cost if isinstance(cost, dict) else {}


def _wait(cost: Mapping[str, Any], *, least: float) -> float:
    """Seconds until the bucket holds what such a call asks for, by the bucket's own figures."""
    status = cost.get("throttleStatus")
    bucket = status if isinstance(status, dict) else {}
    there = _points(bucket.get("currentlyAvailable"))
    needed = _points(cost.get("requestedQueryCost"))
    if needed is None or there is None:
        return least
    rate = _points(bucket.get("restoreRate")) or RESTORES
    return min(MOST_SECONDS, max(least, float((needed - there) / rate)))


def _points(value: Any) -> Decimal | None:
    is_number = isinstance(value, (int, Decimal)) and not isinstance(value, bool)
    return Decimal(value) if is_number and value >= 0 else None
