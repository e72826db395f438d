"""Everything the books say no to, in the words of their system, with nothing written."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.accounting.sandbox.conftest import Desk, read
from tests.accounting.sandbox.samples import (
    ac_credit_note,
    ac_invoice,
    ac_line,
    ac_money,
    ac_tender,
    sql_credit_note,
    sql_invoice,
    sql_line,
    sql_money,
)

D = Decimal

SGD = {"code": "300-C0002", "currencyCode": "SGD"}
SQL: list[tuple[str, dict[str, Any], str]] = [
    ("customer-invoice", sql_invoice(docNo=""), "docNo"),
    ("customer-invoice", sql_invoice(docNo="X" * 21), "expected length 20, actual 21"),
    ("customer-invoice", sql_invoice(docDate="2026-02-30"), "not a valid date"),
    ("customer-invoice", sql_invoice(docDate="20261120"), "not a valid date"),
    ("customer-invoice", sql_invoice(code="300-NOONE"), "No record found: code 300-NOONE"),
    ("customer-invoice", sql_invoice(terms="90 Tage"), "No record found: terms"),
    ("customer-invoice", sql_invoice(details=[]), "details"),
    ("customer-invoice", sql_invoice(details="none"), "details"),
    ("customer-invoice", sql_invoice(description="x" * 151), "expected length 150"),
    ("customer-invoice", sql_invoice(currencyCode="SGD"), "SGD"),
    ("customer-invoice", sql_invoice(currencyRate=D("3.30")), "currencyRate"),
    ("customer-invoice", sql_invoice(details=[sql_line(account="999")]), "account 999"),
    ("customer-invoice", sql_invoice(details=[sql_line(account="300-000")]), "account 300-000"),
    ("customer-invoice", sql_invoice(details=[sql_line(tax="XX")]), "No record found: tax XX"),
    ("customer-invoice", sql_invoice(details=[sql_line(tariff="")]), "Tariff code is required"),
    ("customer-invoice", sql_invoice(details=[sql_line(tax="SV8", tariff="")]), "Tariff code"),
    ("customer-credit-note", sql_credit_note(details=[sql_line(tariff="")]), "Tariff code"),
    ("customer-invoice", sql_invoice(details=[sql_line(tax="")]), "No record found: tax"),
    ("customer-invoice", sql_invoice(details=[sql_line(amount=D("9.001"))]), "decimals"),
    ("customer-invoice", sql_invoice(details=[sql_line(amount="90.00")]), "floating point"),
    ("customer-invoice", sql_invoice(details=[sql_line(amount=D("1e30"))]), "too large"),
    ("customer-invoice", sql_invoice(details=[sql_line(amount=D("-90.00"))]), "total"),
    ("customer-invoice", sql_invoice(details=[sql_line(taxInclusive=None)]), "taxInclusive"),
    ("customer-invoice", sql_invoice(details=[sql_line(taxInclusive="F")]), "Boolean"),
    ("customer-invoice", sql_invoice(code="300-C0002"), "Currency MYR is not the customer's SGD"),
    ("customer-invoice", sql_invoice(**SGD, currencyRate=None), "currencyRate"),
    ("customer-invoice", sql_invoice(**SGD, currencyRate=D("0.00")), "currencyRate"),
    ("customer-invoice", sql_invoice(**SGD | {"currencyCode": "USD"}), "Currency USD"),
    ("customer-debit-note", sql_invoice(docNo="X" * 21), "expected length 20, actual 21"),
    ("customer-debit-note", sql_invoice(code="300-NOONE"), "No record found: code 300-NOONE"),
    ("customer-debit-note", sql_invoice(details=[sql_line(account="999")]), "account 999"),
    ("customer-debit-note", sql_invoice(details=[sql_line(tariff="")]), "Tariff code"),
    ("customer-debit-note", sql_invoice(details=[sql_line(amount=D("-90.00"))]), "total"),
    ("customer-debit-note", sql_invoice(project="P" * 21), "expected length 20"),
    ("customer-payment", sql_money(code="300-C0002"), "Currency MYR"),
    ("customer-payment", sql_money(**SGD, currencyRate=None), "currencyRate"),
    ("customer-payment", sql_money(paymentMethod="CASH"), "paymentMethod CASH"),
    ("customer-payment", sql_money(docAmt=D("0.00")), "greater than 0.00"),
    ("customer-payment", sql_money(docAmt=D("-1.00")), "greater than 0.00"),
    ("customer-payment", sql_money(bankCharge=D("1.00")), "bankChargeAccount"),
    ("customer-payment", sql_money(chequeNumber="c" * 26), "expected length 25"),
    ("customer-refund", sql_money(code="300-NOONE"), "No record found: code"),
    ("customer", {"code": "300-C0001", "companyName": "Twice"}, "already exist"),
    ("customer", {"code": "300-C00010", "companyName": "x" * 101}, "expected length 100"),
    ("customer", {"code": "A", "companyName": "A", "controlAccount": "500-000"}, "controlAccount"),
]
AUTOCOUNT: list[tuple[str, dict[str, Any], str]] = [
    ("invoice", ac_invoice(docNo="X" * 31), "violates the MaxLength limit"),
    ("invoice", ac_invoice(docDate="2026-11-31"), "not valid"),
    ("invoice", ac_invoice(debtorCode="300-NOONE"), "Debtor 300-NOONE not found"),
    ("invoice", ac_invoice(displayTerm="COD"), "DisplayTerm COD not found"),
    ("invoice", ac_invoice(inclusiveTax=None), "inclusiveTax"),
    ("invoice", ac_invoice(isRoundAdj=True), "RoundAdj"),
    ("invoice", ac_invoice(docStatus="A"), "enable Approval in Documents"),
    ("invoice", ac_invoice(description="x" * 81), "'description'"),
    ("invoice", ac_invoice(details=[ac_line(accNo="999")]), "FK_GLDTL_AccNo"),
    ("invoice", ac_invoice(details=[ac_line(accNo="300-0000")]), "FK_GLDTL_AccNo"),
    ("invoice", ac_invoice(details=[ac_line(itemCode="CAP")]), "ItemCode CAP not found"),
    ("invoice", ac_invoice(details=[ac_line(uom="")]), "'uom'"),
    ("invoice", ac_invoice(details=[ac_line(itemCode="", description="")]), "'description'"),
    ("invoice", ac_invoice(details=[ac_line(taxCode="S-5")]), "TaxCode S-5 not found"),
    ("invoice", ac_invoice(details=[ac_line(projNo="")]), "'projNo'"),
    ("invoice", ac_invoice(details=[ac_line(discount="ten")]), "not an amount"),
    ("invoice", ac_invoice(details=[ac_line(qty=D("-2.00"))]), "must not be negative"),
    ("invoice", ac_invoice(details=[ac_line(taxCode="", taxAdjustment=D("0.01"))]), "TaxCode"),
    (
        "invoice",
        ac_invoice(details=[ac_line(qty=D("9e12"), unitPrice=D("9e12"), discount="")]),
        "overflow",
    ),
    ("invoice", ac_invoice(debtorCode="300-C0002"), "'CurrencyRate'"),
    ("invoice", ac_invoice(currencyRate=D("3.30")), "'CurrencyRate'"),
    ("ar-payment", ac_money(debtorCode="300-C0002"), "'CurrencyRate'"),
    ("ar-payment", ac_money(toDebtorRate=D("3.30")), "ToDebtorRate"),
    ("invoice", ac_invoice(details=[ac_line(projNo="P" * 11)]), "'projNo'"),
    ("credit-note", ac_credit_note(cnType="GIFT"), "CNType GIFT not found"),
    ("ar-payment", ac_money(details=[]), "'details'"),
    ("ar-payment", ac_money("0.00"), "greater than 0.00"),
    ("ar-payment", ac_money("-1.00"), "correct format"),
    ("ar-payment", ac_money("1.001"), "decimals"),
    ("ar-payment", ac_money(details=[ac_tender("1.00", paymentMethod="CASH")]), "CASH not found"),
    ("ar-payment", ac_money(details=[ac_tender("1.00", bankCharge=None)]), "'bankCharge'"),
    ("ar-refund", ac_money(currencyCode="SGD"), "CurrencyCode"),
    ("debtor", {"accNo": "300-C0001", "companyName": "Twice"}, "controlAccount"),
]


@pytest.mark.parametrize(("path", "body", "said"), SQL)
def test_sql_accounting_refuses_and_keeps_its_books(
    sql: Desk, path: str, body: dict[str, Any], said: str
) -> None:
    before = sql.contents()

    answer = sql.post(path, body)

    assert answer.status_code == 422
    assert said in read(answer)["error"]["message"]
    assert sql.contents() == before


@pytest.mark.parametrize(("path", "body", "said"), AUTOCOUNT)
def test_autocount_refuses_and_keeps_its_books(
    autocount: Desk, path: str, body: dict[str, Any], said: str
) -> None:
    before = autocount.contents()

    answer = autocount.post(path, body)

    assert answer.status_code == 422
    assert said in read(answer)["error"]["message"]
    assert autocount.contents() == before


def test_a_debit_note_has_a_register_of_its_own(sql: Desk) -> None:
    sql.post("customer-invoice", sql_invoice())

    first = sql.post("customer-debit-note", sql_invoice())
    before = sql.contents()
    again = sql.post("customer-debit-note", sql_invoice(docNo="shp-1001"))

    assert (first.status_code, again.status_code) == (201, 409)
    assert "already exist" in read(again)["error"]["message"]
    assert sql.contents() == before


def test_a_number_may_stand_once_per_kind_of_document(sql: Desk) -> None:
    sql.post("customer-invoice", sql_invoice())
    before = sql.contents()

    again = sql.post("customer-invoice", sql_invoice(docNo="shp-1001"))
    unchanged = sql.contents()
    payment = sql.post("customer-payment", sql_money(docNo="SHP-1001"))

    assert again.status_code == 409
    assert "already exist" in read(again)["error"]["message"]
    assert unchanged == before
    assert payment.status_code == 201


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b'{"docNo": "A"',
        b'{"docNo": "\xff"}',
        b'{"docNo": "A\\u0000"}',
        b'{"docNo": "\\ud800"}',
        b'{"docAmt": NaN}',
        b"[" * 100_000,
    ],
)
def test_a_body_that_is_not_a_json_object_is_refused(sql: Desk, raw: bytes) -> None:
    answer = sql.post("customer-invoice", raw)

    assert answer.status_code == 400
    assert sql.books("documents") == []


def test_unknown_fields_are_ignored_but_kept(sql: Desk) -> None:
    answer = sql.post("customer-invoice", sql_invoice(docAmt=D("1.00"), colour="red"))

    document = sql.books("documents")[0]
    assert answer.status_code == 201
    assert document["total"] == D("107.00")
    assert sql.contents()[1][0]["fields"]["colour"] == "red"
