"""The bookkeeper's own view: opening books, paging through them, the page for people."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounting.sandbox.models import Company
from tests.accounting.sandbox.conftest import MASTERS, Desk, read
from tests.accounting.sandbox.samples import sql_invoice, sql_knock, sql_money

D = Decimal
OPENING = {
    "name": "Kedai Baru",
    "system": "sql_accounting",
    "key": "lb_live_new",
    "currency": "MYR",
    **MASTERS["sql_accounting"],
}


def open_books(client: Client, **changes: Any) -> Any:
    return client.post(
        "/sandbox/companies", {**OPENING, **changes}, content_type="application/json"
    )


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["", "trial-balance", "documents", "journal", "calls"])
def test_only_this_machine_may_look_into_the_books(sql: Desk, path: str) -> None:
    answer = sql.client.get(
        f"/sandbox/companies/{sql.company_id}/{path}", REMOTE_ADDR="203.0.113.7"
    )

    assert answer.status_code == 403


def test_only_this_machine_may_open_books(db: None, client: Client) -> None:
    answer = client.post(
        "/sandbox/companies",
        OPENING,
        content_type="application/json",
        REMOTE_ADDR="203.0.113.7",
    )

    assert answer.status_code == 403
    assert not Company.objects.exists()


def test_opening_books_of_the_same_name_wipes_the_old_ones(sql: Desk) -> None:
    sql.post("customer-invoice", sql_invoice())
    sql.post("customer-payment", sql_money())
    sql.post("customer-payment/knockoff", sql_knock("SHP-1001-P1", "IV", "SHP-1001", "107.00"))

    answer = open_books(sql.client, name=sql.company.name, key=sql.key)

    fresh = read(answer)["id"]
    assert answer.status_code == 201
    assert list(Company.objects.values_list("id", flat=True)) == [fresh]
    assert sql.rows("customer-invoice") == []
    assert read(sql.client.get(f"/sandbox/companies/{fresh}/trial-balance"))["debit"] == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"system": "xero"},
        {"currency": None},
        {"accounts": [{"code": "1"}]},
        {"accounts": MASTERS["sql_accounting"]["accounts"][:1] * 2},
        {"payment_methods": [{"code": "X", "account": "999"}]},
        {"tax_codes": [{"code": "ST", "rate": "10"}]},
        {"items": "TEE"},
        {"key": "lb_live_sql"},
    ],
)
def test_books_that_cannot_be_opened_leave_the_old_ones_alone(
    sql: Desk, wrong: dict[str, Any]
) -> None:
    sql.post("customer-invoice", sql_invoice())
    before = sql.contents()

    answer = open_books(sql.client, **wrong)

    assert answer.status_code in (409, 422)
    assert sql.contents() == before
    assert Company.objects.count() == 1


def test_a_chart_may_name_its_own_control_and_tax_accounts(db: None, client: Client) -> None:
    accounts = [
        *OPENING["accounts"],
        {"code": "301-000", "name": "Online debtors", "type": "debtor_control"},
        {"code": "470-000", "name": "Service tax", "type": "tax"},
        {"code": "471-000", "name": "Sales tax", "type": "tax"},
    ]
    taxes = [{"code": "SV8", "rate": 8}, {"code": "ST", "rate": 10, "account": "471-000"}]
    company = read(open_books(client, accounts=accounts, tax_codes=taxes))["id"]

    client.generic(
        "POST",
        "/sandbox/acctbridge/v1/sqlacc/customer-invoice",
        '{"docNo": "A", "docDate": "2026-11-20", "code": "300-C0001", "details": [{"account": '
        '"500-000", "tax": "ST", "tariff": "6109", "taxAmt": 1.00, "taxInclusive": false, '
        '"amount": 10.00}]}',
        headers={"Authorization": "Bearer lb_live_new"},
    )

    rows = read(client.get(f"/sandbox/companies/{company}/trial-balance"))["rows"]
    moved = {r["account"]: r["debit"] - r["credit"] for r in rows if r["debit"] or r["credit"]}
    assert moved == {"301-000": 11, "471-000": -1, "500-000": -10}
    assert "300-000" not in {row["account"] for row in rows}


def test_documents_show_what_is_open_and_what_they_are_made_of(sql: Desk) -> None:
    sql.post("customer-invoice", sql_invoice())
    sql.post("customer-payment", sql_money(docRef1="6600112233445"))
    sql.post("customer-payment/knockoff", sql_knock("SHP-1001-P1", "IV", "SHP-1001", "100.00"))

    invoice, payment = sql.books("documents")

    assert (invoice["kind"], invoice["total"], invoice["outstanding"]) == ("invoice", 107, 7)
    assert (payment["kind"], payment["unapplied"], payment["outstanding"]) == ("payment", 7, None)
    assert (invoice["reference"], payment["reference"]) == ("5500112233445", "6600112233445")
    assert [(line["net"], line["tax"]) for line in invoice["lines"]] == [(90, 9), (8, 0)]


@pytest.mark.parametrize("path", ["documents", "journal"])
def test_lists_are_paged_by_the_last_id(sql: Desk, path: str) -> None:
    for number in range(3):
        sql.post("customer-payment", sql_money(docNo=f"P{number}"))
    whole = sql.books(path)

    pages, after = [], 0
    while rows := sql.books(f"{path}?after={after}&limit=2"):
        assert len(rows) <= 2
        pages += rows
        after = rows[-1]["id"]

    assert pages == whole
    assert len(whole) == (3 if path == "documents" else 6)


def test_a_page_that_makes_no_sense_is_refused(sql: Desk) -> None:
    answer = sql.client.get(f"/sandbox/companies/{sql.company_id}/journal?after=x")

    assert answer.status_code == 422


def test_a_document_cancelled_by_hand_keeps_its_number_and_leaves_the_balances(sql: Desk) -> None:
    sql.post("customer-invoice", sql_invoice())
    document = sql.books("documents")[0]["id"]

    answer = sql.client.put(
        f"/sandbox/companies/{sql.company_id}/documents/{document}",
        {"cancelled": True},
        content_type="application/json",
    )

    row = sql.rows("customer-invoice?DOCNO=SHP-1001")[0]
    assert answer.status_code == 200
    assert (row["cancelled"], row["docAmt"], row["outstanding"]) == (True, 107, 0)
    assert set(sql.balances().values()) == {0}
    assert sql.post("customer-invoice", sql_invoice()).status_code == 409


def test_an_applied_document_cannot_be_cancelled(sql: Desk) -> None:
    sql.post("customer-invoice", sql_invoice())
    sql.post("customer-payment", sql_money())
    sql.post("customer-payment/knockoff", sql_knock("SHP-1001-P1", "IV", "SHP-1001", "1.00"))
    before = sql.contents()
    document = sql.books("documents")[0]["id"]

    answer = sql.client.put(
        f"/sandbox/companies/{sql.company_id}/documents/{document}",
        {"cancelled": True},
        content_type="application/json",
    )

    assert answer.status_code == 422
    assert sql.contents() == before


def test_the_page_shows_trial_balance_and_journal(sql: Desk) -> None:
    sql.post("customer", {"code": "B", "companyName": "<script>"})
    sql.post("customer-invoice", sql_invoice())

    page = sql.client.get(f"/sandbox/companies/{sql.company_id}/?limit=2").content.decode()

    assert "The books balance." in page
    assert page.count("107.00") == 4  # debtors, both totals, one journal entry
    assert "Later entries" in page
    assert "viewport" in page


def test_a_company_that_does_not_exist_answers_404(db: None, client: Client) -> None:
    assert client.get("/sandbox/companies/999999/calls").status_code == 404


def test_another_method_answers_405(sql: Desk) -> None:
    assert sql.client.post(f"/sandbox/companies/{sql.company_id}/calls").status_code == 405
