"""The products of a pretended shop: kept as they are told, listed by SQL.

Told as {"id", "title", "vendor", "product_type", "tags", "gift_card", "updated_at", "variants":
[{"id", "title", "sku", "barcode"}]}; what is not said is as Shopify has it for a new product.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from shopify_app.sandbox import paging
from shopify_app.sandbox.models import PretendedProduct, PretendedShop
from shopify_app.sandbox.money import Json
from shopify_app.sandbox.paging import BadPage
from shopify_app.sandbox.schema import Unmodelled
from shopify_app.sandbox.words import gid, text

TERM = re.compile(r"(id|updated_at):(>=|>)(?:'([^']*)'|([^\s']+))")
LOOKUP = {">=": "gte", ">": "gt"}
DEFAULT = "Default Title"
COUNTED = 10_000  # unless the caller asks for more


@transaction.atomic
def keep(shop: PretendedShop, told: Iterable[Json]) -> int:
    """The products as they are now; returns how many."""
    rows = [
        PretendedProduct(
            shop=shop,
            number=one["id"],
            updated_at=datetime.fromisoformat(one["updated_at"])
            if "updated_at" in one
            else shop.now(),
            told=dict(one),
        )
        for one in told
    ]
    PretendedProduct.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["shop", "number"],
        update_fields=["updated_at", "told"],
    )
    return len(rows)


def forget(shop: PretendedShop, numbers: Iterable[int]) -> None:
    """Deleted in Shopify."""
    PretendedProduct.objects.filter(shop=shop, number__in=list(numbers)).delete()


def one(shop: PretendedShop, wanted: str) -> Json | None:
    match = re.fullmatch(r"gid://shopify/Product/(\d{1,18})", wanted)
    if match is None:
        raise BadPage(f"Invalid global id '{wanted}'")
    row = PretendedProduct.objects.filter(shop=shop, number=int(match[1])).first()
    return None if row is None else product_answer(row)


def page(shop: PretendedShop, **args: Any) -> dict[str, Any]:
    """`products(query:, sortKey: ID, first:)`. Raises BadPage, Unmodelled."""
    if args.get("sortKey") != "ID" or args.get("reverse") or args.get("after"):
        raise Unmodelled("products are listed by rising id, without a cursor")
    size = paging.wanted(args)
    found = list(_wanted(shop, args.get("query") or "").order_by("number")[: size + 1])
    shown = found[:size]
    return paging.connection(
        [product_answer(row) for row in shown],
        [paging.cursor(row.number) for row in shown],
        more=len(found) > size,
        before=False,
    )


def count(shop: PretendedShop, **args: Any) -> Json:
    """Exact up to 10,000, or to what `limit` says; None is no limit."""
    found = _wanted(shop, args.get("query") or "").count()
    limit = args.get("limit", COUNTED)
    if limit is not None and found > limit:
        return {"count": limit, "precision": "AT_LEAST"}
    return {"count": found, "precision": "EXACT"}


def _wanted(shop: PretendedShop, query: str) -> QuerySet[PretendedProduct]:
    rest = TERM.sub(" ", query).strip()
    if rest:
        raise Unmodelled(f"the search {rest!r}")
    found = Q(shop=shop)
    for name, sign, quoted, plain in TERM.findall(query):
        found &= _term(name, LOOKUP[sign], quoted or plain)
    return PretendedProduct.objects.filter(found)


def _term(name: str, lookup: str, value: str) -> Q:
    if name == "id":
        return Q(**{f"number__{lookup}": int(value)})
    return Q(**{f"updated_at__{lookup}": datetime.fromisoformat(value)})


def product_answer(row: PretendedProduct) -> Json:
    """The tree of a Product; its variants point back to it."""
    told: Mapping[str, Any] = row.told
    product: Json = {
        "id": gid("Product", row.number),
        "legacyResourceId": str(row.number),
        "title": told["title"],
        "vendor": told.get("vendor") or "",
        "productType": told.get("product_type") or "",
        "tags": sorted(told.get("tags") or []),
        "isGiftCard": bool(told.get("gift_card")),
        "status": "ACTIVE",
        "updatedAt": row.updated_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    product["variants"] = [_variant(one, product) for one in told.get("variants") or []]
    product["variantsCount"] = {"count": len(product["variants"]), "precision": "EXACT"}
    return product


def _variant(told: Json, product: Json) -> Json:
    return {
        "id": gid("ProductVariant", told["id"]),
        "legacyResourceId": str(told["id"]),
        "title": told.get("title") or DEFAULT,
        "sku": text(told.get("sku")),
        "barcode": text(told.get("barcode")),
        "product": product,
    }
