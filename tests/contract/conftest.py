"""The bench, once for every connection."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounting import database_clock, ways
from accounting.connectors.autocount_cloud import memory
from shopify_app import demo
from tests.books import Clock
from tests.contract.bench import ROOT, Bench, Connection, InProcess
from tests.contract.connections import CONNECTIONS


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """One time for Lejar, its connectors and the books."""
    told = Clock(datetime(2026, 11, 26, 4, 0, tzinfo=UTC))
    monkeypatch.setattr(timezone, "now", told)
    monkeypatch.setattr(database_clock, "now", told)
    return told


@pytest.fixture
def _product(settings: Settings, monkeypatch: pytest.MonkeyPatch, client: Client) -> None:
    settings.ROOT_URLCONF = "tests.accounting.sandbox.urls"
    settings.MIDDLEWARE = []
    settings.LEJAR_SEAL_KEYS = [base64.b64encode(bytes(range(32))).decode()]
    settings.LEJAR_ALLOW_LOOPBACK = True
    settings.LEJAR_QUIET_SECONDS = [5, 30]
    settings.LEJAR_TROUBLE_SECONDS = [5, 60]
    settings.ACCTBRIDGE_URL = f"{ROOT}/acctbridge"
    settings.SQL_ACCOUNT_URL = f"{ROOT}/sql_account"
    settings.AUTOCOUNT_CLOUD_URL = f"{ROOT}/autocount_cloud"
    settings.ACCTBRIDGE_PROFILES = str(Path(demo.__file__).parent / "profiles")
    monkeypatch.setattr(ways, "_http", lambda: InProcess(client))
    monkeypatch.setattr(memory, "_kept", {})
    ways.acctbridge_profile.cache_clear()


@pytest.fixture(params=CONNECTIONS, ids=str)
def connection(request: pytest.FixtureRequest) -> Connection:
    found: Connection = request.param
    return found


@pytest.fixture
def bench(db: None, _product: None, connection: Connection, client: Client, clock: Clock) -> Bench:
    return Bench(connection, client, clock)
