"""An accountant's link in a real browser: where its secret goes, and what the pages do there."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, Request

from accounting.models import StatementApproval
from shopify_app import accountants
from shopify_app.models import AccountantSession, Shop
from tests.browser.axe import violations
from tests.shopify_app.filled import Filled


@pytest.fixture
def opened(filled: Filled) -> tuple[int, str]:
    """A link's number and its secret."""
    now, shop = timezone.now(), Shop.objects.get(store=filled.order.store)
    last = timezone.localdate(now) + timedelta(days=30)
    link, secret = accountants.create(
        shop=shop, label="Teh & Co", last_date=last, who="staff 1", now=now
    )
    return link.pk, secret


def test_the_secret_is_posted_once_and_stands_in_no_address(
    page: Page, opened: tuple[int, str]
) -> None:
    number, secret = opened
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request))  # a function, for Playwright

    page.goto(f"/accountant/{number}/open#{secret}")
    page.get_by_text("You look at").wait_for()

    told = [request for request in sent if secret in (request.post_data or "")]
    assert [request.method for request in told] == ["POST"]
    assert not any(secret in request.url for request in sent)
    assert not any(request.headers.get("referer") for request in sent)
    assert secret not in page.url
    assert page.evaluate("document.cookie") == ""


def test_pages_follow_each_other_files_come_and_signing_out_ends_it(
    page: Page, opened: tuple[int, str], complaints: list[str]
) -> None:
    number, secret = opened
    page.goto(f"/accountant/{number}/open#{secret}")
    page.get_by_text("You look at").wait_for()

    page.get_by_role("link", name="Activity").click()
    page.get_by_role("heading", name="Activity", level=1).wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as CSV").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_text("You have signed out.").wait_for()

    assert download.value.suggested_filename == "activity.csv"
    assert not AccountantSession.objects.filter(link=number).exists()
    assert page.goto(f"/accountant/{number}/documents").status == 401  # type: ignore[union-attr]  # it answers
    complaints.clear()


def test_a_cookie_is_of_its_link_alone(
    context: BrowserContext, page: Page, opened: tuple[int, str]
) -> None:
    number, secret = opened
    page.goto(f"/accountant/{number}/open#{secret}")
    page.get_by_text("You look at").wait_for()

    (cookie,) = context.cookies()

    assert (cookie["path"], cookie["sameSite"]) == (f"/accountant/{number}", "Strict")
    assert cookie["httpOnly"]


def test_a_wrong_secret_says_what_to_do(
    page: Page, opened: tuple[int, str], complaints: list[str]
) -> None:
    page.goto(f"/accountant/{opened[0]}/open#wrong")

    page.get_by_text("This link does not open anything.").wait_for()

    complaints.clear()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("language", ["en", "ms", "zh-CN"])
def test_nothing_is_wider_than_the_window(
    page: Page, opened: tuple[int, str], width: int, language: str
) -> None:
    number, secret = opened
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"/accountant/{number}/open?locale={language}#{secret}")
    page.locator("header.outside").wait_for()

    for where in ("documents", "activity", "orders/5001", "orders/5001/codes", "attention"):
        page.goto(f"/accountant/{number}/{where}?locale={language}")
        page.locator("s-page").wait_for()

        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), where


def test_an_accountant_approves_a_statement_and_sees_the_links_name(
    page: Page, opened: tuple[int, str]
) -> None:
    number, secret = opened
    page.goto(f"/accountant/{number}/open#{secret}")
    page.locator("header.outside").wait_for()
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request))  # a function, for Playwright

    page.goto(f"/accountant/{number}/tie-out/statement?month=2026-11")
    page.get_by_role("button", name="Approve these figures").click()
    page.locator("#approve").get_by_role("button", name="Approve", exact=True).click()
    page.get_by_text("Approved by Teh & Co on").wait_for()

    (posted,) = [request for request in sent if request.method == "POST"]
    assert urlsplit(posted.url).path == f"/accountant/{number}/api/v1/statements/2026-11/approve"
    assert posted.headers["x-lejar-outside"] == "1"
    assert page.get_by_role("button", name="Approve these figures").count() == 0
    approval = StatementApproval.objects.latest("pk")
    assert approval.who == f"accountant link {number}"


def test_filters_pages_and_files_stay_under_the_link(page: Page, opened: tuple[int, str]) -> None:
    number, secret = opened
    page.goto(f"/accountant/{number}/open#{secret}")
    page.locator("header.outside").wait_for()

    page.goto(f"/accountant/{number}/mapping/taxes")
    page.get_by_label("Search").fill("sst")
    page.get_by_label("Search").press("Enter")
    page.wait_for_url(f"**/accountant/{number}/mapping/taxes?q=sst")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    page.goto(f"/accountant/{number}/tie-out?month=2026-11")
    page.locator("s-page").get_by_role("link", name="2026-11-20").first.click()
    page.wait_for_url(f"**/accountant/{number}/tie-out/2026-11-20*")

    assert download.value.suggested_filename == "taxes.csv"


def test_nothing_an_accountant_sees_bars_anybody(
    page: Page, opened: tuple[int, str], filled: Filled
) -> None:
    number, secret = opened
    page.goto(f"/accountant/{number}/open#{secret}")
    page.locator("header.outside").wait_for()

    for where in (
        "", "documents", "orders/5001", "orders/5001/codes", "attention", "mapping",
        "mapping/taxes", "mapping/products", "tie-out?month=2026-11",
        "tie-out/statement?month=2026-11", "imports", "settings", "activity",
    ):  # fmt: skip
        page.goto(f"/accountant/{number}/{where}")
        page.locator("s-page").wait_for()

        assert violations(page) == [], where


def test_files_speak_the_language_of_the_page(page: Page, opened: tuple[int, str]) -> None:
    number, secret = opened
    page.goto(f"/accountant/{number}/open?locale=ms#{secret}")
    page.locator("header.outside").wait_for()

    page.goto(f"/accountant/{number}/tie-out/statement?month=2026-11&locale=ms")
    with page.expect_request("**/tie-out.csv*") as asked, page.expect_download():
        page.locator("[data-download]").click()

    assert asked.value.headers["accept-language"] == "ms"
