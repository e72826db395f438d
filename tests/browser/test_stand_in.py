"""The local App Bridge has what Lejar uses of the real one and no more; the pretended admin."""

from __future__ import annotations

import pytest
from playwright.sync_api import Error, Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import SHOP, find_chromium
from tests.browser.test_forms import opened
from tests.browser.urls import Stage
from tests.shopify_app.pages.test_lint import MEMBERS


@pytest.mark.parametrize(
    ("environment", "outcome"),
    [({}, pytest.skip.Exception), ({"CI": "true"}, pytest.fail.Exception)],
)
def test_without_a_browser_tests_are_skipped_but_not_where_all_have_to_run(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], outcome: type[Exception]
) -> None:
    monkeypatch.setattr("os.environ", environment)
    monkeypatch.setattr("shutil.which", lambda name: None)

    with pytest.raises(outcome, match="apt-get install chromium"):
        find_chromium()


def test_the_stand_in_has_every_member_of_the_contract(kit: Stage, page: Page) -> None:
    opened(page)

    kinds = {member: page.evaluate(f"typeof shopify.{member}") for member in sorted(MEMBERS)}

    plain = {"config", "ready", "environment"}
    assert {member for member, kind in kinds.items() if kind == "object"} == plain
    assert {member for member, kind in kinds.items() if kind == "function"} == MEMBERS - plain


@pytest.mark.parametrize("member", ["saveBar.show", "user", "toast.close"])
def test_the_stand_in_throws_on_what_is_not_in_the_contract(
    kit: Stage, page: Page, member: str
) -> None:
    opened(page)

    with pytest.raises(Error, match="is not in the contract"):
        page.evaluate(f"shopify.{member}")


def test_the_stand_in_remembers_what_it_was_asked(kit: Stage, page: Page) -> None:
    opened(page)

    page.evaluate("shopify.toast.show('Saved', {duration: 1})")
    page.evaluate("shopify.loading(false)")

    assert page.evaluate("shopify.calls") == [
        ["toast.show", "Saved", {"duration": 1}],
        ["loading", False],
    ]


def test_something_is_picked_or_nothing(kit: Stage, page: Page) -> None:
    opened(page)
    ask = """async () => {
      const items = [{id: "500", heading: "Sales"}, {id: "510", heading: "Freight"}];
      return (await shopify.picker({heading: "Account", items})).selected;
    }"""
    page.evaluate(f"() => {{ window.first = ({ask})() }}")
    page.get_by_label("Freight").check()
    page.get_by_role("button", name="Done").click()
    assert page.evaluate("window.first") == ["510"]

    page.evaluate(f"() => {{ window.second = ({ask})() }}")
    page.get_by_role("button", name="Cancel").click()

    assert page.evaluate("window.second.then((value) => value === undefined)")
    assert page.evaluate(
        "shopify.resourcePicker({type: 'product'}).then((value) => value === undefined)"
    )


def test_the_pretended_admin_shows_the_menu_the_language_and_the_page(
    kit: Stage, page: Page
) -> None:
    page.goto(f"/local/admin?shop={SHOP}&path=/kit/form&locale=en")
    app = page.frame_locator("#app")
    expect(app.get_by_role("heading", name="Rules", level=1)).to_be_visible()
    expect(app.get_by_role("navigation", name="Lejar")).to_be_hidden()

    page.get_by_role("link", name="Needs you").click()
    expect(app.get_by_role("heading", name="Needs you", level=1)).to_be_visible()
    expect(page.get_by_role("link", name="Needs you")).to_have_attribute("aria-current", "page")
    page.get_by_label("Language").select_option("ms")

    expect(app.get_by_role("heading", name="Perlu tindakan anda", level=1)).to_be_visible()
    assert "path=%2Fattention" in page.url
    assert violations(page) == []


def test_on_a_phone_the_menu_folds_away(kit: Stage, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"/local/admin?shop={SHOP}&path=/kit/form&locale=en")
    entry = page.get_by_role("link", name="Needs you")
    expect(page.frame_locator("#app").get_by_role("heading", name="Rules", level=1)).to_be_visible()
    expect(entry).to_be_hidden()

    page.get_by_role("button", name="Menu").click()
    entry.click()

    expect(page.frame_locator("#app").get_by_role("heading", name="Needs you")).to_be_visible()
    expect(entry).to_be_hidden()
