"""Bodies of Shopify read as facts, as sent at one fixed time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest

from accounting.facts import Fact, Order
from shopify_app.payloads import BadPayload, facts_from
from tests.payloads import as_body

SENT = datetime(2026, 11, 22, 1, 30, 5, tzinfo=UTC)
Found = TypeVar("Found", bound=Fact)


def read(topic: str, payload: Any) -> tuple[Fact, ...]:
    return facts_from(topic, as_body(payload), triggered_at=SENT)


def only(kind: type[Found], facts: tuple[Fact, ...]) -> Found:
    (fact,) = (fact for fact in facts if isinstance(fact, kind))
    return fact


def order_of(payload: Any) -> Order:
    return only(Order, read("orders/updated", payload))


def refused(topic: str, payload: Any) -> BadPayload:
    with pytest.raises(BadPayload) as caught:
        read(topic, payload)
    return caught.value
