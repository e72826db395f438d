"""The mapping pages in a real Chromium: by keyboard, suggestions, refusals, dry run, files."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounting import mapping_import, mapping_preview
from accounting.models import (
    Code,
    CodeList,
    GatewayMapping,
    MappingImport,
    MappingPreview,
    Order,
    RoleMapping,
    SeenGateway,
    SeenTax,
    TaxMapping,
)
from tests.browser.axe import violations
from tests.browser.conftest import SHOP
from tests.shopify_app.filled import Filled

TABLES = ("taxes", "gateways", "accounts", "projects", "customers")
PAGES = ("/mapping", *(f"/mapping/{name}" for name in TABLES), "/mapping/import")
SHOTS = os.environ.get("LEJAR_SHOTS", "")


def shoot(page: Page, name: str) -> None:
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def open_(page: Page, path: str, **more: str) -> None:
    query = "".join(f"&{name}={value}" for name, value in more.items())
    page.goto(f"{path}?shop={SHOP}&locale={more.get('locale', 'en')}{query}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).press("Enter")
    expect(page.get_by_text("Saved. Held orders are planned again.")).to_be_visible()
    page.wait_for_load_state("networkidle")


@pytest.fixture
def busy(filled: Filled) -> Filled:
    """Orders that wait for a tax and a gateway, and books whose codes are known."""
    store = filled.order.store
    book = store.book
    assert book is not None
    now = datetime.now(UTC)
    codes: dict[str, list[tuple[str, str, dict[str, str]]]] = {
        "tax_codes": [("SV-8", "Service tax 8%", {"rate": "8%"}), ("SV-6", "Service tax", {})],
        "accounts": [("500-000", "Sales", {}), ("530-000", "Postage charged", {})],
        "payment_methods": [("GRAB", "GrabPay wallet", {}), ("IPAY", "iPay88", {})],
    }
    for name, several in codes.items():
        listed = CodeList.objects.create(
            book=book, name=name, generation=1, count=len(several), read_at=now
        )
        Code.objects.bulk_create(
            Code(
                list=listed,
                generation=1,
                key=code.casefold(),
                name_key=words.casefold(),
                code=code,
                name=words,
                detail=detail,
            )
            for code, words, detail in several
        )
    SeenTax.objects.create(
        store=store, title="service tax", rate=Decimal("0.08"), shown="Service Tax", seen_at=now
    )
    for brand in ("visa", "mastercard"):
        SeenGateway.objects.create(
            store=store, gateway="grabpay", card_brand=brand, shown="GrabPay", seen_at=now
        )
    problems = [
        {"code": "UNMAPPED_GATEWAY", "subject": "GrabPay", "message": "x", "terms": []},
        {"code": "UNMAPPED_ACCOUNT", "subject": "tips", "message": "x", "terms": []},
    ]
    Order.objects.create(
        store=store, order_id=77, name="#77", state="held", facts_at=now, problems=problems
    )
    for at in range(12):
        TaxMapping.objects.create(
            store=store, title=f"tax {at:02}", rate=Decimal("0.1"), code=f"T-{at:02}"
        )
    return filled


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_fits_and_is_accessible(busy: Filled, page: Page, path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    open_(page, path)
    shoot(page, f"full{path.replace('/', '-')}-{width}")

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert violations(page) == []


def test_a_table_is_worked_through_by_keyboard_alone(busy: Filled, page: Page) -> None:
    open_(page, "/mapping/taxes")
    first = page.get_by_label("Tax code: Service Tax")
    first.focus()
    page.keyboard.type("sv")
    expect(page.get_by_role("button", name="SV-8 · Service tax 8%")).to_be_visible()
    shoot(page, "offer")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(first).to_have_value("SV-8")
    expect(first).to_be_focused()

    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Tax code: tax 00 10 % No")).to_be_focused()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("WRONG")
    page.keyboard.press("Escape")
    expect(page.get_by_label("Tax code: tax 00 10 % No")).to_have_value("T-00")
    shoot(page, "dirty")
    save(page)

    expect(page.get_by_role("button", name="Take SV-8")).to_have_count(0)
    assert TaxMapping.objects.get(title="service tax").code == "SV-8"
    assert TaxMapping.objects.get(title="tax 00").code == "T-00"


def test_suggestions_are_taken_all_at_once(busy: Filled, page: Page) -> None:
    open_(page, "/mapping/gateways")
    expect(page.get_by_text("Seen with these cards: mastercard, visa.")).to_be_visible()

    page.get_by_role("button", name="Take all suggestions").click()
    save(page)

    expect(page.get_by_role("button", name="Take all suggestions")).to_have_count(0)
    assert GatewayMapping.objects.get(gateway="grabpay").account == "GRAB"


def test_a_refusal_stands_at_its_cell_and_the_rest_is_not_lost(
    busy: Filled, page: Page, complaints: list[str]
) -> None:
    open_(page, "/mapping/accounts")
    page.get_by_label("Account: Tips").fill("5" * 30)
    page.get_by_label("Account: Discounts").fill("540-000")
    page.get_by_role("button", name="Save", exact=True).click()

    tips = page.get_by_label("Account: Tips")
    expect(tips).to_have_attribute("aria-invalid", "true")
    expect(tips).to_be_focused()
    expect(page.get_by_label("Account: Discounts")).to_have_value("540-000")
    shoot(page, "refused")
    complaints.clear()  # the browser notes every 400
    assert not RoleMapping.objects.filter(role__in=("tips", "discount")).exists()


def test_rows_are_added_removed_and_brought_back(busy: Filled, page: Page) -> None:
    open_(page, "/mapping/projects")
    page.get_by_role("button", name="Add a row").click()
    page.get_by_label("Location id or sales channel", exact=True).fill("77")
    page.get_by_label("Project", exact=True).fill("PUCHONG")
    shoot(page, "added")
    save(page)
    expect(page.get_by_label("Project: Location 77")).to_be_visible()

    page.get_by_role("button", name="Remove Location 77").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    shoot(page, "removed")
    page.get_by_role("button", name="Discard", exact=True).click()
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    page.get_by_role("button", name="Remove Location 77").click()
    save(page)

    expect(page.get_by_label("Project: Location 77")).to_have_count(0)


def test_picked_rows_get_one_code(busy: Filled, page: Page) -> None:
    open_(page, "/mapping/taxes", q="tax 0")
    page.get_by_label("Pick tax 01 10 % No").check()
    page.get_by_label("Pick tax 02 10 % No").check()
    expect(page.get_by_role("button", name="Save", exact=True)).to_have_count(0)
    page.get_by_label("Tax code for the picked rows").fill("ZZ")
    page.get_by_role("button", name="Fill in").click()
    shoot(page, "picked")
    save(page)

    expect(page.get_by_label("Tax code: tax 01 10 % No")).to_have_value("ZZ")
    expect(page.get_by_role("button", name="Save", exact=True)).to_have_count(0)
    assert TaxMapping.objects.filter(code="ZZ").count() == 2


def test_what_would_change_is_shown_beside_the_changes(busy: Filled, page: Page) -> None:
    open_(page, "/mapping/taxes")
    page.get_by_label("Tax code: tax 00 10 % No").fill("NEW")
    page.get_by_role("button", name="What would change?").click()
    expect(page.get_by_text("You can save without waiting for this.")).to_be_visible()

    mapping_preview.go_on(clock=timezone.now)

    expect(page.get_by_text("No document that is made already")).to_be_visible()
    expect(page.get_by_label("Tax code: tax 00 10 % No")).to_have_value("NEW")
    shoot(page, "dry-run")
    assert MappingPreview.objects.latest("pk").state == "done"


def test_a_file_is_shown_before_it_is_saved(busy: Filled, page: Page) -> None:
    open_(page, "/mapping/import", what="roles")
    text = b"role,account\r\ntips,540-000\r\nshipping,530-NEW\r\n"
    page.locator("input[type=file]").set_input_files(
        {"name": "accounts.csv", "mimeType": "text/csv", "buffer": text}
    )
    page.get_by_role("button", name="Show what it changes").click()
    expect(page.get_by_text("Nothing is saved yet.")).to_be_visible()
    mapping_import.go_on(clock=timezone.now)
    expect(page.get_by_text("Added: 1")).to_be_visible()
    shoot(page, "import")
    page.get_by_role("button", name="Save these changes").click()
    expect(page.get_by_text("The changes are being saved")).to_be_visible()
    mapping_import.go_on(clock=timezone.now)

    expect(page.get_by_text("The changes were saved")).to_be_visible()
    assert MappingImport.objects.latest("pk").state == "applied"
    assert RoleMapping.objects.get(role="tips").account == "540-000"
