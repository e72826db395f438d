"""A book that is reached through SQL Account's own API."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from accounting import ways
from accounting.connectors.base import CodeList, Misconfigured
from accounting.connectors.guide import WrongSettings, filled, guides
from accounting.documents.document import Kind
from accounting.models import Book
from tests.accounting.connectors.sql_account import listed, shown
from tests.scripted_server import ScriptedServer, scripted

KEY = {"access_key": "0a1b2c.sql.test/APIUSER", "secret_key": "never-shown"}
GUIDE = guides()["sql_accounting", "sql_account_api"]


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted() as running:
        yield running


@pytest.fixture(autouse=True)
def _own_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client made under this test's settings."""
    monkeypatch.setattr(ways._threads, "http", None, raising=False)
    monkeypatch.delattr(ways._threads, "http", raising=False)


def book(**settings: str) -> Book:
    return Book(system="sql_accounting", way="sql_account_api", settings=settings)


def test_a_book_without_settings_is_written_to_with_the_guides_defaults(
    server: ScriptedServer, settings: Settings
) -> None:
    settings.SQL_ACCOUNT_URL, settings.LEJAR_ALLOW_LOOPBACK = server.url, True
    server.script = [shown({"companyname": "Kedai Contoh"})]

    assert ways.connector(book(), KEY, ()).identity() == "Kedai Contoh"
    (request,) = server.requests
    assert "/ap-southeast-5/sqlaccount/aws4_request" in request.headers["authorization"]
    assert "Credential=0a1b2c.sql.test/APIUSER/" in request.headers["authorization"]


def test_a_host_of_its_own_comes_before_the_operators(
    server: ScriptedServer, settings: Settings
) -> None:
    settings.SQL_ACCOUNT_URL, settings.LEJAR_ALLOW_LOOPBACK = "https://api.sql.test", True
    server.script = [listed()]

    ways.connector(book(host=f"{server.url}/books/"), KEY, ()).identity()

    assert [one.path for one in server.requests] == ["/books/profile"]


def test_a_host_on_this_machine_needs_the_operators_word(
    server: ScriptedServer, settings: Settings
) -> None:
    settings.LEJAR_ALLOW_LOOPBACK = False

    with pytest.raises(Misconfigured):
        ways.connector(book(host=server.url), KEY, ()).identity()

    assert server.requests == []


@pytest.mark.parametrize(
    ("tax", "explicit", "scope"),
    [("told", True, "line"), ("line", False, "line"), ("document", False, "document")],
)
def test_the_ledger_is_known_without_asking(tax: str, explicit: bool, scope: str) -> None:
    ledger = ways.ledger(book(tax=tax))

    assert ledger.kinds == frozenset(Kind)
    assert (ledger.number_length, ledger.negative_lines) == (20, True)
    assert (ledger.tax.explicit, ledger.tax.scope) == (explicit, scope)
    assert ledger.tariff_prefixes == ()
    assert (ledger.texts.line, ledger.texts.name, ledger.texts.reference) == (200, 100, 0)


# --- the guide --------------------------------------------------------------------------------


def test_the_guides_own_defaults_are_right() -> None:
    kept = filled(GUIDE.settings, {})

    assert kept["signed_headers"] == "host;x-amz-date"
    assert all(one.picks in {"", *(wanted.value for wanted in CodeList)} for one in GUIDE.settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("host", "api.sql.my"),
        ("host", "https://user@api.sql.my"),
        ("region", "AP SOUTH"),
        ("signed_headers", "host"),
        ("requests_per_second", "fast"),
        ("unit_price_decimals", "9"),
        ("item_goods", ""),
        ("item_tip", "TIP*"),
        ("terms", "30 Days and more"),
        ("classification", "22"),
        ("debit_notes", "cashsales"),
        ("ascii_fallback", "yes"),
    ],
)
def test_settings_that_could_not_work_are_refused(name: str, value: str) -> None:
    with pytest.raises(WrongSettings) as error:
        filled(GUIDE.settings, {name: value})

    assert list(error.value.errors) == [name]


def test_the_limits_are_said_before_it_is_chosen() -> None:
    said = " ".join(GUIDE.notices)

    for words in ("MyInvois", "From Doc", "never cut short", "concurrent licences"):
        assert words in said
    assert any("5 Cents Rounding" in step for step in GUIDE.checklist)
    assert json.dumps(GUIDE.checklist).isascii()
