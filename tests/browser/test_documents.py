"""A merchant's click path in a real Chromium: the bounce, a link, and the way back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from shopify_app.install import first_contact
from tests.browser.driver import CHROMEDRIVER, CHROMIUM, Browser, chromium
from tests.shopify_app.filled import Filled, fill

PHONE = 390  # pixels
SHOP = "kedai-rimba.myshopify.com"

pytestmark = pytest.mark.skipif(
    not (CHROMIUM and CHROMEDRIVER),
    reason="needs a browser: apt-get install chromium chromium-driver",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def filled(settings: Settings, live_server: LiveServer, now: datetime) -> Filled:
    settings.SHOPIFY_API_KEY = "0" * 32
    settings.SHOPIFY_API_SECRETS = ["fictional-secret-of-at-least-32-bytes"]
    settings.SHOPIFY_UI, settings.LEJAR_ALLOW_LOOPBACK = "local", True
    return fill(first_contact(SHOP, now=now), now)


def test_a_merchant_goes_from_the_list_to_a_document_and_back(
    filled: Filled, live_server: LiveServer, browser: Browser
) -> None:
    browser.open(f"{live_server.url}/documents?shop={SHOP}&locale=en")
    browser.wait_for("KR-1001-P1")  # after the bounce: the address has no token

    browser.click("KR-1001")
    browser.wait_for("Kopi gunung")
    browser.back()
    browser.wait_for("See what needs you, and why")

    assert browser.run("return document.cookie") == ""
    assert browser.complaints() == []


def test_what_needs_the_merchant_is_one_click_away_in_the_own_language(
    filled: Filled, live_server: LiveServer, browser: Browser
) -> None:
    browser.open(f"{live_server.url}/documents?shop={SHOP}&locale=ms")
    browser.wait_for("Dokumen")

    browser.click("Perlu tindakan anda")
    browser.wait_for("Satu produk tiada akaun")

    headings: Any = browser.run(
        "return [...document.querySelectorAll('h1, h2')].map((heading) => heading.localName)"
    )
    assert headings[0] == "h1"
    assert headings.count("h1") == 1
    assert browser.run("return document.documentElement.lang") == "ms"
    assert browser.complaints() == []


@pytest.fixture
def phone(browser: Browser) -> Iterator[Browser]:
    browser.resize(PHONE)
    yield browser
    browser.resize_back()


def test_an_order_and_why_its_documents_are_as_they_are_fit_a_phone(
    filled: Filled, live_server: LiveServer, phone: Browser
) -> None:
    phone.open(f"{live_server.url}/orders?shop={SHOP}&locale=en")
    phone.wait_for("The customer has a credit")

    for link, shown in (
        ("#1001", "Pay it back in Shopify"),
        ("KR-1001", "From line item 41: 2 x 45.00 = 90.00"),
    ):
        phone.click(link)
        phone.wait_for(shown)
        assert phone.run("return document.documentElement.scrollWidth") <= PHONE

    assert phone.complaints() == []
