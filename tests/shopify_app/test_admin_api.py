"""Whatever the Admin API answers has one consequence, and never a crash."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from accounting.connectors.http import Http
from shopify_app import admin_api, shopify_http, tokens
from shopify_app.admin_api import Answer, Refused, ShopUnavailable, TryLater, ask
from shopify_app.models import Shop
from shopify_app.tokens import ReconnectNeeded
from tests.scripted_server import ScriptedServer, Step, reply, scripted

SHOP = Shop(id=7, domain="kedai-rimba.myshopify.com")
SECRET_WORD = "Aisyah binti Contoh"
COST = {
    "requestedQueryCost": 548,
    "actualQueryCost": 12,
    "throttleStatus": {
        "maximumAvailable": 2000.0,
        "currentlyAvailable": 48.0,
        "restoreRate": 100.0,
    },
}
GOOD: dict[str, Any] = {"data": {"order": {"id": "gid://shopify/Order/5", "name": SECRET_WORD}}}


@pytest.fixture
def shopify(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedServer]:
    monkeypatch.setattr(admin_api, "_warned", {})
    with scripted() as running, Http(allow_loopback=True) as client:
        settings.SHOPIFY_ADMIN_URL = f"{running.url}/there/{{shop}}"
        monkeypatch.setattr(shopify_http, "client", lambda: client)
        yield running


@pytest.fixture(autouse=True)
def held(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tokens that were refused, as the keeper of tokens is told."""
    refused: list[str] = []

    def access_token(shop_id: int, *, now: datetime, refused: str = "") -> str:
        assert shop_id == SHOP.id
        if refused:
            told(refused)
        return "shpat_second" if refused else "shpat_first"

    def told(token: str) -> None:
        refused.append(token)

    def refused_again(shop_id: int, *, refused: str, now: datetime) -> ReconnectNeeded:
        told(refused)
        return ReconnectNeeded()

    monkeypatch.setattr(tokens, "access_token", access_token)
    monkeypatch.setattr(tokens, "refused_again", refused_again)
    return refused


def denied(*path: Any) -> dict[str, Any]:
    return {
        "message": f"Access denied for {path[-1] if path else 'it'} field.",
        "path": list(path),
        "extensions": {"code": "ACCESS_DENIED", "requiredAccess": "`read_payment_terms`"},
    }


def coded(code: str, **more: Any) -> dict[str, Any]:
    return {"errors": [{"message": code, "extensions": {"code": code}}], **more}


def asked(server: ScriptedServer, now: datetime, *steps: Step) -> Answer:
    server.script.extend(steps)
    return ask(SHOP, "OrderTerms", {"id": "gid://shopify/Order/5"}, now=now)


def test_a_call_names_its_version_its_operation_and_its_token(
    shopify: ScriptedServer, now: datetime
) -> None:
    answer = asked(shopify, now, reply(200, GOOD))

    (request,) = shopify.requests
    body = json.loads(request.body)
    assert answer == Answer(data=GOOD["data"], denied=(), wait_seconds=0.0)
    assert request.method == "POST"
    assert request.path == f"/there/{SHOP.domain}/admin/api/2026-10/graphql.json"
    assert request.headers["x-shopify-access-token"] == "shpat_first"
    assert body["operationName"] == "OrderTerms"
    assert body["query"].startswith("query OrderTerms(")
    assert body["variables"] == {"id": "gid://shopify/Order/5"}


@pytest.mark.parametrize(("status", "code"), [(402, "FROZEN"), (404, "NOT_FOUND"), (423, "LOCKED")])
def test_a_shop_that_is_closed_is_unavailable(
    shopify: ScriptedServer, now: datetime, status: int, code: str
) -> None:
    with pytest.raises(ShopUnavailable) as raised:
        asked(shopify, now, reply(status, "closed"))

    assert raised.value.code == code


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (403, "FORBIDDEN"),
        (430, "SECURITY_REJECTION"),
        (400, "HTTP_400"),
        (422, "HTTP_422"),
        (301, "HTTP_301"),
        (204, "HTTP_204"),
    ],
)
def test_a_call_that_is_not_allowed_is_refused_for_good(
    shopify: ScriptedServer, now: datetime, status: int, code: str
) -> None:
    with pytest.raises(Refused) as raised:
        asked(shopify, now, reply(status, "", {"Location": "https://elsewhere.test/"}))

    assert raised.value.code == code
    assert len(shopify.requests) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 599])
@pytest.mark.parametrize(
    ("stated", "seconds"),
    [
        ("4.5", 4.5),
        ("0.2", 1.0),
        ("9999", 60.0),
        ("soon", 2.0),
        ("nan", 2.0),
        ("-1", 1.0),
        ("", 2.0),
    ],
)
def test_too_many_calls_and_faults_of_theirs_are_tried_again_when_they_say(
    shopify: ScriptedServer, now: datetime, status: int, stated: str, seconds: float
) -> None:
    with pytest.raises(TryLater) as raised:
        asked(shopify, now, reply(status, "<html>busy</html>", {"Retry-After": stated}))

    assert raised.value.seconds == seconds


def test_a_refused_token_is_renewed_once(
    shopify: ScriptedServer, now: datetime, held: list[str]
) -> None:
    answer = asked(shopify, now, reply(401, "no"), reply(200, GOOD))

    assert answer.data == GOOD["data"]
    assert held == ["shpat_first"]
    sent = [request.headers["x-shopify-access-token"] for request in shopify.requests]
    assert sent == ["shpat_first", "shpat_second"]


def test_a_shop_that_refuses_the_renewed_token_must_be_opened_again(
    shopify: ScriptedServer, now: datetime, held: list[str]
) -> None:
    with pytest.raises(ReconnectNeeded):
        asked(shopify, now, reply(401, "no"), reply(401, "no"), reply(200, GOOD))

    assert held == ["shpat_first", "shpat_second"]
    assert len(shopify.requests) == 2


def test_trouble_with_the_token_is_tried_again_when_its_keeper_says(
    shopify: ScriptedServer, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def trouble(*_: object, **__: object) -> str:
        raise tokens.TokenTrouble("busy", seconds=17)

    monkeypatch.setattr(tokens, "access_token", trouble)

    with pytest.raises(TryLater) as raised:
        asked(shopify, now)

    assert raised.value.seconds == 17
    assert shopify.requests == []


def test_a_throttled_call_waits_as_long_as_the_bucket_needs(
    shopify: ScriptedServer, now: datetime
) -> None:
    with pytest.raises(TryLater) as raised:
        asked(shopify, now, reply(200, coded("THROTTLED", extensions={"cost": COST})))

    assert raised.value.seconds == (548 - 48) / 100
    assert raised.value.why == "THROTTLED"


@pytest.mark.parametrize(
    "cost",
    [
        None,
        [],
        {},
        {"requestedQueryCost": "many"},
        {"requestedQueryCost": -5, "throttleStatus": {"currentlyAvailable": 1}},
        {"requestedQueryCost": 5, "throttleStatus": {"currentlyAvailable": True}},
        {"requestedQueryCost": 5, "throttleStatus": [1]},
        {"requestedQueryCost": 5, "throttleStatus": {"currentlyAvailable": 4, "restoreRate": 0}},
    ],
)
def test_a_throttled_call_without_usable_figures_waits_a_second(
    shopify: ScriptedServer, now: datetime, cost: Any
) -> None:
    with pytest.raises(TryLater) as raised:
        asked(shopify, now, reply(200, coded("THROTTLED", extensions={"cost": cost})))

    assert raised.value.seconds == 1.0


def test_an_answer_says_how_long_to_wait_before_the_next(
    shopify: ScriptedServer, now: datetime
) -> None:
    room = {**COST, "throttleStatus": {**COST["throttleStatus"], "currentlyAvailable": 1400}}  # type: ignore[dict-item]  # a mapping
    none_left = asked(shopify, now, reply(200, {**GOOD, "extensions": {"cost": COST}}))
    some_left = asked(shopify, now, reply(200, {**GOOD, "extensions": {"cost": room}}))

    assert (none_left.wait_seconds, some_left.wait_seconds) == (5.0, 0.0)


@pytest.mark.parametrize(
    ("body", "error", "code"),
    [
        (coded("MAX_COST_EXCEEDED"), Refused, "MAX_COST_EXCEEDED"),
        (coded("SHOP_INACTIVE"), ShopUnavailable, "SHOP_INACTIVE"),
        (coded("undefinedField", data={"order": None}), Refused, "undefinedField"),
        ({"errors": [{"message": "What?"}], "data": None}, Refused, "GRAPHQL"),
        ({"errors": "[API] Invalid API key"}, Refused, "BAD_ANSWER"),
    ],
)
def test_an_error_in_a_good_answer_has_its_consequence(
    shopify: ScriptedServer, now: datetime, body: Any, error: type[Exception], code: str
) -> None:
    with pytest.raises(error) as raised:
        asked(shopify, now, reply(200, body))

    assert getattr(raised.value, "code") == code  # noqa: B009  # of either error


def test_a_fault_inside_shopify_is_tried_again_after_ten_seconds(
    shopify: ScriptedServer, now: datetime
) -> None:
    with pytest.raises(TryLater) as raised:
        asked(shopify, now, reply(200, coded("INTERNAL_SERVER_ERROR", data=None)))

    assert raised.value.seconds == 10


def test_a_denied_field_is_named_and_left_out_and_the_rest_kept(
    shopify: ScriptedServer, now: datetime
) -> None:
    body = {
        "data": {"order": {"name": "#1", "paymentTerms": None, "lines": [{"product": None}]}},
        "errors": [denied("order", "paymentTerms"), denied("order", "lines", 0, "product")],
    }

    answer = asked(shopify, now, reply(200, body))

    assert answer.data == {"order": {"name": "#1", "lines": [{}]}}
    assert answer.denied == ("order.paymentTerms", "order.lines.product")


def test_what_had_to_be_nulled_around_a_denied_field_says_nothing_either(
    shopify: ScriptedServer, now: datetime
) -> None:
    body = {"data": {"order": None}, "errors": [denied("order", "agreements", "nodes")]}

    answer = asked(shopify, now, reply(200, body))

    assert (answer.data, answer.denied) == ({}, ("order.agreements.nodes",))


def test_an_answer_that_is_denied_as_a_whole_has_no_data(
    shopify: ScriptedServer, now: datetime
) -> None:
    unplaced = {"message": "Access denied", "extensions": {"code": "ACCESS_DENIED"}}

    answer = asked(shopify, now, reply(200, {"data": None, "errors": [unplaced]}))

    assert (answer.data, answer.denied) == ({}, ("",))


@pytest.mark.parametrize(
    "path", [["order", 0], ["order", "lines", "x"], ["x", {}], ["order", "lines", 9]]
)
def test_a_denied_path_that_leads_nowhere_changes_nothing(
    shopify: ScriptedServer, now: datetime, path: Any
) -> None:
    body = {
        "data": {"order": {"lines": [1]}},
        "errors": [{"message": "no", "path": path, "extensions": {"code": "ACCESS_DENIED"}}],
    }

    assert asked(shopify, now, reply(200, body)).data == {"order": {"lines": [1]}}


@pytest.mark.parametrize("path", [[{}], "order", [None], None, []])
def test_a_denial_that_names_no_field_leaves_nothing_to_trust(
    shopify: ScriptedServer, now: datetime, path: Any
) -> None:
    body = {
        "data": {"order": {"paymentTerms": None}},
        "errors": [{"message": "no", "path": path, "extensions": {"code": "ACCESS_DENIED"}}],
    }

    with pytest.raises(Refused) as raised:
        asked(shopify, now, reply(200, body))

    assert raised.value.code == "ACCESS_DENIED"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html>Sorry</html>",
        "[]",
        "null",
        "3",
        '"text"',
        "{}",
        '{"data": null}',
        '{"data": []}',
        '{"data": {}}',
        '{"data": {"order": {"total": NaN}}}',
        '{"data": {"order": {"total": 1e999}}}',
        '{"data": {"order": {"name": "a\\u0000b"}}}',
        '{"data": {"order": {"name": "\\ud800"}}}',
        '{"data": {"a": 1, "a": 2}}',
        '{"data": {"order": {"name": "cut',
        '{"errors": {"message": "?"}}',
        '{"errors": ["text"], "data": {"order": {}}}',
        '{"errors": [{"extensions": "text"}], "data": {"order": {}}}',
        '{"errors": [{"extensions": {"code": 5}}], "data": {"order": {}}}',
        "[" * 5000,
    ],
)
def test_an_answer_that_cannot_be_read_is_refused(
    shopify: ScriptedServer, now: datetime, body: str
) -> None:
    with pytest.raises(Refused) as raised:
        asked(shopify, now, reply(200, body))

    assert raised.value.code == "BAD_ANSWER"


def test_bytes_that_are_no_text_are_refused(shopify: ScriptedServer, now: datetime) -> None:
    step = Step(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\xff\xfe\x00\x80")

    with pytest.raises(Refused):
        asked(shopify, now, step)


@pytest.mark.parametrize(
    "step",
    [
        Step(b"", "close"),
        Step(b"", "reset"),
        Step(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{", "close"),
        Step(b"not http at all\r\n\r\n", "close"),
        reply(200, '{"data": {"order": "' + "x" * 9_000_000 + '"}}'),
    ],
)
def test_a_connection_that_breaks_is_tried_again(
    shopify: ScriptedServer, now: datetime, step: Step
) -> None:
    with pytest.raises(TryLater) as raised:
        asked(shopify, now, step)

    assert raised.value.why == "network"


def test_an_answer_without_end_is_given_up(
    shopify: ScriptedServer, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admin_api, "TOTAL_SECONDS", 0.3)
    drip = Step(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" + b" " * 800, "drip")

    with pytest.raises(TryLater):
        asked(shopify, now, drip)


def test_a_shop_address_that_lejar_must_not_call_is_refused(
    settings: Settings, shopify: ScriptedServer, now: datetime
) -> None:
    settings.SHOPIFY_ADMIN_URL = "http://192.168.0.9/{shop}"

    with pytest.raises(Refused) as raised:
        asked(shopify, now)

    assert raised.value.code == "ADDRESS"


def test_another_version_than_asked_for_is_warned_of_once_a_day(
    shopify: ScriptedServer, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    older = reply(200, GOOD, {"X-Shopify-API-Version": "2026-01"})
    caplog.set_level(logging.WARNING)

    for at in (now, now, now + timedelta(days=1)):
        asked(shopify, at, older)
    asked(shopify, now, reply(200, GOOD, {"X-Shopify-API-Version": "2026-10"}))

    assert [record.getMessage() for record in caplog.records] == [
        "shop 7 answers as version 2026-01, asked for 2026-10"
    ] * 2


def test_a_call_is_logged_without_its_bodies(
    shopify: ScriptedServer, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    headers = {"X-Request-ID": "req-5\x07", "X-Shopify-API-Version": "2026-10"}

    asked(shopify, now, reply(200, {**GOOD, "extensions": {"cost": COST}}, headers))

    (line,) = [r.getMessage() for r in caplog.records if r.name == "shopify_app.admin_api"]
    assert line.startswith(
        "shop 7 OrderTerms: status 200, request req-5, version 2026-10, cost 548"
    )
    assert "12 actual" in line
    assert SECRET_WORD not in caplog.text
    assert "shpat_" not in caplog.text
