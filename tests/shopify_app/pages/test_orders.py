"""The pages on orders: what they wait for, why they are held, and what to know about them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounting.models import Order
from shopify_app.models import Shop
from shopify_app.words import ORDER_STATES
from tests.shopify_app.conftest import make_token
from tests.shopify_app.filled import Filled, fill

from .test_documents import following, get, text

FOLDED = "Nothing is posted before 2026-11-22 12:10:00: edits until then are folded in."


@pytest.fixture
def filled(shop: Shop, now: datetime) -> Filled:
    return fill(shop, now)


def make_orders(filled: Filled, now: datetime, numbers: range, **changes: Any) -> None:
    store = filled.order.store
    Order.objects.bulk_create(
        Order(store=store, order_id=n, name=f"#{n}", facts_at=now, **changes) for n in numbers
    )


def test_orders_are_listed_newest_first_with_the_reason_for_their_state(
    filled: Filled, now: datetime
) -> None:
    make_orders(filled, now, range(6001, 6002), state="waiting", note=FOLDED)
    make_orders(filled, now, range(6002, 6003), state="excluded", note="Not paid yet.")

    html = text(get("/orders"))

    assert html.index(">#6002<") < html.index(">#6001<") < html.index(">#1001<")
    assert f"<s-table-cell>{FOLDED}</s-table-cell>" in html
    assert "A product has no account · The customer has a credit" in html
    assert f'href="/orders/{filled.order.order_id}?' in html


def test_orders_of_one_state_can_be_shown_alone(filled: Filled, now: datetime) -> None:
    make_orders(filled, now, range(6001, 6002), state="excluded", note="Not paid yet.")

    html = text(get("/orders", {"state": "excluded"}))

    assert ">#6001<" in html
    assert ">#1001<" not in html


def test_a_state_without_orders_says_so(filled: Filled) -> None:
    assert "No order is in this state." in text(get("/orders", {"state": "planned"}))


def test_pages_of_orders_follow_each_other(filled: Filled, now: datetime) -> None:
    make_orders(filled, now, range(6000, 6070))

    first = get("/orders")
    second = get("/orders", following(first))

    assert "#6020" in text(first)
    assert "#6019" not in text(first)
    assert "#6019" in text(second)
    assert "#1001" in text(second)


def test_a_list_of_orders_costs_the_same_whatever_its_length(
    filled: Filled, now: datetime, django_assert_max_num_queries: Any
) -> None:
    make_orders(filled, now, range(6000, 6040))

    with django_assert_max_num_queries(4):
        get("/orders")


def test_an_order_shows_its_hold_its_flag_and_its_documents(filled: Filled) -> None:
    filled.order.problems[0]["terms"] = [["sku", "K1"], ["vendor", ""]]
    filled.order.save()

    html = text(get("/orders/5001"))

    for shown in (
        'heading="Order #1001"',
        "Held",
        "A product has no account",
        "Map it.",
        "sku: K1",
        "Set what is missing",
        "Good to know",
        "The customer has a credit",
        "Pay it back in Shopify",
        "What the order charges",
        "Settles one document with another",
        f'href="/documents/{filled.rows[0].pk}?',
    ):
        assert shown in html
    assert "vendor:" not in html


def test_figures_are_shown_as_people_write_them(filled: Filled) -> None:
    terms = [["deleted", "2026-11-24T04:00:01+00:00"], ["refund 7", "5.00"]]
    Order.objects.update(flags=[{"code": "DELETED", "message": "Gone.", "terms": terms}])

    english = text(get("/orders/5001"))
    chinese = text(get("/orders/5001", {"locale": "zh-CN"}))

    assert "deleted: 2026-11-24 12:00 · refund 7: 5.00" in english
    assert "退款 7: 5.00" in chinese


def test_an_order_says_until_when_edits_are_folded_in(filled: Filled) -> None:
    Order.objects.update(state="waiting", note=FOLDED, problems=[], flags=[])

    english = text(get("/orders/5001"))
    malay = text(get("/orders/5001", {"locale": "ms"}))

    assert FOLDED in english
    assert "Why it is held" not in english
    assert "Tiada apa-apa dipos sebelum 2026-11-22 12:10:00" in malay


def test_an_order_that_waits_for_facts_says_so(filled: Filled) -> None:
    Order.objects.update(state="waiting", note="", problems=[])

    assert "More is expected from Shopify" in text(get("/orders/5001"))


@pytest.mark.parametrize(("minutes", "is_shown"), [(5, True), (0, True), (-5, False)])
def test_an_order_asked_for_since_its_last_fact_says_so(
    filled: Filled, now: datetime, minutes: int, is_shown: bool
) -> None:
    Order.objects.update(refetch_asked_at=now + timedelta(minutes=minutes), refetch_trouble="")

    html = text(get("/orders/5001"))

    assert ("the whole order should be read anew from Shopify" in html) is is_shown


def test_an_order_without_documents_says_so(filled: Filled, now: datetime) -> None:
    make_orders(filled, now, range(6001, 6002))

    assert "The order has no documents." in text(get("/orders/6001"))


def test_another_shops_order_is_not_there(filled: Filled, other: Shop) -> None:
    token = make_token(other.domain)

    answer = get("/orders/5001", {"shop": other.domain, "id_token": token})
    listed = text(get("/orders", {"shop": other.domain, "id_token": token}))

    assert answer.status_code == 404
    assert "No such order" in text(answer)
    assert "#1001" not in listed


@pytest.mark.parametrize("query", [{"state": "nonsense"}, {"before": "x"}, {"before": "9" * 50}])
def test_an_address_that_makes_no_sense_shows_all_orders(
    filled: Filled, query: dict[str, str]
) -> None:
    answer = get("/orders", query)

    assert answer.status_code == 200
    assert ">#1001<" in text(answer)


def test_every_state_of_an_order_has_a_word() -> None:
    assert set(ORDER_STATES) == set(Order.State)
