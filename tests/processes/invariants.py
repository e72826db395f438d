"""What the demo's own checks of the books do not count: E3, E5, E7 to E10 (engine, section 4).

Each function returns sentences with the figures in them; no sentence means that it holds.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import psycopg

from shopify_app.demo.checks import Seen
from shopify_app.demo.expected import Expected

STORED = "SELECT shop_domain, webhook_id FROM shopify_app_delivery"
NOT_READ = "SELECT count(*) FROM shopify_app_delivery WHERE state NOT IN ('done', 'failed')"
# A call is begun under the newest fence of its book, or it is a zombie's.
OLD_FENCES = """
    SELECT count(*) FROM (
        SELECT attempt.fence, max(attempt.fence) OVER (
            PARTITION BY document.book_id ORDER BY attempt.id
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS newest
        FROM accounting_attempt attempt
        JOIN accounting_document document ON document.id = attempt.document_id
    ) begun WHERE fence < newest
"""
MOST_ATTEMPTS = "SELECT coalesce(max(attempts), 0) FROM accounting_document"
OPEN_ATTEMPTS = "SELECT count(*) FROM accounting_attempt WHERE finished_at IS NULL"
LEASES = "SELECT count(*) FROM accounting_book WHERE leased_until > now() + interval '5 minutes'"
UNTOLD = """
    SELECT count(*) FROM accounting_fact fact WHERE NOT EXISTS (
        SELECT FROM shopify_app_delivery WHERE 'delivery ' || id = fact.told_by
    ) AND fact.told_by LIKE 'delivery %%'
"""
NO_TRAIL = """
    SELECT count(*) FROM accounting_document document
    WHERE state = 'posted' AND (
        receipt IS NULL OR facts_sha256 = '' OR rules_sha256 = '' OR EXISTS (
            SELECT FROM accounting_attempt attempt
            WHERE attempt.document_id = document.id
            AND attempt.payload_sha256 <> document.payload_sha256
        )
    )
"""
PERSONAL = ("@customer.test", "lb_live_", "shpat_", "shprt_")  # in no log


def of_tables(
    database: str, answered: Collection[tuple[str, str]], most_attempts: int
) -> list[str]:
    """E5, E7, E9 and E10. `answered` are shop and webhook id of what was answered with 200."""
    with psycopg.connect(database) as connection:

        def rows(query: str) -> list[Any]:
            return connection.execute(query.encode()).fetchall()

        def count(query: str) -> int:
            return int(rows(query)[0][0])

        lost = set(answered) - {(shop, webhook) for shop, webhook in rows(STORED)}
        attempts = count(MOST_ATTEMPTS)
        return [
            *told(len(lost), "deliveries were answered with 200 and are not stored"),
            *told(count(NOT_READ), "stored deliveries were never read"),
            *told(count(OLD_FENCES), "calls were begun under an old fence"),
            *told(attempts > most_attempts, f"A document was sent {attempts} times:"),
            *told(count(LEASES), "leases would never end"),
            *told(count(UNTOLD), "facts name a delivery that is not there"),
            *told(count(NO_TRAIL), "posted documents have no whole trail"),
        ]


def cut_off(database: str) -> int:
    """Calls of which nobody knows how they ended: their worker was killed."""
    with psycopg.connect(database) as connection:
        row = connection.execute(OPEN_ATTEMPTS).fetchone()
        assert row is not None
        return int(row[0])


def of_logs(logs: str) -> list[str]:
    """E4 and E8: neither what opens a book or a shop, nor who bought."""
    return [f"{found} stands in a log" for found in PERSONAL if found in logs]


def of_order(seen: Seen, expected: Expected) -> list[str]:
    """E3: nothing of an order is in the books before its invoice, no money goes back before money
    came."""
    wrong: list[str] = []
    for order in expected.orders:
        kinds = [document["kind"] for document in seen.of(order)]
        wrong += told(bool(kinds) and kinds[0] != "invoice", f"{order.name} begins with {kinds}:")
        back_first = "refund" in kinds and "payment" not in kinds[: kinds.index("refund")]
        wrong += told(back_first, f"{order.name} is refunded before it is paid:")
    return wrong


def told(count: int, what: str) -> Sequence[str]:
    return [f"{int(count)} {what}" if not what.endswith(":") else what[:-1]] if count else []
