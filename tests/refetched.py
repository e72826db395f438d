"""The Admin API's answers for tests: complete parts of one order as plain dicts.

    body = as_body(make_answer(transactions=[make_paid(kind="REFUND")]))

Every builder takes any key of the answer as a keyword. The order is the one of `make_order()`.
`seen_in` turns an answer into one that names the customer's currency too.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tests.order_totals import Json
from tests.payloads import LINE_ID, ORDER_ID, REFUND_ID, SHIPPING_LINE_ID, TRANSACTION_ID

AGREEMENT_ID = 300000000001


def gid(kind: str, number: int) -> str:
    return f"gid://shopify/{kind}/{number}"


def make_money(amount: str, currency: str = "MYR") -> Json:
    """Without the customer's side, as when both are in one currency."""
    return {"shopMoney": {"amount": amount, "currencyCode": currency}}


def make_answer(**parts: Any) -> Json:
    order = {"id": gid("Order", ORDER_ID), "updatedAt": "2026-11-22T01:30:02Z"}
    return {"order": order | parts}


def make_paid(**changes: Any) -> Json:
    """The sale of `make_transaction()`."""
    transaction: Json = {
        "id": gid("OrderTransaction", TRANSACTION_ID),
        "amountSet": make_money("90.0"),
        "amountRoundingSet": None,
        "createdAt": "2026-11-20T02:00:02Z",
        "errorCode": None,
        "gateway": "Contoh Pay",
        "kind": "SALE",
        "manualPaymentGateway": False,
        "parentTransaction": None,
        "paymentId": "cp-0001",
        "processedAt": "2026-11-20T02:00:02Z",
        "status": "SUCCESS",
        "test": False,
    }
    return transaction | changes


def make_paid_back(**changes: Any) -> Json:
    given: Json = {
        "id": gid("OrderTransaction", TRANSACTION_ID + 500),
        "amountSet": make_money("10.0"),
        "kind": "REFUND",
        "parentTransaction": {"id": gid("OrderTransaction", TRANSACTION_ID)},
    }
    return make_paid(**(given | changes))


def make_refunded(**changes: Any) -> Json:
    """Shipping of 10.00 given back, 0.91 of it tax, with the money for it."""
    shipping = {
        "id": gid("RefundShippingLine", 650000000001),
        "shippingLine": {"id": gid("ShippingLine", SHIPPING_LINE_ID)},
        "subtotalAmountSet": make_money("10.0"),
        "taxAmountSet": make_money("0.91"),
    }
    refund: Json = {
        "id": gid("Refund", REFUND_ID),
        "createdAt": "2026-11-22T01:30:00Z",
        "processedAt": "2026-11-22T01:30:00Z",
        "refundShippingLines": {"nodes": [shipping]},
        "transactions": {"nodes": [make_paid_back()]},
    }
    return refund | changes


def make_sale(**changes: Any) -> Json:
    """One unit of `make_line()` sold."""
    sale: Json = {
        "__typename": "ProductSale",
        "id": gid("Sale", 310000000001),
        "actionType": "ORDER",
        "lineItem": {"id": gid("LineItem", LINE_ID)},
        "lineType": "PRODUCT",
        "quantity": 1,
        "totalAmount": make_money("80.0"),
        "totalTaxAmount": make_money("0.0"),
    }
    return sale | changes


def make_agreement(*sales: Json, **changes: Any) -> Json:
    agreement: Json = {
        "__typename": "OrderAgreement",
        "id": gid("SalesAgreement", AGREEMENT_ID),
        "happenedAt": "2026-11-20T02:00:03Z",
        "reason": "ORDER",
        "sales": make_page(*(sales or [make_sale()])),
    }
    return agreement | changes


def make_page(*nodes: Json, more: bool = False) -> Json:
    return {"nodes": list(nodes), "pageInfo": {"hasNextPage": more, "endCursor": None}}


def seen_in(currency: str, factor: str, answer: Any) -> Any:
    """The same answer for a customer who saw another currency, at `factor` per unit."""
    if isinstance(answer, list):
        return [seen_in(currency, factor, item) for item in answer]
    if not isinstance(answer, dict):
        return answer
    seen = {key: seen_in(currency, factor, item) for key, item in answer.items()}
    if "shopMoney" in seen:
        converted = Decimal(seen["shopMoney"]["amount"]) * Decimal(factor)
        amount = str(converted.quantize(Decimal("0.01"), ROUND_HALF_UP))
        seen["presentmentMoney"] = {"amount": amount, "currencyCode": currency}
    return seen
