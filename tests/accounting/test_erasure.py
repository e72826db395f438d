"""Erasing a buyer beside those who plan and send, and without knowing any shop system."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from accounting import codec, erasure, outbox, posting
from accounting.documents import personal
from accounting.documents.document import Debtor, Key, Role, dump
from accounting.facts import Customer
from accounting.facts import Order as OrderFact
from accounting.models import Document, Fact, Order, Store
from tests.accounting.orders import order_facts, tell
from tests.books import Books, Clock, make_invoice, make_row
from tests.payloads import ORDER_ID

pytestmark = pytest.mark.django_db


def named(now: datetime, name: str) -> OrderFact:
    (fact,) = [each for each in order_facts(now) if isinstance(each, OrderFact)]
    return replace(fact, customer=Customer(id=5, name=name))


def test_versions_that_differ_in_the_buyer_only_become_one(store: Store, now: datetime) -> None:
    tell(store, [named(now, "Mei Contoh"), named(now, "Mei binti Contoh")], now)

    erased = erasure.erase_buyer(store_id=store.id, order_id=ORDER_ID, now=now)

    (row,) = Fact.objects.all()
    assert erased["facts"] == 2
    assert row.body["customer"]["name"] == ""
    assert row.sha256 == codec.sha256(row.body)


def test_erasing_twice_changes_nothing_more(store: Store, now: datetime) -> None:
    tell(store, [named(now, "Mei Contoh")], now)
    erasure.erase_buyer(store_id=store.id, order_id=ORDER_ID, now=now)
    before = list(Fact.objects.values())

    again = erasure.erase_buyer(store_id=store.id, order_id=ORDER_ID, now=now)

    assert {name for name, count in again.items() if count} == {"orders"}
    assert list(Fact.objects.values()) == before


def test_what_is_recorded_of_an_erased_order_comes_without_its_buyer(
    store: Store, now: datetime
) -> None:
    erasure.erase_buyer(store_id=store.id, order_id=ORDER_ID, now=now)

    posting.record_facts(
        store_id=store.id, facts=[named(now, "Mei Contoh")], told_by="", now=now, read_anew=True
    )

    assert Fact.objects.get().body["customer"]["name"] == ""


def test_a_sender_that_loaded_the_buyer_before_finds_the_document_changed(
    order: Order, books: Books, clock: Clock
) -> None:
    invoice = make_invoice(buyer=("Mei Contoh",))
    digest = codec.sha256(dump(invoice))
    row = make_row(order, invoice, clock(), state="queued", payload_sha256=digest)
    row.save()
    claimed = outbox.claim(now=clock())
    assert claimed
    loaded = outbox.next_due(claimed, now=clock())
    assert loaded
    erasure.erase_buyer(store_id=order.store_id, order_id=order.order_id, now=clock())

    with pytest.raises(outbox.LeaseLost):
        outbox.move(claimed, loaded, Document.State.SENDING)

    row.refresh_from_db()
    assert (row.state, row.payload["buyer"]) == ("queued", [])


def test_our_own_word_for_a_dropped_document_stays(order: Order, clock: Clock) -> None:
    make_row(order, make_invoice(), clock(), state="skipped", message=outbox.NOT_NEEDED).save()

    erasure.erase_buyer(store_id=order.store_id, order_id=order.order_id, now=clock())

    assert outbox.was_dropped(Document.objects.get())


def test_of_a_debtor_only_the_code_stays(clock: Clock) -> None:
    debtor = Debtor(
        key=Key(role=Role.CUSTOMER, source_id=1), code="30A", name="Mei", date=clock().date(),
        currency="MYR", order_name="#1", order_id=1, email="mei@customer.test",
    )  # fmt: skip

    bare = personal.nameless(debtor)

    assert isinstance(bare, Debtor)
    assert (bare.name, bare.email, bare.code) == ("30A", "", "30A")
