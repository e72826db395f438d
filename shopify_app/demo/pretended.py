"""The demo's shops at the pretended Shopify: opened before Lejar meets them, with their orders.

Lejar installs itself there as it would at Shopify, and reads an order anew from there. Webhooks are
still brought by `send`: their story needs forged ones, and copies under a new id.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from shopify_app.demo.checkout import Checkout
from shopify_app.demo.client import ask
from shopify_app.demo.life import Life, Webhook
from shopify_app.demo.lives import lost
from shopify_app.demo.parts import Body
from shopify_app.demo.records import OpenShop

PATH = "sandbox/shopify"
AT_ONCE = 100  # orders in one call
TRANSACTION = "order_transactions/create"
VERSIONS = ("orders/create", "orders/updated", "orders/paid", "orders/cancelled")


def address(url: str) -> str:
    """For SHOPIFY_ADMIN_URL: where a shop's Admin API and token endpoint answer."""
    return f"{url}/{PATH}/{{shop}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PretendedShop:
    """One shop, over HTTP."""

    url: str
    domain: str

    @property
    def page(self) -> str:
        return f"{self.url}/{PATH}/{self.domain}/control"

    def open(self, shop: OpenShop) -> None:
        """With the app installed and its webhooks led to Lejar."""
        profile = shop.profile
        facts = {
            "number": shop.id,
            "name": profile.name,
            "currency": profile.currency,
            "country": profile.country,
            "time_zone": profile.time_zone,
            "taxes_included": profile.taxes_included,
            "webhook_url": f"{self.url}/webhooks/shopify",
        }
        ask("PUT", self.page, json=facts)

    def keep(self, lives: Sequence[Life]) -> None:
        """The orders as they stand when everything has happened, what gets lost left out."""
        self._put([told(life.heard) for life in lives if life.heard])

    def keep_lost(self, lives: Sequence[Life]) -> None:
        """What no webhook tells has happened, too."""
        self._put([told(life.webhooks) for life in lost(lives)])

    def keep_products(self, checkout: Checkout) -> None:
        """What the shop sells, under the ids that its orders will name."""
        ask("PUT", f"{self.url}/{PATH}/{self.domain}/products", json=checkout.products())

    def _put(self, orders: Sequence[Body]) -> None:
        for some in _batches(orders, AT_ONCE):
            ask("PUT", f"{self.url}/{PATH}/{self.domain}/orders", json=some)


def told(hooks: Sequence[Webhook]) -> Body:
    """What webhooks of one order say together."""
    versions = [hook.body for hook in hooks if hook.topic in VERSIONS]
    transactions = [hook.body for hook in hooks if hook.topic == TRANSACTION]
    return {"order": versions[-1], "transactions": transactions}


def _batches(rows: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
