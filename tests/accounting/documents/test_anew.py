"""Which orders are read anew whatever their plan says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounting.documents.anew import needs_reading
from accounting.facts import Agreement, Deletion, Edit, Fact, Facts, Order, Transaction, merge
from shopify_app.payloads import facts_from
from tests.payloads import (
    ORDER_ID,
    as_body,
    make_edit,
    make_order,
    make_refund,
    make_transaction,
    presented_in,
)

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
EDITED = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
GONE = Deletion(id=ORDER_ID, order_id=ORDER_ID, deleted_at=NOW)


def told(topic: str, body: Any) -> tuple[Fact, ...]:
    return facts_from(topic, as_body(body), triggered_at=NOW)


ORDER = told("orders/create", make_order())


def picture(*facts: Fact) -> Facts:
    return merge(facts)


@pytest.mark.parametrize(
    "facts",
    [
        told("order_transactions/create", make_transaction()),
        told("refunds/create", make_refund()),
        told("orders/edited", make_edit()),
    ],
)
def test_what_tells_of_an_unknown_order_makes_it_read(facts: tuple[Fact, ...]) -> None:
    assert needs_reading(picture(*facts), None)
    assert not needs_reading(picture(*facts, GONE), None)


def test_a_plain_order_is_believed() -> None:
    assert not needs_reading(picture(*ORDER), None)


def edit(at: datetime = EDITED) -> Edit:
    return Edit(id=1, order_id=ORDER_ID, committed_at=at)


def agreement(at: datetime, kind: str = "edit") -> Agreement:
    return Agreement(id=2, order_id=ORDER_ID, kind=kind, happened_at=at)


@pytest.mark.parametrize(
    ("more", "read_at", "is_wanted"),
    [
        ((), None, True),
        ((agreement(EDITED),), None, False),
        ((agreement(EDITED, "order"),), None, True),
        ((agreement(EDITED - timedelta(hours=1)),), None, True),
        ((), EDITED - timedelta(hours=1), True),
        ((), EDITED + timedelta(hours=1), False),
    ],
)
def test_an_edit_is_read_until_its_agreement_could_be_seen(
    more: tuple[Fact, ...], read_at: datetime | None, is_wanted: bool
) -> None:
    assert needs_reading(picture(*ORDER, edit(), *more), read_at) is is_wanted


def test_two_currencies_are_read_until_both_sides_are_said() -> None:
    facts = told("orders/create", presented_in("SGD", "0.3", make_order()))
    known = next(fact for fact in facts if isinstance(fact, Order))
    unsaid = replace(known, presentment_totals=None)
    paid = money(shop_amount=None)

    assert needs_reading(picture(unsaid), None)
    assert not needs_reading(picture(known), None)
    assert needs_reading(picture(known, paid), None)
    assert not needs_reading(picture(known, money(shop_amount=Decimal("90.00"))), None)
    assert not needs_reading(picture(known, money(shop_amount=None, test=True)), None)


def money(**changes: Any) -> Transaction:
    """27.00 SGD that were paid."""
    facts = told("order_transactions/create", make_transaction(currency="SGD", amount="27.00"))
    return replace(next(fact for fact in facts if isinstance(fact, Transaction)), **changes)
