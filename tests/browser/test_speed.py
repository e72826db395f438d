"""What a merchant waits for in the browser (Built for Shopify asks for much less).

At a processor four times as slow: the largest paint within 0.8 s of asking (LCP), nothing that
moves by itself (CLS at most 0.05), and every click, key and tick answered within 200 ms (INP), as
web-vitals defines them: layout shifts in windows of at most 5 s, without those that follow an
interaction; the slowest interaction of fewer than fifty. Other work on the machine can make a run
slow and never fast, so the best of three runs counts, and it is measured only when asked for
(LEJAR_BENCH=1), alone. What is measured is printed (`-s`).
"""

from __future__ import annotations

import gzip
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounting import catalogue
from accounting.models import TieDay
from shopify_app.models import ProductReading
from tests.accounting.test_catalogue import make_told
from tests.browser.conftest import SHOP
from tests.shopify_app.filled import Filled

SLOWER, RUNS = 4, 3
LCP_MS, CLS, INP_MS, SCRIPT_BYTES = 800, 0.05, 200, 50 * 1024
STATIC = Path(__file__).parents[2] / "static"
OBSERVE = """
const seen = window.vitals = {lcp: 0, cls: 0, inp: 0};
const watch = (type, take) =>
  new PerformanceObserver((list) => list.getEntries().forEach(take))
    .observe({type, buffered: true, durationThreshold: 16});
watch("largest-contentful-paint", (entry) => (seen.lcp = entry.startTime));
let [sum, first, last] = [0, 0, 0];
watch("layout-shift", (entry) => {
  if (entry.hadRecentInput) return;
  const isSame = entry.startTime - last < 1000 && entry.startTime - first < 5000;
  sum = isSame ? sum + entry.value : entry.value;
  first = isSame ? first : entry.startTime;
  last = entry.startTime;
  seen.cls = Math.max(seen.cls, sum);
});
watch("event", (entry) => {
  if (entry.interactionId) seen.inp = Math.max(seen.inp, entry.duration);
});
watch("first-input", (entry) => (seen.inp = Math.max(seen.inp, entry.duration)));
"""
PAINTED = "new Promise((done) => requestAnimationFrame(() => setTimeout(done, 100)))"


@dataclass(frozen=True)
class Vitals:
    lcp: float  # milliseconds
    cls: float
    inp: float  # milliseconds

    @property
    def is_good(self) -> bool:
        return self.lcp <= LCP_MS and self.cls <= CLS and self.inp <= INP_MS


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")


def works_on_home(page: Page) -> None:
    page.get_by_role("button", name="Show as a table").click()
    page.keyboard.press("Escape")  # what is behind an open dialog cannot be reached
    page.get_by_role("link", name="See these documents").press("Enter")
    expect(page.get_by_role("heading", level=1, name="Documents")).to_be_visible()


def works_on_documents(page: Page) -> None:
    page.get_by_label("Number or order").press_sequentially("KR-10")
    page.get_by_role("link", name="KR-").first.click()
    expect(page.get_by_role("link", name="Order in Shopify")).to_be_visible()


def works_on_products(page: Page) -> None:
    page.get_by_label("Account: Kopi 1", exact=False).first.press_sequentially("500-000")
    page.keyboard.press("ArrowDown")
    for tick in range(3):
        page.locator("[data-pick]").nth(tick).click()
    page.get_by_role("button", name="Code for the picked").click()
    expect(page.locator("#map-picked").get_by_label("Account", exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")


PAGES: dict[str, Callable[[Page], None]] = {
    "/": works_on_home,
    "/documents": works_on_documents,
    "/mapping/products": works_on_products,
}


def measured(browser: Browser, url: str, path: str, work: Callable[[Page], None]) -> Vitals:
    """One visit with nothing kept from earlier ones."""
    context = browser.new_context(base_url=url, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.add_init_script(OBSERVE)
    slower = {"rate": SLOWER}
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", slower)
    page.goto(f"{path}?shop={SHOP}&locale=en&embedded=1")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.evaluate(PAINTED)
    work(page)
    page.evaluate(PAINTED)
    found: dict[str, Any] = page.evaluate("window.vitals")
    context.close()
    return Vitals(**found)


@pytest.fixture
def stocked(filled: Filled, now: datetime) -> Filled:
    told = [make_told(number, variant_title="500 g") for number in range(1, 121)]
    catalogue.tell(store_id=filled.order.store_id, told=told, reading=1)
    ProductReading.objects.update(state="finished")
    store = filled.order.store
    today = datetime.now(ZoneInfo(store.time_zone)).date()
    sums = {"shopify": 9, "documents": 9, "books": 9}
    TieDay.objects.create(store=store, date=today, view="sales", currency="MYR", **sums)
    return filled


@pytest.mark.skipif(not os.environ.get("LEJAR_BENCH"), reason="a measurement: LEJAR_BENCH=1")
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_there_at_once_and_answers_at_once(
    stocked: Filled, chromium: Browser, live_server: LiveServer, path: str
) -> None:
    runs = []
    for _ in range(RUNS):
        runs.append(measured(chromium, live_server.url, path, PAGES[path]))
        say(f"{path}: {runs[-1]}")
        if runs[-1].is_good:
            return

    raise AssertionError(f"{path} was slow each time: {runs}")


def test_our_own_scripts_are_small() -> None:
    own = [STATIC / "app.js", *(STATIC / "app").glob("*.js"), *STATIC.glob("*.js")]

    sizes = {path.name: len(gzip.compress(path.read_bytes())) for path in own}

    say(f"our own scripts: {sum(sizes.values())} bytes gzipped")
    assert sum(sizes.values()) <= SCRIPT_BYTES
