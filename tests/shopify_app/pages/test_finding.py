"""Filters and the search of the lists of documents and orders."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest

from accounting.models import Document, Order
from shopify_app.models import Shop
from tests.shopify_app.filled import Filled, fill

from .test_documents import following, get, text

LANGUAGES = ("en", "ms", "zh-CN")


@pytest.fixture
def filled(shop: Shop, now: datetime) -> Filled:
    return fill(shop, now)


def numbers(answer: Any) -> list[str]:
    return re.findall(r">(KR-[^<]*)</s-link>", text(answer))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"state": "posted"}, ["KR-1001"]),
        ({"kind": "payment"}, ["KR-1001-P1"]),
        ({"q": "1001"}, ["KR-1001-P1_KR-1001", "KR-1001-P1", "KR-1001"]),
        ({"q": "kr-1001-p1", "kind": "payment"}, ["KR-1001-P1"]),
        ({"since": "2026-11-21"}, []),
        ({"until": "2026-11-20", "state": "posted"}, ["KR-1001"]),
    ],
)
def test_documents_are_narrowed_down(
    filled: Filled, query: dict[str, str], expected: list[str]
) -> None:
    assert numbers(get("/documents", query)) == expected


@pytest.mark.parametrize(
    "query",
    [{"state": "x", "kind": "y"}, {"since": "2026-99-99"}, {"q": "\x00"}, {"before": "-1"}],
)
def test_a_filter_that_makes_no_sense_filters_nothing(
    filled: Filled, query: dict[str, str]
) -> None:
    assert len(numbers(get("/documents", query))) == 3


def test_a_filter_shows_what_was_chosen_and_a_way_back_to_all(filled: Filled) -> None:
    query = {"q": "KR", "state": "posted", "kind": "invoice", "since": "2026-11-01"}

    html = text(get("/documents", query))

    assert 'value="KR"' in html
    assert '<s-option value="posted" selected>' in html
    assert '<s-option value="invoice" selected>' in html
    assert 'value="2026-11-01"' in html
    assert "Show all" in html
    assert "Show all" not in text(get("/documents"))


def test_pages_keep_the_filter_and_lead_back(filled: Filled) -> None:
    first = filled.rows[0]
    copies = []
    for number in range(110):
        values = {field.attname: getattr(first, field.attname) for field in first._meta.fields}
        values |= {"id": None, "number": f"KR-{2000 + number}", "source_id": 9000 + number}
        copies.append(Document(**values))
    Document.objects.bulk_create(copies)

    query = {"since": "2026-11-01", "state": "posted"}
    second = following(get("/documents", query))
    assert second is not None
    third = following(get("/documents", second))
    assert third is not None
    last = get("/documents", third)

    assert (second["since"], second["state"]) == ("2026-11-01", "posted")
    assert third["back"] == second["before"]
    assert numbers(last) == [f"KR-{2000 + n}" for n in range(9, -1, -1)] + ["KR-1001"]
    assert "hasPreviousPage" in text(last)
    assert f"before={second['before']}" in text(last)
    assert "hasPreviousPage" not in text(get("/documents", query))


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize(
    "query",
    [{"q": "ZZ"}, {"since": "2030-01-01"}, {"state": "rejected"}, {"kind": "refund"}, {}],
)
def test_an_empty_list_says_what_it_means_in_every_language(
    shop: Shop, query: dict[str, str], locale: str
) -> None:
    said = {text(get("/documents", {**query, "locale": other})) for other in (locale, "en")}

    assert len(said) == (1 if locale == "en" else 2)
    assert "<s-table" not in said.pop()


def test_each_empty_list_has_its_own_words(shop: Shop) -> None:
    said = {
        "No document has a number": {"q": "ZZ"},
        "No document of these days": {"until": "2000-01-01"},
        "the books have taken everything": {"state": "conflict"},
        "No document is in this state": {"state": "posted"},
        "the next paid order becomes an invoice": {},
        "There is nothing older": {"before": "1"},
    }

    for words, query in said.items():
        assert words in text(get("/documents", query))


def test_orders_are_found_by_how_their_name_begins(filled: Filled, now: datetime) -> None:
    store = filled.order.store
    for number in (1002, 2001):
        Order.objects.create(store=store, order_id=number, name=f"#{number}", facts_at=now)

    without, with_sign = text(get("/orders", {"q": "100"})), text(get("/orders", {"q": "#200"}))

    assert ">#1001<" in without
    assert ">#1002<" in without
    assert ">#2001<" not in without
    assert ">#2001<" in with_sign
    assert ">#1001<" not in with_sign


def test_a_name_no_order_has_is_said(filled: Filled) -> None:
    html = text(get("/orders", {"q": "%"}))

    assert "No order has a name that begins with “%”" in html
    assert "Show all" in html
