"""Lejar and the sandbox behind one web server of this process, and merchants who use them."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jwt
import pytest
from django.core.servers.basehttp import ServerHandler
from django.utils import timezone
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounting import database_clock, ways
from accounting.connectors.autocount_cloud import memory
from shopify_app import backfill_source, demo, shopify_http, tasks
from shopify_app.demo.connections import ACCTBRIDGE_TO_SQL, Connection
from tests.books import Clock
from tests.journeys.merchant import SECRET, Merchant, settle_in
from tests.journeys.shopkeeping import KEY, Counter

MakeMerchant = Callable[..., Merchant]


@pytest.fixture
def _connectors(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Profiles without the pauses that somebody's desktop needs, connections of our own, and no
    memory of other books."""
    ways.acctbridge_profile.cache_clear()
    monkeypatch.setattr(memory, "_kept", {})
    monkeypatch.setattr(ways, "_threads", threading.local())
    yield
    ways._http().close()
    ways.acctbridge_profile.cache_clear()


@pytest.fixture
def _server(live_server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the servers that people run: nothing waits for an acknowledgement, and an answer that
    breaks off breaks its connection."""
    handler = live_server.thread.httpd.RequestHandlerClass
    monkeypatch.setattr(handler, "disable_nagle_algorithm", True)
    finish = ServerHandler.finish_response

    def finish_or_break(handler: Any) -> None:
        try:
            finish(handler)
        except ConnectionResetError:
            handler.request_handler.close_connection = True
            raise

    monkeypatch.setattr(ServerHandler, "finish_response", finish_or_break)


@pytest.fixture
def _product(settings: Settings, live_server: LiveServer, _connectors: None, _server: None) -> None:
    settings.ROOT_URLCONF = "tests.journeys.urls"
    settings.SHOPIFY_API_SECRETS = [SECRET]
    settings.LEJAR_SEAL_KEYS = [base64.b64encode(bytes(range(32))).decode()]
    settings.LEJAR_ALLOW_LOOPBACK = True
    settings.ACCTBRIDGE_URL = f"{live_server.url}/sandbox/acctbridge"
    settings.SQL_ACCOUNT_URL = f"{live_server.url}/sandbox/sql_account"
    settings.AUTOCOUNT_CLOUD_URL = f"{live_server.url}/sandbox/autocount_cloud"
    settings.ACCTBRIDGE_PROFILES = str(Path(demo.__file__).parent / "profiles")


@pytest.fixture
def make_merchant(live_server: LiveServer, _product: None, tmp_path: Path) -> MakeMerchant:
    def make(connection: Connection, **choices: str) -> Merchant:
        clock = Clock(datetime(2026, 11, 26, 4, 0, tzinfo=UTC))
        return settle_in(
            url=live_server.url, connection=connection, folder=tmp_path, clock=clock, **choices
        )

    return make


# --- with the pretended Shopify --------------------------------------------------------------

INSTALLED = datetime(2026, 11, 19, 4, 0, tzinfo=UTC)
DOMAIN = f"kedai-myr-{ACCTBRIDGE_TO_SQL}.myshopify.com"  # as `settle_in` calls it


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The one time there is: Lejar's, Shopify's, and that of the tokens between them. Whoever has
    to wait moves it on."""
    told = Clock(INSTALLED)

    class Told(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # not a Told
            return told().astimezone(tz)

    def wait(seconds: float) -> None:
        told.now += timedelta(seconds=seconds)

    monkeypatch.setattr(timezone, "now", told)
    monkeypatch.setattr(database_clock, "now", told)
    monkeypatch.setattr(jwt.api_jwt, "datetime", Told)
    monkeypatch.setattr(tasks, "SHOPIFY", replace(tasks.SHOPIFY, wait=wait))
    monkeypatch.setattr(backfill_source, "time", SimpleNamespace(sleep=wait))
    return told


@pytest.fixture
def counter(
    live_server: LiveServer,
    settings: Settings,
    _product: None,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Counter]:
    """A shop that Shopify has and that Lejar has never seen."""
    settings.SHOPIFY_API_KEY = KEY
    settings.SHOPIFY_ADMIN_URL = f"{live_server.url}/sandbox/shopify/{{shop}}"
    monkeypatch.setattr(shopify_http, "_of_thread", threading.local())
    shop = Counter(url=live_server.url, domain=DOMAIN, clock=clock)
    shop.open()
    yield shop
    shopify_http.client().close()


@pytest.fixture
def merchant(counter: Counter, tmp_path: Path, clock: Clock) -> Merchant:
    """Who has opened Lejar there, connected the books and mapped everything, some days ago."""
    assert counter.open_page().status_code == 200
    merchant = settle_in(
        url=counter.url,
        connection=ACCTBRIDGE_TO_SQL,
        folder=tmp_path,
        clock=clock,
        cut_over_date="2026-11-19",
    )
    clock.now = INSTALLED + timedelta(days=6)
    return merchant
