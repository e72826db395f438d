"""The products table by keyboard alone: change a code, map a vendor, many at once, a suggestion."""

from __future__ import annotations

from datetime import datetime

import pytest
from playwright.sync_api import Page, expect

from accounting import catalogue
from accounting.models import ItemMapping, Variant
from shopify_app.models import ProductReading
from tests.accounting.test_catalogue import make_told
from tests.shopify_app.filled import Filled

ADDRESS = "/mapping/products?shop=kedai-rimba.myshopify.com&embedded=1"


@pytest.fixture
def sold(filled: Filled, now: datetime) -> Filled:
    told = [make_told(number, variant_title="500 g") for number in range(1, 6)]
    catalogue.tell(store_id=filled.order.store_id, told=told, reading=1)
    Variant.objects.filter(variant_id=9005).update(
        suggested_by="vendor", suggested_account="4000-500"
    )
    ProductReading.objects.update(state="finished")
    return filled


def mapped() -> list[tuple[str, str, str]]:
    rows = ItemMapping.objects.exclude(value="sku").order_by("match", "value")
    return list(rows.values_list("match", "value", "account"))


def test_a_code_is_typed_row_by_row_and_saved_at_once(page: Page, sold: Filled) -> None:
    page.goto(ADDRESS)
    account = page.get_by_label("Account: Kopi 1 500 g", exact=True)
    account.focus()

    page.keyboard.type("4000-100")
    page.keyboard.press("ArrowDown")
    page.keyboard.type("4000-200")
    page.get_by_label("The code is for: Kopi 2 500 g", exact=True).select_option("vendor")
    page.get_by_role("button", name="Save", exact=True).first.click()

    expect(page.get_by_text("from vendor Kilang Kopi").first).to_be_visible()
    assert ("variant", "9001", "4000-100") in mapped()
    assert ("vendor", "kilang kopi", "4000-200") in mapped()


def test_picked_products_get_one_code_from_the_keyboard(page: Page, sold: Filled) -> None:
    page.goto(ADDRESS)
    for number in (3, 4):
        page.get_by_label(f"Pick Kopi {number} 500 g").focus()
        page.keyboard.press("Space")
    page.get_by_role("button", name="Code for the picked").focus()
    page.keyboard.press("Enter")
    field = page.locator("#map-picked").get_by_label("Account", exact=True)
    field.focus()
    page.keyboard.type("4000-300")
    page.keyboard.press("Enter")

    expect(page.get_by_text("Own code").nth(1)).to_be_visible()
    assert [row for row in mapped() if row[2] == "4000-300"] == [
        ("variant", "9003", "4000-300"),
        ("variant", "9004", "4000-300"),
    ]


def test_a_suggestion_is_accepted_where_it_stands(page: Page, sold: Filled) -> None:
    page.goto(ADDRESS)
    page.get_by_role("button", name="Accept the suggestion for Kopi 5 500 g").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_text("Own code").first).to_be_visible()
    assert ("variant", "9005", "4000-500") in mapped()


def test_a_code_that_cannot_be_is_refused_beside_its_field(
    page: Page, sold: Filled, complaints: list[str]
) -> None:
    page.goto(ADDRESS)
    page.get_by_label("Item code: Kopi 1 500 g", exact=True).fill("K1")
    page.get_by_role("button", name="Save", exact=True).first.click()

    expect(page.get_by_text("This field may not be blank.")).to_be_visible()
    assert not ItemMapping.objects.filter(item_code="K1").exists()
    complaints.clear()  # the browser logs the refusal
