"""Refunds, transactions and edits become facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from accounting import codec
from accounting.facts import NOTHING, Edit, MoneyBag, Order, Refund, Transaction, merge
from tests import payloads
from tests.facts import money
from tests.payloads import make_order, make_refund, make_transaction, without
from tests.shopify_app.reading import SENT, only, read, refused


def test_a_refund_alone_is_as_of_its_sending_and_carries_its_money() -> None:
    facts = read("refunds/create", make_refund())

    refund, transaction = only(Refund, facts), only(Transaction, facts)
    assert refund.as_of == transaction.as_of == SENT
    assert (refund.lines[0].quantity, refund.lines[0].subtotal) == (1, money("80.00"))
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

    assert picture.refunds[0].duties == money("4.00")


def test_adjustments_and_refunded_shipping_keep_their_signs() -> None:
    refund = make_refund(
        order_adjustments=[payloads.make_adjustment()],
        refund_shipping_lines=[payloads.make_refund_shipping()],
    )

    found = only(Refund, read("refunds/create", refund))

    assert (found.adjustments[0].amount, found.adjustments[0].tax) == (money("-5.00"), money("0"))
    assert (found.shipping[0].subtotal, found.shipping[0].tax) == (money("10.00"), None)


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


def test_a_transaction_names_its_card_and_the_place_of_its_till() -> None:
    card = {"credit_card_company": "Visa", "credit_card_number": "•••• 4242"}

    found = only(
        Transaction,
        read("order_transactions/create", make_transaction(payment_details=card, location_id=66)),
    )

    assert (found.card_brand, found.location_id) == ("Visa", 66)
    assert not {"card_brand", "location_id"} & set(found.unsaid)
    assert "4242" not in repr(found)


def test_a_transaction_that_names_no_card_and_no_place_is_silent_about_them() -> None:
    known = make_transaction(payment_details={"credit_card_company": "Visa"}, location_id=66)
    later = make_order(
        refunds=[make_refund(transactions=[make_transaction()])],
        updated_at="2026-11-25T10:00:00+08:00",
    )

    silent = only(Transaction, read("orders/updated", later))
    picture = merge([*read("order_transactions/create", known), *read("orders/updated", later)])

    assert {"card_brand", "location_id"} <= set(silent.unsaid)
    assert (picture.transactions[0].card_brand, picture.transactions[0].location_id) == ("Visa", 66)


@pytest.mark.parametrize(
    ("stated", "kept", "silent"), [({"id": 88}, 88, False), ({}, None, False), (None, None, True)]
)
def test_a_refund_names_the_return_it_settles(stated: Any, kept: Any, silent: bool) -> None:
    found = only(Refund, read("refunds/create", make_refund(**{"return": stated})))

    assert found.return_id == kept
    assert ("return_id" in found.unsaid) is silent


def test_an_edit_names_its_lines_and_units() -> None:
    removed = {"additions": [], "removals": [{"id": payloads.LINE_ID, "delta": -2}]}

    edit = only(Edit, read("orders/edited", payloads.make_edit(line_items=removed)))

    assert (edit.additions, edit.removals) == ((), ((payloads.LINE_ID, 2),))
    assert edit.committed_at == datetime(2026, 11, 21, 2, 0, tzinfo=UTC)


def test_an_edit_without_times_is_as_of_its_sending() -> None:
    body = payloads.make_edit(committed_at=None, created_at=None)

    assert only(Edit, read("orders/edited", body)).committed_at == SENT
