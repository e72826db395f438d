"""The customer an order's documents are written to, and the buyer they name."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounting.documents.debtors import buyer_lines, debtor, debtor_code, own_debtor
from accounting.documents.document import ZERO, Document, Key, Kind, Role
from accounting.documents.rules import Policy, Rules
from accounting.facts import Customer
from tests.facts import ORDER_ID, make_order
from tests.strategies import relaxed

DAY = date(2026, 11, 20)
CASH = {"MYR": "300-C0001", "SGD": "300-C0002"}
DEBTORS = {
    "customer 123 MYR": "300-N0001",
    "customer 123 SGD": "300-N0002",
    "company 5 MYR": "300-K0001",
}
PERSON = Customer(
    id=123,
    name="Nur Contoh",
    email="nur@contoh.test",
    phone="+60 3-0000 0000",
    address=("1 Jalan Contoh", "50480 Kuala Lumpur"),
    country="MY",
)
BUYER_FOR_COMPANY = Customer(
    id=123, company_id=5, name="Nur Contoh", company="Kedai Contoh Sdn Bhd", address=("1 Jalan",)
)


def rules_for(customers: str) -> Rules:
    policy = Policy(
        prefix="SH",
        time_zone="Asia/Kuala_Lumpur",
        currency="MYR",
        cash_debtors=CASH,
        customers=customers,
    )
    return Rules(policy=policy, debtors=DEBTORS)


def sealed_for(customer: str) -> Document:
    return Document(
        kind=Kind.INVOICE,
        key=Key(role=Role.INVOICE, source_id=ORDER_ID),
        number="SH-1001",
        date=DAY,
        currency="MYR",
        customer=customer,
        total=ZERO,
        description="Shopify order #1001",
        order_name="#1001",
        order_id=ORDER_ID,
    )


@pytest.mark.parametrize(
    ("customers", "customer", "currency", "own", "code"),
    [
        ("cash", PERSON, "MYR", "", "300-C0001"),
        ("cash", BUYER_FOR_COMPANY, "SGD", "", "300-C0002"),
        ("cash", None, "USD", "", ""),
        ("customer", PERSON, "MYR", "customer 123 MYR", "300-N0001"),
        ("customer", PERSON, "SGD", "customer 123 SGD", "300-N0002"),
        ("customer", BUYER_FOR_COMPANY, "MYR", "customer 123 MYR", "300-N0001"),
        ("customer", None, "MYR", "", "300-C0001"),
        ("customer", Customer(name="Walk-in"), "MYR", "", "300-C0001"),
        ("company", BUYER_FOR_COMPANY, "MYR", "company 5 MYR", "300-K0001"),
        ("company", PERSON, "MYR", "", "300-C0001"),
        ("company", None, "MYR", "", "300-C0001"),
    ],
)
def test_the_policy_decides_whose_debtor_it_is(
    customers: str, customer: Customer | None, currency: str, own: str, code: str
) -> None:
    rules, order = rules_for(customers), make_order(customer=customer)

    assert own_debtor(order, rules.policy, currency) == own
    assert debtor_code(order, rules, currency) == code


def test_a_customer_without_a_code_yet_is_never_written_to_the_cash_debtor() -> None:
    order = make_order(customer=Customer(id=999, name="New Contoh"))

    assert debtor_code(order, rules_for("customer"), "MYR") == ""
    assert debtor(order, rules_for("customer"), "MYR", day=DAY) is None


def test_documents_planned_before_decide_the_customer() -> None:
    order, sealed = make_order(customer=PERSON), [sealed_for("300-C0001")]

    assert debtor_code(order, rules_for("customer"), "MYR", sealed) == "300-C0001"
    assert debtor(order, rules_for("customer"), "MYR", day=DAY, sealed=sealed) is None


def test_a_customers_debtor_says_all_that_is_known_of_them() -> None:
    entry = debtor(make_order(customer=PERSON), rules_for("customer"), "MYR", day=DAY)

    assert entry is not None
    assert entry.key == Key(role=Role.CUSTOMER, source_id=ORDER_ID)
    assert (entry.code, entry.name, entry.company) == ("300-N0001", "Nur Contoh", "")
    assert (entry.date, entry.currency, entry.country) == (DAY, "MYR", "MY")
    assert (entry.order_name, entry.order_id) == ("#1001", ORDER_ID)
    assert (entry.email, entry.phone) == (PERSON.email, PERSON.phone)
    assert entry.address == PERSON.address


def test_the_cash_debtor_is_the_merchants_own_and_not_created() -> None:
    assert debtor(make_order(customer=PERSON), rules_for("cash"), "MYR", day=DAY) is None
    assert debtor(make_order(customer=None), rules_for("customer"), "MYR", day=DAY) is None


@pytest.mark.parametrize(
    ("customers", "changes", "name"),
    [
        ("customer", {"name": "Nur Contoh", "company": "Kedai Contoh"}, "Nur Contoh"),
        ("customer", {"company": "Kedai Contoh"}, "Kedai Contoh"),
        ("customer", {}, "Customer 123"),
        ("company", {"name": "Nur Contoh", "company": "Kedai Contoh"}, "Kedai Contoh"),
        ("company", {"name": "Nur Contoh"}, "Nur Contoh"),
        ("company", {}, "Company 5"),
    ],
)
def test_a_debtor_always_has_a_name(customers: str, changes: dict[str, Any], name: str) -> None:
    order = make_order(customer=Customer(id=123, company_id=5, **changes))

    entry = debtor(order, rules_for(customers), "MYR", day=DAY)

    assert entry is not None
    assert entry.name == name


@pytest.mark.parametrize(
    ("customer", "lines"),
    [
        (None, ()),
        (Customer(id=123), ()),
        (Customer(address=("1 Jalan Contoh",)), ()),
        (PERSON, ("Nur Contoh", "1 Jalan Contoh", "50480 Kuala Lumpur")),
        (Customer(name="Nur Contoh", company="Kedai Contoh"), ("Nur Contoh",)),
        (Customer(company="Kedai Contoh", address=("1 Jalan",)), ("Kedai Contoh", "1 Jalan")),
        (BUYER_FOR_COMPANY, ("Kedai Contoh Sdn Bhd", "Nur Contoh", "1 Jalan")),
        (Customer(company_id=5, name="Nur Contoh"), ("Nur Contoh",)),
    ],
)
def test_the_buyer_is_named_first_and_then_where_they_live(
    customer: Customer | None, lines: tuple[str, ...]
) -> None:
    assert buyer_lines(make_order(customer=customer)) == lines


@relaxed
@given(
    customers=st.sampled_from(["cash", "customer", "company"]),
    customer=st.builds(
        Customer,
        id=st.sampled_from([None, 123, 999]),
        company_id=st.sampled_from([None, 5, 6]),
        name=st.sampled_from(["", "Nur Contoh"]),
    )
    | st.none(),
    currency=st.sampled_from(["MYR", "SGD", "USD"]),
)
def test_a_debtor_is_created_exactly_where_the_code_is_an_own_one(
    customers: str, customer: Customer | None, currency: str
) -> None:
    rules, order = rules_for(customers), make_order(customer=customer)

    code = debtor_code(order, rules, currency)
    entry = debtor(order, rules, currency, day=DAY)

    assert (entry is not None) == (code in DEBTORS.values())
    assert entry is None or (entry.code == code and entry.currency == currency)
