"""The JSON of orders, field by field as the contract lists them (6.1, 6.2)."""

from __future__ import annotations

from decimal import Decimal

from shopify_app.demo import figures, money_bodies, parts
from shopify_app.demo.figures import ZERO, Discount, Item
from shopify_app.demo.parts import Body, Money
from shopify_app.demo.records import Customer, OpenShop, Record


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
        "tax_lines": parts.taxes(
            figures.merged(tax for part in record.sale.parts for tax in part.taxes), money
        ),
        "line_items": [_line_item(record, item, money) for item in record.sale.items],
        "shipping_lines": _shipping_lines(record, money),
        "refunds": [money_bodies.refund(record, one) for one in record.refunds],
        "fulfillments": [],
        "returns": [],
        "line_item_groups": [],
    }


def _identity(record: Record) -> Body:
    profile = record.shop.profile
    return {
        "id": record.id,
        "admin_graphql_api_id": parts.gid("Order", record.id),
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
    shipping = sale.shipping.charged if sale.shipping else ZERO
    return {
        **money.both("total_line_items_price", list_prices),
        **money.both("total_discounts", sale.discount),
        **money.both("subtotal_price", sale.subtotal),
        "total_shipping_price_set": money.bag(shipping),
        **money.both("total_tax", sale.tax),
        "total_tip_received": parts.text(sale.tip),
        **money.both("total_price", sale.total),
        "total_outstanding": parts.text(record.outstanding),
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
        "current_shipping_price_set": money.bag(_current_shipping(record)),
        **money.both("current_total_discounts", _current_discount(record)),
        **money.both("current_total_tax", sale.tax - tax),
        **money.both("current_total_price", record.current_total),
        "current_total_duties_set": None,
        "current_total_additional_fees_set": None,
    }


def _current_shipping(record: Record) -> Decimal:
    if record.sale.shipping is None or record.shipping_refunded:
        return ZERO
    return record.sale.shipping.charged


def _current_discount(record: Record) -> Decimal:
    kept = [
        figures.rounded(
            item.discount * (item.quantity - record.returned_quantity(item)) / item.quantity
        )
        for item in record.sale.items
    ]
    shipping = record.sale.shipping
    on_shipping = shipping.discount if shipping and not record.shipping_refunded else ZERO
    return sum(kept, on_shipping)


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
        "shipping_address": dict(address) if address and record.sale.shipping else None,
    }


def _customer(record: Record, customer: Customer) -> Body:
    local = record.shop.local
    return {
        "id": customer.id,
        "admin_graphql_api_id": parts.gid("Customer", customer.id),
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
    return {"code": discount.code, "amount": parts.text(discount.amount), "type": kind}


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


def _line_item(record: Record, item: Item, money: Money) -> Body:
    left = item.quantity - record.returned_quantity(item)
    return {
        **parts.line(record.shop, item, money),
        "attributed_staffs": [],
        "current_quantity": left,
        "fulfillable_quantity": 0 if record.fulfilled else left,
        "fulfillment_status": "fulfilled" if record.fulfilled else None,
        "sales_line_item_group_id": None,
    }


def _shipping_lines(record: Record, money: Money) -> list[Body]:
    shipping = record.sale.shipping
    if shipping is None:
        return []
    current = money.bag(_current_shipping(record))
    line = parts.shipping_line(shipping, money)
    return [{**line, "current_discounted_price_set": current, "is_removed": False}]
