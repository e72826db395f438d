"""A shop's token endpoint: what is sent, and what each answer means (Shopify contract 4.1).

Both calls may be repeated: an exchange gives another pair, and a refresh token stays good until the
pair that replaced it is used. Nothing of a request or an answer is quoted anywhere: the body of one
is a secret, and so is that of the other.
"""

from __future__ import annotations

import json
import logging
import math
import re
import time
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from accounting.connectors.exact_json import parsed
from accounting.connectors.http import Answer, HttpError
from shopify_app import shopify_http
from shopify_app.scopes import written

log = logging.getLogger(__name__)

PATH = "/admin/oauth/access_token"
HEADERS = {"Content-Type": "application/json", "Accept": "application/json"}
CONNECT_SECONDS = 3.05
CALL_SECONDS = 10.0
WORKER_SECONDS = 13.0  # with the one retry after 429, and never longer
PAGE_SECONDS = 5.0  # a person waits for it
MOST_BYTES = 64 * 1024
SOON, LATER, PERSON = 10.0, 60.0, 3600.0  # seconds until it is worth asking again
LONGEST_WAIT = 3600.0
LONGEST_LIFE = 400 * 24 * 3600  # a longer one than a year or so is no answer of Shopify's
EXCHANGE = {
    "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
    "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
    "requested_token_type": "urn:shopify:params:oauth:token-type:offline-access-token",
    "expiring": "1",
}
TOKEN = re.compile(r"[!-~]{1,2048}")  # it goes into a header as it is
SCOPES = re.compile(r"[\w,.: -]{0,4000}", re.ASCII)


class TokenTrouble(Exception):
    """No token can be had now; the one we hold, if any, is kept. Ask again in `seconds`."""

    def __init__(self, why: str, seconds: float) -> None:
        super().__init__(why)
        self.seconds = seconds


class NoAnswer(TokenTrouble):
    """Shopify did not answer, or with a fault of its own: other shops would fare no better now."""


class RefreshTokenDead(Exception):
    """Shopify does not take this refresh token and never will again."""


class SubjectRefused(Exception):
    """The session token went stale on its way to Shopify; a fresh one can be exchanged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """An access token and the refresh token that comes with it. Lives in seconds from now on."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    scopes: str
    access_seconds: int
    refresh_seconds: int


def exchanged(domain: str, session_token: str) -> Pair:
    """The shop's first pair, or another, for a session token. Raises SubjectRefused, TokenTrouble.

    At most PAGE_SECONDS: it is called while somebody waits for a page."""
    try:
        return _asked(domain, {**EXCHANGE, "subject_token": session_token}, PAGE_SECONDS)
    except RefreshTokenDead:
        raise TokenTrouble("Shopify refused the exchange", LATER) from None


def refreshed(domain: str, refresh_token: str) -> Pair:
    """The next pair. Raises RefreshTokenDead or TokenTrouble. At most WORKER_SECONDS."""
    body = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    try:
        return _asked(domain, body, WORKER_SECONDS)
    except SubjectRefused:
        raise TokenTrouble("Shopify refused the refresh", LATER) from None


def _asked(domain: str, body: dict[str, str], within: float) -> Pair:
    if not settings.SHOPIFY_API_SECRETS:
        raise TokenTrouble("SHOPIFY_API_SECRET is not set", PERSON)
    ours = {
        "client_id": settings.SHOPIFY_API_KEY,
        "client_secret": settings.SHOPIFY_API_SECRETS[0],  # only the new one while it is rotated
    }
    sent = json.dumps({**ours, **body}).encode()
    until = time.monotonic() + within
    answer = _call(domain, sent, until)
    if answer.status == 429 and time.monotonic() + _pause(answer) < until:
        time.sleep(_pause(answer))
        answer = _call(domain, sent, until)
    return _pair(domain, answer)


def _call(domain: str, body: bytes, until: float) -> Answer:
    try:
        return shopify_http.client().request(
            "POST",
            shopify_http.address(domain, PATH),
            headers=HEADERS,
            body=body,
            connect_seconds=CONNECT_SECONDS,
            total_seconds=min(CALL_SECONDS, until - time.monotonic()),
            max_bytes=MOST_BYTES,
        )
    except HttpError as error:  # it names host and path only
        raise NoAnswer(str(error), SOON) from None


def _pair(domain: str, answer: Answer) -> Pair:
    """The pair in an answer, or what its refusal means."""
    told = _object(answer)
    if answer.status != 200:
        raise _refusal(domain, answer, told.get("error"))
    if "access_token" in told and told.get("refresh_token") is None:
        log.error("Shopify gave %s a token that does not expire; it was not kept", domain)
        raise TokenTrouble("Shopify gave a token without a refresh token", PERSON)
    access, refresh, scope = (told.get(key) for key in ("access_token", "refresh_token", "scope"))
    lives = (told.get("expires_in"), told.get("refresh_token_expires_in"))
    if not (_fits(TOKEN, access) and _fits(TOKEN, refresh) and _fits(SCOPES, scope)):
        raise TokenTrouble("Shopify's answer is no pair of tokens", LATER)
    if not all(type(life) is int and 0 < life <= LONGEST_LIFE for life in lives):
        raise TokenTrouble("Shopify's answer does not say how long its tokens live", LATER)
    return Pair(
        access=str(access),
        refresh=str(refresh),
        scopes=written(str(scope).split(",")),
        access_seconds=int(str(lives[0])),
        refresh_seconds=int(str(lives[1])),
    )


def _object(answer: Answer) -> dict[str, Any]:
    """What the answer says; nothing where it is no JSON object."""
    try:
        told = parsed(answer.body.decode())
    except UnicodeDecodeError:
        return {}
    return told if isinstance(told, dict) else {}


def _fits(form: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and form.fullmatch(value) is not None


def _refusal(domain: str, answer: Answer, code: object) -> Exception:
    """Which consequence a refusal has: only one of them is final."""
    if answer.status == 429:
        return TokenTrouble("Shopify asks for a pause", _pause(answer))
    if 400 <= answer.status < 500:
        if code == "invalid_grant":
            return RefreshTokenDead()
        if code == "invalid_subject_token":
            return SubjectRefused()
        if code == "invalid_client":
            log.error("Shopify refused this app's own client id or secret for %s", domain)
            return TokenTrouble("Shopify refused the app itself", PERSON)
        return TokenTrouble(f"Shopify refused with status {answer.status}", LATER)
    return NoAnswer(f"Shopify answered with status {answer.status}", SOON)


def _pause(answer: Answer) -> float:
    """Seconds of `Retry-After`, which Shopify writes as 2.0; one where it says nothing usable."""
    try:
        seconds = float(answer.headers.get("retry-after", "1"))
    except ValueError:
        return 1.0
    return min(max(seconds, 0.0), LONGEST_WAIT) if math.isfinite(seconds) else 1.0
