"""A merchant's click path in a real Chromium: the bounce, a link, and the way back."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.axe import violations
from tests.browser.conftest import SHOP
from tests.shopify_app.filled import Filled

PHONE = ViewportSize(width=390, height=900)


def test_a_merchant_goes_from_the_list_to_a_document_and_back(filled: Filled, page: Page) -> None:
    page.goto(f"/documents?shop={SHOP}&locale=en")  # without a token: it bounces
    expect(page.get_by_role("link", name="KR-1001-P1", exact=True)).to_be_visible()

    page.get_by_role("link", name="KR-1001", exact=True).click()
    expect(page.get_by_text("Kopi gunung", exact=True)).to_be_visible()
    page.go_back()

    expect(page.get_by_text("See what needs you, and why")).to_be_visible()
    assert page.evaluate("document.cookie") == ""


def test_what_needs_the_merchant_is_one_click_away_in_the_own_language(
    filled: Filled, page: Page
) -> None:
    page.goto(f"/documents?shop={SHOP}&locale=ms")

    page.get_by_role("link", name="Perlu tindakan anda", exact=True).click()

    expect(page.get_by_text("Satu produk tiada akaun")).to_be_visible()
    headings = page.get_by_role("heading").evaluate_all(
        "all => all.map(({localName}) => localName)"
    )
    assert headings[0] == "h1"
    assert headings.count("h1") == 1
    assert page.evaluate("document.documentElement.lang") == "ms"


def test_an_order_and_why_its_documents_are_as_they_are_fit_a_phone(
    filled: Filled, page: Page
) -> None:
    page.set_viewport_size(PHONE)
    page.goto(f"/orders?shop={SHOP}&locale=en")
    expect(page.get_by_text("The customer has a credit")).to_be_visible()

    for link, shown in (
        ("#1001", "Pay it back in Shopify"),
        ("KR-1001", "From line item 41: 2 x 45.00 = 90.00"),
    ):
        page.get_by_role("link", name=link, exact=True).first.click()
        expect(page.get_by_text(shown).first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", ["/documents", "/attention", "/kit/everything", "/kit/list"])
def test_pages_are_accessible(filled: Filled, page: Page, path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{path}?shop={SHOP}&locale=en")
    expect(page.get_by_role("heading", level=1)).to_be_visible()

    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
