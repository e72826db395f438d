"""Shopify's JSON for tests: complete, consistent bodies of a fictional shop, as plain dicts.

    order = make_order(line_items=[make_line(price="45.90", quantity=2)], taxes_included=False)
    refund = make_refund(refund_line_items=[make_refund_line(subtotal="45.90")])
    body = as_body(order)

Every builder takes any key of Shopify's object as a keyword, and what is given wins over what it
would have computed, so that a test can also say something inconsistent on purpose. Amounts are
strings in shop currency (MYR unless `currency` says otherwise); the `_set` twins follow them.
`make_order` adds up totals, `current_quantity` and `updated_at` from its lines, shipping lines and
refunds (`order_totals`). `presented_in` turns a finished body into one that the customer saw in
another currency. `without` drops keys.
"""

from __future__ import annotations

import json
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tests.order_totals import Json, after_refunds, last_change, totals

ORDER_ID = 6200000001001
REFUND_ID = 910000000001
TRANSACTION_ID = 7800000000001
LINE_ID = 15300000000001
SHIPPING_LINE_ID = 5400000000001


def as_body(payload: Json) -> bytes:
    return json.dumps(payload, ensure_ascii=False).encode()


def make_set(amount: str, currency: str = "MYR") -> Json:
    """The same amount for the shop and for the customer."""
    side = {"amount": amount, "currency_code": currency}
    return {"shop_money": dict(side), "presentment_money": dict(side)}


def make_tax_line(**changes: Any) -> Json:
    tax: Json = {"title": "SST", "rate": 0.1, "price": "8.00", "channel_liable": None}
    return _with_sets(tax, changes, "price")


def make_discount(**changes: Any) -> Json:
    """A discount allocation: the part of discount application 0 that falls on a line."""
    discount: Json = {"amount": "5.00", "discount_application_index": 0}
    return _with_sets(discount, changes, "amount")


def make_line(**changes: Any) -> Json:
    """One unit at 80.00, untaxed. `current_quantity` follows `quantity`."""
    line: Json = {
        "id": LINE_ID,
        "admin_graphql_api_id": f"gid://shopify/LineItem/{changes.get('id', LINE_ID)}",
        "current_quantity": changes.get("quantity", 1),
        "discount_allocations": [],
        "duties": [],
        "gift_card": False,
        "grams": 250,
        "name": "Songket Scarf - Emerald",
        "price": "80.00",
        "product_exists": True,
        "product_id": 8400000000001,
        "properties": [],
        "quantity": 1,
        "requires_shipping": True,
        "sku": "AG-SONGKET-E",
        "tax_lines": [],
        "taxable": bool(changes.get("tax_lines")),
        "title": "Songket Scarf",
        "total_discount": "0.00",
        "variant_id": 45200000000001,
        "variant_title": "Emerald",
        "vendor": "Angsana",
    }
    return _with_sets(line, changes, "price", "total_discount")


def make_tip_line(**changes: Any) -> Json:
    given: Json = {
        "id": LINE_ID + 900,
        "name": "Tip",
        "price": "5.00",
        "product_id": None,
        "sku": None,
        "tip_payment_gateway": None,
        "tip_payment_method": None,
        "title": "Tip",
        "variant_id": None,
        "variant_title": None,
        "vendor": None,
    }
    return make_line(**(given | changes))


def make_shipping_line(**changes: Any) -> Json:
    """10.00 for standard delivery, untaxed."""
    price = changes.get("price", "10.00")
    line: Json = {
        "id": SHIPPING_LINE_ID,
        "carrier_identifier": None,
        "code": "STANDARD",
        "discount_allocations": [],
        "discounted_price": price,
        "is_removed": False,
        "phone": None,
        "price": price,
        "source": "shopify",
        "tax_lines": [],
        "title": "Standard delivery",
    }
    return _with_sets(line, changes, "price", "discounted_price")


def make_duty(**changes: Any) -> Json:
    """8.00 of import duty on a line, itself untaxed."""
    duty: Json = {
        "id": 450000000001,
        "country_code_of_origin": "ID",
        "harmonized_system_code": "621420",
        "price": "8.00",
        "tax_lines": [],
    }
    return _with_sets(duty, changes, "price")


def make_fee(**changes: Any) -> Json:
    """2.50 of an additional fee of an order, untaxed."""
    fee: Json = {"id": 460000000001, "name": "Bottle deposit", "price": "2.50", "tax_lines": []}
    return _with_sets(fee, changes, "price")


def make_fulfillment(*sent: tuple[int, int], **changes: Any) -> Json:
    """A parcel with these lines and units in it."""
    fulfillment: Json = {
        "id": 470000000001,
        "created_at": "2026-11-21T15:00:00+08:00",
        "line_items": [{"id": line_id, "quantity": units} for line_id, units in sent],
        "order_id": ORDER_ID,
        "status": "success",
    }
    return fulfillment | changes


def make_terms(*due_at: str | None) -> Json:
    """Payment terms that ask for the money at these times."""
    schedules = [{"amount": "90.00", "currency": "MYR", "due_at": due} for due in due_at]
    return {"payment_terms_name": "Net 30", "payment_schedules": schedules}


def make_transaction(**changes: Any) -> Json:
    """A successful sale of 90.00: what `make_order()` asks for."""
    transaction_id = changes.get("id", TRANSACTION_ID)
    transaction: Json = {
        "id": TRANSACTION_ID,
        "admin_graphql_api_id": f"gid://shopify/OrderTransaction/{transaction_id}",
        "amount": "90.00",
        "amount_rounding": None,
        "authorization": None,
        "created_at": "2026-11-20T10:00:02+08:00",
        "currency": "MYR",
        "currency_exchange_adjustment": None,
        "error_code": None,
        "gateway": "Contoh Pay",
        "kind": "sale",
        "location_id": None,
        "manual_payment_gateway": False,
        "message": "Approved",
        "order_id": ORDER_ID,
        "parent_id": None,
        "payment_details": None,
        "payment_id": "cp-0001",
        "processed_at": "2026-11-20T10:00:02+08:00",
        "receipt": {},
        "source_name": "web",
        "status": "success",
        "test": False,
        "user_id": None,
    }
    transaction |= changes
    rest = {"amount": "0.0", "currency": transaction["currency"]}
    return {"total_unsettled_set": {"shop_money": rest, "presentment_money": rest}} | transaction


def make_refund_line(**changes: Any) -> Json:
    """One unit of `make_line()` back into stock. The plain amounts are JSON numbers (trap T1)."""
    line: Json = {
        "id": 640000000001,
        "line_item_id": LINE_ID,
        "location_id": None,
        "quantity": 1,
        "restock_type": "return",
        "subtotal": "80.00",
        "total_tax": "0.00",
    }
    line = _with_sets(line, changes, "subtotal", "total_tax")
    return line | {key: float(line[key]) for key in ("subtotal", "total_tax")}


def make_refund_shipping(**changes: Any) -> Json:
    amount = str(changes.pop("subtotal_amount", "10.00"))
    line: Json = {"id": 650000000001, "shipping_line_id": SHIPPING_LINE_ID}
    return {"subtotal_amount_set": make_set(amount), "shipping_line": None} | line | changes


def make_adjustment(**changes: Any) -> Json:
    """Goodwill of 5.00: refunded beyond the lines, hence negative (trap T9)."""
    adjustment: Json = {
        "id": 260000000001,
        "amount": "-5.00",
        "kind": "refund_discrepancy",
        "order_id": ORDER_ID,
        "reason": "Refund discrepancy",
        "refund_id": REFUND_ID,
        "tax_amount": "0.00",
    }
    return _with_sets(adjustment, changes, "amount", "tax_amount")


def make_refund(**changes: Any) -> Json:
    """80.00 back for one unit, two days after the order, paid back at once."""
    paid_back = make_transaction(
        id=TRANSACTION_ID + 500,
        amount="80.00",
        created_at="2026-11-22T09:30:00+08:00",
        kind="refund",
        parent_id=TRANSACTION_ID,
        processed_at="2026-11-22T09:30:00+08:00",
        order_id=changes.get("order_id", ORDER_ID),
    )
    refund: Json = {
        "id": REFUND_ID,
        "additional_fees": [],
        "admin_graphql_api_id": f"gid://shopify/Refund/{changes.get('id', REFUND_ID)}",
        "created_at": "2026-11-22T09:30:00+08:00",
        "duties": [],
        "note": None,
        "order_adjustments": [],
        "order_id": ORDER_ID,
        "processed_at": "2026-11-22T09:30:00+08:00",
        "refund_line_items": [make_refund_line()],
        "refund_shipping_lines": [],
        "restock": True,
        "return": None,
        "total_additional_fees_set": make_set("0.00"),
        "total_duties_set": make_set("0.00"),
        "transactions": [paid_back],
        "user_id": None,
    }
    return refund | changes


def make_address(**changes: Any) -> Json:
    address: Json = {
        "address1": "12, Jalan Umpama 4/1",
        "address2": None,
        "city": "Shah Alam",
        "company": None,
        "country": "Malaysia",
        "country_code": "MY",
        "first_name": "Mei",
        "last_name": "Contoh",
        "name": "Mei Contoh",
        "phone": "+60115550101",
        "province": "Selangor",
        "zip": "40000",
    }
    return address | changes


def make_customer(**changes: Any) -> Json:
    customer: Json = {
        "id": 9600000000001,
        "default_address": None,
        "email": "mei@customer.test",
        "first_name": "Mei",
        "last_name": "Contoh",
        "phone": None,
    }
    return customer | changes


def make_order(**changes: Any) -> Json:
    """A paid order: `make_line()` and `make_shipping_line()`, 90.00 together, prices with tax.

    With `financial_status="pending"` all of it is outstanding.
    """
    order = _order_head() | {
        "line_items": [make_line()],
        "shipping_lines": [make_shipping_line()],
        "refunds": [],
    }
    order |= changes
    order["updated_at"] = changes.get("updated_at") or last_change(order)
    order["line_items"] = [after_refunds(line, order) for line in order["line_items"]]
    computed = totals(order)
    currency = order["currency"]
    shown = {"line_items": order["line_items"]}
    return order | _with_sets(computed, changes, *computed, currency=currency) | changes | shown


def make_edit(**changes: Any) -> Json:
    """`orders/edited`: one unit more of a line that is new."""
    edit: Json = {
        "id": 730000000001,
        "committed_at": "2026-11-21T02:00:00Z",
        "created_at": "2026-11-21T01:59:00Z",
        "line_items": {"additions": [{"id": LINE_ID + 7, "delta": 1}], "removals": []},
        "order_id": ORDER_ID,
    }
    return {"order_edit": edit | changes}


def presented_in(currency: str, factor: str, payload: Any) -> Any:
    """The same body for a customer who saw another currency, at `factor` per unit of the shop's.

    Transactions are left alone: what they are in is the payment's currency.
    """
    if isinstance(payload, list):
        return [presented_in(currency, factor, item) for item in payload]
    if not isinstance(payload, dict):
        return payload
    changed = {key: presented_in(currency, factor, item) for key, item in payload.items()}
    if "shop_money" in changed and "currency_code" in (changed["shop_money"] or {}):
        converted = Decimal(changed["shop_money"]["amount"]) * Decimal(factor)
        amount = str(converted.quantize(Decimal("0.01"), ROUND_HALF_UP))
        changed["presentment_money"] = {"amount": amount, "currency_code": currency}
    if "presentment_currency" in changed:
        changed["presentment_currency"] = currency
    return changed


def without(payload: Json, *keys: str) -> Json:
    return {key: value for key, value in payload.items() if key not in keys}


def _with_sets(made: Json, changes: Json, *plain: str, currency: str = "MYR") -> Json:
    made = made | changes
    sets = {f"{key}_set": make_set(made[key], currency) for key in plain if made.get(key)}
    return sets | made


def _order_head() -> Json:
    return {
        "id": ORDER_ID,
        "admin_graphql_api_id": f"gid://shopify/Order/{ORDER_ID}",
        "app_id": 580111,
        "billing_address": make_address(),
        "cancel_reason": None,
        "cancelled_at": None,
        "closed_at": None,
        "company": None,
        "confirmed": True,
        "contact_email": "mei@customer.test",
        "created_at": "2026-11-20T10:00:03+08:00",
        "currency": "MYR",
        "current_total_additional_fees_set": None,
        "current_total_duties_set": None,
        "customer": make_customer(),
        "discount_applications": [],
        "discount_codes": [],
        "email": "mei@customer.test",
        "estimated_taxes": False,
        "financial_status": "paid",
        "fulfillment_status": None,
        "fulfillments": [],
        "location_id": None,
        "merchant_of_record_app_id": None,
        "name": "#1001",
        "note": None,
        "note_attributes": [],
        "number": 1,
        "order_number": 1001,
        "original_total_additional_fees_set": None,
        "original_total_duties_set": None,
        "payment_gateway_names": ["Contoh Pay"],
        "phone": None,
        "presentment_currency": "MYR",
        "processed_at": "2026-11-20T10:00:01+08:00",
        "shipping_address": make_address(),
        "source_name": "web",
        "tags": "",
        "taxes_included": True,
        "test": False,
        "total_tip_received": "0.00",
        "updated_at": "2026-11-20T10:00:04+08:00",
    }
