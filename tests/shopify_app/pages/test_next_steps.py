"""Every state has words, every hold its button, and every promise is one that is kept."""

from __future__ import annotations

import ast
import inspect
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import translation
from pytest_django import Settings

from accounting.documents import cancellation, edits, returns
from accounting.models import Document, Order
from shopify_app.hold_words import FLAGS, HOLDS
from shopify_app.models import OfflineToken, Reconciliation, Shop
from shopify_app.pages.next_steps import DOCUMENTS, FIXES, NEXT_OPEN_DAY, ORDERS, RETRIED, SKIPPED
from shopify_app.pages.reading import PROMISE
from tests.shopify_app.conftest import make_token
from tests.shopify_app.filled import Filled, fill

from .test_documents import get, text

LOCALES = ("en", "ms", "zh-CN")
G7 = (
    "An edit took units off; a refund record for them may still arrive. Lejar credits them by "
    "itself once it has read the order anew from Shopify and found none."
)
PROMISED = "once it has read the order anew"


@pytest.fixture
def filled(shop: Shop, now: datetime) -> Filled:
    return fill(shop, now)


def hold(filled: Filled, code: str, subject: str = "", message: str = "x", **more: Any) -> None:
    problem = {"code": code, "subject": subject, "message": message, "terms": []}
    Order.objects.filter(pk=filled.order.pk).update(
        problems=[problem], **{"refetch_trouble": "", **more}
    )


# --- words -----------------------------------------------------------------------------------


def test_every_state_has_words_and_every_fix_belongs_to_a_hold() -> None:
    assert set(DOCUMENTS) == set(Document.State)
    assert set(ORDERS) == set(Order.State)
    assert set(FIXES) <= set(HOLDS) | set(FLAGS)
    assert set(HOLDS) >= NEXT_OPEN_DAY


@pytest.mark.parametrize("language", ["ms", "zh-hans"])
def test_words_are_translated(language: str) -> None:
    words = [*DOCUMENTS.values(), *ORDERS.values(), *(fix.words for fix in FIXES.values())]
    with translation.override("en"):
        english = [str(each) for each in words]

    with translation.override(language):
        translated = [str(each) for each in words]

    assert not set(english) & set(translated)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("state", Document.State.values)
def test_a_document_in_each_state_says_what_it_means_and_offers_what_is_possible(
    filled: Filled, now: datetime, state: str, locale: str
) -> None:
    row = filled.rows[0]
    Document.objects.filter(pk=row.pk).update(state=state, message="As they say")

    html = text(get(f"/documents/{row.pk}", {"locale": locale}))

    means = {"en": "en", "ms": "ms", "zh-CN": "zh-hans"}[locale]
    with translation.override(means):
        assert str(DOCUMENTS[Document.State(state)]) in html.replace("&#x27;", "'")
    kept = Document.State(state)
    assert (f"POST /api/v1/documents/{row.pk}/retry" in html) is (kept in RETRIED)
    assert (f"POST /api/v1/documents/{row.pk}/skip" in html) is (kept in SKIPPED)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("state", Order.State.values)
def test_an_order_in_each_state_says_what_it_means(filled: Filled, state: str, locale: str) -> None:
    Order.objects.update(state=state, note="", problems=[])

    html = text(get("/orders/5001", {"locale": locale}))

    with translation.override({"zh-CN": "zh-hans"}.get(locale, locale)):
        assert str(ORDERS[Order.State(state)]) in html.replace("&#x27;", "'")


# --- the button of a hold --------------------------------------------------------------------


@pytest.mark.parametrize("code", sorted(HOLDS))
def test_a_hold_leads_where_it_is_put_right(filled: Filled, code: str) -> None:
    hold(filled, code, "KOPI 0.08")

    html = text(get("/orders/5001"))

    assert str(HOLDS[code][0]) in html.replace("&#x27;", "'")
    if fix := FIXES.get(code):
        assert f'variant="primary" href="{reverse(fix.page)}' in html
        assert str(fix.words) in html
        searched = "q=KOPI&" if code == "UNMAPPED_TAX" else "q=KOPI+0.08&"
        assert (searched.replace("&", "&amp;") in html) is fix.by_subject
    assert ("Post to the next open day" in re.sub("<s-modal.*", "", html)) is (
        code in NEXT_OPEN_DAY
    )


# --- promises --------------------------------------------------------------------------------


def test_the_promise_is_found_in_what_the_treatment_says() -> None:
    sources = [inspect.getsource(module) for module in (cancellation, edits, returns)]
    texts = [
        str(node.value)
        for source in sources
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and "found none." in str(node.value)
    ]

    assert len(texts) == 3
    assert all(PROMISE.search(text) for text in texts)


def test_a_hold_that_reading_ends_says_that_it_is_read(filled: Filled, now: datetime) -> None:
    hold(filled, "FACTS_INCOMPLETE", "edit 5", G7, refetch_ready_at=now)

    html = text(get("/orders/5001"))

    assert PROMISED in html
    assert "Lejar reads the order from Shopify now" in html


def test_an_order_that_was_given_up_promises_nothing(filled: Filled) -> None:
    hold(filled, "FACTS_INCOMPLETE", "edit 5", G7, refetch_trouble="Shopify does not show it.")

    for where in ("/orders/5001", "/attention?kind=FACTS_INCOMPLETE"):
        path, _, query = where.partition("?kind=")
        html = text(get(path, {"kind": query}))

        assert PROMISED not in html
        assert "a refund record for them may still arrive." in html
        assert "does not try again by itself" in html
        assert "Shopify does not show it." in html


def never(shop: Shop, settings: Settings) -> None:
    settings.SHOPIFY_FETCH = "never"


def closed(shop: Shop, settings: Settings) -> None:
    Shop.objects.update(state=Shop.State.UNAVAILABLE)


def tokenless(shop: Shop, settings: Settings) -> None:
    OfflineToken.objects.update(reconnect_since=datetime.fromisoformat("2026-11-01T00:00:00Z"))


@pytest.mark.parametrize(
    ("break_it", "said"),
    [
        (never, "Reading from Shopify is switched off here"),
        (closed, "Shopify says that the shop is closed"),
        (tokenless, "Lejar has no access to Shopify now"),
    ],
)
def test_where_nothing_can_be_read_the_truth_is_said_and_no_button_pretends(
    filled: Filled, shop: Shop, settings: Settings, break_it: Any, said: str
) -> None:
    hold(filled, "FACTS_INCOMPLETE", "edit 5", G7)
    break_it(shop, settings)

    one, many = text(get("/orders/5001")), text(get("/attention", {"kind": "FACTS_INCOMPLETE"}))

    for html in (one, many):
        assert PROMISED not in html
        assert said in html
        assert "refetch" not in html


# --- taking an order back --------------------------------------------------------------------


def test_an_order_says_how_far_it_is_taken_back(filled: Filled, now: datetime) -> None:
    Order.objects.update(state="reversed", reversal_asked_at=now, reversed_at=now, problems=[])
    Document.objects.filter(pk__in=[row.pk for row in filled.rows[:2]]).update(role="Z")

    half = text(get("/orders/5001"))
    Document.objects.update(state="skipped")
    whole = text(get("/orders/5001"))

    assert "1 of 2 documents against its own are in the books." in half
    assert "The books refused 1 of them" in half
    assert "all 2 documents against its own are in the books" in whole
    assert "/reverse" not in half


def test_only_what_has_documents_can_be_taken_back(filled: Filled, now: datetime) -> None:
    Order.objects.create(store=filled.order.store, order_id=6001, name="#6001", facts_at=now)

    assert "POST /api/v1/orders/5001/reverse" in text(get("/orders/5001"))
    assert "/reverse" not in text(get("/orders/6001"))


# --- from an order in Shopify ----------------------------------------------------------------


@pytest.mark.parametrize("named", ["5001", "gid://shopify/Order/5001"])
def test_the_link_in_shopify_opens_the_order(filled: Filled, named: str) -> None:
    html = text(get("/orders/open", {"id": named}))

    assert 'heading="Order #1001"' in html
    assert "KR-1001-P1" in html


def test_an_order_nobody_told_of_says_what_to_do(filled: Filled) -> None:
    Reconciliation.objects.all().delete()

    html = text(get("/orders/open", {"id": "777"}))

    assert 'heading="Not heard of yet"' in html
    assert "POST /api/v1/reconciliation" in html
    assert "shopify://admin/orders/777" in html
    assert 'data-live-seconds="5"' in html
    assert not Order.objects.filter(order_id=777).exists()


def test_a_search_under_way_is_shown_instead_of_its_button(filled: Filled) -> None:
    Reconciliation.objects.update(state="running", message="")

    html = text(get("/orders/open", {"id": "777"}))

    assert "Lejar looks for orders in Shopify since" in html
    assert "POST /api/v1/reconciliation" not in html


@pytest.mark.parametrize("named", ["", "x", "gid://shopify/Product/5001", "5001x", "9" * 30])
def test_a_link_that_names_no_order_says_so(filled: Filled, named: str) -> None:
    answer = get("/orders/open", {"id": named})

    assert answer.status_code == 200
    assert "The address names no order." in text(answer)


def test_another_shops_order_is_not_opened(filled: Filled, other: Shop) -> None:
    query = {"id": "5001", "shop": other.domain, "id_token": make_token(other.domain)}

    html = text(get("/orders/open", query))

    assert "Not heard of yet" in html
    assert "#1001" not in html


# --- one kind of hold ------------------------------------------------------------------------


def test_a_kind_of_hold_can_be_picked_from_and_decided_on(filled: Filled, now: datetime) -> None:
    hold(filled, "PERIOD_CLOSED", held_since=now - timedelta(days=2))

    html = text(get("/attention", {"kind": "PERIOD_CLOSED"}))

    for shown in (
        'value="5001"',
        "POST /api/v1/orders/next-open-day",
        "POST /api/v1/orders/replan",
        "2026-11-20",
        "data-pick-all",
        "&quot;PERIOD_CLOSED&quot;" if "&quot;PERIOD" in html else '"PERIOD_CLOSED"',
    ):
        assert shown in html


def test_refused_documents_and_webhooks_can_be_decided_on(filled: Filled) -> None:
    refused = text(get("/attention", {"kind": "rejected"}))
    webhooks = text(get("/attention", {"kind": "webhooks"}))

    assert f'value="{filled.rows[1].pk}"' in refused
    assert "POST /api/v1/documents/skip" in refused
    assert "POST /api/v1/documents/retry" in refused
    assert "Payment method does not exist" in refused
    assert f'value="{filled.delivery.pk}"' in webhooks
    assert "POST /api/v1/deliveries/retry" in webhooks


def test_a_webhook_that_is_not_kept_cannot_be_picked(filled: Filled, now: datetime) -> None:
    type(filled.delivery).objects.update(erased_at=now)

    html = text(get("/attention", {"kind": "webhooks"}))

    assert "Not kept any more" in html
    assert f'value="{filled.delivery.pk}"' not in html


@pytest.mark.parametrize("kind", ["I1", "NONSENSE", "conflict"])
def test_a_kind_that_nothing_waits_for_says_so(filled: Filled, kind: str) -> None:
    assert "See what else needs you" in text(get("/attention", {"kind": kind}))


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"done": "3", "left": "0"}, 'tone="info" heading="Done: 3."'),
        ({"done": "3", "left": "2"}, "Not possible: 2."),
    ],
)
def test_what_was_decided_is_said(filled: Filled, query: dict[str, str], shown: str) -> None:
    assert shown in text(get("/attention", {"kind": "UNMAPPED_ITEM", **query}))


@pytest.mark.parametrize("done", ["x", "", "٣"])
def test_what_was_not_decided_is_not_said(filled: Filled, done: str) -> None:
    html = text(get("/attention", {"kind": "UNMAPPED_ITEM", "done": done, "left": "0"}))

    assert "Done:" not in html


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", ["", "UNMAPPED_ITEM", "PERIOD_CLOSED", "rejected", "webhooks"])
def test_every_view_is_shown_in_every_language(filled: Filled, kind: str, locale: str) -> None:
    assert get("/attention", {"kind": kind, "locale": locale}).status_code == 200
