"""The queue stays quick when it is long."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection, transaction

from accounting import outbox, posting
from accounting.models import Order
from tests.books import Clock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("timing")]


FILL = """
    INSERT INTO accounting_book (name, system, way, home_currency, sealed_credentials, state,
        state_reason, fingerprint, found, settings, findings, ready_at, fence, trouble_count,
        trouble)
    SELECT 'b', 'sql_accounting', 'acctbridge', 'MYR', '', 'active', '', '', '', '{}', '[]',
        CASE WHEN n %% 5 = 0 THEN %(now)s::timestamptz END, 0, 0, ''
    FROM generate_series(1, 2000) n;
    INSERT INTO accounting_order (store_id, order_id, name, state, note, problems, flags, stem,
        pinned, facts_at, plan_at, plan_early)
    SELECT %(store)s, n, '', 'planned', '', '[]', '[]', '', '{}', %(now)s,
        CASE WHEN n %% 50 = 0 THEN %(now)s::timestamptz
             WHEN n %% 50 = 1 THEN %(now)s::timestamptz + n * interval '1 second' END, n %% 50 = 1
    FROM generate_series(10001, 30000) n;
    INSERT INTO accounting_document (store_id, book_id, order_id, kind, role, source_id, source,
        target, number, date, currency, total, payload, payload_sha256, facts_sha256, rules_sha256,
        schema, state, message, ready_at, attempts, look_ups, fence, posted_at, receipt, created_at)
    SELECT %(store)s, %(book)s, id, 'invoice', 'IV', copy, order_id, '', order_id || '-' || copy,
        '2026-11-20', 'MYR', 1, '{}', '', '', '', 1,
        CASE WHEN copy = 1 OR id %% 10 > 0 THEN 'posted' ELSE 'queued' END, '', %(now)s, 0, 0, 0,
        %(now)s, '{}', %(now)s
    FROM accounting_order, generate_series(1, 2) copy WHERE order_id > 10000;
    ANALYZE accounting_book, accounting_order, accounting_document;
"""


class Explain:
    """Collects the plan of every statement that names a table of interest."""

    def __init__(self) -> None:
        self.plans: list[str] = []

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip().startswith(("SELECT", "UPDATE")):
            with connection.connection.cursor() as cursor:
                cursor.execute("EXPLAIN " + sql, params)
                self.plans.append("\n".join(row[0] for row in cursor.fetchall()))
        return execute(sql, params, many, context)


def test_every_step_of_the_queue_is_answered_from_its_partial_index(
    order: Order, clock: Clock
) -> None:
    here: dict[str, Any] = {"now": clock(), "store": order.store_id, "book": order.store.book_id}
    with connection.cursor() as cursor:
        cursor.execute(FILL, here)
    some = Order.objects.filter(plan_at=None, order_id__gt=20000).first()
    assert some is not None

    explain = Explain()
    with connection.execute_wrapper(explain), transaction.atomic():
        held = outbox.claim(now=clock())
        assert held is not None
        outbox.next_due(held, now=clock())
        outbox.advance(some.id, now=clock())
        outbox.release(held, now=clock())
        posting._plan_next(clock())
        Order.objects.filter(plan_at__lte=clock()).update(plan_at=None)
        posting._plan_next(clock())  # those in line
        outbox.wake_forgotten(now=clock())

    used = "\n".join(explain.plans)
    for index in ("book_ready", "document_due", "document_sending", "document_unfinished"):
        assert index in used
    assert "order_to_plan " in used
    assert "order_to_plan_early " in used
    for table in ("document", "order"):
        assert f"Seq Scan on accounting_{table}" not in used
    assert not re.search(r"Sort Key:.*(ready_at|plan_at)", used)
