"""Shopify's bodies in, accounting facts out: the only code that knows Shopify's JSON.

Pure: bytes and a time in, values out. Whatever the bytes are, the answer is facts or `BadPayload`,
which says in words and with the field's path what cannot be read. Rules: contract shopify.md
sections 5.5 to 6.5 (fields and traps) and accounting treatment 2.1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from accounting.facts import Fact
from shopify_app.payloads.body import BadPayload, parse
from shopify_app.payloads.fields import Node
from shopify_app.payloads.money_moves import edit_facts, refund_facts, transaction_facts
from shopify_app.payloads.order import created_order_facts, deleted_order_facts, order_facts
from shopify_app.payloads.refetched import refetch_facts, refetched_facts
from shopify_app.payloads.refetched_buyer import buyer
from shopify_app.payloads.shop import (
    PrivacyBody,
    check_privacy_topic,
    granted_scopes,
    privacy_request,
    uninstalled_domain,
)
from shopify_app.payloads.tax_details import with_tax_details

__all__ = [
    "TOPICS",
    "BadPayload",
    "PrivacyBody",
    "answered_facts",
    "check_privacy_topic",
    "facts_from",
    "granted_scopes",
    "parse",
    "privacy_request",
    "refetched_facts",
    "uninstalled_domain",
]

NOTHING_ASKED: Mapping[str, str] = {}
Reader = Callable[[Node, datetime], tuple[Fact, ...]]

TOPICS: dict[str, Reader] = {
    "orders/create": created_order_facts,
    "orders/updated": order_facts,
    "orders/paid": order_facts,
    "orders/cancelled": order_facts,
    "orders/edited": edit_facts,
    "refunds/create": refund_facts,
    "order_transactions/create": transaction_facts,
    "orders/delete": deleted_order_facts,
    "refetch": refetch_facts,  # not a topic of Shopify's: the inbox has no handler for it
}


def facts_from(
    topic: str,
    body: bytes,
    *,
    triggered_at: datetime,
    tax_attributes: Mapping[str, str] = NOTHING_ASKED,
) -> tuple[Fact, ...]:
    """Every fact the body of this topic states, all about one order, the order itself first.

    `triggered_at` (aware) is when Shopify sent it: the as-of time of a refund or transaction that
    came on its own; what is embedded in an order is as of the order's `updated_at`. The topic
    "refetch" is an answer of the Admin API, read at that time. `tax_attributes` are the names under
    which the shop's checkout keeps the buyer's tax details, by what they are.
    Raises BadPayload: with path "topic" when the topic carries no facts.
    """
    reader = TOPICS.get(topic)
    if reader is None:
        raise BadPayload("topic", "This topic carries no facts about orders.")
    node = Node(parse(body))
    facts = reader(node, triggered_at.astimezone(UTC))
    if not tax_attributes:
        return facts
    typed_in = buyer(node.must_object("order")) if reader is refetch_facts else node
    return with_tax_details(facts, typed_in, tax_attributes)


def answered_facts(
    answer: dict[str, Any], *, fetched_at: datetime, tax_attributes: Mapping[str, str]
) -> tuple[Fact, ...]:
    """The same of an answer of the Admin API whose parts are parsed and joined: {"order": {...}}.
    Raises BadPayload."""
    facts = refetch_facts(Node(answer), fetched_at.astimezone(UTC))
    if not tax_attributes:
        return facts
    return with_tax_details(facts, buyer(Node(answer).must_object("order")), tax_attributes)
