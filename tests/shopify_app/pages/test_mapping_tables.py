"""The table pages of mappings: what waits for a code, what is mapped, paging, search."""

from __future__ import annotations

import html
import json
import re
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from accounting.models import Order, TaxMapping
from shopify_app.models import Shop
from tests.shopify_app.conftest import make_token
from tests.shopify_app.filled import Filled, fill

from .test_documents import get, text

TABLES = ("taxes", "gateways", "accounts", "projects", "customers")


@pytest.fixture
def filled(shop: Shop, now: datetime) -> Filled:
    return fill(shop, now)


def keys(page: str) -> list[dict[str, Any]]:
    """The keys of the rows that are shown, as static/mapping.js reads them."""
    return [json.loads(html.unescape(said)) for said in re.findall(r'data-row="([^"]*)"', page)]


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("locale", ["en", "ms", "zh-CN"])
def test_every_table_is_shown_in_every_language(filled: Filled, table: str, locale: str) -> None:
    assert get(f"/mapping/{table}", {"locale": locale}).status_code == 200


def test_a_mapping_is_a_row_with_its_key_and_a_field_for_its_code(filled: Filled) -> None:
    page = text(get("/mapping/taxes"))

    assert {"title": "sst", "rate": "0.0800", "channel_liable": False} in keys(page)
    assert '<s-text-field name="code" value="SV" label="Tax code: sst 8 % No"' in page


@pytest.mark.parametrize("table", ["taxes", "gateways", "projects", "customers"])
def test_a_table_takes_few_statements_however_long(
    filled: Filled, table: str, django_assert_max_num_queries: Any
) -> None:
    store = filled.order.store
    TaxMapping.objects.bulk_create(
        TaxMapping(store=store, title=f"t{n:03}", rate=Decimal("0.1"), code="T") for n in range(120)
    )

    with django_assert_max_num_queries(8):
        get(f"/mapping/{table}")


def test_pages_follow_each_other_both_ways(filled: Filled) -> None:
    store = filled.order.store
    TaxMapping.objects.bulk_create(
        TaxMapping(store=store, title=f"t{n:03}", rate=Decimal("0.1"), code="T") for n in range(120)
    )

    first = get("/mapping/taxes")
    second = get("/mapping/taxes", paged(first, "next"))
    third = get("/mapping/taxes", paged(second, "next"))
    back = get("/mapping/taxes", paged(second, "previous"))

    seen = [[key["title"] for key in keys(text(page)) if key] for page in (second, third)]
    titles = [title for page in seen for title in page if title.startswith("t")]
    assert titles == sorted(titles)
    assert len(titles) == len(set(titles))
    assert "data-next" not in text(third)
    kept = [key for key in keys(text(back)) if key]
    assert kept == [key for key in keys(text(first)) if key]


def paged(answer: Any, way: str) -> dict[str, str]:
    (found,) = re.findall(rf'data-{way}="([^"]*)"', text(answer))
    query = parse_qs(urlsplit(html.unescape(found)).query)
    return {name: query[name][0] for name in ("after", "before") if name in query}


@pytest.mark.parametrize(
    "query",
    [
        {"after": "x"},
        {"after": '["a"]'},
        {"after": '["a", "b", "c"]'},
        {"after": '["\\u0000", "0.1", true]'},
        {"before": "[]"},
        {"q": "\x00"},
        {"show": "nonsense"},
    ],
)
def test_an_address_that_makes_no_sense_shows_the_first_page(
    filled: Filled, query: dict[str, str]
) -> None:
    answer = get("/mapping/taxes", query)

    assert answer.status_code == 200
    assert {"title": "sst", "rate": "0.0800", "channel_liable": False} in keys(text(answer))


def test_a_search_finds_the_beginning_of_a_name_or_code(filled: Filled) -> None:
    assert '"sst"' in html.unescape(text(get("/mapping/taxes", {"q": "SS"})))
    assert '"sst"' in html.unescape(text(get("/mapping/taxes", {"q": "sv"})))
    assert "No row fits." in text(get("/mapping/taxes", {"q": "nothing of it"}))


def test_what_waits_stands_on_top_and_may_be_shown_alone(filled: Filled) -> None:
    everything = keys(text(get("/mapping/gateways")))
    waiting = keys(text(get("/mapping/gateways", {"show": "unmapped"})))

    assert everything[0] == {"gateway": "new", "card_brand": "", "location": ""}
    assert [key["gateway"] for key in waiting if key] == ["new"]


def test_accounts_that_held_orders_lack_stand_on_top(filled: Filled) -> None:
    problem = {"code": "UNMAPPED_ACCOUNT", "subject": "tax:SV-8", "message": "x", "terms": []}
    Order.objects.update(problems=[problem])

    page = text(get("/mapping/accounts"))

    assert keys(page)[0] == {"role": "tax:SV-8"}
    assert "Tax SV-8 on a line of its own" in page
    assert "What customers pay for delivery." in page


def test_another_shops_rows_are_not_shown(filled: Filled, other: Shop) -> None:
    token = make_token(other.domain)

    for table in TABLES:
        page = text(get(f"/mapping/{table}", {"shop": other.domain, "id_token": token}))
        assert "data-id" not in page
