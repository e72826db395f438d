"""What a merchant is told on every page: one banner, the worst first."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from shopify_app import install
from shopify_app.install import first_contact
from shopify_app.models import OfflineToken, Shop
from shopify_app.notices import ONE, TONES, notices
from shopify_app.scopes import missing, written
from tests.shopify_app.conftest import SHOP, bearer, give_token, make_token
from tests.shopify_app.filled import fill
from tests.shopify_app.pages.lint import banners

TEMPLATES = Path(__file__).parents[2] / "templates"
INCLUDED = re.compile(r'{% include "([^"]+)"')
PAGES = ("/", "/documents", "/orders", "/attention", "/documents/{}", "/orders/{}")
MISSING = ("/documents/987654", "/orders/987654")


def page(where: str, locale: str = "en") -> str:
    answer = Client().get(where, {"shop": SHOP, "id_token": make_token(), "locale": locale})
    return answer.content.decode()


def reload() -> Shop:
    shop = install.known(SHOP)
    assert shop is not None
    return shop


def trouble(now: datetime) -> Shop:
    """A shop that everything is to be said of that can be said at once."""
    shop = first_contact(SHOP, now=now)
    soon = datetime.now(UTC) + timedelta(hours=1)
    give_token(shop, now, reconnect_since=now, again_at=soon)
    Shop.objects.update(scopes="read_products")
    install.unavailable(shop, now=now)
    return reload()


def test_a_sound_shop_is_told_nothing(shop: Shop, now: datetime) -> None:
    assert notices(reload(), now=now) == []


def test_a_shop_before_its_first_exchange_is_told_nothing(db: None, now: datetime) -> None:
    assert notices(first_contact(SHOP, now=now), now=now) == []


def test_the_worst_is_said_first_and_everything_is_said(db: None, now: datetime) -> None:
    said = notices(trouble(now), now=now)

    assert [notice.code for notice in said] == [
        "shop_unavailable",
        "reconnect",
        "approve_permissions",
    ]
    assert {notice.tone for notice in said} <= set(TONES)
    assert len(ONE) == 4


def test_a_pair_that_died_by_the_calendar_means_reconnecting(db: None, now: datetime) -> None:
    give_token(first_contact(SHOP, now=now), now)

    assert notices(reload(), now=now + timedelta(days=89)) == []
    assert [n.code for n in notices(reload(), now=now + timedelta(days=90))] == ["reconnect"]


def test_every_page_says_it_in_one_banner(db: None, now: datetime) -> None:
    filled = fill(trouble(now), now)
    first, order = filled.rows[1].pk, filled.order.pk
    wheres = [where.format(order if "orders" in where else first) for where in PAGES]

    for where in (*wheres, *MISSING):
        html = page(where)

        assert len(banners(html)) == 1, where
        assert html.count("Shopify says that this shop is closed") == 1, where
        assert "Lejar lacks permissions" in html, where


def test_what_a_page_has_to_say_itself_stands_in_the_same_banner(shop: Shop, now: datetime) -> None:
    filled = fill(shop, now)
    where = f"/documents/{filled.rows[1].pk}"
    alone = page(where)
    install.unavailable(shop, now=now)

    together = page(where)

    assert 'heading="Refused by the books"' in alone
    assert len(banners(together)) == 1
    assert "Refused by the books" in together
    assert "Payment method does not exist" in together


def included(found: re.Match[str]) -> str:
    return (TEMPLATES / found[1]).read_text(encoding="utf-8")


def test_every_template_of_a_page_has_the_banner() -> None:
    pages = [p for p in TEMPLATES.rglob("*.html") if "<s-page" in p.read_text(encoding="utf-8")]

    assert len(pages) >= 7
    for template in pages:
        source = INCLUDED.sub(included, template.read_text(encoding="utf-8"))
        assert "{% notice_banner" in source, template
        assert "<s-banner" not in source, template


def test_the_summary_says_it_in_the_readers_language(db: None, now: datetime) -> None:
    trouble(now)
    headers = {**bearer(make_token()), "Accept-Language": "ms"}

    told: list[dict[str, Any]] = Client().get("/api/v1/summary", headers=headers).json()["notices"]

    assert [notice["code"] for notice in told][:1] == ["shop_unavailable"]
    assert told[0].keys() == {"code", "tone", "title", "text", "next_step", "link"}
    assert "Shopify says" not in told[0]["title"]


def test_a_banner_is_safe_whatever_a_scope_is_called(shop: Shop) -> None:
    OfflineToken.objects.update(scopes="<b>")
    Shop.objects.update(scopes="<b>")

    assert not re.search("<b>", page("/"))


@pytest.mark.parametrize(
    ("granted", "lacking"),
    [
        ("read_orders,read_products", []),
        ("write_orders,read_products,read_themes", []),
        ("read_orders", ["read_products"]),
        ("", ["read_orders", "read_products"]),
        ("customer_read_orders,read_products", ["read_orders"]),
        ("read_all_orders,read_products", ["read_orders"]),
    ],
)
def test_scopes_cover_each_other_as_shopify_says(granted: str, lacking: list[str]) -> None:
    assert missing(granted) == lacking


def test_scopes_are_stored_in_one_way() -> None:
    assert written([" read_products", "read_orders", "", "read_orders "]) == (
        "read_orders,read_products"
    )
