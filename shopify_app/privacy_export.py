"""What Lejar keeps about one customer, compiled for the owner of the shop who has to answer them.

Facts, documents, debtor codes and the stored webhooks that name the customer or the orders Shopify
listed; as JSON, and where it is little also as lines a person can read.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounting import codec
from accounting.models import DebtorCode, Document, Fact, Order, Store
from shopify_app import raw_bodies
from shopify_app.models import PrivacyRequest

MOST_LINES = 5000  # of the readable form; a longer one nobody reads
NOTHING = "Lejar keeps nothing about this customer or these orders."
SOMETHING = "This is all that Lejar keeps about this customer and these orders."


@dataclass(frozen=True, slots=True)
class Compiled:
    orders: list[dict[str, Any]]
    debtor_codes: list[dict[str, Any]]
    webhooks: list[dict[str, Any]]

    @property
    def counts(self) -> Counter[str]:
        facts = sum(len(order["facts"]) for order in self.orders)
        documents = sum(len(order["documents"]) for order in self.orders)
        return Counter(
            orders=len(self.orders),
            facts=facts,
            documents=documents,
            debtor_codes=len(self.debtor_codes),
            deliveries=len(self.webhooks),
        )

    def text(self, request: PrivacyRequest, now: datetime) -> str:
        """The export as JSON."""
        kept = {
            "orders": self.orders,
            "debtor_codes": self.debtor_codes,
            "webhooks": self.webhooks,
        }
        head = {
            "shop": request.shop_domain,
            "customer_id": request.customer_id,
            "order_ids": request.order_ids,
            "made_at": now.isoformat(),
            "says": SOMETHING if any(kept.values()) else NOTHING,
        }
        lines = list(_lines({**head, **kept}))
        readable = "\n".join(lines) if len(lines) <= MOST_LINES else ""
        return json.dumps({**head, **kept, "readable": readable}, ensure_ascii=False)


def ids(request: PrivacyRequest) -> set[int]:
    """The customer and the orders the request is about."""
    named = {request.customer_id} if request.customer_id else set()
    return {*named, *request.order_ids}


def orders_of(store: Store | None, customer_id: int | None) -> set[int]:
    """Shopify's ids of the orders whose facts name the customer."""
    if store is None or customer_id is None:
        return set()
    named = Fact.objects.filter(store=store, kind="order", body__customer__id=customer_id)
    whole = named.filter(order__erased_at=None)
    return set(whole.values_list("source_id", flat=True))


def compiled(request: PrivacyRequest, store: Store | None) -> Compiled:
    """Also orders of the customer that Shopify did not list: the question is what is kept."""
    wanted = {*request.order_ids, *orders_of(store, request.customer_id)}
    orders = Order.objects.filter(store=store, order_id__in=wanted).order_by("order_id")
    about = raw_bodies.mentioning(request.shop_domain, {*ids(request), *wanted})
    return Compiled(
        orders=[_order(order) for order in orders] if store else [],
        debtor_codes=_codes(store, request.customer_id),
        webhooks=[
            {
                "topic": row.topic,
                "received_at": row.received_at.isoformat(),
                "body": body.decode(errors="replace"),
            }
            for row, body in about
        ],
    )


def _order(order: Order) -> dict[str, Any]:
    facts = Fact.objects.filter(order=order).order_by("id")
    documents = Document.objects.filter(order=order).order_by("id")
    return {
        "order_id": order.order_id,
        "name": order.name,
        "facts": [
            {"kind": fact.kind, "told_by": fact.told_by, "said": fact.body} for fact in facts
        ],
        "documents": [
            {"number": row.number, "state": row.state, "content": row.payload} for row in documents
        ],
    }


def _codes(store: Store | None, customer_id: int | None) -> list[dict[str, Any]]:
    if store is None or customer_id is None:
        return []
    rows = DebtorCode.objects.filter(store=store, kind="customer", source_id=customer_id)
    return [codec.dump(row) for row in rows.order_by("id").values("code", "currency")]


def _lines(value: Any, path: str = "") -> Iterator[str]:
    """One line for each thing said: where it stands, and what it is."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _lines(each, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, each in enumerate(value, start=1):
            yield from _lines(each, f"{path}[{index}]")
    elif value not in (None, "", False):
        yield f"{path}: {value}"
