"""The home page: the guide of a fresh shop, then what is posted, waits and needs somebody."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from accounting import overview
from accounting.models import Audit, Book, Document, Order, RoleMapping, Store, TieDay
from shopify_app.install import uninstall
from shopify_app.models import Delivery, Shop
from tests.shopify_app.conftest import SHOP, make_token
from tests.shopify_app.filled import Filled, fill

from .test_documents import get, hrefs, text


@pytest.fixture
def today() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def filled(shop: Shop, today: datetime) -> Filled:
    """A shop whose book has a key, and which has sold something today."""
    found = fill(shop, today)
    TieDay.objects.all().delete()
    sell("107.20", "107.20")
    Book.objects.update(sealed_credentials=b"sealed")
    return found


def sell(shop: str, books: str) -> None:
    """What was sold today, by the clock of the shop, and what the books have of it."""
    store = Store.objects.get(name=SHOP)
    TieDay.objects.create(
        store=store,
        date=datetime.now(ZoneInfo(store.time_zone)).date(),
        view="sales",
        currency="MYR",
        shopify=Decimal(shop),
        documents=Decimal(shop),
        books=Decimal(books),
    )


def copies(filled: Filled, count: int, **changes: Any) -> None:
    first = filled.rows[0]
    values = {field.attname: getattr(first, field.attname) for field in first._meta.fields}
    Document.objects.bulk_create(
        Document(
            **values | {"id": None, "number": f"KR-{n}", "source_id": n, "order": None} | changes
            | {"order_id": first.order_id}
        )
        for n in range(20_000, 20_000 + count)
    )  # fmt: skip


# --- the guide


def test_a_fresh_shop_sees_the_guide_and_no_figures(shop: Shop) -> None:
    html = text(get("/"))

    assert "0 of 5 steps are done" in html
    assert "Connect your books" in html
    assert "In your books" not in html
    assert "<svg" not in html


def test_the_first_step_to_do_is_the_one_action(shop: Shop) -> None:
    html = text(get("/"))

    assert html.count('variant="primary" href') == 1
    assert re.search(r'variant="primary" href="/connection\?[^>]*>Connect your books<', html)


def test_every_step_leads_to_where_it_is_done(shop: Shop) -> None:
    links = {href.split("?")[0] for href in hrefs(get("/"))}

    assert links >= {
        "/connection",
        "/settings",
        "/mapping/taxes",
        "/mapping/gateways",
        "/mapping/products",
        "/mapping/accounts",
        "/documents",
    }


def test_an_order_held_for_a_mapping_says_which_in_the_guide(filled: Filled) -> None:
    Document.objects.filter(state="posted").update(state="queued")

    html = text(get("/"))

    assert "Set-up guide" in html
    assert "4 of 5 steps are done" in html
    Store.objects.update(prefix="")
    filled.mapping.delete()
    html = text(get("/"))
    assert "Orders are held for these:" in html
    assert 'A product has no account: <s-text type="strong">KOPI</s-text>' in html


def test_a_shop_without_the_registration_for_tax_has_no_taxes_to_map(shop: Shop) -> None:
    before = overview.set_up(shop.store_id)
    Store.objects.update(tax_registered=False)

    html = text(get("/"))

    assert not before.has_taxes
    assert re.search(r">Taxes</s-link>: done", html)


def test_the_guide_is_gone_when_the_first_document_is_in_the_books(filled: Filled) -> None:
    html = text(get("/"))

    assert "Set-up guide" not in html
    assert "In your books" in html


def test_an_account_that_no_order_needed_does_not_keep_the_guide(filled: Filled) -> None:
    RoleMapping.objects.all().delete()

    html = text(get("/"))

    assert "Set-up guide" not in html


def test_once_dismissed_it_never_comes_back(api: Client, shop: Shop) -> None:
    first = api.post("/api/v1/setup-guide/dismiss")
    again = api.post("/api/v1/setup-guide/dismiss")

    html = text(get("/"))
    assert first.status_code == again.status_code == 200
    assert first.json()["dismissed"] == again.json()["dismissed"] is not None
    assert "Set-up guide" not in html
    assert "The next paid order becomes documents by itself." in html
    (noted,) = Audit.objects.filter(action="set-up guide dismissed")
    assert noted.who == "staff 42"


def test_the_guide_is_read_by_tools_too(api: Client, filled: Filled) -> None:
    found = api.get("/api/v1/setup-guide").json()

    assert found["done"] is True
    assert [step["code"] for step in found["steps"]] == [
        "books",
        "check",
        "numbers",
        "mapping",
        "posted",
    ]
    assert [part["done"] for part in found["steps"][3]["parts"]] == [True] * 4


# --- the figures


def test_what_needs_somebody_leads_to_where_it_is_put_right(filled: Filled) -> None:
    html, links = text(get("/")), hrefs(get("/"))

    assert "Held orders: 1" in html
    assert "Refused by the books: 2" in html
    assert "Messages from Shopify that could not be used: 1" in html
    assert any(link.startswith("/attention") for link in links)
    assert any(link.startswith("/documents?state=rejected") for link in links)


def test_nothing_that_needs_anybody_is_said_too(filled: Filled) -> None:
    Order.objects.update(state="planned", problems=[])
    Document.objects.update(state="skipped")
    Delivery.objects.update(state="done")

    html = text(get("/"))

    assert "No order is held and no document was refused." in html
    assert "Nothing waits" in html


def test_what_waits_is_expected_by_the_pace_of_the_books(filled: Filled) -> None:
    at = datetime.now(UTC)
    copies(filled, 5)
    for n, row in enumerate(Document.objects.filter(state="posted")):
        Document.objects.filter(pk=row.pk).update(posted_at=at - timedelta(seconds=30 * n))
    Document.objects.filter(state="rejected").update(state="queued")

    html = text(get("/"))

    assert "Documents: 2" in html
    assert "In about 1 minute." in html


def test_what_waits_for_a_refused_document_is_promised_for_no_time(filled: Filled) -> None:
    copies(filled, 5)
    for n, row in enumerate(Document.objects.filter(state="posted")):
        at = datetime.now(UTC) - timedelta(seconds=n)
        Document.objects.filter(pk=row.pk).update(posted_at=at)
    first = Document.objects.filter(state="rejected").order_by("id")[0]
    Document.objects.filter(pk=first.pk).update(state="waiting")

    html = text(get("/"))

    assert "They follow a document of their order that needs you." in html
    assert "In less than a minute." not in html


def test_what_waits_for_books_that_are_silent_is_promised_for_no_time(filled: Filled) -> None:
    Document.objects.filter(state="rejected").update(state="queued")
    Book.objects.update(trouble_count=2, trouble="AcctBridge asks us to slow down.")

    html = text(get("/"))

    assert "Waiting for the books to come back." in html
    assert "No answer" in html
    assert "AcctBridge asks us to slow down." in html


def test_a_backlog_is_counted_only_so_far(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overview, "MOST", 3)
    monkeypatch.setattr("shopify_app.pages.home.MOST", 3)
    copies(filled, 9, state="queued", posted_at=None, receipt=None)

    assert "Documents: 3+" in text(get("/"))


@pytest.mark.parametrize(
    ("book", "store", "words"),
    [
        ({}, {}, "Documents go to your books as they are made."),
        ({"state": "paused"}, {}, "Resume when you are ready."),
        ({"state": "misconfigured", "state_reason": "The key ended."}, {}, "The key ended."),
        ({"state": "setup"}, {}, "Check the connection: Lejar then says what it found."),
        ({"state": "setup", "sealed_credentials": b""}, {}, "Lejar has forgotten the key"),
        ({}, {"paused_reason": "plan"}, "without an active plan nothing is sent"),
        ({}, {"sending": False}, "Shopify has closed this shop to Lejar"),
    ],
)
def test_how_the_connection_stands_is_said_in_words(
    filled: Filled, book: dict[str, Any], store: dict[str, Any], words: str
) -> None:
    Book.objects.update(**book or {"trouble": ""})
    Store.objects.update(**store or {"name": filled.order.store.name})

    assert words in text(get("/"))


def test_when_the_books_answered_last_is_said_in_the_time_of_the_shop(filled: Filled) -> None:
    Book.objects.update(answered_at=datetime(2026, 11, 22, 20, 30, tzinfo=UTC))

    assert "Last answer: 2026-11-23 04:30" in text(get("/"))


# --- the chart


def test_the_chart_says_its_figures_to_those_who_do_not_see_it(filled: Filled) -> None:
    html = text(get("/"))

    assert 'role="img" aria-labelledby="chart-title chart-figures"' in html
    assert '<title id="chart-title">Shop and books, last 30 days</title>' in html
    assert "The shop sold MYR 107.20; the books have MYR 107.20." in html
    assert html.count('<rect class="books" x="') == 31  # and the one of the key


def test_the_table_has_the_same_figures_and_their_sum(filled: Filled) -> None:
    TieDay.objects.update(books=Decimal("1234.50"))

    html = text(get("/"))

    table = html[html.index('<s-modal id="days-table"') :]
    assert table.count("<s-table-row>") == 31
    for figure in ("107.20", "1,234.50", "1,127.30"):
        assert table.count(f"<s-table-cell>{figure}</s-table-cell>") == 1
        assert f'<s-text type="strong">{figure}</s-text>' in table
    assert "Days that differ: 1." in html


def test_thirty_days_without_a_sale_say_so_in_place_of_a_chart(filled: Filled) -> None:
    TieDay.objects.update(date="2020-01-01")

    html = text(get("/"))

    assert "Nothing was sold in these days." in html
    assert '<svg class="chart"' not in html


# --- any visit


@pytest.mark.parametrize(
    ("language", "shown"),
    [("ms", ["Laman utama", "Pesanan yang ditahan: 1"]), ("zh-CN", ["首页", "暂缓的订单：1"])],
)
def test_it_speaks_the_language_of_the_staff(
    filled: Filled, language: str, shown: list[str]
) -> None:
    html = text(get("/", {"locale": language}))

    assert all(words in html for words in shown)


def test_a_shop_that_left_and_came_back_finds_its_home(filled: Filled, today: datetime) -> None:
    Shop.objects.update(seen_at=None)
    left = uninstall(SHOP, at=today - timedelta(minutes=1))

    html = text(get("/"))

    assert left
    assert "In your books" in html
    assert "Documents go to your books as they are made." in html


def test_it_costs_the_same_however_much_there_is(
    filled: Filled, django_assert_max_num_queries: Any
) -> None:
    copies(filled, 300, state="queued", posted_at=None, receipt=None)
    Store.objects.update(prefix="")  # the guide is shown, too

    with django_assert_max_num_queries(8):
        assert get("/").status_code == 200


def test_another_shop_sees_none_of_it(filled: Filled, other: Shop) -> None:
    html = text(get("/", {"shop": other.domain, "id_token": make_token(other.domain)}))

    assert "0 of 5 steps are done" in html
    assert "107.20" not in html
