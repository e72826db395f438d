"""AutoCount Cloud as one of the ways: what a merchant fills in, and what the planner is told."""

from __future__ import annotations

import threading
from decimal import Decimal

import pytest
from pytest_django import Settings

from accounting import ways
from accounting.connectors.autocount_cloud.gateway import AutoCountCloud
from accounting.connectors.autocount_cloud.limits import TEXTS
from accounting.connectors.base import CodeList
from accounting.connectors.guide import WrongSettings, filled, guides
from accounting.documents.document import Kind
from accounting.documents.ledger_tax import choose
from accounting.documents.rules import Ledger, TaxMethod
from accounting.models import Book
from tests.accounting.connectors.autocount_cloud.conftest import API_KEY, BOOK, KEY_ID
from tests.accounting.connectors.autocount_cloud.records import created
from tests.accounting.connectors.entries import invoice, line
from tests.scripted_server import reply, scripted

GUIDE = guides()["autocount", "autocount_cloud"]


def book(**settings: str) -> Book:
    kept = {"account_book_id": BOOK} | settings
    return Book(system="autocount", way="autocount_cloud", home_currency="SGD", settings=kept)


def test_a_book_that_was_kept_before_a_setting_existed_gets_its_default() -> None:
    assert ways.ledger(book()) == Ledger(
        name="AutoCount Cloud",
        kinds=frozenset(Kind),
        number_length=30,
        negative_lines=False,
        tax=TaxMethod(explicit=False, scope="document", inclusive=True, adjustment=True),
        texts=TEXTS,
    )


def test_settings_of_the_book_decide_what_it_can_take() -> None:
    ledger = ways.ledger(book(negative_lines="true", tax_scope="line"))

    assert ledger.negative_lines
    assert ledger.tax.scope == "line"


def test_a_connector_writes_to_the_address_and_account_book_of_the_settings(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LEJAR_ALLOW_LOOPBACK = True
    monkeypatch.setattr(ways, "_threads", threading.local())
    credentials = {"key_id": KEY_ID, "api_key": API_KEY}
    debtor = reply(200, {"accNo": "300-C0001", "currencyCode": "SGD"})
    with scripted(debtor, created()) as server:
        settings.AUTOCOUNT_CLOUD_URL = f"{server.url}/"

        connector = ways.connector(book(), credentials, ("300-C0001",))
        connector.post(invoice(currency="SGD"))

    assert isinstance(connector, AutoCountCloud)
    assert server.requests[1].path == f"/{BOOK}/invoice"
    assert '"currencyRate": 1.00' in server.requests[1].body


def test_no_key_shows_where_a_connector_is_printed(settings: Settings) -> None:
    connector = ways.connector(book(), {"key_id": KEY_ID, "api_key": API_KEY}, ())

    assert API_KEY not in repr(vars(connector))
    assert KEY_ID not in repr(vars(connector))


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({}, "account_book_id"),
        ({"account_book_id": "../other"}, "account_book_id"),
        ({"account_book_id": BOOK, "credit_term": ""}, "credit_term"),
        ({"account_book_id": BOOK, "type_receipt": "ORX"}, "type_receipt"),
        ({"account_book_id": BOOK, "tax_scope": "page"}, "tax_scope"),
        ({"account_book_id": BOOK, "save_approved": "maybe"}, "save_approved"),
        ({"account_book_id": BOOK, "company_path": "../x?y"}, "company_path"),
        ({"account_book_id": BOOK, "cash_sale": "true"}, "cash_sale"),
    ],
)
def test_a_setting_that_cannot_be_taken_is_named(given: dict[str, str], wrong: str) -> None:
    with pytest.raises(WrongSettings) as caught:
        filled(GUIDE.settings, given)

    assert list(caught.value.errors) == [wrong]


def test_the_guide_picks_only_from_lists_that_these_books_offer() -> None:
    picked = {setting.picks for setting in GUIDE.settings} - {""}

    assert picked == {CodeList.LOCATIONS, CodeList.PROJECTS}
    assert [secret.name for secret in GUIDE.credentials if secret.kind == "secret"] == ["api_key"]


def test_the_guide_tells_the_limits_before_the_choice() -> None:
    notices = " ".join(GUIDE.notices)

    for limit in ("no debit notes", "no cash sales", "below zero", "tax entity", "100 calls"):
        assert limit in notices
    assert len(GUIDE.checklist) == 13


@pytest.mark.parametrize(
    ("tax", "mode"), [("9.00", "exclusive"), ("9.01", "adjusted"), ("10.00", "explicit")]
)
def test_tax_goes_out_in_a_form_that_the_books_will_compute_as_shopify_did(
    tax: str, mode: str
) -> None:
    document = invoice(lines=(line(tax=Decimal(tax)),))

    made, problems = choose(document, ways.ledger(book()))

    assert (made.tax_mode, bool(problems)) == (mode, mode == "explicit")
