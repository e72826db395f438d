"""Lejar and the sandbox behind one web server of this process, and merchants who use them."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.servers.basehttp import ServerHandler
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounting import ways
from accounting.connectors.autocount_cloud import memory
from shopify_app import demo
from shopify_app.demo.connections import Connection
from tests.books import Clock
from tests.journeys.merchant import SECRET, Merchant, settle_in

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
