"""A connection that lacks a document holds what needs it, and writes no other (treatment 1.1)."""

from __future__ import annotations

from dataclasses import replace

from accounting.documents.build import build
from accounting.documents.document import Allocation, Kind
from accounting.documents.rules import GatewayCode, Ledger
from accounting.facts import Customer, merge
from tests.accounting.documents.stories import holds, newest, only_problem, plan_of, totals
from tests.facts import (
    make_discount,
    make_line,
    make_order,
    make_paid_order,
    make_rules,
    make_transaction,
)

TEE = make_order()
ALL = frozenset(Kind)


def test_without_knock_offs_what_would_settle_something_is_held() -> None:
    ledger = Ledger(kinds=ALL - {Kind.ALLOCATION})

    plan = plan_of(TEE, newest(TEE), make_transaction(), rules=make_rules(ledger=ledger))

    assert holds(plan) == [("CONNECTION_UNSUPPORTED", "SH-1001-P2WN10A5WL")]
    assert totals(plan) == ["IV 50.00"]
    assert not [entry for entry in plan.entries if isinstance(entry, Allocation)]


def test_a_shown_discount_is_held_where_no_line_may_be_below_zero() -> None:
    """Row 19 with row 28: only what is kept back has a document of its own there."""
    order = make_order(lines=(make_line(discounts=(make_discount("5.00", "SALE"),)),))
    rules = make_rules(discounts="gross", ledger=Ledger(negative_lines=False))

    plan = plan_of(order, newest(order), make_transaction(amount="45.00"), rules=rules)

    assert holds(plan) == [("CONNECTION_UNSUPPORTED", "SH-1001")]
    assert only_problem(plan).terms == (("Discount on TEE (SALE: 50.00 - 5.00)", "-5.00"),)
    assert plan.entries == ()


def test_a_customer_that_cannot_be_created_holds_the_documents_written_to_it() -> None:
    """Section 6, customer: never to the cash debtor instead."""
    buyer = Customer(id=7, name="Aisyah")
    order = make_order(customer=buyer)
    ledger = Ledger(kinds=ALL - {Kind.CUSTOMER})
    rules = replace(
        make_rules(customers="customer", ledger=ledger),
        debtors={"customer 7 MYR": "300-A0001"},
    )

    plan = plan_of(order, newest(order, customer=buyer), make_transaction(), rules=rules)

    assert holds(plan) == [("CONNECTION_UNSUPPORTED", "300-A0001")]
    assert len(only_problem(plan).blocks) == 2
    assert plan.entries == ()


def test_an_order_whose_number_another_one_has_says_so() -> None:
    """1.3: the only number that depends on arrival is flagged."""
    facts = merge([TEE, newest(TEE), make_transaction()])

    plan = build(facts, make_rules(), (), stem="SH-OXYZ", settled=True)

    [flag] = plan.flags
    assert (flag.code, flag.terms) == ("LONG_NUMBER", (("number", "SH-OXYZ"),))
    assert [entry.number for entry in plan.entries][:2] == ["SH-OXYZ", "SH-OXYZ-P2WN10A5WL"]


def test_cards_redeemed_on_another_account_than_they_were_sold_on_are_flagged() -> None:
    """I9: else no account shows what is still owed on cards."""
    order = make_order(lines=(make_line(gift_card=True),))
    rules = make_rules(gateways={"giftcard": GatewayCode(account="cards used")})

    plan = plan_of(order, newest(order), make_transaction(gateway="gift_card"), rules=rules)

    assert holds(plan) == []
    [flag] = plan.flags
    assert flag.code == "I9"
    assert flag.terms == (("account of the role", "gift_card"), ("also used", "cards used"))


def test_a_sale_of_another_merchant_is_not_ours_to_invoice() -> None:
    order = make_paid_order(merchant_of_record=5)

    plan = plan_of(order, make_transaction())

    assert holds(plan) == [("NOT_SUPPORTED", "another merchant of record")]
    assert plan.entries == ()


def test_goods_without_a_sku_are_found_by_their_product() -> None:
    """Section 6, unmapped item: the most specific rule that there is."""
    order = make_order(lines=(make_line(sku=""),))

    plan = plan_of(order, newest(order), make_transaction())

    assert holds(plan) == []
    assert totals(plan) == ["IV 50.00", "P 50.00"]
