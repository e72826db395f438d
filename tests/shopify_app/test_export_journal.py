"""`manage.py export_journal` prints journals: a shop's own, or a sandbox company's over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django.live_server_helper import LiveServer

from accounting.models import Document
from shopify_app.models import Shop
from tests.accounting.connectors.entries import credit_note, invoice, payment
from tests.books import make_book, make_order_row, make_row
from tests.judge import judge
from tests.scripted_server import reply, scripted
from tests.shopify_app.conftest import SHOP

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


@pytest.fixture
def filled(shop: Shop) -> None:
    store = shop.store
    store.book = make_book(NOW)
    store.save()
    order = make_order_row(store, 1001, NOW)
    posted = {"state": Document.State.POSTED, "posted_at": NOW, "receipt": {}}
    make_row(order, invoice(), NOW, **posted).save()
    make_row(order, credit_note(), NOW, **posted).save()
    make_row(order, payment(), NOW).save()


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    call_command("export_journal", *arguments)
    return capsys.readouterr().out


def test_a_shops_documents_are_printed(filled: None, capsys: Any) -> None:
    verdict = judge(printed(capsys, "--shop", SHOP))

    assert verdict.errors == ()
    assert [each.meta["number"] for each in verdict.transactions] == [
        "SH-1001",
        "SH-1001-P533D",
        "SH-1001-C5XX",
    ]


def test_posted_ones_of_some_days_are_printed_when_asked_for(filled: None, capsys: Any) -> None:
    days = ("--from", "2026-11-20", "--to", "2026-11-21")

    verdict = judge(printed(capsys, "--shop", SHOP, "--posted", *days))

    assert verdict.errors == ()
    assert [each.meta["number"] for each in verdict.transactions] == ["SH-1001"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--shop", "nobody.myshopify.com"), "no shop nobody"),
        (("--sandbox", "3", "--posted"), "go with --shop"),
        (("--sandbox", "3", "--to", "2026-11-01"), "go with --shop"),
        (("--shop", SHOP, "--from", "yesterday"), "invalid"),
        (("--shop", SHOP, "--sandbox", "3"), "not allowed"),
        ((), "required"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_printed(
    db: None, arguments: tuple[str, ...], message: str, capsys: Any
) -> None:
    with pytest.raises(CommandError, match=message):
        call_command("export_journal", *arguments)

    assert capsys.readouterr().out == ""


@pytest.mark.django_db(transaction=True)
def test_a_sandbox_company_writes_its_journal_over_http(
    live_server: LiveServer, settings: Any, client: Any, capsys: Any
) -> None:
    settings.ROOT_URLCONF = "tests.accounting.sandbox.urls"
    company = {"name": "Kedai", "system": "sql_accounting", "key": "k", "currency": "MYR"}
    opened = client.post("/sandbox/companies", company, content_type="application/json")

    text = printed(capsys, "--sandbox", str(opened.json()["id"]), "--url", live_server.url)

    verdict = judge(text)
    assert verdict.errors == ()
    assert "Assets:300-000" in verdict.codes()


def test_a_server_without_a_sandbox_is_said_to_be_one(capsys: Any) -> None:
    with scripted() as server:
        server.script = [reply(404, {})]

        with pytest.raises(CommandError, match=r"answers 404.*LEJAR_SANDBOX"):
            call_command("export_journal", "--sandbox", "3", "--url", server.url)

    assert [(each.method, each.path) for each in server.requests] == [
        ("GET", "/sandbox/companies/3/journal.beancount")
    ]


def test_a_server_that_is_not_there_is_said_to_be_silent(capsys: Any) -> None:
    with scripted() as server:
        url = server.url

    with pytest.raises(CommandError, match="does not answer"):
        call_command("export_journal", "--sandbox", "3", "--url", url)
