"""What a refund record may take back besides goods, and what it may not (rows 18, 26, 29, R24)."""

from __future__ import annotations

import pytest

from accounting.documents.document import Role
from accounting.facts import Fact, Order
from tests.accounting.documents.stories import (
    holds,
    lines,
    newest,
    only_problem,
    plan_of,
    refund,
    totals,
)
from tests.facts import (
    make_adjustment,
    make_line,
    make_order,
    make_refund_line,
    make_refund_shipping,
    make_shipping_line,
    make_tax,
    make_transaction,
    money,
)

TEE = make_order()
TAXED = make_order(lines=(make_line(taxes=(make_tax("5.00"),)),))
CHARGED = make_order(duties="5.00", additional_fees="2.00")
TAXED_DUTIES = {"total_tax": "0.50", "total_price": "55.50"}
WITH_TAXED_DUTIES = make_order(duties="5.00", duty_taxes=(make_tax("0.50"),), **TAXED_DUTIES)
HELD = [("FACTS_INCOMPLETE", "refund 1020000000201")]


def paid(order: Order) -> Fact:
    return make_transaction(amount=str(order.total_price.shop))


def test_duties_and_fees_come_back_to_their_own_accounts() -> None:
    """R24: duty → duties, fee → fees."""
    given_back = refund(1, "7.00", duties=money("5.00"), additional_fees=money("2.00"))

    plan = plan_of(
        CHARGED, newest(CHARGED, current_total_price="50.00"), paid(CHARGED), *given_back
    )

    assert holds(plan) == []
    assert lines(plan, Role.CREDIT) == [
        ("duties", 1, "5.00", "0.00"),
        ("fees", 1, "2.00", "0.00"),
    ]


@pytest.mark.parametrize("stated", ["5.00", "5.50"])
def test_all_of_taxed_duties_comes_back_with_their_tax(stated: str) -> None:
    """R24, 4.4: the record says no tax for duties, so the whole is given back whole, whether it is
    stated with its tax or without."""
    left = newest(WITH_TAXED_DUTIES, current_total_price="50.00", **TAXED_DUTIES)

    plan = plan_of(
        WITH_TAXED_DUTIES,
        left,
        paid(WITH_TAXED_DUTIES),
        *refund(1, "5.50", duties=money(stated)),
    )

    assert holds(plan) == []
    assert lines(plan, Role.CREDIT) == [("duties", 1, "5.00", "0.50")]


def test_a_part_of_taxed_duties_is_held() -> None:
    """4.4: nothing says how much of a part is tax, and nothing is guessed."""
    left = newest(WITH_TAXED_DUTIES, current_total_price="53.00", **TAXED_DUTIES)

    plan = plan_of(
        WITH_TAXED_DUTIES,
        left,
        paid(WITH_TAXED_DUTIES),
        *refund(1, "2.50", duties=money("2.50")),
    )

    assert holds(plan) == HELD
    assert only_problem(plan).terms == (
        ("duties", "5.50"),
        ("tax on it", "0.50"),
        ("refunded", "2.50"),
    )
    assert totals(plan, Role.CREDIT, Role.REFUND) == []


def test_duties_that_were_never_charged_cannot_come_back() -> None:
    """I7."""
    left = newest(TEE, current_total_price="45.00")

    plan = plan_of(TEE, left, paid(TEE), *refund(1, "5.00", duties=money("5.00")))

    assert holds(plan) == HELD
    assert "never charged" in only_problem(plan).message
    assert totals(plan, Role.CREDIT, Role.REFUND) == []


def test_shipping_that_was_never_charged_cannot_come_back() -> None:
    """I7, row 26."""
    left = newest(TEE, current_total_price="42.00")

    plan = plan_of(TEE, left, paid(TEE), *refund(1, "8.00", shipping=(make_refund_shipping(),)))

    assert holds(plan) == HELD
    assert "not on the invoice" in only_problem(plan).message
    assert totals(plan, Role.CREDIT, Role.REFUND) == []


def test_tax_on_shipping_that_had_none_cannot_come_back() -> None:
    """Row 26, R20."""
    order = make_order(shipping_lines=(make_shipping_line(),))
    strange = make_refund_shipping(subtotal="7.00", tax="1.00")
    left = newest(order, current_total_price="50.00")

    plan = plan_of(order, left, paid(order), *refund(1, "8.00", shipping=(strange,)))

    assert holds(plan) == HELD
    assert ("tax refunded", "1.00") in only_problem(plan).terms
    assert totals(plan, Role.CREDIT, Role.REFUND) == []


def test_shipping_of_nothing_beside_goods_is_no_line() -> None:
    """Row 34 line by line: nothing given back says nothing."""
    order = make_order(shipping_lines=(make_shipping_line(),))
    back = refund(
        1,
        "50.00",
        lines=(make_refund_line(),),
        shipping=(make_refund_shipping(subtotal="0.00"),),
    )

    plan = plan_of(order, newest(order, current_total_price="8.00"), paid(order), *back)

    assert holds(plan) == []
    assert lines(plan, Role.CREDIT) == [("returns", 1, "50.00", "0.00")]


def test_a_line_that_was_never_invoiced_cannot_come_back() -> None:
    """I7."""
    strange = make_refund_line(line_id=77, subtotal="20.00")
    left = newest(TEE, current_total_price="30.00")

    plan = plan_of(TEE, left, paid(TEE), *refund(1, "20.00", lines=(strange,)))

    assert holds(plan) == HELD
    assert only_problem(plan).message.startswith("Line 77 is refunded but was never invoiced.")
    assert totals(plan, Role.CREDIT, Role.REFUND) == []


def test_tax_that_was_never_charged_cannot_come_back() -> None:
    """4.4: neither reading fits, so the figures are shown."""
    strange = make_refund_line(subtotal="48.00", tax="2.00")
    left = newest(TEE, current_total_price="0.00")

    plan = plan_of(TEE, left, paid(TEE), *refund(1, "50.00", lines=(strange,)))

    assert holds(plan) == HELD
    assert ("refund tax", "2.00") in only_problem(plan).terms
    assert totals(plan, Role.CREDIT, Role.REFUND) == []


def test_what_goes_beyond_the_price_is_an_allowance() -> None:
    """Row 29: goods to the invoiced limit, the excess labelled."""
    generous = make_refund_line(subtotal="60.00")
    left = newest(TEE, current_total_price="-10.00")

    plan = plan_of(TEE, left, paid(TEE), *refund(1, "60.00", lines=(generous,)))

    assert holds(plan) == []
    assert lines(plan, Role.CREDIT) == [
        ("returns", 1, "50.00", "0.00"),
        ("allowance", 1, "10.00", "0.00"),
    ]


@pytest.mark.parametrize(("tax", "excess_tax"), [("6.00", "1.00"), ("5.00", "0.00")])
def test_the_tax_of_the_excess_is_what_the_refund_says_of_it(tax: str, excess_tax: str) -> None:
    """Row 29 with 4.3: only stated tax, under the code of the sale."""
    generous = make_refund_line(subtotal="60.00", tax=tax)
    back = money(f"{60 + int(tax[0])}.00").shop
    left = newest(TAXED, current_total_price=str(TAXED.total_price.shop - back))

    plan = plan_of(TAXED, left, paid(TAXED), *refund(1, str(back), lines=(generous,)))

    assert holds(plan) == []
    assert lines(plan, Role.CREDIT) == [
        ("returns", 1, "50.00", "5.00"),
        ("allowance", 1, "10.00", excess_tax),
    ]


def test_more_adjusted_refunds_than_can_be_tried_are_held() -> None:
    """Text under section 3: the adjustment test tries each with and without, up to a limit; beyond
    it nothing is guessed."""
    left = newest(TEE, current_total_price="39.00")
    many = [
        fact
        for number in range(11)
        for fact in refund(
            number, "1.00", adjustments=(make_adjustment("-1.00", id=240000000000 + number),)
        )
    ]

    plan = plan_of(TEE, left, paid(TEE), *many)

    assert {code for code, _ in holds(plan)} == {"I5", "I6"}
    assert plan.entries == ()


def test_money_that_nothing_explains_is_held_with_the_figures() -> None:
    """I6: the customer owes it again, and no record says why it went back."""
    owing = newest(TEE, total_outstanding="10.00")

    plan = plan_of(TEE, owing, paid(TEE), *refund(1, "10.00"))

    assert holds(plan) == [("I6", "refunds")]
    terms = only_problem(plan).terms
    assert {("returned", "10.00"), ("credited", "0.00"), ("difference", "10.00")} <= set(terms)
    assert totals(plan) == ["IV 50.00", "P 50.00"]
