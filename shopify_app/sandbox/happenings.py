"""What happens in a pretended shop: orders change, the app comes and goes, customers ask."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.db import transaction

from shopify_app.sandbox import orders, van
from shopify_app.sandbox.answers import Told
from shopify_app.sandbox.models import PretendedDelivery, PretendedOrder, PretendedShop
from shopify_app.sandbox.money import Json
from shopify_app.sandbox.shop_answers import shop_body
from shopify_app.sandbox.telling import ORDERS, told_by, with_refunds


@transaction.atomic
def happens(
    shop: PretendedShop, topic: str, body: Mapping[str, Any], event_id: str = ""
) -> list[PretendedDelivery]:
    """Something of an order, as its webhook tells it: the order is kept so, and the app is told.

    Raises ValueError for a refund, transaction or edit of an order that the shop does not have.
    """
    if topic == "orders/delete":
        orders.forget(shop, body["id"])
    elif topic in van.ORDER_TOPICS:
        orders.keep(shop, _after(shop, topic, body))
    return van.tell(shop, topic, body, event_id)


def _after(shop: PretendedShop, topic: str, body: Mapping[str, Any]) -> Told:
    row = PretendedOrder.objects.filter(shop=shop, number=_order_id(topic, body)).first()
    if row is None:
        return told_by([(topic, body)])
    told = orders.told_of(row)
    if topic in ORDERS:
        kept = told.order.get("refunds") or []
        return replace(told, order=with_refunds(body, _unless_told(kept, body)))
    if topic == "refunds/create":
        return replace(told, order=with_refunds(told.order, [dict(body)]))
    if topic == "order_transactions/create":
        rest = [one for one in told.transactions if one["id"] != body["id"]]
        return replace(told, transactions=[*rest, dict(body)])
    return replace(told, edits=[*told.edits, body["order_edit"]])


def _unless_told(kept: list[Json], body: Mapping[str, Any]) -> list[Json]:
    """Refunds the new body does not have itself."""
    said = {refund["id"] for refund in body.get("refunds") or []}
    return [refund for refund in kept if refund["id"] not in said]


def _order_id(topic: str, body: Mapping[str, Any]) -> int:
    if topic in ORDERS:
        return int(body["id"])
    inner = body["order_edit"] if topic == "orders/edited" else body
    return int(inner["order_id"])


@transaction.atomic
def uninstall(shop: PretendedShop) -> None:
    """The merchant removes the app: its tokens and its subscription are gone at once."""
    van.tell(shop, "app/uninstalled", shop_body(shop))
    shop.tokens.update(revoked=True)
    shop.installed, shop.subscriptions = False, []
    shop.save(update_fields=["installed", "subscriptions"])


def install(shop: PretendedShop) -> None:
    """Again, or for the first time; the app hears of it when it is opened."""
    shop.installed = True
    shop.save(update_fields=["installed"])


@transaction.atomic
def grant(shop: PretendedShop, scopes: list[str]) -> None:
    """The merchant approves other scopes."""
    previous, shop.scopes = shop.scopes, sorted(scopes)
    shop.save(update_fields=["scopes"])
    body = {
        "id": shop.number,
        "previous": previous,
        "current": shop.scopes,
        "updated_at": shop.now().isoformat(timespec="seconds"),
    }
    van.tell(shop, "app/scopes_update", body, str(uuid.uuid4()))


def privacy(shop: PretendedShop, topic: str, **more: Any) -> list[PretendedDelivery]:
    """One of the three compliance topics. `more`: customer, orders_requested, orders_to_redact."""
    return van.tell(shop, topic, {"shop_id": shop.number, "shop_domain": shop.domain, **more})
