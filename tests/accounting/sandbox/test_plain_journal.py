"""The sandbox's own journal of a book, as Beancount reads it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounting.sandbox.models import Company, Voucher
from accounting.sandbox.plain_journal import write
from tests.accounting.sandbox.conftest import MASTERS, Desk
from tests.accounting.sandbox.samples import (
    ac_credit_note,
    ac_invoice,
    ac_knock,
    ac_money,
    ac_tender,
    sql_credit_note,
    sql_invoice,
    sql_knock,
    sql_money,
)
from tests.judge import Verdict, judge

D = Decimal
SQL_LIFE = [
    ("customer-invoice", sql_invoice()),
    ("customer-payment", sql_money()),
    ("customer-payment/knockoff", sql_knock("SHP-1001-P1", "IV", "SHP-1001", "107.00")),
    ("customer-credit-note", sql_credit_note()),
    ("customer-refund", sql_money(docNo="SHP-1001-F1", docAmt=D("49.50"))),
]
AUTOCOUNT_LIFE = [
    ("invoice", ac_invoice()),
    ("ar-payment", ac_money(details=[ac_tender("107.00", bankCharge=D("2.00"))])),
    ("ar-payment/knockoff", ac_knock("SHP-1001-P1", "RI", "SHP-1001", "107.00")),
    ("credit-note", ac_credit_note()),
    ("ar-refund", ac_money("49.50", docNo="SHP-1001-F1")),
]


def journal(desk: Desk) -> Any:
    path = f"/sandbox/companies/{desk.company_id}/journal.beancount"
    return desk.client.get(path)


def verdict_on(desk: Desk) -> Verdict:
    return judge(journal(desk).content.decode())


def balances(verdict: Verdict) -> dict[str, Decimal]:
    codes = verdict.codes()
    return {codes[account]: amount for (account, _), amount in verdict.balances().items()}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("system", "life"), [("sql_accounting", SQL_LIFE), ("autocount", AUTOCOUNT_LIFE)]
)
def test_the_judge_adds_the_book_up_to_its_trial_balance(
    system: str, life: list[tuple[str, Any]], open_desk: Callable[..., Desk]
) -> None:
    desk = open_desk(system)
    for path, body in life:
        assert desk.post(path, body).status_code in (200, 201)

    verdict = verdict_on(desk)

    assert verdict.errors == ()
    assert balances(verdict) == {code: sum_ for code, sum_ in desk.balances().items() if sum_}
    assert {each.account for each in verdict.asserted} == set(verdict.codes())
    numbers = [each.meta["number"] for each in verdict.transactions]
    assert sorted(numbers) == ["SHP-1001", "SHP-1001-F1", "SHP-1001-P1", "SHP-1001-R1"]


def test_a_foreign_voucher_stands_in_the_home_currency(sql: Desk) -> None:
    invoice = sql_invoice(code="300-C0002", currencyCode="SGD", currencyRate=D("3.4"))
    assert sql.post("customer-invoice", invoice).status_code == 201

    verdict = verdict_on(sql)

    assert verdict.errors == ()
    assert verdict.balances()["Assets:300-000", "MYR"] == D("363.80")
    assert str(verdict.transactions[0].meta["total"]) == "107.00 SGD"


def test_what_two_rates_leave_is_an_expense_of_the_later_voucher(sql: Desk) -> None:
    abroad = {"code": "300-C0002", "currencyCode": "SGD"}
    sql.post("customer-invoice", sql_invoice(**abroad, currencyRate=D("3.40")))
    sql.post("customer-payment", sql_money(**abroad, currencyRate=D("3.30")))
    knock = sql_knock("SHP-1001-P1", "IV", "SHP-1001", "107.00")
    assert sql.post("customer-payment/knockoff", knock).status_code == 200

    verdict = verdict_on(sql)

    assert verdict.errors == ()
    assert verdict.balances()["Expenses:980-000", "MYR"] == D("10.70")
    assert ("Assets:300-000", "MYR") not in verdict.balances()


def test_what_was_cancelled_by_hand_has_no_place_in_the_journal(sql: Desk) -> None:
    sql.post("customer-payment", sql_money())
    document = sql.books("documents")[0]["id"]
    path = f"/sandbox/companies/{sql.company_id}/documents/{document}"
    sql.client.put(path, {"cancelled": True}, content_type="application/json")

    verdict = verdict_on(sql)

    assert (verdict.errors, verdict.transactions) == ((), [])


def test_an_empty_book_is_a_legal_journal(sql: Desk) -> None:
    verdict = verdict_on(sql)

    assert verdict.errors == ()
    assert "Assets:300-000" in verdict.codes()


def test_a_book_whose_carried_totals_are_a_sen_off_is_refused(sql: Desk) -> None:
    sql.post("customer-payment", sql_money())
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE sandbox_account SET debits = debits + 0.01 WHERE company_id = %s AND code = %s",
            [sql.company_id, "310-005"],
        )

    verdict = verdict_on(sql)

    assert ["Balance failed" in error for error in verdict.errors] == [True]


def test_names_and_codes_of_any_kind_are_read_back(db: None, client: Client) -> None:
    codes = ["A B", "a", "A--B", "X-x41", "税", 'Q"\\', "-"]
    opening = {
        "name": 'Kedai "Satu" \\',
        "system": "sql_accounting",
        "key": "lb_live_odd",
        "currency": "MYR",
        "accounts": [{"code": code, "name": f"Name {code}", "type": "odd"} for code in codes],
    }
    client.post("/sandbox/companies", opening, content_type="application/json")

    verdict = judge(write(Company.objects.get()))

    assert verdict.errors == ()
    assert set(verdict.codes().values()) >= set(codes)


def test_neither_customers_nor_what_was_sent_of_them_is_written(sql: Desk) -> None:
    customer = {"code": "300-P0001", "companyName": "Puan Contoh", "currencyCode": "MYR"}
    assert sql.post("customer", customer).status_code == 201
    invoice = sql_invoice(code="300-P0001", address1="1 Jalan Contoh", description="Puan Contoh")
    assert sql.post("customer-invoice", invoice).status_code == 201

    text = journal(sql).content.decode()

    assert "Contoh" not in text
    assert "300-P0001" in text


def test_only_this_machine_may_read_the_journal(sql: Desk) -> None:
    path = f"/sandbox/companies/{sql.company_id}/journal.beancount"

    answer = sql.client.get(path, REMOTE_ADDR="203.0.113.7")

    assert answer.status_code == 403
    assert Voucher.objects.count() == 0


def test_a_company_that_does_not_exist_has_no_journal(db: None, client: Client) -> None:
    assert client.get("/sandbox/companies/999999/journal.beancount").status_code == 404


def test_the_masters_of_both_systems_are_opened(sql: Desk, autocount: Desk) -> None:
    for desk in (sql, autocount):
        given = {row["code"] for row in MASTERS[desk.system]["accounts"]}

        assert set(verdict_on(desk).codes().values()) >= given
