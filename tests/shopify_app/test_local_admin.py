"""The pretended admin: for this machine and for demos only, and for shops that are there."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from pytest_django import Settings

from shopify_app.models import Shop
from tests.shopify_app.conftest import OTHER, SHOP, bearer, make_token


@pytest.fixture
def local(settings: Settings) -> None:
    settings.SHOPIFY_UI, settings.LEJAR_ALLOW_LOOPBACK = "local", True


def admin(shop: str = SHOP, **query: str) -> Any:
    return Client().get("/local/admin", {"shop": shop, **query})


def framed(answer: Any) -> Any:
    (address,) = re.findall(r'<iframe [^>]*src="([^"]*)"', answer.content.decode())
    return urlsplit(unescape(address))


def test_it_frames_a_page_as_the_admin_does(local: None, shop: Shop) -> None:
    answer = admin(path="/documents?state=posted", locale="zh-CN")

    address = framed(answer)
    query = parse_qs(address.query)
    assert address.path == "/documents"
    assert query["state"] == ["posted"]
    assert (query["shop"], query["locale"], query["embedded"]) == ([SHOP], ["zh-hans"], ["1"])
    assert query["host"]
    assert answer["Content-Security-Policy"].startswith("frame-ancestors 'none';")


def test_it_offers_the_shops_that_are_installed(local: None, shop: Shop, other: Shop) -> None:
    Shop.objects.filter(pk=other.pk).update(state=Shop.State.UNINSTALLED)

    page = admin().content.decode()

    assert f'<option value="{SHOP}" selected>' in page
    assert OTHER not in page


@pytest.mark.parametrize(
    "path", ["//evil.test/", "https://evil.test/", "javascript:a()", "/\\evil"]
)
def test_it_frames_nothing_but_pages_of_ours(local: None, shop: Shop, path: str) -> None:
    assert admin(path=path).status_code == 404


@pytest.mark.parametrize("domain", [OTHER, "evil.test", ""])
def test_it_has_no_page_for_a_shop_that_is_not_there(local: None, shop: Shop, domain: str) -> None:
    assert admin(domain).status_code == 404


@pytest.mark.parametrize(
    ("ui", "loopback", "more"),
    [
        ("cdn", True, {}),
        ("local", False, {}),
        ("local", True, {"REMOTE_ADDR": "10.0.0.7"}),
        ("local", True, {"headers": {"X-Forwarded-For": "10.0.0.7"}}),
    ],
)
def test_it_is_for_this_machine_and_for_demos_only(
    settings: Settings, shop: Shop, ui: str, loopback: bool, more: dict[str, Any]
) -> None:
    settings.SHOPIFY_UI, settings.LEJAR_ALLOW_LOOPBACK = ui, loopback

    assert Client().get("/local/admin", {"shop": SHOP}, **more).status_code == 404


@pytest.mark.parametrize(
    ("ui", "loopback", "framers"),
    [("local", True, " 'self'"), ("local", False, ""), ("cdn", True, "")],
)
def test_only_there_may_a_page_be_framed_by_our_own(
    settings: Settings, shop: Shop, ui: str, loopback: bool, framers: str
) -> None:
    settings.SHOPIFY_UI, settings.LEJAR_ALLOW_LOOPBACK = ui, loopback

    answer = Client(headers=bearer(make_token())).get("/documents")

    policy = f"frame-ancestors https://{SHOP} https://admin.shopify.com{framers};"
    assert answer["Content-Security-Policy"].startswith(policy)


def test_it_opens_the_home_page_unless_another_is_asked_for(local: None, shop: Shop) -> None:
    assert framed(admin()).path == "/"


def test_the_shop_that_came_last_is_offered_first_by_its_short_name(
    local: None, shop: Shop, other: Shop
) -> None:
    page = admin().content.decode()

    assert page.index(f'<option value="{OTHER}"') < page.index(f'<option value="{SHOP}"')
    assert f">{SHOP.removesuffix('.myshopify.com')}</option>" in page
