"""What a process learns from the books before it knocks off or pays for the first time."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from accounting.connectors.autocount_cloud.memory import Memory
from accounting.connectors.base import Rejected, Unavailable
from accounting.documents.document import Kind
from tests.accounting.connectors.autocount_cloud.conftest import BOOK, CODES, Connect
from tests.accounting.connectors.autocount_cloud.records import created, listed, open_item
from tests.accounting.connectors.entries import (
    allocation,
    credit_note,
    customer,
    invoice,
    payment,
    refund,
)
from tests.scripted_server import ScriptedServer, Step, reply

OPEN = [
    open_item("SH-1001", "RI", 107.00),
    open_item("SH-1001-P533D", "RP", -107.00),
    open_item("SH-9", "IV", 5.00),
]


def test_the_codes_of_documents_are_taken_from_the_open_items_once_a_process(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [reply(200, OPEN), created(), created()]
    memory = Memory()

    connect(memory=memory).post(allocation())
    connect(memory=memory).post(allocation(number="SH-1001-P533D_SH-1001_2"))

    asked = [(one.method, one.path) for one in server.requests]
    entry = ("POST", f"/{BOOK}/knockOffEntry")
    assert asked == [("GET", f"/{BOOK}/knockOffEntry/outstandingTransactions"), entry, entry]
    assert server.requests[0].query == {"accNo": "300-C0001", "docDate": "2026-11-20"}
    rows = json.loads(server.requests[2].body)["details"]
    assert [row["docType"] for row in rows] == ["RI", "RP"]


def test_the_open_items_may_stand_in_an_envelope(server: ScriptedServer, connect: Connect) -> None:
    server.script = [listed(*OPEN), created()]

    connect(memory=Memory()).post(allocation())

    assert len(server.requests) == 2


def test_a_kind_that_was_not_met_yet_is_learned_too(
    server: ScriptedServer, connect: Connect
) -> None:
    known = dict(CODES)
    del known[Kind.REFUND]
    items = [open_item("SH-1001", "CN", -107), open_item("SH-1001-P533D", "XP", 107)]
    server.script = [reply(200, items), created()]
    memory = Memory(types=known)

    entry = allocation(source_kind=Kind.REFUND, target_kind=Kind.CREDIT_NOTE)
    connect(memory=memory).post(entry)

    assert memory.types[Kind.REFUND] == "XP"


def test_where_the_open_items_are_silent_the_settings_say_the_code(
    server: ScriptedServer, connect: Connect
) -> None:
    items = [open_item("SH-1001", "", 107), open_item("SH-1001-P533D", "", -107)]
    server.script = [reply(200, items), created()]

    connect(memory=Memory(), type_invoice="I2").post(allocation())

    rows = json.loads(server.requests[1].body)["details"]
    assert [row["docType"] for row in rows] == ["I2", "OR"]


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ([], "SH-1001-P533D has 0.00 open on 300-C0001"),
        ([OPEN[0], open_item("SH-1001-P533D", "OR", -107, -10)], "has 97.00 open on 300-C0001"),
        ([*OPEN, open_item("sh-1001", "IV", 107)], "two documents carry the number SH-1001"),
    ],
)
def test_what_is_not_open_for_the_amount_is_not_knocked_off(
    server: ScriptedServer, connect: Connect, items: list[dict[str, Any]], words: str
) -> None:
    server.script = [reply(200, items)]
    memory = Memory()

    with pytest.raises(Rejected, match=words):
        connect(memory=memory).post(allocation())

    assert [one.method for one in server.requests] == ["GET"]
    assert memory.types == {}


def test_open_items_that_cannot_be_read_leave_the_knock_off_unwritten(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [reply(200, "<html>"), reply(200, OPEN)]

    with pytest.raises(Unavailable):
        connect(memory=Memory()).post(allocation())

    assert [one.method for one in server.requests] == ["GET"]


def test_the_amount_to_knock_off_may_be_less_than_what_is_open(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [reply(200, OPEN), created()]

    connect(memory=Memory()).post(allocation(amount=Decimal("50.00")))

    assert "50.00" in server.requests[1].body


def test_open_items_of_another_debtor_prove_nothing(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [reply(200, [open_item("SH-1001", "IV", 107) | {"accNo": "300-X"}])]

    with pytest.raises(Unavailable, match="open items of somebody else"):
        connect(memory=Memory()).post(allocation())


METHOD = {"paymentMethod": "310-005", "journalType": "BANK", "isActive": True}


def test_the_journal_of_a_payment_method_is_read_once_a_process(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [listed(METHOD), created(), created()]
    memory = Memory()

    connect(memory=memory).post(payment())
    connect(memory=memory).post(refund())

    assert [one.path for one in server.requests] == [
        f"/{BOOK}/paymentmethod/listing",
        f"/{BOOK}/payment",
        f"/{BOOK}/payment",
    ]
    journals = [json.loads(one.body)["master"]["journalType"] for one in server.requests[1:]]
    assert journals == ["BANK", "BANK"]


def test_a_journal_in_the_settings_needs_no_reading(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [created()]

    connect(memory=Memory(), journal_type="GENERAL").post(payment())

    assert json.loads(server.requests[0].body)["master"]["journalType"] == "GENERAL"


def test_a_payment_method_that_the_books_do_not_list_is_refused_after_reading_anew(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [listed(METHOD), listed(METHOD), created()]
    memory = Memory(journals={"OLD": "BANK"})

    with pytest.raises(Rejected, match="paymentMethod STRIPE is not an active payment method"):
        connect(memory=memory).post(payment(account="STRIPE"))
    server.script = [listed(METHOD | {"paymentMethod": "STRIPE"}), created()]
    connect(memory=memory).post(payment(account="STRIPE"))

    assert [one.method for one in server.requests] == ["GET", "GET", "POST"]


def test_a_payment_method_without_a_journal_is_refused_by_the_fields_name(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [listed(METHOD | {"journalType": ""})]

    with pytest.raises(Rejected, match=r"master\.journalType has no value"):
        connect(memory=Memory()).post(payment())


def test_what_does_not_fit_is_refused_before_the_books_are_asked_anything(
    server: ScriptedServer, connect: Connect
) -> None:
    books = connect(memory=Memory())

    for entry in (payment(account="M" * 21), allocation(number="K" * 51), invoice(number="S" * 31)):
        with pytest.raises(Rejected, match=r"has \d+ characters"):
            books.post(entry)

    assert server.requests == []


def debtor(code: str = "300-C0001", **changes: str) -> Step:
    return reply(200, {"accNo": code, "companyName": "Shopify"} | changes)


def test_a_sales_document_needs_a_debtor_of_its_currency_which_is_read_once_a_process(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [debtor(currencyCode="MYR"), created(), created()]
    memory = Memory()

    connect(memory=memory).post(invoice())
    connect(memory=memory).post(credit_note())

    assert [one.method for one in server.requests] == ["GET", "POST", "POST"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (debtor(currencyCode="MYR"), "SH-1001 is in SGD, but debtor 300-C0001 has MYR"),
        (reply(404, ""), r"master\.debtorCode 300-C0001 is no debtor of these books"),
    ],
)
def test_a_debtor_of_another_currency_or_none_is_refused_before_the_write(
    server: ScriptedServer, connect: Connect, answer: Step, words: str
) -> None:
    server.script = [answer]

    with pytest.raises(Rejected, match=words):
        connect(memory=Memory()).post(invoice(currency="SGD", rate=Decimal("3.30")))

    assert [one.method for one in server.requests] == ["GET"]


def test_a_debtor_that_does_not_say_its_currency_is_left_to_the_books(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [debtor(), created()]

    connect(memory=Memory()).post(invoice(currency="SGD", rate=Decimal("3.30")))

    assert len(server.requests) == 2


def test_a_debtor_that_was_looked_up_is_not_read_again(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [debtor("300-S0042", currencyCode="MYR"), created()]
    books = connect(memory=Memory())
    books.find(customer())

    books.post(invoice(customer="300-S0042"))

    assert [one.method for one in server.requests] == ["GET", "POST"]
