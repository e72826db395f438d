"""One real Chromium for the whole run, a fresh window for each test, and a shop to look at."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from pytest_django import DjangoDbBlocker, Settings
from pytest_django.live_server_helper import LiveServer

from shopify_app.install import first_contact
from tests.browser.chromium import ARGUMENTS
from tests.browser.merchants import desk, lejar
from tests.browser.urls import Stage, stage
from tests.journeys.conftest import _connectors, _product, _server, clock, counter
from tests.shopify_app.filled import SEAL_KEYS, Filled, fill

__all__ = ["_connectors", "_product", "_server", "clock", "counter", "desk", "lejar"]  # fixtures
SHOP = "kedai-rimba.myshopify.com"
MISSING = "needs a browser: apt-get install chromium"


def find_chromium() -> str:
    """Where it is. Without it these tests are skipped; but never where all have to run."""
    path = shutil.which("chromium")
    if path is None and os.environ.get("CI"):
        pytest.fail(MISSING)
    if path is None:
        pytest.skip(MISSING)
    return path


LEFT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.fixture(scope="session")
def _left_behind(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A window that closes while its page is on the way leaves the server's thread with its
    connection, and the test database could not be dropped."""
    yield
    with django_db_blocker.unblock():
        connection.close()  # a test may have left one that the server has ended
        with connection.cursor() as cursor:
            cursor.execute(LEFT)


@pytest.fixture(scope="session")
def chromium(_left_behind: None) -> Iterator[Browser]:
    path = find_chromium()
    # Playwright runs its own loop in this thread, so Django takes the tests' database calls for
    # calls out of a coroutine. They are not.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def complaints() -> list[str]:
    """What the console said. A test that means to make it complain clears the list."""
    return []


@pytest.fixture
def context(chromium: Browser, live_server: LiveServer) -> Iterator[BrowserContext]:
    opened = chromium.new_context(
        base_url=live_server.url, viewport={"width": 1280, "height": 900}, locale="en"
    )
    opened.set_default_timeout(10_000)
    yield opened
    opened.close()


# Not on the way any more, there to its end, and the scripts, where it has any, listen: from now on
# a click is theirs.
THERE = """() => location.pathname !== "/session/bounce" && document.readyState === "complete" && (
    !document.querySelector('script[src*="/app.js"]')
    || document.documentElement.dataset.scripts === "ready")"""


def _wait_for_scripts(page: Page) -> None:
    """A person is slower than this; a test would click before anybody listens."""
    goto = page.goto

    def there(*given: Any, **more: Any) -> Any:
        answer = goto(*given, **more)
        page.wait_for_function(THERE)
        return answer

    setattr(page, "goto", there)  # noqa: B010 the class declares a method


@pytest.fixture
def page(context: BrowserContext, complaints: list[str]) -> Iterator[Page]:
    opened = context.new_page()

    def hear(said: ConsoleMessage) -> None:
        if said.type in ("error", "warning"):
            complaints.append(said.text)

    opened.on("console", hear)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    _wait_for_scripts(opened)
    yield opened
    assert complaints == []


@pytest.fixture
def filled(settings: Settings, live_server: LiveServer, now: datetime) -> Filled:
    settings.SHOPIFY_API_KEY = "0" * 32
    settings.SHOPIFY_API_SECRETS = ["fictional-secret-of-at-least-32-bytes"]
    settings.LEJAR_SEAL_KEYS = SEAL_KEYS
    settings.SHOPIFY_UI, settings.LEJAR_ALLOW_LOOPBACK = "local", True
    settings.ROOT_URLCONF = "tests.browser.urls"
    return fill(first_contact(SHOP, now=now), now)


@pytest.fixture
def kit(filled: Filled) -> Stage:
    """The pages and the API of tests/browser/urls.py."""
    stage.clear()
    return stage
