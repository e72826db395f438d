"""Codes that the books could never take are refused; those they do not list are only doubted."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from accounting import known_codes, mapping, policy, ways
from accounting.connectors.base import CodeList
from accounting.documents.rules import Policy
from accounting.mapping_tables import DEBTORS, TABLES, Invalid
from accounting.models import Audit, Code, Debtor, ItemMapping, RoleMapping, Store
from accounting.models import CodeList as ListRow
from tests.books import make_book, make_store

pytestmark = pytest.mark.django_db


def listed(store: Store, name: CodeList, codes: dict[str, bool], **changes: Any) -> ListRow:
    """A list of the store's books as it was read; codes by whether they are active."""
    assert store.book
    row = ListRow.objects.create(book=store.book, name=name, generation=3, **changes)
    for code, active in codes.items():
        Code.objects.create(list=row, generation=3, key=code.casefold(), code=code, active=active)
    Code.objects.create(list=row, generation=2, key="gone", code="GONE")
    return row


@pytest.mark.parametrize("code", ["500-000", "500-kopi", " 500-KOPI ", ""])
def test_a_listed_code_or_none_is_no_doubt(store: Store, now: datetime, code: str) -> None:
    listed(store, CodeList.ACCOUNTS, {"500-000": True, "500-KOPI": True}, read_at=now)

    assert known_codes.doubts(store.pk, "roles", [{"account": code}], now=now) == {}


def test_doubts_stand_at_their_row_and_field(store: Store, now: datetime) -> None:
    listed(store, CodeList.ACCOUNTS, {"500-000": True, "510-OLD": False}, read_at=now)
    listed(store, CodeList.ITEMS, {"TEE": True}, read_at=now)
    rows = [
        {"account": "500-000", "item_code": "TEE"},
        {"account": "GONE", "item_code": "TEA", "returns_account": "510-OLD"},
    ]

    found = known_codes.doubts(store.pk, "items", rows, now=now)

    assert found == {
        1: {
            "account": "GONE is not among the accounts that were read from the books on "
            "2026-11-22 04:00 (UTC).",
            "item_code": "TEA is not among the items that were read from the books on "
            "2026-11-22 04:00 (UTC).",
            "returns_account": "510-OLD is switched off in the books.",
        }
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"read_at": None},
        {"complete": False},
        {"offered": False},
        {"read_at": datetime.fromisoformat("2026-11-21T03:59:59+00:00")},
    ],
)
def test_nothing_is_doubted_against_a_list_that_may_be_wrong(
    store: Store, now: datetime, changes: dict[str, Any]
) -> None:
    listed(store, CodeList.ACCOUNTS, {"500-000": True}, **{"read_at": now, **changes})

    assert known_codes.doubts(store.pk, "roles", [{"account": "999"}], now=now) == {}


@pytest.mark.parametrize(
    ("methods", "doubted"),
    [
        (None, False),  # not read yet: the code may be a payment method
        ({"offered": False}, True),  # there are no payment methods: it has to be an account
        ({"offered": True}, True),
    ],
)
def test_money_moves_by_payment_method_or_where_there_are_none_by_account(
    store: Store, now: datetime, methods: dict[str, Any] | None, doubted: bool
) -> None:
    listed(store, CodeList.ACCOUNTS, {"310-000": True}, read_at=now)
    if methods is not None:
        listed(store, CodeList.PAYMENT_METHODS, {"MAYBANK": True}, read_at=now, **methods)

    found = known_codes.doubts(store.pk, "gateways", [{"account": "999"}], now=now)

    assert bool(found) is doubted


def test_another_books_list_decides_nothing(store: Store, other: Store, now: datetime) -> None:
    listed(other, CodeList.ACCOUNTS, {"500-000": True}, read_at=now)

    assert known_codes.doubts(store.pk, "roles", [{"account": "999"}], now=now) == {}


def test_doubts_take_the_same_number_of_statements_for_any_number_of_rows(
    store: Store, now: datetime, django_assert_num_queries: Any
) -> None:
    listed(store, CodeList.ACCOUNTS, {"500-000": True}, read_at=now)

    with django_assert_num_queries(2):  # the lists, and the codes of all fields in them
        rows = [{"account": str(n)} for n in range(500)]
        assert len(known_codes.doubts(store.pk, "items", rows, now=now)) == 500


# --- what cannot be a code ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("system", "way", "longest"),
    [
        (
            "sql_accounting",
            "acctbridge",
            {
                CodeList.ACCOUNTS: 10,
                CodeList.TAX_CODES: 10,
                CodeList.PAYMENT_METHODS: 10,
                CodeList.PROJECTS: 20,
                CodeList.DEBTORS: 10,
            },
        ),
        (
            "sql_accounting",
            "sql_account_api",
            {
                CodeList.ACCOUNTS: 10,
                CodeList.TAX_CODES: 10,
                CodeList.PAYMENT_METHODS: 10,
                CodeList.ITEMS: 30,
                CodeList.PROJECTS: 20,
                CodeList.DEBTORS: 10,
            },
        ),
        *(
            (
                "autocount",
                way,
                {
                    CodeList.ACCOUNTS: 12,
                    CodeList.TAX_CODES: 14,
                    CodeList.PAYMENT_METHODS: 20,
                    CodeList.ITEMS: 30,
                    CodeList.PROJECTS: 10,
                    CodeList.DEBTORS: 12,
                },
            )
            for way in ("acctbridge", "autocount_cloud")
        ),
    ],
)
def test_how_long_a_code_may_be_is_what_every_document_takes(
    now: datetime, system: str, way: str, longest: dict[CodeList, int]
) -> None:
    assert ways.code_lengths(make_book(now, system=system, way=way)) == longest


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("5" * 10, ""),
        ("5" * 11, "At most 10 characters: these books take no longer code here."),
        ("500\n1", "Contains characters that no accounting system takes in a code."),
        ("500\u200b1", "Contains characters that no accounting system takes in a code."),
    ],
)
def test_what_the_books_never_take_is_refused_at_its_field(
    store: Store, now: datetime, code: str, said: str
) -> None:
    rows = [{"match": "sku", "value": "kopi", "account": "500", "returns_account": code}]
    errors: dict[int, dict[str, str]] = {}

    try:
        mapping.map_items(store_id=store.pk, rows=rows, who="staff 1", now=now)
    except Invalid as wrong:
        errors = wrong.errors

    assert errors == ({0: {"returns_account": said}} if said else {})
    assert ItemMapping.objects.exists() is not bool(said)
    assert Audit.objects.exists() is not bool(said)


def test_a_cash_debtor_and_a_policys_code_are_held_to_the_books_too(
    store: Store, now: datetime
) -> None:
    by: dict[str, Any] = {"store_id": store.pk, "who": "staff 1", "now": now}

    with pytest.raises(Invalid) as debtor:
        mapping.set_debtors(rows=[{"currency": "MYR", "code": "300-C000001"}], **by)
    with pytest.raises(Invalid) as account:
        policy.change_policy(changes={"refund_account": "310-BANK-00"}, **by)

    assert "At most 10" in debtor.value.errors[0]["code"]
    assert "At most 10" in account.value.errors[0]["refund_account"]
    assert not Debtor.objects.exists()
    assert Store.objects.get(pk=store.pk).refund_account == ""


def test_characters_that_mean_something_else_to_the_books_are_refused(
    store: Store, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    strict = {"acctbridge": replace(ways.WAYS["acctbridge"], code_refuses="*~")}
    monkeypatch.setattr(ways, "WAYS", strict)
    rows = [{"role": "shipping", "account": "5*~*"}, {"role": "tips", "account": "500"}]

    with pytest.raises(Invalid) as refused:
        mapping.map_roles(store_id=store.pk, rows=rows, who="staff 1", now=now)

    assert refused.value.errors == {0: {"account": "These books take no * ~ in a code."}}
    assert not RoleMapping.objects.exists()


def test_without_books_a_code_may_be_as_long_as_it_is_kept(now: datetime) -> None:
    lone = make_store(None, "lone.myshopify.com")
    rows = [{"role": "shipping", "account": "5" * 20}]

    assert mapping.map_roles(store_id=lone.pk, rows=rows, who="staff 1", now=now) == 1


def test_every_kind_of_mapping_says_where_its_codes_are_picked() -> None:
    assert known_codes.PICKS.keys() == {*TABLES, DEBTORS.name, "policies"}
    for name, table in {**TABLES, DEBTORS.name: DEBTORS}.items():
        typed = {"tariff_code", "cash"}  # no books list tariff codes
        assert known_codes.PICKS[name].keys() == set(table.codes) - typed
    assert known_codes.PICKS["policies"].keys() <= Policy.__annotations__.keys()


def test_a_list_is_old_after_the_time_that_is_set(store: Store, now: datetime) -> None:
    row = listed(store, CodeList.ACCOUNTS, {}, read_at=now)

    assert not known_codes.is_old(row, now + timedelta(days=1))
    assert known_codes.is_old(row, now + timedelta(days=1, seconds=1))
