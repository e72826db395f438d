"""Looking up, proving and listing through SQL Account's API, over real HTTP."""

from __future__ import annotations

import time
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from accounting.connectors.base import (
    Connector,
    Misconfigured,
    Receipt,
    Rejected,
    Settled,
    Unavailable,
    Uncertain,
)
from accounting.connectors.http import Http
from accounting.connectors.sql_account_api.api import api
from accounting.documents.document import Entry, Kind
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
    calls,
    connected,
    document,
    listed,
    money,
    row,
    shown,
)
from tests.scripted_server import ScriptedServer, reply


def test_a_connection_says_what_it_can_do_and_how_long_it_may_take(
    server: ScriptedServer, client: Http
) -> None:
    connector: Connector = connected(server, client)

    assert connector.kinds == frozenset(Kind)
    assert connector.settling == {Kind.PAYMENT, Kind.REFUND}
    assert not connector.looks_first
    assert connector.call_seconds == 70
    assert connector.profile == f"sql_account_api/{api().version}"


# --- whose books ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        ({"companyname": "Kedai Contoh", "brn": "202001012345"}, "Kedai Contoh 202001012345"),
        ({"company": "Kedai Contoh", "registrationno": 123456}, "Kedai Contoh 123456"),
        ({"name": "Kedai Contoh"}, "Kedai Contoh"),
        ({"remark": "2026"}, ""),
        ({"companyname": "K" * 300}, "K" * 200),
    ],
)
def test_a_company_is_told_by_name_and_registration_in_one_read(
    server: ScriptedServer, client: Http, profile: dict[str, Any], expected: str
) -> None:
    server.script = [shown(profile)]

    assert connected(server, client).identity() == expected
    assert calls(server) == [("GET", "/profile")]


def test_books_without_a_profile_tell_nothing(server: ScriptedServer, client: Http) -> None:
    server.script = [reply(404, {"error": "not found"})]

    assert connected(server, client).identity() == ""


# --- find -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "resource", "marker"),
    [
        (invoice(), "/salesinvoice", "5501"),
        (debit_note(), "/salesinvoice", "N6601"),
        (credit_note(), "/salescreditnote", "7701"),
        (payment(), "/customerpayment", "6601"),
        (refund(), "/customerrefund", "6602"),
    ],
)
def test_a_document_is_absent_when_neither_its_number_nor_its_shopify_id_is_there(
    server: ScriptedServer, client: Http, entry: Entry, resource: str, marker: str
) -> None:
    server.script = [listed(), listed()]

    assert connected(server, client).find(entry) is None

    asked = [(one.path, one.query) for one in server.requests]
    assert asked == [(resource, {"docno": entry.number}), (resource, {"docref1": marker})]


def test_absence_may_also_be_said_in_words(server: ScriptedServer, client: Http) -> None:
    for answer in (reply(404, {"error": "?"}), reply(400, "SalesInvoice SH-1001 not found")):
        server.script = [answer, answer]

        assert connected(server, client).find(invoice()) is None


def test_an_invoice_is_read_with_its_lines(server: ScriptedServer, client: Http) -> None:
    header = document(" sh-1001 ", docdate="20/11/2026")
    server.script = [listed(header), shown(document(outstanding="57.50"))]

    assert connected(server, client).find(invoice()) == Receipt(
        number="SH-1001",
        customer="300-C0001",
        total=Decimal("107.00"),
        outstanding=Decimal("57.50"),
        external_id="4711",
        marker="5501",
        dated=date(2026, 11, 20),
    )
    assert calls(server) == [("GET", "/salesinvoice"), ("GET", "/salesinvoice/4711")]


@pytest.mark.parametrize(
    "envelope",
    [
        lambda row: reply(200, {"data": row}),
        lambda row: reply(200, {"data": [row]}),
        lambda row: reply(200, row),
        lambda row: reply(200, [row]),
    ],
)
def test_records_are_understood_in_every_envelope(
    server: ScriptedServer, client: Http, envelope: Any
) -> None:
    server.script = [envelope(document()), envelope(document())]

    receipt = connected(server, client).find(invoice())

    assert receipt is not None
    assert receipt.total == Decimal("107.00")


def test_a_payment_is_read_with_what_it_settles(server: ScriptedServer, client: Http) -> None:
    rows = [
        row("SH-1001", "100.00"),
        row("SH-1001-N533D", "5.00"),
        row("SH-999", "2.00", knockoff=False),
        row("SH-998", "0.00"),
    ]
    server.script = [listed(money()), shown(money(unappliedamt="2.00", sdsknockoff=rows))]

    receipt = connected(server, client).find(payment())

    assert receipt is not None
    assert receipt.unapplied == Decimal("2.00")
    assert receipt.settled == (
        Settled(number="SH-1001", amount=Decimal("100.00")),
        Settled(number="SH-1001-N533D", amount=Decimal("5.00")),
    )


@pytest.mark.parametrize("unapplied", ["107.00", "50.00", None])
def test_rows_that_the_books_do_not_count_settle_nothing(
    server: ScriptedServer, client: Http, unapplied: str | None
) -> None:
    server.script = [listed(money()), shown(money(unappliedamt=unapplied))]

    receipt = connected(server, client).find(payment())

    assert receipt is not None
    assert receipt.settled == ()


@pytest.mark.parametrize("value", [True, "T", "1", 1, "true"])
def test_a_cancelled_document_says_so(server: ScriptedServer, client: Http, value: object) -> None:
    server.script = [listed(document()), shown(document(cancelled=value))]

    receipt = connected(server, client).find(invoice())

    assert receipt is not None
    assert receipt.cancelled


def test_another_total_is_shown_with_the_options_that_may_have_made_it(
    server: ScriptedServer, client: Http
) -> None:
    server.script = [listed(document()), shown(document(docamt="107.05"))]

    with pytest.raises(Rejected, match=r"total is 107\.05 in the books, 107\.00 here.*5 Cents"):
        connected(server, client).find(invoice())


def test_another_tax_under_the_same_total_is_found_too(
    server: ScriptedServer, client: Http
) -> None:
    lines = [{"amount": "90.01", "taxamt": "8.99"}, {"amount": "8.00", "taxamt": "0.00"}]
    server.script = [listed(document()), shown(document(sdsdocdetail=lines))]

    with pytest.raises(Rejected, match=r"tax is 8\.99 in the books, 9\.00 here"):
        connected(server, client).find(invoice())


@pytest.mark.parametrize(
    ("ours", "theirs"), [("MYR", "USD"), ("USD", "----"), ("USD", "MYR"), ("USD", "SGD")]
)
def test_the_same_figure_in_another_currency_is_another_document(
    server: ScriptedServer, client: Http, ours: str, theirs: str
) -> None:
    """A document that states no currency is written in its customer's."""
    entry = invoice(currency=ours, rate=Decimal("4.2"))
    server.script = [shown(document(currencycode=theirs))]
    server.script += [listed(document()), shown(document(currencycode=theirs))]
    connector = connected(server, client)

    assert connector.post(entry) is None
    named = "MYR" if theirs == "----" else theirs
    with pytest.raises(Rejected, match=f"SH-1001 is in {named} in the books, {ours} here"):
        connector.find(entry)


@pytest.mark.parametrize(
    ("ours", "theirs"), [("MYR", "----"), ("MYR", "myr"), ("MYR", None), ("USD", " usd ")]
)
def test_the_books_own_currency_has_more_than_one_name(
    server: ScriptedServer, client: Http, ours: str, theirs: str | None
) -> None:
    server.script = [listed(document()), shown(document(currencycode=theirs))]

    assert connected(server, client).find(invoice(currency=ours)) is not None


@pytest.mark.parametrize("amount", ["1E+999999999", "-1E+999999999", "1e9999"])
def test_an_amount_beyond_all_measure_is_none(
    server: ScriptedServer, client: Http, amount: str
) -> None:
    """Writing it out, or adding to it, would take all memory or none."""
    source = money(unappliedamt=amount, sdsknockoff=[row("SH-1001", amount)])
    server.script = [listed(source), shown(source)]

    with pytest.raises(Unavailable, match="does not say how much"):
        connected(server, client).find(allocation())


@pytest.mark.parametrize(
    "changes", [{"code": "300-C0002", "docamt": "1.00"}, {"cancelled": True, "docamt": "1.00"}]
)
def test_a_document_of_somebody_else_is_handed_over_to_be_compared(
    server: ScriptedServer, client: Http, changes: dict[str, Any]
) -> None:
    server.script = [listed(document()), shown(document(**changes))]

    receipt = connected(server, client).find(invoice())

    assert receipt is not None
    assert receipt.total == Decimal("1.00")


def test_lines_that_do_not_state_their_tax_are_not_compared(
    server: ScriptedServer, client: Http
) -> None:
    server.script = [listed(document()), shown(document(sdsdocdetail=[{"amount": "1.00"}]))]

    assert connected(server, client).find(invoice()) is not None


def test_a_document_that_the_books_numbered_themselves_is_found_by_its_shopify_id(
    server: ScriptedServer, client: Http
) -> None:
    server.script = [listed(), listed(document("IV-00042"))]

    with pytest.raises(Rejected, match="holds IV-00042 with the Shopify id 5501 of SH-1001"):
        connected(server, client).find(invoice())


def test_a_cancelled_one_with_our_shopify_id_is_in_nobodys_way(
    server: ScriptedServer, client: Http
) -> None:
    server.script = [listed(), listed(document("IV-00042", cancelled=True))]

    assert connected(server, client).find(invoice()) is None


def test_two_documents_of_one_number_need_a_person(server: ScriptedServer, client: Http) -> None:
    server.script = [listed(document(), document(dockey=4712))]

    with pytest.raises(Rejected, match="holds 2 records numbered SH-1001"):
        connected(server, client).find(invoice())


def test_books_that_ignore_the_filter_prove_nothing(server: ScriptedServer, client: Http) -> None:
    others = [document(f"IV-{n}") for n in range(50)]
    server.script = [listed(*others)]

    with pytest.raises(Unavailable, match="duplicates cannot be ruled out"):
        connected(server, client).find(invoice())


def test_a_whole_list_without_our_number_proves_absence(
    server: ScriptedServer, client: Http
) -> None:
    others = [document(f"IV-{n}", docref1="") for n in range(49)]
    server.script = [listed(*others), listed(*others)]

    assert connected(server, client).find(invoice()) is None


def test_a_document_that_is_listed_but_not_shown_is_not_judged(
    server: ScriptedServer, client: Http
) -> None:
    for answer in (reply(404, {"error": "not found"}), reply(200, {"data": []})):
        server.script = [listed(document()), answer]

        with pytest.raises(Unavailable, match="does not show it"):
            connected(server, client).find(invoice())


def test_a_document_without_a_total_cannot_be_compared(
    server: ScriptedServer, client: Http
) -> None:
    for total in (None, "", "much", True, "NaN"):
        server.script = [listed(document(docamt=total)), shown(document(docamt=total))]

        with pytest.raises(Unavailable, match="does not say the total"):
            connected(server, client).find(invoice())


def test_a_header_without_a_key_is_all_there_is(server: ScriptedServer, client: Http) -> None:
    server.script = [listed(document(dockey=None))]

    receipt = connected(server, client).find(invoice())

    assert receipt is not None
    assert len(server.requests) == 1


# --- customers --------------------------------------------------------------------------------


def test_a_customer_is_found_by_the_code_in_the_path(server: ScriptedServer, client: Http) -> None:
    server.script = [shown({"code": "300-s0042 ", "dockey": 9, "companyname": "Anybody"})]

    assert connected(server, client).find(customer()) == Receipt(
        number="300-s0042", customer="300-s0042", total=Decimal("0"), external_id="9"
    )
    assert calls(server) == [("GET", "/customer/300-S0042")]


@pytest.mark.parametrize(
    "answer",
    [
        reply(400, "Customer 300-S0042 not found"),
        reply(404, {"error": "?"}),
        shown({"code": "300-S0099"}),
    ],
)
def test_a_customer_may_be_absent(server: ScriptedServer, client: Http, answer: Any) -> None:
    server.script = [answer]

    assert connected(server, client).find(customer()) is None


def test_an_odd_code_is_looked_up_by_filter(server: ScriptedServer, client: Http) -> None:
    server.script = [listed({"code": "300/S 42"})]

    assert connected(server, client).find(customer(code="300/S 42")) is not None
    assert server.requests[0].query == {"code": "300/S 42"}


def test_a_code_that_would_find_others_is_never_asked_for(
    server: ScriptedServer, client: Http
) -> None:
    with pytest.raises(Rejected, match="holds"):
        connected(server, client).find(customer(code="300*"))

    assert server.requests == []


# --- what the answer to a write proves --------------------------------------------------------


def test_a_paid_order_takes_two_requests(server: ScriptedServer, client: Http) -> None:
    server.script = [shown(document()), shown(money())]
    connector = connected(server, client)

    billed = connector.post(invoice())
    paid = connector.post(payment(), [allocation()])

    assert billed is not None
    assert billed.total == Decimal("107.00")
    assert paid is not None
    assert paid.settled == (Settled(number="SH-1001", amount=Decimal("107.00")),)
    assert calls(server) == [("POST", "/salesinvoice"), ("POST", "/customerpayment")]


@pytest.mark.parametrize(
    "changes",
    [
        {"docamt": None},  # nothing that the books arrived at
        {"docamt": "107.05"},
        {"docno": "IV-00042"},
        {"code": None},
        {"code": "300-C0002", "docno": "SH-1002"},
        {"sdsdocdetail": [{"amount": "98.01", "taxamt": "8.99"}]},
    ],
)
def test_an_answer_that_does_not_prove_the_invoice_is_no_receipt(
    server: ScriptedServer, client: Http, changes: dict[str, Any]
) -> None:
    server.script = [shown(document(**changes))]

    assert connected(server, client).post(invoice()) is None


def test_the_amount_of_a_payment_proves_nothing_because_the_books_were_told(
    server: ScriptedServer, client: Http
) -> None:
    for changes in ({"unappliedamt": None}, {"docamt": "106.00"}, {"docno": "OR-00042"}):
        server.script = [shown(money(**changes))]

        assert connected(server, client).post(payment(), [allocation()]) is None


def test_a_payment_that_was_silently_not_applied_shows_it(
    server: ScriptedServer, client: Http
) -> None:
    server.script = [shown(money(unappliedamt="107.00"))]

    receipt = connected(server, client).post(payment(), [allocation()])

    assert receipt is not None
    assert receipt.unapplied == Decimal("107.00")
    assert receipt.settled == ()


def test_a_new_customer_is_read_back(server: ScriptedServer, client: Http) -> None:
    server.script = [shown({"code": "300-S0042"})]

    assert connected(server, client).post(customer()) is None


def test_an_answer_without_a_record_may_have_saved_it(server: ScriptedServer, client: Http) -> None:
    server.script = [shown({"docno": "SH-1001", "docamt": "107.00"})]

    with pytest.raises(Uncertain, match="without showing what it saved"):
        connected(server, client).post(invoice())


@pytest.mark.parametrize("entry", [invoice(), customer()])
def test_a_status_that_is_called_code_is_no_saved_record(
    server: ScriptedServer, client: Http, entry: Entry
) -> None:
    server.script = [reply(200, {"code": 400, "message": "Operation aborted"})]

    with pytest.raises(Uncertain, match="without showing what it saved"):
        connected(server, client).post(entry)


# --- listing ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "settings", "path"),
    [
        (Kind.INVOICE, {}, "/salesinvoice"),
        (Kind.INVOICE, {"customer_invoices": "true"}, "/customerinvoice"),
        (Kind.DEBIT_NOTE, {}, "/salesinvoice"),
        (Kind.DEBIT_NOTE, {"customer_invoices": "true"}, "/customerinvoice"),
        (
            Kind.DEBIT_NOTE,
            {"customer_invoices": "true", "debit_notes": "salesdebitnote"},
            "/salesdebitnote",
        ),
        (Kind.CREDIT_NOTE, {}, "/customercreditnote"),
        (Kind.PAYMENT, {}, "/customerpayment"),
        (Kind.REFUND, {}, "/customerrefund"),
    ],
)
def test_documents_are_listed_where_the_books_say_most_about_them(
    server: ScriptedServer, client: Http, kind: Kind, settings: dict[str, str], path: str
) -> None:
    server.script = [listed(document())]

    page = connected(server, client, settings).documents(kind)

    assert calls(server) == [("GET", path)]
    assert [receipt.number for receipt in page.receipts] == ["SH-1001"]
    assert (page.after, page.complete) == ("", True)


def test_pages_of_fifty_follow_each_other(server: ScriptedServer, client: Http) -> None:
    pages = [[document(f"IV-{n}") for n in range(start, min(start + 50, 120))] for start in (0, 50)]
    server.script = [listed(*page) for page in pages]
    connector = connected(server, client)

    first = connector.documents(Kind.INVOICE)
    second = connector.documents(Kind.INVOICE, first.after)

    assert [one.query for one in server.requests] == [{"offset": "0"}, {"offset": "50"}]
    assert second.after == "100"
    assert second.receipts[0].number == "IV-50"


def test_a_page_without_rows_is_the_last(server: ScriptedServer, client: Http) -> None:
    server.script = [reply(400, "No record found")]

    assert connected(server, client).documents(Kind.INVOICE, "50").receipts == ()


@pytest.mark.parametrize("kind", [Kind.CUSTOMER, Kind.ALLOCATION])
def test_what_is_no_document_is_not_listed(
    server: ScriptedServer, client: Http, kind: Kind
) -> None:
    with pytest.raises(Rejected):
        connected(server, client).documents(kind)

    assert server.requests == []


# --- pace and deadline ------------------------------------------------------------------------


def test_requests_keep_their_distance(server: ScriptedServer, client: Http) -> None:
    server.script = [listed(), listed()]
    started = time.monotonic()

    connected(server, client, requests_per_second="10").find(invoice())

    assert 0.1 <= time.monotonic() - started < 1


def test_no_request_is_begun_without_time_for_it(
    server: ScriptedServer, client: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector = connected(server, client)
    later = time.monotonic() + 71
    connector._calls.open_budget()
    monkeypatch.setattr(time, "monotonic", lambda: later)

    with pytest.raises(Unavailable, match="no time was left"):
        connector._calls.get("/version")

    assert server.requests == []


def test_a_missing_endpoint_is_named(server: ScriptedServer, client: Http) -> None:
    server.script = [reply(404, {"error": "not found"})]

    with pytest.raises(Misconfigured, match="does not offer /salescreditnote here"):
        connected(server, client).post(credit_note())
