"""Refunds whose figures an accountant would question, checked by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounting.documents.build import build
from accounting.documents.document import Document, Kind, Plan
from accounting.facts import Fact, Order, RefundShipping, ShippingLine, merge
from tests.facts import (
    ORDERED_AT,
    REFUNDED_AT,
    make_adjustment,
    make_line,
    make_order,
    make_reading,
    make_refund,
    make_refund_line,
    make_refund_shipping,
    make_refund_transaction,
    make_rules,
    make_shipping_line,
    make_tax,
    make_transaction,
    money,
)

UNTAXED = make_shipping_line()
TAXED = make_shipping_line(price="10.00", taxes=(make_tax("1.00"),))
# Three at 10.00 with 9 % inside: 27.52 and 2.48.
INCLUSIVE: dict[str, Any] = {
    "lines": (
        make_line(quantity=3, price="10.00", taxes=(make_tax("2.48", title="GST", rate="0.09"),)),
    ),
    "taxes_included": True,
}


def refund(number: int, amount: str, **changes: Any) -> list[Fact]:
    """The `number`-th refund of `amount`, an hour after the one before it."""
    at, transaction_id = REFUNDED_AT + timedelta(hours=number), 8200000000200 + number
    record = make_refund(
        id=1020000000200 + number,
        created_at=at,
        transaction_ids=(transaction_id,),
        **({"lines": ()} | changes),
    )
    return [record, make_refund_transaction(id=transaction_id, amount=amount, processed_at=at)]


def plan_of(order: Order, paid: str, *facts: Fact, left: str = "0.00", **latest: Any) -> Plan:
    """`order` paid in full, then `facts`; `left` is what it charges at the end."""
    values: dict[str, Any] = {
        "updated_at": REFUNDED_AT + timedelta(days=1),
        "origin": False,
        "lines": order.lines,
        "shipping_lines": order.shipping_lines,
        "taxes_included": order.taxes_included,
        "current_total_price": left,
        "total_outstanding": "0.00",
    }
    newest = make_order(**(values | latest))
    paid_by = make_transaction(amount=paid)
    told = merge([order, newest, paid_by, *facts, make_reading()])
    return build(told, make_rules(), (), stem="", settled=True)


def totals(plan: Plan, kind: Kind) -> list[str]:
    found = (e for e in plan.entries if isinstance(e, Document) and e.kind is kind)
    return [f"{e.net} + {e.tax}" if e.lines else str(e.total) for e in found]


def shipping(amount: str, tax: str | None = None, **changes: Any) -> RefundShipping:
    return make_refund_shipping(subtotal=amount, tax=money(tax) if tax else None, **changes)


def test_shipping_may_be_given_back_in_parts() -> None:
    facts = [
        *refund(1, "5.00", shipping=(shipping("5.00"),)),
        *refund(2, "3.00", shipping=(shipping("3.00"),)),
    ]

    plan = plan_of(make_order(shipping_lines=(UNTAXED,)), "58.00", *facts, left="50.00")

    assert plan.problems == ()
    assert totals(plan, Kind.CREDIT_NOTE) == ["5.00 + 0.00", "3.00 + 0.00"]


def test_shipping_given_back_twice_holds_the_second_time_only() -> None:
    facts = [
        *refund(1, "8.00", shipping=(shipping("8.00"),)),
        *refund(2, "8.00", shipping=(shipping("8.00"),)),
    ]

    plan = plan_of(make_order(shipping_lines=(UNTAXED,)), "58.00", *facts, left="42.00")

    [problem] = plan.problems
    assert (problem.code, problem.subject) == ("I7", "refund 1020000000202")
    assert ("net refunded", "8.00") in problem.terms
    assert ("net left", "0.00") in problem.terms
    assert "“Standard”" in problem.message
    assert totals(plan, Kind.CREDIT_NOTE) == ["8.00 + 0.00"]
    assert totals(plan, Kind.REFUND) == ["8.00"]


def test_a_cancellation_credits_shipping_that_was_given_back_in_part() -> None:
    # 58.00 charged, 20.00 paid, 3.00 given back, then cancelled: 58 - 3 - 20 + 3 = 38 unpaid.
    order = make_order(shipping_lines=(UNTAXED,))
    given = refund(0, "3.00", shipping=(shipping("3.00"),))

    plan = plan_of(
        order,
        "20.00",
        *given,
        left="55.00",
        total_outstanding="38.00",
        cancelled_at=REFUNDED_AT + timedelta(hours=1),
    )

    assert plan.problems == ()
    assert totals(plan, Kind.CREDIT_NOTE) == ["3.00 + 0.00", "38.00 + 0.00"]


@pytest.mark.parametrize(
    ("stated", "row"),
    [
        (shipping("10.00", "1.00"), None),
        (shipping("11.00", "1.00"), None),
        (shipping("10.00"), ("-10.00", "-1.00")),
        (shipping("11.00"), ("-10.00", "-1.00")),
    ],
)
def test_taxed_shipping_is_read_with_or_without_its_tax(
    stated: RefundShipping, row: tuple[str, str] | None
) -> None:
    rows = (make_adjustment(row[0], tax=row[1], kind="shipping_refund"),) if row else ()
    facts = refund(1, "11.00", shipping=(stated,), adjustments=rows)

    plan = plan_of(make_order(shipping_lines=(TAXED,)), "61.00", *facts, left="50.00")

    assert plan.problems == ()
    assert totals(plan, Kind.CREDIT_NOTE) == ["10.00 + 1.00"]


def test_half_of_taxed_shipping_takes_half_of_its_tax() -> None:
    row = make_adjustment("-5.00", tax="-0.50", kind="shipping_refund")
    facts = refund(1, "5.50", shipping=(shipping("5.50"),), adjustments=(row,))

    plan = plan_of(make_order(shipping_lines=(TAXED,)), "61.00", *facts, left="55.50")

    assert plan.problems == ()
    assert totals(plan, Kind.CREDIT_NOTE) == ["5.00 + 0.50"]


@pytest.mark.parametrize("tax", ["0.00", "5.00"])
def test_shipping_whose_tax_is_not_its_share_is_held(tax: str) -> None:
    facts = refund(1, "10.00", shipping=(shipping("10.00", tax),))

    plan = plan_of(make_order(shipping_lines=(TAXED,)), "61.00", *facts, left="51.00")

    [problem] = plan.problems
    assert problem.subject == "refund 1020000000201"
    assert ("tax on it", "1.00") in problem.terms
    assert ("tax refunded", tax) in problem.terms
    assert totals(plan, Kind.CREDIT_NOTE) == []


def test_a_refund_that_does_not_name_its_shipping_line_is_held() -> None:
    two: tuple[ShippingLine, ...] = (UNTAXED, make_shipping_line(id=5300000000002, title="Lift"))
    facts = refund(1, "8.00", shipping=(shipping("8.00", shipping_line_id=None),))

    plan = plan_of(make_order(shipping_lines=two), "66.00", *facts, left="58.00")

    [problem] = plan.problems
    assert problem.message.startswith("Shopify does not say which")
    assert problem.terms == (("shipping refunded", "8.00"), ("Standard", "8.00"), ("Lift", "8.00"))


@pytest.mark.parametrize("tax", ["0.00", "2.48"])
def test_a_refund_whose_tax_is_not_its_share_is_held(tax: str) -> None:
    facts = refund(1, "10.00", lines=(make_refund_line(subtotal="10.00", tax=tax),))

    plan = plan_of(make_order(**INCLUSIVE), "30.00", *facts, left="20.00")

    [problem] = plan.problems
    assert ("share of the tax", "0.83") in problem.terms
    assert ("refund tax", tax) in problem.terms
    assert totals(plan, Kind.CREDIT_NOTE) == []
    assert totals(plan, Kind.PAYMENT) == ["30.00"]


def test_the_last_units_take_the_rest_of_the_tax() -> None:
    shares = [("10.00", "0.83"), ("10.00", "0.83"), ("10.00", "0.82")]
    facts = [
        fact
        for number, (subtotal, tax) in enumerate(shares)
        for fact in refund(number, "10.00", lines=(make_refund_line(subtotal=subtotal, tax=tax),))
    ]

    plan = plan_of(make_order(**INCLUSIVE), "30.00", *facts)

    assert plan.problems == ()
    assert totals(plan, Kind.CREDIT_NOTE) == ["9.17 + 0.83", "9.17 + 0.83", "9.18 + 0.82"]


def test_the_last_units_take_the_rest_however_uneven_the_shares_were() -> None:
    # Four at 3.33. The rest, 3.27, misses its share by more than roundings explain.
    order = make_order(lines=(make_line(quantity=4, price="3.33"),))
    facts = [
        fact
        for number, amount in enumerate(["3.34", "3.35", "3.36", "3.27"])
        for fact in refund(number, amount, lines=(make_refund_line(subtotal=amount),))
    ]

    plan = plan_of(order, "13.32", *facts)

    assert plan.problems == ()
    assert totals(plan, Kind.REFUND) == ["3.34", "3.35", "3.36", "3.27"]


def test_a_record_never_takes_more_units_off_an_invoice_than_it_has() -> None:
    # Without this the invoice would read: TEE -50.00, SOFA 100.00.
    lines = (make_line(), make_line(id=15200000000002, title="SOFA", price="100.00"))
    record = make_refund(
        created_at=ORDERED_AT - timedelta(hours=1),
        lines=(make_refund_line(quantity=2, subtotal="100.00"),),
    )

    plan = plan_of(make_order(lines=lines), "50.00", record, left="50.00")

    assert plan.entries == ()
    found = {problem.code: problem for problem in plan.problems}
    assert ("units left", "1") in found["I7"].terms


def test_a_refund_row_without_units_or_money_takes_nothing_back() -> None:
    row = make_refund_line(quantity=0, subtotal="0.00")
    facts = refund(1, "5.00", lines=(row,), adjustments=(make_adjustment("-5.00"),))

    plan = plan_of(make_order(), "50.00", *facts, left="45.00")

    assert plan.problems == ()
    note = next(e for e in plan.entries if e.kind is Kind.CREDIT_NOTE)
    assert isinstance(note, Document)
    assert [(line.role, str(line.net)) for line in note.lines] == [("allowance", "5.00")]


def test_money_for_no_units_is_held() -> None:
    facts = refund(1, "5.00", lines=(make_refund_line(quantity=0, subtotal="5.00"),))

    plan = plan_of(make_order(), "50.00", *facts, left="45.00")

    assert [problem.subject for problem in plan.problems] == ["refund 1020000000201"]
    assert totals(plan, Kind.CREDIT_NOTE) == []


def test_a_cancelled_order_is_written_off_once() -> None:
    """Unpaid and invoiced; the record takes the goods back and says 50.00 were “kept”, as it does
    when nothing had been paid. That is neither a fee nor a second credit."""
    record = make_refund(adjustments=(make_adjustment("50.00"),))
    newest = make_order(
        origin=False,
        updated_at=REFUNDED_AT,
        cancelled_at=REFUNDED_AT,
        current_total_price="0.00",
        total_outstanding="0.00",
    )

    plan = build(
        merge([make_order(), newest, record]),
        make_rules(trigger="created"),
        (),
        stem="",
        settled=True,
    )

    assert plan.problems == ()
    assert totals(plan, Kind.CREDIT_NOTE) == ["50.00 + 0.00"]
    assert totals(plan, Kind.INVOICE) == ["50.00 + 0.00"]
