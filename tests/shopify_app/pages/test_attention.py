"""The page of what waits for a person: every reason in words, with figures and a next step."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from accounting.models import Document, Order
from shopify_app.models import Delivery, Shop
from tests.shopify_app.conftest import make_token
from tests.shopify_app.filled import Filled, fill

from .test_documents import get, hrefs, text

BANNER = "Something is held back until you decide"


@pytest.fixture
def filled(shop: Shop, now: datetime) -> Filled:
    return fill(shop, now)


def settle(filled: Filled) -> None:
    """Nothing is left for a person."""
    Order.objects.update(state=Order.State.PLANNED, problems=[])
    Document.objects.filter(state=Document.State.REJECTED).update(state=Document.State.SKIPPED)
    Delivery.objects.update(state=Delivery.State.DONE)


def test_a_held_order_stands_there_in_words_with_what_to_do(filled: Filled) -> None:
    filled.order.problems = [
        {"code": "UNMAPPED_ITEM", "message": "No account for “Kopi”.", "terms": [["sku", "K1"]]},
        {"code": "G3", "message": "The payments differ.", "terms": [["received", "90.00"]]},
    ]
    filled.order.save()

    html = text(get("/attention"))
    alone = text(get("/attention", {"kind": "UNMAPPED_ITEM"}))

    for shown in (
        "#1001",
        "A product has no account",
        "No account for “Kopi”.",
        "the order then goes on by itself",
        "The figures do not agree",
        "The payments differ.",
        "Orders: 1",
    ):
        assert shown in html
    assert "sku: K1" in alone
    assert "The payments differ." not in alone


def test_refused_documents_and_unusable_webhooks_say_why(filled: Filled) -> None:
    html = text(get("/attention"))

    assert "Payment method does not exist" in html
    assert f'href="/documents/{filled.rows[1].pk}?' in html
    assert "line_items[0].price" in html
    assert "is no amount" in html


def test_the_banner_leads_there_only_while_somebody_is_needed(filled: Filled) -> None:
    before = text(get("/documents"))
    settle(filled)
    after = text(get("/documents"))

    assert BANNER in before
    assert BANNER not in after
    assert "Nothing needs you" in text(get("/attention"))


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"state": "misconfigured", "state_reason": "The key was refused."}, "The key was refused"),
        ({"trouble": "No answer since 09:00."}, "The books do not answer; Lejar keeps trying"),
    ],
)
def test_trouble_with_the_books_stands_above_all(
    filled: Filled, changes: dict[str, str], shown: str
) -> None:
    book = filled.rows[0].book
    for name, value in changes.items():
        setattr(book, name, value)
    book.save()

    assert shown in text(get("/attention"))


def test_it_costs_the_same_however_much_is_held(
    filled: Filled, now: datetime, django_assert_max_num_queries: Any
) -> None:
    Order.objects.bulk_create(
        Order(store=filled.order.store, order_id=n, state="held", facts_at=now) for n in range(80)
    )

    for kind in ("", "I1", "rejected", "webhooks"):
        with django_assert_max_num_queries(8):
            get("/attention", {"kind": kind})


def test_another_shop_sees_none_of_it(filled: Filled, other: Shop) -> None:
    html = text(get("/attention", {"shop": other.domain, "id_token": make_token(other.domain)}))

    assert "Nothing needs you" in html
    assert "#1001" not in html


@pytest.mark.parametrize("query", ["x", "9" * 50, "-1", "٣"])
def test_an_address_that_makes_no_sense_shows_the_newest(filled: Filled, query: str) -> None:
    answer = get("/attention", {"orders": query, "documents": query, "deliveries": query})

    assert answer.status_code == 200
    assert "#1001" in text(answer)


def test_what_is_worth_knowing_stands_there_and_needs_nobody(filled: Filled) -> None:
    settle(filled)
    credit = {"code": "CUSTOMER_CREDIT", "message": "Too much.", "terms": [["credit", "5.00"]]}
    Order.objects.update(flags=[credit])

    html = text(get("/attention"))

    for shown in (
        "Nothing needs you",
        "Good to know",
        "The customer has a credit",
        "Too much.",
        "credit: 5.00",
        "Pay it back in Shopify",
        f'href="/orders/{filled.order.order_id}?',
    ):
        assert shown in html
    assert BANNER not in text(get("/documents"))


def test_many_orders_without_news_do_not_push_news_off_the_page(
    filled: Filled, now: datetime
) -> None:
    Order.objects.bulk_create(
        Order(store=filled.order.store, order_id=n, facts_at=now) for n in range(6000, 6060)
    )

    answer = get("/attention")

    assert "The customer has a credit" in text(answer)
    assert not [href for href in hrefs(answer) if "flags=" in href]


def test_orders_with_something_to_know_are_paged_by_their_own_key(
    filled: Filled, now: datetime
) -> None:
    flag = {"code": "LONG_NUMBER", "message": "It is long.", "terms": []}
    Order.objects.bulk_create(
        Order(store=filled.order.store, order_id=n, name=f"#{n}", flags=[flag], facts_at=now)
        for n in range(6000, 6030)
    )

    first = get("/attention")
    (following,) = {href for href in hrefs(first) if "flags=" in href}
    rest = get("/attention", {"flags": parse_qs(urlsplit(following).query)["flags"][0]})

    assert "#6029" in text(first)
    assert "#6004" not in text(first)
    assert "#6004" in text(rest)
