"""Counts the tie-out: the figures of every order that was marked, and the days they add up to.

An order's rows are a function of its facts, its documents and what comparisons with the books
found, and are written as a whole (`tie`); days change by what the rows of their orders change. So
any order of counting, or counting twice, ends in the same figures. One store is counted by one
worker at a time.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from accounting import mapping_rules, outbox, pinning, posting, tie_due
from accounting.documents.document import ZERO, load
from accounting.documents.document import Document as Written
from accounting.documents.rules import Policy, TaxCode, TaxIdentity, canonical_rate
from accounting.facts import merge
from accounting.models import (
    BookDifference,
    Document,
    Fact,
    Order,
    Store,
    TaxMapping,
    TieDay,
    TieDifference,
    TieDue,
    TieFigure,
    TieRecount,
)
from accounting.tie.explained import BOOKS, RED, Gap, Standing, Tie, tie
from accounting.tie.stated import SALES, stated
from accounting.tie.written import Doubt, Row
from accounting.tie_lines import DOCUMENT_KINDS, KINDS

log = logging.getLogger(__name__)

BATCH = 50  # orders in one transaction
SLICE = 500  # orders marked at a time when all of a store are counted anew
TIE_LOCK = 0x54494521  # first key of the advisory lock; the second is the store
NOT_COUNTED = ("customer", "allocation")  # kinds that move no amount

Place = tuple[date, str, str, str, str]  # day, view, rate, name, currency


def count(*, most: int = 10 * BATCH) -> int:
    """Count marked orders, the longest waiting first, up to about `most`. Returns how many."""
    counted = 0
    while counted < most:
        done = _next()
        if not done:
            break
        counted += done
    return counted


def recount(*, store_id: int) -> None:
    """Forget all figures of the store, and count them anew in the background."""
    with transaction.atomic():
        _lock(store_id)
        for table in (TieFigure, TieDifference, TieDay):
            table._default_manager.filter(store=store_id).delete()
        TieRecount.objects.update_or_create(store_id=store_id, defaults={"cursor": 0})


def _next() -> int:
    """One batch of one store that nobody else is counting."""
    waiting = TieDue.objects.order_by("id").values_list("store_id", flat=True)
    for store_id in dict.fromkeys(waiting[:SLICE]):
        if done := _count_some(store_id):
            return done
    for store_id in TieRecount.objects.values_list("store_id", flat=True):
        if done := _mark_some(store_id):
            return done
    return 0


@transaction.atomic
def _mark_some(store_id: int) -> int:
    if not _try_lock(store_id):
        return 0
    row = TieRecount.objects.select_for_update().filter(store=store_id).first()
    if row is None:
        return 0
    orders = Order.objects.filter(store=store_id, id__gt=row.cursor).order_by("id")
    ids = list(orders.values_list("id", flat=True)[:SLICE])
    if not ids:
        row.delete()
        return 1
    tie_due.mark(ids)
    TieRecount.objects.filter(store=store_id).update(cursor=ids[-1])
    return 1


def _lock(store_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [TIE_LOCK, store_id])


def _try_lock(store_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [TIE_LOCK, store_id])
        return bool(cursor.fetchone()[0])


TAKE = """
    DELETE FROM accounting_tiedue WHERE id IN (
        SELECT due.id FROM accounting_tiedue due
        JOIN accounting_order held ON held.id = due.order_id
        WHERE due.store_id = %s ORDER BY due.id LIMIT %s
        FOR UPDATE OF due SKIP LOCKED FOR KEY SHARE OF held SKIP LOCKED
    ) RETURNING order_id
"""  # taken away first: what is marked while this one counts waits, and is counted again. Not of an
# order that is being planned: its planner waits to mark it, and the figures' foreign keys, which
# are looked at on commit, would wait for the planner.


@transaction.atomic
def _count_some(store_id: int) -> int:
    if not _try_lock(store_id):
        return 0
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [store_id, BATCH])
        ids = sorted(row[0] for row in cursor.fetchall())
    if ids:
        _write_safely(store_id, ids)
    return len(ids)


def _write_safely(store_id: int, ids: Sequence[int]) -> None:
    """All of them, or one by one, where one cannot be written: it keeps the figures that it had,
    and no other waits for it."""
    try:
        with transaction.atomic():
            _write(store_id, ids)
    except Exception as error:
        if posting.database_failed(error):
            raise
        if len(ids) == 1:
            log.exception("order %s of store %s could not be counted", ids[0], store_id)
            return
        for order_id in ids:
            _write_safely(store_id, [order_id])


# --- counting --------------------------------------------------------------------------------


@dataclass(slots=True)
class Batch:
    """What the orders of a batch are counted from, read in a constant number of statements."""

    store: Store
    policy: Policy
    taxes: dict[TaxIdentity, TaxCode]
    facts: dict[int, list[Fact]] = field(default_factory=lambda: defaultdict(list))
    documents: dict[int, list[Document]] = field(default_factory=lambda: defaultdict(list))
    doubts: dict[int, list[Doubt]] = field(default_factory=lambda: defaultdict(list))


def _write(store_id: int, ids: Sequence[int]) -> None:
    orders = list(Order.objects.filter(store=store_id, id__in=ids).order_by("id"))
    batch = _batch(store_id, ids)
    figures: list[TieFigure] = []
    differences: list[TieDifference] = []
    for order in orders:
        tied, currency = _tied(order, batch)
        figures += _figures(order, tied, currency)
        figures += _kinds(order, batch.documents[order.id])
        differences += _differences(order, tied, currency)
    days: dict[Place, dict[str, Any]] = defaultdict(lambda: defaultdict(int))
    old = TieFigure.objects.filter(store=store_id, order__in=ids)
    gone = TieDifference.objects.filter(store=store_id, order__in=ids)
    _add_up(days, old, gone, -1)
    _add_up(days, figures, differences, 1)
    old.delete()
    gone.delete()
    TieFigure.objects.bulk_create(figures)
    TieDifference.objects.bulk_create(differences)
    _change_days(store_id, days)


def _batch(store_id: int, ids: Sequence[int]) -> Batch:
    store = Store.objects.get(id=store_id)
    mapped = TaxMapping.objects.filter(store=store).order_by("title", "rate", "channel_liable")
    taxes = {
        (row.title, canonical_rate(row.rate), row.channel_liable): TaxCode(code=row.code)
        for row in mapped
    }
    batch = Batch(store=store, policy=mapping_rules.policy(store), taxes=taxes)
    for fact in Fact.objects.filter(store=store, order__in=ids):
        batch.facts[fact.order_id].append(fact)
    rows = Document.objects.filter(store=store, order__in=ids).exclude(kind__in=NOT_COUNTED)
    for row in rows.order_by("id"):
        batch.documents[row.order_id].append(row)
    found = BookDifference.objects.filter(
        store=store, resolved_at=None, document__order__in=ids
    ).exclude(code=BookDifference.Code.UNALLOCATED)
    for each in found.order_by("id"):
        doubt = Doubt(code=each.code, aspect=each.aspect, books=each.books)
        batch.doubts[each.document_id or 0].append(doubt)
    return batch


def _tied(order: Order, batch: Batch) -> tuple[Tie, str]:
    """The order's figures and their currency. One that we cannot count is wrong, not forgotten."""
    try:
        return _counted(order, batch)
    except (ArithmeticError, LookupError, TypeError, ValueError, AssertionError):
        log.exception("order %s of store %s could not be counted", order.id, order.store_id)
        day = order.facts_at.astimezone(ZoneInfo(batch.policy.time_zone)).date()
        gap = Gap(
            day=day,
            view=SALES,
            side="documents",
            reason="unexplained",
            amount=ZERO,
            detail="INTERNAL",
        )
        return Tie(gaps=(gap,)), batch.store.currency


def _counted(order: Order, batch: Batch) -> tuple[Tie, str]:
    if order.planned_at is None and order.plan_at is None and not batch.documents[order.id]:
        return Tie(), batch.store.currency  # only a dry run knows it
    policy = pinning.laid_over(batch.policy, order.pinned)
    facts = merge(said for row in batch.facts[order.id] for said in posting.said(row))
    said = stated(facts, policy, batch.taxes)
    rows = [
        _row(row, batch.doubts[row.id]) for row in batch.documents[order.id] if not _dropped(row)
    ]
    standing = Standing(
        state=order.state,
        note=order.note,
        problems=order.problems,
        cut_over=policy.cut_over,
    )
    currency = said.currency if said else batch.store.currency
    return tie(said, rows, standing), rows[0].document.currency if rows else currency


def _dropped(row: Document) -> bool:
    """Taken back by a later plan before it was written: it never was."""
    return outbox.was_dropped(row)


def _row(row: Document, doubts: Sequence[Doubt]) -> Row:
    entry = load(row.payload)
    assert isinstance(entry, Written)
    read = (row.receipt or {}).get("total")
    return Row(
        document=entry,
        state=row.state,
        held=None if read is None else Decimal(read),
        doubts=tuple(doubts),
    )


# --- writing ---------------------------------------------------------------------------------


def _figures(order: Order, tied: Tie, currency: str) -> list[TieFigure]:
    return [
        TieFigure(
            store_id=order.store_id,
            order=order,
            date=day,
            view=view,
            rate=rate,
            name=name[:100],
            currency=currency,
            shopify=cell.shopify,
            documents=cell.documents,
            books=cell.books,
        )
        for (day, view, rate, name), cell in sorted(tied.cells.items())
        if cell.shopify or cell.documents or cell.books
    ]


def _kinds(order: Order, documents: Iterable[Document]) -> list[TieFigure]:
    """How many documents of each kind the order has on a day, and what they come to."""
    found: dict[tuple[date, str, str], TieFigure] = {}
    for row in documents:
        if row.kind in DOCUMENT_KINDS and row.state != Document.State.SKIPPED:
            place = (row.date, row.kind, row.currency)
            figure = found.setdefault(place, _kind(order, *place))
            figure.documents += row.total
            figure.count += 1
    return [figure for _, figure in sorted(found.items())]


def _kind(order: Order, day: date, kind: str, currency: str) -> TieFigure:
    return TieFigure(
        store_id=order.store_id,
        order=order,
        date=day,
        view=KINDS,
        name=kind,
        currency=currency,
        documents=ZERO,
    )


def _differences(order: Order, tied: Tie, currency: str) -> list[TieDifference]:
    return [
        TieDifference(
            store_id=order.store_id,
            order=order,
            date=gap.day,
            view=gap.view,
            rate=gap.rate,
            name=gap.name[:100],
            currency=currency,
            side=gap.side,
            reason=gap.reason,
            wrong=gap.reason in RED,
            amount=gap.amount,
            number=gap.number,
            detail=gap.detail[:200],
        )
        for gap in tied.gaps
    ]


COLUMNS = ("shopify", "documents", "books")
SUMS = ("documents_explained", "documents_wrong", "books_explained", "books_wrong")
COUNTS = ("explained", "wrong", "count")


def _add_up(
    days: Mapping[Place, dict[str, Any]],
    figures: Iterable[TieFigure],
    differences: Iterable[TieDifference],
    sign: int,
) -> None:
    for figure in figures:
        day = days[_place(figure)]
        for name in (*COLUMNS, "count"):
            day[name] += sign * getattr(figure, name)
    for each in differences:
        day = days[_place(each)]
        kind = "wrong" if each.wrong else "explained"
        day[kind] += sign
        day[f"{'books' if each.side == BOOKS else 'documents'}_{kind}"] += sign * each.amount


def _place(row: TieFigure | TieDifference) -> Place:
    return (row.date, row.view, row.rate, row.name, row.currency)


CHANGE_DAYS = """
    INSERT INTO accounting_tieday AS day
        (store_id, date, view, rate, name, currency, shopify, documents, books,
         documents_explained, documents_wrong, books_explained, books_wrong, explained, wrong,
         count)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (store_id, date, view, rate, name, currency) DO UPDATE SET
        shopify = day.shopify + EXCLUDED.shopify,
        documents = day.documents + EXCLUDED.documents,
        books = day.books + EXCLUDED.books,
        documents_explained = day.documents_explained + EXCLUDED.documents_explained,
        documents_wrong = day.documents_wrong + EXCLUDED.documents_wrong,
        books_explained = day.books_explained + EXCLUDED.books_explained,
        books_wrong = day.books_wrong + EXCLUDED.books_wrong,
        explained = day.explained + EXCLUDED.explained,
        wrong = day.wrong + EXCLUDED.wrong,
        count = day.count + EXCLUDED.count
"""


def _change_days(store_id: int, days: Mapping[Place, Mapping[str, Any]]) -> None:
    rows = []
    for place, sums in sorted(days.items()):
        changes = [sums.get(name, 0) for name in (*COLUMNS, *SUMS, *COUNTS)]
        if any(changes):
            rows.append((store_id, *place, *changes))
    with connection.cursor() as cursor:
        cursor.executemany(CHANGE_DAYS, rows)
