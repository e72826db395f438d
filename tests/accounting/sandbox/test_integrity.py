"""What PostgreSQL refuses, whoever writes to the books."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounting.sandbox.models import Account, Debtor, Entry, Voucher
from tests.accounting.sandbox.conftest import Desk
from tests.accounting.sandbox.samples import sql_invoice, sql_money

D = Decimal
pytestmark = pytest.mark.django_db(transaction=True)


def make_voucher(desk: Desk, **changes: Any) -> Voucher:
    values = {
        "company": desk.company,
        "kind": Voucher.Kind.INVOICE,
        "number": "HAND-1",
        "date": date(2026, 11, 20),
        "debtor": Debtor.objects.filter(company=desk.company).earliest("id"),
        "currency": "MYR",
        "total": D("10.00"),
    }
    return Voucher.objects.create(**{**values, **changes})


def enter(voucher: Voucher, code: str, *, debit: str = "0.00", credit: str = "0.00") -> Entry:
    account = Account.objects.get(company=voucher.company, code=code)
    return Entry.objects.create(voucher=voucher, account=account, debit=D(debit), credit=D(credit))


@transaction.atomic
def post_by_hand(desk: Desk, *, debit: str, credit: str) -> None:
    voucher = make_voucher(desk)
    enter(voucher, "300-000", debit=debit)
    enter(voucher, "500-000", credit=credit)


def test_a_voucher_that_does_not_balance_is_refused_at_commit(sql: Desk) -> None:
    with pytest.raises(IntegrityError, match="does not balance"):
        post_by_hand(sql, debit="10.00", credit="9.99")

    assert sql.books("documents") == []
    assert set(sql.balances().values()) == {0}


def test_a_voucher_whose_entries_fall_short_of_its_total_is_refused(sql: Desk) -> None:
    with pytest.raises(IntegrityError, match="has entries of 0"), transaction.atomic():
        make_voucher(sql)

    assert sql.books("documents") == []


def test_taking_one_entry_away_from_a_voucher_is_refused(sql: Desk) -> None:
    sql.post("customer-invoice", sql_invoice())
    before = sql.contents()

    with pytest.raises(IntegrityError, match="does not balance"), transaction.atomic():
        Entry.objects.earliest("id").delete()

    assert sql.contents() == before


def test_a_posted_entry_cannot_be_changed(sql: Desk) -> None:
    sql.post("customer-invoice", sql_invoice())
    before = sql.contents()

    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        Entry.objects.update(debit=D("1.00"))

    assert sql.contents() == before


@pytest.mark.parametrize("sides", [{"debit": "-1.00"}, {"debit": "1.00", "credit": "1.00"}])
def test_an_entry_has_one_side_and_no_sign(sql: Desk, sides: dict[str, str]) -> None:
    with pytest.raises(IntegrityError, match="sandbox_entry"), transaction.atomic():
        enter(make_voucher(sql), "300-000", **sides)

    assert sql.books("journal") == []


def test_more_than_the_total_can_never_be_applied(sql: Desk) -> None:
    sql.post("customer-invoice", sql_invoice())

    with pytest.raises(IntegrityError, match="sandbox_applied_within_total"):
        Voucher.objects.update(applied=D("107.01"))

    assert sql.books("documents")[0]["outstanding"] == D("107.00")


def test_a_number_stands_once_in_its_register_whatever_its_case(sql: Desk) -> None:
    sql.post("customer-invoice", sql_invoice())

    with pytest.raises(IntegrityError, match="sandbox_number_once"):
        make_voucher(sql, number="shp-1001")

    assert len(sql.books("documents")) == 1


def test_the_totals_carried_by_the_database_are_those_of_the_entries(sql: Desk) -> None:
    sql.post("customer-invoice", sql_invoice())
    sql.post("customer-invoice", sql_invoice(docNo="SHP-1002"))
    sql.call("DELETE", "customer-invoice/SHP-1002")

    carried = {a.code: a.debits - a.credits for a in Account.objects.all()}

    assert carried == sql.balances()
    assert carried["300-000"] == D("107.00")


def test_a_call_that_would_leave_a_voucher_unbalanced_answers_500_and_writes_nothing(
    sql: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter_all = Entry.objects.bulk_create
    monkeypatch.setattr(Entry.objects, "bulk_create", lambda entries: enter_all(list(entries)[:-1]))

    answer = sql.post("customer-payment", sql_money())

    assert answer.status_code == 500
    assert sql.books("documents") == []


def test_a_call_after_which_the_trial_balance_fails_answers_500_and_writes_nothing(
    sql: Desk,
) -> None:
    Account.objects.filter(code="500-000").update(debits=D("0.01"))

    answer = sql.post("customer-payment", sql_money())

    assert answer.status_code == 500
    assert sql.books("documents") == []
