"""Connecting the books and looking at the home page, in a real Chromium."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from accounting.models import Book, BookDifference, TieDay
from tests.browser.axe import violations
from tests.browser.conftest import SHOP
from tests.shopify_app.filled import SEAL_KEYS, Filled

PHONE = ViewportSize(width=390, height=900)


@pytest.fixture(autouse=True)
def seal_keys(settings: Any) -> None:
    settings.LEJAR_SEAL_KEYS = SEAL_KEYS


def choose(page: Page, way: str) -> None:
    page.get_by_role("radio", name=way, exact=True).click()


def test_choosing_another_way_keeps_what_was_typed(
    filled: Filled, page: Page, complaints: list[str]
) -> None:
    page.goto(f"/connection?shop={SHOP}&locale=en&way=sql_account_api")
    page.get_by_label("Access key").fill("AK-fictional")

    choose(page, "AutoCount Cloud Accounting")
    expect(page.get_by_label("Access key")).to_be_hidden()
    expect(page.get_by_label("Account Book Id")).to_be_visible()
    choose(page, "SQL Account through its own API")

    expect(page.get_by_label("Access key")).to_have_value("AK-fictional")


def test_an_error_beside_a_field_that_was_folded_away_is_seen(
    filled: Filled, page: Page, complaints: list[str]
) -> None:
    page.goto(f"/connection?shop={SHOP}&locale=en&way=sql_account_api")
    page.get_by_label("Access key").fill("AK-fictional")
    page.get_by_label("Secret key").fill("SK-fictional")
    way = page.locator("#way-sql_account_api")
    expect(page.get_by_label("Item for goods without an item code")).to_be_hidden()
    way.get_by_role("button", name="Further settings").click()
    page.get_by_label("Item for goods without an item code").fill("")
    way.get_by_role("button", name="Further settings").click()

    way.get_by_role("button", name="Connect these books instead").click()

    expect(way.get_by_text("This field is required.")).to_be_visible()
    assert Book.objects.get().way == "acctbridge"
    complaints.clear()  # the console tells of every 400


def test_a_strangers_document_is_dismissed_and_brought_back(filled: Filled, page: Page) -> None:
    BookDifference.objects.update(dismissed_at=None)
    page.goto(f"/connection?shop={SHOP}&locale=en")

    page.get_by_role("button", name="Dismiss: KR-9000").click()
    page.get_by_label("Why it is all right").fill("Entered by hand")
    modal = page.locator(f"#dismiss-{filled.difference.pk}")
    modal.get_by_role("button", name="Dismiss", exact=True).click()
    expect(page.get_by_text("Dismissed: 1")).to_be_visible()
    page.get_by_text("Dismissed: 1").click()
    page.get_by_role("button", name="Undo: KR-9000").click()

    expect(page.get_by_text("Entered by hand")).to_have_count(0)
    filled.difference.refresh_from_db()
    assert filled.difference.dismissed_at is None


def test_the_chart_has_its_figures_in_a_table(filled: Filled, page: Page) -> None:
    store = filled.order.store
    today = datetime.now(ZoneInfo(store.time_zone)).date()
    TieDay.objects.create(
        store=store, date=today, view="sales", currency="MYR", shopify=9, documents=9, books=9
    )
    page.goto(f"/?shop={SHOP}&locale=en")
    expect(page.get_by_role("heading", name="Shop and books, last 30 days")).to_be_visible()
    page.get_by_role("button", name="Show as a table").click()

    expect(page.locator("#days-table s-table-row")).to_have_count(31)


@pytest.mark.parametrize("path", ["/", "/connection", "/connection?way=autocount_cloud"])
def test_they_fit_a_phone_and_a_screen_reader(filled: Filled, page: Page, path: str) -> None:
    page.set_viewport_size(PHONE)
    separator = "&" if "?" in path else "?"
    page.goto(f"{path}{separator}shop={SHOP}&locale=en")
    page.wait_for_selector("s-page")

    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert violations(page) == []
