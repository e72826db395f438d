"""Shopify's bodies become facts, or an error that names the field."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar

import pytest

from accounting import codec
from accounting.facts import NOTHING, Edit, Fact, MoneyBag, Order, Refund, Transaction, merge
from shopify_app.payloads import TOPICS, BadPayload, facts_from
from tests import payloads
from tests.payloads import as_body, make_line, make_order, make_refund, make_transaction, without

SENT = datetime(2026, 11, 22, 1, 30, 5, tzinfo=UTC)

Found = TypeVar("Found", Order, Transaction, Refund, Edit)


def read(topic: str, payload: Any) -> tuple[Fact, ...]:
    return facts_from(topic, as_body(payload), triggered_at=SENT)


def only(kind: type[Found], facts: tuple[Fact, ...]) -> Found:
    (fact,) = (fact for fact in facts if isinstance(fact, kind))
    return fact


def order_of(payload: Any) -> Order:
    return only(Order, read("orders/updated", payload))


def refused(topic: str, payload: Any) -> BadPayload:
    with pytest.raises(BadPayload) as caught:
        read(topic, payload)
    return caught.value


def same(amount: str) -> MoneyBag:
    return MoneyBag(shop=Decimal(amount), presentment=Decimal(amount))


# Orders


def test_an_order_keeps_what_the_books_need() -> None:
    order = order_of(make_order())

    assert (order.id, order.name, order.number) == (payloads.ORDER_ID, "#1001", 1001)
    assert order.processed_at == datetime(2026, 11, 20, 2, 0, 1, tzinfo=UTC)
    assert order.processed_at.tzinfo is UTC
    assert (order.total_price, order.total_outstanding) == (same("90.00"), Decimal("0.00"))
    assert (order.lines[0].price, order.lines[0].sku) == (same("80.00"), "AG-SONGKET-E")
    assert (order.shipping_lines[0].code, order.shipping_lines[0].price) == (
        "STANDARD",
        same("10.00"),
    )


def test_only_the_created_topic_marks_the_origin() -> None:
    marks = {
        topic: only(Order, read(topic, make_order())).origin
        for topic in TOPICS
        if topic.startswith("orders/") and topic != "orders/edited"
    }

    assert [topic for topic, origin in marks.items() if origin] == ["orders/create"]


def test_a_tax_line_keeps_its_identity_and_amount() -> None:
    tax = payloads.make_tax_line(title="SST", rate=0.08, price="5.93")

    line = order_of(make_order(line_items=[make_line(tax_lines=[tax])])).lines[0]

    assert (line.taxes[0].title, line.taxes[0].amount) == ("SST", same("5.93"))
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
    assert discounts[0].amount == same("5.00")


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

    assert order_of(make_order(line_items=[line])).lines[0].price == same("80.00")


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

    assert (order.duties, order.additional_fees) == (same("7.00"), same("2.50"))


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


# Refunds, transactions, edits


def test_a_refund_alone_is_as_of_its_sending_and_carries_its_money() -> None:
    facts = read("refunds/create", make_refund())

    refund, transaction = only(Refund, facts), only(Transaction, facts)
    assert refund.as_of == transaction.as_of == SENT
    assert (refund.lines[0].quantity, refund.lines[0].subtotal) == (1, same("80.00"))
    assert refund.transaction_ids == (transaction.id,)
    assert (transaction.refund_id, transaction.amount) == (refund.id, Decimal("80.00"))


def test_a_refund_inside_an_order_is_as_of_that_version_and_counts_once() -> None:
    alone = read("refunds/create", make_refund())
    inside = read("orders/updated", make_order(refunds=[make_refund()]))

    picture = merge([*alone, *inside])

    version = only(Order, inside)
    assert [codec.text(fact) for fact in inside[1:]] == [
        codec.text(replace(fact, as_of=version.updated_at))
        for fact in alone
        if isinstance(fact, Refund | Transaction)
    ]
    assert len(picture.refunds) == len(picture.transactions) == 1


def test_an_older_form_of_a_refund_erases_nothing_when_it_comes_later() -> None:
    whole = make_refund(total_duties_set=payloads.make_set("4.00"))
    older = without(whole, "total_duties_set", "order_adjustments", "refund_shipping_lines")
    inside = make_order(refunds=[older], updated_at="2026-11-23T10:00:00+08:00")

    picture = merge([*read("refunds/create", whole), *read("orders/updated", inside)])

    assert picture.refunds[0].duties == same("4.00")


def test_adjustments_and_refunded_shipping_keep_their_signs() -> None:
    refund = make_refund(
        order_adjustments=[payloads.make_adjustment()],
        refund_shipping_lines=[payloads.make_refund_shipping()],
    )

    found = only(Refund, read("refunds/create", refund))

    assert (found.adjustments[0].amount, found.adjustments[0].tax) == (same("-5.00"), same("0"))
    assert (found.shipping[0].subtotal, found.shipping[0].tax) == (same("10.00"), None)


def test_a_refund_in_two_currencies_needs_no_order_to_be_read() -> None:
    refund = payloads.presented_in("SGD", "0.3", make_refund())

    found = only(Refund, read("refunds/create", refund))

    assert found.lines[0].subtotal == MoneyBag(shop=Decimal("80.00"), presentment=Decimal("24.00"))


def test_a_refund_that_mixes_currencies_is_refused() -> None:
    line = payloads.make_refund_line(subtotal_set=payloads.make_set("80.00", "USD"))

    error = refused("refunds/create", make_refund(refund_line_items=[line]))

    assert error.path.startswith("refund_line_items[0].")
    assert error.path.endswith(".shop_money.currency_code")


@pytest.mark.parametrize("sides", [["shop_money"], ["presentment_money"], []])
def test_a_refund_that_does_not_name_both_currencies_is_refused(sides: list[str]) -> None:
    half = {side: {"amount": "80.00", "currency_code": "MYR"} for side in sides} or None
    line = payloads.make_refund_line(subtotal_set=half, total_tax_set=half)
    silent: dict[str, Any] = {"total_duties_set": None, "total_additional_fees_set": None}

    error = refused("refunds/create", make_refund(refund_line_items=[line], **silent))

    assert error.path == "refund_line_items[0].subtotal_set"


def test_an_amount_only_refund_without_money_is_read() -> None:
    refund = make_refund(refund_line_items=[], transactions=[])

    facts = read("refunds/create", refund)

    assert len(facts) == 1
    assert only(Refund, facts).duties == NOTHING


@pytest.mark.parametrize(
    ("inner", "path"),
    [
        (make_refund(order_id=5), "refunds[0].order_id"),
        (
            make_refund(transactions=[make_transaction(order_id=5)]),
            "refunds[0].transactions[0].order_id",
        ),
    ],
)
def test_a_strangers_refund_inside_an_order_is_refused(inner: Any, path: str) -> None:
    assert refused("orders/updated", make_order(refunds=[inner])).path == path


def test_a_transaction_is_in_the_currency_of_the_payment() -> None:
    payment = make_transaction(
        currency="SGD", amount="27.00", gateway=" cash ", amount_rounding="-0.02"
    )

    found = only(Transaction, read("order_transactions/create", payment))

    assert (found.amount, found.currency, found.shop_amount) == (Decimal("27.00"), "SGD", None)
    assert (found.gateway, found.rounding, found.reference) == ("cash", Decimal("-0.02"), "cp-0001")
    assert (found.as_of, found.refund_id) == (SENT, None)


def test_an_edit_names_its_lines_and_units() -> None:
    removed = {"additions": [], "removals": [{"id": payloads.LINE_ID, "delta": -2}]}

    edit = only(Edit, read("orders/edited", payloads.make_edit(line_items=removed)))

    assert (edit.additions, edit.removals) == ((), ((payloads.LINE_ID, 2),))
    assert edit.committed_at == datetime(2026, 11, 21, 2, 0, tzinfo=UTC)


def test_an_edit_without_times_is_as_of_its_sending() -> None:
    body = payloads.make_edit(committed_at=None, created_at=None)

    assert only(Edit, read("orders/edited", body)).committed_at == SENT


# What is refused


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


def test_an_error_repeats_figures_but_no_text_of_a_person() -> None:
    figure = refused("order_transactions/create", make_transaction(amount="12,50"))
    person = refused("order_transactions/create", make_transaction(amount="mei@customer.test"))

    assert "12,50" in str(figure)
    assert "mei" not in str(person)
