"""What a pile of webhook bodies tells of one order, as `answers` wants it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from shopify_app.sandbox.answers import Told
from shopify_app.sandbox.money import Json
from shopify_app.sandbox.words import utc

ORDERS = frozenset({"orders/create", "orders/updated", "orders/paid", "orders/cancelled"})


def told_by(deliveries: Iterable[tuple[str, Mapping[str, Any]]], **more: Any) -> Told:
    """Topic and body of each webhook of one order, in any order: the newest version counts, with
    every refund and transaction. `more` are fields of Told that no webhook says.

    Raises ValueError where no version of the order is among them.
    """
    versions: list[Mapping[str, Any]] = []
    refunds: dict[int, Json] = {}
    transactions: dict[int, Json] = {}
    edits: dict[int, Json] = {}
    for topic, body in deliveries:
        if topic in ORDERS:
            versions.append(body)
        elif topic == "refunds/create":
            refunds[body["id"]] = dict(body)
        elif topic == "order_transactions/create":
            transactions[body["id"]] = dict(body)
        elif topic == "orders/edited":
            edits[body["order_edit"]["id"]] = body["order_edit"]
    if not versions:
        raise ValueError("no version of the order is told")
    newest = max(versions, key=lambda body: utc(body["updated_at"]) or "")
    return Told(
        order=with_refunds(newest, refunds.values()),
        transactions=list(transactions.values()),
        edits=list(edits.values()),
        **more,
    )


def with_refunds(order: Mapping[str, Any], refunds: Iterable[Json]) -> Json:
    """The body with these refunds beside its own; one told twice is as last told alone."""
    found = {refund["id"]: refund for refund in order.get("refunds") or []}
    found |= {refund["id"]: refund for refund in refunds}
    return {**order, "refunds": list(found.values())}
