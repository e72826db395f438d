"""The journal of a store is its rows: all, those in the books, or those of some days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest
from pytest_django import DjangoAssertNumQueries

from accounting.documents.document import Document, Key, Role
from accounting.journals import store_journal
from accounting.models import Document as Row
from accounting.models import Order, Store
from tests.accounting.connectors.entries import allocation, credit_note, invoice, payment, refund
from tests.books import make_order_row, make_row
from tests.judge import Verdict, judge

pytestmark = pytest.mark.django_db

POSTED = Row.State.POSTED


@pytest.fixture
def kept(order: Order, now: datetime) -> None:
    """An order with a payment that is still to be sent, and everything else in the books."""
    books = {"state": POSTED, "posted_at": now, "receipt": {}}
    for entry in (invoice(), credit_note(), refund(), allocation()):
        make_row(order, entry, now, **books).save()
    make_row(order, payment(), now).save()


def numbers(verdict: Verdict) -> list[str]:
    assert verdict.errors == ()
    return [each.meta["number"] for each in verdict.transactions]


def test_all_documents_of_a_store_are_in_its_journal(store: Store, kept: None) -> None:
    verdict = judge(store_journal(store_id=store.id, only_posted=False))

    assert numbers(verdict) == ["SH-1001", "SH-1001-P533D", "SH-1001-C5XX", "SH-1001-F533E"]
    assert [each.flag for each in verdict.transactions] == ["*", "!", "*", "*"]
    assert [(each.account, each.amount.number) for each in verdict.asserted] == [
        ("Assets:Receivable", Decimal("0.0000"))
    ]


def test_only_what_is_in_the_books_may_be_asked_for(store: Store, kept: None) -> None:
    verdict = judge(store_journal(store_id=store.id, only_posted=True))

    assert numbers(verdict) == ["SH-1001", "SH-1001-C5XX", "SH-1001-F533E"]
    assert verdict.balances()["Assets:Receivable:300-C0001", "MYR"] == Decimal("107.00")


def test_what_a_person_left_out_of_the_books_is_left_out(
    store: Store, order: Order, now: datetime
) -> None:
    make_row(order, invoice(), now, state=Row.State.SKIPPED).save()

    assert judge(store_journal(store_id=store.id, only_posted=False)).transactions == []


@pytest.mark.parametrize(
    ("first", "last", "found"),
    [
        (date(2026, 11, 21), None, ["SH-1001-C5XX", "SH-1001-F533E"]),
        (None, date(2026, 11, 20), ["SH-1001", "SH-1001-P533D"]),
        (date(2026, 11, 22), date(2026, 11, 22), ["SH-1001-C5XX", "SH-1001-F533E"]),
        (date(2026, 11, 23), None, []),
    ],
)
def test_a_journal_may_be_of_some_days(
    store: Store, kept: None, first: date | None, last: date | None, found: list[str]
) -> None:
    text = store_journal(store_id=store.id, only_posted=False, first=first, last=last)

    assert numbers(judge(text)) == found


def test_another_stores_documents_are_not_in_it(
    store: Store, other: Store, kept: None, now: datetime
) -> None:
    foreign: Document = replace(
        invoice(), number="OT-9", key=Key(role=Role.INVOICE, source_id=9), order_id=9
    )
    make_row(make_order_row(other, 9, now), foreign, now).save()

    text = store_journal(store_id=other.id, only_posted=False)

    assert numbers(judge(text)) == ["OT-9"]
    assert "OT-9" not in store_journal(store_id=store.id, only_posted=False)


def test_a_row_whose_total_is_not_its_documents_is_refused(
    store: Store, order: Order, now: datetime
) -> None:
    make_row(order, invoice(), now, total=Decimal("107.01")).save()

    verdict = judge(store_journal(store_id=store.id, only_posted=False))

    assert ["Balance failed" in error for error in verdict.errors] == [True]


def test_documents_of_several_currencies_are_each_proved_in_their_own(
    store: Store, order: Order, now: datetime
) -> None:
    foreign = {"currency": "SGD", "rate": Decimal("3.41234567"), "customer": "300-C0002"}
    make_row(order, invoice(), now).save()
    make_row(order, payment(**foreign), now).save()

    verdict = judge(store_journal(store_id=store.id, only_posted=False))

    assert verdict.errors == ()
    assert {(each.amount.currency, each.amount.number) for each in verdict.asserted} == {
        ("MYR", Decimal("107.0000")),
        ("SGD", Decimal("-107.0000")),
    }


def test_a_store_without_books_has_the_journal_of_its_own_currency(store: Store) -> None:
    Store.objects.filter(pk=store.id).update(book=None, currency="SGD")

    text = store_journal(store_id=store.id, only_posted=False)

    assert 'option "operating_currency" "SGD"' in text
    assert judge(text).errors == ()


def test_a_journal_takes_a_constant_number_of_statements(
    store: Store, kept: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(5):
        store_journal(store_id=store.id, only_posted=False)
