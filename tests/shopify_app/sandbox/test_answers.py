"""The tree of an order is all that the schema wants, and follows the contract's traps."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from shopify_app.sandbox import schema
from shopify_app.sandbox.answers import Told, order_answer, refund_answer
from shopify_app.sandbox.telling import told_by
from tests.casefiles import FOLDER, NAMES
from tests.payloads import (
    LINE_ID,
    REFUND_ID,
    make_adjustment,
    make_edit,
    make_line,
    make_order,
    make_refund,
    make_refund_line,
    make_refund_shipping,
    make_set,
    make_shipping_line,
    make_tax_line,
    make_transaction,
    presented_in,
)
from tests.shopify_app.sandbox import documents


def case_bodies(name: str) -> list[tuple[str, dict[str, Any]]]:
    told = json.loads((FOLDER / name / "deliveries.json").read_text(encoding="utf-8"))
    found: list[tuple[str, dict[str, Any]]] = []
    for one in told:
        body = one["body"] if "body" in one else found[one["same_as"]][1] | one["changes"]
        found.append((one["topic"], body))
    return found


def answered(tree: dict[str, Any], text: str) -> dict[str, Any]:
    outcome = schema.run(text, {"order": lambda **_: tree}, {"id": tree["id"]})
    assert outcome.errors == []
    assert outcome.data is not None
    data: dict[str, Any] = outcome.data["order"]
    return data


def shop(bag: dict[str, Any]) -> Decimal:
    return Decimal(bag["shopMoney"]["amount"])


@pytest.mark.parametrize("name", NAMES)
def test_every_case_can_be_asked_for_in_full(name: str) -> None:
    bodies = case_bodies(name)
    if not any(topic.startswith("orders/") and "line_items" in body for topic, body in bodies):
        pytest.skip("no version of the order came")

    tree = order_answer(told_by(bodies))

    for text in documents.OF_AN_ORDER:
        assert answered(tree, text)["id"] == tree["id"]


def test_names_times_and_constants_are_the_admin_apis() -> None:
    tree = order_answer(Told(order=make_order(), transactions=[make_transaction()]))

    header = answered(tree, documents.HEADER)

    assert header["createdAt"] == "2026-11-20T02:00:03Z"
    assert header["displayFinancialStatus"] == "PAID"
    assert header["totalPriceSet"]["shopMoney"] == {"amount": "90.0", "currencyCode": "MYR"}
    assert header["currentTotalDutiesSet"] is None
    assert header["netPaymentSet"]["shopMoney"]["amount"] == "90.0"


def test_refunded_shipping_is_told_once_and_with_its_tax() -> None:
    refund = make_refund(
        refund_line_items=[],
        refund_shipping_lines=[make_refund_shipping(subtotal_amount="10.91")],
        order_adjustments=[
            make_adjustment(
                id=1, kind="shipping_refund", amount="-10.00", tax_amount="-0.91", reason="Shipping"
            ),
            make_adjustment(id=2, amount="3.00"),
        ],
    )
    tree = order_answer(Told(order=make_order(refunds=[refund])))

    shown = answered(tree, documents.REFUNDS)["refunds"][0]

    (line,) = shown["refundShippingLines"]["nodes"]
    assert (shop(line["subtotalAmountSet"]), shop(line["taxAmountSet"])) == (
        Decimal("10.91"),
        Decimal("0.91"),
    )
    (adjustment,) = shown["orderAdjustments"]["nodes"]
    assert adjustment["reason"] == "REFUND_DISCREPANCY"
    assert shop(adjustment["amountSet"]) == 3


def test_a_refund_without_an_adjustment_has_its_share_of_the_shipping_tax() -> None:
    taxed = make_shipping_line(tax_lines=[make_tax_line(price="1.00")])
    refund = make_refund(
        refund_line_items=[], refund_shipping_lines=[make_refund_shipping(subtotal_amount="5.00")]
    )
    tree = order_answer(Told(order=make_order(shipping_lines=[taxed], refunds=[refund])))

    found = refund_answer(tree, REFUND_ID)

    assert found is not None
    assert found["refundShippingLines"][0]["taxAmountSet"]["shopMoney"]["amount"] == "0.5"


def test_a_removed_shipping_line_is_shown_only_when_asked_for() -> None:
    tree = order_answer(
        Told(order=make_order(shipping_lines=[make_shipping_line(is_removed=True)]))
    )
    text = "query S($id: ID!) { order(id: $id) { shippingLines(first: 5) { nodes { id } } } }"

    assert answered(tree, text)["shippingLines"]["nodes"] == []
    assert len(answered(tree, documents.HEADER)["shippingLines"]["nodes"]) == 1


def test_a_payment_in_the_customers_currency_is_told_in_both() -> None:
    order = presented_in("SGD", "0.3", make_order())
    paid = make_transaction(amount="27.00", currency="SGD")
    tree = order_answer(Told(order=order, transactions=[paid]))

    (shown,) = answered(tree, documents.TRANSACTIONS)["transactions"]

    assert shown["amountSet"] == {
        "shopMoney": {"amount": "90.0", "currencyCode": "MYR"},
        "presentmentMoney": {"amount": "27.0", "currencyCode": "SGD"},
    }


def test_products_say_what_webhooks_do_not() -> None:
    products = {8400000000001: {"productType": "Scarves", "tags": ["silk"]}}
    tree = order_answer(Told(order=make_order(), products=products))

    (line,) = answered(tree, documents.LINES)["lineItems"]["nodes"]

    assert line["product"]["productType"] == "Scarves"


def sold(tree: dict[str, Any]) -> list[tuple[str, Decimal]]:
    """Each agreement and what its sales come to."""
    nodes = answered(tree, documents.AGREEMENTS)["agreements"]["nodes"]
    return [
        (
            one["__typename"],
            sum((shop(sale["totalAmount"]) for sale in one["sales"]["nodes"]), Decimal(0)),
        )
        for one in nodes
    ]


@pytest.mark.parametrize("included", [True, False])
def test_an_orders_agreement_comes_to_its_total(included: bool) -> None:
    line = make_line(quantity=3, tax_lines=[make_tax_line(price="24.00")])
    order = make_order(line_items=[line], taxes_included=included)

    tree = order_answer(Told(order=order))

    assert sold(tree) == [("OrderAgreement", Decimal(order["total_price"]))]


def test_what_comes_back_is_negative_and_what_is_kept_is_positive() -> None:
    refund = make_refund(
        refund_line_items=[make_refund_line(subtotal="80.00")],
        order_adjustments=[make_adjustment(amount="6.25")],
    )
    tree = order_answer(Told(order=make_order(refunds=[refund])))

    assert sold(tree)[1] == ("RefundAgreement", Decimal("-73.75"))


def test_units_an_edit_added_are_in_the_edits_agreement_only() -> None:
    added = make_line(id=LINE_ID + 7, price="35.00")
    edit = make_edit()["order_edit"]
    tree = order_answer(Told(order=make_order(line_items=[make_line(), added]), edits=[edit]))

    assert sold(tree) == [("OrderAgreement", Decimal(90)), ("OrderEditAgreement", Decimal(35))]


def test_units_an_edit_took_off_are_counted_once_where_a_refund_has_them_too() -> None:
    edit = make_edit(line_items={"additions": [], "removals": [{"id": LINE_ID, "delta": 1}]})
    refund = make_refund(created_at="2026-11-21T10:00:05+08:00")
    left = make_line(quantity=2, current_quantity=1)

    with_refund = order_answer(
        Told(order=make_order(line_items=[left], refunds=[refund]), edits=[edit["order_edit"]])
    )
    without = order_answer(Told(order=make_order(line_items=[left]), edits=[edit["order_edit"]]))

    assert dict(sold(with_refund))["OrderEditAgreement"] == 0
    assert dict(sold(without))["OrderEditAgreement"] == -80


def test_a_transaction_inside_a_refund_is_listed_once() -> None:
    refund = make_refund()
    again = refund["transactions"][0]
    told = Told(order=make_order(refunds=[refund]), transactions=[make_transaction(), again])

    shown = answered(order_answer(told), documents.TRANSACTIONS)

    assert [one["kind"] for one in shown["transactions"]] == ["SALE", "REFUND"]
    assert shown["transactionsCount"]["count"] == 2
    assert shown["transactions"][1]["parentTransaction"]["kind"] == "SALE"


def test_the_newest_version_counts_and_keeps_refunds_told_alone() -> None:
    newer = make_order(updated_at="2026-11-23T10:00:00+08:00", tags="late")
    older = make_order(updated_at="2026-11-21T10:00:00+08:00")

    told = told_by(
        [("orders/updated", newer), ("refunds/create", make_refund()), ("orders/create", older)]
    )

    assert told.order["tags"] == "late"
    assert [one["id"] for one in told.order["refunds"]] == [REFUND_ID]


def test_a_set_of_both_currencies_is_kept_to_the_cent() -> None:
    order = make_order() | {"total_price_set": make_set("90.00")}
    order["total_price_set"]["presentment_money"] = {"amount": "27.13", "currency_code": "SGD"}
    order["presentment_currency"] = "SGD"

    header = answered(order_answer(Told(order=order)), documents.HEADER)

    assert header["totalPriceSet"]["presentmentMoney"] == {"amount": "27.13", "currencyCode": "SGD"}
