"""From a basket to the figures of an order, as the shop's checkout would agree them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from shopify_app.demo.figures import (
    ZERO,
    Discount,
    Ids,
    Item,
    Sale,
    Share,
    ShippingLine,
    spread,
    taxes_on,
)
from shopify_app.demo.parts import Body
from shopify_app.demo.records import OpenShop
from shopify_app.demo.shops import Product

Basket = Sequence[tuple[Product, int]]
ShippingChoice = tuple[str, str, Decimal]


@dataclass(kw_only=True)
class Checkout:
    """One shop's checkout. Products keep their Shopify ids from order to order."""

    shop: OpenShop
    ids: Ids
    product_ids: dict[str, tuple[int, int]] = field(default_factory=dict)

    def sale(
        self,
        basket: Basket,
        *,
        shipping: ShippingChoice | None,
        discounts: Sequence[Discount] = (),
        tip: Decimal = ZERO,
    ) -> Sale:
        """The agreed order; discounts fall on goods that are not gift cards, or on shipping."""
        shares = _shares(basket, discounts)
        items = [
            self._item(product, quantity, shares[index])
            for index, (product, quantity) in enumerate(basket)
        ]
        if tip:
            items.append(self._tip(tip))
        return Sale(
            items=tuple(items),
            shipping=self._shipping(shipping, discounts) if shipping else None,
            discounts=tuple(discounts),
            taxes_included=self.shop.profile.taxes_included,
        )

    def products(self) -> list[Body]:
        """Everything on the shelf as Shopify keeps it, whether anybody buys it or not."""
        return [self._product(product) for product in self.shop.profile.shelf]

    def _product(self, product: Product) -> Body:
        product_id, variant_id = self._product_ids(product.sku)
        variant = {"id": variant_id, "sku": product.sku, "title": product.variant_title}
        return {
            "id": product_id,
            "title": product.title,
            "vendor": self.shop.profile.name,
            "gift_card": product.gift_card,
            "variants": [variant],
        }

    def _item(self, product: Product, quantity: int, shares: list[Share]) -> Item:
        charged = product.price * quantity - sum((share.amount for share in shares), ZERO)
        product_id, variant_id = self._product_ids(product.sku)
        return Item(
            id=self.ids(),
            product=product,
            product_id=product_id,
            variant_id=variant_id,
            quantity=quantity,
            shares=tuple(shares),
            taxes=taxes_on(charged, product.taxes, included=self.shop.profile.taxes_included),
        )

    def _product_ids(self, sku: str) -> tuple[int, int]:
        if sku not in self.product_ids:
            self.product_ids[sku] = (self.ids(), self.ids())
        return self.product_ids[sku]

    def _tip(self, amount: Decimal) -> Item:
        tip = Product(sku="", title="Tip", price=amount)
        return Item(
            id=self.ids(), product=tip, product_id=None, variant_id=None, quantity=1, tip=True
        )

    def _shipping(self, shipping: ShippingChoice, discounts: Sequence[Discount]) -> ShippingLine:
        title, code, price = shipping
        shares = tuple(
            Share(discount=index, amount=min(discount.amount, price))
            for index, discount in enumerate(discounts)
            if discount.on_shipping
        )
        charged = price - sum((share.amount for share in shares), ZERO)
        profile = self.shop.profile
        return ShippingLine(
            id=self.ids(),
            title=title,
            code=code,
            price=price,
            shares=shares,
            taxes=taxes_on(charged, profile.shipping_taxes, included=profile.taxes_included),
        )


def _shares(basket: Basket, discounts: Sequence[Discount]) -> list[list[Share]]:
    """Each line's share of each discount on goods, in proportion to its price."""
    weights = [
        ZERO if product.gift_card else product.price * quantity for product, quantity in basket
    ]
    shares: list[list[Share]] = [[] for _ in basket]
    for index, discount in enumerate(discounts):
        if discount.on_shipping:
            continue
        for line, amount in enumerate(spread(discount.amount, weights)):
            if amount:
                shares[line].append(Share(discount=index, amount=amount))
    return shares
