"""Finding documents: what a person may ask for, and pages of the answer."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from accounting.document_search import Wanted, found
from accounting.models import Document, Order, Store
from tests.books import make_invoice, make_order_row, make_row

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 1)


def put(store: Store, now: datetime, number: str, order: Order, **changes: Any) -> Document:
    row = make_row(order, make_invoice("SH-1"), now, number=number, source_id=order.order_id)
    for name, value in changes.items():
        setattr(row, name, value)
    row.source_id = Document.objects.count() + 1
    row.save()
    return row


@pytest.fixture
def documents(store: Store, now: datetime) -> list[Document]:
    orders = [make_order_row(store, n, now) for n in (1001, 1002, 2001)]
    for order in orders:
        order.name = f"#{order.order_id}"
        order.save()
    return [
        put(store, now, "SH-1001", orders[0], date=DAY + timedelta(days=2)),
        put(store, now, "SH-1001-P1", orders[0], kind="payment", date=DAY),
        put(store, now, "SH-1002", orders[1], state="rejected", date=DAY + timedelta(days=1)),
        put(store, now, "300-W1", orders[2], kind="customer", date=DAY + timedelta(days=3)),
    ]


def numbers(store: Store, **asked: Any) -> list[str]:
    below = asked.pop("below", None)
    return [row.number for row in found(store, Wanted(**asked), below=below, most=9)]


def test_what_was_planned_last_comes_first(store: Store, documents: list[Document]) -> None:
    assert numbers(store) == ["300-W1", "SH-1002", "SH-1001-P1", "SH-1001"]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"state": "rejected"}, ["SH-1002"]),
        ({"kind": "payment"}, ["SH-1001-P1"]),
        ({"kind": "payment", "state": "rejected"}, []),
        ({"text": "SH-1001"}, ["SH-1001-P1", "SH-1001"]),
        ({"text": "sh-1002"}, ["SH-1002"]),
        ({"text": "1002"}, ["SH-1002"]),
        ({"text": "#1001"}, ["SH-1001-P1", "SH-1001"]),
        ({"text": "100"}, ["SH-1002", "SH-1001-P1", "SH-1001"]),
        ({"text": "2001"}, ["300-W1"]),
        ({"text": "300-w"}, ["300-W1"]),
        ({"text": "10"}, []),
        ({"text": "%"}, []),
        ({"text": "001"}, []),
        ({"text": "100", "kind": "payment"}, ["SH-1001-P1"]),
    ],
)
def test_documents_are_found_by_what_is_asked(
    store: Store, documents: list[Document], asked: dict[str, str], expected: list[str]
) -> None:
    assert numbers(store, **asked) == expected


def test_days_are_those_of_the_documents_and_order_them(
    store: Store, documents: list[Document]
) -> None:
    first_two = {"since": DAY, "until": DAY + timedelta(days=1)}

    assert numbers(store, **first_two) == ["SH-1002", "SH-1001-P1"]
    assert numbers(store, since=DAY + timedelta(days=2)) == ["300-W1", "SH-1001"]
    assert numbers(store, until=DAY) == ["SH-1001-P1"]


@pytest.mark.parametrize("asked", [{}, {"since": DAY}, {"text": "100"}])
def test_pages_follow_each_other_without_a_gap(
    store: Store, documents: list[Document], asked: dict[str, Any]
) -> None:
    whole = [row.pk for row in found(store, Wanted(**asked), most=9)]

    seen: list[int] = []
    below = None
    while rows := list(found(store, Wanted(**asked), below=below, most=1)):
        below = rows[0].pk
        seen.append(below)

    assert seen == whole


def test_another_stores_documents_are_never_found(other: Store, documents: list[Document]) -> None:
    other.prefix = "SH"

    assert numbers(other) == []
    assert numbers(other, text="1001") == []
    assert numbers(other, since=DAY, below=documents[0].pk) == []
