"""The connector writes every kind of document into the sandbox and reads it back."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from accounting.connectors.base import Rejected, Uncertain, difference
from accounting.documents.document import Document, Entry, Kind
from tests.accounting.connectors.entries import (
    customer,
    debit_note,
    invoice,
    line,
    payment,
    shipping,
)
from tests.accounting.sandbox.conftest import Desk
from tests.accounting.sandbox.through_desk import connector, for_system, send
from tests.contract.life import CUSTOMER, amount, knock, whole_life

D = Decimal
SGD = {"customer": "300-C0002", "currency": "SGD"}

both_systems = pytest.mark.parametrize("system", ["sql_accounting", "autocount"])
pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(system: str, open_desk: Callable[..., Desk]) -> Desk:
    return open_desk(system, f"lb_live_{system}")


@both_systems
def test_every_kind_of_document_is_written_found_and_settled(system: str, desk: Desk) -> None:
    entries = [for_system(entry, system) for entry in whole_life()]

    send(connector(desk), *entries)

    assert {entry.kind for entry in entries} == set(Kind)
    shown = desk.books("documents")
    assert {row["debtor"] for row in shown} == {CUSTOMER}
    assert [row["number"] for row in shown if row["outstanding"] or row["unapplied"]] == []
    control = "300-000" if system == "sql_accounting" else "300-0000"
    assert desk.balances()[control] == 0


@both_systems
def test_a_debit_note_is_filed_where_the_system_keeps_it(system: str, desk: Desk) -> None:
    send(connector(desk), for_system(debit_note(**amount("8.00")), system))

    kind = "debit_note" if system == "sql_accounting" else "invoice"
    assert [(row["kind"], row["outstanding"]) for row in desk.books("documents")] == [
        (kind, D("8.00"))
    ]


@both_systems
@pytest.mark.parametrize("entry", [customer(), invoice(), debit_note(**amount("8.00"))])
def test_what_is_sent_twice_is_named_a_duplicate_and_stands_once(
    system: str, desk: Desk, entry: Entry
) -> None:
    way, entry = connector(desk), for_system(entry, system)
    way.post(entry)
    before = desk.contents()

    with pytest.raises(Uncertain) as caught:
        way.post(entry)

    assert caught.value.duplicate
    assert desk.contents() == before


@both_systems
def test_a_customer_who_is_there_is_adopted_as_the_merchant_wrote_it(
    system: str, desk: Desk
) -> None:
    entry = customer(code="300-C0001", name="Somebody else")

    found = connector(desk).find(entry)

    assert found is not None
    assert difference(entry, found) == ""


@both_systems
@pytest.mark.parametrize(
    "entry",
    [
        debit_note(customer="300-NOONE", **amount("8.00")),
        debit_note(**amount("8.00", account="999")),
        debit_note(**amount("-8.00")),
        invoice(currency="SGD", rate=D("3.30")),  # the debtor owes ringgit
        payment(currency="SGD", rate=D("3.30")),
        invoice(**SGD),  # without a rate
    ],
    ids=["debtor", "account", "negative", "invoice currency", "payment currency", "rate"],
)
def test_what_the_books_cannot_take_is_refused_and_changes_nothing(
    system: str, desk: Desk, entry: Entry
) -> None:
    way, before = connector(desk), desk.contents()

    with pytest.raises(Rejected):
        way.post(for_system(entry, system))

    assert desk.contents() == before


@both_systems
def test_more_than_a_debit_note_has_outstanding_is_not_settled(system: str, desk: Desk) -> None:
    way = connector(desk)
    owed, paid = for_system(debit_note(**amount("8.00")), system), for_system(payment(), system)
    assert isinstance(owed, Document)
    assert isinstance(paid, Document)
    send(way, owed, paid)
    before = desk.contents()

    with pytest.raises(Rejected):
        way.post(knock(paid, owed, "8.01"))

    assert desk.contents() == before


# --- other currencies ---


@both_systems
def test_a_foreign_order_is_owed_in_its_currency_and_posted_at_its_rate(
    system: str, desk: Desk
) -> None:
    rate = {**SGD, "rate": D("3.33330000")}
    bought = for_system(invoice(**rate, lines=(line(), shipping())), system)
    paid = for_system(payment(**rate), system)
    assert isinstance(bought, Document)
    assert isinstance(paid, Document)

    send(connector(desk), bought, paid, knock(paid, bought, "107.00"))

    shown = desk.books("documents")
    assert {(row["currency"], row["rate"]) for row in shown} == {("SGD", D("3.3333"))}
    control = "300-000" if system == "sql_accounting" else "300-0000"
    clearing = "310-005" if system == "sql_accounting" else "310-0005"
    balances = desk.balances()
    assert (balances[control], balances[clearing]) == (D("0"), D("356.66"))


@both_systems
def test_a_customer_may_have_another_currency(system: str, desk: Desk) -> None:
    way = connector(desk)
    bought = for_system(invoice(customer=CUSTOMER, currency="SGD", rate=D("3.30")), system)

    send(way, customer(currency="SGD"), bought)

    assert desk.books("documents")[0]["currency"] == "SGD"


@both_systems
def test_settling_at_another_rate_realises_a_gain_or_loss(system: str, desk: Desk) -> None:
    bought = for_system(invoice(**SGD, rate=D("3.30")), system)
    paid = for_system(payment(**SGD, rate=D("3.25")), system)
    assert isinstance(bought, Document)
    assert isinstance(paid, Document)

    send(connector(desk), bought, paid, knock(paid, bought, "107.00"))

    code = "" if system == "sql_accounting" else "0"
    balances = desk.balances()
    assert balances["300-000" + code] == 0
    assert balances["980-000" + code] == D("5.35")  # 107.00 x 0.05 lost
