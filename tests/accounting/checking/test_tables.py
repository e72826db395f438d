"""The database itself keeps the rows of one store's check from pointing into another's."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounting.models import BookCheck, BookDifference, BookSighting, Order, Store
from tests.accounting.checking.shelf import posted
from tests.books import make_invoice, make_order_row

pytestmark = pytest.mark.django_db


def begun(store: Store, now: datetime) -> BookCheck:
    assert store.book is not None
    return BookCheck.objects.create(store=store, book=store.book, started_at=now, moved_at=now)


def insert(table: type[Any], **fields: Any) -> None:
    """Write a row, and let the database judge it at once."""
    with transaction.atomic():
        table.objects.create(**fields)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_row_of_one_store_cannot_point_at_a_document_or_check_of_another(
    order: Order, other: Store, now: datetime
) -> None:
    theirs = posted(make_order_row(other, 2001, now), make_invoice("SH-2001"), now)
    ours = posted(order, make_invoice(), now)
    own, foreign = begun(order.store, now), begun(other, now)
    found = {"book": order.store.book, "code": "missing", "kind": "invoice", "found_at": now}
    pairs = [(own, theirs), (foreign, ours)]

    for check, document in pairs:
        here = {"store": order.store, "check_run": check, "document": document}
        with pytest.raises(IntegrityError, match="same_store"):
            insert(BookDifference, number="SH-1", **found, **here)
        with pytest.raises(IntegrityError, match="same_store"):
            insert(BookSighting, equal=True, known_by="", **here)
    assert BookDifference.objects.count() == BookSighting.objects.count() == 0


def test_one_store_has_one_check_under_way_in_a_book(store: Store, now: datetime) -> None:
    begun(store, now)

    with pytest.raises(IntegrityError, match="book_check_one_at_a_time"):
        insert(BookCheck, store=store, book=store.book, started_at=now, moved_at=now)
