"""The debtor code of a customer of their own: allocated once, then kept (treatment section 6).

A code is the merchant's `debtor_prefix` (a convention of the ledger, like "300-") and as much of a
digest of the customer's Shopify id and the currency, in base 36, as fits ten characters: SQL
Account takes ten, AutoCount twelve. Should it belong to somebody else in these books already, the
number after it is tried, and so on. What was found is kept, so that no code ever depends on who
ordered first; a merchant may name a code for a customer before, or another one later.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import count

from django.db.models import Model

from accounting.documents.money import base36
from accounting.mapping_tables import CUSTOMERS, Errors, Invalid, Row, kept
from accounting.models import Debtor, DebtorCode, Store

LONGEST_CODE = 10
NO_BOOKS = "Connect the accounting system first: these are codes of its customers."
NOT_FREE = "This code stands for another customer already."


def candidates(prefix: str, own: str) -> Iterator[str]:
    """The codes a customer may get, first choice first: a pure function of the prefix and of what
    `Rules.debtors` knows them by, like "customer 123 MYR"."""
    width = LONGEST_CODE - len(prefix)
    first = int.from_bytes(hashlib.sha256(own.encode()).digest()[:8])
    for step in count():
        yield prefix + base36((first + step) % 36**width).rjust(width, "0")


def code_of(store: Store, own: str) -> str:
    """The customer's code in the books of the store, allocated now if there is none.

    Call it inside the transaction that plans the order. Two plans of one customer agree: the later
    one waits for the row of the first.
    """
    kind, source_id, currency = own.split()
    key = {"store": store, "book_id": store.book_id, "kind": kind, "source_id": int(source_id)}
    rows = DebtorCode.objects.filter(**key, currency=currency).values_list("code", flat=True)
    if known := rows.first():
        return known
    cash = set(Debtor.objects.filter(store__book=store.book_id).values_list("code", flat=True))
    free = (code for code in candidates(store.debtor_prefix, own) if code not in cash)
    while known is None:
        row = DebtorCode(**key, currency=currency, code=next(free))
        DebtorCode.objects.bulk_create([row], ignore_conflicts=True)
        known = rows.first()
    return known


def named(store: Store, rows: Sequence[Row]) -> list[DebtorCode]:
    """The merchant's own codes for customers, as they will be kept. Raises Invalid."""
    if store.book_id is None:
        raise Invalid({0: {"code": NO_BOOKS}})
    ready = [row for row in kept(CUSTOMERS, store.pk, rows) if isinstance(row, DebtorCode)]
    taken = _taken(store.book_id, ready)
    errors: Errors = {
        index: {"code": NOT_FREE}
        for index, row in enumerate(rows)
        if str(row["code"]).strip() in taken
    }
    if errors:
        raise Invalid(errors)
    for row in ready:
        row.book_id = store.book_id
    return ready


def wrong(store: Store, ready: Mapping[int, Model]) -> Errors:
    """What is wrong with these rows as a whole, by index: codes of other customers, no books."""
    if store.book_id is None:
        return {index: {"code": NO_BOOKS} for index in ready}
    rows = {index: row for index, row in ready.items() if isinstance(row, DebtorCode)}
    taken = _taken(store.book_id, list(rows.values()))
    return {index: {"code": NOT_FREE} for index, row in rows.items() if row.code in taken}


def of_the_books(store: Store, rows: Sequence[Model]) -> Sequence[Model]:
    """The rows, customers' ones as of the books that the store sells into."""
    for row in rows:
        if isinstance(row, DebtorCode) and store.book is not None:
            row.book = store.book
    return rows


def _taken(book_id: int, ready: Sequence[DebtorCode]) -> set[str]:
    """Codes that would stand for more than one customer of these books."""
    kept_rows = DebtorCode.objects.filter(book_id=book_id, code__in=[row.code for row in ready])
    owners: dict[str, set[tuple[object, ...]]] = defaultdict(set)
    for row in (*kept_rows, *ready):
        owners[row.code].add((row.store_id, row.kind, row.source_id, row.currency))
    return {code for code, customers in owners.items() if len(customers) > 1}
