"""An order as Shopify tells of it, the facts kept of it, and what a plan may make of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from accounting import posting
from accounting.documents.document import Document, Key, Problem, Role
from accounting.facts import Fact
from accounting.models import Store
from shopify_app.payloads import facts_from
from tests.books import make_invoice
from tests.payloads import ORDER_ID, as_body, make_order


def order_facts(now: datetime, topic: str = "orders/create", **changes: Any) -> tuple[Fact, ...]:
    return facts_from(topic, as_body(make_order(**changes)), triggered_at=now)


def tell(store: Store, facts: Sequence[Fact], now: datetime) -> None:
    posting.record_facts(store_id=store.id, facts=facts, told_by="delivery 1", now=now)


def tell_paid(store: Store, now: datetime, **changes: Any) -> None:
    tell(store, order_facts(now, "orders/paid", **changes), now)


def invoice(**changes: Any) -> Document:
    given: dict[str, Any] = {"key": Key(role=Role.INVOICE, source_id=ORDER_ID)}
    return make_invoice(**(given | {"order_id": ORDER_ID} | changes))


def problem(code: str = "UNMAPPED_TAX", **changes: Any) -> Problem:
    return Problem(**({"code": code, "subject": "sst", "message": "Map it."} | changes))
