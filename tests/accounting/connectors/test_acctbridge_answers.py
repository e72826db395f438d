"""Every row of the status table and the phrase table of the AcctBridge contract, section 7."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

from accounting.connectors.acctbridge.gateway import AcctBridge
from accounting.connectors.acctbridge.profile import Profile
from accounting.connectors.base import Misconfigured, Rejected, Unavailable, Uncertain
from accounting.connectors.http import Http
from tests.accounting.connectors.conftest import AUTOCOUNT, KEY, SQL, Connect
from tests.accounting.connectors.entries import invoice
from tests.scripted_server import ScriptedServer, Step, reply

# What a web server says on its own about a path it does not know.
NGINX = (
    "<html><head><title>404 Not Found</title></head><body><h1>404 Not Found</h1>"
    "<hr>front/1.2</body></html>"
)
HTML = "<html><head><title>Trouble</title></head><body>Trouble</body></html>"


def said(message: str, code: str = "validation_failed") -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}


def failure(connect: Connect, call: str, books: Profile = SQL) -> Exception:
    gateway = connect(books)
    with pytest.raises((Unavailable, Uncertain, Rejected, Misconfigured)) as caught:
        gateway.post(invoice()) if call == "post" else gateway.find(invoice())
    assert KEY not in repr(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, said("No good"), Rejected),
        (422, said("No good"), Rejected),
        (401, said("No good"), Misconfigured),
        (403, said("No good"), Misconfigured),
        (404, said("No record found: terms"), Rejected),
        (404, said("Customer 300-X does not exist"), Rejected),
        (404, said("Not Found", "not_found"), Misconfigured),
        (404, "404 page not found", Misconfigured),
        (404, "Cannot POST /v1/sqlacc/customer-invoice", Misconfigured),
        (404, "<html><h1>404 Not Found</h1></html>", Misconfigured),
        (404, NGINX, Misconfigured),
        (404, said("No such endpoint.", "no_endpoint"), Misconfigured),
        (404, "", Misconfigured),
        (405, said("Method not allowed"), Misconfigured),
        (409, said("No good"), Uncertain),
        (429, said("Slow down"), Unavailable),
        (500, said("No good"), Uncertain),
        (502, HTML, Uncertain),
        (503, said("No good"), Uncertain),
        (503, said("No good", "instance_offline"), Unavailable),
        (503, said("The instance is offline"), Unavailable),
        (504, HTML, Uncertain),
        (302, "", Misconfigured),
        (418, said("Tea"), Uncertain),
        (202, {"data": {"docNo": "SH-1001"}}, Uncertain),
        (204, "", Uncertain),
        (200, HTML, Uncertain),
        (201, '{"data": {"docNo": "SH-1', Uncertain),
        (201, "", Uncertain),
        (201, "[" * 100_000, Uncertain),
        (200, said("No good"), Uncertain),
        (200, {"success": False, "message": "No good"}, Uncertain),
        (200, {"status": "Fail", "message": "No good"}, Uncertain),
        (200, {"errors": [{"message": "No good"}]}, Uncertain),
    ],
)
def test_a_refused_write_has_the_consequence_of_its_status(
    server: ScriptedServer, connect: Connect, status: int, body: Any, kind: type[Exception]
) -> None:
    server.script = [reply(status, body)]

    assert type(failure(connect, "post")) is kind
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "body", "refused"),
    [
        (200, said("No good"), True),  # it may have been said after the save
        (500, said("No record found: 500-000"), True),
        (500, said("No good"), False),
        (504, HTML, False),
    ],
)
def test_what_reads_like_a_refusal_is_one_only_once_the_document_is_proved_absent(
    server: ScriptedServer, connect: Connect, status: int, body: Any, refused: bool
) -> None:
    server.script = [reply(status, body)]

    error = failure(connect, "post")

    assert isinstance(error, Uncertain)
    assert error.refused is refused


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, said("No good"), Unavailable),
        (422, said("No good"), Unavailable),
        (401, said("No good"), Misconfigured),
        (403, said("No good"), Misconfigured),
        (404, said("Not Found"), Misconfigured),
        (404, HTML, Misconfigured),
        (404, NGINX, Misconfigured),
        (405, said("No good"), Misconfigured),
        (409, said("No good"), Unavailable),
        (429, said("Slow down"), Unavailable),
        (500, said("No record found"), Unavailable),
        (502, "<html>origin not found</html>", Unavailable),
        (503, said("No good", "instance_offline"), Unavailable),
        (504, HTML, Unavailable),
        (200, HTML, Unavailable),
        (200, '{"data": [{"docNo', Unavailable),
        (200, {"data": "none"}, Unavailable),
        (200, {"data": [1, 2]}, Unavailable),
        (200, {"data": None, "totalRecords": 0}, Unavailable),
        (200, said("No good"), Unavailable),
        (200, '{"data": [], "totalRecords": NaN}', Unavailable),
    ],
)
def test_a_look_up_that_fails_is_never_taken_for_absent(
    server: ScriptedServer, connect: Connect, status: int, body: Any, kind: type[Exception]
) -> None:
    server.script = [reply(status, body)]

    assert type(failure(connect, "find")) is kind


@pytest.mark.parametrize("status", [200, 404])
@pytest.mark.parametrize("message", ["No record found", "Invoice SH-1001 not found"])
def test_a_look_up_that_names_a_missing_record_finds_nothing(
    server: ScriptedServer, connect: Connect, status: int, message: str
) -> None:
    server.script = [reply(status, said(message))]

    assert connect().find(invoice()) is None


@pytest.mark.parametrize(
    ("books", "phrase", "kind"),
    [
        (SQL, "Instance 12 is not connected", Unavailable),
        (SQL, "tunnel down", Unavailable),
        (SQL, "DOCNO already exist", Uncertain),
        (SQL, "duplicate document number", Uncertain),
        (SQL, "violation of UNIQUE KEY", Uncertain),
        (SQL, "Knock Off amount 9.00 must not exceed outstanding 8.00", Rejected),
        (SQL, "Maximum 2 concurrent connection reached", Unavailable),
        (SQL, "Catastrophic failure", Uncertain),
        (SQL, "Record has been changed by another user", Uncertain),
        (SQL, "No record found: terms", Rejected),
        (SQL, "Operation aborted", Uncertain),
        (SQL, "Dataset not in edit or insert mode", Uncertain),
        (SQL, "Could not convert variant of type (Null) into type (Double)", Misconfigured),
        (SQL, "not an acceptable transaction date", Rejected),
        (SQL, "Date is not valid", Rejected),
        (SQL, "Customer is suspended", Rejected),
        (AUTOCOUNT, "Instance offline", Unavailable),
        (AUTOCOUNT, "Document number SH-1001 already exists", Uncertain),
        (AUTOCOUNT, "PaymentAmt > Outstanding", Rejected),
        (AUTOCOUNT, "conflicted with FK_GLDTL_AccNo", Rejected),
        (AUTOCOUNT, "The value violates the MaxLength limit", Rejected),
        (AUTOCOUNT, "Item TEE does not exists", Rejected),
        (AUTOCOUNT, "The row contains no DataRows", Rejected),
        (AUTOCOUNT, "Please enable Approval in Documents", Misconfigured),
        (AUTOCOUNT, "Column X does not belong to table IV", Misconfigured),
        (AUTOCOUNT, "Not in any fiscal year", Rejected),
        (AUTOCOUNT, "Negative stock", Rejected),
    ],
)
@pytest.mark.parametrize("status", [200, 400, 422, 500, 503])
def test_a_phrase_comes_before_the_status_but_a_server_error_never_rejects(
    server: ScriptedServer,
    connect: Connect,
    books: Profile,
    phrase: str,
    kind: type[Exception],
    status: int,
) -> None:
    server.script = [reply(status, said(phrase))]

    caught = failure(connect, "post", books)

    assert type(caught) is (Uncertain if kind is Rejected and status >= 500 else kind)
    if isinstance(caught, Rejected):
        assert str(caught).splitlines()[0] == phrase


@pytest.mark.parametrize(
    "body",
    [
        said("D already exist"),
        {"message": "D already exist"},
        {"error": "D already exist"},
        {"errors": [{"message": "D already exist"}]},
        "D already exist",
        "<p>D already exist</p>",
    ],
)
def test_the_message_is_found_in_every_envelope(
    server: ScriptedServer, connect: Connect, body: Any
) -> None:
    server.script = [reply(422, body)]

    caught = failure(connect, "post")

    assert isinstance(caught, Uncertain)
    assert caught.duplicate
    assert str(caught) == "D already exist"


@pytest.mark.parametrize(
    ("status", "body", "duplicate"),
    [
        (409, said("No good"), True),
        (422, said("SH-1001 already exist"), True),
        (500, said("SH-1001 already exist"), True),
        (500, said("No good"), False),
        (502, HTML, False),
    ],
)
def test_only_a_number_that_is_taken_counts_as_duplicate(
    server: ScriptedServer, connect: Connect, status: int, body: Any, duplicate: bool
) -> None:
    server.script = [reply(status, body)]

    caught = failure(connect, "post")

    assert isinstance(caught, Uncertain)
    assert caught.duplicate is duplicate


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({}, 60.0),
        ({"Retry-After": "soon"}, 60.0),
        ({"Retry-After": "9" * 400}, 86400.0),
    ],
)
@pytest.mark.parametrize("call", ["find", "post"])
def test_being_throttled_says_how_long_to_wait(
    server: ScriptedServer, connect: Connect, call: str, headers: dict[str, str], seconds: float
) -> None:
    server.script = [reply(429, said("Slow down"), headers)]

    caught = failure(connect, call)

    assert isinstance(caught, Unavailable)
    assert caught.retry_after == seconds


@pytest.mark.parametrize(
    ("status", "body", "hint", "words"),
    [
        (401, "", "key", "refused the API key"),
        (401, said("API key not found"), "key", "refused the API key"),
        (403, said("Company not found"), "instance", "may not use this instance"),
        (404, "", "endpoint", "does not offer invoice.create under /v1/sqlacc/customer-invoice"),
        (405, said("update not allowed"), "endpoint", "does not offer"),
        (422, said("Could not convert variant of type (Null)"), "setting", "(Null)"),
    ],
)
def test_a_wrong_setting_is_said_in_the_merchants_words(
    server: ScriptedServer, connect: Connect, status: int, body: Any, hint: str, words: str
) -> None:
    server.script = [reply(status, body)]

    caught = failure(connect, "post")

    assert isinstance(caught, Misconfigured)
    assert caught.hint == hint
    assert words in str(caught)


@pytest.mark.parametrize(
    ("books", "phrase", "step"),
    [
        (SQL, "No record found: 500-000", "Create it in the books, or map another code"),
        (SQL, "not an acceptable transaction date", "This period is closed in the books."),
        (SQL, "Negative stock is not allowed", "stock or credit control"),
        (AUTOCOUNT, "conflicted with FK_GLDTL_AccNo", "no accounts below it"),
        (AUTOCOUNT, "The value violates the MaxLength limit", "Map a shorter code"),
        (AUTOCOUNT, "Please enable Approval in Documents", "take docStatus out"),
        (AUTOCOUNT, "Column X does not belong to table", "to one version"),
    ],
)
def test_a_refusal_is_followed_by_what_to_do_about_it(
    server: ScriptedServer, connect: Connect, books: Profile, phrase: str, step: str
) -> None:
    server.script = [reply(422, said(phrase))]

    words, advice = str(failure(connect, "post", books)).splitlines()

    assert words == phrase
    assert step in advice


def test_a_refusal_that_nobody_knows_is_left_as_the_books_said_it(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [reply(422, said("No good"))]

    assert str(failure(connect, "post")) == "No good"


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(Step(then="silence"), id="silence"),
        pytest.param(Step(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 4000, "drip"), id="drip"),
        pytest.param(Step(then="reset"), id="reset"),
        pytest.param(Step(b"HTTP/1.1 201 OK\r\nContent-Length: 9\r\n\r\n{}", "close"), id="short"),
        pytest.param(reply(200, '"' + "y" * 9_000_000 + '"'), id="huge"),
    ],
)
@pytest.mark.parametrize(("call", "kind"), [("find", Unavailable), ("post", Uncertain)])
def test_an_answer_lost_after_sending_leaves_a_write_uncertain(
    server: ScriptedServer, connect: Connect, call: str, kind: type[Exception], step: Step
) -> None:
    server.script = [step]
    transport = replace(SQL.transport, connect_seconds=0.3, read_seconds=0.2)
    impatient = replace(SQL, transport=transport)

    assert type(failure(connect, call, impatient)) is kind
    assert len(server.requests) == 1


@pytest.mark.parametrize("call", ["find", "post"])
def test_a_gateway_that_is_not_reached_is_unavailable(
    server: ScriptedServer, connect: Connect, call: str
) -> None:
    server.port = 9  # nothing listens there

    assert type(failure(connect, call)) is Unavailable
    assert server.requests == []


def test_an_address_that_may_not_be_called_pauses_the_book(connect: Connect) -> None:
    http = Http(allow_loopback=False, resolve=lambda host, port: ["10.0.0.1"])

    with pytest.raises(Misconfigured) as caught:
        AcctBridge(SQL, KEY, "https://books.test", http, home_currency="MYR").post(invoice())

    assert caught.value.hint == "endpoint"


def test_an_echoed_key_is_not_shown(server: ScriptedServer, connect: Connect) -> None:
    server.script = [reply(422, said(f"key {KEY} may not post this"))]

    assert str(failure(connect, "post")) == "key [key] may not post this"


def test_a_long_answer_of_brackets_is_read_in_no_time(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [reply(502, "<" * 2_000_000)]
    begun = time.monotonic()

    with pytest.raises((Unavailable, Uncertain)):
        connect(SQL).post(invoice())

    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("before", range(470, 500, 7))
def test_a_key_at_the_end_of_a_long_answer_is_not_told_in_part(
    server: ScriptedServer, connect: Connect, before: int
) -> None:
    server.script = [reply(400, {"message": "x" * before + KEY})]

    with pytest.raises(Rejected) as error:
        connect(SQL).post(invoice())

    assert KEY[:5] not in str(error.value)
