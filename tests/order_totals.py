"""What Shopify works out of an order's lines, shipping lines and refunds: totals, units, times."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

Json = dict[str, Any]


def totals(order: Json) -> Json:
    lines = order["line_items"]
    shipping = [line for line in order["shipping_lines"] if not line.get("is_removed")]
    tax = sum((_sum(line["tax_lines"], "price") for line in [*lines, *shipping]), Decimal())
    subtotal = sum((_charged(line) for line in lines), Decimal())
    total = subtotal + sum((_charged(line) for line in shipping), Decimal())
    total += 0 if order["taxes_included"] else tax
    credited = sum((_credited(refund, order) for refund in order["refunds"]), Decimal())
    outstanding = total if order["financial_status"] == "pending" else Decimal()
    return {
        "current_total_price": f"{total - credited:.2f}",
        "subtotal_price": f"{subtotal:.2f}",
        "total_outstanding": f"{outstanding:.2f}",
        "total_price": f"{total:.2f}",
        "total_tax": f"{tax:.2f}",
    }


def last_change(order: Json) -> str:
    return max([str(order["updated_at"]), *(str(r["created_at"]) for r in order["refunds"])])


def after_refunds(line: Json, order: Json) -> Json:
    """Refunded units leave `current_quantity`, unless the test has set that already."""
    if line["current_quantity"] != line["quantity"]:
        return line
    refunds = (refund.get("refund_line_items", []) for refund in order["refunds"])
    refunded = [item for items in refunds for item in items]
    gone = sum(item["quantity"] for item in refunded if item["line_item_id"] == line["id"])
    return line | {"current_quantity": line["quantity"] - gone}


def _charged(line: Json) -> Decimal:
    price = Decimal(line["price"]) * int(line.get("quantity", 1))
    return price - _sum(line["discount_allocations"], "amount")


def _credited(refund: Json, order: Json) -> Decimal:
    lines, shipping = (
        refund.get(f"refund_{kind}", []) for kind in ("line_items", "shipping_lines")
    )
    tax = sum((_set_amount(line, "total_tax_set") for line in lines), Decimal())
    goods = sum((_set_amount(line, "subtotal_set") for line in lines), Decimal())
    sent = sum((_set_amount(line, "subtotal_amount_set") for line in shipping), Decimal())
    return goods + sent + (0 if order["taxes_included"] else tax)


def _set_amount(line: Json, key: str) -> Decimal:
    return Decimal(line[key]["shop_money"]["amount"])


def _sum(items: list[Json], key: str) -> Decimal:
    return sum((Decimal(item[key]) for item in items), Decimal())
