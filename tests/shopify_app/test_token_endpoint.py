"""What goes to a shop's token endpoint, and what every answer of it comes to."""

from __future__ import annotations

import json
import logging
import time
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from shopify_app import token_endpoint
from shopify_app.logs import Formatter
from shopify_app.token_endpoint import (
    Pair,
    RefreshTokenDead,
    SubjectRefused,
    TokenTrouble,
    exchanged,
    refreshed,
)
from tests.scripted_server import ScriptedServer, Step, reply
from tests.shopify_app.conftest import API_KEY, SECRET, SHOP
from tests.shopify_app.token_door import EXCHANGE, pair, refusal

CANARY = "shpat-CANARY7F3"
Ask = Callable[[], Pair]


def exchange() -> Pair:
    return exchanged(SHOP, CANARY)


def refresh() -> Pair:
    return refreshed(SHOP, CANARY)


both = pytest.mark.parametrize("ask", [exchange, refresh])


def sent(endpoint: ScriptedServer) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(endpoint.requests[-1].body)
    return told


def test_an_exchange_asks_for_an_expiring_offline_token(endpoint: ScriptedServer) -> None:
    endpoint.script = [reply(200, pair(scope="read_products, read_orders"))]

    found = exchanged(SHOP, "a session token")

    ours = {"client_id": API_KEY, "client_secret": SECRET, "subject_token": "a session token"}
    assert sent(endpoint) == {**EXCHANGE, **ours}
    assert found == Pair(
        access="shpat-new",
        refresh="shprt-new",
        scopes="read_orders,read_products",
        access_seconds=3600,
        refresh_seconds=7_776_000,
    )


def test_a_refresh_sends_the_refresh_token(endpoint: ScriptedServer) -> None:
    endpoint.script = [reply(200, pair())]

    refreshed(SHOP, "shprt-old")

    request = endpoint.requests[0]
    ours = {"client_id": API_KEY, "client_secret": SECRET}
    assert sent(endpoint) == {**ours, "grant_type": "refresh_token", "refresh_token": "shprt-old"}
    assert (request.method, request.path) == ("POST", f"/{SHOP}/admin/oauth/access_token")
    assert request.headers["content-type"] == request.headers["accept"] == "application/json"
    assert not {"cookie", "authorization"} & request.headers.keys()


@both
def test_while_a_secret_is_rotated_only_the_new_one_is_sent(
    endpoint: ScriptedServer, settings: Any, ask: Ask
) -> None:
    settings.SHOPIFY_API_SECRETS = ["the-new-secret", SECRET]
    endpoint.script = [reply(200, pair())]

    ask()

    assert sent(endpoint)["client_secret"] == "the-new-secret"
    assert SECRET not in endpoint.requests[0].body


@both
def test_without_a_secret_nothing_is_asked(
    endpoint: ScriptedServer, settings: Any, ask: Ask
) -> None:
    settings.SHOPIFY_API_SECRETS = []

    with pytest.raises(TokenTrouble):
        ask()

    assert endpoint.requests == []


# --- refusals


def test_only_invalid_grant_ends_a_refresh_token(endpoint: ScriptedServer) -> None:
    endpoint.script = [refusal("invalid_grant")]

    with pytest.raises(RefreshTokenDead):
        refresh()


def test_a_stale_session_token_may_be_followed_by_a_fresh_one(endpoint: ScriptedServer) -> None:
    endpoint.script = [refusal("invalid_subject_token")]

    with pytest.raises(SubjectRefused):
        exchange()


@pytest.mark.parametrize(
    ("ask", "code"), [(exchange, "invalid_grant"), (refresh, "invalid_subject_token")]
)
def test_a_refusal_that_answers_another_question_is_trouble(
    endpoint: ScriptedServer, ask: Ask, code: str
) -> None:
    endpoint.script = [refusal(code)]

    with pytest.raises(TokenTrouble):
        ask()


@both
@pytest.mark.parametrize("status", [400, 401])
def test_a_refused_app_is_the_operators_matter(
    endpoint: ScriptedServer, caplog: pytest.LogCaptureFixture, ask: Ask, status: int
) -> None:
    endpoint.script = [refusal("invalid_client", status)]

    with pytest.raises(TokenTrouble) as trouble:
        ask()

    assert trouble.value.seconds >= 3600
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert len(endpoint.requests) == 1


@both
def test_a_pause_that_shopify_asks_for_is_kept_once(endpoint: ScriptedServer, ask: Ask) -> None:
    endpoint.script = [reply(429, headers={"Retry-After": "0.01"}), reply(200, pair())]

    assert ask().access == "shpat-new"

    assert len(endpoint.requests) == 2


@both
def test_a_second_pause_is_left_to_who_asks(endpoint: ScriptedServer, ask: Ask) -> None:
    endpoint.script = [
        reply(429, headers={"Retry-After": "0.01"}),
        reply(429, headers={"Retry-After": "2.0"}),
    ]

    with pytest.raises(TokenTrouble) as trouble:
        ask()

    assert trouble.value.seconds == 2.0
    assert len(endpoint.requests) == 2


@both
def test_a_long_pause_is_not_waited_for(endpoint: ScriptedServer, ask: Ask) -> None:
    endpoint.script = [reply(429, headers={"Retry-After": "120"})]

    with pytest.raises(TokenTrouble) as trouble:
        ask()

    assert trouble.value.seconds == 120
    assert len(endpoint.requests) == 1


@pytest.mark.parametrize("said", ["soon", "nan", "inf", "-inf", "Sun, 22 Nov 2026 04:00:00 GMT"])
def test_an_unusable_pause_is_a_second(
    endpoint: ScriptedServer, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    paused: list[float] = []
    monkeypatch.setattr(time, "sleep", paused.append)
    endpoint.script = [reply(429, headers={"Retry-After": said}), reply(200, pair())]

    refresh()

    assert paused == [1.0]


# --- answers that are none

BAD_ANSWERS: dict[str, Step] = {
    "500": reply(500, pair(access_token=CANARY)),
    "503": reply(503, f"<html>{CANARY}</html>"),
    "redirect": reply(302, pair(access_token=CANARY), {"Location": "https://evil.test/"}),
    "201": reply(201, pair(access_token=CANARY)),
    "402": reply(402, pair(access_token=CANARY)),
    "unknown refusal": refusal(CANARY),
    "refusal that is no text": reply(400, {"error": {"code": CANARY}}),
    "refusal in HTML": reply(400, f"<html>{CANARY}</html>"),
    "nothing": reply(200, ""),
    "no JSON": reply(200, CANARY),
    "a list": reply(200, [CANARY]),
    "null": reply(200, "null"),
    "deep": reply(200, "[" * 60_000),
    "many digits": reply(200, '{"expires_in": ' + "9" * 10_000 + "}"),
    "no UTF-8": Step(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\xff\xfe\xfd\xfc"),
    "too large": reply(200, pair(access_token=CANARY, more="x" * 70_000)),
    "no access token": reply(200, pair(access_token=None, refresh_token=CANARY)),
    "no refresh token": reply(200, pair(access_token=CANARY, refresh_token=None)),
    "empty token": reply(200, pair(access_token="", refresh_token=CANARY)),
    "token with a line": reply(200, pair(access_token=f"{CANARY}\r\nX-Evil: 1")),
    "token with a NUL": reply(200, pair(refresh_token=f"{CANARY}\0")),
    "token no text": reply(200, pair(access_token=[CANARY])),
    "endless token": reply(200, pair(access_token=CANARY * 500)),
    "no scope": reply(200, pair(access_token=CANARY, scope=None)),
    "scope with a NUL": reply(200, pair(access_token=CANARY, scope="read_orders\0")),
    "scope no text": reply(200, pair(access_token=CANARY, scope=["read_orders"])),
    "no life": reply(200, pair(access_token=CANARY, expires_in=None)),
    "no refresh life": reply(200, pair(access_token=CANARY, refresh_token_expires_in=None)),
    "life in text": reply(200, pair(access_token=CANARY, expires_in="3600")),
    "life true": reply(200, pair(access_token=CANARY, expires_in=True)),
    "no time to live": reply(200, pair(access_token=CANARY, expires_in=0)),
    "an age to live": reply(200, pair(access_token=CANARY, refresh_token_expires_in=10**12)),
    "broken off": Step(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{", "close"),
    "reset": Step(b"", "reset"),
}


@both
@pytest.mark.parametrize("name", BAD_ANSWERS)
def test_an_unusable_answer_is_trouble_and_is_quoted_nowhere(
    endpoint: ScriptedServer, caplog: pytest.LogCaptureFixture, ask: Ask, name: str
) -> None:
    caplog.set_level(logging.DEBUG)
    endpoint.script = [BAD_ANSWERS[name]]

    with pytest.raises(TokenTrouble) as trouble:
        ask()

    told = "".join(traceback.format_exception(trouble.value)) + repr(trouble.value) + caplog.text
    told += Formatter().formatException((TokenTrouble, trouble.value, trouble.value.__traceback__))
    assert trouble.value.seconds > 0
    for secret in (CANARY, SECRET, "fictional words"):
        assert secret not in told


def test_a_server_that_never_answers_is_not_waited_for_longer_than_a_person_waits(
    endpoint: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token_endpoint, "PAGE_SECONDS", 0.2)
    endpoint.script = [Step(b"", "silence")]

    with pytest.raises(TokenTrouble, match="in time"):
        exchange()


def test_a_token_that_does_not_expire_is_the_operators_matter(
    endpoint: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    endpoint.script = [
        reply(200, pair(refresh_token=None, refresh_token_expires_in=None, expires_in=None))
    ]

    with pytest.raises(TokenTrouble) as trouble:
        exchange()

    assert trouble.value.seconds >= 3600
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_a_pair_shows_no_token() -> None:
    shown = repr(
        Pair(access=CANARY, refresh=CANARY, scopes="", access_seconds=1, refresh_seconds=1)
    )

    assert CANARY not in shown
