"""Keys, paths, methods, filters and the exact text of the answers."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from django.db import connection

from accounting.sandbox import serving
from tests.accounting.sandbox.conftest import Desk, read
from tests.accounting.sandbox.samples import (
    ac_credit_note,
    ac_invoice,
    ac_line,
    ac_money,
    sql_credit_note,
    sql_invoice,
    sql_line,
    sql_money,
)

D = Decimal


@pytest.mark.parametrize("key", ["", "lb_live_wrong", "LB_LIVE_SQL"])
def test_a_wrong_key_answers_401(sql: Desk, key: str) -> None:
    answer = sql.call("POST", "customer-invoice", sql_invoice(), key=key)

    assert answer.status_code == 401
    assert sql.books("documents") == []


@pytest.mark.parametrize("scheme", ["Basic ", "bearer ", ""])
def test_a_key_that_is_not_sent_as_a_bearer_answers_401(sql: Desk, scheme: str) -> None:
    answer = sql.client.get(
        "/sandbox/acctbridge/v1/sqlacc/customer", headers={"Authorization": f"{scheme}{sql.key}"}
    )

    assert answer.status_code == 401


def test_a_key_of_the_other_system_answers_403(sql: Desk, autocount: Desk) -> None:
    answer = sql.call("POST", "customer-invoice", sql_invoice(), key=autocount.key)

    assert answer.status_code == 403
    assert sql.books("documents") == []
    assert autocount.books("documents") == []


def test_a_key_opens_its_own_company_only(db: None, open_desk: Callable[..., Desk]) -> None:
    one, other = open_desk("autocount", "lb_live_1"), open_desk("autocount", "lb_live_2")

    one.post("invoice", ac_invoice())

    assert one.rows("invoice") != []
    assert other.rows("invoice") == []
    assert other.post("invoice", ac_invoice()).status_code == 201


@pytest.mark.parametrize(
    "path",
    [
        "sales-invoice",
        "cash-sales",
        "account",
        "profile",
        "customers",
        "Customer",
        "customer/",
        "customer-invoice/SHP-1001/lines",
        "customer-payment/SHP-1001-P1/knockoff",
        "customer-debit-note/knockoff",
        "customer/%00",
    ],
)
def test_any_other_path_answers_404_without_naming_a_record(sql: Desk, path: str) -> None:
    answer = sql.get(path)

    assert answer.status_code == 404
    assert read(answer)["error"] == {"code": "no_endpoint", "message": "No such endpoint."}


@pytest.mark.parametrize("path", ["ar-credit-note", "ar-invoice", "cash-sale", "account"])
def test_autocount_documents_that_are_not_offered_answer_404(autocount: Desk, path: str) -> None:
    assert autocount.get(path).status_code == 404


@pytest.mark.parametrize("product", ["sqlaccounting", "v2"])
def test_a_product_that_is_not_offered_answers_404(sql: Desk, product: str) -> None:
    answer = sql.client.get(
        f"/sandbox/acctbridge/v1/{product}/customer",
        headers={"Authorization": f"Bearer {sql.key}"},
    )

    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "customer-invoice"),
        ("PUT", "customer-debit-note"),
        ("GET", "customer-payment/knockoff"),
        ("PUT", "customer-invoice/SHP-1001"),
    ],
)
def test_a_method_that_is_not_offered_answers_405(sql: Desk, method: str, path: str) -> None:
    assert sql.call(method, path, {}).status_code == 405


def test_sql_accounting_answers_in_exactly_this_text(sql: Desk) -> None:
    sql.post("customer-invoice", sql_invoice())

    found = sql.get("customer-invoice?DOCNO=SHP-1001")
    paid = sql.post("customer-payment", sql_money(docAmt=107))
    noted = sql.post("customer-credit-note", sql_credit_note())
    absent = sql.get("customer-invoice?DOCNO=SHP-9999")
    customer = sql.get("customer?CODE=300-C0001")

    assert found.content.decode() == (
        '{"data": [{"docNo": "SHP-1001", "code": "300-C0001", "docDate": "2026-11-20", '
        '"docAmt": 107.00, "outstanding": 107.00, "cancelled": false}], "totalRecords": 1}'
    )
    assert paid.status_code == 201
    assert paid.content.decode() == (
        '{"data": {"docNo": "SHP-1001-P1", "code": "300-C0001", "docAmt": 107.00, '
        '"unappliedAmt": 107.00, "cancelled": false}}'
    )
    assert '"docAmt": 49.50, "unappliedAmt": 49.50' in noted.content.decode()
    assert absent.content.decode() == '{"data": [], "totalRecords": 0}'
    assert customer.content.decode() == (
        '{"data": [{"code": "300-C0001", "companyName": "Online customers", "creditLimit": 0.00, '
        '"currencyCode": "MYR", "area": "", "isActive": true}], "totalRecords": 1}'
    )


def test_autocount_answers_in_exactly_this_text(autocount: Desk) -> None:
    made = autocount.post("invoice", ac_invoice())
    key = read(made)["data"]["docKey"]

    found = autocount.get("invoice?DocNo=SHP-1001")
    paid = autocount.post("ar-payment", ac_money())
    noted = autocount.post("credit-note", ac_credit_note())

    row = (
        f'{{"docKey": {key}, "docNo": "SHP-1001", "debtorCode": "300-C0001", "netTotal": 107.00, '
        '"finalTotal": 107.00, "outstanding": 107.00, "cancelled": false}'
    )
    assert made.content.decode() == f'{{"data": {row}}}'
    assert found.content.decode() == f'{{"data": [{row}], "totalRecords": 1}}'
    assert '"paymentAmt": 107.00, "knockOffAmt": 0.00, "cancelled": false' in paid.content.decode()
    assert '"finalTotal": 49.50, "knockOffAmt": 0.00' in noted.content.decode()


@pytest.mark.parametrize("query", ["docno=SHP-1", "DocNo=SHP-1", "number=SHP-1", ""])
def test_a_filter_that_is_not_known_letter_by_letter_is_ignored(sql: Desk, query: str) -> None:
    sql.post("customer-invoice", sql_invoice())

    assert len(sql.rows(f"customer-invoice?{query}")) == 1
    assert sql.rows("customer-invoice?DOCNO=SHP-1") == []
    assert sql.rows("customer-invoice?DOCNO=%00") == []


def test_autocount_filters_in_its_own_spelling(autocount: Desk) -> None:
    autocount.post("invoice", ac_invoice())

    assert len(autocount.rows("invoice?DOCNO=SHP-1")) == 1
    assert autocount.rows("invoice?DocNo=SHP-1") == []
    assert [row["accNo"] for row in autocount.rows("debtor?AccNo=300-C0002")] == ["300-C0002"]


def test_a_debit_note_is_listed_with_what_is_outstanding(sql: Desk) -> None:
    sql.post("customer-invoice", sql_invoice())
    sql.post("customer-debit-note", sql_invoice(docNo="SHP-1001-N1", project="ONLINE"))

    assert [row["docNo"] for row in sql.rows("customer-debit-note?DOCNO=shp-1001-n1")] == [
        "SHP-1001-N1"
    ]
    assert sql.rows("customer-debit-note")[0]["outstanding"] == D("107.00")
    shown = sql.books("documents")[1]
    assert (shown["kind"], shown["outstanding"]) == ("debit_note", D("107.00"))
    assert [line["project"] for line in shown["lines"]] == ["ONLINE", "ONLINE"]
    assert {entry["kind"] for entry in sql.books("journal")} == {"invoice", "debit_note"}
    assert sql.balances()["300-000"] == D("214.00")


@pytest.mark.parametrize(("inclusive", "net"), [(False, "90.00"), (True, "81.00")])
def test_sql_lines_may_have_their_tax_inside(sql: Desk, inclusive: bool, net: str) -> None:
    sql.post("customer-invoice", sql_invoice(details=[sql_line(taxInclusive=inclusive)]))

    balances = sql.balances()
    assert (balances["500-000"], balances["460-000"]) == (-D(net), D("-9.00"))


def test_invoice_lines_are_listed_with_net_and_tax(sql: Desk) -> None:
    sql.post("customer-invoice", sql_invoice())

    answer = read(sql.get("customer-invoice-item?DOCNO=SHP-1001"))

    assert answer["totalRecords"] == 2
    assert [(row["amount"], row["taxAmt"]) for row in answer["data"]] == [(90, 9), (8, 0)]


@pytest.mark.parametrize(
    ("inclusive", "changes", "net", "tax"),
    [
        (False, {}, "90.00", "9.00"),
        (False, {"taxAdjustment": D("-0.01")}, "90.00", "8.99"),
        (False, {"qty": D("1.00"), "unitPrice": D("0.25"), "discount": ""}, "0.25", "0.03"),
        (False, {"qty": D("3.0"), "unitPrice": D("0.3333"), "discount": ""}, "1.00", "0.10"),
        (True, {"unitPrice": D("54.00"), "discount": "10.80"}, "88.36", "8.84"),
        (True, {"taxAdjustment": D("0.02")}, "81.80", "8.20"),
    ],
)
def test_autocount_computes_tax_line_by_line_and_rounds_half_up(
    autocount: Desk, inclusive: bool, changes: dict[str, Any], net: str, tax: str
) -> None:
    body = ac_invoice(inclusiveTax=inclusive, details=[ac_line(**changes)])

    answer = autocount.post("invoice", body)

    assert read(answer)["data"]["finalTotal"] == D(net) + D(tax)
    assert autocount.balances()["500-0000"] == -D(net)
    assert autocount.balances()["460-0000"] == -D(tax)


def test_bank_charges_are_taken_out_of_the_money_received(sql: Desk, autocount: Desk) -> None:
    charge = {"bankCharge": D("3.50"), "bankChargeAccount": "900-100"}
    sql.post("customer-payment", sql_money(**charge))
    sql.post("customer-refund", sql_money(**charge))
    tender = {**ac_money()["details"][0], "bankCharge": D("3.50")}
    autocount.post("ar-payment", ac_money(details=[tender]))

    assert sql.balances()["310-005"] == D("-7.00")
    assert sql.balances()["900-100"] == D("7.00")
    assert sql.balances()["300-000"] == 0
    assert autocount.balances()["310-0005"] == D("103.50")
    assert autocount.balances()["900-9000"] == D("3.50")


def test_a_customer_can_be_created_renamed_and_deleted_until_it_is_used(sql: Desk) -> None:
    created = sql.post("customer", {"code": "300-S0042", "companyName": "Nur Aisyah"})
    renamed = sql.call("PUT", "customer/300-S0042", {"companyName": "Nur Aisyah binti Rahman"})
    sql.post("customer-invoice", sql_invoice(code="300-S0042"))
    kept = sql.call("DELETE", "customer/300-S0042")
    sql.call("DELETE", "customer-invoice/SHP-1001")
    gone = sql.call("DELETE", "customer/300-S0042")
    missing = sql.call("PUT", "customer/300-S0042", {})

    assert created.status_code == 201
    assert read(renamed)["data"]["companyName"] == "Nur Aisyah binti Rahman"
    assert (kept.status_code, gone.status_code, missing.status_code) == (422, 204, 404)
    assert "No record found" in read(missing)["error"]["message"]
    assert sql.rows("customer?CODE=300-S0042") == []


def test_an_invoice_that_was_knocked_off_cannot_be_deleted(sql: Desk) -> None:
    sql.post("customer-invoice", sql_invoice())
    sql.post("customer-payment", sql_money())
    row = {"docType": "IV", "docNo": "SHP-1001", "koAmt": D("1.00")}
    sql.post("customer-payment/knockoff", {"docNo": "SHP-1001-P1", "knockOffs": [row]})
    before = sql.contents()

    answer = sql.call("DELETE", "customer-invoice/SHP-1001")

    assert answer.status_code == 422
    assert sql.contents() == before


def test_an_autocount_debtor_needs_what_autocount_needs(autocount: Desk) -> None:
    body = {
        "accNo": "300-S0042",
        "controlAccount": "300-0000",
        "companyName": "Nur Aisyah",
        "currencyCode": "MYR",
        "displayTerm": "C.O.D.",
    }

    made = autocount.post("debtor", body)
    twice = autocount.post("debtor", body)
    unknown = autocount.post("debtor", {**body, "accNo": "B", "controlAccount": "500-0000"})
    renamed = autocount.call("PUT", "debtor/300-S0042", {"companyName": "Aisyah"})

    assert (made.status_code, twice.status_code, unknown.status_code) == (201, 422, 422)
    assert read(renamed)["data"]["companyName"] == "Aisyah"


def test_calls_one_after_another_are_counted_as_serial(sql: Desk) -> None:
    for _ in range(3):
        sql.get("customer")

    assert sql.books("calls") == {"count": 3, "concurrent_max": 1}


def test_two_calls_at_once_are_recorded(sql: Desk) -> None:
    parameters = {
        name: value
        for name, value in connection.get_connection_params().items()
        if name in ("dbname", "user", "password", "host", "port")
    }
    with psycopg.connect(**parameters) as other_call:
        other_call.execute(
            "SELECT pg_advisory_lock_shared(%s, %s)", [serving.CALLS, sql.company_id]
        )

        sql.get("customer")

    assert sql.books("calls") == {"count": 1, "concurrent_max": 2}
