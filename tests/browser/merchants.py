"""A merchant at the screen: the pretended admin in Chromium around the real product.

Shopify's side, the sandbox books and the worker's own tasks are those of tests/journeys; nothing is
replaced between them. `Desk` is what the merchant does with mouse and keyboard.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect
from pytest_django import Settings

from shopify_app import local
from shopify_app.demo import stage
from tests.books import Clock
from tests.journeys import stories
from tests.journeys.shopkeeping import Counter
from tests.payloads import make_tax_line


@pytest.fixture
def lejar(
    counter: Counter, clock: Clock, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Counter:
    """A shop that has never opened Lejar; the demo companies wait for whoever connects them."""
    settings.SHOPIFY_UI, settings.LEJAR_SANDBOX = "local", True
    monkeypatch.setattr(local, "time", SimpleNamespace(time=lambda: clock().timestamp()))
    stage.open_demo_companies(counter.url)
    return counter


@dataclass(frozen=True)
class Desk:
    """The admin of one shop, open at one page of Lejar."""

    page: Page
    shop: str

    def open(self, path: str = "/") -> None:
        self.page.goto(f"/local/admin?shop={self.shop}&locale=en&path={path}")
        expect(self.app.get_by_role("heading", level=1)).to_be_visible()

    def go(self, entry: str, heading: str = "") -> None:
        """Through the menu of the admin."""
        self.page.get_by_role("link", name=entry, exact=True).click()
        self.at(heading or entry)

    def at(self, heading: str) -> None:
        expect(self.app.get_by_role("heading", level=1, name=heading)).to_be_visible()

    def click(self, name: str) -> None:
        """A button, or a link that looks like one."""
        button = self.app.get_by_role("button", name=name, exact=True)
        button.or_(self.app.get_by_role("link", name=name, exact=True)).first.click()

    def save(self) -> None:
        """In the bar that the admin shows over a form that was changed."""
        self.bar.get_by_role("button", name="Save").click()

    @property
    def bar(self) -> Locator:
        return self.app.get_by_role("region", name="Unsaved changes")

    def says(self, words: str) -> None:
        """In a toast, which goes by itself."""
        toast = self.app.get_by_role("status").filter(has_text=words)
        expect(toast).to_be_visible()
        self.later(6)
        expect(toast).to_have_count(0)

    def section(self, heading: str) -> Locator:
        """The component: what stands in its slots is not inside the region it draws."""
        return self.app.locator(f's-section[heading="{heading}"]')

    def modal(self, name: str) -> Locator:
        return self.app.locator(f"s-modal#{name}")

    def later(self, seconds: int = 15) -> None:
        """The browser's own time goes by, and with it the next look of a live page."""
        self.page.clock.fast_forward(seconds * 1000)

    @property
    def app(self) -> FrameLocator:
        return self.page.frame_locator("#app")


def sells(shop: Counter, number: int, gateway: str = "GrabPay") -> None:
    """Goods of 80.00 with 10 % tax, paid at once; Shopify tells of it, and Lejar works."""
    at = shop.clock().replace(microsecond=0).isoformat()
    when: dict[str, Any] = {"created_at": at, "processed_at": at}
    tax = make_tax_line(title="Sales Tax", rate=0.1, price="8.00")
    goods = stories.line(number, tax_lines=[tax])
    shop.happens("orders/create", stories.order(number, line_items=[goods], **when))
    paid = stories.payment(number, "88.00", gateway=gateway, **when)
    shop.happens("order_transactions/create", paid)
    shop.work_until_quiet()


@pytest.fixture
def desk(page: Page, lejar: Counter) -> Desk:
    # The first visit of all: no row of the shop yet, so the admin has nothing to frame.
    assert lejar.open_page().status_code == 200
    page.clock.install()
    return Desk(page, lejar.domain)
