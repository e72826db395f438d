"""Looking up through the gateway, over real HTTP."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from accounting.connectors.acctbridge import profile
from accounting.connectors.acctbridge.gateway import AcctBridge
from accounting.connectors.base import (
    Code,
    CodeList,
    Connector,
    Partial,
    Receipt,
    Rejected,
    Unavailable,
    difference,
)
from accounting.connectors.http import Http
from accounting.documents.document import Entry, Kind
from tests.accounting.connectors.conftest import AUTOCOUNT, KEY, SQL, Connect
from tests.accounting.connectors.entries import (
    allocation,
    credit_note,
    customer,
    debit_note,
    invoice,
    payment,
    refund,
)
from tests.accounting.connectors.listed import ac_row, sql_row
from tests.scripted_server import ScriptedServer, Step, reply, rows


def test_a_gateway_says_what_it_can_do_and_how_long_it_may_take(connect: Connect) -> None:
    connector: Connector = connect(SQL)

    assert connector.kinds == frozenset(Kind)
    assert connector.call_seconds == 100
    assert connector.profile == "acctbridge_sqlacc/1"


def test_ping_is_one_read_of_the_customers(server: ScriptedServer, connect: Connect) -> None:
    connect(AUTOCOUNT).identity()

    assert [(one.method, one.path) for one in server.requests] == [("GET", "/v1/autocount/debtor")]
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    ("books", "entry", "path", "query"),
    [
        (SQL, invoice(), "/v1/sqlacc/customer-invoice", "DOCNO"),
        (SQL, payment(), "/v1/sqlacc/customer-payment", "DOCNO"),
        (SQL, credit_note(), "/v1/sqlacc/customer-credit-note", "DOCNO"),
        (SQL, refund(), "/v1/sqlacc/customer-refund", "DOCNO"),
        (SQL, debit_note(), "/v1/sqlacc/customer-debit-note", "DOCNO"),
        (SQL, customer(), "/v1/sqlacc/customer", "CODE"),
        (AUTOCOUNT, debit_note(), "/v1/autocount/invoice", "DocNo"),
        (AUTOCOUNT, customer(), "/v1/autocount/debtor", "AccNo"),
        (AUTOCOUNT, invoice(), "/v1/autocount/invoice", "DocNo"),
        (AUTOCOUNT, payment(), "/v1/autocount/ar-payment", "DocNo"),
        (AUTOCOUNT, credit_note(), "/v1/autocount/credit-note", "DocNo"),
        (AUTOCOUNT, refund(), "/v1/autocount/ar-refund", "DocNo"),
    ],
)
def test_an_honoured_filter_that_finds_nothing_proves_absence_in_one_request(
    server: ScriptedServer,
    connect: Connect,
    books: profile.Profile,
    entry: Entry,
    path: str,
    query: str,
) -> None:
    server.script = [rows()]

    assert connect(books).find(entry) is None

    asked = [(one.method, one.path, one.query) for one in server.requests]
    assert asked == [("GET", path, {query: entry.number})]


@pytest.mark.parametrize(
    ("books", "entry", "row", "expected"),
    [
        (
            SQL,
            invoice(),
            sql_row(" sh-1001 ", docAmt="107.00", outstanding=57.5, docKey=8),
            Receipt(
                number="sh-1001",
                customer="300-C0001",
                total=Decimal("107.00"),
                outstanding=Decimal("57.5"),
                external_id="8",
            ),
        ),
        (
            SQL,
            payment(),
            sql_row("SH-1001-P533D", unappliedAmt=0.00, cancelled=True),
            Receipt(
                number="SH-1001-P533D",
                customer="300-C0001",
                total=Decimal("107.0"),
                unapplied=Decimal("0"),
                cancelled=True,
            ),
        ),
        (
            AUTOCOUNT,
            invoice(),
            ac_row(netTotal=106.98, finalTotal=107, outstanding=0.1),
            Receipt(
                number="SH-1001",
                customer="300-C0001",
                total=Decimal("107"),
                outstanding=Decimal("0.1"),
                external_id="4711",
            ),
        ),
        (
            AUTOCOUNT,
            credit_note(),
            ac_row("SH-1001-C5XX", netTotal=49.50, knockOffAmt=9.50),
            Receipt(
                number="SH-1001-C5XX",
                customer="300-C0001",
                total=Decimal("49.5"),
                unapplied=Decimal("40"),
                external_id="4711",
            ),
        ),
        (
            AUTOCOUNT,
            payment(),
            ac_row("SH-1001-P533D", details=[{"paymentAmt": 100.1}, {"paymentAmt": 6.9}]),
            Receipt(
                number="SH-1001-P533D",
                customer="300-C0001",
                total=Decimal("107.0"),
                external_id="4711",
            ),
        ),
    ],
)
def test_a_receipt_is_read_by_the_field_names_of_the_profile(
    server: ScriptedServer,
    connect: Connect,
    books: profile.Profile,
    entry: Entry,
    row: dict[str, Any],
    expected: Receipt,
) -> None:
    server.script = [rows(row)]

    assert connect(books).find(entry) == expected


@pytest.mark.parametrize(
    "body",
    [{"data": sql_row()}, {"data": [sql_row()]}, [sql_row()], {"data": [sql_row()], "success": 1}],
)
def test_every_shape_of_a_good_answer_is_read(
    server: ScriptedServer, connect: Connect, body: Any
) -> None:
    server.script = [reply(200, body)]

    found = connect().find(invoice())

    assert found is not None
    assert found.total == Decimal("107")


def test_amounts_never_pass_through_a_float(server: ScriptedServer, connect: Connect) -> None:
    body = '{"data": [{"docNo": "SH-1001", "code": "C", "docAmt": 90071992547409.93}]}'
    server.script = [reply(200, body)]

    found = connect().find(invoice())

    assert found is not None
    assert found.total == Decimal("90071992547409.93")


def test_a_filter_that_is_ignored_still_finds_the_exact_row(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [rows(sql_row("SH-1000", docAmt=1), sql_row(), sql_row("SH-1001-X"), total=99)]

    found = connect().find(invoice())

    assert found is not None
    assert found.number == "SH-1001"


def test_a_complete_list_without_the_number_proves_absence(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [rows(sql_row("SH-1000"), sql_row("SH-1002"))] * 2

    assert connect().find(invoice()) is None
    assert [one.query for one in server.requests] == [{"DOCNO": "SH-1001"}, {}]


def test_another_requests_answer_does_not_prove_absence(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [rows(sql_row("SH-4711")), rows(sql_row("SH-4711"), sql_row())]

    found = connect().find(invoice())

    assert found is not None
    assert found.number == "SH-1001"


def test_another_requests_answer_is_none_where_the_whole_list_is_not_shown(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [rows(sql_row("SH-4711")), rows(sql_row("SH-4711"), total=2)]

    with pytest.raises(Unavailable, match="cannot look up an invoice by number"):
        connect().find(invoice())


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(rows(sql_row("SH-1000"), total=2), id="more than shown"),
        pytest.param(reply(200, {"data": [sql_row("SH-1000")]}), id="no count"),
        pytest.param(rows(total=3), id="empty page"),
        pytest.param(
            reply(200, {"data": [sql_row("SH-1000")], "totalRecords": True}), id="odd count"
        ),
    ],
)
def test_an_incomplete_list_without_the_number_proves_nothing(
    server: ScriptedServer, connect: Connect, answer: Step
) -> None:
    server.script = [answer]

    with pytest.raises(Unavailable, match="cannot look up an invoice by number"):
        connect().find(invoice())


def test_two_documents_with_the_number_need_a_person(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [rows(sql_row(), sql_row("sh-1001 "))]

    with pytest.raises(Rejected, match="2 documents numbered SH-1001"):
        connect().find(invoice())


def test_a_row_without_a_total_cannot_be_verified(server: ScriptedServer, connect: Connect) -> None:
    server.script = [rows({"docNo": "SH-1001", "code": "300-C0001"})]

    with pytest.raises(Unavailable, match="cannot be verified"):
        connect().find(invoice())


def test_payments_fall_back_to_the_whole_list_where_no_filter_is_offered(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [reply(404, ""), rows(sql_row("SH-1001-P533D"), sql_row("other"))]

    found = connect().find(payment())

    assert found is not None
    assert [one.query for one in server.requests] == [{"DOCNO": "SH-1001-P533D"}, {}]


def test_a_profile_without_a_payment_filter_scans_at_once(
    server: ScriptedServer, connect: Connect
) -> None:
    kept = {name: one for name, one in SQL.operations.items() if name != "payment.find"}
    server.script = [rows(sql_row("other"), total=2)]

    with pytest.raises(Unavailable, match="cannot look up a payment by number"):
        connect(replace(SQL, operations=kept)).find(payment())

    assert [one.query for one in server.requests] == [{}]


def test_calls_start_at_least_the_interval_apart(server: ScriptedServer, client: Http) -> None:
    waits: list[float] = []
    paced = replace(SQL, transport=replace(SQL.transport, min_interval=5))
    gateway = AcctBridge(paced, KEY, server.url, client, home_currency="MYR", wait=waits.append)

    gateway.identity()
    gateway.identity()

    assert len(waits) == 1
    assert 4 < waits[0] <= 5


def test_one_call_of_the_connector_keeps_to_one_deadline_over_all_its_requests(
    server: ScriptedServer, connect: Connect
) -> None:
    transport = replace(SQL.transport, connect_seconds=1, read_seconds=0, min_interval=2)
    server.script = [rows(sql_row("SH-1001-P533D", unappliedAmt=0))]
    gateway = connect(replace(SQL, transport=transport))

    with pytest.raises(Unavailable, match="no time was left"):
        gateway.find(allocation())

    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("books", "row"),
    [
        (SQL, {"code": " 300-s0042", "companyName": "Somebody", "currencyCode": "MYR"}),
        (AUTOCOUNT, {"accNo": "300-S0042", "companyName": "Aisyah", "isActive": True}),
    ],
)
def test_a_customer_is_found_by_its_code_whatever_else_is_written_there(
    server: ScriptedServer, connect: Connect, books: profile.Profile, row: dict[str, Any]
) -> None:
    server.script = [rows({"code": "300-C0001", "accNo": "300-C0001"}, row)]
    entry = customer()

    found = connect(books).find(entry)

    assert found is not None
    assert found.number.casefold() == "300-s0042"
    assert difference(entry, found) == ""


def test_two_customers_of_one_code_are_for_a_person_to_judge(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [rows({"code": "300-S0042"}, {"code": "300-s0042"})]

    with pytest.raises(Rejected, match="the books hold 2 customers numbered 300-S0042"):
        connect().find(customer())


def test_a_customer_list_that_may_go_on_proves_nothing(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [reply(200, {"data": [{"code": "300-C0001"}], "totalRecords": 42})]

    with pytest.raises(Unavailable, match="cannot look up a customer"):
        connect().find(customer())


def test_another_customer_is_not_the_one_looked_for() -> None:
    receipt = Receipt(number="300-S0043", customer="300-S0043", total=Decimal("0"))

    assert difference(customer(), receipt) == ("customer is 300-S0043 in the books, 300-S0042 here")


# --- lists of codes ----------------------------------------------------------------------------


def test_the_customers_are_the_list_of_debtors(server: ScriptedServer, connect: Connect) -> None:
    server.script = [rows({"code": "300-A", "companyName": "Kedai"}, {"companyName": "No code"})]

    found = connect(SQL).codes(CodeList.DEBTORS)

    assert found is not None
    assert list(found) == [Code(code="300-A", name="Kedai")]


def test_a_list_that_has_more_than_it_shows_is_said_to_be_a_part(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script = [rows({"accNo": "300-A", "companyName": "Kedai"}, total=42)]

    found = connect(AUTOCOUNT).codes(CodeList.DEBTORS)

    assert found is not None
    assert next(found).code == "300-A"
    with pytest.raises(Partial):
        next(found)


@pytest.mark.parametrize("wanted", sorted(set(CodeList) - {CodeList.DEBTORS}))
def test_other_lists_are_not_offered_and_not_asked_for(
    server: ScriptedServer, connect: Connect, wanted: CodeList
) -> None:
    assert connect(SQL).codes(wanted) is None
    assert server.requests == []


@pytest.mark.parametrize(("total", "complete"), [(2, True), (51, False)])
def test_the_documents_are_one_page_that_says_whether_it_is_all(
    server: ScriptedServer, connect: Connect, total: int, complete: bool
) -> None:
    server.script = [rows(sql_row("SH-1000"), sql_row(), total=total)]

    page = connect(SQL).documents(Kind.INVOICE)

    assert [receipt.number for receipt in page.receipts] == ["SH-1000", "SH-1001"]
    assert (page.after, page.complete) == ("", complete)
    assert server.requests[0].query == {}
