"""The save bar without a mouse: Tab reaches it, Enter works it, and the focus is never lost."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from accounting.models import Store
from tests.browser.conftest import SHOP
from tests.browser.test_forms import opened, save_bar
from tests.browser.urls import Stage
from tests.shopify_app.filled import Filled

MOST_TABS = 80
HAS_FOCUS = "element => element.matches(':focus')"


def tab_to(page: Page, wanted: Locator) -> None:
    """By Tab alone, round the end of the page if need be."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if wanted.evaluate(HAS_FOCUS):
            return
    raise AssertionError(f"Tab does not reach {wanted}")


def type_over(page: Page, field: Locator, text: str) -> None:
    tab_to(page, field)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(text)


def test_settings_are_changed_and_saved_by_keyboard(filled: Filled, page: Page) -> None:
    page.goto(f"/settings?shop={SHOP}&locale=en&embedded=1")
    prefix = page.get_by_label("Prefix of document numbers")
    type_over(page, prefix, "KEY")

    tab_to(page, save_bar(page).get_by_role("button", name="Save"))
    page.keyboard.press("Enter")

    expect(page.get_by_text("Settings saved")).to_be_visible()
    expect(save_bar(page)).to_have_count(0)
    expect(prefix).to_be_focused()
    expect(prefix).to_have_value("KEY")
    assert Store.objects.get(pk=filled.order.store_id).prefix == "KEY"


def test_what_was_typed_is_discarded_by_keyboard_after_asking(kit: Stage, page: Page) -> None:
    kit.values["asks"] = True
    prefix = opened(page).get_by_label("Prefix")
    type_over(page, prefix, "KX")
    discard = save_bar(page).get_by_role("button", name="Discard")
    tab_to(page, discard)

    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Continue editing")).to_be_focused()
    page.keyboard.press("Escape")
    expect(discard).to_be_focused()
    expect(prefix).to_have_value("KX")
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("dialog").get_by_role("button", name="Discard"))
    page.keyboard.press("Enter")

    expect(prefix).to_have_value("KR")
    expect(save_bar(page)).to_have_count(0)
    expect(prefix).to_be_focused()
    assert kit.heard == []


def test_leaving_what_was_typed_by_keyboard_asks_first(kit: Stage, page: Page) -> None:
    prefix = opened(page).get_by_label("Prefix")
    type_over(page, prefix, "KX")
    link = page.get_by_role("link", name="List")
    tab_to(page, link)

    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Stay")).to_be_focused()
    page.keyboard.press("Escape")
    expect(link).to_be_focused()
    expect(prefix).to_have_value("KX")
    expect(save_bar(page)).to_be_visible()
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="Leave page"))
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1, name="List")).to_be_visible()
    expect(page.get_by_role("main")).to_be_focused()
    expect(save_bar(page)).to_have_count(0)
