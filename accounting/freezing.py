"""Entries frozen into rows of the outbox, each under its key.

Whoever plans an order holds its lock: `posting` for what the order's facts ask for, `reversal` for
what takes it back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from accounting import codec, outbox
from accounting.documents.allocations import in_sending_order
from accounting.documents.document import Allocation, Entry, Key, dump, load
from accounting.documents.rules import Rules
from accounting.facts import Facts
from accounting.models import Document, Order


def seals(facts: Facts, rules: Rules) -> dict[str, str]:
    """What documents of this moment rest on."""
    return {"facts_sha256": codec.sha256(facts), "rules_sha256": codec.sha256(rules)}


def possible(entries: Sequence[Entry], known: Sequence[Document]) -> list[Entry]:
    """Without knock-offs of what a person skipped: under that number the books hold nothing."""
    skipped = {row.number for row in known if row.state == Document.State.SKIPPED}
    return [
        entry
        for entry in entries
        if not (isinstance(entry, Allocation) and skipped & {entry.source, entry.target})
    ]


def queue(
    order: Order,
    entries: Sequence[Entry],
    seals: dict[str, str],
    reopened: Sequence[Document],
    now: datetime,
) -> list[Document]:
    """Put the entries into the outbox. Returns the reopened documents that no entry renews."""
    old = {key_of(load(row.payload).key): row for row in reopened}
    place = {key: old[key].id for key in old}
    fresh = []
    for entry in in_sending_order(entries, lambda entry: place.get(key_of(entry.key))):
        document = _row(order, entry, seals, now)
        if row := old.pop(key_of(entry.key), None):
            outbox.replace_payload(row, document, now=now)
        else:
            fresh.append(document)
    if fresh:
        outbox.enqueue(fresh, now=now)
    else:
        outbox.advance(order.id, now=now)
    return list(old.values())


def key_of(key: Key) -> tuple[str, int, str, str]:
    return (key.role.value, key.source_id, key.source, key.target)


def _row(order: Order, entry: Entry, seals: dict[str, str], now: datetime) -> Document:
    role, source_id, source, target = key_of(entry.key)
    payload = dump(entry)
    return Document(
        store_id=order.store_id,
        book=order.store.book,
        order=order,
        kind=entry.kind.value,
        role=role,
        source_id=source_id,
        source=source,
        target=target,
        number=entry.number,
        date=entry.date,
        currency=entry.currency,
        total=entry.total,
        payload=payload,
        payload_sha256=codec.sha256(payload),
        ready_at=now,
        created_at=now,
        **seals,
    )
