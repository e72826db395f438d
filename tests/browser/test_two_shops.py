"""Two shops side by side: no page of one ever shows a word of the other, however it is come to.

Each shop has a canary in every field that a person could read.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from shopify_app.install import first_contact
from tests.browser.conftest import SHOP
from tests.shopify_app.filled import Filled, fill

HERE, THERE = "kedai-kenari.myshopify.com", "kedai-murai.myshopify.com"
WORDS = {HERE: "kenarikuning", THERE: "muraibatu"}
MENU = ("Documents", "Needs you", "Mapping", "Tie-out", "Import history", "Connection", "Settings")


@pytest.fixture
def both(filled: Filled, now: datetime) -> None:
    """Beside the shop of `filled`, whose settings they share."""
    assert SHOP not in WORDS
    for at, (domain, word) in enumerate(WORDS.items()):
        fill(first_contact(domain, now=now), now, canary=word, order_id=6001 + at)


@pytest.fixture
def desks(chromium: Browser, live_server: LiveServer, both: None) -> Iterator[dict[str, Page]]:
    contexts = [chromium.new_context(base_url=live_server.url, locale="en") for _ in WORDS]
    desks = {shop: each.new_page() for shop, each in zip(WORDS, contexts, strict=True)}
    for shop, page in desks.items():
        page.clock.install()
        page.goto(f"/local/admin?shop={shop}&locale=en&path=/")
    yield desks
    for context in contexts:
        context.close()


def at(page: Page, heading: str) -> None:
    app = page.frame_locator("#app")
    expect(app.get_by_role("heading", level=1, name=heading, exact=True)).to_be_visible()


def shows_only_its_own(page: Page, shop: str) -> None:
    (other,) = (word for each, word in WORDS.items() if each != shop)
    shown = page.frame_locator("#app").locator("html").evaluate("(html) => html.outerHTML")
    assert other not in shown.lower()


def test_neither_sees_the_other_on_any_page_of_the_menu(desks: dict[str, Page]) -> None:
    seen = dict.fromkeys(WORDS, 0)
    for entry in MENU:
        for shop, page in desks.items():
            page.get_by_role("link", name=entry, exact=True).click()
            at(page, entry)
            shows_only_its_own(page, shop)
            html = page.frame_locator("#app").locator("html").evaluate("(html) => html.outerHTML")
            seen[shop] += html.lower().count(WORDS[shop])

    assert all(seen.values())  # the canaries are where they can be seen


def test_neither_sees_the_other_by_going_back_or_by_a_live_page(desks: dict[str, Page]) -> None:
    for shop, page in desks.items():
        for entry in ("Documents", "Needs you"):
            page.get_by_role("link", name=entry, exact=True).click()
            at(page, entry)
        page.go_back()
        at(page, "Documents")
        shows_only_its_own(page, shop)
        page.go_forward()
        at(page, "Needs you")

    for shop, page in desks.items():
        with page.expect_response("**/attention?**"):
            page.clock.fast_forward(15_000)
        at(page, "Needs you")
        shows_only_its_own(page, shop)


def test_another_shop_chosen_in_the_admin_leaves_nothing_of_the_first(
    desks: dict[str, Page],
) -> None:
    page = desks[HERE]
    page.get_by_role("link", name="Needs you", exact=True).click()
    at(page, "Needs you")

    page.get_by_role("combobox", name="Shop").select_option(THERE)

    at(page, "Documents")
    shows_only_its_own(page, THERE)
    page.go_back()
    at(page, "Needs you")
    shows_only_its_own(page, HERE)
