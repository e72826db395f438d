"""What the books cannot take is refused with the reason, and changes nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest

from accounting.connectors.base import Rejected
from accounting.documents.document import Document, Entry
from tests.accounting.connectors.entries import (
    credit_note,
    customer,
    debit_note,
    invoice,
    line,
    payment,
    shipping,
)
from tests.contract.bench import Bench
from tests.contract.life import amount, knock

SGD = {"customer": "300-C0002", "currency": "SGD"}
LONG = "Baju kurung moden " * 30


@pytest.mark.parametrize(
    "entry",
    [
        debit_note(customer="300-NONE", **amount("8.00")),
        debit_note(**amount("8.00", account="999")),
        invoice(currency="SGD", rate=Decimal("3.30")),  # the debtor owes ringgit
        invoice(lines=(line(tax_code="NONE"),), total=Decimal("99.00")),
        payment(account="NONE"),
        payment(customer="300-NONE"),
        credit_note(customer="300-NONE"),
    ],
    ids=[
        *("debtor", "account", "invoice currency", "tax code"),
        *("payment method", "payer", "credited"),
    ],
)
def test_what_the_books_cannot_take_stops_its_order_and_changes_nothing(
    bench: Bench, entry: Entry
) -> None:
    before = bench.contents()
    bench.queue(entry)

    bench.send_until_quiet()

    assert set(bench.states().values()) == {"rejected"}, bench.messages()
    assert bench.messages() != []
    assert bench.contents() == before


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        (invoice(number="SH-" + "9" * 60), "number"),
        (invoice(customer="300-" + "9" * 30), "customer"),
        (customer(code="300-" + "9" * 30), "customer"),
        (invoice(lines=(line(account="5" * 40),), total=Decimal("99.00")), "account"),
        (invoice(lines=(line(tax_code="S" * 40),), total=Decimal("99.00")), "tax code"),
        (payment(account="3" * 40), "payment method"),
    ],
    ids=["number", "customer", "new customer", "account", "tax code", "payment method"],
)
def test_a_code_that_is_too_long_is_refused_by_name_before_anything_is_sent(
    bench: Bench, entry: Entry, field: str
) -> None:
    own = bench.connection.entry(entry)

    with bench.counted() as calls, pytest.raises(Rejected) as caught:
        bench.connector.post(own)

    assert calls["writes"] == 0
    assert any(name in str(caught.value).casefold() for name in bench.connection.fields[field])


@pytest.mark.parametrize(
    "entry",
    [
        invoice(description=LONG, lines=(line(description=LONG), shipping(description=LONG))),
        payment(description=LONG, reference=LONG),
        customer(name=LONG, address=(LONG,)),
    ],
    ids=["lines", "reference", "name"],
)
def test_free_text_that_is_too_long_is_shortened_and_holds_nothing_up(
    bench: Bench, entry: Entry
) -> None:
    bench.queue(entry)

    bench.send_until_quiet()

    assert set(bench.states().values()) == {"posted"}, bench.messages()


def test_a_closed_period_takes_nothing(bench: Bench) -> None:
    bench.switch(closed_until="2026-11-30")
    before = bench.contents()
    bench.queue(invoice())

    bench.send_until_quiet()

    assert set(bench.states().values()) == {"rejected"}, bench.messages()
    assert bench.contents() == before


def test_more_than_a_debit_note_has_outstanding_is_not_settled(bench: Bench) -> None:
    owed, paid = debit_note(**amount("8.00")), payment()
    bench.queue(owed, paid)
    bench.send_until_quiet()
    before = bench.contents()
    own = [bench.connection.entry(entry) for entry in (paid, owed)]
    assert all(isinstance(entry, Document) for entry in own)

    with pytest.raises(Rejected):
        bench.connector.post(knock(own[0], own[1], "8.01"))  # type: ignore[arg-type]  # asserted

    assert bench.contents() == before
