"""Entries as the outbox keeps them, and in the order in which it sends them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from accounting.documents.allocations import in_sending_order
from accounting.documents.document import Allocation, Entry, Kind, dump, load
from accounting.facts import Customer
from tests.accounting.documents.stories import newest, plan_of
from tests.facts import make_order, make_rules, make_transaction

BUYER = Customer(id=7, name="Aisyah")
ORDER = make_order(customer=BUYER)
RULES = replace(make_rules(customers="customer"), debtors={"customer 7 MYR": "300-A0001"})
PLAN = plan_of(
    ORDER,
    newest(ORDER, customer=BUYER),
    make_transaction(amount="30.00"),
    make_transaction(id=8200000000103, amount="20.00"),
    rules=RULES,
)


def test_a_customer_comes_before_the_first_document_and_moves_no_money() -> None:
    customer = PLAN.entries[0]

    assert [entry.kind for entry in PLAN.entries[:3]] == [
        Kind.CUSTOMER,
        Kind.INVOICE,
        Kind.PAYMENT,
    ]
    assert (customer.number, customer.customer) == ("300-A0001", "300-A0001")
    assert (customer.total, customer.date) == (Decimal(0), date(2026, 11, 20))


def test_what_was_kept_of_an_entry_is_read_back_the_same() -> None:
    kept = [dump(entry) for entry in PLAN.entries]

    assert [load(value) for value in kept] == list(PLAN.entries)


def test_an_allocation_sent_out_of_turn_says_what_is_open_by_then() -> None:
    """2.6: the later payment settles the invoice first when the earlier one is asked to wait."""
    allocations = [entry for entry in PLAN.entries if isinstance(entry, Allocation)]
    early, late = allocations
    places = {late.number: 1}

    def place(entry: Entry) -> int | None:
        return places.get(entry.number)

    ordered = in_sending_order(PLAN.entries, place)

    assert ordered[0] == replace(late, target_open=Decimal("50.00"))
    assert ordered[1:4] == list(PLAN.entries[:3])
    assert replace(early, target_open=Decimal("30.00")) in ordered
