"""Every answer of SQL Account, at every step that can get it, leads to one of the failures."""

from __future__ import annotations

import logging
import time
from typing import Any

import pytest

from accounting.connectors.base import (
    Misconfigured,
    Receipt,
    Rejected,
    Throttled,
    Unavailable,
    Uncertain,
)
from accounting.connectors.http import Http
from accounting.documents.document import Entry
from tests.accounting.connectors.entries import (
    allocation,
    credit_note,
    customer,
    debit_note,
    invoice,
    payment,
    refund,
)
from tests.accounting.connectors.sql_account import (
    ACCESS_KEY,
    SECRET_KEY,
    connected,
    document,
    listed,
    money,
    shown,
)
from tests.scripted_server import ScriptedServer, Step, reply

WRITES: list[Entry] = [
    invoice(),
    debit_note(),
    credit_note(),
    payment(),
    refund(),
    customer(),
    allocation(),
]
PAGE = "<html><head><title>{0}</title></head><body><h1>{0}</h1><hr>nginx</body></html>"
OPEN = money(unappliedamt="107.00", sdsknockoff=[])


def said(status: int, text: str) -> Step:
    return reply(status, {"error": text})


def post(server: ScriptedServer, client: Http, entry: Entry, answer: Step) -> Receipt | None:
    """What becomes of a write that is answered so; a knock-off reads its source first."""
    reads = [listed(OPEN), shown(OPEN)] if entry == allocation() else []
    server.script = [*reads, answer, answer]
    return connected(server, client).post(entry)


# Status, text, failure, and what else is known of it (contract 5).
REFUSALS: list[tuple[int, str, type[Exception], dict[str, Any]]] = [
    (400, "No record found", Rejected, {}),
    (400, "Customer 300-C0001 not found", Rejected, {}),
    (400, "Some other refusal", Rejected, {}),
    (422, "Invalid value for docdate", Rejected, {}),
    (409, "Conflict", Rejected, {}),
    (401, "Invalid signature", Misconfigured, {"hint": "key"}),
    (403, "Invalid signature", Misconfigured, {"hint": "key"}),
    (401, "Unauthorised", Misconfigured, {"hint": "key"}),
    (403, "You have no right to Sales Invoice", Misconfigured, {"hint": "key"}),
    (404, "Resource not found", Misconfigured, {"hint": "endpoint"}),
    (405, "Method not allowed", Misconfigured, {"hint": "endpoint"}),
    (302, "", Misconfigured, {"hint": "endpoint"}),
    (429, "Too Many Requests", Throttled, {"retry_after": 120}),
    (500, "Operation aborted", Uncertain, {"refused": True, "duplicate": False}),
    (500, "MainDataSet: Dataset not in edit or insert mode", Uncertain, {"refused": True}),
    (500, "Access violation", Uncertain, {"refused": False, "duplicate": False}),
    (500, "Catastrophic failure", Uncertain, {"refused": False}),
    (502, "Bad gateway", Uncertain, {"refused": False}),
    (503, "Service unavailable", Uncertain, {"refused": False}),
    (408, "Request timeout", Uncertain, {"refused": False}),
    (
        500,
        "violation of PRIMARY or UNIQUE KEY constraint on another table",
        Uncertain,
        {"refused": True, "duplicate": False},
    ),
    (200, "Operation aborted", Uncertain, {"refused": True}),
    (200, "Anything else", Uncertain, {"refused": True}),
    (
        400,
        "knockoff amount (107.00) must not exceed outstanding amount (0.00)",
        Rejected,
        {},
    ),
    (
        500,
        "knockoff amount (107.00) must not exceed outstanding amount (0.00)",
        Rejected,
        {},
    ),
    (500, "maximum 1 concurrent connection while 2 users logged on", Unavailable, {}),
    (403, "License error: no seat left", Unavailable, {}),
    (
        500,
        "could not convert variant of type (Null) into (Integer)",
        Misconfigured,
        {"hint": "setting"},
    ),
    (400, "Date is outside Acceptable Transaction Date", Rejected, {}),
    (500, "The accounting period is locked", Uncertain, {"refused": True}),
]


@pytest.mark.parametrize("entry", WRITES, ids=lambda entry: entry.kind.value)
@pytest.mark.parametrize(("status", "text", "failure", "known"), REFUSALS)
def test_each_answer_to_a_write_has_one_meaning(
    server: ScriptedServer,
    client: Http,
    entry: Entry,
    status: int,
    text: str,
    failure: type[Exception],
    known: dict[str, Any],
) -> None:
    with pytest.raises(failure) as error:
        post(server, client, entry, said(status, text))

    assert isinstance(error.value, failure)
    assert {name: getattr(error.value, name) for name in known} == known
    assert server.requests[-1].method in ("POST", "PUT")
    assert sum(one.method != "GET" for one in server.requests) == 1


@pytest.mark.parametrize("entry", WRITES, ids=lambda entry: entry.kind.value)
@pytest.mark.parametrize(
    "answer",
    [
        reply(500, PAGE.format("500 Internal Server Error")),
        reply(200, PAGE.format("Welcome")),
        reply(200, '{"data": {"dockey": 4711, "docno": "SH-1'),
        reply(200, ""),
        reply(204, ""),
        reply(200, "[1, 2]"),
        reply(200, {"data": []}),
        reply(200, {}),
        reply(200, {"data": [{"dockey": 1}, {"dockey": 2}]}),
        reply(200, "null"),
        reply(200, '{"data": {"docamt": 1e999999999}}'),
        Step(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", "close"),
        Step(then="close"),
        Step(then="reset"),
    ],
)
def test_a_write_without_a_usable_answer_may_have_arrived(
    server: ScriptedServer, client: Http, entry: Entry, answer: Step
) -> None:
    with pytest.raises(Uncertain) as error:
        post(server, client, entry, answer)

    assert not error.value.duplicate
    assert not error.value.refused
    assert sum(one.method != "GET" for one in server.requests) == 1


@pytest.mark.parametrize("entry", WRITES[:-1], ids=lambda entry: entry.kind.value)
@pytest.mark.parametrize(
    ("status", "text"),
    [
        (400, "{} already exist"),
        (409, "Duplicate document number {}"),
        (500, "violation of PRIMARY or UNIQUE KEY constraint, DOCNO = '{}'"),
    ],
)
def test_a_number_that_is_taken_is_looked_up_at_once(
    server: ScriptedServer, client: Http, entry: Entry, status: int, text: str
) -> None:
    with pytest.raises(Uncertain) as error:
        post(server, client, entry, said(status, text.format(entry.number)))

    assert error.value.duplicate


def test_a_page_that_says_slow_down_is_obeyed_and_nothing_more_is_sent(
    server: ScriptedServer, client: Http
) -> None:
    server.script = [reply(429, PAGE.format("429 Too Many Requests"))]
    connector = connected(server, client)

    with pytest.raises(Throttled) as error:
        connector.post(invoice())
    with pytest.raises(Throttled) as again:
        connector.post(invoice())

    assert error.value.retry_after == 120
    assert again.value.retry_after == pytest.approx(120, abs=1)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("stated", "expected"), [("7", 7), ("0", 120), ("900000", 86400), ("soon", 120)]
)
def test_a_pause_that_is_stated_counts(
    server: ScriptedServer, client: Http, stated: str, expected: int
) -> None:
    server.script = [reply(429, "", headers={"Retry-After": stated})]

    with pytest.raises(Throttled) as error:
        connected(server, client).post(invoice())

    assert error.value.retry_after == expected


# --- reads ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "text", "failure"),
    [
        (401, "Invalid signature", Misconfigured),
        (403, "No right", Misconfigured),
        (405, "Method not allowed", Misconfigured),
        (301, "", Misconfigured),
        (429, "Too Many Requests", Throttled),
        (400, "Malformed filter", Unavailable),
        (500, "Operation aborted", Unavailable),
        (503, "", Unavailable),
        (200, "Anything", Unavailable),
        (500, "maximum 1 concurrent connection while 2 users logged on", Unavailable),
    ],
)
def test_a_look_up_without_an_answer_proves_nothing(
    server: ScriptedServer, client: Http, status: int, text: str, failure: type[Exception]
) -> None:
    for entry in (invoice(), payment(), customer(), allocation()):
        server.script = [said(status, text)]
        with pytest.raises(failure):
            connected(server, client).find(entry)


@pytest.mark.parametrize(
    "answer",
    [
        reply(200, PAGE.format("Welcome")),
        reply(200, '{"data": ['),
        reply(200, "[1]"),
        Step(then="close"),
        reply(500, ""),
    ],
)
def test_an_unreadable_look_up_proves_nothing(
    server: ScriptedServer, client: Http, answer: Step
) -> None:
    server.script = [answer, answer]

    with pytest.raises(Unavailable):
        connected(server, client).find(invoice())


def test_a_web_servers_own_404_is_a_wrong_address(server: ScriptedServer, client: Http) -> None:
    server.script = [reply(404, PAGE.format("404 Not Found"))]

    with pytest.raises(Misconfigured) as error:
        connected(server, client).find(invoice())

    assert error.value.hint == "endpoint"


def test_books_that_are_not_there_have_nothing(client: Http) -> None:
    with pytest.raises(Unavailable, match="cannot be reached"):
        connected(ScriptedServer(port=1), client).post(invoice())


def test_an_address_that_is_not_allowed_is_the_merchants_to_correct() -> None:
    with Http(allow_loopback=False) as client, pytest.raises(Misconfigured) as error:
        connected(ScriptedServer(port=1), client).identity()

    assert error.value.hint == "endpoint"


# --- words ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        reply(400, {"message": "Tell me"}),
        reply(400, {"error": "Tell me"}),
        reply(400, {"error": {"message": "Tell me"}}),
        reply(400, "Tell me"),
        reply(400, PAGE.format("Tell me")),
    ],
)
def test_the_books_own_words_are_shown(server: ScriptedServer, client: Http, answer: Step) -> None:
    with pytest.raises(Rejected, match="Tell me"):
        post(server, client, invoice(), answer)


def test_advice_follows_the_books_words(server: ScriptedServer, client: Http) -> None:
    with pytest.raises(Rejected) as error:
        post(server, client, invoice(), said(400, "No record found."))

    assert str(error.value).startswith("No record found. A code in it is unknown in this company.")


def test_no_key_nor_body_is_ever_told(
    server: ScriptedServer, client: Http, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    echo = f"refused {SECRET_KEY} of {ACCESS_KEY}"
    connector = connected(server, client)
    told = []

    for answer in (said(400, echo), said(500, echo), said(401, echo), Step(then="close")):
        server.script = [answer]
        with pytest.raises((Rejected, Uncertain, Misconfigured)) as error:
            connector.post(customer())
        told.append(str(error.value))

    heard = "".join(told) + caplog.text + repr(vars(connector))
    for secret in (SECRET_KEY, ACCESS_KEY, "aisyah", "Teratai", "Signature="):
        assert secret not in heard


@pytest.mark.parametrize("before", range(460, 500, 7))
def test_a_key_at_the_end_of_a_long_answer_is_not_told_in_part(
    server: ScriptedServer, client: Http, before: int
) -> None:
    server.script = [said(400, "x" * before + SECRET_KEY + " " + ACCESS_KEY)]

    with pytest.raises(Rejected) as error:
        connected(server, client).post(customer())

    assert SECRET_KEY[:5] not in str(error.value)
    assert ACCESS_KEY[:5] not in str(error.value)


def test_a_long_answer_of_brackets_is_read_in_no_time(server: ScriptedServer, client: Http) -> None:
    server.script = [reply(500, "<" * 2_000_000)]
    begun = time.monotonic()

    with pytest.raises(Uncertain):
        connected(server, client).post(invoice())

    assert time.monotonic() - begun < 5


def test_an_items_own_name_is_no_missing_licence(server: ScriptedServer, client: Http) -> None:
    """A refused document would else be tried for ever, and keep the book in trouble."""
    refused = said(400, "No record found: item LICENSE-KEY-1Y of Software licence 1 year")

    with pytest.raises(Rejected):
        post(server, client, invoice(), refused)


# --- characters that older databases refuse ----------------------------------------------------


def test_a_refused_text_is_written_once_more_without_what_older_books_cannot_hold(
    server: ScriptedServer, client: Http
) -> None:
    server.script = [said(400, "Cannot transliterate character"), shown(document())]

    receipt = connected(server, client).post(invoice(description="Café 茶 😀"))

    assert receipt is not None
    assert "Café 茶 😀" in server.requests[0].body
    assert "Café ? ?" in server.requests[1].body


@pytest.mark.parametrize(
    ("description", "answer", "fallback"),
    [
        ("Café", said(400, "Cannot transliterate character"), "true"),  # nothing to replace
        ("茶", said(400, "Cannot transliterate character"), "false"),
        ("茶", said(400, "No record found"), "true"),  # it is not about the text
    ],
)
def test_no_other_refusal_is_tried_again(
    server: ScriptedServer, client: Http, description: str, answer: Step, fallback: str
) -> None:
    server.script = [answer, shown(document())]

    with pytest.raises(Rejected):
        connected(server, client, ascii_fallback=fallback).post(invoice(description=description))

    assert len(server.requests) == 1


def test_what_may_have_been_saved_is_never_tried_again(
    server: ScriptedServer, client: Http
) -> None:
    server.script = [said(500, "Cannot transliterate character")]

    with pytest.raises(Uncertain):
        connected(server, client).post(invoice(description="茶"))

    assert len(server.requests) == 1
