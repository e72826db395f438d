"""From the webhook form of one order to the tree that the Admin API's schema answers with.

Pure. Names are the schema's, ids are global, times are UTC, amounts are MoneyBags in both
currencies, constants are in capitals. A connection stands as a plain list: `schema.execute` pages
it. What the tree lacks the stand-in does not model, and asking for it fails loudly.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shopify_app.sandbox import agreements, lines, payments, people, refunds
from shopify_app.sandbox.lines import Sold
from shopify_app.sandbox.money import NOTHING, Currencies, Json, Pair, total
from shopify_app.sandbox.words import constant, gid, text, utc

FULFILLED = {
    None: "UNFULFILLED",
    "fulfilled": "FULFILLED",
    "partial": "PARTIALLY_FULFILLED",
    "restocked": "RESTOCKED",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """All that is known of one order.

    `order` is a body of `orders/*` with its refunds; `transactions` are bodies of
    `order_transactions/create`; `edits` the `order_edit` objects of `orders/edited`. What only the
    Admin API says: `products` by product id (productType, tags), `disputes` and `agreements` in its
    own form (the latter derived where not given), and `more`, which is laid over the order's tree.
    """

    order: Mapping[str, Any]
    transactions: Sequence[Json] = ()
    edits: Sequence[Json] = ()
    products: Mapping[int, Json] = field(default_factory=dict)
    disputes: Sequence[Json] = ()
    agreements: Sequence[Json] | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


def order_answer(told: Told) -> Json:
    """The tree of an Order. Refunds, transactions and agreements point back into it."""
    body = told.order
    sold = Sold(body, Currencies.of_order(body), told.products)
    known = payments.known_transactions(body, told.transactions)
    order: Json = {"__typename": "Order"}
    shown = _parts(sold, known, order)
    order |= _head(body, edited=bool(told.edits))
    order |= _buyer(body) | _terms(body, sold, order) | _totals(sold) | _money(sold, known)
    order |= _lists(sold, shown)
    derived = told.agreements
    if derived is None:
        derived = agreements.agreements(sold, shown, told.edits, order)
    return order_with(order, told, derived)


def order_with(order: Json, told: Told, agreed: Sequence[Json]) -> Json:
    order["agreements"] = list(agreed)
    order["disputes"] = list(told.disputes)
    order |= told.more
    return order


def refund_answer(order: Json, refund_id: int) -> Json | None:
    """A refund of `order_answer`'s tree."""
    wanted = gid("Refund", refund_id)
    return next((refund for refund in order["refunds"] if refund["id"] == wanted), None)


def _parts(sold: Sold, known: Iterable[Json], order: Json) -> dict[str, dict[int, Json]]:
    """What other parts point to, by Shopify's ids."""
    money = sold.currencies
    ids = [line["id"] for line in sold.list("line_items")]
    shown: dict[str, dict[int, Json]] = {
        "lines": dict(zip(ids, lines.line_items(sold), strict=True)),
        "shipping": {x["id"]: lines.shipping_line(x, sold) for x in sold.list("shipping_lines")},
        "duties": {
            duty["id"]: lines.duty(duty, money)
            for line in sold.list("line_items")
            for duty in line.get("duties") or []
        },
        "transactions": payments.transactions(known, money, order),
    }
    order["name"] = sold.body["name"]  # a return is named after it
    bodies = sold.list("refunds")
    shown["refunds"] = {body["id"]: refunds.refund(body, sold, order, shown) for body in bodies}
    return shown


def _head(body: Mapping[str, Any], *, edited: bool) -> Json:
    return {
        "id": gid("Order", body["id"]),
        "legacyResourceId": str(body["id"]),
        "name": body["name"],
        "number": body.get("order_number") or 0,  # the schema knows no order without one
        "confirmationNumber": text(body.get("confirmation_number")),
        "confirmed": bool(body.get("confirmed", True)),
        "test": bool(body.get("test")),
        "edited": edited,
        "createdAt": utc(body["created_at"]),
        "processedAt": utc(body.get("processed_at") or body["created_at"]),
        "updatedAt": utc(body["updated_at"]),
        "cancelledAt": utc(body.get("cancelled_at")),
        "cancelReason": constant(body.get("cancel_reason")),
        "closedAt": utc(body.get("closed_at")),
        "closed": body.get("closed_at") is not None,
        "currencyCode": body["currency"],
        "presentmentCurrencyCode": body.get("presentment_currency") or body["currency"],
        "taxesIncluded": bool(body.get("taxes_included")),
        "dutiesIncluded": bool(body.get("duties_included")),
        "taxExempt": bool(body.get("tax_exempt")),
        "estimatedTaxes": bool(body.get("estimated_taxes")),
        **_states(body),
        **_sources(body),
    }


def _states(body: Mapping[str, Any]) -> Json:
    returned = any(refund.get("return") for refund in body.get("refunds") or [])
    return {
        "displayFinancialStatus": constant(body.get("financial_status")),
        "displayFulfillmentStatus": FULFILLED[body.get("fulfillment_status")],
        "returnStatus": "RETURNED" if returned else "NO_RETURN",
        "paymentGatewayNames": list(body.get("payment_gateway_names") or []),
    }


def _sources(body: Mapping[str, Any]) -> Json:
    place, app = body.get("location_id"), body.get("merchant_of_record_app_id")
    tags = sorted({tag.strip() for tag in (body.get("tags") or "").split(",")} - {""})
    return {
        "sourceName": text(body.get("source_name")),
        "sourceIdentifier": text(body.get("source_identifier")),
        "poNumber": text(body.get("po_number")),
        "note": text(body.get("note")),
        "tags": tags,
        "customAttributes": lines.attributes(body.get("note_attributes")),
        "retailLocation": None if place is None else {"id": gid("Location", place)},
        "merchantOfRecordApp": None if app is None else {"id": gid("App", app), "name": ""},
    }


def _buyer(body: Mapping[str, Any]) -> Json:
    return {
        "email": text(body.get("email") or body.get("contact_email")),
        "phone": text(body.get("phone")),
        "customer": people.customer(body.get("customer")),
        "purchasingEntity": people.purchaser(body),
        "billingAddress": people.address(body.get("billing_address")),
        "shippingAddress": people.address(body.get("shipping_address")),
    }


def _terms(body: Mapping[str, Any], sold: Sold, order: Json) -> Json:
    told = body.get("payment_terms")
    if not told:
        return {"paymentTerms": None}
    schedules = told.get("payment_schedules") or []
    return {
        "paymentTerms": {
            "id": gid("PaymentTerms", told.get("id", body["id"])),
            "order": order,
            "paymentTermsName": told.get("payment_terms_name") or "",
            "paymentTermsType": constant(told.get("payment_terms_type") or "net"),
            "dueInDays": told.get("due_in_days"),
            "overdue": bool(told.get("overdue")),
            "paymentSchedules": [_schedule(one, body, sold) for one in schedules],
        }
    }


def _schedule(one: Json, body: Mapping[str, Any], sold: Sold) -> Json:
    whole = sold.currencies.must(body, "total_price").seen
    return {
        "id": gid("PaymentSchedule", one.get("id", body["id"])),
        "issuedAt": utc(one.get("issued_at")),
        "dueAt": utc(one.get("due_at")),
        "completedAt": utc(one.get("completed_at")),
        "balanceDue": sold.currencies.paid(sold.currencies.must(body, "total_outstanding").seen),
        "totalBalance": sold.currencies.paid(whole),
    }


def _totals(sold: Sold) -> Json:
    """Totals that the body says itself."""
    body, money = sold.body, sold.currencies
    prices = ("total_price", "subtotal_price", "total_tax", "total_discounts", "total_outstanding")
    current = ("total_price", "subtotal_price", "total_tax", "total_discounts", "shipping_price")
    names = {
        "totalShippingPriceSet": "total_shipping_price",
        "totalTipReceivedSet": "total_tip_received",
        **{f"{_camel(name)}Set": name for name in prices},
        **{f"{_camel(f'current_{name}')}Set": f"current_{name}" for name in current},
    }
    silent = {  # null where there are none, not zero
        f"{_camel(name)}Set": money.shown_or_none(body, name)
        for side in ("original", "current")
        for name in (f"{side}_total_duties", f"{side}_total_additional_fees")
    }
    return {name: money.shown(body, key) for name, key in names.items()} | silent


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def _money(sold: Sold, known: Sequence[Json]) -> Json:
    """Totals that follow from transactions and refunds."""
    body, money = sold.body, sold.currencies
    taken = payments.moved(known, money, "sale", "capture")
    received = taken - payments.moved(known, money, "change")
    back = payments.moved(known, money, "refund")
    kept = [one for refund in sold.list("refunds") for one in refunds.discrepancies(refund)]
    rounding = "total_cash_rounding_{}_adjustment"
    return {
        "originalTotalPriceSet": money.shown(body, "total_price"),
        "totalReceivedSet": money.bag(received),
        "totalRefundedSet": money.bag(back),
        "netPaymentSet": money.bag(received - back),
        "refundDiscrepancySet": money.bag(total(money.must(one, "amount") for one in kept)),
        "totalCashRoundingAdjustment": {
            "paymentSet": money.shown(body, rounding.format("payment")),
            "refundSet": money.shown(body, rounding.format("refund")),
        },
    }


def _lists(sold: Sold, shown: Mapping[str, Mapping[int, Json]]) -> Json:
    transactions = list(shown["transactions"].values())
    return {
        "lineItems": list(shown["lines"].values()),
        "shippingLines": list(shown["shipping"].values()),
        "taxLines": lines.tax_lines(_order_taxes(sold), sold.currencies),
        "currentTaxLines": _current_taxes(sold),
        "additionalFees": [lines.fee(x, sold.currencies) for x in sold.list("additional_fees")],
        "discountApplications": lines.applications(sold),
        "discountCodes": [code["code"] for code in sold.list("discount_codes")],
        "fulfillments": lines.fulfillments(sold, shown["lines"]),
        "transactions": transactions,
        "transactionsCount": {"count": len(transactions), "precision": "EXACT"},
        "refunds": list(shown["refunds"].values()),
    }


def _order_taxes(sold: Sold) -> list[Json]:
    """As told; where the body tells none, all that its lines have."""
    told = sold.list("tax_lines")
    parts = (*sold.list("line_items"), *sold.list("shipping_lines"))
    return list(told) or [tax for part in parts for tax in part.get("tax_lines") or []]


def _current_taxes(sold: Sold) -> list[Json]:
    """What is left of each tax in proportion to the tax that is left; no webhook says it."""
    money = sold.currencies
    whole, left = money.must(sold.body, "total_tax"), money.read(sold.body, "current_total_tax")
    part = left.shop / whole.shop if left is not None and whole.shop else 1
    return [
        {
            **lines.tax_line(tax, money),
            "priceSet": money.bag(_share(money, tax, part)),
        }
        for tax in _order_taxes(sold)
    ]


def _share(money: Currencies, tax: Json, part: Any) -> Pair:
    pair = money.must(tax, "price")
    return pair if part == 1 else money.share(pair, part) or NOTHING
