"""Lines, shipping, taxes, discounts, duties and fees of an order as the Admin API shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shopify_app.sandbox.money import Currencies, Json, Pair, money
from shopify_app.sandbox.words import constant, gid, text

APPLICATIONS = {
    "discount_code": "DiscountCodeApplication",
    "automatic": "AutomaticDiscountApplication",
    "script": "ScriptDiscountApplication",
}


@dataclass(frozen=True, slots=True)
class Sold:
    """An order body with what all its parts are read with. `products` says, by product id, what
    only the Admin API tells of a product: productType, tags."""

    body: Mapping[str, Any]
    currencies: Currencies
    products: Mapping[int, Json]

    @property
    def taxes_included(self) -> bool:
        return bool(self.body.get("taxes_included"))

    def list(self, name: str) -> Sequence[Json]:
        return self.body.get(name) or []


def tax_lines(lines: Iterable[Json] | None, currencies: Currencies) -> list[Json]:
    return [tax_line(line, currencies) for line in lines or []]


def tax_line(line: Json, currencies: Currencies) -> Json:
    rate = Decimal(str(line.get("rate") or 0))
    return {
        "title": line["title"],
        "rate": float(rate),
        "ratePercentage": float(rate * 100),
        "source": line.get("source"),
        "channelLiable": line.get("channel_liable"),
        "priceSet": currencies.shown(line, "price"),
    }


def line_items(sold: Sold) -> list[Json]:
    sent = sent_units(sold)
    return [line_item(line, sold, sent.get(line["id"], 0)) for line in sold.list("line_items")]


def line_item(line: Json, sold: Sold, sent: int = 0) -> Json:
    currencies = sold.currencies
    current = units_left(line)
    exists = line.get("product_exists", True)
    left = line.get("fulfillable_quantity")
    return {
        "id": gid("LineItem", line["id"]),
        "sku": text(line.get("sku")),
        "name": line.get("name") or line["title"],
        "title": line["title"],
        "variantTitle": text(line.get("variant_title")),
        "vendor": text(line.get("vendor")),
        "quantity": line["quantity"],
        "currentQuantity": current,
        "refundableQuantity": current,
        "unfulfilledQuantity": max(current - sent, 0) if left is None else left,
        "isGiftCard": bool(line.get("gift_card")),
        "taxable": bool(line.get("taxable", line.get("tax_lines"))),
        "requiresShipping": bool(line.get("requires_shipping", True)),
        "product": _product(line, sold) if exists else None,
        "variant": _variant(line) if exists else None,
        "originalUnitPriceSet": currencies.shown(line, "price"),
        "originalTotalSet": currencies.bag(currencies.must(line, "price").times(line["quantity"])),
        "discountAllocations": allocations(line, sold),
        "taxLines": tax_lines(line.get("tax_lines"), currencies),
        "duties": [duty(found, currencies) for found in line.get("duties") or []],
        "customAttributes": attributes(line.get("properties")),
    }


def units_left(line: Mapping[str, Any]) -> int:
    """After removals and returns; all of them where the body does not say."""
    left = line.get("current_quantity")
    return int(line["quantity"] if left is None else left)


def _product(line: Json, sold: Sold) -> Json | None:
    number = line.get("product_id")
    if number is None:
        return None
    told = {"productType": "", "tags": [], **sold.products.get(number, {})}
    return {"id": gid("Product", number), "legacyResourceId": str(number), **told}


def _variant(line: Json) -> Json | None:
    number = line.get("variant_id")
    if number is None:
        return None
    return {"id": gid("ProductVariant", number), "legacyResourceId": str(number)}


def sent_units(sold: Sold) -> dict[int, int]:
    """By line, the units of the parcels that went out."""
    sent: dict[int, int] = {}
    for parcel in sold.list("fulfillments"):
        if parcel.get("status") == "success":
            for item in parcel.get("line_items") or []:
                sent[item["id"]] = sent.get(item["id"], 0) + item["quantity"]
    return sent


def fulfillments(sold: Sold, lines: Mapping[int, Json]) -> list[Json]:
    return [_fulfillment(parcel, lines) for parcel in sold.list("fulfillments")]


def _fulfillment(parcel: Json, lines: Mapping[int, Json]) -> Json:
    number = parcel.get("id", 1)
    items = [item for item in parcel.get("line_items") or [] if item["id"] in lines]
    return {
        "id": gid("Fulfillment", number),
        "legacyResourceId": str(number),
        "status": constant(parcel.get("status") or "success"),
        "fulfillmentLineItems": [
            {
                "id": gid("FulfillmentLineItem", f"{number}{index:03d}"),
                "lineItem": lines[item["id"]],
                "quantity": item["quantity"],
            }
            for index, item in enumerate(items)
        ],
    }


def allocations(line: Json, sold: Sold) -> list[Json]:
    return [
        {
            "allocatedAmountSet": sold.currencies.shown(share, "amount"),
            "discountApplication": _application(sold, share.get("discount_application_index", 0)),
        }
        for share in line.get("discount_allocations") or []
    ]


def applications(sold: Sold) -> list[Json]:
    return [_application(sold, index) for index in range(len(sold.list("discount_applications")))]


def _application(sold: Sold, index: int) -> Json:
    """The discount an allocation refers to; one without a name where the body does not list it."""
    found = sold.list("discount_applications")
    told = found[index] if index < len(found) else {}
    named = told.get("code") or told.get("title") or ""
    return {
        "__typename": APPLICATIONS.get(told.get("type", ""), "ManualDiscountApplication"),
        "index": index,
        "allocationMethod": constant(told.get("allocation_method") or "across"),
        "targetSelection": constant(told.get("target_selection") or "all"),
        "targetType": constant(told.get("target_type") or "line_item"),
        "value": _pricing(told, sold.currencies),
        "code": named,
        "title": named,
        "description": told.get("description"),
    }


def _pricing(told: Json, currencies: Currencies) -> Json:
    value = Decimal(str(told.get("value") or 0))
    if told.get("value_type") == "percentage":
        return {"__typename": "PricingPercentageValue", "percentage": float(value)}
    return {"__typename": "MoneyV2", **money(value, currencies.shop)}


def duty(found: Json, currencies: Currencies) -> Json:
    return {
        "id": gid("Duty", found["id"]),
        "countryCodeOfOrigin": found.get("country_code_of_origin"),
        "harmonizedSystemCode": found.get("harmonized_system_code"),
        "price": currencies.shown(found, "price"),
        "taxLines": tax_lines(found.get("tax_lines"), currencies),
    }


def fee(found: Json, currencies: Currencies) -> Json:
    return {
        "id": gid("AdditionalFee", found["id"]),
        "name": found.get("name") or "",
        "price": currencies.shown(found, "price"),
        "taxLines": tax_lines(found.get("tax_lines"), currencies),
    }


def charged(line: Json, sold: Sold) -> Pair:
    """What a shipping line costs after its discounts, as the body says or by its allocations."""
    said = sold.currencies.read(line, "discounted_price")
    if said is not None:
        return said
    price = sold.currencies.must(line, "price")
    for share in line.get("discount_allocations") or []:
        price -= sold.currencies.must(share, "amount")
    return price


def shipping_line(line: Json, sold: Sold) -> Json:
    currencies, cost = sold.currencies, charged(line, sold)
    current = currencies.read(line, "current_discounted_price")
    return {
        "id": gid("ShippingLine", line["id"]),
        "title": line["title"],
        "code": text(line.get("code")),
        "source": text(line.get("source")),
        "carrierIdentifier": text(line.get("carrier_identifier")),
        "isRemoved": bool(line.get("is_removed")),
        "originalPriceSet": currencies.shown(line, "price"),
        "discountedPriceSet": currencies.bag(cost),
        "currentDiscountedPriceSet": currencies.bag(cost if current is None else current),
        "taxLines": tax_lines(line.get("tax_lines"), currencies),
        "discountAllocations": allocations(line, sold),
    }


def attributes(told: Iterable[Json] | None) -> list[Json]:
    """Values are text to the Admin API, whatever a body has."""
    return [
        {"key": str(one["name"]), "value": text(one.get("value"))}
        for one in told or []
        if one.get("name")
    ]
