"""Shopify's orders become facts."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from accounting.facts import MoneyBag, Order
from shopify_app.payloads import TOPICS, facts_from
from tests import payloads
from tests.facts import money
from tests.payloads import as_body, make_line, make_order, without
from tests.shopify_app.reading import SENT, only, order_of, read, refused


def test_an_order_keeps_what_the_books_need() -> None:
    order = order_of(make_order())

    assert (order.id, order.name, order.number) == (payloads.ORDER_ID, "#1001", 1001)
    assert order.processed_at == datetime(2026, 11, 20, 2, 0, 1, tzinfo=UTC)
    assert order.processed_at.tzinfo is UTC
    assert (order.total_price, order.total_outstanding) == (money("90.00"), Decimal("0.00"))
    assert (order.lines[0].price, order.lines[0].sku) == (money("80.00"), "AG-SONGKET-E")
    assert (order.shipping_lines[0].code, order.shipping_lines[0].price) == (
        "STANDARD",
        money("10.00"),
    )


def test_only_the_created_topic_marks_the_origin() -> None:
    marks = {
        topic: only(Order, read(topic, make_order())).origin
        for topic in TOPICS
        if topic.startswith("orders/") and topic not in ("orders/edited", "orders/delete")
    }

    assert [topic for topic, origin in marks.items() if origin] == ["orders/create"]


def test_a_tax_line_keeps_its_identity_and_amount() -> None:
    tax = payloads.make_tax_line(title="SST", rate=0.08, price="5.93")

    line = order_of(make_order(line_items=[make_line(tax_lines=[tax])])).lines[0]

    assert (line.taxes[0].title, line.taxes[0].amount) == ("SST", money("5.93"))
    assert str(line.taxes[0].rate) == "0.08"
    assert line.taxes[0].channel_liable is False


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("0.1", "0.1"),
        ("0.10", "0.1"),
        ("1e-1", "0.1"),
        ("0.07250000000000001", "0.0725"),
        ("0", "0"),
    ],
)
def test_one_rate_has_one_spelling(sent: str, kept: str) -> None:
    order = make_order(line_items=[make_line(tax_lines=[payloads.make_tax_line(rate=0.777)])])
    body = as_body(order).replace(b"0.777", sent.encode())

    facts = facts_from("orders/updated", body, triggered_at=SENT)

    assert str(only(Order, facts).lines[0].taxes[0].rate) == kept


def test_a_discount_is_called_by_its_code_or_title() -> None:
    allocations = [payloads.make_discount(discount_application_index=i) for i in (0, 1, 2)]
    order = make_order(
        discount_applications=[{"code": "HUJAN5", "title": None}, {"title": "Jualan Akhir Tahun"}],
        line_items=[make_line(discount_allocations=allocations)],
    )

    discounts = order_of(order).lines[0].discounts

    assert [discount.label for discount in discounts] == ["HUJAN5", "Jualan Akhir Tahun", ""]
    assert discounts[0].amount == money("5.00")


def test_a_tip_line_is_known_by_a_key_that_may_be_null() -> None:
    lines = [make_line(), payloads.make_tip_line(), make_line(id=3, tip={"amount": "1.00"})]

    order = order_of(make_order(line_items=lines))

    assert [line.tip for line in order.lines] == [False, True, True]


def test_both_currencies_come_from_the_sets() -> None:
    order = order_of(payloads.presented_in("SGD", "0.3", make_order()))

    assert (order.currency, order.presentment_currency) == ("MYR", "SGD")
    assert order.lines[0].price == MoneyBag(shop=Decimal("80.00"), presentment=Decimal("24.00"))


def test_the_plain_amount_stands_in_for_a_missing_set_in_one_currency() -> None:
    line = without(make_line(), "price_set")

    assert order_of(make_order(line_items=[line])).lines[0].price == money("80.00")


def test_the_plain_amount_is_not_enough_in_two_currencies() -> None:
    order = payloads.presented_in("SGD", "0.3", make_order())
    order["line_items"][0]["price_set"] = None

    error = refused("orders/updated", order)

    assert error.path == "line_items[0].price_set"


def test_a_set_in_another_currency_than_the_order_is_refused() -> None:
    order = make_order()
    order["line_items"][0]["price_set"]["shop_money"]["currency_code"] = "SGD"

    error = refused("orders/updated", order)

    assert error.path == "line_items[0].price_set.shop_money.currency_code"
    assert "SGD" in error.message


def test_duties_and_fees_are_taken_as_ordered() -> None:
    order = order_of(
        make_order(
            original_total_duties_set=payloads.make_set("7.00"),
            current_total_duties_set=payloads.make_set("0.00"),
            current_total_additional_fees_set=payloads.make_set("2.50"),
        )
    )

    assert (order.duties, order.additional_fees) == (money("7.00"), money("2.50"))


def test_an_order_without_personal_data_is_read() -> None:
    personal = ("billing_address", "shipping_address", "customer", "email", "contact_email")

    order = order_of(make_order(**dict.fromkeys(personal), phone=None, note=None))

    assert order.customer is None


def test_who_bought_is_read_from_billing_then_shipping_then_the_customer() -> None:
    order = make_order(
        billing_address=None,
        shipping_address=payloads.make_address(name="", first_name="", last_name="", phone=None),
        company={"id": 5, "name": "Syarikat Contoh"},
        phone="+60115550999",
    )

    customer = order_of(order).customer

    assert customer is not None
    assert (customer.id, customer.name) == (9600000000001, "Mei Contoh")
    assert (customer.company, customer.phone) == ("Syarikat Contoh", "+60115550999")
    assert customer.address[0] == "12, Jalan Umpama 4/1"
    assert customer.country == "MY"


def test_marks_that_keep_an_order_out_of_the_books_are_read() -> None:
    order = order_of(
        make_order(
            test=True,
            estimated_taxes=True,
            merchant_of_record_app_id=77,
            cancelled_at="2026-11-21T08:00:00+08:00",
        )
    )

    assert (order.test, order.estimated_taxes, order.merchant_of_record) == (True, True, 77)
    assert order.cancelled_at == datetime(2026, 11, 21, tzinfo=UTC)


def test_lists_and_objects_that_are_null_read_as_empty() -> None:
    line = make_line(tax_lines=None, discount_allocations=None, sku=None, product_id=None)
    order = make_order() | {"line_items": [line], "shipping_lines": None, "refunds": None}

    read_order = order_of(order)

    assert (read_order.lines[0].taxes, read_order.lines[0].sku) == ((), "")
    assert read_order.shipping_lines == ()


def test_yen_and_dinar_are_read_to_their_own_decimals() -> None:
    yen = make_order(currency="JPY", presentment_currency="JPY", line_items=[], shipping_lines=[])
    yen |= {"total_price": "1200.0", "total_price_set": None}
    dinar = make_order(currency="KWD", presentment_currency="KWD", line_items=[], shipping_lines=[])
    dinar |= {"total_price": "1.255", "total_price_set": None}

    assert str(order_of(yen).total_price.shop) == "1200.00"
    assert str(order_of(dinar).total_price.shop) == "1.255"
