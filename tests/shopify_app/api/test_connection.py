"""Connecting through the API: errors beside their fields, letting go of the key, a demo company."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from accounting import connections
from accounting.connectors.base import Code, CodeList, Finding, Health
from accounting.models import Audit, Book, Document, Store
from shopify_app.models import Shop
from tests.shopify_app.filled import fill

CONNECTION, DEMO = "/api/v1/connection", "/api/v1/connection/demo"
PAIR = {"access_key": "AK-fictional", "secret_key": "SK-fictional"}


@pytest.fixture(autouse=True)
def seal_keys(settings: Any) -> None:
    settings.LEJAR_SEAL_KEYS = [base64.b64encode(b"k" * 32).decode()]


def put(api: Client, **changes: Any) -> Any:
    body = {"system": "sql_accounting", "way": "sql_account_api", "credentials": PAIR, **changes}
    return api.put(CONNECTION, body, content_type="application/json")


def opened() -> Any:
    return connections._credentials(Book.objects.get())


# --- fields


def test_what_is_wrong_is_named_where_it_stands_in_the_body(api: Client) -> None:
    settings = {"item_goods": "", "region": "east"}

    answer = put(api, credentials={"access_key": "AK"}, settings=settings)

    assert answer.status_code == 400
    assert answer.json() == {
        "settings": {"item_goods": ["This field is required."]},
        "credentials": {"secret_key": ["This field is required."]},
    }
    assert not Book.objects.exists()
    assert not Audit.objects.exclude(action="install").exists()


def test_a_first_connection_needs_its_key(api: Client) -> None:
    answer = put(api, credentials={"access_key": " ", "secret_key": ""})

    assert answer.status_code == 400
    assert set(answer.json()["credentials"]) == {"access_key", "secret_key"}
    assert not Book.objects.exists()


def test_one_part_of_a_key_changes_and_what_is_left_empty_stays(api: Client) -> None:
    put(api)

    answer = put(api, credentials={"access_key": "AK-new", "secret_key": ""})

    assert answer.status_code == 200
    assert opened() == {"access_key": "AK-new", "secret_key": "SK-fictional"}


def test_a_kept_key_that_cannot_be_opened_is_asked_for_anew(api: Client, settings: Any) -> None:
    put(api)
    settings.LEJAR_SEAL_KEYS = [base64.b64encode(b"n" * 32).decode()]

    answer = put(api, credentials={"access_key": "AK-new", "secret_key": ""})

    assert answer.json() == {"credentials": {"secret_key": ["This field is required."]}}


def test_the_key_of_one_way_is_none_for_another(api: Client) -> None:
    put(api)

    answer = put(api, way="acctbridge", credentials={})

    assert answer.json() == {"credentials": {"key": ["This field is required."]}}
    assert Book.objects.get().way == "sql_account_api"


# --- letting go


def test_disconnecting_forgets_the_key_and_keeps_what_waits(
    api: Client, shop: Shop, now: datetime
) -> None:
    fill(shop, now)
    put(api, way="acctbridge", credentials={"key": "lb_live_x"})
    Book.objects.update(state="active", found="Kedai", fingerprint="Kedai")

    answer = api.delete(CONNECTION)

    book = Book.objects.get()
    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["has_credentials"]) == ("setup", False)
    assert (bytes(book.sealed_credentials), book.found, book.fingerprint) == (b"", "", "")
    assert Store.objects.get(pk=shop.store_id).book == book
    assert Document.objects.filter(book=book, state="rejected").count() == 2
    assert Audit.objects.get(action="books disconnected").who == "staff 42"


def test_books_without_a_key_cannot_be_started(api: Client) -> None:
    put(api)
    api.delete(CONNECTION)

    answer = api.post(f"{CONNECTION}/resume")

    assert answer.status_code == 409
    assert Book.objects.get().state == "setup"


def test_connected_again_the_same_way_they_are_the_same_books(
    api: Client, shop: Shop, now: datetime
) -> None:
    fill(shop, now)
    put(api, way="acctbridge", credentials={"key": "lb_live_x"})
    before = Book.objects.get().pk
    api.delete(CONNECTION)

    put(api, way="acctbridge", credentials={"key": "lb_live_y"})

    assert Book.objects.get().pk == before
    assert opened() == {"key": "lb_live_y"}


def test_who_is_not_connected_cannot_disconnect(api: Client) -> None:
    assert api.delete(CONNECTION).status_code == 409


# --- demo companies


def answer_with(monkeypatch: pytest.MonkeyPatch, status: str) -> None:
    class Books:
        call_seconds = 10.0

        def check(self) -> Health:
            found = Finding(subject="Connection", status=status, message="It answers.")
            return Health(findings=(found,), fingerprint="Kedai Contoh")

        def identity(self) -> str:
            return "Kedai Contoh"

        def codes(self, wanted: CodeList) -> Iterator[Code] | None:
            return iter([Code(code="KR-MUG-01", name="Mug")]) if wanted == CodeList.ITEMS else None

    monkeypatch.setattr(connections, "connector_for", lambda book: Books())


def test_a_demo_company_is_connected_checked_and_started_in_one_call(
    api: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LEJAR_SANDBOX = True
    answer_with(monkeypatch, "ok")

    state = api.post(DEMO, {"name": "autocount-cloud"}, content_type="application/json").json()

    assert (state["state"], state["way"]) == ("active", "autocount_cloud")
    assert state["fingerprint"] == "Kedai Contoh"
    assert state["settings"]["account_book_id"] == "demo-autocount-cloud"
    assert state["answered_at"]
    assert opened()["key_id"] == "key-of-demo-autocount-cloud"


def test_the_codes_of_a_demo_company_are_there_to_pick_from_at_once(
    api: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LEJAR_SANDBOX = True
    answer_with(monkeypatch, "ok")

    api.post(DEMO)

    lists = {row["name"]: row for row in api.get("/api/v1/codes").json()["results"]}
    assert (lists["items"]["count"], lists["items"]["trouble"]) == (1, "")
    assert lists["projects"]["offered"] is False
    assert all(row["read_at"] for row in lists.values())


def test_a_demo_company_that_does_not_answer_is_not_started(
    api: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LEJAR_SANDBOX = True
    answer_with(monkeypatch, "failed")

    state = api.post(DEMO).json()

    assert (state["state"], state["way"], state["answered_at"]) == (
        "setup",
        "sql_account_api",
        None,
    )
    assert not any(row["read_at"] for row in api.get("/api/v1/codes").json()["results"])


def test_an_installation_without_the_sandbox_has_no_demo_company(api: Client) -> None:
    assert api.post(DEMO).status_code == 404
    assert not Book.objects.exists()


def test_a_demo_company_that_is_none_is_named(api: Client, settings: Any) -> None:
    settings.LEJAR_SANDBOX = True

    answer = api.post(DEMO, {"name": "excel"}, content_type="application/json")

    assert answer.status_code == 400
    assert list(answer.json()) == ["name"]
    assert not Book.objects.exists()
