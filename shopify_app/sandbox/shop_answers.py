"""The shop and the app's installation as the Admin API shows them."""

from __future__ import annotations

from typing import Any

from shopify_app.sandbox.models import PretendedShop
from shopify_app.sandbox.money import Json
from shopify_app.sandbox.words import gid, utc

PLANS = {"standard": "Basic", "advanced": "Advanced", "plus": "Plus", "enterprise": "Enterprise"}


def shop_answer(shop: PretendedShop) -> Json:
    plus = shop.plan in ("plus", "enterprise")
    return {
        "id": gid("Shop", shop.number),
        "name": shop.name,
        "myshopifyDomain": shop.domain,
        "currencyCode": shop.currency,
        "ianaTimezone": shop.time_zone,
        "taxesIncluded": shop.taxes_included,
        "taxShipping": shop.tax_shipping,
        "orderNumberFormatPrefix": shop.prefix,
        "orderNumberFormatSuffix": shop.suffix,
        "enabledPresentmentCurrencies": shop.presentment_currencies or [shop.currency],
        "shopAddress": {"countryCodeV2": shop.country},
        "plan": {
            "publicDisplayName": "Development" if shop.development else PLANS[shop.plan],
            "partnerDevelopment": shop.development,
            "shopifyPlus": plus,
        },
    }


def installation_answer(shop: PretendedShop) -> Json:
    subscriptions = [_subscription(one) for one in shop.subscriptions]
    return {
        "id": gid("AppInstallation", shop.number),
        "accessScopes": [{"handle": scope, "description": ""} for scope in shop.scopes],
        "activeSubscriptions": [one for one in subscriptions if one["status"] == "ACTIVE"],
    }


def _subscription(told: dict[str, Any]) -> Json:
    """`told`: id, name, status, test, current_period_end."""
    return {
        "id": gid("AppSubscription", told.get("id", 1)),
        "name": told["name"],
        "status": told.get("status", "ACTIVE"),
        "test": bool(told.get("test")),
        "createdAt": utc(told.get("created_at") or "2026-11-01T00:00:00Z"),
        "currentPeriodEnd": utc(told.get("current_period_end")),
        "trialDays": int(told.get("trial_days", 0)),
    }


def shop_body(shop: PretendedShop) -> Json:
    """What `app/uninstalled` and `shop/update` say. `domain` may be the storefront (trap T30)."""
    handle = shop.domain.removesuffix(".myshopify.com")
    return {
        "id": shop.number,
        "name": shop.name,
        "email": f"owner@{handle}.test",
        "domain": f"{handle}.test",
        "myshopify_domain": shop.domain,
        "currency": shop.currency,
        "iana_timezone": shop.time_zone,
        "country_code": shop.country,
        "taxes_included": shop.taxes_included,
        "plan_name": shop.plan,
        "updated_at": shop.now().isoformat(timespec="seconds"),
    }
