"""What held orders still wait for, and what could be suggested for it."""

from __future__ import annotations

from datetime import datetime

import pytest

from accounting import mapping
from accounting.gateway_names import suggest_gateway
from accounting.models import Order as OrderRow
from accounting.models import Store
from tests.accounting.mapped import hold

pytestmark = pytest.mark.django_db


def test_missing_mappings_are_counted_over_held_orders(
    store: Store, other: Store, now: datetime
) -> None:
    hold(store, now, ("UNMAPPED_ITEM", "KOPI-1"), ("UNMAPPED_GATEWAY", "fpx"), ("I1", "x"))
    hold(store, now, ("UNMAPPED_ITEM", "KOPI-1"), ("UNMAPPED_ITEM", "KOPI-1"), order_id=5002)
    hold(store, now, ("UNMAPPED_ITEM", "OLD"), order_id=5003, state=OrderRow.State.PLANNED)
    hold(other, now, ("UNMAPPED_ITEM", "FOREIGN"))

    missing = mapping.unmapped(store.pk)

    assert [(m.code, m.subject, m.orders, m.suggestion) for m in missing] == [
        ("UNMAPPED_GATEWAY", "fpx", 1, "own clearing account"),
        ("UNMAPPED_ITEM", "KOPI-1", 2, ""),
    ]
    first = mapping.unmapped(store.pk, limit=1)[0]
    rest = mapping.unmapped(store.pk, after=(first.code, first.subject))
    assert [first, *rest] == missing


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("Cash on Delivery (COD)", "clearing account of the courier, cash"),
        ("gift_card", "gift_card"),
        ("GrabPay Malaysia", "own clearing account"),
        ("ShopBack PayLater", "clearing account, buy now pay later"),
        ("Bank Transfer", "bank or clearing account"),
        ("manual", None),
        ("bogus", None),
        ("Cashew", None),
    ],
)
def test_a_gateway_name_suggests_the_kind_of_account(name: str, suggestion: str | None) -> None:
    assert suggest_gateway(name) == suggestion


def test_a_missing_tax_says_what_a_mapping_of_it_would_hold(
    store: Store, other: Store, now: datetime
) -> None:
    order = hold(store, now, ("UNMAPPED_TAX", "SST 0.08"))
    terms = [["title", "SST"], ["rate", "0.08"], ["channel_liable", "false"]]
    order.problems[0]["terms"] = terms
    order.save()

    [missing] = mapping.unmapped(store.pk)

    assert missing.terms == {"title": "SST", "rate": "0.08", "channel_liable": "false"}
