"""Whole flows through every connection: written, numbered, settled, and found again."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from accounting.connectors.base import Uncertain, difference
from accounting.documents.document import BuyerIdentity, Document, Entry, Kind
from tests.accounting.connectors.entries import (
    credit_note,
    customer,
    debit_note,
    invoice,
    payment,
    refund,
)
from tests.contract.bench import Bench
from tests.contract.life import CUSTOMER, amount, knock, paid_order, returned_order, whole_life

SGD = {"customer": "300-C0002", "currency": "SGD"}


def test_every_kind_of_document_is_written_found_and_settled(bench: Bench) -> None:
    entries = whole_life()
    bench.queue(*entries)

    bench.send_until_quiet()

    assert set(bench.states().values()) == {"posted"}, bench.messages()
    assert {entry.kind for entry in entries} == set(Kind)
    documents = [entry for entry in entries if isinstance(entry, Document)]
    shown = {row["number"]: row for row in bench.documents()}
    assert {number: row["total"] for number, row in shown.items()} == {
        document.number: document.total for document in documents
    }
    assert {row["debtor"] for row in shown.values()} == {CUSTOMER}
    assert bench.still_open() == {}
    assert bench.balances().get(bench.connection.control, 0) == 0


def test_what_is_in_the_books_is_found_as_it_was_written(bench: Bench) -> None:
    entries = [bench.connection.entry(entry) for entry in returned_order()]
    bench.queue(*returned_order())

    bench.send_until_quiet()

    for entry in entries:
        found = bench.connector.find(entry)
        assert found is not None, entry.number
        assert difference(entry, found) == ""


@pytest.mark.parametrize(
    "entry",
    [customer(), invoice(), debit_note(**amount("8.00")), payment(), credit_note(), refund()],
    ids=lambda entry: entry.kind,
)
def test_what_is_not_in_the_books_is_not_found(bench: Bench, entry: Entry) -> None:
    assert bench.connector.find(bench.connection.entry(entry)) is None


@pytest.mark.parametrize(
    "entry",
    [customer(), invoice(), debit_note(**amount("8.00")), payment(), credit_note(), refund()],
    ids=lambda entry: entry.kind,
)
def test_what_is_sent_twice_is_named_a_duplicate_and_stands_once(
    bench: Bench, entry: Entry
) -> None:
    own = bench.connection.entry(entry)
    bench.connector.post(own)
    before = bench.contents()

    with pytest.raises(Uncertain) as caught:
        bench.connector.post(own)

    assert caught.value.duplicate
    assert bench.contents() == before


def test_a_customer_who_is_there_is_adopted_as_the_merchant_wrote_it(bench: Bench) -> None:
    before = bench.contents()
    bench.queue(customer(code="300-C0001", name="Somebody else"))

    bench.send_until_quiet()

    assert set(bench.states().values()) == {"posted"}
    assert bench.contents() == before


def test_a_customer_who_gave_a_tax_identity_is_written_with_it(bench: Bench) -> None:
    identity = BuyerIdentity(
        name="Syarikat Contoh", tin="C20880050010", id_type="registration", id_number="202601012345"
    )
    bench.queue(customer(company="Syarikat Contoh", identity=identity))

    bench.send_until_quiet()

    assert set(bench.states().values()) == {"posted"}, bench.messages()


def test_a_foreign_order_is_owed_in_its_currency_and_posted_at_its_rate(bench: Bench) -> None:
    rate = {**SGD, "rate": Decimal("3.33330000")}
    bought, paid = invoice(**rate), payment(**rate)
    bench.queue(bought, paid, knock(paid, bought, "107.00"))

    bench.send_until_quiet()

    assert set(bench.states().values()) == {"posted"}, bench.messages()
    shown = bench.documents()
    assert {(row["currency"], row["rate"]) for row in shown} == {("SGD", Decimal("3.3333"))}
    assert bench.still_open() == {}


def test_a_knock_off_is_made_in_parts_over_several_orders(bench: Bench) -> None:
    """One payment settles two invoices, the second only after it was written."""
    first, second = invoice(), replace(invoice(number="SH-1002"), **amount("8.00"))
    paid = payment(total=Decimal("115.00"))
    bench.queue(
        first,
        paid,
        knock(paid, first, "107.00"),
        second,
        knock(paid, second, "8.00", source_open="8.00"),
    )

    bench.send_until_quiet()

    assert set(bench.states().values()) == {"posted"}, bench.messages()
    assert bench.still_open() == {}


def test_an_equal_document_that_is_there_already_is_adopted(bench: Bench) -> None:
    bench.connector.post(bench.connection.entry(invoice()))
    before = bench.contents()
    bench.queue(invoice())

    bench.send_until_quiet()

    assert set(bench.states().values()) == {"posted"}, bench.messages()
    assert bench.contents() == before


def test_another_document_under_our_number_is_left_alone_and_shown(bench: Bench) -> None:
    bench.connector.post(bench.connection.entry(invoice(**amount("8.00"))))
    before = bench.contents()
    bench.queue(*paid_order())

    bench.send_until_quiet()

    assert list(bench.states().values()) == ["conflict", "waiting", "waiting"]
    assert bench.contents() == before
    assert ["8.00" in message and "107.00" in message for message in bench.messages()] == [True]
