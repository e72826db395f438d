"""What a merchant sees when something dies between them and Lejar: nothing typed is lost, what
happened is said in words, and the next try goes through."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from accounting.models import Store, TaxMapping
from tests.browser.conftest import SHOP
from tests.browser.test_forms import failed, save, save_bar
from tests.browser.test_forms import opened as opened_kit
from tests.browser.urls import Stage
from tests.shopify_app.filled import Filled

STORE, TAXES = "**/api/v1/store", "**/api/v1/mappings/taxes"


def opened(page: Page, path: str) -> None:
    page.goto(f"{path}?shop={SHOP}&locale=en&embedded=1")
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def breaks(route: Route) -> None:
    route.fulfill(status=500, body="<h1>Server Error</h1>")


def is_cut_off(route: Route) -> None:
    route.abort()


@pytest.mark.parametrize("dies", [breaks, is_cut_off])
def test_settings_survive_a_failure_and_are_saved_by_the_next_try(
    filled: Filled, page: Page, complaints: list[str], dies: object
) -> None:
    opened(page, "/settings")
    prefix = page.get_by_label("Prefix of document numbers")
    prefix.fill("NEW")
    page.route(STORE, dies)  # type: ignore[arg-type]  # either of the two above
    save(page)
    expect(failed(page)).to_be_visible()
    expect(prefix).to_have_value("NEW")
    expect(save_bar(page)).to_be_visible()

    page.unroute(STORE)
    save(page)

    expect(page.get_by_text("Settings saved")).to_be_visible()
    expect(failed(page)).to_have_count(0)
    assert Store.objects.get(pk=filled.order.store_id).prefix == "NEW"
    complaints.clear()  # the console tells of every failure


@pytest.mark.parametrize("dies", [breaks, is_cut_off])
def test_a_mapping_survives_a_failure_and_is_saved_by_the_next_try(
    filled: Filled, page: Page, complaints: list[str], dies: object
) -> None:
    opened(page, "/mapping/taxes")
    code = page.locator('s-text-field[name="code"]').first.locator("input")
    code.fill("T-NEW")
    page.route(TAXES, dies)  # type: ignore[arg-type]  # either of the two above
    save(page)
    expect(failed(page)).to_be_visible()
    expect(code).to_have_value("T-NEW")
    expect(save_bar(page)).to_be_visible()

    page.unroute(TAXES)
    save(page)

    expect(page.get_by_text("Saved. Held orders are planned again.")).to_be_visible()
    expect(failed(page)).to_have_count(0)
    assert TaxMapping.objects.filter(code="T-NEW").exists()
    complaints.clear()  # the console tells of every failure


def test_a_session_that_ended_is_renewed_once_in_silence(
    filled: Filled, page: Page, complaints: list[str]
) -> None:
    opened(page, "/settings")
    ended: list[str] = []

    def forget(route: Route) -> None:
        if ended:
            return route.continue_()
        ended.append(route.request.headers["authorization"])
        again = {"X-Shopify-Retry-Invalid-Session-Request": "1"}
        return route.fulfill(status=401, headers=again, body="")

    page.route(STORE, forget)
    page.get_by_label("Prefix of document numbers").fill("NEW")
    save(page)

    expect(page.get_by_text("Settings saved")).to_be_visible()
    assert len(ended) == 1
    assert Store.objects.get(pk=filled.order.store_id).prefix == "NEW"
    complaints.clear()  # the console tells of the 401


def test_a_field_that_the_server_knows_no_more_is_refused_in_words(
    filled: Filled, page: Page, complaints: list[str]
) -> None:
    opened(page, "/settings")
    before = Store.objects.filter(pk=filled.order.store_id).values().get()
    prefix = page.get_by_label("Prefix of document numbers")
    prefix.fill("NEW")
    # as if the page were of an older release than what answers now
    page.locator('[name="zero_value"]').evaluate("(field) => field.setAttribute('name', 'gone')")
    save(page)

    expect(page.get_by_text("There is no such field.")).to_be_visible()
    expect(prefix).to_have_value("NEW")
    expect(save_bar(page)).to_be_visible()
    assert Store.objects.filter(pk=filled.order.store_id).values().get() == before
    complaints.clear()  # the console tells of the 400


def test_a_page_gone_to_is_not_replaced_by_the_one_that_was_saved(
    filled: Filled, page: Page
) -> None:
    opened(page, "/settings")
    page.get_by_label("Prefix of document numbers").fill("NEW")
    held: list[Route] = []
    page.route("**/settings?**", lambda route: held.append(route))
    save(page)
    expect(page.get_by_text("Settings saved")).to_be_visible()
    page.get_by_role("link", name="Tie-out", exact=True).click()
    expect(page.get_by_role("heading", level=1, name="Tie-out")).to_be_visible()

    with page.expect_response("**/settings?**"):
        held[0].continue_()

    page.evaluate("new Promise((done) => setTimeout(done))")
    expect(page.get_by_role("heading", level=1, name="Tie-out")).to_be_visible()


def test_a_form_outlives_a_restart_of_the_server(
    kit: Stage, page: Page, complaints: list[str]
) -> None:
    kit.values["warned"] = True
    opened_kit(page).get_by_label("Prefix").fill("KX")
    page.get_by_label("Down").check()
    page.evaluate("window.kept = 1")
    page.route("**/*", is_cut_off)  # nothing answers: not the API, not a page, not a token

    for _ in range(2):
        save(page)
        expect(failed(page)).to_contain_text("Look whether you are online")
        expect(page.get_by_role("alert").filter(visible=True)).to_have_count(1)
    page.get_by_role("link", name="List").click()
    page.get_by_role("button", name="Leave page").click()
    expect(failed(page)).to_be_visible()
    page.get_by_label("Days").fill("5")
    page.unroute("**/*")
    save(page)

    expect(page.get_by_text("The rules are saved")).to_be_visible()
    expect(failed(page)).to_have_count(0)
    assert page.evaluate("window.kept") == 1  # the same page, never loaded again
    ((_, body),) = kit.heard
    assert (body["prefix"], body["rounding"], body["policy"]["days"]) == ("KX", "down", 5)
    complaints.clear()  # the console tells of what did not answer


def test_a_live_page_goes_on_by_itself_after_a_restart_of_the_server(
    kit: Stage, page: Page, complaints: list[str]
) -> None:
    kit.values["seconds"] = "10"
    page.clock.install()
    search = opened_kit(page, "list").get_by_label("Search")
    search.fill("half typed")
    kit.values["state"] = "In the books"
    page.route("**/*", is_cut_off)
    for _ in range(2):
        with page.expect_event("requestfailed"):
            page.clock.run_for("00:10")
    expect(page.get_by_text("Waiting")).to_be_visible()
    expect(failed(page)).to_have_count(0)  # nobody asked for anything

    page.unroute("**/*")
    page.clock.run_for("00:10")

    expect(page.get_by_text("In the books")).to_be_visible()
    expect(search).to_have_value("half typed")
    expect(search).to_be_focused()
    complaints.clear()  # the console tells of what did not answer
