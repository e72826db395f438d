"""The pieces of Shopify's JSON that orders, refunds and transactions share."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from shopify_app.demo.figures import CENT, ZERO, Item, Share, ShippingLine, Tax
from shopify_app.demo.records import OpenShop

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
    return format(amount.quantize(CENT), "f")


def number(amount: Decimal) -> float:
    """The few fields Shopify sends as JSON numbers; the text of the number stays the same."""
    return float(amount)


def gid(kind: str, id_: int) -> str:
    return f"gid://shopify/{kind}/{id_}"


def taxes(found: Sequence[Tax], money: Money) -> list[Body]:
    return [
        {
            "title": tax.title,
            "rate": number(tax.rate),
            **money.both("price", tax.amount),
            "channel_liable": None,
        }
        for tax in found
    ]


def shares(found: Sequence[Share], money: Money) -> list[Body]:
    return [
        {**money.both("amount", share.amount), "discount_application_index": share.discount}
        for share in found
    ]


def line(shop: OpenShop, item: Item, money: Money) -> Body:
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
        "discount_allocations": shares(item.shares, money),
        "tax_lines": taxes(item.taxes, money),
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


def shipping_line(line: ShippingLine, money: Money) -> Body:
    return {
        "id": line.id,
        "carrier_identifier": None,
        "code": line.code,
        "title": line.title,
        "source": "shopify",
        "phone": None,
        "requested_fulfillment_service_id": None,
        **money.both("price", line.price),
        **money.both("discounted_price", line.charged),
        "discount_allocations": shares(line.shares, money),
        "tax_lines": taxes(line.taxes, money),
    }
