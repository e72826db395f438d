"""Setting payments, credit notes and refunds against what is open."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.accounting.sandbox.conftest import Desk, read
from tests.accounting.sandbox.samples import (
    ac_invoice,
    ac_knock,
    ac_money,
    sql_credit_note,
    sql_invoice,
    sql_knock,
    sql_money,
)

D = Decimal


@pytest.fixture
def paid(sql: Desk) -> Desk:
    """SQL Accounting with invoice 107.00, payment 107.00 and credit note 49.50, none applied."""
    sql.post("customer-invoice", sql_invoice())
    sql.post("customer-payment", sql_money())
    sql.post("customer-credit-note", sql_credit_note())
    return sql


def test_a_knock_off_lowers_both_open_amounts_and_posts_nothing(paid: Desk) -> None:
    balances = paid.balances()

    answer = paid.post(
        "customer-payment/knockoff", sql_knock("SHP-1001-P1", "IV", "SHP-1001", "100.00")
    )

    assert read(answer)["data"]["unappliedAmt"] == D("7.00")
    assert paid.rows("customer-invoice")[0]["outstanding"] == D("7.00")
    assert paid.balances() == balances


def test_sql_accounting_passes_over_an_unknown_target_without_a_word(paid: Desk) -> None:
    before = paid.contents()

    answer = paid.post(
        "customer-payment/knockoff", sql_knock("SHP-1001-P1", "IV", "SHP-9999", "1.00")
    )

    assert answer.status_code == 200
    assert read(answer)["data"]["unappliedAmt"] == D("107.00")
    assert paid.contents() == before


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        (
            "customer-payment",
            sql_knock("SHP-1001-P1", "IV", "SHP-1001", "107.01"),
            "must not exceed outstanding 107.00",
        ),
        ("customer-payment", sql_knock("SHP-1001-P1", "IV", "SHP-1001", "0.00"), "greater"),
        ("customer-payment", sql_knock("SHP-1001-P1", "CN", "SHP-1001-R1", "1.00"), "CN"),
        ("customer-payment", sql_knock("SHP-9", "IV", "SHP-1001", "1.00"), "No record found"),
        (
            "customer-credit-note",
            sql_knock("SHP-1001-R1", "IV", "SHP-1001", "49.51"),
            "must not exceed outstanding 49.50",
        ),
        ("customer-payment", {"docNo": "SHP-1001-P1", "knockOffs": []}, "knockOffs"),
    ],
)
def test_sql_accounting_refuses_a_wrong_knock_off(
    paid: Desk, path: str, body: Any, said: str
) -> None:
    before = paid.contents()

    answer = paid.post(f"{path}/knockoff", body)

    assert answer.status_code == 422
    assert said in read(answer)["error"]["message"]
    assert paid.contents() == before


def test_a_second_row_that_is_refused_takes_the_first_back(paid: Desk) -> None:
    before = paid.contents()
    body = sql_knock("SHP-1001-P1", "IV", "SHP-1001", "60.00")
    body["knockOffs"] *= 2

    answer = paid.post("customer-payment/knockoff", body)

    assert answer.status_code == 422
    assert paid.contents() == before


def test_documents_of_two_customers_are_not_set_against_each_other(paid: Desk) -> None:
    abroad = {"code": "300-C0002", "currencyCode": "SGD", "currencyRate": D("3.30")}
    paid.post("customer-payment", sql_money(docNo="SG-P1", **abroad))
    before = paid.contents()

    answer = paid.post("customer-payment/knockoff", sql_knock("SG-P1", "IV", "SHP-1001", "1.00"))

    assert answer.status_code == 422
    assert "another customer" in read(answer)["error"]["message"]
    assert paid.contents() == before


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (ac_knock("SHP-1001-P1", "RI", "SHP-1001", "107.01"), "PaymentAmt > Outstanding"),
        (ac_knock("SHP-1001-P1", "RI", "SHP-9999", "1.00"), "Document SHP-9999 not found"),
        (ac_knock("SHP-9", "RI", "SHP-1001", "1.00"), "Document SHP-9 not found"),
        (ac_knock("SHP-1001-P1", "RC", "SHP-1001", "1.00"), "RC"),
        (
            ac_knock("SHP-1001-P1", "RI", "SHP-1001", "1.00") | {"docDate": "2026-11-19"},
            "Knock off date",
        ),
    ],
)
def test_autocount_refuses_a_wrong_knock_off(autocount: Desk, body: Any, said: str) -> None:
    autocount.post("invoice", ac_invoice())
    autocount.post("ar-payment", ac_money())
    before = autocount.contents()

    answer = autocount.post("ar-payment/knockoff", body)

    assert answer.status_code == 422
    assert said in read(answer)["error"]["message"]
    assert autocount.contents() == before


@pytest.mark.parametrize("source", ["SHP-1001-P1", "SHP-1001-R1"])
def test_a_debit_note_is_settled_like_an_invoice(paid: Desk, source: str) -> None:
    paid.post("customer-debit-note", sql_invoice(docNo="SHP-1001-N1"))
    path = "customer-payment" if source.endswith("P1") else "customer-credit-note"

    answer = paid.post(f"{path}/knockoff", sql_knock(source, "DN", "SHP-1001-N1", "40.00"))

    assert answer.status_code == 200
    assert paid.rows("customer-debit-note")[0]["outstanding"] == D("67.00")
    assert paid.rows("customer-invoice")[0]["outstanding"] == D("107.00")


def test_more_than_a_debit_note_has_outstanding_is_refused(paid: Desk) -> None:
    paid.post("customer-debit-note", sql_invoice(docNo="SHP-1001-N1"))
    paid.post("customer-payment/knockoff", sql_knock("SHP-1001-P1", "DN", "SHP-1001-N1", "100.00"))
    before = paid.contents()

    answer = paid.post(
        "customer-credit-note/knockoff", sql_knock("SHP-1001-R1", "DN", "SHP-1001-N1", "7.01")
    )

    assert answer.status_code == 422
    assert "must not exceed outstanding 7.00" in read(answer)["error"]["message"]
    assert paid.contents() == before
