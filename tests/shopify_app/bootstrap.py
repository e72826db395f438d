"""What Shopify answers to ShopBootstrap, and shops that have been read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shopify_app import shop_details
from shopify_app.admin_api import Answer
from shopify_app.models import Shop

STANDARD = '{"Standard": {"orders_per_month": 100}, "Free": {"orders_per_month": null}}'


def subscription(**changes: Any) -> dict[str, Any]:
    told = {
        "id": "gid://shopify/AppSubscription/52000000001",
        "name": "Standard",
        "status": "ACTIVE",
        "test": False,
        "currentPeriodEnd": "2026-12-10T04:00:00Z",
    }
    return told | changes


def answer(*subscriptions: dict[str, Any], **shop: Any) -> dict[str, Any]:
    """The data of a shop in Malaysia; changes are those of its `shop`."""
    told = {
        "id": "gid://shopify/Shop/70010000001",
        "name": "Kedai Rimba",
        "myshopifyDomain": "kedai-rimba.myshopify.com",
        "currencyCode": "MYR",
        "ianaTimezone": "Asia/Kuala_Lumpur",
        "orderNumberFormatPrefix": "#",
        "orderNumberFormatSuffix": "",
        "shopAddress": {"countryCodeV2": "MY"},
        "plan": {"partnerDevelopment": False},
    }
    scopes = [{"handle": "read_products"}, {"handle": "read_orders"}]
    app = {"accessScopes": scopes, "activeSubscriptions": list(subscriptions)}
    return {"shop": told | shop, "currentAppInstallation": app}


class Shopify:
    """Answers what it was given last, or raises it; remembers who was asked for."""

    def __init__(self, told: dict[str, Any] | Exception) -> None:
        self.told = told
        self.asked: list[str] = []

    def __call__(
        self, shop: Shop, operation: str, variables: Mapping[str, Any] = {}, *, now: datetime
    ) -> Answer:
        assert operation == "ShopBootstrap"
        self.asked.append(shop.domain)
        if isinstance(self.told, Exception):
            raise self.told
        return Answer(data=self.told, denied=(), wait_seconds=0)


def read(told: dict[str, Any] | Exception, now: datetime, chance: float = 0.0) -> int:
    return shop_details.run(now=now, ask=Shopify(told), chance=lambda: chance)
