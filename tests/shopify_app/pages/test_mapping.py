"""The hub of the mapping pages: what is there, what is missing, and where to set it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from accounting.models import ItemMapping, MappingPreview, Order
from shopify_app.models import Shop
from tests.shopify_app.conftest import make_token
from tests.shopify_app.filled import Filled, fill

from .test_documents import get, text


@pytest.fixture
def filled(shop: Shop, now: datetime) -> Filled:
    return fill(shop, now)


@pytest.mark.parametrize("locale", ["en", "ms", "zh-CN"])
def test_the_hub_names_every_table_in_every_language(filled: Filled, locale: str) -> None:
    html = text(get("/mapping", {"locale": locale}))

    for name in ("products", "taxes", "gateways", "accounts", "projects", "customers"):
        assert f'href="/mapping/{name}?' in html


def test_the_hub_says_what_is_missing_and_how_many_orders_wait(filled: Filled) -> None:
    assert "Without a code: 1, orders waiting: 1" in text(get("/mapping"))


def test_the_account_for_all_other_products_keeps_its_other_codes(filled: Filled) -> None:
    ItemMapping.objects.create(
        store=filled.order.store, match="default", account="500-000", item_code="MISC"
    )

    html = text(get("/mapping"))

    assert 'value="500-000"' in html
    assert "&quot;item_code&quot;: &quot;MISC&quot;" in html


def test_a_new_shop_is_told_what_to_do(shop: Shop) -> None:
    html = text(get("/mapping"))

    assert "Before you save changes on one of these pages" in html
    assert "orders waiting" not in html


def test_the_hub_takes_few_statements(
    filled: Filled, now: datetime, django_assert_max_num_queries: Any
) -> None:
    store = filled.order.store
    Order.objects.bulk_create(
        Order(
            store=store, order_id=n, name=f"#{n}", state="held", facts_at=now,
            problems=[{"code": "UNMAPPED_TAX", "subject": f"t{n}", "message": "x"}],
        )
        for n in range(7000, 7050)
    )  # fmt: skip

    with django_assert_max_num_queries(8):
        html = text(get("/mapping"))

    assert "Without a code: 50, orders waiting: 50" in html


def test_another_shops_rows_are_not_counted(filled: Filled, other: Shop) -> None:
    token = make_token(other.domain)

    html = text(get("/mapping", {"shop": other.domain, "id_token": token}))

    assert "orders waiting" not in html
    assert MappingPreview.objects.count() == 0 or "dry-run" not in html
