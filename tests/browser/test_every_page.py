"""Every page there is, with rows and without: in each language, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from shopify_app import accountants
from shopify_app.install import first_contact
from shopify_app.models import Shop
from tests.browser.axe import violations
from tests.browser.conftest import SHOP
from tests.browser.every_page import ADMIN, ALIKE, MISSING, PUBLIC, with_query
from tests.browser.tree import faults
from tests.fresh import drawn
from tests.shopify_app.conftest import make_token
from tests.shopify_app.filled import Filled

WIDTHS = (1280, 390)
LANGUAGES = {"en": "en", "ms": "ms", "zh-CN": "zh-hans"}  # Shopify's name, and that of our HTML
MOST_SHIFT = 0.05  # of the layout; more than 0.1 is what Built for Shopify refuses
NOTHING_THERE = "the server responded with a status of 40"  # Chromium says it of its own accord
SHIFTS = """window.shifted = 0; new PerformanceObserver(list => {
  for (const each of list.getEntries()) window.shifted += each.value;
}).observe({ type: "layout-shift", buffered: true });"""
DRAWN = """() => new Promise(done => {
  const whole = [...document.querySelectorAll("*")].filter(e => e.localName.includes("-"));
  const names = new Set(whole.map(e => e.localName).filter(name => name.startsWith("s-")));
  const known = [...names].filter(name => name === "s-page" || customElements.get(name));
  Promise.all(known.map(name => customElements.whenDefined(name)))
    .then(() => requestAnimationFrame(() => requestAnimationFrame(done)));
})"""
LOOK = """() => {
  const all = root => [...root.querySelectorAll("*")]
    .flatMap(e => e.shadowRoot ? [e, ...all(e.shadowRoot)] : [e]);
  const shown = all(document).filter(e => e.checkVisibility());
  return {
    width: document.documentElement.scrollWidth,
    headings: shown.filter(e => e.localName === "h1").map(e => e.textContent),
    lang: document.documentElement.lang,
    shifted: window.shifted,
  };
}"""
# As a click on a link of ours, without one having to be there.
SHOW = """address => import("/static/app/pages.js").then(pages => {
  window.shifted = 0;
  return pages.go(address, { push: true });
})"""


@pytest.fixture
def fresh(settings: Settings, live_server: LiveServer, now: datetime) -> dict[str, Any]:
    """A shop that has only just come: what the addresses name is missing there."""
    settings.SHOPIFY_API_KEY = "0" * 32
    settings.SHOPIFY_API_SECRETS = ["fictional-secret-of-at-least-32-bytes"]
    settings.SHOPIFY_UI, settings.LEJAR_ALLOW_LOOPBACK = "local", True
    Shop.objects.filter(pk=first_contact(SHOP, now=now).pk).update(seen_at=timezone.now())
    names = ("document", "refused", "order", "backfill", "import", "preview")
    return {f"{name}_id": 1 for name in names} | {"day": "2026-11-20"}


@pytest.fixture
def ids(filled: Filled) -> dict[str, Any]:
    return {**filled.ids, "refused_id": filled.rows[1].pk, "day": "2026-11-20"}


def wrong(page: Page, complaints: list[str], *, language: str, width: int) -> list[str]:
    """What is not as it should be on the page that is shown."""
    page.evaluate(DRAWN)
    seen = page.evaluate(LOOK)
    found = [f"console: {said}" for said in complaints if NOTHING_THERE not in said]
    complaints.clear()
    if seen["width"] > width:
        found.append(f"{seen['width']} px wide")
    if len(seen["headings"]) != 1:
        found.append(f"first headings: {seen['headings']}")
    if seen["lang"] != language:
        found.append(f"lang={seen['lang']}")
    if seen["shifted"] > MOST_SHIFT:
        found.append(f"its layout moved by {seen['shifted']:.3f}")
    return found


def heard(page: Page, width: int) -> list[str]:
    """What is wrong for who hears it: the same on every width, so one is enough."""
    return faults(page) if width == WIDTHS[0] else []


def load_each(
    page: Page, complaints: list[str], paths: Sequence[str], query: dict[str, str], width: int
) -> dict[str, list[str]]:
    """Loads each page from nothing: what is wrong with it, seen or heard, by address."""
    found = {}
    for path in paths:
        page.goto(with_query(path, **query))
        found[path] = wrong(page, complaints, language="en", width=width)
        found[path] += violations(page) + heard(page, width)
    return {path: said for path, said in found.items() if said}


def show_each(
    page: Page,
    complaints: list[str],
    paths: Sequence[str],
    width: int,
    *,
    language: str = "en",
    judged: Sequence[str] | None = None,
) -> dict[str, list[str]]:
    """Goes from page to page as app.js does. axe judges those of `judged`, or all."""
    page.locator("s-page").wait_for()
    found = {}
    for path in paths:
        page.evaluate(SHOW, path)
        found[path] = wrong(page, complaints, language=language, width=width)
        if judged is None or path in judged:
            found[path] += violations(page) + heard(page, width)
    return {path: said for path, said in found.items() if said}


def begin(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.add_init_script(SHIFTS)


def first_page(language: str = "en") -> str:
    return with_query("/settings", shop=SHOP, locale=language, id_token=make_token())


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_of_a_filled_shop_is_sound(
    ids: dict[str, Any], page: Page, complaints: list[str], width: int
) -> None:
    paths = [path.format(**ids) for path in (*ADMIN, *MISSING, *PUBLIC)]
    query = {"shop": SHOP, "locale": "en", "id_token": make_token()}
    begin(page, width)

    assert load_each(page, complaints, paths, query, width) == {}


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_of_a_fresh_shop_is_sound(
    fresh: dict[str, Any], page: Page, complaints: list[str], width: int
) -> None:
    begin(page, width)
    page.goto(first_page())

    found = show_each(page, complaints, [path.format(**fresh) for path in ADMIN], width)

    assert found == {}


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_of_an_accountant_is_sound(
    ids: dict[str, Any], page: Page, complaints: list[str], width: int
) -> None:
    link, secret = accountants.create(
        shop=Shop.objects.get(),
        label="Teh & Co",
        last_date=timezone.localdate() + timedelta(days=30),
        who="staff 1",
        now=timezone.now(),
    )
    begin(page, width)
    page.goto(f"/accountant/{link.pk}/open#{secret}")
    page.locator("header.outside").wait_for()

    paths = [f"/accountant/{link.pk}{path.format(**ids)}" for path in ALIKE]
    found = show_each(page, complaints, paths, width)
    found |= load_each(page, complaints, [f"/accountant/{link.pk}/hidden"], {"locale": "en"}, width)

    assert found == {}


# A fresh shop has few words of its own: each language once, on either width. A filled one has so
# many pages that each commit draws which language is tried on which; LEJAR_HEAVY=1 tries both.
FRESH = [("fresh", "ms", 390), ("fresh", "zh-CN", 1280)]
FILLED = drawn(
    [
        [("ids", "ms", 1280), ("ids", "zh-CN", 390)],
        [("ids", "ms", 390), ("ids", "zh-CN", 1280)],
    ]
)


@pytest.mark.parametrize(("shop", "language", "width"), sum(FILLED, FRESH))
def test_every_page_is_sound_in_other_languages(
    request: pytest.FixtureRequest,
    shop: str,
    language: str,
    width: int,
    page: Page,
    complaints: list[str],
) -> None:
    values = request.getfixturevalue(shop)
    begin(page, width)
    page.goto(first_page(language))
    paths = [path.format(**values) for path in ADMIN]

    found = show_each(
        page,
        complaints,
        paths,
        width,
        language=LANGUAGES[language],
        judged=("/", "/attention", "/connection"),
    )

    assert found == {}
