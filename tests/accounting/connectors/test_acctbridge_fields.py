"""What the new documents say: customers, debit notes, currencies, projects, buyers, e-invoices."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from accounting.connectors.acctbridge import profile, render
from accounting.connectors.base import Rejected
from accounting.documents.document import Entry, Kind
from tests.accounting.connectors.conftest import AUTOCOUNT, SQL
from tests.accounting.connectors.entries import (
    allocation,
    credit_note,
    customer,
    debit_note,
    invoice,
    payment,
    refund,
)
from tests.accounting.connectors.test_acctbridge_profile import changed

BUYER = ("Nur Aisyah binti Rahman", "12 Jalan Teratai", "Taman Bunga", "50480", "KL", "Malaysia")


def written(books: profile.Profile, entry: Entry, home: str = "MYR") -> dict[str, Any]:
    body: dict[str, Any] = json.loads(render.body(books, entry, home), parse_float=str)
    return body


def test_a_sql_debit_note_is_written_to_the_character() -> None:
    assert render.body(SQL, debit_note(), "MYR").decode() == (
        '{"docNo": "SH-1001-N533D", "docDate": "2026-11-20", "postDate": "2026-11-20", '
        '"taxDate": "2026-11-20", "code": "300-C0001", "docNoEx": "SH-1001", '
        '"description": "FX gain #1001", "docRef1": "6601", "details": [{"account": "530-000", '
        '"description": "FX gain on payment", "taxAmt": 0.00, "taxInclusive": false, '
        '"amount": 0.05}]}'
    )


def test_an_autocount_debit_note_is_written_as_an_invoice() -> None:
    as_invoice = written(AUTOCOUNT, debit_note(kind=Kind.INVOICE))

    found = written(AUTOCOUNT, debit_note())

    changed = {key for key in found if found[key] != as_invoice.get(key)}
    assert changed == {"refNo2", "refDocNo"}
    assert (found["refNo2"], found["refDocNo"]) == ("6601", "SH-1001")


@pytest.mark.parametrize(
    ("books", "kind", "code"),
    [
        (SQL, Kind.DEBIT_NOTE, "DN"),
        (AUTOCOUNT, Kind.DEBIT_NOTE, "RI"),
        (SQL, Kind.CREDIT_NOTE, "CN"),
        (AUTOCOUNT, Kind.CREDIT_NOTE, "RC"),
        (SQL, Kind.PAYMENT, "PM"),
        (AUTOCOUNT, Kind.PAYMENT, "RP"),
    ],
)
def test_a_target_is_named_by_the_type_the_books_file_it_under(
    books: profile.Profile, kind: Kind, code: str
) -> None:
    body = written(books, allocation(target_kind=kind))

    assert body["knockOffs"][0]["docType"] == code


# --- customers ---


def test_a_sql_customer_is_written_to_the_character() -> None:
    assert render.body(SQL, customer(), "MYR").decode() == (
        '{"code": "300-S0042", "companyName": "Nur Aisyah binti Rahman", '
        '"controlAccount": "300-000", "address1": "12 Jalan Teratai", '
        '"address2": "50480 Kuala Lumpur", "country": "MY", "phone1": "+60123456789", '
        '"email": "aisyah@contoh.test"}'
    )


def test_an_autocount_customer_is_written_to_the_character() -> None:
    assert render.body(AUTOCOUNT, customer(), "MYR").decode() == (
        '{"accNo": "300-S0042", "controlAccount": "300-0000", '
        '"companyName": "Nur Aisyah binti Rahman", "currencyCode": "MYR", '
        '"displayTerm": "C.O.D.", "address1": "12 Jalan Teratai", '
        '"address2": "50480 Kuala Lumpur", "phone1": "+60123456789", '
        '"emailAddress": "aisyah@contoh.test"}'
    )


@pytest.mark.parametrize("books", [SQL, AUTOCOUNT])
@pytest.mark.parametrize(
    ("name", "expected"),
    [("Nur Aisyah binti Rahman", "Nur Aisyah binti Rahman"), ("", "Contoh Sdn. Bhd.")],
)
def test_a_customer_is_called_as_its_documents_were_made_for(
    books: profile.Profile, name: str, expected: str
) -> None:
    body = written(books, customer(name=name, company="Contoh Sdn. Bhd."))

    assert body["companyName"] == expected


@pytest.mark.parametrize("books", [SQL, AUTOCOUNT])
def test_a_customer_of_whom_nothing_is_known_is_called_by_its_code(books: profile.Profile) -> None:
    body = written(books, customer(name="", email="", phone="", address=(), country=""))

    assert body["companyName"] == "300-S0042"
    assert not {"address1", "email", "emailAddress", "phone1"} & set(body)


@pytest.mark.parametrize(
    ("books", "currency", "expected"),
    [(SQL, "MYR", None), (SQL, "SGD", "SGD"), (AUTOCOUNT, "MYR", "MYR"), (AUTOCOUNT, "SGD", "SGD")],
)
def test_a_customer_has_the_currency_of_its_documents(
    books: profile.Profile, currency: str, expected: str | None
) -> None:
    assert written(books, customer(currency=currency)).get("currencyCode") == expected


@pytest.mark.parametrize(("books", "longest"), [(SQL, 60), (AUTOCOUNT, 40)])
def test_an_address_is_cut_and_its_last_line_carries_the_rest(
    books: profile.Profile, longest: int
) -> None:
    address = ("A" * 80, "two", "three", "four", "five", "six")

    body = written(books, customer(address=address, country="Malaysia"))

    shown = [body[f"address{number}"] for number in (1, 2, 3, 4)]
    assert shown == ["A" * longest, "two", "three", "four, five, six"]
    assert "country" not in body


@pytest.mark.parametrize(("books", "longest"), [(SQL, 10), (AUTOCOUNT, 12)])
def test_a_customer_code_is_never_cut(books: profile.Profile, longest: int) -> None:
    assert render.body(books, customer(code="3" * longest), "MYR")

    with pytest.raises(Rejected, match=f"{books.product} takes {longest}"):
        render.body(books, customer(code="3" * (longest + 1)), "MYR")


# --- currencies ---

FOREIGN = {"currency": "SGD", "rate": Decimal("3.30125000")}


@pytest.mark.parametrize("entry", [invoice, credit_note, debit_note, payment, refund])
def test_sql_documents_say_a_foreign_currency_and_its_rate(entry: Any) -> None:
    body = written(SQL, entry(**FOREIGN))

    assert (body["currencyCode"], body["currencyRate"]) == ("SGD", "3.30125")


@pytest.mark.parametrize("entry", [invoice, credit_note, debit_note])
def test_autocount_sales_take_the_currency_of_their_debtor_and_say_the_rate(entry: Any) -> None:
    body = written(AUTOCOUNT, entry(**FOREIGN))

    assert body["currencyRate"] == "3.30125"
    assert "currencyCode" not in body


@pytest.mark.parametrize("entry", [payment, refund])
def test_autocount_money_says_both_rates(entry: Any) -> None:
    body = written(AUTOCOUNT, entry(**FOREIGN))

    assert body["currencyCode"] == "SGD"
    assert (body["toDebtorRate"], body["toHomeRate"]) == ("1.00", "3.30125")


@pytest.mark.parametrize("books", [SQL, AUTOCOUNT])
@pytest.mark.parametrize("entry", [invoice, credit_note, debit_note, payment, refund])
def test_the_books_own_currency_goes_without_saying(books: profile.Profile, entry: Any) -> None:
    body = written(books, entry(**FOREIGN), home="SGD")

    assert not {"currencyCode", "currencyRate", "toDebtorRate", "toHomeRate"} & set(body)


# --- projects, buyers, e-invoices ---


def test_sql_documents_carry_their_project_on_head_and_lines() -> None:
    sale, money = written(SQL, invoice(project="ONLINE")), written(SQL, payment(project="ONLINE"))

    assert sale["project"] == "ONLINE"
    assert [line["project"] for line in sale["details"]] == ["ONLINE", "ONLINE"]
    assert (money["project"], money["paymentProject"]) == ("ONLINE", "ONLINE")


def test_autocount_documents_carry_their_project_on_lines_and_money() -> None:
    sale = written(AUTOCOUNT, credit_note(project="ONLINE"))
    money = written(AUTOCOUNT, refund(project="ONLINE"))

    assert [line["projNo"] for line in sale["details"]] == ["ONLINE"]
    assert money["projNo"] == "ONLINE"


@pytest.mark.parametrize(("books", "longest"), [(SQL, 20), (AUTOCOUNT, 10)])
def test_a_project_that_is_too_long_is_refused_by_name(
    books: profile.Profile, longest: int
) -> None:
    with pytest.raises(Rejected, match=f"has {longest + 1} characters"):
        render.body(books, invoice(project="P" * (longest + 1)), "MYR")


@pytest.mark.parametrize("entry", [invoice, credit_note, debit_note])
def test_autocount_sales_name_the_buyer_with_the_address(entry: Any) -> None:
    body = written(AUTOCOUNT, entry(buyer=BUYER))

    assert body["debtorName"] == BUYER[0]
    shown = [body[f"invAddr{number}"] for number in (1, 2, 3, 4)]
    assert shown == ["12 Jalan Teratai", "Taman Bunga", "50480", "KL, Malaysia"]


def test_sql_headers_have_no_buyer_so_the_description_names_them() -> None:
    named = invoice(buyer=BUYER, description="Shopify order #1001, Nur Aisyah binti Rahman")

    found = written(SQL, invoice(buyer=BUYER))["description"]

    assert found == "Shopify order #1001, Nur Aisyah binti Rahman"
    assert written(SQL, named)["description"] == found


@pytest.mark.parametrize(
    ("category", "consolidated"), [("", False), ("consolidated", True), ("individual", False)]
)
def test_autocount_sales_are_consolidated_when_asked_and_never_submitted(
    category: str, consolidated: bool
) -> None:
    body = written(AUTOCOUNT, invoice(einvoice=category))

    assert list(body)[-2:] == ["submitEInvoice", "consolidatedEInvoice"]
    assert (body["submitEInvoice"], body["consolidatedEInvoice"]) == (False, consolidated)


def test_a_due_date_is_written_where_an_operator_gave_it_a_field() -> None:
    due = {"name": "dueDate", "from": "due_date", "type": "date", "status": "observed"}
    corrected = profile.read(changed("objects/invoice/fields/5", due))
    entry = invoice(due_date=date(2026, 12, 20))

    assert written(corrected, entry)["dueDate"] == "2026-12-20"
    assert "dueDate" not in written(SQL, entry)
