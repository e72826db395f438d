"""The bodies that are about the shop or about privacy, not about orders."""

from __future__ import annotations

import re
from dataclasses import dataclass

from shopify_app.payloads.body import parse
from shopify_app.payloads.fields import Node

DOMAIN = re.compile(r"[a-z0-9][a-z0-9-]{0,98}\.myshopify\.com")

ASKED = {
    "customers/data_request": ("customer", "orders_requested"),
    "customers/redact": ("customer", "orders_to_redact"),
    "shop/redact": (),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyBody:
    """What a compliance webhook asks about. Ids only: the body's e-mail and phone stay there."""

    shop_domain: str
    customer_id: int | None
    order_ids: tuple[int, ...]


def uninstalled_domain(body: bytes) -> str:
    """The shop an `app/uninstalled` body names. Its `domain` may be the storefront (trap T30)."""
    return _domain(Node(parse(body)), "myshopify_domain")


def granted_scopes(body: bytes) -> list[str]:
    """The access scopes that `app/scopes_update` says are granted now, sorted."""
    node = Node(parse(body))
    node.must("current")
    return sorted({scope for scope in node.texts("current") if scope})


def check_privacy_topic(topic: str, body: bytes) -> None:
    """Raises BadPayload when the body is that of another compliance topic.

    The topic is not signed: a customer's request must not count as a whole shop's, nor a question
    as an erasure.
    """
    node = Node(parse(body))
    for key in ("customer", "orders_requested", "orders_to_redact"):
        if node.has(key) and key not in ASKED[topic]:
            raise node.bad(key, f"This does not belong into {topic}.")


def privacy_request(body: bytes) -> PrivacyBody:
    """What `customers/data_request`, `customers/redact` or `shop/redact` is about."""
    node = Node(parse(body))
    customer = node.object("customer")
    orders = (*node.numbers("orders_requested"), *node.numbers("orders_to_redact"))
    return PrivacyBody(
        shop_domain=_domain(node, "shop_domain"),
        customer_id=customer.number("id") if customer else None,
        order_ids=tuple(sorted(set(orders))),
    )


def _domain(node: Node, key: str) -> str:
    domain = node.must_text(key).lower()
    if not DOMAIN.fullmatch(domain):
        raise node.bad(key, "This is not the name of a shop at myshopify.com.")
    return domain
