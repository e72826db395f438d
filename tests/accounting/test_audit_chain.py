"""The chain of who changed what: how it grows, and that nothing of it can be changed unnoticed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounting import audit, audit_chain, erasure
from accounting.audit_chain import Broken, Why
from accounting.models import Audit, AuditChain, Store
from tests.books import make_book, make_store
from tests.chained import chain

pytestmark = pytest.mark.django_db


def note(store: Store, now: datetime, count: int = 1, **detail: Any) -> None:
    for number in range(count):
        audit.note(store.id, f"staff {number}", "order planned again", now, order=number, **detail)
    chain()


def by_force(sql: str, *values: str | int) -> None:
    """As somebody who owns the tables could."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounting_audit DISABLE TRIGGER USER")
        cursor.execute(sql, values)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE accounting_audit ENABLE TRIGGER USER")


def entry(store: Store, number: int) -> Audit:
    return Audit.objects.get(store=store, number=number)


# --- growing ---------------------------------------------------------------------------------


def test_entries_are_numbered_and_chained_in_each_store(
    store: Store, other: Store, now: datetime
) -> None:
    note(store, now, 2)
    note(other, now)
    note(store, now)

    rows = list(Audit.objects.filter(store=store).order_by("number"))
    tip = AuditChain.objects.get(store=store)
    assert [row.number for row in rows] == [1, 2, 3]
    assert [row.previous_sha256 for row in rows] == ["", rows[0].sha256, rows[1].sha256]
    assert (tip.number, tip.sha256) == (3, rows[2].sha256)
    assert entry(other, 1).previous_sha256 == ""


def test_what_the_database_chains_is_what_is_checked(store: Store, now: datetime) -> None:
    words = 'Ali "Tan"\\ \n\t\x01\x7f/ 简体 é \U0001f9fe'
    audit.note(store.id, words, words, now.replace(microsecond=7), note=words, sum=1.50, none=None)
    chain()

    assert audit_chain.check(store_id=store.id, now=now) is None
    assert AuditChain.objects.get().whole_number == 1


@pytest.mark.django_db(transaction=True)
def test_many_who_note_at_once_make_one_chain(now: datetime) -> None:
    store = make_store(make_book(now))

    def work(number: int) -> None:
        try:
            for each in range(10):
                with transaction.atomic():
                    audit.note(store.id, f"staff {number}", "books paused", now, each=each)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(8)))

    numbers = Audit.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, 81))
    assert audit_chain.check(store_id=store.id, now=now) is None


@pytest.mark.django_db(transaction=True)
def test_a_transaction_still_at_work_keeps_nobody_waiting_and_leaves_no_gap(now: datetime) -> None:
    store = make_store(make_book(now))

    def elsewhere() -> None:
        try:
            audit.note(store.id, "staff 2", "books paused", now)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads, transaction.atomic():
        audit.note(store.id, "staff 1", "books paused", now)
        threads.submit(elsewhere).result(timeout=10)
    with transaction.atomic():
        audit.note(store.id, "staff 3", "books paused", now)
        transaction.set_rollback(True)
    audit.note(store.id, "staff 4", "books paused", now)

    rows = Audit.objects.order_by("number").values_list("number", "who")
    assert list(rows) == [(1, "staff 2"), (2, "staff 1"), (3, "staff 4")]
    assert audit_chain.check(store_id=store.id, now=now) is None


# --- refused by the database -----------------------------------------------------------------

CHANGES: dict[str, dict[str, Any]] = {
    "who": {"who": "staff 99"},
    "action": {"action": "books resumed"},
    "when": {"at": datetime.fromisoformat("2020-01-01T00:00:00+00:00")},
    "detail": {"detail": {}},
    "number": {"number": 7},
    "digest": {"sha256": "0" * 64},
    "digest of the detail": {"detail_sha256": "0" * 64},
    "unchained": {"number": None, "sha256": ""},
    "unchained and erased": {"number": None, "sha256": "", "salt": None},
    "erased and by another": {"detail": {}, "salt": None, "who": "staff 99"},
}


@pytest.mark.parametrize("what", CHANGES)
def test_an_entry_stands_as_it_was_noted(store: Store, now: datetime, what: str) -> None:
    note(store, now, 2)
    before = list(Audit.objects.values())

    with pytest.raises(DatabaseError, match="stands as it was noted"), transaction.atomic():
        Audit.objects.filter(number=1).update(**CHANGES[what])

    assert list(Audit.objects.values()) == before


def test_no_entry_can_be_deleted(store: Store, now: datetime) -> None:
    note(store, now, 2)

    with pytest.raises(DatabaseError, match="stands as it was noted"), transaction.atomic():
        Audit.objects.filter(number=2).delete()

    assert Audit.objects.count() == 2


def test_an_entry_cannot_bring_its_own_place(store: Store, now: datetime) -> None:
    forged = {"number": 9, "sha256": "f" * 64, "previous_sha256": "e" * 64}
    Audit.objects.create(store=store, at=now, who="staff 1", action="books paused", **forged)
    chain()

    assert Audit.objects.get().number == 1
    assert audit_chain.check(store_id=store.id, now=now) is None


def test_not_even_before_its_transaction_ends_can_an_entry_change(
    store: Store, now: datetime
) -> None:
    audit.note(store.id, "staff 1", "books paused", now)

    with pytest.raises(DatabaseError, match="stands as it was noted"), transaction.atomic():
        Audit.objects.update(who="staff 2")


# --- erasure ---------------------------------------------------------------------------------


def test_the_chain_survives_the_erasure_of_what_people_typed(store: Store, now: datetime) -> None:
    note(store, now, 2, reason="Ali asked")
    before = list(Audit.objects.order_by("number").values_list("sha256", "detail_sha256"))

    erasure.forget_store(store_id=store.id, now=now)
    chain()

    rows = Audit.objects.order_by("number")
    assert list(rows.values_list("sha256", "detail_sha256"))[:2] == before
    assert rows[0].detail == {"order": 0, "reason": erasure.ERASED}
    assert rows[0].salt is None
    assert rows[2].action == "store erased"
    assert audit_chain.check(store_id=store.id, now=now) is None


# --- checking --------------------------------------------------------------------------------

BREAKS: dict[str, tuple[str, Broken]] = {
    "who": ("UPDATE accounting_audit SET who = 'staff 99' WHERE number = 3",
            Broken(number=3, why=Why.CONTENT)),
    "when": ("UPDATE accounting_audit SET at = at + interval '1 microsecond' WHERE number = 3",
             Broken(number=3, why=Why.CONTENT)),
    "detail": ("UPDATE accounting_audit SET detail = '{\"order\": 9}' WHERE number = 3",
               Broken(number=3, why=Why.DETAIL)),
    "removed": ("DELETE FROM accounting_audit WHERE number = 3",
                Broken(number=3, why=Why.MISSING)),
    "digest": ("UPDATE accounting_audit SET sha256 = repeat('a', 64) WHERE number = 3",
               Broken(number=3, why=Why.CONTENT)),
    "the last": ("DELETE FROM accounting_audit WHERE number = 5",
                 Broken(number=5, why=Why.MISSING)),
    "swapped": ("UPDATE accounting_audit SET number = CASE number WHEN 3 THEN -1 ELSE 3 END"
                " WHERE number IN (3, 4)", Broken(number=3, why=Why.PREVIOUS)),
    "the tip": ("UPDATE accounting_auditchain SET sha256 = repeat('a', 64)",
                Broken(number=5, why=Why.END)),
}  # fmt: skip


@pytest.mark.parametrize("what", BREAKS)
def test_the_first_broken_link_is_named(store: Store, now: datetime, what: str) -> None:
    note(store, now, 5)
    sql, broken = BREAKS[what]
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounting_audit DROP CONSTRAINT audit_number_with_digest")
    by_force(sql)

    assert audit_chain.check(store_id=store.id, now=now) == broken

    chained = AuditChain.objects.get()
    assert (chained.broken_number, chained.broken_why) == (broken.number, broken.why)
    assert (chained.broken_at, chained.whole_at) == (now, None)


def test_a_chain_cut_short_or_made_anew_is_noticed_by_where_it_ended(
    store: Store, now: datetime
) -> None:
    note(store, now, 5)
    audit_chain.check(store_id=store.id, now=now)
    first = entry(store, 1)
    by_force("DELETE FROM accounting_audit WHERE number > 1")
    by_force("UPDATE accounting_auditchain SET number = 1, sha256 = %s", first.sha256)

    cut = audit_chain.check(store_id=store.id, now=now)
    note(store, now, 5)
    anew = audit_chain.check(store_id=store.id, now=now)

    assert cut == Broken(number=2, why=Why.END)
    assert anew == Broken(number=5, why=Why.END)


def test_a_pass_goes_on_in_slices_and_begins_again(
    store: Store, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_chain, "AT_ONCE", 2)
    note(store, now, 5)
    later = now + timedelta(days=1)

    assert audit_chain.check(store_id=store.id, now=now, most=3) is None
    halfway = AuditChain.objects.get()
    assert audit_chain.check(store_id=store.id, now=later, most=3) is None
    through = AuditChain.objects.get()

    assert (halfway.checked_number, halfway.whole_at) == (3, None)
    assert (through.checked_number, through.whole_number, through.whole_at) == (0, 5, later)


def test_a_broken_chain_stays_broken_until_a_whole_pass_finds_it_right(
    store: Store, now: datetime
) -> None:
    note(store, now, 3)
    by_force("UPDATE accounting_audit SET who = 'staff 99' WHERE number = 1")
    audit_chain.check(store_id=store.id, now=now)

    again = audit_chain.check(store_id=store.id, now=now, most=1)
    by_force("UPDATE accounting_audit SET who = 'staff 0' WHERE number = 1")
    audit_chain.check(store_id=store.id, now=now, most=1)
    first = AuditChain.objects.get().broken_number
    audit_chain.check_whole(store_id=store.id, now=now)

    assert again == Broken(number=1, why=Why.CONTENT)
    assert first == 1
    assert AuditChain.objects.get().broken_number is None


def test_the_daily_slice_logs_what_is_broken_and_no_name(
    store: Store, other: Store, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    note(store, now, 2)
    note(other, now, 2)
    by_force("UPDATE accounting_audit SET who = 'Ali' WHERE number = 2 AND store_id = %s", other.id)

    with caplog.at_level(logging.ERROR):
        assert audit_chain.check_slices(now=now) == 1

    assert f"store {other.id}: entry 2 is not as noted (content)" in caplog.text
    assert "Ali" not in caplog.text


def test_the_command_names_the_first_broken_link(store: Store, now: datetime) -> None:
    note(store, now, 3)
    sound, broken = StringIO(), StringIO()

    call_command("check_audit", store=store.name, stdout=sound)
    by_force("DELETE FROM accounting_audit WHERE number = 2")
    with pytest.raises(CommandError, match="Broken") as refused:
        call_command("check_audit", stdout=broken)

    assert sound.getvalue() == f"{store.name}: 3 entries, unbroken.\n"
    assert broken.getvalue() == f"{store.name}: entry 2 is broken: it is missing.\n"
    assert refused.value.returncode == 1


def test_the_command_knows_no_store_without_entries(db: None) -> None:
    with pytest.raises(CommandError, match="Nothing was noted"):
        call_command("check_audit", store="nobody.myshopify.com")


def statements(act: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        act()
    return len(captured.captured_queries)


def test_a_note_is_one_statement_of_ours(store: Store, now: datetime) -> None:
    assert statements(lambda: audit.note(store.id, "staff 1", "books paused", now)) == 1


@pytest.mark.django_db(transaction=True)
def test_very_many_notes_of_one_transaction_are_chained_in_one_go(now: datetime) -> None:
    stores = [make_store(make_book(now), f"kedai-{each}.test") for each in range(2)]
    moves: list[int] = []

    with transaction.atomic():
        for number in range(2000):
            audit.note(stores[number % 2].id, "staff 1", "order planned again", now, order=number)

    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM accounting_auditchain ORDER BY store_id")
        moves = [row[0] for row in cursor.fetchall()]
    orders = (
        Audit.objects.filter(store=stores[0]).order_by("number").values_list("detail", flat=True)
    )
    assert moves == [1000, 1000]
    assert [each["order"] for each in orders] == list(range(0, 2000, 2))
    assert [audit_chain.check(store_id=store.id, now=now) for store in stores] == [None, None]


@pytest.mark.django_db(transaction=True)
def test_the_log_tells_what_was_decided_once_it_was_and_nothing_of_the_detail(
    now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "accounting.audit")
    store = make_store(make_book(now))

    audit.note(store.id, "staff 17", "document skipped", now, reason="Mei asked for it")
    with transaction.atomic():
        audit.note(store.id, "staff 17", "books paused", now)
        transaction.set_rollback(True)

    assert [record.getMessage() for record in caplog.records] == [
        f"store {store.id}: document skipped"
    ]
