"""What an order, its edits and its refunds agreed, derived from webhook bodies (contract 8.5).

Amounts are after discounts and with tax; what the customer gets back is negative (assumed, as in
the contract's example 16.9).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from shopify_app.sandbox import refunds
from shopify_app.sandbox.lines import Sold, charged, tax_line, units_left
from shopify_app.sandbox.money import NOTHING, Json, Pair, total
from shopify_app.sandbox.words import gid, utc

Shown = Mapping[str, Mapping[int, Json]]
ONE = Decimal(1)


def agreements(sold: Sold, shown: Shown, edits: Sequence[Json], order: Json) -> list[Json]:
    """All of them, oldest first. `edits` are the `order_edit` objects of `orders/edited`."""
    found = [
        _ordered(sold, shown, edits, order),
        *(_edited(edit, sold, shown) for edit in edits),
        *(_refunded(body, sold, shown) for body in sold.list("refunds")),
    ]
    return sorted(found, key=lambda one: (one["happenedAt"], one["id"]))


def _agreement(kind: str, number: int, at: str | None, sales: Iterable[Json], **more: Any) -> Json:
    """`number` is unique among the agreements of a shop; its sales are numbered below it."""
    listed = [
        {"id": gid("Sale", f"{number}{index:03d}"), **sale}
        for index, sale in enumerate(sales, start=1)
    ]
    agreement = {"__typename": kind, "id": gid("SalesAgreement", number), "happenedAt": utc(at)}
    return {**agreement, "sales": listed, **more}


def _ordered(sold: Sold, shown: Shown, edits: Sequence[Json], order: Json) -> Json:
    added = _deltas(edits, "additions")
    lines = [
        (line, line["quantity"] - added.get(line["id"], 0)) for line in sold.list("line_items")
    ]
    sales = [_units(line, units, sold, shown, "ORDER") for line, units in lines if units > 0]
    sales += [_sent(line, sold, shown) for line in sold.list("shipping_lines")]
    sales += [
        _duty_sale(duty, sold, shown)
        for line, units in lines
        if units > 0
        for duty in line.get("duties") or []
    ]
    sales += [_fee_sale(fee, sold) for fee in sold.list("additional_fees")]
    at = sold.body.get("processed_at") or sold.body["created_at"]
    number = sold.body["id"] * 10 + 1
    return _agreement("OrderAgreement", number, at, sales, reason="ORDER", order=order)


def _deltas(edits: Iterable[Json], way: str) -> dict[int, int]:
    """By line, the units that the edits added or took off."""
    units: dict[int, int] = {}
    for edit in edits:
        for change in (edit.get("line_items") or {}).get(way) or []:
            units[change["id"]] = units.get(change["id"], 0) + abs(change["delta"])
    return units


def _edited(edit: Json, sold: Sold, shown: Shown) -> Json:
    """Units taken off that a refund record gives back are of that refund's agreement."""
    lines = {line["id"]: line for line in sold.list("line_items")}
    added, removed = _deltas([edit], "additions"), _deltas([edit], "removals")
    back = _units_refunded(sold)
    sales = [
        _units(lines[id_], n, sold, shown, "ORDER") for id_, n in added.items() if id_ in lines
    ]
    for id_, units in removed.items():
        if id_ in lines and (left := min(units, _taken_off(lines[id_], back))) > 0:
            sales.append(_units(lines[id_], -left, sold, shown, "RETURN"))
    at = edit.get("committed_at") or edit.get("created_at") or sold.body["updated_at"]
    number = edit["id"] * 10 + 3
    return _agreement("OrderEditAgreement", number, at, sales, reason="ORDER_EDIT")


def _units_refunded(sold: Sold) -> dict[int, int]:
    units: dict[int, int] = {}
    for body in sold.list("refunds"):
        for one in body.get("refund_line_items") or []:
            units[one["line_item_id"]] = units.get(one["line_item_id"], 0) + one["quantity"]
    return units


def _taken_off(line: Json, back: Mapping[int, int]) -> int:
    return int(line["quantity"]) - units_left(line) - back.get(line["id"], 0)


def _refunded(body: Json, sold: Sold, shown: Shown) -> Json:
    sales = [
        _returned(one, sold, shown)
        for one in body.get("refund_line_items") or []
        if one["line_item_id"] in shown["lines"]
    ]
    sales += [
        _shipping_back(line_id, subtotal, tax, sold, shown)
        for _, line_id, subtotal, tax in refunds.shipping(body, sold)
    ]
    sales += [_adjusted(one, sold) for one in refunds.discrepancies(body)]
    number, refund = body["id"] * 10 + 2, shown["refunds"][body["id"]]
    at = body.get("processed_at") or body["created_at"]
    if body.get("return"):
        back = refund["return"]
        return _agreement("ReturnAgreement", number, at, sales, reason="RETURN", **{"return": back})
    return _agreement("RefundAgreement", number, at, sales, reason="REFUND", refund=refund)


def _sale(
    kind: str,
    line_type: str,
    action: str,
    sold: Sold,
    *,
    total: Pair,
    tax: Pair,
    discount: Pair = NOTHING,
    quantity: int | None = None,
    taxes: Sequence[tuple[Json, Pair]] = (),
    **more: Any,
) -> Json:
    bag = sold.currencies.bag
    return {
        "__typename": kind,
        "actionType": action,
        "lineType": line_type,
        "quantity": quantity,
        "totalAmount": bag(total),
        "totalTaxAmount": bag(tax),
        "totalDiscountAmountBeforeTaxes": bag(discount),
        "totalDiscountAmountAfterTaxes": bag(discount),
        "taxes": [
            {"id": gid("SaleTax", n), "amount": bag(amount), "taxLine": line}
            for n, (line, amount) in enumerate(taxes, start=1)
        ],
        **more,
    }


def _kind(line: Json) -> tuple[str, str]:
    if "tip_payment_gateway" in line:
        return "TipSale", "TIP"
    if line.get("gift_card"):
        return "GiftCardSale", "GIFT_CARD"
    return "ProductSale", "PRODUCT"


def _units(line: Json, units: int, sold: Sold, shown: Shown, action: str) -> Json:
    """The share of a line that these units are; all of it where they are all of its units."""
    part = Decimal(units) / line["quantity"]
    money, (kind, line_type) = sold.currencies, _kind(line)
    discount = money.share(_discount(line, sold), part)
    taxes = _taxes(line, sold, part)
    tax = total(amount for _, amount in taxes)
    net = money.must(line, "price").times(units) - discount
    return _sale(
        kind,
        line_type,
        action,
        sold,
        total=net if sold.taxes_included else net + tax,
        tax=tax,
        discount=discount,
        quantity=units,
        taxes=taxes,
        lineItem=shown["lines"][line["id"]],
    )


def _discount(line: Json, sold: Sold) -> Pair:
    return total(
        sold.currencies.must(share, "amount") for share in line.get("discount_allocations") or []
    )


def _taxes(line: Json, sold: Sold, part: Decimal = ONE) -> list[tuple[Json, Pair]]:
    money = sold.currencies
    return [
        (tax_line(tax, money), money.share(money.must(tax, "price"), part))
        for tax in line.get("tax_lines") or []
    ]


def _sent(line: Json, sold: Sold, shown: Shown) -> Json:
    taxes, cost = _taxes(line, sold), charged(line, sold)
    tax = total(amount for _, amount in taxes)
    return _sale(
        "ShippingLineSale",
        "SHIPPING",
        "ORDER",
        sold,
        total=cost if sold.taxes_included else cost + tax,
        tax=tax,
        discount=_discount(line, sold),
        taxes=taxes,
        shippingLine=shown["shipping"][line["id"]],
    )


def _duty_sale(duty: Json, sold: Sold, shown: Shown) -> Json:
    tax = total(amount for _, amount in _taxes(duty, sold))
    whole = sold.currencies.must(duty, "price") + tax
    found = shown["duties"][duty["id"]]
    return _sale("DutySale", "DUTY", "ORDER", sold, total=whole, tax=tax, duty=found)


def _fee_sale(fee: Json, sold: Sold) -> Json:
    tax = total(amount for _, amount in _taxes(fee, sold))
    price = sold.currencies.must(fee, "price")
    told = {
        "id": gid("SaleAdditionalFee", fee["id"]),
        "name": fee.get("name") or "",
        "price": sold.currencies.bag(price),
        "taxLines": [line for line, _ in _taxes(fee, sold)],
    }
    name = ("AdditionalFeeSale", "ADDITIONAL_FEE", "ORDER")
    return _sale(*name, sold, total=price + tax, tax=tax, additionalFee=told)


def _returned(one: Json, sold: Sold, shown: Shown) -> Json:
    line = next(x for x in sold.list("line_items") if x["id"] == one["line_item_id"])
    kind, line_type = _kind(line)
    subtotal = sold.currencies.must(one, "subtotal")
    tax = sold.currencies.must(one, "total_tax")
    return _sale(
        kind,
        line_type,
        "RETURN",
        sold,
        total=-(subtotal if sold.taxes_included else subtotal + tax),
        tax=-tax,
        quantity=-one["quantity"],
        lineItem=shown["lines"][line["id"]],
    )


def _shipping_back(line_id: int, subtotal: Pair, tax: Pair, sold: Sold, shown: Shown) -> Json:
    return _sale(
        "ShippingLineSale",
        "SHIPPING",
        "RETURN",
        sold,
        total=-(subtotal if sold.taxes_included else subtotal + tax),
        tax=-tax,
        shippingLine=shown["shipping"].get(line_id),
    )


def _adjusted(one: Json, sold: Sold) -> Json:
    """Positive where the shop keeps something back (trap T9)."""
    tax = sold.currencies.must(one, "tax_amount")
    whole = sold.currencies.must(one, "amount") + tax
    return _sale("AdjustmentSale", "ADJUSTMENT", "RETURN", sold, total=whole, tax=tax)
