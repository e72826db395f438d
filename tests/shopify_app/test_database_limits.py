"""Nothing waits for the database for ever."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
from django.db import OperationalError, connection, transaction

from accounting import posting
from accounting.models import Book
from tests.accounting.races import on_own_connection
from tests.books import make_book

ROOT = Path(__file__).parent.parent.parent
NAMES = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")


def test_statements_waits_and_idle_transactions_are_limited(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, setting::int FROM pg_settings WHERE name = ANY(%s)", [[*NAMES]]
        )
        milliseconds = dict(cursor.fetchall())

    assert set(milliseconds) == set(NAMES)
    assert min(milliseconds.values()) > 0


@pytest.mark.django_db(transaction=True)
def test_a_wait_for_a_lock_ends_and_is_the_databases_trouble(now: datetime) -> None:
    book = make_book(now)

    def waits() -> Exception | None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '50ms'")
        try:
            Book.objects.filter(id=book.id).update(name="Other")
        except OperationalError as error:
            return error
        return None

    with transaction.atomic(), ThreadPoolExecutor(1) as pool:
        Book.objects.select_for_update().get(id=book.id)
        error = pool.submit(on_own_connection(waits)).result(20)

    assert error is not None
    assert posting.database_failed(error)
    assert Book.objects.get().name == "Kedai"


@pytest.mark.parametrize("file", ["Procfile", "compose.yaml"])
def test_an_upgrade_waits_for_no_lock_that_others_would_wait_behind(file: str) -> None:
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()

    upgrades = [line for line in lines if "manage.py migrate" in line]

    assert upgrades
    for line in upgrades:
        assert "LEJAR_LOCK_SECONDS=5 LEJAR_STATEMENT_SECONDS=0 python" in line
