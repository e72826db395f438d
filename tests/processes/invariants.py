"""What the demo's own checks of the books do not count: E3, E4, and E6 to E10 (engine, section 4).

Each function returns sentences with the figures in them; no sentence means that it holds. Where it
can be, a promise is judged by something that is not Lejar's own: the books' journal, the calls that
the proxy carried, the logs, the system's figures of a process, PostgreSQL's log.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from shopify_app.demo.checks import Row, Seen
from shopify_app.demo.expected import Expected
from shopify_app.demo.figures import ZERO
from tests.processes.proxy import Call

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
BEGUN = "SELECT count(*) FROM accounting_attempt"
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
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
POSTED = "SELECT number FROM accounting_document WHERE state = 'posted'"
PERSONAL = ("@customer.test", "lb_live_", "shpat_", "shprt_")  # in no log
ROWS = 4_000  # of all tables after a schedule, and as many as one that goes on has room for
MEGABYTES = 200  # of one process


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
    return _count(database, OPEN_ATTEMPTS)


def sizes(database: str) -> Mapping[str, int]:
    """Rows of each table."""
    with psycopg.connect(database) as connection:
        names = [name for (name,) in connection.execute(TABLES).fetchall()]
        counted = {}
        for name in names:
            query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))
            row = connection.execute(query).fetchone()
            assert row is not None
            counted[name] = int(row[0])
        return counted


def of_sizes(rows: Mapping[str, int], megabytes: Mapping[str, int]) -> list[str]:
    """E9: tables, and the memory that the system saw the processes use."""
    largest = max(rows, key=lambda name: rows[name], default="")
    total = sum(rows.values())
    wrong = told(total > ROWS, f"{total} rows, most of them in {largest}:")
    for name, most in megabytes.items():
        wrong += told(most > MEGABYTES, f"The {name} used {most} MB:")
    return wrong


def of_calls(calls: Sequence[Call], begun: int) -> list[str]:
    """E6 and E10, as the proxy before the books saw it: one call to a book at a time, and no write
    that was not noted before; `begun` are the writes that Lejar noted."""
    writes = sum(call.writes for call in calls)
    return [
        *(f"{most} calls to one book ran side by side" for most in side_by_side(calls) if most > 1),
        *told(writes > begun, f"{writes} writes were sent, {begun} were noted:"),
    ]


def side_by_side(calls: Iterable[Call]) -> list[int]:
    """The most that were under way at one moment, for each book."""
    moments: defaultdict[str, list[tuple[float, int]]] = defaultdict(list)
    for call in calls:
        moments[call.key] += [(call.asked_at, 1), (call.over_at or call.asked_at, -1)]
    found = []
    for some in moments.values():
        now = most = 0
        for _, change in sorted(some):  # at the same moment one ends before another begins
            now += change
            most = max(most, now)
        found.append(most)
    return found


def begun(database: str) -> int:
    return _count(database, BEGUN)


def of_logs(logs: Iterable[Path], secrets: Collection[str] = ()) -> list[str]:
    """E4 and E8: neither what opens a book or a shop, nor who bought. Told without the secret."""
    wrong: list[str] = []
    for log in logs:
        text = log.read_text(errors="replace")
        wrong += [f"{found} stands in {log.name}" for found in PERSONAL if found in text]
        wrong += [f"a secret stands in {log.name}" for secret in secrets if secret in text]
    return wrong


def of_deadlocks(ended: Mapping[str, int], but: str) -> list[str]:
    """By PostgreSQL's own log; those of `but` are corrected by now."""
    return [
        f"PostgreSQL ended {count} deadlocks of {name or 'nobody'}"
        for name, count in ended.items()
        if name != but and count
    ]


def of_order(seen: Seen, expected: Expected) -> list[str]:
    """E3, in the order in which the books took the documents: nothing of an order comes before its
    invoice, no more is credited than was invoiced, no more is paid back than was paid."""
    wrong: list[str] = []
    for order in expected.orders:
        documents = seen.of(order)
        kinds = [document["kind"] for document in documents]
        wrong += told(bool(kinds) and kinds[0] != "invoice", f"{order.name} begins with {kinds}:")
        for less, more in (("credit_note", "invoice"), ("refund", "payment")):
            ahead = _is_ahead(documents, less, more)
            wrong += told(ahead, f"{order.name}: more {less} than {more} in between, {kinds}:")
    return wrong


def _is_ahead(documents: Sequence[Row], less: str, more: str) -> bool:
    totals: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    for document in documents:
        kind = "invoice" if document["kind"] == "debit_note" else document["kind"]
        totals[kind] += document["total"]
        if totals[less] > totals[more]:
            return True
    return False


def of_trail(database: str, seen: Iterable[Seen]) -> list[str]:
    """E10, asked the other way round: Lejar knows of every document that is in the books."""
    with psycopg.connect(database) as connection:
        posted = Counter(number.upper() for (number,) in connection.execute(POSTED).fetchall())
    live = Counter(document["number"].upper() for one in seen for document in one.live)
    return [
        f"{number} is in the books {count} times and posted {posted[number]} times"
        for number, count in sorted(live.items())
        if count > posted[number]
    ]


def _count(database: str, query: str) -> int:
    with psycopg.connect(database) as connection:
        row = connection.execute(query.encode()).fetchone()
        assert row is not None
        return int(row[0])


def told(count: int, what: str) -> list[str]:
    return [f"{int(count)} {what}" if not what.endswith(":") else what[:-1]] if count else []
