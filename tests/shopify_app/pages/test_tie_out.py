"""The pages of the tie-out: a month, a day, and the statement."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounting.models import TieDay, TieDifference, TieDue
from shopify_app.models import Shop
from tests.shopify_app.filled import Filled, fill

from .test_documents import get, text

DAY = "/tie-out/2026-11-20"
MOST_STATEMENTS = 8


@pytest.fixture
def filled(shop: Shop, now: datetime) -> Filled:
    return fill(shop, now)


def differ(filled: Filled, count: int, **changes: object) -> None:
    values = {
        "store": filled.order.store,
        "order": filled.order,
        "date": date(2026, 11, 20),
        "view": "sales",
        "currency": "MYR",
        "side": "documents",
        "reason": "unexplained",
        "wrong": True,
        "amount": Decimal("-0.01"),
    } | changes
    TieDifference.objects.bulk_create(TieDifference(**values) for _ in range(count))


def test_a_month_has_a_row_for_every_day_with_its_status(filled: Filled) -> None:
    html = text(get("/tie-out", {"month": "2026-11"}))

    assert html.count("/tie-out/2026-11-") == 30
    assert "MYR 107.20" in html
    assert ">Explained</s-badge>" in html
    assert "Refused by the books" in html


def test_a_month_without_figures_says_so_and_any_month_can_be_asked_for(filled: Filled) -> None:
    assert "There are no figures for this month." in text(get("/tie-out", {"month": "2020-02"}))
    assert get("/tie-out", {"month": "nonsense"}).status_code == 200
    assert get("/tie-out", {"month": "2026-13"}).status_code == 200


def test_a_wrong_figure_is_red_on_its_day(filled: Filled) -> None:
    TieDay.objects.update(wrong=1, books_wrong=Decimal("-0.01"))

    html = text(get("/tie-out", {"month": "2026-11"}))

    assert '<s-badge tone="critical">Differs</s-badge>' in html
    assert '<s-text tone="critical">MYR -0.01</s-text>' in html


def test_figures_that_do_not_add_up_to_their_reasons_are_red(filled: Filled) -> None:
    TieDay.objects.update(shopify=Decimal("107.21"))

    assert "Differs" in text(get("/tie-out", {"month": "2026-11"}))


def test_a_day_leads_to_the_order_of_a_difference_with_its_reason(filled: Filled) -> None:
    html = text(get(DAY))

    assert f'href="/orders/{filled.order.order_id}?' in html
    assert "iPay88" in html
    assert "Refused by the books" in html
    assert "Open the document, fix the cause, then retry it." in html


def test_a_day_without_differences_says_so(filled: Filled) -> None:
    TieDifference.objects.all().delete()

    assert "None: every order agrees to the sen." in text(get(DAY))
    assert "Nothing was sold, paid or refunded on this day." in text(get("/tie-out/2026-11-21"))
    assert get("/tie-out/2026-02-30").status_code == 404


def test_the_differences_of_a_day_come_page_by_page(filled: Filled) -> None:
    differ(filled, 60)

    first = text(get(DAY))
    after = first.split("after=")[1].split('"')[0].split("&")[0]

    assert first.count("/orders/") == 50
    assert text(get(DAY, {"after": after})).count("/orders/") == 11


def test_pages_say_while_they_are_being_counted(filled: Filled) -> None:
    TieDue.objects.create(store=filled.order.store, order=filled.order)

    for address in ("/tie-out?month=2026-11", DAY, "/tie-out/statement?month=2026-11"):
        where, _, month = address.partition("?month=")
        html = text(get(where, {"month": month}))

        assert "The figures are still being counted" in html
    assert "disabled" in html


def test_the_statement_shows_what_was_approved_and_what_has_changed(filled: Filled) -> None:
    html = text(get("/tie-out/statement", {"month": "2026-11"}))

    assert "Approved by staff " in html
    assert "Changed since" in html
    assert "Payments and refunds iPay88 MYR books" in html
    assert "Approve these figures" in html
    assert "KR-1001" in html


def test_a_month_nobody_approved_says_so(filled: Filled) -> None:
    html = text(get("/tie-out/statement", {"month": "2026-10"}))

    assert "Nobody has approved these figures yet." in html
    assert "There are no figures for this month." in html


@pytest.mark.parametrize("language", ["en", "ms", "zh-Hans"])
@pytest.mark.parametrize("address", ["/tie-out", DAY, "/tie-out/statement"])
def test_a_page_takes_few_statements_whatever_there_is(
    address: str, language: str, filled: Filled
) -> None:
    differ(filled, 40)
    get(address, {"month": "2026-11"})

    with CaptureQueriesContext(connection) as captured:
        get(address, {"month": "2026-11", "locale": language})

    assert len(captured.captured_queries) <= MOST_STATEMENTS + 1  # the session is an insert more
