"""The JSON of refunds and transactions, alone and inside orders (contract 6.3, 6.4)."""

from __future__ import annotations

from decimal import Decimal

from shopify_app.demo import parts
from shopify_app.demo.figures import ZERO
from shopify_app.demo.parts import Body, Money
from shopify_app.demo.records import (
    OpenShop,
    Payment,
    Record,
    Refund,
    ReturnedLine,
    ReturnedShipping,
)


def refund(record: Record, given: Refund) -> Body:
    """The body of refunds/create, and what orders repeat under `refunds`."""
    money = Money(record.shop.profile.currency)
    at = record.shop.local(given.at)
    return {
        "id": given.id,
        "admin_graphql_api_id": parts.gid("Refund", given.id),
        "order_id": record.id,
        "created_at": at,
        "processed_at": at,
        "note": given.note,
        "user_id": None,
        "restock": any(line.restock_type != "no_restock" for line in given.lines),
        "return": None,
        "refund_line_items": [_refund_line(record.shop, line, money) for line in given.lines],
        "refund_shipping_lines": _refund_shipping(given, money),
        "order_adjustments": _adjustments(record, given, money),
        "duties": [],
        "total_duties_set": money.bag(ZERO),
        "additional_fees": [],
        "total_additional_fees_set": money.bag(ZERO),
        "transactions": [transaction(record, payment) for payment in given.payments],
    }


def _refund_line(shop: OpenShop, line: ReturnedLine, money: Money) -> Body:
    return {
        "id": line.id,
        "line_item_id": line.item.id,
        "location_id": None if line.restock_type == "no_restock" else shop.id,
        "quantity": line.quantity,
        "restock_type": line.restock_type,
        "subtotal": parts.number(line.subtotal),
        "subtotal_set": money.bag(line.subtotal),
        "total_tax": parts.number(line.tax),
        "total_tax_set": money.bag(line.tax),
        "line_item": parts.line(shop, line.item, money),
    }


def _refund_shipping(given: Refund, money: Money) -> list[Body]:
    if given.shipping is None:
        return []
    return [
        {
            "id": given.shipping.id,
            "shipping_line_id": given.shipping.line.id,
            "subtotal_amount_set": money.bag(given.shipping.subtotal),
            "shipping_line": parts.shipping_line(given.shipping.line, money),
        }
    ]


def _adjustments(record: Record, given: Refund, money: Money) -> list[Body]:
    """Refunded shipping a second time, with its sign turned, and what was not asked for."""
    found = []
    if given.shipping:
        net, tax = _net_and_tax(given.shipping, included=given.taxes_included)
        row = (given.shipping.adjustment_id, "shipping_refund", "Shipping refund", -net, -tax)
        found.append(_adjustment(record, given, row, money))
    if given.discrepancy:
        kind, reason = "refund_discrepancy", "Refund discrepancy"
        row = (given.discrepancy_id, kind, reason, given.discrepancy, ZERO)
        found.append(_adjustment(record, given, row, money))
    return found


def _net_and_tax(returned: ReturnedShipping, *, included: bool) -> tuple[Decimal, Decimal]:
    return returned.subtotal - (returned.tax if included else ZERO), returned.tax


def _adjustment(
    record: Record, given: Refund, row: tuple[int, str, str, Decimal, Decimal], money: Money
) -> Body:
    id_, kind, reason, amount, tax = row
    return {
        "id": id_,
        "order_id": record.id,
        "refund_id": given.id,
        "kind": kind,
        "reason": reason,
        **money.both("amount", amount),
        **money.both("tax_amount", tax),
    }


def transaction(record: Record, payment: Payment) -> Body:
    """The body of order_transactions/create, and what refunds repeat under `transactions`."""
    at = record.shop.local(payment.at)
    currency = record.shop.profile.currency
    nothing = {"amount": "0.0", "currency": currency}
    manual = payment.gateway in ("Cash on Delivery (COD)", "Bank Deposit")
    return {
        "id": payment.id,
        "admin_graphql_api_id": parts.gid("OrderTransaction", payment.id),
        "order_id": record.id,
        "parent_id": payment.parent_id,
        "kind": payment.kind,
        "status": "success",
        "gateway": payment.gateway,
        "manual_payment_gateway": manual,
        "amount": parts.text(payment.amount),
        "amount_rounding": None,
        "currency": currency,
        "created_at": at,
        "processed_at": at,
        "test": False,
        "message": None if manual else "Transaction approved",
        "error_code": None,
        "authorization": None,
        "payment_id": f"{record.name}.{payment.id % 1000}",
        "payment_details": None,
        "receipt": {},
        "currency_exchange_adjustment": None,
        "total_unsettled_set": {"presentment_money": nothing, "shop_money": dict(nothing)},
        "location_id": None,
        "user_id": None,
        "device_id": None,
        "source_name": "web",
    }
