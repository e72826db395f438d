"""What a form does in a real browser: its body, its errors, its save bar."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import SHOP
from tests.browser.urls import Stage


def opened(page: Page, name: str = "form") -> Page:
    page.goto(f"/kit/{name}?shop={SHOP}&locale=en&embedded=1")
    expect(page.locator("s-page").get_by_role("heading", level=1)).to_be_visible()
    page.wait_for_function("document.documentElement.dataset.scripts === 'ready'")
    return page


def save_bar(page: Page) -> Locator:
    return page.get_by_role("region", name="Unsaved changes")


def save(page: Page) -> None:
    save_bar(page).get_by_role("button", name="Save").click()


def failed(page: Page) -> Locator:
    return page.get_by_role("alert").filter(has_text="That did not work")


def test_fields_are_sent_as_what_they_are(kit: Stage, page: Page) -> None:
    opened(page)
    expect(page.get_by_label("Trigger")).to_have_value("paid")  # the option that is selected
    page.get_by_label("Prefix").fill("KX")
    page.get_by_label("Trigger").select_option("sent")
    page.get_by_label("Days").fill("7")
    page.get_by_label("Attributes").fill('{"a": 1}')
    page.get_by_label("Show the buyer").check()
    page.get_by_label("Down").check()

    save(page)

    expect(page.get_by_text("The rules are saved")).to_be_visible()
    expected = {
        "prefix": "KX",
        "policy": {"trigger": "sent", "days": 7},
        "words": ["a", "b"],
        "attributes": {"a": 1},
        "last_day": None,
        "show_buyer": True,
        "rounding": "down",
    }
    assert kit.heard == [("PATCH", expected)]


def test_what_was_saved_is_what_discard_goes_back_to(kit: Stage, page: Page) -> None:
    opened(page)
    page.get_by_label("Prefix").fill("KX")
    page.get_by_label("Down").check()
    save(page)
    expect(save_bar(page)).to_have_count(0)

    page.get_by_label("Prefix").fill("KZ")
    page.get_by_label("Up").check()
    page.get_by_label("Trigger").select_option("sent")
    save_bar(page).get_by_role("button", name="Discard").click()

    expect(page.get_by_label("Prefix")).to_have_value("KX")
    expect(page.get_by_label("Down")).to_be_checked()
    expect(page.get_by_label("Trigger")).to_have_value("paid")
    expect(save_bar(page)).to_have_count(0)
    assert len(kit.heard) == 1


def test_discarding_asks_first_where_the_form_says_so(kit: Stage, page: Page) -> None:
    kit.values["asks"] = True
    opened(page).get_by_label("Prefix").fill("KX")

    save_bar(page).get_by_role("button", name="Discard").click()
    page.get_by_role("button", name="Continue editing").click()
    expect(page.get_by_label("Prefix")).to_have_value("KX")
    save_bar(page).get_by_role("button", name="Discard").click()
    page.get_by_role("dialog").get_by_role("button", name="Discard").click()

    expect(page.get_by_label("Prefix")).to_have_value("KR")


def test_a_refusal_stands_beside_its_field_until_the_next_try(
    kit: Stage, page: Page, complaints: list[str]
) -> None:
    kit.answers["rules"] = (
        400,
        {"policy": {"days": ["At most 30."]}, "words": {"0": ["Too long."]}},
    )
    opened(page).get_by_label("Days").fill("99")

    save(page)

    days = page.get_by_label("Days")
    expect(days).to_be_focused()
    expect(days).to_have_accessible_description("At most 30.")
    expect(days).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Words")).to_have_accessible_description("Too long.")
    expect(days).to_have_value("99")
    expect(save_bar(page)).to_be_visible()
    expect(failed(page)).to_have_count(0)
    kit.answers.clear()
    save(page)
    expect(page.get_by_text("The rules are saved")).to_be_visible()
    expect(page.get_by_text("At most 30.")).to_have_count(0)
    complaints.clear()  # the console says 400


def test_a_refusal_that_belongs_to_no_field_is_a_banner(
    kit: Stage, page: Page, complaints: list[str]
) -> None:
    kit.values["warned"] = True
    kit.answers["rules"] = (400, {"non_field_errors": ["These do not go together."]})
    opened(page).get_by_label("Prefix").fill("KX")

    save(page)

    expect(failed(page)).to_contain_text("These do not go together.")
    expect(page.get_by_text("The books are closed.")).to_be_hidden()  # never two banners
    kit.answers.clear()
    page.get_by_label("Prefix").fill("KY")
    save(page)
    expect(failed(page)).to_have_count(0)
    expect(page.get_by_text("The books are closed.")).to_be_visible()
    complaints.clear()


def test_the_apis_own_sentence_is_said(kit: Stage, page: Page, complaints: list[str]) -> None:
    kit.answers["rules"] = (409, {"detail": "The books are not connected."})
    opened(page).get_by_label("Prefix").fill("KX")

    save(page)

    expect(failed(page)).to_contain_text("The books are not connected.")
    expect(page.get_by_label("Prefix")).to_have_value("KX")
    complaints.clear()


def test_a_broken_server_and_a_lost_network_are_said_too(
    kit: Stage, page: Page, complaints: list[str]
) -> None:
    opened(page).get_by_label("Prefix").fill("KX")
    page.route("**/kit-api/rules", lambda route: route.fulfill(status=500, body="<html>"))

    save(page)
    expect(failed(page)).to_contain_text("try again in a minute")
    page.unroute("**/kit-api/rules")
    page.route("**/kit-api/rules", lambda route: route.abort())
    page.get_by_label("Prefix").fill("KY")
    save(page)

    expect(failed(page)).to_contain_text("Look whether you are online")
    assert kit.heard == []
    complaints.clear()


def test_what_is_no_json_never_leaves_the_page(kit: Stage, page: Page) -> None:
    opened(page).get_by_label("Attributes").fill("{")

    save(page)

    expect(page.get_by_label("Attributes")).to_be_focused()
    expect(page.get_by_label("Attributes")).to_have_accessible_description(
        "This is not written as it has to be. Look for a missing quotation mark, comma or bracket."
    )
    assert kit.heard == []


def test_a_double_click_sends_once(kit: Stage, page: Page) -> None:
    opened(page)
    held: list[Route] = []
    page.route("**/kit-api/row", lambda route: held.append(route))

    with page.expect_request("**/kit-api/row"):
        page.get_by_role("button", name="Send row").dblclick()
    expect(page.get_by_role("button", name="Send row")).to_have_attribute("aria-busy", "true")
    page.get_by_label("Code").press("Enter")
    page.evaluate("0")  # all that the browser had to tell has been told
    assert len(held) == 1
    held[0].continue_()

    expect(page.get_by_text("Done", exact=True)).to_be_visible()
    assert kit.heard == [("PUT", [{"code": "500"}])]


def test_errors_of_a_row_find_its_fields(kit: Stage, page: Page, complaints: list[str]) -> None:
    kit.answers["row"] = (400, {"0": {"code": ["There is no such account."]}})
    opened(page).get_by_role("button", name="Send row").click()

    expect(page.get_by_label("Code")).to_have_accessible_description("There is no such account.")
    complaints.clear()


def test_a_file_is_sent_and_its_page_shown(kit: Stage, page: Page, tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("sku,account\n", encoding="utf-8")
    opened(page).get_by_label("CSV file").set_input_files(file)

    page.get_by_role("button", name="Upload").click()

    page.wait_for_url(f"**/kit/list?file=7&shop={SHOP}&locale=en&embedded=1")
    ((method, body),) = kit.heard
    assert (method, body["file"].name) == ("POST", "rows.csv")


def test_a_stale_token_is_renewed_once(kit: Stage, page: Page, complaints: list[str]) -> None:
    opened(page)
    tokens: list[Any] = []

    def refuse(route: Route) -> None:
        tokens.append(route.request.headers["authorization"])
        again = {"X-Shopify-Retry-Invalid-Session-Request": "1"}
        route.fulfill(status=401, headers=again)

    page.route("**/kit-api/row", refuse, times=1)
    page.get_by_role("button", name="Send row").click()
    expect(page.get_by_text("Done", exact=True)).to_be_visible()
    page.route("**/kit-api/row", refuse)
    page.get_by_role("button", name="Send row").click()

    expect(failed(page)).to_contain_text("Your visit has ended")
    assert len(tokens) == 1 + 2
    assert len(set(tokens)) == len(tokens)  # each try brings a token of its own
    assert len(kit.heard) == 1
    complaints.clear()
