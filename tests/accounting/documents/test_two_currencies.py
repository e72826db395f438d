"""Orders whose customer paid in another currency (rows 48 and 49, R17)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounting.documents.document import Kind, Role
from accounting.facts import MoneyBag, Order, Totals, Transaction
from tests.accounting.documents.stories import (
    EDITED_AT,
    agreement,
    documents,
    holds,
    lines,
    newest,
    only_problem,
    plan_of,
    sale,
    totals,
)
from tests.facts import (
    ACCOUNTS,
    REFUNDED_AT,
    make_adjustment,
    make_discount,
    make_line,
    make_order,
    make_paid_order,
    make_refund,
    make_refund_shipping,
    make_refund_transaction,
    make_rules,
    make_shipping_line,
    make_transaction,
)

RULES = make_rules(accounts=ACCOUNTS | {"fx": "fx"})
FOR_THE_CUSTOMER = make_rules(currency_side="presentment", cash_debtors={"USD": "300-U0001"})


def both(shop: str, customer: str) -> MoneyBag:
    return MoneyBag(shop=Decimal(shop), presentment=Decimal(customer))


# 220.00 less 20.00 in the shop's ringgit, 50.00 less 4.55 in the customer's dollars.
DISCOUNT = replace(make_discount("0.00", "SALE"), amount=both("20.00", "4.55"))
WATCH = make_line(price=both("220.00", "50.00"), discounts=(DISCOUNT,))
ORDER = make_order(presentment_currency="USD", lines=(WATCH,), total_price=both("200.00", "45.45"))


def seen_by_customer(current: str = "45.45", outstanding: str = "0.00") -> Totals:
    return Totals(
        total_tax=Decimal("0.00"),
        total_outstanding=Decimal(outstanding),
        current_total_price=Decimal(current),
    )


def read_anew(order: Order, **changes: Any) -> Order:
    values: dict[str, Any] = {
        "presentment_totals": seen_by_customer(),
        "total_price": order.total_price,
    }
    return newest(order, **(values | changes))


def paid(shop: str, customer: str = "45.45") -> Transaction:
    return make_transaction(amount=customer, currency="USD", shop_amount=shop)


def returned(shop: str, customer: str) -> Transaction:
    return make_refund_transaction(amount=customer, currency="USD", shop_amount=shop)


def test_the_discount_in_the_customers_currency_is_taken_off_too() -> None:
    """Row 49: documents from the customer's amounts, with the rate of the order."""
    plan = plan_of(ORDER, read_anew(ORDER), paid("200.10"), rules=FOR_THE_CUSTOMER)

    assert holds(plan) == []
    assert totals(plan) == ["IV 45.45", "P 45.45"]
    assert {document.rate for document in documents(plan)} == {Decimal("4.40044004")}


def test_a_free_order_has_no_rate() -> None:
    """Row 49: shop total ÷ customer's total says nothing of 0.00."""
    free = make_paid_order(
        presentment_currency="USD",
        lines=(make_line(price=both("0.00", "0.00")),),
        total_price=both("0.00", "0.00"),
        presentment_totals=seen_by_customer("0.00"),
    )

    plan = plan_of(free, rules=FOR_THE_CUSTOMER)

    assert holds(plan) == []
    [invoice] = documents(plan)
    assert (invoice.currency, invoice.rate, str(invoice.total)) == ("USD", None, "0.00")


def test_a_difference_of_rates_beyond_what_is_allowed_is_held() -> None:
    """I14: 20.00 of 220.00 is no exchange difference, it is a mistake."""
    plan = plan_of(ORDER, read_anew(ORDER), paid("220.00"), rules=RULES)

    assert holds(plan) == [("I14", "SH-1001-N2WN10A5WL")]
    figures = [figure for _, figure in only_problem(plan).terms]
    assert figures == ["20.00", "220.00", "2.00 %"]
    assert totals(plan) == ["IV 200.00"]


def test_goodwill_counts_in_the_shops_currency_as_it_did_in_the_customers() -> None:
    """The adjustment test is made where figures are exact, and holds on the other side."""
    given = replace(make_adjustment("0.00"), amount=both("-20.00", "-4.55"))
    record = make_refund(lines=(), adjustments=(given,), transaction_ids=(8200000000102,))
    now = read_anew(
        ORDER, presentment_totals=seen_by_customer("40.90"), current_total_price="180.00"
    )

    plan = plan_of(ORDER, now, paid("200.10"), record, returned("20.00", "4.55"), rules=RULES)

    assert holds(plan) == []
    assert lines(plan, Role.CREDIT) == [("allowance", 1, "20.00", "0.00")]
    assert totals(plan, Role.REFUND) == ["F 20.00"]


def test_shipping_is_read_in_the_shops_currency_as_it_was_in_the_customers() -> None:
    """R12: the reading that was proved is not tested again on converted amounts."""
    order = make_order(
        presentment_currency="USD",
        lines=(WATCH,),
        shipping_lines=(make_shipping_line(price=both("44.00", "10.00")),),
        total_price=both("244.00", "55.45"),
    )
    given = make_refund_shipping(subtotal=both("44.00", "10.00"))
    record = make_refund(lines=(), shipping=(given,), transaction_ids=(8200000000102,))
    now = read_anew(order, current_total_price="200.00")

    plan = plan_of(
        order, now, paid("244.00", "55.45"), record, returned("44.00", "10.00"), rules=RULES
    )

    assert holds(plan) == []
    assert lines(plan, Role.CREDIT) == [("shipping", 1, "44.00", "0.00")]


def test_an_edit_is_written_in_the_shops_currency_too() -> None:
    """Row 39 with row 48: the discount was taken away again by an edit."""
    dearer = read_anew(
        ORDER,
        lines=(replace(WATCH, discounts=()),),
        total_price=both("220.00", "50.00"),
        presentment_totals=seen_by_customer("50.00", outstanding="4.55"),
        total_outstanding="20.00",
    )
    said = replace(sale("0.00"), total=both("20.00", "4.55"))

    plan = plan_of(ORDER, dearer, paid("200.10"), agreement(1, said), rules=RULES)

    assert holds(plan) == []
    assert totals(plan, Role.INCREASE) == ["Q 20.00"]
    assert [d.kind for d in documents(plan, Role.DIFFERENCE)] == [Kind.DEBIT_NOTE]


def test_of_several_edits_the_last_takes_what_conversion_leaves() -> None:
    """R12, R21: the edits add up in dollars; in ringgit they miss the change by a sen."""
    dearer = read_anew(
        ORDER,
        lines=(replace(WATCH, discounts=()),),
        total_price=both("220.00", "50.00"),
        presentment_totals=seen_by_customer("50.00", outstanding="4.55"),
        total_outstanding="20.00",
    )
    said = [
        agreement(1, replace(sale("0.00"), total=both("9.99", "2.27"))),
        agreement(
            2,
            replace(sale("0.00"), total=both("10.00", "2.28")),
            at=EDITED_AT + timedelta(days=1),
        ),
    ]

    plan = plan_of(ORDER, dearer, paid("200.10"), *said, rules=RULES)

    assert holds(plan) == []
    assert totals(plan, Role.INCREASE) == ["Q 9.99", "Q 10.01"]


@pytest.mark.parametrize("gain", ["0.10", "3.00"])
def test_what_rates_left_before_a_cancellation_is_not_written_off_by_it(gain: str) -> None:
    """R6 with R17: whatever was gained on the payment, be it more than the unpaid badge that an
    edit added, that badge is all that the cancellation credits."""
    badge = make_line(id=15200000000002, title="BADGE", price=both("2.20", "0.50"))
    added = sale("0.00", action="order", line_id=badge.id, quantity=1)
    gone = read_anew(
        ORDER,
        lines=(WATCH, badge),
        total_price=both("202.20", "45.95"),
        cancelled_at=REFUNDED_AT,
        current_total_price="200.00",
    )
    money = Decimal("200.00") + Decimal(gain)

    plan = plan_of(
        ORDER,
        gone,
        paid(str(money)),
        agreement(1, replace(added, total=both("2.20", "0.50"))),
        rules=RULES,
    )

    assert holds(plan) == []
    assert totals(plan) == ["IV 200.00", f"P {money}", f"N {gain}", "S 2.20", "X 2.20"]


def test_a_payment_in_a_third_currency_is_held() -> None:
    """G5: nobody has said what it is worth in the order's currency."""
    plan = plan_of(make_paid_order(), make_transaction(amount="10.00", currency="USD"))

    assert holds(plan) == [("FACTS_INCOMPLETE", "G5")]
    assert ("amount", "10.00 USD") in only_problem(plan).terms
    assert plan.entries == ()


def test_of_a_part_paid_order_cancelled_before_its_invoice_the_same_part_is_kept_in_both() -> None:
    """R5: 20.00 of 45.45 dollars were paid, so 88.01 of 200.00 ringgit are invoiced."""
    rules = make_rules(
        trigger="created", fold_window=timedelta(hours=1), accounts=ACCOUNTS | {"fx": "fx"}
    )
    soon = ORDER.processed_at + timedelta(minutes=10)
    gone = read_anew(
        ORDER,
        cancelled_at=soon,
        updated_at=soon,
        presentment_totals=seen_by_customer(current="20.00", outstanding="0.00"),
    )

    plan = plan_of(ORDER, gone, paid("88.50", "20.00"), rules=rules)

    assert holds(plan) == []
    assert totals(plan) == ["IV 88.01", "P 88.50", "N 0.49"]


@pytest.mark.parametrize(("status", "notes"), [("pending", []), ("success", ["N 0.10"])])
def test_exchange_stays_open_while_a_refund_is_on_its_way(status: str, notes: list[str]) -> None:
    """Row 27 with row 48: what arrives at the customer may unsettle the account again."""
    given = replace(make_adjustment("0.00"), amount=both("-20.00", "-4.55"))
    record = make_refund(lines=(), adjustments=(given,), transaction_ids=(8200000000102,))
    now = read_anew(
        ORDER, presentment_totals=seen_by_customer("40.90"), current_total_price="180.00"
    )
    back = replace(returned("20.00", "4.55"), status=status)

    plan = plan_of(ORDER, now, paid("200.10"), record, back, rules=RULES)

    assert totals(plan, Role.DIFFERENCE) == notes
