"""What the Admin API answers about one order becomes facts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from accounting.facts import (
    NOTHING,
    Agreement,
    CustomerTotals,
    Dispute,
    MoneyBag,
    Refund,
    RefundShipping,
    Sale,
    Totals,
    Transaction,
    merge,
)
from shopify_app import inbox
from shopify_app.payloads import BadPayload, facts_from, refetched_facts
from tests import payloads
from tests.facts import money
from tests.payloads import as_body, make_order, make_refund, make_refund_shipping
from tests.refetched import (
    AGREEMENT_ID,
    gid,
    make_agreement,
    make_answer,
    make_money,
    make_page,
    make_paid,
    make_paid_back,
    make_refunded,
    make_sale,
    seen_in,
)
from tests.shopify_app.reading import SENT, only, read, refused

ORDER, LINE, SALE = payloads.ORDER_ID, payloads.LINE_ID, payloads.TRANSACTION_ID
WHOLE = make_answer(
    transactions=[make_paid(), make_paid_back()],
    refunds=[make_refunded()],
    agreements=make_page(make_agreement()),
)


def paid(**changes: Any) -> Transaction:
    return only(Transaction, read("refetch", make_answer(transactions=[make_paid(**changes)])))


def agreed(*sales: Any, **changes: Any) -> Agreement:
    page = make_page(make_agreement(*sales, **changes))
    return only(Agreement, read("refetch", make_answer(agreements=page)))


def path_of(**parts: Any) -> str:
    return refused("refetch", make_answer(**parts)).path


def test_a_transaction_is_read_whole() -> None:
    assert paid() == Transaction(
        id=SALE,
        order_id=ORDER,
        as_of=SENT,
        kind="sale",
        status="success",
        gateway="Contoh Pay",
        amount=Decimal("90.00"),
        currency="MYR",
        shop_amount=Decimal("90.00"),
        processed_at=datetime(2026, 11, 20, 2, 0, 2, tzinfo=UTC),
        reference="cp-0001",
    )


def test_a_payment_in_another_currency_says_both_amounts() -> None:
    answer = seen_in("SGD", "0.3", make_answer(transactions=[make_paid()]))

    found = only(Transaction, read("refetch", answer))

    assert (found.amount, found.currency) == (Decimal("27.00"), "SGD")
    assert found.shop_amount == Decimal("90.00")


def test_cash_is_rounded_in_the_shops_currency_and_change_has_a_parent() -> None:
    found = paid(
        kind="CHANGE",
        amountRoundingSet=make_money("-0.02"),
        parentTransaction={"id": gid("OrderTransaction", SALE)},
    )

    assert (found.kind, found.rounding, found.parent_id) == ("change", Decimal("-0.02"), SALE)


def test_an_answer_is_as_of_the_time_it_was_read_in_utc() -> None:
    elsewhere = SENT.astimezone(timezone(timedelta(hours=8)))

    facts = refetched_facts(as_body(WHOLE), fetched_at=elsewhere)

    times = {fact.as_of for fact in facts if isinstance(fact, Transaction | Refund)}
    assert times == {SENT}
    assert all(time.tzinfo is UTC for time in times)
    assert facts == facts_from("refetch", as_body(WHOLE), triggered_at=SENT)


def test_a_field_that_was_not_asked_for_goes_unsaid_and_a_null_says_none() -> None:
    asked = paid(amountRoundingSet=None, paymentId=None)
    less = payloads.without(make_paid(), "test", "amountRoundingSet", "paymentId")

    told = only(Transaction, read("refetch", make_answer(transactions=[less])))

    assert asked.unsaid == ()
    assert told.unsaid == ("reference", "rounding", "test")


def test_a_webhook_that_comes_later_takes_nothing_of_an_answer_away() -> None:
    answer = read("refetch", seen_in("SGD", "0.3", make_answer(transactions=[make_paid()])))
    later = facts_from(
        "order_transactions/create",
        as_body(payloads.make_transaction(amount="27.00", currency="SGD")),
        triggered_at=SENT + timedelta(hours=1),
    )

    (merged,) = merge([*later, *answer]).transactions

    assert (merged.amount, merged.shop_amount) == (Decimal("27.00"), Decimal("90.00"))


def test_money_that_is_only_proposed_is_left_out() -> None:
    proposed = make_paid(kind="SUGGESTED_REFUND", id=gid("OrderTransaction", 5))
    answer = make_answer(
        transactions=[make_paid(), proposed],
        refunds=[make_refunded(transactions=make_page(proposed))],
    )

    facts = read("refetch", answer)

    assert only(Transaction, facts).id == SALE
    assert only(Refund, facts).transaction_ids == ()


def test_a_refund_tells_the_tax_of_its_shipping_and_its_money_and_no_more() -> None:
    facts = read("refetch", make_answer(refunds=[make_refunded()]))

    refund, moved = only(Refund, facts), only(Transaction, facts)
    assert refund.shipping == (
        RefundShipping(
            id=650000000001,
            shipping_line_id=payloads.SHIPPING_LINE_ID,
            subtotal=money("10.00"),
            tax=money("0.91"),
        ),
    )
    assert (refund.transaction_ids, moved.refund_id) == ((moved.id,), refund.id)
    assert refund.unsaid == ("additional_fees", "adjustments", "duties", "lines", "return_id")


def test_a_refund_of_which_only_the_id_was_asked_says_nothing_else() -> None:
    bare = payloads.without(make_refunded(), "processedAt", "refundShippingLines", "transactions")

    found = only(Refund, read("refetch", make_answer(refunds=[bare])))

    assert {"shipping", "transaction_ids", "processed_at", "lines"} <= set(found.unsaid)


def test_the_tax_of_refunded_shipping_stands_when_the_order_repeats_the_refund() -> None:
    told = make_refund(refund_shipping_lines=[make_refund_shipping()])
    repeated = make_order(refunds=[told], updated_at="2026-11-25T10:00:00+08:00")
    facts = [
        *read("refunds/create", told),
        *read("refetch", make_answer(refunds=[make_refunded()])),
        *read("orders/updated", repeated),
    ]

    (merged,) = merge(facts).refunds

    assert [row.tax for row in merged.shipping] == [money("0.91")]
    assert len(merged.lines) == 1


@pytest.mark.parametrize(
    ("typename", "kind"),
    [
        ("OrderAgreement", "order"),
        ("OrderEditAgreement", "edit"),
        ("RefundAgreement", "refund"),
        ("ReturnAgreement", "return"),
    ],
)
def test_an_agreement_is_of_one_of_four_kinds(typename: str, kind: str) -> None:
    found = agreed(__typename=typename)

    assert (found.id, found.order_id, found.kind) == (AGREEMENT_ID, ORDER, kind)
    assert found.happened_at == datetime(2026, 11, 20, 2, 0, 3, tzinfo=UTC)


def test_an_agreement_names_the_refund_or_return_it_is_of() -> None:
    refund = agreed(__typename="RefundAgreement", refund={"id": gid("Refund", 9)})
    returned = agreed(__typename="ReturnAgreement", **{"return": {"id": gid("Return", 8)}})

    assert (refund.refund_id, refund.return_id) == (9, None)
    assert (returned.refund_id, returned.return_id) == (None, 8)


def test_sales_keep_their_signs_their_lines_and_their_words() -> None:
    back = make_sale(
        actionType="RETURN",
        quantity=-1,
        totalAmount=make_money("-44.25"),
        totalTaxAmount=make_money("-4.03"),
    )
    shipping = make_sale(
        lineType="SHIPPING",
        quantity=None,
        lineItem=None,
        shippingLine={"id": gid("ShippingLine", 53)},
        totalTaxAmount=None,
    )
    kept = payloads.without(
        make_sale(lineType="ADJUSTMENT", actionType="UPDATE"), "quantity", "lineItem"
    )

    sales = agreed(back, shipping, kept).sales

    assert sales[0] == Sale(
        line_type="product",
        action="return",
        line_id=LINE,
        quantity=-1,
        total=money("-44.25"),
        tax=money("-4.03"),
    )
    assert (sales[1].line_type, sales[1].line_id, sales[1].quantity) == ("shipping", 53, 0)
    assert sales[1].tax == NOTHING
    assert (sales[2].line_type, sales[2].action, sales[2].line_id) == ("adjustment", "update", None)


def test_sales_in_two_currencies_keep_both() -> None:
    answer = seen_in("SGD", "0.3", make_answer(agreements=make_page(make_agreement())))

    (sale,) = only(Agreement, read("refetch", answer)).sales

    assert sale.total == MoneyBag(shop=Decimal("80.00"), presentment=Decimal("24.00"))


def test_an_order_without_any_part_says_nothing() -> None:
    assert read("refetch", make_answer()) == ()
    assert read("refetch", make_answer(transactions=None, refunds=None, agreements=None)) == ()


def test_the_head_of_the_order_names_the_currencies_where_it_is_there() -> None:
    head = {"currencyCode": "MYR", "presentmentCurrencyCode": "SGD"}

    path = path_of(transactions=[make_paid()], **head)

    assert path == "order.transactions[0].amountSet.presentmentMoney"


@pytest.mark.parametrize("body", [{}, {"order": None}, {"data": WHOLE}])
def test_an_answer_without_an_order_is_refused(body: Any) -> None:
    assert refused("refetch", body).path == "order"


@pytest.mark.parametrize(
    "order_id",
    [None, "", 5, "5", "gid://shopify/Order/", "gid://shopify/Order/0", "gid://other/Order/5",
     "gid://shopify/Order/99999999999999999999", "gid://shopify/Order/5/6",
     "gid://shopify/Order/9223372036854775808"],
)  # fmt: skip
def test_an_id_that_is_not_one_of_shopifys_is_refused(order_id: Any) -> None:
    assert path_of(id=order_id) == "order.id"


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"kind": "GIFT"}, "kind"),
        ({"kind": None}, "kind"),
        ({"status": "DONE"}, "status"),
        ({"amountSet": None}, "amountSet"),
        ({"amountSet": {}}, "amountSet"),
        ({"amountSet": make_money("-5.00")}, "amountSet"),
        ({"amountSet": make_money("5.005")}, "amountSet.shopMoney.amount"),
        ({"amountSet": make_money("5", "ABC")}, "amountSet.shopMoney.currencyCode"),
        (
            {"amountRoundingSet": make_money("0.01", "SGD")},
            "amountRoundingSet.shopMoney.currencyCode",
        ),
        ({"processedAt": None, "createdAt": None}, "processedAt"),
        ({"parentTransaction": {"id": 5}}, "parentTransaction.id"),
        ({"test": "no"}, "test"),
    ],
)
def test_a_transaction_that_makes_no_sense_is_refused_by_its_field(
    changes: dict[str, Any], path: str
) -> None:
    assert path_of(transactions=[make_paid(**changes)]) == f"order.transactions[0].{path}"


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"__typename": "OtherAgreement"}, "__typename"),
        ({"happenedAt": None}, "happenedAt"),
        ({"sales": None}, "sales"),
        ({"sales": {}}, "sales.nodes"),
        ({"sales": make_page(make_sale(lineType="UNKNOWN"))}, "sales.nodes[0].lineType"),
        ({"sales": make_page(make_sale(actionType="UNKNOWN"))}, "sales.nodes[0].actionType"),
        ({"sales": make_page(make_sale(quantity="1"))}, "sales.nodes[0].quantity"),
        ({"sales": make_page(make_sale(totalAmount=None))}, "sales.nodes[0].totalAmount"),
        ({"sales": make_page(make_sale(), more=True)}, "sales.pageInfo.hasNextPage"),
    ],
)
def test_an_agreement_that_makes_no_sense_is_refused_by_its_field(
    changes: dict[str, Any], path: str
) -> None:
    page = make_page(make_agreement(**changes))

    assert path_of(agreements=page) == f"order.agreements.nodes[0].{path}"


def test_an_answer_with_pages_missing_is_refused() -> None:
    more = make_page(make_agreement(), more=True)

    assert path_of(agreements=more) == "order.agreements.pageInfo.hasNextPage"
    assert path_of(transactions=[], transactionsCount={"count": 1}) == "order.transactions"
    assert read("refetch", make_answer(transactions=[make_paid()], transactionsCount={"count": 1}))


def test_amounts_of_one_answer_are_in_one_pair_of_currencies() -> None:
    answer = seen_in("SGD", "0.3", WHOLE)
    answer["order"]["transactions"][1]["amountSet"]["presentmentMoney"]["currencyCode"] = "USD"

    with pytest.raises(BadPayload, match="The currency is USD, expected SGD"):
        refetched_facts(as_body(answer), fetched_at=SENT)


def test_a_refetch_is_no_topic_of_the_webhook_door() -> None:
    assert "refetch" not in inbox.TOPICS


def test_the_totals_of_the_version_that_was_read_are_in_the_customers_currency() -> None:
    totals = {
        "totalTaxSet": make_money("8.00"),
        "totalOutstandingSet": make_money("10.00"),
        "currentTotalPriceSet": make_money("90.00"),
        "totalTipReceivedSet": make_money("5.00"),
    }
    answer = seen_in("SGD", "0.3", make_answer(**totals))

    told = only(CustomerTotals, read("refetch", answer))

    assert told == CustomerTotals(
        id=ORDER,
        order_id=ORDER,
        as_of=datetime(2026, 11, 22, 1, 30, 2, tzinfo=UTC),
        totals=Totals(
            total_tax=Decimal("2.40"),
            total_outstanding=Decimal("3.00"),
            current_total_price=Decimal("27.00"),
            total_tip_received=Decimal("1.50"),
        ),
    )


@pytest.mark.parametrize("missing", ["totalTaxSet", "currentTotalPriceSet"])
def test_totals_that_are_not_whole_are_refused(missing: str) -> None:
    names = ("totalTaxSet", "totalOutstandingSet", "currentTotalPriceSet")
    totals = {name: make_money("1.00") for name in names if name != missing}

    assert path_of(**totals) == f"order.{missing}"


def test_a_dispute_is_told_with_its_amount_and_its_day() -> None:
    stated = {
        "id": gid("ShopifyPaymentsDispute", 5601),
        "amount": {"amount": "50.0", "currencyCode": "MYR"},
        "status": "NEEDS_RESPONSE",
        "initiatedAt": "2026-11-28T04:00:00Z",
    }

    told = only(Dispute, read("refetch", make_answer(disputes=[stated])))

    assert told == Dispute(
        id=5601,
        order_id=ORDER,
        as_of=SENT,
        status="needs_response",
        amount=Decimal("50.00"),
        currency="MYR",
        opened_at=datetime(2026, 11, 28, 4, 0, tzinfo=UTC),
    )


@pytest.mark.parametrize("field", ["amount", "status", "initiatedAt"])
def test_a_dispute_that_is_not_whole_is_refused(field: str) -> None:
    stated = {
        "id": gid("ShopifyPaymentsDispute", 5601),
        "amount": {"amount": "50.0", "currencyCode": "MYR"},
        "status": "NEEDS_RESPONSE",
        "initiatedAt": "2026-11-28T04:00:00Z",
    }

    assert path_of(disputes=[stated | {field: None}]) == f"order.disputes[0].{field}"
