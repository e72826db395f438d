"""A body that cannot be used is refused with an error that names the field."""

from __future__ import annotations

from typing import Any

import pytest

from tests import payloads
from tests.payloads import make_line, make_order, make_refund, make_transaction, without
from tests.shopify_app.reading import read, refused

REQUIRED = {
    "orders/updated": (
        make_order,
        ["id", "name", "created_at", "updated_at", "currency", "taxes_included", "line_items"],
    ),
    "refunds/create": (make_refund, ["id", "order_id", "created_at"]),
    "order_transactions/create": (
        make_transaction,
        ["id", "order_id", "kind", "status", "amount", "currency"],
    ),
}


@pytest.mark.parametrize(
    ("topic", "key"), [(topic, key) for topic, (_, keys) in REQUIRED.items() for key in keys]
)
def test_a_required_field_that_is_absent_or_null_is_named(topic: str, key: str) -> None:
    make = REQUIRED[topic][0]

    assert refused(topic, without(make(), key)).path == key
    assert refused(topic, make() | {key: None}).path == key


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"quantity": -1}, "line_items[0].quantity"),
        ({"quantity": 1.5}, "line_items[0].quantity"),
        ({"quantity": True}, "line_items[0].quantity"),
        ({"price": "abc"}, "line_items[0].price_set.shop_money.amount"),
        ({"price": "1.005"}, "line_items[0].price_set.shop_money.amount"),
        ({"price": "NaN"}, "line_items[0].price_set.shop_money.amount"),
        ({"price": "1e3"}, "line_items[0].price_set.shop_money.amount"),
        ({"price": "١٢"}, "line_items[0].price_set.shop_money.amount"),
        ({"price": "-1.00"}, "line_items[0].price"),
        ({"price_set": []}, "line_items[0].price_set"),
        ({"id": 0}, "line_items[0].id"),
        ({"id": 2**63}, "line_items[0].id"),
        ({"title": 5}, "line_items[0].title"),
        ({"gift_card": "yes"}, "line_items[0].gift_card"),
        ({"tax_lines": {}}, "line_items[0].tax_lines"),
        ({"tax_lines": [None]}, "line_items[0].tax_lines[0]"),
        ({"tax_lines": [payloads.make_tax_line(rate=-1)]}, "line_items[0].tax_lines[0].rate"),
    ],
)
def test_a_line_that_makes_no_sense_is_refused_by_its_field(
    changes: dict[str, Any], path: str
) -> None:
    order = make_order()
    order["line_items"] = [make_line(**changes)]

    assert refused("orders/updated", order).path == path


@pytest.mark.parametrize(
    ("topic", "payload", "path"),
    [
        ("orders/updated", make_order(currency="myr"), "currency"),
        ("orders/updated", make_order(presentment_currency="RM"), "presentment_currency"),
        ("orders/updated", make_order(currency="ABC"), "currency"),
        ("orders/updated", make_order(presentment_currency="XXX"), "presentment_currency"),
        ("order_transactions/create", make_transaction(currency="XAU"), "currency"),
        ("orders/updated", make_order(total_price="-90.00"), "total_price"),
        ("orders/updated", make_order(total_tax="-0.01"), "total_tax"),
        ("orders/updated", make_order(total_tip_received="-1.00"), "total_tip_received"),
        ("orders/updated", make_order(updated_at="2026-11-20T10:00:00"), "updated_at"),
        ("orders/updated", make_order(updated_at="yesterday"), "updated_at"),
        ("orders/updated", make_order(updated_at="9999-12-31T23:00:00Z"), "updated_at"),
        ("orders/updated", make_order(updated_at=1763604000), "updated_at"),
        ("orders/updated", make_order(line_items=[make_line()] * 2), "line_items[1].id"),
        ("order_transactions/create", make_transaction(kind="gift"), "kind"),
        ("order_transactions/create", make_transaction(status="SUCCESS"), "status"),
        ("order_transactions/create", make_transaction(amount="-5.00"), "amount"),
        ("refunds/create", make_refund(order_adjustments=[{"id": 1}]), "order_adjustments[0].kind"),
        ("orders/edited", {}, "order_edit"),
        ("orders/edited", payloads.make_edit(order_id=None), "order_edit.order_id"),
        ("carts/update", make_order(), "topic"),
    ],
)
def test_a_body_that_makes_no_sense_is_refused_by_its_field(
    topic: str, payload: Any, path: str
) -> None:
    assert refused(topic, payload).path == path


@pytest.mark.parametrize(
    ("currency", "amount", "accepted"),
    [
        ("JPY", "1200.00", True),
        ("JPY", "1200.50", False),
        ("MYR", "12.345", False),
        ("MYR", "12.340", True),
        ("KWD", "12.345", True),
        ("KWD", "12.3456", False),
        ("CLF", "12.3456", True),
    ],
)
def test_an_amount_has_no_more_decimals_than_its_currency(
    currency: str, amount: str, accepted: bool
) -> None:
    payment = make_transaction(currency=currency, amount=amount)

    if accepted:
        assert len(read("order_transactions/create", payment)) == 1
    else:
        error = refused("order_transactions/create", payment)
        assert error.path == "amount"
        assert (amount in error.message, currency in error.message) == (True, True)


def test_a_negative_total_on_the_customers_side_only_is_refused() -> None:
    order = payloads.presented_in("SGD", "0.3", make_order())
    order["total_price_set"]["presentment_money"]["amount"] = "-27.00"

    assert refused("orders/updated", order).path == "total_price"


@pytest.mark.parametrize("side", ["shop_money", "presentment_money"])
def test_a_refund_in_a_currency_that_does_not_exist_is_refused(side: str) -> None:
    refund = payloads.presented_in("SGD", "0.3", make_refund())
    refund["refund_line_items"][0]["subtotal_set"][side]["currency_code"] = "ABC"

    error = refused("refunds/create", refund)

    assert error.path == f"refund_line_items[0].subtotal_set.{side}.currency_code"
    assert "ABC" in error.message


def test_an_error_repeats_figures_but_no_text_of_a_person() -> None:
    figure = refused("order_transactions/create", make_transaction(amount="12,50"))
    person = refused("order_transactions/create", make_transaction(amount="mei@customer.test"))

    assert "12,50" in str(figure)
    assert "mei" not in str(person)
