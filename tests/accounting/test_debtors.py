"""The debtor codes of customers of their own: allocated once, kept, or named by the merchant."""

from __future__ import annotations

import threading
from datetime import datetime
from itertools import islice
from typing import Any

import pytest
from django.db import connection, transaction

from accounting import debtors, mapping
from accounting.documents.rules import Ledger
from accounting.facts import Customer, Facts, merge
from accounting.mapping_tables import Invalid
from accounting.models import Audit, Debtor, DebtorCode, Store
from tests.accounting.mapped import hold
from tests.books import make_book, make_store
from tests.facts import make_order

pytestmark = pytest.mark.django_db


def sold_to(customer: Customer | None, **changes: Any) -> Facts:
    return merge([make_order(customer=customer, **changes)])


def debtors_of(store: Store, facts: Facts) -> dict[str, str]:
    return dict(mapping.rules_for(store, facts, ledger=Ledger()).debtors)


def name_codes(store: Store, now: datetime, *rows: dict[str, Any]) -> int:
    return mapping.map_customers(store_id=store.pk, rows=rows, who="7", now=now)


@pytest.fixture
def store(now: datetime) -> Store:
    return make_store(make_book(now), customers="customer", debtor_prefix="300-")


ALI = Customer(id=7, company_id=5)


# --- which code ------------------------------------------------------------------------------


@pytest.mark.parametrize("prefix", ["", "3", "300-"])
def test_a_code_is_the_prefix_and_fits_ten_characters(prefix: str) -> None:
    for source_id in (1, 7000000000001, 2**63 - 1):
        code = next(debtors.candidates(prefix, f"customer {source_id} MYR"))

        assert len(code) == 10
        assert code.startswith(prefix)
        assert code.isascii()
        assert code == code.upper()


def test_a_code_is_what_it_was_yesterday() -> None:
    """Another digest would give every customer without a kept code another one."""
    first = list(islice(debtors.candidates("300-", "customer 7000000000001 MYR"), 2))

    assert first == ["300-WW656G", "300-WW656H"]


def test_kinds_ids_and_currencies_get_codes_of_their_own() -> None:
    who = ["customer 7 MYR", "company 7 MYR", "customer 8 MYR", "customer 7 SGD"]

    assert len({next(debtors.candidates("", each)) for each in who}) == 4


def test_after_the_last_number_comes_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debtors, "LONGEST_CODE", 5)

    every = list(islice(debtors.candidates("300-", "customer 7 MYR"), 37))

    assert len(set(every)) == 36
    assert every[36] == every[0]


# --- allocating ------------------------------------------------------------------------------


def test_a_customer_keeps_the_code_first_given(store: Store) -> None:
    first = debtors_of(store, sold_to(ALI))
    store.debtor_prefix = "400-"

    again = debtors_of(store, sold_to(ALI))

    row = DebtorCode.objects.get()
    assert first == again == {"customer 7 MYR": row.code}
    assert (row.store, row.book, row.kind, row.source_id) == (store, store.book, "customer", 7)
    assert row.code.startswith("300-")


@pytest.mark.parametrize(
    ("policy", "customer", "key"),
    [
        ("customer", ALI, "customer 7 MYR"),
        ("company", ALI, "company 5 MYR"),
    ],
)
def test_the_policy_says_whose_the_debtor_is(
    store: Store, policy: str, customer: Customer, key: str
) -> None:
    store.customers = policy

    assert list(debtors_of(store, sold_to(customer))) == [key]


@pytest.mark.parametrize(
    ("policy", "customer"),
    [("cash", ALI), ("customer", None), ("customer", Customer()), ("company", Customer(id=7))],
)
def test_nobody_known_is_the_cash_debtor_and_takes_no_code(
    store: Store, policy: str, customer: Customer | None
) -> None:
    store.customers = policy

    assert debtors_of(store, sold_to(customer)) == {}
    assert not DebtorCode.objects.exists()


@pytest.mark.parametrize(("side", "currency"), [("shop", "MYR"), ("presentment", "USD")])
def test_the_debtor_is_in_the_currency_of_the_documents(
    store: Store, side: str, currency: str
) -> None:
    store.currency_side = side

    assert list(debtors_of(store, sold_to(ALI, presentment_currency="USD"))) == [
        f"customer 7 {currency}"
    ]


def test_an_order_pinned_to_the_cash_debtor_takes_no_code(store: Store) -> None:
    rules = mapping.rules_for(store, sold_to(ALI), ledger=Ledger(), pinned={"customers": "cash"})

    assert rules.debtors == {}
    assert not DebtorCode.objects.exists()


def test_a_code_that_another_customer_has_is_passed_over(store: Store, now: datetime) -> None:
    first, second, third = islice(debtors.candidates("300-", "customer 7 MYR"), 3)
    sibling = make_store(store.book, "sibling.myshopify.com", prefix="SB")
    name_codes(sibling, now, {"kind": "company", "source_id": 1, "currency": "MYR", "code": first})
    Debtor.objects.create(store=sibling, currency="MYR", code=second)

    assert debtors_of(store, sold_to(ALI)) == {"customer 7 MYR": third}


def test_other_books_and_other_shops_know_nothing_of_it(
    store: Store, other: Store, now: datetime
) -> None:
    given = debtors_of(store, sold_to(ALI))
    other.customers, other.debtor_prefix = "customer", "300-"

    elsewhere = debtors_of(other, sold_to(ALI))
    store.book = make_book(now, name="New company file")
    store.save()
    anew = debtors_of(store, sold_to(ALI))

    assert given == elsewhere == anew
    assert DebtorCode.objects.count() == 3


def test_a_plan_that_fails_gives_its_code_back(store: Store) -> None:
    with transaction.atomic():
        debtors_of(store, sold_to(ALI))
        transaction.set_rollback(True)

    assert not DebtorCode.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_plans_of_one_customer_agree_on_the_code(store: Store) -> None:
    found: list[dict[str, str]] = []

    def plan() -> None:
        try:
            with transaction.atomic():
                found.append(debtors_of(store, sold_to(ALI)))
        finally:
            connection.close()

    second = threading.Thread(target=plan)
    with transaction.atomic():
        found.append(debtors_of(store, sold_to(ALI)))
        second.start()
        second.join(0.2)
        assert len(found) == 1, "the second waits for the first"
    second.join(5)

    assert found[0] == found[1]
    assert DebtorCode.objects.count() == 1


# --- named by the merchant -------------------------------------------------------------------

ROW: dict[str, Any] = {"kind": "customer", "source_id": 7, "currency": "myr", "code": "300-ALI"}


def test_a_merchant_names_the_debtor_that_a_customer_is(store: Store, now: datetime) -> None:
    held = hold(store, now, ("UNMAPPED_DEBTOR", "MYR"))

    named = name_codes(store, now, ROW)

    held.refresh_from_db()
    assert named == 1
    assert debtors_of(store, sold_to(ALI)) == {"customer 7 MYR": "300-ALI"}
    assert held.plan_at == now
    audit = Audit.objects.get()
    assert (audit.action, audit.who) == ("map_customers", "7")
    assert audit.detail["rows"] == [
        {"kind": "customer", "source_id": "7", "currency": "MYR", "code": "300-ALI"}
    ]


def test_a_code_that_was_allocated_can_be_replaced(store: Store, now: datetime) -> None:
    debtors_of(store, sold_to(ALI))

    name_codes(store, now, ROW)
    name_codes(store, now, ROW)

    assert [row.code for row in DebtorCode.objects.all()] == ["300-ALI"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "person"}, "kind"),
        ({"source_id": "seven"}, "source_id"),
        ({"source_id": -7}, "source_id"),
        ({"source_id": 2**63}, "source_id"),
        ({"currency": "RINGGIT"}, "currency"),
        ({"code": ""}, "code"),
        ({"code": "3" * 13}, "code"),
        ({"name": "Ali"}, "name"),
    ],
)
def test_a_row_that_cannot_be_is_refused_and_none_is_kept(
    store: Store, now: datetime, changes: dict[str, Any], field: str
) -> None:
    good = {**ROW, "source_id": 8, "code": "300-ABU"}

    with pytest.raises(Invalid) as refused:
        name_codes(store, now, good, {**ROW, **changes})

    assert {index: list(said) for index, said in refused.value.errors.items()} == {1: [field]}
    assert not DebtorCode.objects.exists()
    assert not Audit.objects.exists()


def test_one_code_is_one_customer_in_these_books(store: Store, now: datetime) -> None:
    sibling = make_store(store.book, "sibling.myshopify.com", prefix="SB")
    name_codes(sibling, now, ROW)  # the same id in another shop is somebody else
    twice = {**ROW, "source_id": 8, "code": "300-ABU"}

    with pytest.raises(Invalid) as refused:
        name_codes(store, now, twice, ROW, {**twice, "source_id": 10})

    assert refused.value.errors == {index: {"code": debtors.NOT_FREE} for index in (0, 1, 2)}
    assert DebtorCode.objects.get().store == sibling


def test_without_books_there_are_no_codes_to_name(now: datetime) -> None:
    store = make_store(None)

    with pytest.raises(Invalid) as refused:
        name_codes(store, now, ROW)

    assert refused.value.errors == {0: {"code": debtors.NO_BOOKS}}
    assert not Audit.objects.exists()


def test_a_code_taken_away_is_allocated_again(store: Store, now: datetime) -> None:
    name_codes(store, now, ROW)
    ids = list(DebtorCode.objects.values_list("pk", flat=True))

    gone = mapping.unmap(store_id=store.pk, what="customers", ids=ids, who="7", now=now)

    (code,) = debtors_of(store, sold_to(ALI)).values()
    assert gone == 1
    assert code == next(debtors.candidates("300-", "customer 7 MYR"))
