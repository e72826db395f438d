"""The page of products: what each row says, filters, paging, words, and what it costs."""

from __future__ import annotations

import html
import json
import re
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounting import catalogue
from accounting.models import ItemMapping, Variant
from shopify_app.models import ProductReading, Shop
from tests.accounting.catalogued import fill_catalogue
from tests.accounting.test_catalogue import make_told

PAGE = "/mapping/products"


@pytest.fixture
def sold(shop: Shop) -> None:
    told = [make_told(number) for number in range(1, 4)]
    catalogue.tell(store_id=shop.store_id, told=told, reading=1)


def text(api: Client, **query: str) -> str:
    answer = api.get(PAGE, query)
    assert answer.status_code == 200
    return html.unescape(re.sub(r"\s+", " ", answer.content.decode()))


def test_a_row_says_which_code_decides_and_where_it_comes_from(
    shop: Shop, api: Client, sold: None
) -> None:
    here = {"store": shop.store}
    ItemMapping.objects.create(**here, match="vendor", value="kilang kopi", account="4000-100")
    own = ItemMapping.objects.create(
        **here, match="sku", value="kopi-2", account="4000-200", returns_account="R"
    )

    page = text(api)

    assert page.count('details="from vendor Kilang Kopi"') == 2
    assert f'data-id="{own.pk}"' in page
    assert page.count("Own code") == 1
    targets = [json.loads(said) for said in re.findall(r'data-targets="(\{.*?\}\})"', page)]
    assert targets[0]["vendor"] == {"match": "vendor", "value": "kilang kopi"}
    assert targets[1]["sku"] == {"match": "sku", "value": "kopi-2", "returns_account": "R"}
    assert list(targets[0]) == ["variant", "sku", "product", "vendor", "type", "tag"]


def test_what_has_no_code_says_that_its_orders_are_held(
    shop: Shop, api: Client, sold: None
) -> None:
    Variant.objects.filter(variant_id=9003).update(gift_card=True)

    page = text(api)

    assert page.count("No code: orders with it are held") == 2
    assert "from the account of gift cards" in page


def test_everything_else_stands_on_top_and_can_be_mapped(shop: Shop, api: Client) -> None:
    row = ItemMapping.objects.create(store=shop.store, match="default", account="5000")

    page = text(api)

    assert 'data-row="{"match": "default", "value": "", "returns_account": ""' in page
    assert f'data-id="{row.pk}"' in page
    assert '"match": "no_product"' in page
    assert "Nothing yet." in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"suggested_by": "sku", "suggested_item": "K1"}, "same SKU"),
        ({"suggested_by": "barcode", "suggested_item": "K1"}, "same barcode"),
        ({"suggested_by": "name", "suggested_item": "K1", "likeness": 92}, "name 92 % alike"),
        ({"suggested_by": "vendor"}, "as other products of Kilang Kopi"),
        ({"suggested_by": "type"}, "as other products of type Minuman"),
    ],
)
def test_a_suggestion_says_why(
    shop: Shop, api: Client, sold: None, changes: dict[str, Any], words: str
) -> None:
    Variant.objects.filter(variant_id=9001).update(**changes)

    assert words in text(api)
    page = text(api, show="suggested")
    assert words in page
    assert "(1)" in page


def test_accounts_for_returns_are_shown_where_they_are_asked_for(
    shop: Shop, api: Client, sold: None
) -> None:
    assert 'name="returns_account"' not in text(api)
    assert text(api, more="1").count('name="returns_account"') == 5


def test_pages_go_forth_and_back_with_the_filter_kept(shop: Shop, api: Client) -> None:
    fill_catalogue(shop.store, 120)

    first = text(api, q="g", type="Type 3")
    assert "hasNextPage" not in first
    first = text(api, q="kopi 2")
    there = re.search(r'data-next="([^"]*)"', text(api))
    assert there is not None
    second = html.unescape(api.get(there[1]).content.decode())

    titles = re.compile(r'<s-text type="strong">([^<]*)</s-text>')
    shown = [titles.findall(page)[2:] for page in (text(api), second)]
    assert [len(page) for page in shown] == [50, 50]
    assert not set(shown[0]) & set(shown[1])
    assert sorted(shown[0] + shown[1], key=str.casefold) == shown[0] + shown[1]
    assert "data-previous" in second


@pytest.mark.parametrize("locale", ["en", "ms", "zh-CN"])
@pytest.mark.parametrize("show", ["", "without_own", "unmapped", "sold", "suggested", "nonsense"])
def test_it_is_shown_in_every_language_whatever_is_asked_for(
    shop: Shop, api: Client, sold: None, locale: str, show: str
) -> None:
    text(api, locale=locale, show=show, q="kopi \x00", vendor="x", after="x", before='["a"]')


def test_how_far_the_reading_is_stands_on_the_page(shop: Shop, api: Client, now: datetime) -> None:
    never = text(api)
    reading = ProductReading.objects.create(shop=shop, variants=7, started_at=now, moved_at=now)
    running = text(api)
    ProductReading.objects.filter(pk=reading.pk).update(state="finished")

    assert "has not read your products yet" in never
    assert "7 so far" in running
    assert "data-live-seconds" not in text(api)


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ({}, "variant_by_title"),
        ({"show": "without_own"}, "variant_without_own"),
        ({"show": "unmapped"}, "variant_without_rule|variant_without_own"),
        ({"show": "sold"}, "variant_sold"),
        ({"show": "suggested"}, "variant_suggested|variant_without_own"),
        ({"vendor": "Vendor 3"}, "variant_by_vendor"),
        ({"type": "Type 3"}, "variant_by_type"),
        ({"q": "SKU-4711"}, "variant_search"),
    ],
)
def test_a_large_catalogue_costs_eight_statements_and_no_scan(
    shop: Shop, api: Client, query: dict[str, str], index: str
) -> None:
    fill_catalogue(shop.store, 8000, mapped=7000)
    plans: list[str] = []

    def explain(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "accounting_variant" in sql:
            with connection.connection.cursor() as cursor:
                cursor.execute("EXPLAIN " + sql, params)
                plans.append("\n".join(row[0] for row in cursor.fetchall()))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain), CaptureQueriesContext(connection) as captured:
        text(api, **query)

    used = "\n".join(plans)
    assert len(captured.captured_queries) <= 8
    assert "Seq Scan on accounting_variant" not in used
    assert re.search(index, used)
