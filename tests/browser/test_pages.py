"""Going from page to page in a real browser, and lists: filter, pages, picks, what stays true."""

from __future__ import annotations

import re

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import SHOP
from tests.browser.test_forms import failed, opened, save_bar
from tests.browser.urls import Stage

CARRIED = f"shop={SHOP}&locale=en&embedded=1"


def heading(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def test_a_link_shows_its_page_without_a_load(kit: Stage, page: Page) -> None:
    opened(page)
    page.evaluate("window.kept = 1")

    page.get_by_role("link", name="List").click()

    heading(page, "List")
    assert page.url.endswith(f"/kit/list?{CARRIED}")
    expect(page).to_have_title("List")
    expect(page.get_by_role("main")).to_be_focused()
    expect(page.locator("#announced")).to_have_text("List")
    page.go_back()
    heading(page, "Rules")
    page.go_forward()
    heading(page, "List")
    assert page.evaluate("window.kept") == 1


def test_the_menu_leads_to_its_pages_and_marks_them(kit: Stage, page: Page) -> None:
    opened(page)

    page.get_by_role("link", name="Needs you").click()

    heading(page, "Needs you")
    expect(page.get_by_role("link", name="Needs you")).to_have_attribute("aria-current", "page")
    documents = page.get_by_role("link", name="Documents", exact=True)
    expect(documents).not_to_have_attribute("aria-current", "page")


def test_leaving_a_form_that_is_not_saved_asks_first(kit: Stage, page: Page) -> None:
    opened(page, "list").get_by_role("link", name="Rules").click()
    heading(page, "Rules")
    page.get_by_label("Prefix").fill("KX")

    page.get_by_role("link", name="List").click()
    page.get_by_role("button", name="Stay").click()
    expect(page.get_by_label("Prefix")).to_have_value("KX")
    page.go_back()
    page.get_by_role("button", name="Stay").click()
    expect(page.get_by_label("Prefix")).to_have_value("KX")
    assert "/kit/form" in page.url
    page.get_by_role("link", name="List").click()
    page.get_by_role("button", name="Leave page").click()

    heading(page, "List")
    expect(save_bar(page)).to_have_count(0)


def test_a_page_that_does_not_come_is_said_and_the_page_stays(
    kit: Stage, page: Page, complaints: list[str]
) -> None:
    opened(page)
    page.route("**/kit/list*", lambda route: route.fulfill(status=500, body="<h1>No</h1>"))
    page.get_by_role("link", name="List").click()
    expect(failed(page)).to_contain_text("try again in a minute")
    page.unroute("**/kit/list*")
    page.route("**/kit/list*", lambda route: route.abort())
    page.get_by_role("link", name="List").click()
    expect(failed(page)).to_contain_text("Look whether you are online")

    page.unroute("**/kit/list*")
    page.get_by_role("link", name="List").click()

    heading(page, "List")
    expect(failed(page)).to_have_count(0)
    complaints.clear()


def test_the_last_click_wins(kit: Stage, page: Page) -> None:
    opened(page)
    held: list[Route] = []
    page.route("**/kit/list*", lambda route: held.append(route))

    with page.expect_request("**/kit/list*"):
        page.get_by_role("link", name="List").click()
    page.get_by_role("link", name="Needs you").click()
    heading(page, "Needs you")
    held[0].abort()

    heading(page, "Needs you")
    assert "/attention" in page.url


def test_a_filter_is_in_the_address_and_keeps_its_place(kit: Stage, page: Page) -> None:
    opened(page, "list")

    page.get_by_label("State").select_option("held")
    page.wait_for_url(f"**/kit/list?state=held&{CARRIED}")
    expect(page.get_by_label("State")).to_be_focused()
    page.get_by_label("Search").fill("KR")
    page.get_by_label("Search").press("Enter")
    page.wait_for_url(f"**/kit/list?q=KR&state=held&{CARRIED}")

    expect(page.get_by_label("Search")).to_have_value("KR")
    expect(page.get_by_label("Search")).to_be_focused()


def test_a_table_has_pages(kit: Stage, page: Page) -> None:
    opened(page, "list")

    expect(page.get_by_role("button", name="Previous page")).to_be_disabled()
    page.get_by_role("button", name="Next page").click()

    expect(page.get_by_role("heading", name="Page 2")).to_be_visible()
    page.wait_for_url(f"**/kit/list?page=2&{CARRIED}")


def test_picked_rows_are_sent_together(kit: Stage, page: Page) -> None:
    opened(page, "list")
    send, every = page.get_by_role("button", name="Send again"), page.get_by_label("All rows")
    expect(send).to_be_disabled()

    page.get_by_label("KR-7").check()
    expect(page.locator("[data-picked-count]")).to_have_text("1")
    assert every.evaluate("box => box.indeterminate")
    every.check()
    expect(page.locator("[data-picked-count]")).to_have_text("2")
    send.click()

    expect(page.get_by_text("Done", exact=True)).to_be_visible()
    expect(send).to_be_disabled()  # the page is shown again, with nothing picked
    assert kit.heard == [("POST", {"why": "fixed", "ids": [5, 7]})]


def test_a_modal_is_used_by_keyboard_alone(kit: Stage, page: Page) -> None:
    opened(page, "list").get_by_label("KR-5").check()
    opener = page.get_by_role("button", name="Leave out")
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Leave these out?")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(opener).to_be_focused()

    page.keyboard.press("Enter")
    for _ in range(8):  # round and round: the focus never leaves the dialog
        page.keyboard.press("Tab")
        where = page.evaluate("document.activeElement.closest('s-modal, s-page')?.localName ?? ''")
        assert where in ("s-modal", "")  # nothing: the browser's own controls
    page.get_by_label("Why").fill("Paid in cash")
    page.get_by_label("Why").press("Enter")

    expect(page.get_by_role("dialog")).to_have_count(0)
    assert kit.heard == [("POST", {"why": "Paid in cash", "ids": [5]})]


def test_a_refusal_inside_a_modal_is_said_there(
    kit: Stage, page: Page, complaints: list[str]
) -> None:
    kit.answers["skip"] = (409, {"detail": "KR-5 is being sent."})
    opened(page, "list").get_by_label("KR-5").check()
    page.get_by_role("button", name="Leave out").click()

    page.get_by_role("button", name="Leave them out").click()

    expect(page.locator("s-modal").get_by_text("KR-5 is being sent.")).to_be_visible()
    complaints.clear()


def test_a_page_stays_true_and_leaves_focus_and_typed_text_alone(kit: Stage, page: Page) -> None:
    kit.values["seconds"] = "0.2"
    opened(page, "list").get_by_label("Search").fill("half typed")

    kit.values["state"] = "In the books"
    expect(page.get_by_text("In the books")).to_be_visible()
    expect(page.get_by_label("Search")).to_be_focused()
    expect(page.get_by_label("Search")).to_have_value("half typed")
    page.get_by_role("button", name="Try").focus()
    kit.values["seven"] = "Try once more"

    expect(page.get_by_role("button", name="Try once more")).to_be_focused()


def test_nothing_is_renewed_while_somebody_is_at_work(kit: Stage, page: Page) -> None:
    kit.values["seconds"] = "10"
    page.clock.install()
    opened(page, "list").get_by_label("KR-5").check()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    kit.values["state"] = "In the books"
    page.clock.run_for("01:00")
    assert asked == []
    page.get_by_label("KR-5").uncheck()
    page.clock.run_for("00:10")

    expect(page.get_by_text("In the books")).to_be_visible()


def test_a_file_is_downloaded_with_the_token(kit: Stage, page: Page) -> None:
    opened(page, "list")
    page.route(
        "**/kit-api/file.csv",
        lambda route: route.fulfill(body=route.request.headers["authorization"]),
    )

    with page.expect_download() as coming:
        page.get_by_role("button", name="Download").click()

    assert coming.value.suggested_filename == "rows.csv"
    assert re.match(r"Bearer \w+\.", coming.value.path().read_text())
