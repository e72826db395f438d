"""Debtors who owe in another currency: the ledger stays in the company's own, and balances."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any

import pytest

from accounting.sandbox.models import Account, Entry
from tests.accounting.sandbox.conftest import Desk, read
from tests.accounting.sandbox.samples import (
    sql_credit_note,
    sql_invoice,
    sql_knock,
    sql_line,
    sql_money,
)

D = Decimal


def abroad(rate: str) -> dict[str, Any]:
    return {"code": "300-C0002", "currencyCode": "SGD", "currencyRate": D(rate)}


def posted(desk: Desk, path: str, body: Any) -> Any:
    answer = desk.post(path, body)
    assert answer.status_code in (200, 201), answer.content
    return read(answer)["data"]


def test_a_foreign_invoice_stands_in_the_books_at_its_rate(sql: Desk) -> None:
    shown = posted(sql, "customer-invoice", sql_invoice(**abroad("3.3333")))

    balances = sql.balances()
    assert shown["docAmt"] == D("107.00")
    assert balances["300-000"] == D("356.66")  # 107.00 x 3.3333
    assert balances["500-100"] == D("-26.67")
    assert balances["460-000"] == D("-30.00")
    assert balances["500-000"] == D("-299.99")  # 300.00, less what the roundings leave


def test_the_control_account_always_takes_the_total_at_its_rate(sql: Desk) -> None:
    random, expected = Random("currencies"), D("0.00")

    for number in range(25):
        rate = D(random.randint(1, 99_999_999)) / 10_000_000
        amounts = [D(random.randint(-300, 9000)) / 100 for _ in range(random.randint(1, 6))]
        total = sum(amounts)
        if total < 0:
            continue
        lines = [sql_line(taxed=False, amount=amount) for amount in amounts]
        body = sql_invoice(docNo=f"SG-{number}", details=lines, **abroad(str(rate)))
        posted(sql, "customer-debit-note", body)
        expected += (total * rate).quantize(D("0.01"), ROUND_HALF_UP)

    assert sql.balances()["300-000"] == expected


def test_parts_at_one_rate_settle_an_invoice_to_the_sen(sql: Desk) -> None:
    posted(sql, "customer-invoice", sql_invoice(**abroad("3.3333")))

    for number in range(3):
        name, part = f"P{number}", ("35.67", "35.67", "35.66")[number]
        posted(sql, "customer-payment", sql_money(docNo=name, docAmt=D(part), **abroad("3.3333")))
        knock = sql_knock(name, "IV", "SHP-1001", part)
        posted(sql, "customer-payment/knockoff", knock)

    assert sql.balances()["300-000"] == 0
    assert sql.rows("customer-invoice")[0]["outstanding"] == 0


@pytest.mark.parametrize(
    ("owed_at", "paid_at", "lost"), [("3.30", "3.25", "5.35"), ("3.25", "3.30", "-5.35")]
)
def test_settling_at_another_rate_is_a_gain_or_loss_of_the_later_document(
    sql: Desk, owed_at: str, paid_at: str, lost: str
) -> None:
    posted(sql, "customer-invoice", sql_invoice(**abroad(owed_at)))
    paid = sql_money(docDate="2026-11-24", **abroad(paid_at))
    posted(sql, "customer-payment", paid)

    posted(sql, "customer-payment/knockoff", sql_knock("SHP-1001-P1", "IV", "SHP-1001", "107.00"))

    balances = sql.balances()
    assert (balances["300-000"], balances["980-000"]) == (D("0"), D(lost))
    realised = Entry.objects.filter(account__code="980-000").select_related("voucher")
    assert [entry.voucher.number for entry in realised] == ["SHP-1001-P1"]


def test_money_returned_at_another_rate_is_a_gain_or_loss_too(sql: Desk) -> None:
    posted(sql, "customer-credit-note", sql_credit_note(**abroad("3.30")))
    back = sql_money(docNo="F", docAmt=D("49.50"), **abroad("3.40"))
    posted(sql, "customer-refund", back)

    posted(sql, "customer-refund/knockoff", sql_knock("F", "CN", "SHP-1001-R1", "49.50"))

    balances = sql.balances()
    assert (balances["300-000"], balances["980-000"]) == (D("0"), D("4.95"))


def test_gains_and_losses_go_to_the_account_that_is_kept_for_them(sql: Desk) -> None:
    Account.objects.filter(code="900-100").update(type=Account.EXCHANGE)
    posted(sql, "customer-invoice", sql_invoice(**abroad("3.30")))
    posted(sql, "customer-payment", sql_money(**abroad("3.25")))

    posted(sql, "customer-payment/knockoff", sql_knock("SHP-1001-P1", "IV", "SHP-1001", "7.00"))

    assert sql.balances()["900-100"] == D("0.35")
    assert not Account.objects.filter(code="980-000").exists()


def test_the_books_own_currency_realises_nothing(sql: Desk) -> None:
    posted(sql, "customer-invoice", sql_invoice())
    posted(sql, "customer-payment", sql_money())
    before = sql.books("journal")

    posted(sql, "customer-payment/knockoff", sql_knock("SHP-1001-P1", "IV", "SHP-1001", "107.00"))

    assert sql.books("journal") == before


def test_the_bookkeeper_sees_the_currency_and_its_rate(sql: Desk) -> None:
    posted(sql, "customer-invoice", sql_invoice(**abroad("3.30125000")))
    posted(sql, "customer-invoice", sql_invoice(docNo="SHP-1002"))

    shown = [(row["currency"], row["rate"]) for row in sql.books("documents")]

    assert shown == [("SGD", D("3.30125")), ("MYR", 1)]
