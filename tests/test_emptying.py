"""After a test that commits nothing is left, few rows or many."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from accounting import audit
from accounting.models import Audit, Order, Store
from tests import emptying

pytestmark = pytest.mark.django_db(transaction=True)


def left() -> int:
    return Store.objects.count() + Order.objects.count() + Audit.objects.count()


@pytest.mark.parametrize("few", [0, emptying.FEW], ids=["with its file", "row by row"])
def test_nothing_is_left_whatever_points_at_it_or_may_not_be_deleted(
    few: int, now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(emptying, "FEW", few)
    store = Store.objects.create(name="kedai")
    Order.objects.create(store=store, order_id=1, facts_at=now)
    audit.note(store.id, "staff 1", "books paused", now)
    before = left()

    call_command("flush", verbosity=0, interactive=False, reset_sequences=False)

    assert (before, left()) == (3, 0)


def test_tables_guard_their_rows_again_afterwards(now: Any) -> None:
    call_command("flush", verbosity=0, interactive=False, reset_sequences=False)

    with connection.cursor() as cursor:
        cursor.execute("SHOW session_replication_role")
        assert cursor.fetchone() == ("origin",)
