"""Code lists, pages of documents, and whose books these are."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from accounting.connectors.base import (
    Code,
    CodeList,
    Misconfigured,
    Page,
    Receipt,
    Rejected,
    Throttled,
    Unavailable,
)
from accounting.documents.document import Kind
from tests.accounting.connectors.autocount_cloud.conftest import BOOK, Connect
from tests.accounting.connectors.autocount_cloud.records import (
    KNOCKED,
    NOTHING,
    PAID,
    UNKNOWN,
    created,
    invoice_row,
    knock_off_row,
    listed,
    one,
    payment_row,
)
from tests.accounting.connectors.entries import allocation, invoice, payment
from tests.scripted_server import ScriptedServer, reply

METHOD = {
    "paymentMethod": "STRIPE",
    "bankAccount": "310-0005",
    "bankChargeAccount": "902-0000",
    "journalType": "BANK",
    "paymentBy": "Card",
    "isActive": True,
}


@pytest.mark.parametrize(
    ("wanted", "row", "expected", "call", "query", "body"),
    [
        (
            CodeList.ACCOUNTS,
            {"accNo": "500-0000", "description": "Sales", "accType": "SL"},
            Code(code="500-0000", name="Sales", detail={"type": "SL"}),
            "POST account",
            {"leafOnly": "true", "page": "1"},
            {"filterByAccTypes": False, "filterBySpecialAccTypes": False},
        ),
        (
            CodeList.PAYMENT_METHODS,
            METHOD,
            Code(
                code="STRIPE",
                name="Card",
                detail={"account": "310-0005", "journal": "BANK", "charges": "902-0000"},
            ),
            "GET paymentmethod",
            {"activeOnly": "true", "page": "1"},
            None,
        ),
        (
            CodeList.ITEMS,
            {"product": {"productCode": "TEE", "productName": "Tee", "unit": "UNIT"}},
            Code(code="TEE", name="Tee", detail={"unit": "UNIT"}),
            "POST product",
            {},
            {
                "page": 1,
                "filter": {"statuses": {"active": True, "inactive": False, "discontinued": False}},
            },
        ),
        (
            CodeList.DEBTORS,
            {"accNo": "300-S001", "companyName": "Shopify", "isActive": "F"},
            Code(code="300-S001", name="Shopify", active=False),
            "GET debtor",
            {"activeOnly": "true", "page": "1"},
            None,
        ),
        (
            CodeList.LOCATIONS,
            {"location": "HQ", "description": "Head office"},
            Code(code="HQ", name="Head office"),
            "GET location",
            {"page": "1"},
            None,
        ),
        (
            CodeList.PROJECTS,
            {"deptNo": "WEB", "description": "Web shop"},
            Code(code="WEB", name="Web shop"),
            "GET department",
            {"page": "1"},
            None,
        ),
    ],
)
def test_a_code_list_is_read_with_what_helps_to_choose(
    server: ScriptedServer,
    connect: Connect,
    wanted: CodeList,
    row: dict[str, Any],
    expected: Code,
    call: str,
    query: dict[str, str],
    body: Any,
) -> None:
    server.script = [listed(row)]

    found = connect().codes(wanted)

    assert found is not None
    assert list(found) == [expected]
    (asked,) = server.requests
    method, name = call.split()
    assert (asked.method, asked.path) == (method, f"/{BOOK}/{name}/listing")
    assert asked.query == query
    assert (json.loads(asked.body) if asked.body else None) == body


@pytest.mark.parametrize("wanted", [CodeList.TAX_CODES, CodeList.TERMS])
def test_lists_that_the_books_do_not_have_are_not_offered(
    server: ScriptedServer, connect: Connect, wanted: CodeList
) -> None:
    assert connect().codes(wanted) is None
    assert server.requests == []


def test_departments_whose_path_is_only_assumed_may_be_missing(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [UNKNOWN]

    assert connect().codes(CodeList.PROJECTS) is None


@pytest.mark.parametrize(
    ("status", "kind"), [(404, Misconfigured), (403, Misconfigured), (500, Unavailable)]
)
def test_a_list_that_must_be_there_fails_as_the_books_say(
    server: ScriptedServer, connect: Connect, status: int, kind: type[Exception]
) -> None:
    server.script = [reply(status, "")]

    with pytest.raises(kind):
        connect().codes(CodeList.ACCOUNTS)


def test_a_row_without_a_code_is_not_of_the_list_that_was_asked_for(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [listed(invoice_row())]

    found = connect().codes(CodeList.PAYMENT_METHODS)

    assert found is not None
    with pytest.raises(Unavailable, match="row without a code"):
        list(found)


def test_long_lists_come_page_by_page_and_a_code_that_moved_comes_once(
    server: ScriptedServer, connect: Connect
) -> None:
    rows = [{"product": {"productCode": f"P{n}"}} for n in range(101)]
    server.script = [listed(*rows[:100], total=102), listed(rows[99], rows[100], total=102)]

    found = connect().codes(CodeList.ITEMS)

    assert found is not None
    assert [code.code for code in found] == [f"P{n}" for n in range(101)]
    assert [json.loads(one.body)["page"] for one in server.requests] == [1, 2]


def test_a_page_that_is_shown_again_and_again_is_not_the_whole_list(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [listed(*({"accNo": f"{n}"} for n in range(100)), total=250)] * 3

    found = connect().codes(CodeList.ACCOUNTS)

    assert found is not None
    with pytest.raises(Unavailable, match="again"):
        list(found)


def test_a_list_is_read_no_further_than_it_is_wanted(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [listed({"accNo": "1"}, total=200), reply(503, "")]

    found = connect().codes(CodeList.ACCOUNTS)

    assert found is not None
    assert next(found).code == "1"
    with pytest.raises(Unavailable):
        next(found)


@pytest.mark.parametrize(
    ("kind", "path", "query", "row", "expected"),
    [
        (
            Kind.INVOICE,
            "invoice",
            {},
            {"master": invoice_row()},
            ("SH-1001", "300-C0001", Decimal(107)),
        ),
        (Kind.DEBIT_NOTE, "invoice", {}, invoice_row(), ("SH-1001", "300-C0001", Decimal(107))),
        (
            Kind.CREDIT_NOTE,
            "creditNote",
            {},
            invoice_row("SH-1-C1"),
            ("SH-1-C1", "300-C0001", Decimal(107)),
        ),
        (
            Kind.PAYMENT,
            "payment",
            {"docType": "OR"},
            payment_row(),
            ("SH-1001-P533D", "", Decimal(107)),
        ),
        (
            Kind.REFUND,
            "payment",
            {"docType": "PV"},
            {"master": payment_row(), "details": list(PAID)},
            ("SH-1001-P533D", "300-C0001", Decimal(107)),
        ),
        (
            Kind.ALLOCATION,
            "knockOffEntry",
            {},
            knock_off_row(),
            ("SH-1001-P533D_SH-1001", "300-C0001", Decimal(107)),
        ),
    ],
)
def test_documents_are_listed_with_what_the_list_says(
    server: ScriptedServer,
    connect: Connect,
    kind: Kind,
    path: str,
    query: dict[str, str],
    row: dict[str, Any],
    expected: tuple[str, str, Decimal],
) -> None:
    server.script = [listed(row)]

    page = connect().documents(kind)

    found = [(each.number, each.customer, each.total) for each in page.receipts]
    assert found == [expected]
    assert (page.after, page.complete) == ("", True)
    (asked,) = server.requests
    assert (asked.method, asked.path) == ("GET", f"/{BOOK}/{path}/listing")
    assert asked.query == query | {"page": "1"}


def test_pages_follow_each_other_until_all_are_seen(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [listed(invoice_row(docKey=n), total=201) for n in range(3)]
    books, after, pages = connect(), "", list[Page]()

    while not pages or after:
        pages.append(books.documents(Kind.INVOICE, after))
        after = pages[-1].after

    assert [one.query["page"] for one in server.requests] == ["1", "2", "3"]
    assert all(page.complete for page in pages)


def test_without_a_count_an_empty_page_is_the_last(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [reply(200, [invoice_row()]), reply(200, [])]

    first = connect().documents(Kind.INVOICE)
    second = connect().documents(Kind.INVOICE, first.after)

    assert (len(first.receipts), second.receipts, second.after) == (1, (), "")
    assert second.complete


def test_a_list_that_grew_while_it_was_read_is_not_complete(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [listed(invoice_row(), total=101), listed(invoice_row(docKey=2), total=102)]
    books = connect()

    first = books.documents(Kind.INVOICE)
    second = books.documents(Kind.INVOICE, first.after)

    assert (first.complete, second.complete) == (True, False)


def test_a_row_that_comes_again_hides_another_and_is_not_shown_twice(
    server: ScriptedServer, connect: Connect
) -> None:
    again = listed(invoice_row(), invoice_row("SH-1002", docKey=2), total=102)
    server.script = [listed(invoice_row(), total=102), again, again]
    books = connect()

    first = books.documents(Kind.INVOICE)
    second = books.documents(Kind.INVOICE, first.after)
    anew = books.documents(Kind.INVOICE)

    assert [one.number for one in second.receipts] == ["SH-1002"]
    assert [page.complete for page in (first, second, anew)] == [True, False, True]


def test_debtors_are_no_documents(server: ScriptedServer, connect: Connect) -> None:
    with pytest.raises(Rejected):
        connect().documents(Kind.CUSTOMER)
    assert server.requests == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"companyName": "Kedai Sdn Bhd", "registerNo": "2020"}, "Kedai Sdn Bhd 2020"),
        ({"data": {"companyName": "Kedai", "registrationNo": 7}}, "Kedai 7"),
        ([{"name": "Kedai"}], "Kedai"),
        ({"companyName": "K" * 300}, "K" * 200),
        ({"something": "else"}, ""),
    ],
)
def test_the_company_is_told_by_name_and_registration_number(
    server: ScriptedServer, connect: Connect, body: Any, expected: str
) -> None:
    server.script = [reply(200, body)]

    assert connect().identity() == expected

    assert [(one.method, one.path) for one in server.requests] == [
        ("GET", f"/{BOOK}/companyProfile")
    ]


def test_books_without_a_company_profile_prove_the_key_at_least(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [UNKNOWN, NOTHING, UNKNOWN, reply(401, "")]
    books = connect()

    assert books.identity() == ""
    with pytest.raises(Misconfigured):
        books.identity()

    assert server.requests[1].path == f"/{BOOK}/location/listing"


def test_the_path_of_the_company_profile_is_a_setting(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [reply(200, {"companyName": "Kedai"})]

    connect(company_path="company/profile").identity()

    assert server.requests[0].path == f"/{BOOK}/company/profile"


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (reply(200, []), Unavailable),
        (reply(200, {"error": "Catastrophic failure"}), Unavailable),
        (reply(200, {"accNo": "300-C0001", "companyName": "A debtor"}), Unavailable),
        (reply(200, {"master": {"docNo": "SH-1"}, "details": []}), Unavailable),
        (reply(200, "<html>"), Unavailable),
        (reply(500, ""), Unavailable),
        (reply(403, ""), Misconfigured),
        (reply(429, ""), Throttled),
    ],
)
def test_a_company_that_cannot_be_read_is_a_failure(
    server: ScriptedServer, connect: Connect, step: Any, kind: type[Exception]
) -> None:
    server.script = [step]

    with pytest.raises(kind):
        connect().identity()


def test_a_paid_order_takes_three_writes_and_three_readings(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [
        created("docNo=SH-1001"),
        one(invoice_row(), {"seq": 1}, {"seq": 2}),
        created("docNo=SH-1001-P533D", "payment"),
        one(payment_row(), *PAID),
        created("docNo=SH-1001-P533D_SH-1001", "knockOffEntry"),
        one(knock_off_row(), *KNOCKED),
    ]
    books, receipts = connect(), list[Receipt | None]()

    for entry in (invoice(), payment(), allocation()):
        assert books.post(entry) is None
        receipts.append(books.find(entry))

    assert all(receipts)
    assert [one.method for one in server.requests] == ["POST", "GET"] * 3
