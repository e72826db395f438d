"""What an order says beside its lines and prices: the customer's totals, duties, terms, parcels."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from accounting.facts import Deletion, MoneyBag, Totals
from tests import payloads
from tests.facts import money
from tests.payloads import make_line, make_order, make_set, without
from tests.shopify_app.reading import SENT, only, order_of, read, refused

DECIDING = ["total_tax", "current_total_price", "total_outstanding"]
ORDER, LINE = payloads.ORDER_ID, payloads.LINE_ID


def seen_in_singapore(**changes: Any) -> Any:
    return payloads.presented_in("SGD", "0.3", make_order(**changes))


def test_totals_in_the_customers_currency_come_from_the_sets() -> None:
    tax = payloads.make_tax_line(price="8.00")
    order = order_of(
        seen_in_singapore(
            taxes_included=False,
            financial_status="pending",
            line_items=[make_line(tax_lines=[tax])],
            total_tip_received="2.00",
            total_tip_received_set=make_set("2.00"),
        )
    )

    assert order.presentment_totals == Totals(
        total_tax=Decimal("2.40"),
        total_outstanding=Decimal("29.40"),
        current_total_price=Decimal("29.40"),
        total_tip_received=Decimal("0.60"),
    )
    assert order.total_outstanding == Decimal("98.00")


@pytest.mark.parametrize("total", DECIDING)
@pytest.mark.parametrize("silent", [None, {"shop_money": {"amount": "1.00"}}])
def test_totals_that_are_said_in_part_only_are_not_said(total: str, silent: Any) -> None:
    body = seen_in_singapore()
    if silent:
        silent = {"shop_money": body[f"{total}_set"]["shop_money"]}

    assert order_of(without(body, f"{total}_set")).presentment_totals is None
    assert order_of(body | {f"{total}_set": silent}).presentment_totals is None


def test_a_tip_that_the_customers_currency_does_not_say_leaves_the_totals_unsaid() -> None:
    tipped = seen_in_singapore(total_tip_received="2.00")

    assert order_of(tipped).presentment_totals is None
    assert order_of(seen_in_singapore()).presentment_totals is not None


def test_one_currency_needs_no_totals_of_its_own() -> None:
    assert order_of(make_order()).presentment_totals is None


def test_totals_in_a_third_currency_are_refused() -> None:
    body = seen_in_singapore()
    body["total_tax_set"]["presentment_money"]["currency_code"] = "USD"

    assert refused("orders/updated", body).path == "total_tax_set.presentment_money.currency_code"


def test_taxes_on_duties_and_fees_are_kept_in_both_currencies() -> None:
    gst, sst = (
        payloads.make_tax_line(title="GST", rate=0.09, price="0.72"),
        payloads.make_tax_line(price="0.25"),
    )
    duty = payloads.make_duty(tax_lines=[gst])
    fee = payloads.make_fee(tax_lines=[sst])
    lines = [make_line(duties=[duty]), make_line(id=LINE + 1, duties=[duty, payloads.make_duty()])]

    order = order_of(seen_in_singapore(line_items=lines, additional_fees=[fee]))

    assert [tax.title for tax in order.duty_taxes] == ["GST", "GST"]
    amount = MoneyBag(shop=Decimal("0.72"), presentment=Decimal("0.22"))
    assert order.duty_taxes[0].amount == amount
    assert [(tax.title, tax.amount.shop) for tax in order.fee_taxes] == [("SST", Decimal("0.25"))]


@pytest.mark.parametrize(
    ("terms", "due_at"),
    [
        (
            payloads.make_terms("2026-12-20T12:00:00+08:00", "2027-01-20T12:00:00+08:00"),
            datetime(2026, 12, 20, 4, tzinfo=UTC),
        ),
        (payloads.make_terms(None), None),
        (payloads.make_terms(), None),
        ({"payment_schedules": None}, None),
        (None, None),
    ],
)
def test_money_is_due_when_the_first_schedule_of_the_terms_says(terms: Any, due_at: Any) -> None:
    assert order_of(make_order(payment_terms=terms)).due_at == due_at


def test_a_due_time_that_makes_no_sense_is_refused_by_its_field() -> None:
    body = make_order(payment_terms=payloads.make_terms("soon"))

    assert refused("orders/updated", body).path == "payment_terms.payment_schedules[0].due_at"


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("", ()),
        (None, ()),
        ("B2B", ("B2B",)),
        (" B2B , Raya 2026,, vip ", ("B2B", "Raya 2026", "vip")),
    ],
)
def test_tags_are_parted_at_their_commas(text: Any, tags: tuple[str, ...]) -> None:
    assert order_of(make_order(tags=text)).tags == tags


def test_units_sent_are_added_up_over_successful_fulfillments() -> None:
    fulfillments = [
        payloads.make_fulfillment((LINE, 2), (LINE + 1, 1)),
        payloads.make_fulfillment((LINE, 1)),
        payloads.make_fulfillment((LINE, 1), status="cancelled"),
        payloads.make_fulfillment((LINE + 2, 5), status=None, line_items=None),
    ]
    lines = [make_line(id=LINE + each, quantity=4) for each in range(3)]

    order = order_of(make_order(line_items=lines, fulfillments=fulfillments))

    assert [line.fulfilled_quantity for line in order.lines] == [3, 1, 0]


def test_an_order_without_fulfillments_has_sent_nothing() -> None:
    assert order_of(without(make_order(), "fulfillments")).lines[0].fulfilled_quantity == 0


def test_units_that_make_no_sense_are_refused_by_their_field() -> None:
    body = make_order(fulfillments=[payloads.make_fulfillment((LINE, -1))])

    assert refused("orders/updated", body).path == "fulfillments[0].line_items[0].quantity"


@pytest.mark.parametrize(("said", "exists"), [(True, True), (False, False), (None, True)])
def test_a_product_exists_unless_shopify_says_that_it_does_not(said: Any, exists: bool) -> None:
    line = make_line(product_exists=said)

    assert order_of(make_order(line_items=[line])).lines[0].product_exists is exists


def test_a_deleted_variant_and_a_line_without_a_product_are_read() -> None:
    gone = make_line(product_exists=False, product_id=None, variant_id=None, variant_title=None)
    custom = without(make_line(id=LINE + 1, sku=None), "product_exists", "product_id", "variant_id")

    lines = order_of(make_order(line_items=[gone, custom])).lines

    assert [(line.product_id, line.variant_id) for line in lines] == [(None, None)] * 2
    assert [line.product_exists for line in lines] == [False, True]
    assert (lines[0].sku, lines[1].sku, lines[0].price) == ("AG-SONGKET-E", "", money("80.00"))


def test_a_business_customer_is_known_by_the_companys_id() -> None:
    customer = order_of(make_order(company={"id": 55, "location_id": 7})).customer

    assert customer is not None
    assert customer.company_id == 55


def test_a_company_alone_is_a_customer() -> None:
    nobody = dict.fromkeys(("billing_address", "shipping_address", "customer", "email"))

    customer = order_of(make_order(**nobody, contact_email=None, company={"id": 55})).customer

    assert customer is not None
    assert (customer.id, customer.company_id, customer.name) == (None, 55, "")


def test_a_deleted_order_is_known_by_its_id_and_the_time_it_was_told() -> None:
    found = only(Deletion, read("orders/delete", {"id": ORDER}))

    assert found == Deletion(id=ORDER, order_id=ORDER, deleted_at=SENT)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (make_order(), "created_at"),
        (payloads.make_refund(), "created_at"),
        (payloads.make_transaction(), "created_at"),
        ({"id": 1, "current": [], "updated_at": "2026-11-20T10:00:00Z"}, "updated_at"),
        ({"id": 1, "order_id": 2}, "order_id"),
        ({}, "id"),
        ({"id": "gid://shopify/Order/1"}, "id"),
    ],
)
def test_another_body_is_no_deletion(body: Any, path: str) -> None:
    assert refused("orders/delete", body).path == path
