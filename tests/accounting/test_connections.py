"""Which books a store sells into, and what happens when that changes."""

from __future__ import annotations

import base64
import threading
from datetime import datetime
from decimal import Decimal

import pytest
from pytest_django import Settings

from accounting import connections, outbox, ways
from accounting.documents.document import Kind
from accounting.documents.rules import TaxMethod
from accounting.models import Audit, Book, Document, Order, Store
from accounting.sealing import SealBroken
from tests.accounting.connectors.entries import payment as make_payment
from tests.books import make_book, make_invoice, make_order_row, make_rows, make_store
from tests.scripted_server import reply, scripted

pytestmark = pytest.mark.django_db

KEY = "lb_live_fictional"


@pytest.fixture(autouse=True)
def keys(settings: Settings) -> None:
    settings.LEJAR_SEAL_KEYS = [base64.b64encode(b"k" * 32).decode()]


def connect(store: Store, now: datetime, system: str = "sql_accounting", key: str = KEY) -> Book:
    return connections.connect(
        store_id=store.id,
        system=system,
        way="acctbridge",
        home_currency="MYR",
        credentials={"key": key} if key else {},
        settings={},
        who="staff 1",
        now=now,
    )


def test_a_new_book_waits_for_the_merchant_with_its_key_sealed(now: datetime) -> None:
    store = make_store(None)

    book = connect(store, now)

    store.refresh_from_db()
    assert store.book == book
    assert book.state == "setup"
    assert KEY.encode() not in bytes(book.sealed_credentials)
    assert KEY not in str(Audit.objects.values_list("detail", flat=True))


def test_a_sealed_key_moved_to_another_book_does_not_open(now: datetime) -> None:
    book, other = connect(make_store(None), now), make_book(now, name="Other")
    other.sealed_credentials = Book.objects.get(id=book.id).sealed_credentials
    other.save()

    with pytest.raises(SealBroken):
        connections.connector_for(other)


def test_connecting_again_without_a_key_keeps_the_stored_one(now: datetime) -> None:
    store = make_store(None)
    before = bytes(connect(store, now).sealed_credentials)

    book = connect(store, now, key="")

    book.refresh_from_db()
    assert bytes(book.sealed_credentials) == before


def test_held_orders_are_planned_again_once_books_are_connected(now: datetime) -> None:
    store = make_store(None)
    order = make_order_row(store, 1001, now)
    Order.objects.update(state=Order.State.HELD, plan_at=None)

    connect(store, now)

    order.refresh_from_db()
    assert order.plan_at == now


def test_another_system_is_another_book_and_the_old_one_keeps_its_documents(now: datetime) -> None:
    store = make_store(None)
    old = connect(store, now)
    store.refresh_from_db()
    rows = make_rows(make_order_row(store, 1001, now), [make_invoice()], now)
    outbox.enqueue(rows, now=now)

    new = connect(store, now, "autocount")

    old.refresh_from_db()
    assert new.id != old.id
    assert (old.state, old.state_reason) == ("paused", "The shop sells into other books now.")
    assert Document.objects.get().book == old


def test_another_system_before_any_document_is_only_a_correction(now: datetime) -> None:
    store = make_store(None)
    old = connect(store, now)

    new = connect(store, now, "autocount")

    assert new.id == old.id
    assert Book.objects.count() == 1


def test_what_a_book_can_take_is_known_without_asking_it(now: datetime) -> None:
    book = make_book(now)

    ledger = ways.ledger(book)

    assert ledger.tariff_prefixes == ("ST", "SV")
    assert ledger.kinds == frozenset(Kind)
    assert ledger.negative_lines


def test_how_a_book_arrives_at_tax_is_known_without_asking_it(now: datetime) -> None:
    told = ways.ledger(make_book(now))
    computing = ways.ledger(make_book(now, name="Kedai Dua", system="autocount"))

    assert told.tax == TaxMethod(explicit=True)
    assert computing.tax == TaxMethod(explicit=False, inclusive=True, adjustment=True)


@pytest.mark.parametrize(("home", "said"), [("MYR", True), ("SGD", False)])
def test_a_currency_is_said_to_the_books_unless_it_is_their_own(
    now: datetime,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    home: str,
    said: bool,
) -> None:
    monkeypatch.setattr(ways, "_threads", threading.local())  # a client of its own
    store = make_store(None)
    book = connect(store, now)
    book.home_currency = home
    entry = make_payment(currency="SGD", rate=Decimal("3.30"))

    with scripted() as server:
        settings.ACCTBRIDGE_URL, settings.LEJAR_ALLOW_LOOPBACK = server.url, True
        server.script = [reply(201, {"data": {"docNo": entry.number}})]
        connections.connector_for(book).post(entry)

    assert ("SGD" in server.requests[0].body) is said


def test_resuming_clears_the_trouble_and_wakes_the_book(now: datetime) -> None:
    book = make_book(now, state="misconfigured", trouble_count=3, trouble="x", ready_at=None)
    Book.objects.update(sealed_credentials=b"sealed")
    store = make_store(book)

    connections.resume(store_id=store.id, who="staff 1", now=now)

    book.refresh_from_db()
    assert (book.state, book.trouble_count, book.trouble) == ("active", 0, "")
    assert book.ready_at == now
    assert Audit.objects.get().action == "books resumed"
