"""Every answer of the contract, at every step: what it means and what it never shows."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from accounting.connectors.autocount_cloud import answers, calls
from accounting.connectors.base import Misconfigured, Rejected, Throttled, Unavailable, Uncertain
from accounting.connectors.http import Http
from accounting.documents.document import Entry, Kind
from tests.accounting.connectors.autocount_cloud.conftest import (
    API_KEY,
    BOOK,
    KEY_ID,
    Connect,
)
from tests.accounting.connectors.autocount_cloud.records import (
    NOTHING,
    UNKNOWN,
    created,
    invoice_row,
    knock_off_row,
    listed,
    one,
)
from tests.accounting.connectors.entries import (
    allocation,
    credit_note,
    customer,
    debit_note,
    invoice,
    payment,
    refund,
)
from tests.scripted_server import ScriptedServer, Step, reply

FAILURES = (Unavailable, Uncertain, Rejected, Misconfigured)
ENTRIES: list[Entry] = [
    invoice(),
    debit_note(),
    credit_note(),
    payment(),
    refund(),
    allocation(),
    customer(),
]
HTML = "<html><body>Trouble</body></html>"


def said(message: str, status: int = 400) -> dict[str, Any]:
    return {"statusCode": status, "message": message}


def failure(connect: Connect, call: str, entry: Entry | None = None) -> Exception:
    books = connect()
    with pytest.raises(FAILURES) as caught:
        books.post(entry or invoice()) if call == "post" else books.find(entry or invoice())
    for secret in (API_KEY, KEY_ID, BOOK):
        assert secret not in repr(caught.value)
    return caught.value


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.kind.value)
@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, said("The Master field is required."), Rejected),
        (400, said("CreditTerm (CreditTermKey = COD) not exists"), Rejected),
        (400, said("AccNo is required."), Rejected),
        (400, said("Date is not within an open fiscal year"), Rejected),
        (422, said("Something else", 422), Rejected),
        (400, said("Duplicate document number"), Uncertain),
        (409, said("Conflict", 409), Uncertain),
        (400, said("The document limit of your plan is reached"), Misconfigured),
        (401, said("401 Unauthorized.", 401), Misconfigured),
        (403, said("Forbidden", 403), Misconfigured),
        (404, said("Not found", 404), Misconfigured),
        (302, "", Misconfigured),
        (408, "", Uncertain),
        (429, said("Too many requests", 429), Throttled),
        (500, said("Duplicate document number", 500), Uncertain),
        (500, said("AccNo is required.", 500), Uncertain),
        (502, HTML, Uncertain),
        (503, "", Uncertain),
        (200, {"docNo": "SH-1001"}, Uncertain),
        (200, HTML, Uncertain),
        (204, "", Uncertain),
    ],
)
def test_every_answer_to_a_write_has_its_outcome(
    server: ScriptedServer,
    connect: Connect,
    entry: Entry,
    status: int,
    body: Any,
    kind: type[Exception],
) -> None:
    server.script = [reply(status, body)]

    assert type(failure(connect, "post", entry)) is kind

    assert [one.method for one in server.requests] == ["POST"]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.kind.value)
@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (reply(401, said("401 Unauthorized.", 401)), Misconfigured),
        (reply(403, said("Forbidden", 403)), Misconfigured),
        (reply(302, ""), Misconfigured),
        (reply(429, ""), Throttled),
        (reply(400, said("Page is wrong")), Unavailable),
        (reply(500, said("not found", 500)), Unavailable),
        (reply(503, HTML), Unavailable),
        (reply(200, HTML), Unavailable),
        (reply(200, '{"master": {"docNo": "SH'), Unavailable),
        (reply(200, [1, 2]), Unavailable),
        (reply(200, {"success": False, "error": "Catastrophic failure"}), Unavailable),
        (reply(200, {"statusCode": 500, "message": "Failed"}), Unavailable),
        (reply(200, {"master": {"docNo": "SH-9999"}}), Unavailable),
        (Step(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{", "close"), Unavailable),
        (Step(b"", "reset"), Unavailable),
    ],
)
def test_every_answer_to_a_look_up_that_shows_no_record_leaves_it_open(
    server: ScriptedServer, connect: Connect, entry: Entry, step: Step, kind: type[Exception]
) -> None:
    server.script = [step]

    assert type(failure(connect, "find", entry)) is kind


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.kind.value)
@pytest.mark.parametrize(
    "step",
    [
        Step(b"", "close"),
        Step(b"", "reset"),
        Step(b"HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\n{", "close"),
        Step(b"nonsense\r\n\r\n", "close"),
        reply(201, ""),
    ],
)
def test_a_write_without_a_whole_answer_may_have_been_written(
    server: ScriptedServer, connect: Connect, entry: Entry, step: Step
) -> None:
    server.script = [step]

    assert type(failure(connect, "post", entry)) is Uncertain

    assert len(server.requests) == 1


@pytest.mark.parametrize(("call", "kind"), [("post", Uncertain), ("find", Unavailable)])
def test_an_answer_that_does_not_come_in_time_is_no_answer(
    server: ScriptedServer,
    connect: Connect,
    monkeypatch: pytest.MonkeyPatch,
    call: str,
    kind: type[Exception],
) -> None:
    monkeypatch.setattr(calls, "SECONDS", 0.2)
    server.script = [Step(b"", "silence")]

    assert type(failure(connect, call)) is kind


@pytest.mark.parametrize("call", ["post", "find"])
def test_books_that_cannot_be_reached_have_nothing_written(
    server: ScriptedServer, connect: Connect, call: str
) -> None:
    server.port = 1

    assert type(failure(connect, call)) is Unavailable


def test_an_address_that_may_not_be_called_is_misconfigured(connect: Connect) -> None:
    with Http(allow_loopback=False) as strict, pytest.raises(Misconfigured) as caught:
        connect(http=strict).post(invoice())

    assert caught.value.hint == "endpoint"


@pytest.mark.parametrize("book", ["../other", "kedai/1", "kedai?x=1", ""])
def test_an_account_book_id_that_would_change_the_address_is_never_sent(
    server: ScriptedServer, connect: Connect, book: str
) -> None:
    with pytest.raises(Misconfigured, match="Account Book Id has letters"):
        connect(book_id=book).identity()

    assert server.requests == []


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (400, said("AccNo is required."), "AccNo is required."),
        (400, {"Message": "Big letter"}, "Big letter"),
        (400, {"error": {"message": "inside"}}, "inside"),
        (400, {"errorMessage": "another name"}, "another name"),
        (400, {"detail": "a third"}, "a third"),
        (400, "plain words", "plain words"),
        (400, HTML, "AutoCount Cloud answered 400"),
        (400, "", "AutoCount Cloud answered 400"),
        (400, {"message": "x" * 900}, "x" * 500),
    ],
)
def test_a_refusal_is_told_in_the_books_own_words(
    server: ScriptedServer, connect: Connect, status: int, body: Any, words: str
) -> None:
    server.script = [reply(status, body)]

    assert str(failure(connect, "post")) == words


def test_a_number_that_is_taken_is_looked_up_at_once(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [reply(400, said("Duplicate document number"))]

    error = failure(connect, "post")

    assert isinstance(error, Uncertain)
    assert error.duplicate


def test_a_missing_permission_is_named(server: ScriptedServer, connect: Connect) -> None:
    server.script = [reply(403, ""), reply(403, "")]

    found = [
        failure(connect, "post", credit_note()),
        failure(connect, "find", allocation()),
    ]

    assert [str(each).split(" for it")[0].rpartition("tick ")[2] for each in found] == [
        "CreditNote CreateRecord",
        "KnockOffEntry GetRecord",
    ]


def test_a_wrong_key_and_a_wrong_book_are_named_together(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [reply(401, said("401 Unauthorized.", 401))]

    error = failure(connect, "find")

    assert "wrong Account Book Id" in str(error)
    assert isinstance(error, Misconfigured)
    assert error.hint == "key"


def test_a_plan_without_documents_left_pauses_the_book_with_the_books_words(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [reply(400, said("You have reached the document limit of your plan."))]

    assert "Raise the plan" in str(failure(connect, "post"))


@pytest.mark.parametrize(
    "words",
    [
        "Document limit reached",
        "Your plan's document quota is used up",
        "You have exceeded the documents cap",
        "The document limit of the plan (500) has been reached.",
    ],
)
def test_the_limit_of_a_plan_is_known_in_other_words(
    server: ScriptedServer, connect: Connect, words: str
) -> None:
    server.script = [reply(400, said(words))]

    assert type(failure(connect, "post")) is Misconfigured


@pytest.mark.parametrize(
    "words",
    [
        "Product (ProductCode = PLAN-LIMIT) not exists",
        "Product (ProductCode = LIMIT PLAN) not exists",
        "Meal plan, limit 3 a day: unit is required",
        "Limited cap with floor plan is not active",
        "Product (ProductCode = Document cap) is not in the floor plan",
        "Account AccNo of the plan (Document limit) is required",
        "The credit limit reached by the debtor, plan payment",
    ],
)
def test_a_refusal_that_names_an_item_of_such_words_pauses_nothing(
    server: ScriptedServer, connect: Connect, words: str
) -> None:
    server.script = [reply(400, said(words))]

    assert type(failure(connect, "post")) is Rejected


def test_secrets_that_the_books_quote_are_hidden(server: ScriptedServer, connect: Connect) -> None:
    quoted = f"key {API_KEY}, id={KEY_ID} may not open {BOOK}; see /{BOOK}/invoice"
    server.script = [reply(400, said(quoted))]

    words = str(failure(connect, "post"))

    assert words == "key [hidden], id=[hidden] may not open [hidden]; see /[hidden]/invoice"


def test_a_short_secret_is_hidden_only_where_it_stands_alone() -> None:
    assert answers.redacted("book 1: 100 of 1", ("", "1")) == "book [hidden]: 100 of [hidden]"


def test_the_form_that_the_books_cannot_read_is_told_to_the_operator_without_the_body(
    server: ScriptedServer, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    server.script = [reply(400, said("The JSON value could not be converted to System.Decimal"))]

    with caplog.at_level(logging.DEBUG):
        failure(connect, "post")

    shown = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert shown == ["AutoCount Cloud refused the form of a new invoice"]
    assert not any(
        secret in caplog.text for secret in (API_KEY, KEY_ID, BOOK, "300-C0001", "Tee black")
    )


@pytest.mark.parametrize(
    ("query", "path"),
    [("docNo=SH-1001", "invoice"), ("docNo=sh-1001%20", "invoice"), ("", "invoice")],
)
def test_a_number_in_location_is_compared_with_the_one_sent(
    server: ScriptedServer, connect: Connect, query: str, path: str
) -> None:
    server.script = [created(query, path), one(invoice_row())]
    books = connect()

    assert books.post(invoice()) is None
    assert books.find(invoice()) is not None


def test_a_document_that_got_another_number_is_a_conflict_that_names_it(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [created("docNo=I-000001"), UNKNOWN, NOTHING, UNKNOWN, NOTHING]
    books = connect()
    books.post(invoice())

    with pytest.raises(Rejected, match="wrote SH-1001 under another number: I-000001"):
        books.find(invoice())

    assert books.find(invoice()) is None  # said once


def test_a_location_that_is_wrong_is_no_harm_where_the_books_hold_the_document(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [created("docNo=I-000001"), one(invoice_row())]
    books = connect()
    books.post(invoice())

    assert books.find(invoice()) is not None


def test_a_location_that_cannot_be_read_says_nothing(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [reply(201, "", {"Location": "http://[bad"}), one(invoice_row())]
    books = connect()

    books.post(invoice())

    assert books.find(invoice()) is not None


@pytest.mark.parametrize(
    ("entry", "path"),
    [
        (invoice(), "invoice"),
        (debit_note(), "invoice"),
        (credit_note(), "creditNote"),
        (payment(), "payment"),
        (refund(), "payment"),
        (allocation(), "knockOffEntry"),
        (customer(), "debtor"),
    ],
)
def test_a_write_is_one_request_with_the_key_in_its_headers(
    server: ScriptedServer, connect: Connect, entry: Entry, path: str
) -> None:
    server.script = [created()]

    assert connect().post(entry) is None

    (request,) = server.requests
    assert (request.method, request.path, request.query) == ("POST", f"/{BOOK}/{path}", {})
    assert request.headers["key-id"] == KEY_ID
    assert request.headers["api-key"] == API_KEY
    assert request.headers["content-type"] == "application/json"
    assert f'"{entry.number}"' in request.body


def test_what_the_books_could_not_take_is_refused_without_a_request(
    server: ScriptedServer, connect: Connect
) -> None:
    assert type(failure(connect, "post", invoice(order_name="#" + "1" * 40))) is Rejected

    assert server.requests == []


def test_a_first_write_is_looked_up_only_where_a_number_may_be_taken_twice(
    connect: Connect,
) -> None:
    assert not connect().looks_first
    assert connect(unique_numbers="false").looks_first
    assert connect().kinds == frozenset(Kind)
    assert connect().call_seconds == 55


def test_sums_that_the_books_state_are_read_to_the_last_digit(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [
        reply(200, '{"master":{"docNo":"SH-1001","finalTotal":0.1000000000000000055}}')
    ]

    found = connect().find(invoice())

    assert found is not None
    assert str(found.total) == "0.1000000000000000055"


def test_a_knock_off_in_a_list_alone_is_not_read_as_absent(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [UNKNOWN, listed(knock_off_row())]

    assert type(failure(connect, "find", allocation())) is Unavailable
