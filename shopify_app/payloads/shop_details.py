"""What Shopify's Admin API says of a shop itself (query ShopBootstrap)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from shopify_app.payloads.body import parse
from shopify_app.payloads.fields import Node

LONGEST_AFFIX = 50
LONGEST_NAME = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A plan the shop has chosen at Shopify. `status` is Shopify's word, in whatever case."""

    name: str
    status: str
    is_test: bool
    current_period_end: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """The shop's settings; `subscriptions` is None when Shopify kept them back."""

    shopify_id: int
    domain: str
    name: str
    currency: str
    time_zone: str
    country: str
    order_prefix: str
    order_suffix: str
    is_development: bool
    scopes: tuple[str, ...]
    subscriptions: tuple[Subscription, ...] | None


def shop_details(data: dict[str, Any]) -> Details:
    """The settings an answer to ShopBootstrap states. Raises BadPayload."""
    answer = Node(data)
    shop, app = answer.must_object("shop"), answer.must_object("currentAppInstallation")
    address, plan = shop.object("shopAddress"), shop.object("plan")
    return Details(
        shopify_id=shop.gid(),
        domain=shop.must_text("myshopifyDomain").lower(),
        name=shop.text("name")[:LONGEST_NAME],
        currency=shop.currency("currencyCode"),
        time_zone=_time_zone(shop),
        country=address.text("countryCodeV2")[:2] if address else "",
        order_prefix=shop.text("orderNumberFormatPrefix")[:LONGEST_AFFIX],
        order_suffix=shop.text("orderNumberFormatSuffix")[:LONGEST_AFFIX],
        is_development=plan.flag("partnerDevelopment") if plan else False,
        scopes=tuple(sorted({each.must_text("handle") for each in app.objects("accessScopes")})),
        subscriptions=_subscriptions(app),
    )


def subscription_shop(body: bytes) -> int | None:
    """The id of the shop that an `app_subscriptions/update` body names, if it names one. Nothing
    else of it is believed (contract 17, U4)."""
    told = Node(parse(body)).must_object("app_subscription")
    return told.gid("admin_graphql_api_shop_id") if told.get("admin_graphql_api_shop_id") else None


def _time_zone(shop: Node) -> str:
    zone = shop.must_text("ianaTimezone")
    if zone not in available_timezones():
        raise shop.bad("ianaTimezone", "Lejar does not know this time zone.")
    return zone


def _subscriptions(app: Node) -> tuple[Subscription, ...] | None:
    if app.get("activeSubscriptions") is None:
        return None
    return tuple(
        Subscription(
            name=each.must_text("name")[:LONGEST_NAME],
            status=each.must_text("status")[:20],
            is_test=each.flag("test"),
            current_period_end=each.time("currentPeriodEnd"),
        )
        for each in app.objects("activeSubscriptions")
    )
