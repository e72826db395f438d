"""What Shopify's Admin API says of products (queries ProductsAfter and ProductVariants)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from accounting.catalogue import Told
from shopify_app.payloads.fields import Node

NO_TITLE = "Default Title"  # Shopify's for the one variant of a product without variants


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A product with the first of its variants; `after` is where the others begin, "" where there
    are no more."""

    id: int
    gid: str
    variants: tuple[Told, ...]
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Products:
    """One page of products in the order of their ids; `count` is how many the shop has, None where
    Shopify does not say."""

    products: tuple[Product, ...]
    is_more: bool
    count: int | None


def products(data: dict[str, Any]) -> Products:
    """A page of products. Raises BadPayload, also where one is not behind the one before."""
    answer = Node(data)
    page = answer.must_object("products")
    found = tuple(_product(node) for node in page.objects("nodes"))
    for before, after in pairwise(found):
        if after.id <= before.id:
            raise page.bad("nodes", "are not in the order of their ids")
    counted = answer.object("productsCount")
    return Products(
        products=found,
        is_more=page.must_object("pageInfo").flag("hasNextPage"),
        count=counted.number("count", least=0) if counted else None,
    )


def more_variants(data: dict[str, Any], product: Product) -> Product | None:
    """The next variants of a product; None when it was deleted meanwhile. Raises BadPayload."""
    node = Node(data).object("product")
    if node is None or not product.variants:
        return None
    of_product = replace(product.variants[0], variant_id=0, sku="", barcode="", variant_title="")
    return _page(product.id, product.gid, of_product, node.must_object("variants"))


def _product(node: Node) -> Product:
    of_product = Told(
        product_id=node.gid(),
        gift_card=node.flag("isGiftCard"),
        title=node.text("title"),
        vendor=node.text("vendor"),
        product_type=node.text("productType"),
        tags=tuple(node.texts("tags")),
    )
    gid = node.must_text("id")
    return _page(of_product.product_id, gid, of_product, node.must_object("variants"))


def _page(number: int, gid: str, of_product: Told, page: Node) -> Product:
    info = page.must_object("pageInfo")
    return Product(
        id=number,
        gid=gid,
        variants=tuple(_variants(of_product, page)),
        after=info.must_text("endCursor") if info.flag("hasNextPage") else "",
    )


def _variants(of_product: Told, page: Node) -> Iterator[Told]:
    for node in page.objects("nodes"):
        title = node.text("title")
        yield replace(
            of_product,
            variant_id=node.gid(),
            sku=node.text("sku"),
            barcode=node.text("barcode"),
            variant_title="" if title == NO_TITLE else title,
        )
