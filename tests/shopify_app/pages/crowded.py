"""A shop with hundreds of thousands of orders, written by the database itself: of every order an
invoice, a payment and a knock-off, of a third a credit note; each twentieth is held, some documents
are refused and some differ in the books, in a year of days."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from accounting.models import BookCheck, Order, Store

FIRST_ID = 10_000_000  # Shopify's, above those of other tests
ORDERS = """
    INSERT INTO accounting_order (store_id, order_id, name, state, note, problems, flags, stem,
        pinned, facts_at, planned_at, held_since)
    SELECT %(store)s, %(first_id)s + n, '#' || n, CASE WHEN n %% 20 = 0 THEN 'held' ELSE 'planned'
        END, '', CASE WHEN n %% 20 = 0 THEN jsonb_build_array(jsonb_build_object(
            'code', 'UNMAPPED_ITEM', 'subject', 'SKU-' || n %% 5000, 'message', 'Map it.',
            'terms', '[]'::jsonb)) ELSE '[]' END,
        '[]', n::text, '{}', at, at, CASE WHEN n %% 20 = 0 THEN at END
    FROM (SELECT n, %(at)s::timestamptz + n * %(step)s::interval AS at
          FROM generate_series(1, %(count)s) n) AS made
"""
DOCUMENTS = """
    INSERT INTO accounting_document (store_id, book_id, order_id, kind, role, source_id, source,
        target, number, date, currency, total, payload, payload_sha256, facts_sha256, rules_sha256,
        schema, state, message, ready_at, attempts, look_ups, fence, posted_at, receipt, created_at)
    SELECT %(store)s, %(book)s, o.id, kind, role, order_id, '', role, role || '-' || stem,
        (facts_at AT TIME ZONE 'Asia/Kuala_Lumpur')::date, 'MYR', 107.2, '{}', '', '', '', 1,
        CASE WHEN o.id %% 200 = 1 THEN 'rejected' WHEN o.id %% 100 = 3 THEN 'queued'
            ELSE 'posted' END,
        CASE WHEN o.id %% 200 = 1 THEN 'No such account' ELSE '' END, facts_at, 1, 0, 0,
        facts_at, '{"total": "107.20"}', facts_at
    FROM accounting_order o, (VALUES ('invoice', 'IV'), ('payment', 'OR'), ('allocation', 'KO'),
        ('credit_note', 'CN')) AS kinds (kind, role)
    WHERE store_id = %(store)s AND order_id > %(first_id)s
        AND (kind <> 'credit_note' OR order_id %% 3 = 0)
    ORDER BY o.id
"""
DIFFERENCES = """
    INSERT INTO accounting_tiedifference (store_id, order_id, date, view, name, rate, currency,
        side, reason, wrong, amount, number, detail)
    SELECT store_id, order_id, date, 'sales', '', '', currency, 'books', CASE state
        WHEN 'rejected' THEN 'refused' WHEN 'queued' THEN 'not_sent' ELSE 'books_changed' END,
        state = 'posted', -total, number, ''
    FROM accounting_document
    WHERE store_id = %(store)s AND source_id > %(first_id)s AND kind = 'invoice'
        AND (state <> 'posted' OR order_id %% 100 = 7)
"""
DAYS = """
    INSERT INTO accounting_tieday (store_id, date, view, rate, name, currency, shopify, documents,
        books, documents_explained, documents_wrong, books_explained, books_wrong, explained,
        wrong, count)
    SELECT %(store)s, date, view, rate, name, currency, sum(total), sum(total), sum(total),
        0, 0, 0, 0, CASE WHEN view = 'sales' THEN 3 ELSE 0 END, 0,
        CASE WHEN view = 'kinds' THEN count(*) ELSE 0 END
    FROM accounting_document d, LATERAL (VALUES
        ('kinds', kind, ''),
        (CASE WHEN kind = 'payment' THEN 'money' ELSE 'sales' END,
            CASE WHEN kind = 'payment' THEN 'gateway ' || d.order_id %% 8 ELSE '' END, ''),
        (CASE WHEN kind = 'payment' THEN '' ELSE 'tax' END, 'SV-8', '8')
    ) AS views (view, name, rate)
    WHERE store_id = %(store)s AND source_id > %(first_id)s AND kind <> 'allocation' AND view <> ''
    GROUP BY date, view, rate, name, currency
    ON CONFLICT DO NOTHING
"""
DIFFER = """
    INSERT INTO accounting_bookdifference (store_id, book_id, check_run_id, document_id, code,
        aspect, kind, number, other, books, here, found_at)
    SELECT store_id, book_id, %(check)s, id, 'changed', 'total', kind, number, '', '1.00', '107.20',
        created_at
    FROM accounting_document
    WHERE store_id = %(store)s AND source_id > %(first_id)s AND kind = 'payment' AND id %% 100 = 9
"""
TRAIL = """
    INSERT INTO accounting_audit (store_id, at, who, action, detail)
    SELECT %(store)s, %(at)s::timestamptz + n * interval '1 minute', 'staff ' || n %% 5,
        'orders planned again', '{"orders": 1}'
    FROM generate_series(%(begin)s, %(begin)s + 499) n
"""


def crowd(store: Store, orders: int, *, first: date) -> None:
    """So many orders of one year, whose days and trail are as the product itself writes them."""
    assert store.book_id is not None
    check = BookCheck.objects.filter(store=store).order_by("id").first()
    assert check is not None
    begin = datetime.combine(first, datetime.min.time(), tzinfo=None)
    values: dict[str, Any] = {
        "store": store.pk,
        "book": store.book_id,
        "check": check.pk,
        "first_id": FIRST_ID,
        "count": orders,
        "at": f"{begin:%Y-%m-%d} 00:00+08",
        "step": timedelta(days=320) / orders,
    }
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # what is right needs no check
        for sql in (ORDERS, DOCUMENTS, DIFFERENCES, DAYS, DIFFER):
            cursor.execute(sql, values)
        cursor.execute("SET session_replication_role = origin")
        for part in range(min(orders // 500, 100)):
            cursor.execute(TRAIL, values | {"begin": part * 500})
    assert Order.objects.filter(store=store).count() > orders
