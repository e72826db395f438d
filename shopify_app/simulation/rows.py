"""What the product's own tables say of a world, in as few statements as can be."""

from __future__ import annotations

import re
import zlib
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql

from accounting import outbox
from accounting.documents.document import Kind
from shopify_app.simulation.invariants import Skipped

STORED = "SELECT shop_domain, webhook_id FROM shopify_app_delivery"
HELD = """
    SELECT store.name, waiting.name, waiting.problems FROM accounting_order waiting
    JOIN accounting_store store ON store.id = waiting.store_id WHERE waiting.state = 'held'
"""
OUTBOX = """
    SELECT store.name, planned.stem, document.kind, document.number
    FROM accounting_document document
    JOIN accounting_order planned ON planned.id = document.order_id
    JOIN accounting_store store ON store.id = document.store_id
    WHERE document.state <> 'skipped' ORDER BY document.id
"""
# By people: an erasure may have taken away why.
SKIPPED = """
    SELECT store.name, document.kind, document.number, document.total
    FROM accounting_document document JOIN accounting_store store ON store.id = document.store_id
    WHERE document.state = 'skipped' AND document.message <> %s AND document.kind IN
        ('invoice', 'debit_note', 'refund', 'payment', 'credit_note', 'allocation')
"""
ATTEMPTS = """
    SELECT document.number, COUNT(*) FROM accounting_attempt attempt
    JOIN accounting_document document ON document.id = attempt.document_id
    GROUP BY document.id, document.number
"""
# The writes of a document within an hour, as far as the clock of the database tells.
AN_HOUR = """
    SELECT document.number, MAX(within.count) FROM accounting_document document
    JOIN LATERAL (
        SELECT (SELECT COUNT(*) FROM accounting_attempt before
            WHERE before.document_id = later.document_id AND before.call = 'post'
            AND before.started_at > later.started_at - INTERVAL '1 hour'
            AND before.started_at <= later.started_at) AS count
        FROM accounting_attempt later
        WHERE later.document_id = document.id AND later.call = 'post'
    ) within ON TRUE GROUP BY document.id, document.number
"""
# E10: posted, and the way it came cannot be told.
NO_TRAIL = """
    SELECT document.number FROM accounting_document document
    WHERE document.state = 'posted' AND (
        document.receipt IS NULL OR document.rules_sha256 = '' OR document.payload_sha256 = ''
        OR NOT EXISTS (SELECT FROM accounting_fact fact WHERE fact.order_id = document.order_id
            AND fact.told_by <> '')
        OR EXISTS (SELECT FROM accounting_attempt attempt WHERE attempt.document_id = document.id
            AND attempt.outcome = 'accepted'
            AND attempt.payload_sha256 <> document.payload_sha256)
    ) ORDER BY document.id
"""
# E5: stopped for a person, though all that ever went wrong with it was the book's trouble.
COSTLY = """
    SELECT document.number FROM accounting_document document
    WHERE document.state = 'rejected'
    AND EXISTS (SELECT FROM accounting_attempt attempt WHERE attempt.document_id = document.id)
    AND NOT EXISTS (SELECT FROM accounting_attempt attempt WHERE attempt.document_id = document.id
        AND attempt.outcome NOT IN ('unavailable', 'misconfigured'))
    ORDER BY document.id
"""
TIES = "tie-outs to count"
# What still has to happen by itself; a store that does not send waits for its shop.
UNDONE = {
    "deliveries to understand": "SELECT 1 FROM shopify_app_delivery WHERE state = 'new'",
    "orders to plan": "SELECT 1 FROM accounting_order WHERE plan_at IS NOT NULL",
    "orders to read": """SELECT 1 FROM accounting_order waiting
        JOIN shopify_app_shop shop USING (store_id) WHERE waiting.refetch_ready_at IS NOT NULL
        AND shop.state IN ('active', 'unavailable')""",
    "documents to send": """SELECT 1 FROM accounting_document document
        JOIN accounting_store store ON store.id = document.store_id
        WHERE document.state IN ('queued', 'unknown', 'sending') AND store.sending
        AND store.paused_reason = ''""",
    "documents behind nothing": """SELECT 1 FROM accounting_document document
        JOIN accounting_store store ON store.id = document.store_id
        WHERE document.state = 'waiting' AND store.sending AND store.paused_reason = ''
        AND NOT EXISTS (SELECT FROM accounting_document ahead
            WHERE ahead.order_id = document.order_id AND ahead.id < document.id
            AND ahead.state NOT IN ('posted', 'skipped'))""",
    "documents for a person": """SELECT 1 FROM accounting_document document
        JOIN accounting_store store ON store.id = document.store_id
        WHERE document.state IN ('rejected', 'conflict') AND store.sending""",
    "books to put right": """SELECT 1 FROM accounting_book book
        JOIN accounting_store store ON store.book_id = book.id
        JOIN shopify_app_shop shop ON shop.store_id = store.id
        WHERE book.state <> 'active' AND shop.state IN ('active', 'unavailable')""",
    TIES: "SELECT 1 FROM accounting_tiedue",
    "personal data to erase": """SELECT 1 FROM shopify_app_privacyrequest
        WHERE state IN ('new', 'failed')""",
}
ANY_UNDONE = "SELECT " + ", ".join(f"EXISTS ({sql})" for sql in UNDONE.values())
# Every shop that is here has been swept, up to a time after which nothing happened any more.
UNSWEPT = """
    SELECT COUNT(*) FROM shopify_app_shop shop
    WHERE shop.state IN ('active', 'unavailable') AND NOT EXISTS (
        SELECT FROM shopify_app_reconciliation sweep
        WHERE sweep.shop_id = shop.id AND sweep.state = 'finished' AND sweep.until >= %s)
"""


STORES = """
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'store_id' AND NOT a.attisdropped
    WHERE c.relkind = 'r' AND n.nspname = 'public' ORDER BY c.relname
"""
TOLD = """SELECT EXISTS (SELECT FROM {} kept JOIN accounting_store store ON store.id = kept.store_id
    WHERE store.name = {} AND kept::text ~ {})"""
TEXTS = """
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname = 'public' ORDER BY c.relname
"""
FOUND = "SELECT EXISTS (SELECT FROM {} kept WHERE kept::text ~ {})"
BODIES = "SELECT webhook_id, body FROM shopify_app_delivery WHERE length(body) > 0"


class Rows:
    """Reads the tables through a connection of its own, at a moment when nobody runs."""

    def __init__(self, monitor: psycopg.Connection[Any]) -> None:
        self._monitor = monitor

    def undone(self) -> list[str]:
        row = self._one(ANY_UNDONE)
        return [what for what, is_left in zip(UNDONE, row, strict=True) if is_left]

    def unswept(self, since: datetime) -> int:
        return int(self._one(UNSWEPT, since)[0])

    def stored(self) -> set[tuple[str, str]]:
        return {(domain, webhook) for domain, webhook in self._all(STORED)}

    def held(self) -> dict[str, dict[str, list[object]]]:
        """Problems by shop and the order's name."""
        found: dict[str, dict[str, list[object]]] = {}
        for shop, name, problems in self._all(HELD):
            found.setdefault(shop, {})[name] = [one.get("code") for one in problems]
        return found

    def outbox(self) -> dict[str, list[tuple[str, str]]]:
        """Kind and number of the documents of each order, in the order they are to be sent."""
        found: dict[str, list[tuple[str, str]]] = {}
        for shop, stem, kind, number in self._all(OUTBOX):
            found.setdefault(f"{shop} {stem}", []).append((kind, number))
        return found

    def skipped(self) -> dict[str, list[Skipped]]:
        """What people left out, by shop."""
        found: dict[str, list[Skipped]] = {}
        for shop, *rest in self._monitor.execute(SKIPPED, [outbox.NOT_NEEDED]).fetchall():
            found.setdefault(shop, []).append((Kind(rest[0]), rest[1], rest[2]))
        return found

    def attempts(self) -> dict[str, int]:
        return dict(self._all(ATTEMPTS))

    def an_hour(self) -> dict[str, int]:
        """The most writes of each document within an hour."""
        return dict(self._all(AN_HOUR))

    def rows(self) -> dict[str, int]:
        """How many rows each table has."""
        found = {}
        for (table,) in self._all(TEXTS):
            count = sql.SQL("SELECT COUNT(*) FROM {}").format(sql.Identifier(table))
            found[table] = int(self._one(count)[0])
        return found

    def told_of_others(self, words: Mapping[str, Collection[str]]) -> Iterator[str]:
        """E4: what is kept for one shop, attempts and their answers among it, names nobody who
        bought from another. `words` are the personal ones of each shop's buyers, by its domain."""
        for domain in words:
            others = [w for other, theirs in words.items() if other != domain for w in theirs]
            for (table,) in self._all(STORES) if others else ():
                pattern = sql.Literal("|".join(re.escape(word) for word in sorted(others)))
                parts = sql.Identifier(table), sql.Literal(domain), pattern
                if self._one(sql.SQL(TOLD).format(*parts))[0]:
                    yield f"E4: {table} of {domain} names a buyer of another shop"

    def without_trail(self) -> list[str]:
        return [
            f"E10: {number} is posted, and how is not known" for (number,) in self._all(NO_TRAIL)
        ]

    def stopped_for_nothing(self) -> list[str]:
        return [
            f"E5: {number} waits for a person, and only the books were in trouble"
            for (number,) in self._all(COSTLY)
        ]

    def still_there(self, words: Collection[str]) -> list[str]:
        """E8: where personal words that were erased still stand. Sealed columns cannot be read."""
        if not words:
            return []
        pattern = sql.Literal("|".join(re.escape(word) for word in sorted(words)))
        found = [
            f"E8: {table} still has a buyer who was erased"
            for (table,) in self._all(TEXTS)
            if self._one(sql.SQL(FOUND).format(sql.Identifier(table), pattern))[0]
        ]
        for webhook, body in self._all(BODIES):
            told = zlib.decompress(body).decode(errors="replace")
            if any(word in told for word in words):
                found.append(f"E8: the body of {webhook} still has a buyer who was erased")
        return found

    def _one(self, text: str | sql.Composed, *values: object) -> tuple[Any, ...]:
        return self._monitor.execute(text, values or None).fetchone() or ()

    def _all(self, text: str) -> Iterator[tuple[Any, ...]]:
        return iter(self._monitor.execute(text).fetchall())
