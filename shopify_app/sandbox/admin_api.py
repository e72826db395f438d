"""GraphQL Admin API of one pretended shop: who may ask, what it costs, what is answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from shopify_app.sandbox import access, costs, orders, products, schema, tokens, versions
from shopify_app.sandbox.models import PretendedShop
from shopify_app.sandbox.replies import Reply
from shopify_app.sandbox.shop_answers import installation_answer, shop_answer

LIMITS_PAGE = "https://shopify.dev/api/usage/rate-limits"
INVALID_TOKEN = "[API] Invalid API key or access token (unrecognized login or wrong password)"  # noqa: S105 - Shopify's words
UNUSABLE = {"errors": {"query": "Required parameter missing or invalid"}}
NOT_FOUND = Reply(404, {"errors": "Not Found"})
CLOSED = {
    PretendedShop.State.FROZEN: Reply(402, {"errors": "Unavailable Shop"}),
    PretendedShop.State.LOCKED: Reply(423, {"errors": "Unavailable Shop"}),
    PretendedShop.State.GONE: NOT_FOUND,
}
INACTIVE = {"errors": [{"message": "Shop is not active", "extensions": {"code": "SHOP_INACTIVE"}}]}


def answer(shop: PretendedShop, request: HttpRequest, asked_version: str) -> Reply:
    version = versions.answering(asked_version, shop.now())
    if version is None:
        return NOT_FOUND
    reply = _answer(shop, request)
    return Reply(reply.status, reply.body, {**reply.headers, "X-Shopify-API-Version": version})


def _answer(shop: PretendedShop, request: HttpRequest) -> Reply:
    closed = CLOSED.get(PretendedShop.State(shop.state))
    if closed is not None:
        return closed
    if not tokens.opens(shop, request.headers.get("X-Shopify-Access-Token")):
        return Reply(401, {"errors": INVALID_TOKEN})
    asked = _asked(request)
    if asked is None:
        return Reply(400, UNUSABLE)
    if shop.state == PretendedShop.State.INACTIVE:
        return Reply(200, INACTIVE)
    return Reply(200, _executed(shop, asked))


def _asked(request: HttpRequest) -> Mapping[str, Any] | None:
    """None unless it is JSON with a document, an object of variables and maybe a name."""
    if request.content_type != "application/json":
        return None
    try:
        body = json.loads(request.body)
    except ValueError:
        return None
    usable = (
        isinstance(body, dict)
        and isinstance(body.get("query"), str)
        and isinstance(body.get("variables") or {}, dict)
        and isinstance(body.get("operationName") or "", str)
    )
    return body if usable else None


def _executed(shop: PretendedShop, asked: Mapping[str, Any]) -> dict[str, Any]:
    text, variables = asked["query"], asked.get("variables") or {}
    name = asked.get("operationName") or None
    requested = _price(text, variables, name)
    if requested > costs.MOST:
        return _too_dear(shop, requested)
    paid, left = costs.take(shop, requested)
    if not paid:
        return throttled(shop, requested, left)
    outcome = schema.run(text, root(shop), variables, name, guard=access.guard(shop))
    actual = min(requested, outcome.points)
    _, left = costs.take(shop, actual - requested)
    cost = costs.status(shop, requested, actual, left)
    if not outcome.executed:
        return {"errors": outcome.errors, "extensions": {"cost": {**cost, "actualQueryCost": None}}}
    said: dict[str, Any] = {"data": outcome.data}
    if outcome.errors:
        said["errors"] = outcome.errors
    return {**said, "extensions": {"cost": cost}}


def _price(text: str, variables: Mapping[str, Any], name: str | None) -> int:
    """Nothing for a document that will be refused anyway."""
    parsed, refused = schema.document(text)
    operation = costs.operation_of(parsed, name) if parsed is not None and not refused else None
    if parsed is None or operation is None:
        return 0
    return costs.Pricing(parsed, variables).of(operation)


def throttled(shop: PretendedShop, requested: int, left: float) -> dict[str, Any]:
    told = {"code": "THROTTLED", "documentation": LIMITS_PAGE}
    return {
        "errors": [{"message": "Throttled", "extensions": told}],
        "extensions": {"cost": costs.status(shop, requested, None, left)},
    }


def _too_dear(shop: PretendedShop, requested: int) -> dict[str, Any]:
    message = f"Query cost is {requested}, which exceeds the single query max cost limit"
    told = {
        "code": "MAX_COST_EXCEEDED",
        "cost": requested,
        "maxCost": costs.MOST,
        "documentation": LIMITS_PAGE,
    }
    left = costs.available(shop, shop.now())
    return {
        "errors": [{"message": f"{message} ({costs.MOST}).", "extensions": told}],
        "extensions": {"cost": costs.status(shop, requested, None, left)},
    }


def root(shop: PretendedShop) -> dict[str, Any]:
    """The fields of QueryRoot that the stand-in knows."""
    return {
        "shop": lambda: shop_answer(shop),
        "currentAppInstallation": lambda: installation_answer(shop),
        "order": lambda **args: orders.one(shop, args["id"]),
        "refund": lambda **args: orders.refund(shop, args["id"]),
        "dispute": lambda **args: orders.dispute(shop, args["id"]),
        "orders": lambda **args: orders.page(shop, **args),
        "ordersCount": lambda **args: orders.count(shop, **args),
        "product": lambda **args: products.one(shop, args["id"]),
        "products": lambda **args: products.page(shop, **args),
        "productsCount": lambda **args: products.count(shop, **args),
        "shopifyPaymentsAccount": None,  # no shop pretended here uses Shopify Payments
    }
