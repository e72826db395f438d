"""An order's whole life in both systems; the trial balance is checked after every call."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.accounting.sandbox.conftest import Desk
from tests.accounting.sandbox.samples import (
    ac_credit_note,
    ac_invoice,
    ac_knock,
    ac_money,
    sql_credit_note,
    sql_invoice,
    sql_knock,
    sql_money,
)

D = Decimal


def test_the_life_of_an_order_in_sql_accounting_keeps_the_books_balanced(sql: Desk) -> None:
    steps: list[tuple[str, Any]] = [
        ("customer-invoice", sql_invoice()),
        ("customer-payment", sql_money()),
        ("customer-payment/knockoff", sql_knock("SHP-1001-P1", "IV", "SHP-1001", "107.00")),
        ("customer-credit-note", sql_credit_note()),
        ("customer-refund", sql_money(docNo="SHP-1001-F1", docAmt=D("49.50"))),
        ("customer-refund/knockoff", sql_knock("SHP-1001-F1", "CN", "SHP-1001-R1", "49.50")),
    ]

    for path, body in steps:
        answer = sql.post(path, body)

        assert answer.status_code in (200, 201), answer.content
        sql.balances()

    assert sql.balances() == {
        "300-000": 0,
        "310-005": D("57.50"),
        "460-000": D("-4.50"),
        "500-000": D("-90.00"),
        "500-100": D("-8.00"),
        "510-000": D("45.00"),
        "900-100": 0,
    }
    assert [row["outstanding"] for row in sql.rows("customer-invoice")] == [0]
    assert [row["unappliedAmt"] for row in sql.rows("customer-credit-note")] == [0]


def test_the_life_of_an_order_in_autocount_keeps_the_books_balanced(autocount: Desk) -> None:
    steps: list[tuple[str, Any]] = [
        ("invoice", ac_invoice()),
        ("ar-payment", ac_money()),
        ("ar-payment/knockoff", ac_knock("SHP-1001-P1", "RI", "SHP-1001", "107.00")),
        ("credit-note", ac_credit_note()),
        ("ar-refund", ac_money("49.50", docNo="SHP-1001-F1")),
        ("ar-refund/knockoff", ac_knock("SHP-1001-F1", "RC", "SHP-1001-R1", "49.50")),
    ]

    for path, body in steps:
        answer = autocount.post(path, body)

        assert answer.status_code in (200, 201), answer.content
        autocount.balances()

    assert autocount.balances() == {
        "300-0000": 0,
        "310-0005": D("57.50"),
        "460-0000": D("-4.50"),
        "500-0000": D("-90.00"),
        "500-1000": D("-8.00"),
        "510-0000": D("45.00"),
        "900-9000": 0,
    }
    assert [row["knockOffAmt"] for row in autocount.rows("credit-note")] == [D("49.50")]


@pytest.mark.parametrize("amount", ["30.00", "107.00"])
def test_a_credit_note_may_reduce_an_open_invoice(sql: Desk, amount: str) -> None:
    sql.post("customer-invoice", sql_invoice())
    sql.post("customer-credit-note", sql_credit_note(details=sql_invoice()["details"]))

    answer = sql.post(
        "customer-credit-note/knockoff", sql_knock("SHP-1001-R1", "IV", "SHP-1001", amount)
    )

    assert answer.status_code == 200
    assert sql.rows("customer-invoice")[0]["outstanding"] == D("107.00") - D(amount)
