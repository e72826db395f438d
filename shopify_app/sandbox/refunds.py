"""Refunds as the Admin API shows them.

Refunded shipping is told twice by webhooks, here once: a refund's shipping line has the tax, and
its order adjustments are discrepancies only (trap T8).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from shopify_app.sandbox.lines import Sold, charged
from shopify_app.sandbox.money import NOTHING, Json, Pair, total
from shopify_app.sandbox.payments import moved
from shopify_app.sandbox.words import constant, gid, text, utc

SHIPPING = "shipping_refund"
REASONS = frozenset(
    {
        "RESTOCK",
        "DAMAGE",
        "CUSTOMER",
        "REFUND_DISCREPANCY",
        "FULL_RETURN_BALANCING_ADJUSTMENT",
        "PENDING_REFUND_DISCREPANCY",
    }
)


def refund(body: Json, sold: Sold, order: Json, shown: Mapping[str, Mapping[int, Json]]) -> Json:
    """`shown` has the order's lines, shipping lines, duties and transactions by id."""
    currencies, paid = sold.currencies, body.get("transactions") or []
    return {
        "id": gid("Refund", body["id"]),
        "legacyResourceId": str(body["id"]),
        "createdAt": utc(body["created_at"]),
        "processedAt": utc(body.get("processed_at") or body["created_at"]),
        "updatedAt": utc(body.get("updated_at") or _last_change(body)),
        "note": text(body.get("note")),
        "order": order,
        "return": _return(body.get("return"), order),
        "totalRefundedSet": currencies.bag(moved(paid, currencies, "refund")),
        "refundLineItems": _lines(body, sold, shown["lines"]),
        "refundShippingLines": _shipping_shown(body, sold, shown["shipping"]),
        "orderAdjustments": [_adjustment(one, sold) for one in discrepancies(body)],
        "duties": [_duty(one, sold, shown["duties"]) for one in body.get("duties") or []],
        "transactions": [shown["transactions"][one["id"]] for one in paid],
    }


def _last_change(body: Json) -> str:
    paid = [one["processed_at"] for one in body.get("transactions") or [] if "processed_at" in one]
    times = [str(at) for at in (body["created_at"], *paid)]
    return max(times, key=lambda at: utc(at) or "")


def _return(told: Json | None, order: Json) -> Json | None:
    if told is None:
        return None
    return {
        "id": gid("Return", told["id"]),
        "name": told.get("name") or f"{order['name']}-R1",
        "status": constant(told.get("status") or "closed"),
    }


def _lines(body: Json, sold: Sold, lines: Mapping[int, Json]) -> list[Json]:
    found = [one for one in body.get("refund_line_items") or [] if one["line_item_id"] in lines]
    return [_line(one, sold, lines[one["line_item_id"]]) for one in found]


def _line(one: Json, sold: Sold, line: Json) -> Json:
    kind = one.get("restock_type") or "no_restock"
    return {
        "id": gid("RefundLineItem", one["id"]),
        "quantity": one["quantity"],
        "restockType": constant(kind),
        "restocked": kind != "no_restock",
        "lineItem": line,
        "priceSet": line["originalUnitPriceSet"],
        "subtotalSet": sold.currencies.shown(one, "subtotal"),
        "totalTaxSet": sold.currencies.shown(one, "total_tax"),
    }


def _shipping_shown(body: Json, sold: Sold, lines: Mapping[int, Json]) -> list[Json]:
    return [
        {
            "id": gid("RefundShippingLine", number),
            "shippingLine": lines[line_id],
            "subtotalAmountSet": sold.currencies.bag(subtotal),
            "taxAmountSet": sold.currencies.bag(tax),
        }
        for number, line_id, subtotal, tax in shipping(body, sold)
        if line_id in lines
    ]


def shipping(body: Json, sold: Sold) -> list[tuple[int, int, Pair, Pair]]:
    """Id, shipping line, subtotal and tax of the shipping given back. The tax is that of the
    adjustments; where the refund has none, the share of the shipping line's own."""
    adjusted = [one for one in body.get("order_adjustments") or [] if one.get("kind") == SHIPPING]
    told = [one for one in body.get("refund_shipping_lines") or [] if one.get("shipping_line_id")]
    if not told:
        return [_only_adjusted(one, sold) for one in adjusted if sold.list("shipping_lines")]
    subtotals = [sold.currencies.must(one, "subtotal_amount") for one in told]
    if adjusted:
        tax = -total(sold.currencies.must(one, "tax_amount") for one in adjusted)
        taxes = _spread(tax, subtotals, sold)
    else:
        taxes = [_own_tax(one, sub, sold) for one, sub in zip(told, subtotals, strict=True)]
    parts = zip(told, subtotals, taxes, strict=True)
    return [(one["id"], one["shipping_line_id"], sub, tax) for one, sub, tax in parts]


def _only_adjusted(one: Json, sold: Sold) -> tuple[int, int, Pair, Pair]:
    tax = -sold.currencies.must(one, "tax_amount")
    subtotal = -sold.currencies.must(one, "amount")
    gross = subtotal + tax if sold.taxes_included else subtotal
    return one["id"], sold.list("shipping_lines")[0]["id"], gross, tax


def _spread(tax: Pair, subtotals: list[Pair], sold: Sold) -> list[Pair]:
    """In proportion; the last takes what is left."""
    whole, left, found = total(subtotals).shop, tax, []
    for subtotal in subtotals[:-1]:
        part = sold.currencies.share(tax, subtotal.shop / whole) if whole else NOTHING
        found.append(part)
        left -= part
    return [*found, left]


def _own_tax(one: Json, subtotal: Pair, sold: Sold) -> Pair:
    for line in sold.list("shipping_lines"):
        cost = charged(line, sold).shop
        if line["id"] == one["shipping_line_id"] and cost:
            tax = total(sold.currencies.must(t, "price") for t in line.get("tax_lines") or [])
            return sold.currencies.share(tax, Decimal(subtotal.shop) / cost)
    return NOTHING


def discrepancies(body: Json) -> list[Json]:
    return [one for one in body.get("order_adjustments") or [] if one.get("kind") != SHIPPING]


def _adjustment(one: Json, sold: Sold) -> Json:
    reason = constant(one.get("reason"))
    return {
        "id": gid("OrderAdjustment", one["id"]),
        "reason": reason if reason in REASONS else None,
        "amountSet": sold.currencies.shown(one, "amount"),
        "taxAmountSet": sold.currencies.shown(one, "tax_amount"),
    }


def _duty(one: Json, sold: Sold, duties: Mapping[int, Any]) -> Json:
    amount = "amount" if "amount_set" in one or "amount" in one else "total"
    return {
        "amountSet": sold.currencies.shown(one, amount),
        "originalDuty": duties.get(one.get("duty_id") or one.get("id", 0)),
    }
