"""The JSON of Shopify's webhooks, field by field as the contract lists them (6.1 to 6.4)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from shopify_app.demo import figures
from shopify_app.demo.figures import ZERO, Delivery, Discount, Item, Share, Tax
from shopify_app.demo.records import (
    Customer,
    OpenShop,
    Payment,
    Record,
    Refund,
    ReturnedDelivery,
    ReturnedLine,
)

Body = dict[str, Any]


class Money:
    """Renders amounts of one currency."""

    def __init__(self, currency: str) -> None:
        self.currency = currency

    def bag(self, amount: Decimal) -> Body:
        money = {"amount": text(amount), "currency_code": self.currency}
        return {"shop_money": money, "presentment_money": dict(money)}

    def both(self, name: str, amount: Decimal) -> Body:
        """The plain field and its `_set` twin."""
        return {name: text(amount), f"{name}_set": self.bag(amount)}


def text(amount: Decimal) -> str:
    return format(amount.quantize(figures.CENT), "f")


def number(amount: Decimal) -> float:
    """The few fields Shopify sends as JSON numbers; the text of the number stays the same."""
    return float(amount)


def gid(kind: str, id_: int) -> str:
    return f"gid://shopify/{kind}/{id_}"


def order(record: Record) -> Body:
    """The body of orders/create, updated, paid and cancelled."""
    money = Money(record.shop.profile.currency)
    return {
        **_identity(record),
        **_times(record),
        **_totals(record, money),
        **_current_totals(record, money),
        **_buyer(record),
        "discount_codes": [_discount_code(d) for d in record.sale.discounts],
        "discount_applications": [_application(d) for d in record.sale.discounts],
        "tax_lines": _taxes(
            figures.merged(tax for part in record.sale.parts for tax in part.taxes), money
        ),
        "line_items": [_line_item(record, item, money) for item in record.sale.items],
        "shipping_lines": _shipping_lines(record, money),
        "refunds": [refund(record, one) for one in record.refunds],
        "fulfillments": [],
        "returns": [],
        "line_item_groups": [],
    }


def _identity(record: Record) -> Body:
    profile = record.shop.profile
    return {
        "id": record.id,
        "admin_graphql_api_id": gid("Order", record.id),
        "app_id": 580111,
        "name": record.name,
        "number": record.number - 1000,
        "order_number": record.number,
        "confirmation_number": f"{profile.prefix}{record.id % 10**7:07d}",
        "confirmed": True,
        "test": False,
        "currency": profile.currency,
        "presentment_currency": profile.currency,
        "taxes_included": profile.taxes_included,
        "tax_exempt": False,
        "estimated_taxes": False,
        "duties_included": False,
        "financial_status": record.financial_status,
        "fulfillment_status": "fulfilled" if record.fulfilled else None,
        "payment_gateway_names": record.gateways,
        "payment_terms": None,
        "source_name": "web",
        "location_id": None,
        "user_id": None,
        "device_id": None,
        "po_number": None,
        "note": None,
        "note_attributes": [],
        "tags": "",
        "token": f"{record.id:032x}",
        "merchant_business_entity_id": f"entity-{record.shop.id}",
        "merchant_of_record_app_id": None,
    }


def _times(record: Record) -> Body:
    local = record.shop.local
    return {
        "created_at": local(record.created_at),
        "processed_at": local(record.created_at),
        "updated_at": local(record.updated_at),
        "cancelled_at": local(record.cancelled_at) if record.cancelled_at else None,
        "cancel_reason": record.cancel_reason,
        "closed_at": None,
    }


def _totals(record: Record, money: Money) -> Body:
    sale = record.sale
    list_prices = sum((item.product.price * item.quantity for item in sale.items), ZERO)
    delivery = sale.delivery.charged if sale.delivery else ZERO
    return {
        **money.both("total_line_items_price", list_prices),
        **money.both("total_discounts", sale.discount),
        **money.both("subtotal_price", sale.subtotal),
        "total_shipping_price_set": money.bag(delivery),
        **money.both("total_tax", sale.tax),
        "total_tip_received": text(sale.tip),
        **money.both("total_price", sale.total),
        "total_outstanding": text(record.outstanding),
        "original_total_duties_set": None,
        "original_total_additional_fees_set": None,
        "total_cash_rounding_payment_adjustment_set": money.bag(ZERO),
        "total_cash_rounding_refund_adjustment_set": money.bag(ZERO),
        "total_weight": 400 * sum(item.quantity for item in sale.items),
    }


def _current_totals(record: Record, money: Money) -> Body:
    """What is left after refunds: these move with every version of the order."""
    sale = record.sale
    returned = sum((line.subtotal for r in record.refunds for line in r.lines), ZERO)
    tax = sum((refund.tax for refund in record.refunds), ZERO)
    return {
        **money.both("current_subtotal_price", sale.subtotal - returned),
        "current_shipping_price_set": money.bag(_current_delivery(record)),
        **money.both("current_total_discounts", _current_discount(record)),
        **money.both("current_total_tax", sale.tax - tax),
        **money.both("current_total_price", record.current_total),
        "current_total_duties_set": None,
        "current_total_additional_fees_set": None,
    }


def _current_delivery(record: Record) -> Decimal:
    if record.sale.delivery is None or record.delivery_refunded:
        return ZERO
    return record.sale.delivery.charged


def _current_discount(record: Record) -> Decimal:
    kept = [
        figures.rounded(
            item.discount * (item.quantity - record.returned_quantity(item)) / item.quantity
        )
        for item in record.sale.items
    ]
    delivery = record.sale.delivery
    on_delivery = delivery.discount if delivery and not record.delivery_refunded else ZERO
    return sum(kept, on_delivery)


def _buyer(record: Record) -> Body:
    customer = record.customer
    email = customer.email if customer else None
    address = _address(record.shop, customer) if customer else None
    return {
        "email": email,
        "contact_email": email,
        "phone": None,
        "company": None,
        "customer_locale": f"en-{record.shop.profile.country}",
        "customer": _customer(record, customer) if customer else None,
        "billing_address": address,
        "shipping_address": dict(address) if address and record.sale.delivery else None,
    }


def _customer(record: Record, customer: Customer) -> Body:
    local = record.shop.local
    return {
        "id": customer.id,
        "admin_graphql_api_id": gid("Customer", customer.id),
        "email": customer.email,
        "first_name": customer.first_name,
        "last_name": customer.last_name,
        "state": "disabled",
        "note": None,
        "verified_email": True,
        "tax_exempt": False,
        "phone": None,
        "currency": record.shop.profile.currency,
        "tags": "",
        "created_at": local(record.created_at),
        "updated_at": local(record.created_at),
    }


def _address(shop: OpenShop, customer: Customer) -> Body:
    return {
        "first_name": customer.first_name,
        "last_name": customer.last_name,
        "name": f"{customer.first_name} {customer.last_name}",
        "company": None,
        "address1": "18, Jalan Rekaan 3/2",
        "address2": None,
        "city": shop.profile.city,
        "province": None,
        "province_code": None,
        "country": {"MY": "Malaysia", "SG": "Singapore"}[shop.profile.country],
        "country_code": shop.profile.country,
        "zip": "46000",
        "phone": None,
        "latitude": None,
        "longitude": None,
    }


def _discount_code(discount: Discount) -> Body:
    kind = "shipping" if discount.on_shipping else "fixed_amount"
    return {"code": discount.code, "amount": text(discount.amount), "type": kind}


def _application(discount: Discount) -> Body:
    return {
        "target_type": "shipping_line" if discount.on_shipping else "line_item",
        "type": "discount_code",
        "value": str(discount.amount),
        "value_type": "fixed_amount",
        "allocation_method": "across",
        "target_selection": "all",
        "code": discount.code,
    }


def _taxes(taxes: Sequence[Tax], money: Money) -> list[Body]:
    return [
        {
            "title": tax.title,
            "rate": number(tax.rate),
            **money.both("price", tax.amount),
            "channel_liable": None,
        }
        for tax in taxes
    ]


def _shares(shares: Sequence[Share], money: Money) -> list[Body]:
    return [
        {**money.both("amount", share.amount), "discount_application_index": share.discount}
        for share in shares
    ]


def _line_item(record: Record, item: Item, money: Money) -> Body:
    left = item.quantity - record.returned_quantity(item)
    return {
        **_line_snapshot(record.shop, item, money),
        "attributed_staffs": [],
        "current_quantity": left,
        "fulfillable_quantity": 0 if record.fulfilled else left,
        "fulfillment_status": "fulfilled" if record.fulfilled else None,
        "sales_line_item_group_id": None,
    }


def _line_snapshot(shop: OpenShop, item: Item, money: Money) -> Body:
    """A line the way refunds repeat it: without `current_quantity`."""
    product = item.product
    variant = f" - {product.variant_title}" if product.variant_title else ""
    goods = not (item.tip or product.gift_card)
    return {
        "id": item.id,
        "admin_graphql_api_id": gid("LineItem", item.id),
        "sku": product.sku or None,
        "product_id": item.product_id,
        "variant_id": item.variant_id,
        "product_exists": item.product_id is not None,
        "title": product.title,
        "variant_title": product.variant_title or None,
        "name": product.title + variant,
        "vendor": None if item.tip else shop.profile.name,
        "quantity": item.quantity,
        **money.both("price", product.price),
        **money.both("total_discount", ZERO),
        "discount_allocations": _shares(item.shares, money),
        "tax_lines": _taxes(item.taxes, money),
        "taxable": bool(item.taxes),
        "gift_card": product.gift_card,
        "duties": [],
        "properties": [],
        "grams": 400 if goods else 0,
        "requires_shipping": goods,
        "fulfillment_service": "gift_card" if product.gift_card else "manual",
        "fulfillable_quantity": item.quantity,
        "fulfillment_status": None,
        "variant_inventory_management": "shopify" if goods else None,
        **({"tip_payment_gateway": None, "tip_payment_method": None} if item.tip else {}),
    }


def _shipping_lines(record: Record, money: Money) -> list[Body]:
    delivery = record.sale.delivery
    if delivery is None:
        return []
    current = money.bag(_current_delivery(record))
    line = _shipping_snapshot(delivery, money)
    return [{**line, "current_discounted_price_set": current, "is_removed": False}]


def _shipping_snapshot(delivery: Delivery, money: Money) -> Body:
    return {
        "id": delivery.id,
        "carrier_identifier": None,
        "code": delivery.code,
        "title": delivery.title,
        "source": "shopify",
        "phone": None,
        "requested_fulfillment_service_id": None,
        **money.both("price", delivery.price),
        **money.both("discounted_price", delivery.charged),
        "discount_allocations": _shares(delivery.shares, money),
        "tax_lines": _taxes(delivery.taxes, money),
    }


def refund(record: Record, given: Refund) -> Body:
    """The body of refunds/create, and what orders repeat under `refunds`."""
    money = Money(record.shop.profile.currency)
    at = record.shop.local(given.at)
    return {
        "id": given.id,
        "admin_graphql_api_id": gid("Refund", given.id),
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
        "subtotal": number(line.subtotal),
        "subtotal_set": money.bag(line.subtotal),
        "total_tax": number(line.tax),
        "total_tax_set": money.bag(line.tax),
        "line_item": _line_snapshot(shop, line.item, money),
    }


def _refund_shipping(given: Refund, money: Money) -> list[Body]:
    if given.delivery is None:
        return []
    return [
        {
            "id": given.delivery.id,
            "shipping_line_id": given.delivery.delivery.id,
            "subtotal_amount_set": money.bag(given.delivery.subtotal),
            "shipping_line": _shipping_snapshot(given.delivery.delivery, money),
        }
    ]


def _adjustments(record: Record, given: Refund, money: Money) -> list[Body]:
    """Refunded shipping a second time, with its sign turned, and what was not asked for."""
    found = []
    if given.delivery:
        net, tax = _net_and_tax(given.delivery, included=given.taxes_included)
        row = (given.delivery.adjustment_id, "shipping_refund", "Shipping refund", -net, -tax)
        found.append(_adjustment(record, given, row, money))
    if given.discrepancy:
        kind, reason = "refund_discrepancy", "Refund discrepancy"
        row = (given.discrepancy_id, kind, reason, given.discrepancy, ZERO)
        found.append(_adjustment(record, given, row, money))
    return found


def _net_and_tax(returned: ReturnedDelivery, *, included: bool) -> tuple[Decimal, Decimal]:
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
        "admin_graphql_api_id": gid("OrderTransaction", payment.id),
        "order_id": record.id,
        "parent_id": payment.parent_id,
        "kind": payment.kind,
        "status": "success",
        "gateway": payment.gateway,
        "manual_payment_gateway": manual,
        "amount": text(payment.amount),
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
