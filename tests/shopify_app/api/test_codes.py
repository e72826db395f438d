"""Lists of codes and guides through the API, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounting import connections, outbox
from accounting.connectors.base import Code, CodeList, Finding, Health, Unavailable
from accounting.connectors.guide import guides
from accounting.models import Book, Store
from accounting.models import CodeList as ListRow
from shopify_app.models import Shop
from tests.books import Books, make_book
from tests.shopify_app.filled import fill

KOPI = Code(code="500-KOPI", name="Jualan kopi", detail={"rate": "8"})


class Ledger(Books):
    """Books with these accounts, or none of them for this reason."""

    accounts: Sequence[Code] | Exception = ()
    findings: tuple[Finding, ...] = ()

    def codes(self, wanted: CodeList) -> Iterator[Code] | None:
        if isinstance(self.accounts, Exception):
            raise self.accounts
        return iter(self.accounts) if wanted is CodeList.ACCOUNTS else None

    def check(self) -> Health:
        return Health(findings=self.findings)


@pytest.fixture
def store(shop: Shop) -> Store:
    shop.store.book = make_book(timezone.now())
    shop.store.save()
    return shop.store


@pytest.fixture
def ledger(store: Store, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    books = Ledger()
    books.accounts = [KOPI, Code(code="500-TEH", name="Jualan teh", active=False)]
    monkeypatch.setattr(connections, "connector_for", lambda book: books)
    return books


def test_before_the_books_were_asked_nothing_is_known(api: Client) -> None:
    lists = api.get("/api/v1/codes").json()["results"]

    assert [each["name"] for each in lists] == list(CodeList)
    assert {each["offered"] for each in lists} == {None}
    assert all(each["old"] for each in lists)


def test_a_list_is_read_when_asked_for_and_shown_from_then_on(api: Client, ledger: Ledger) -> None:
    read = api.post("/api/v1/codes/accounts")

    page = api.get("/api/v1/codes/accounts").json()
    assert read.status_code == 200, read.content
    assert (read.json()["count"], read.json()["offered"], read.json()["old"]) == (2, True, False)
    assert page["results"][0] == {
        "code": "500-KOPI",
        "name": "Jualan kopi",
        "active": True,
        "detail": {"rate": "8"},
    }
    assert page["results"][1]["active"] is False
    assert {**page, "results": 0, "next": 0} == {**read.json(), "results": 0, "next": 0}


def test_pages_follow_each_other_by_key(api: Client, ledger: Ledger) -> None:
    ledger.accounts = [Code(code=f"A{n}") for n in range(5)]
    api.post("/api/v1/codes/accounts")

    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        query = {"limit": "2", "after": after, "q": "a"}
        page = api.get("/api/v1/codes/accounts", query).json()
        seen += [row["code"] for row in page["results"]]
        after = page["next"]

    assert seen == ["A0", "A1", "A2", "A3", "A4"]


def test_what_is_not_offered_is_said_to_be_typed(api: Client, ledger: Ledger) -> None:
    assert api.post("/api/v1/codes/items").json()["offered"] is False


def test_a_reading_that_failed_says_why_in_the_readers_language(
    api: Client, ledger: Ledger
) -> None:
    ledger.accounts = Unavailable("AcctBridge asks us to slow down.")

    answer = api.post("/api/v1/codes/accounts", headers={"Accept-Language": "zh-hans"})

    assert answer.status_code == 200
    assert answer.json()["trouble"] == "AcctBridge 要求我们放慢速度。"
    assert answer.json()["offered"] is None


def test_a_list_there_is_not_is_not_found(api: Client, ledger: Ledger) -> None:
    assert api.get("/api/v1/codes/weather").status_code == 404
    assert api.post("/api/v1/codes/weather").status_code == 404
    assert not ListRow.objects.exists()


def test_without_books_there_is_nothing_to_read(api: Client) -> None:
    assert api.post("/api/v1/codes/accounts").status_code == 409


def test_a_book_that_is_being_written_to_is_busy(
    api: Client, ledger: Ledger, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LEJAR_BOOK_WAIT_SECONDS = 0
    assert outbox.claim(now=timezone.now())

    answer = api.post("/api/v1/codes/accounts")

    assert answer.status_code == 409
    assert answer.json()["detail"] == outbox.Busy.__doc__
    assert not ListRow.objects.exists()


def test_a_mapping_to_a_code_that_is_not_listed_is_kept_with_a_warning(
    api: Client, ledger: Ledger
) -> None:
    api.post("/api/v1/codes/accounts")
    rows = [
        {"role": "shipping", "account": "500-KOPI"},
        {"role": "tips", "account": "500-TEH"},
        {"role": "fees", "account": "999"},
    ]

    answer = api.put(
        "/api/v1/mappings/roles",
        rows,
        content_type="application/json",
        headers={"Accept-Language": "ms"},
    ).json()

    assert answer["rows"] == 3
    assert answer["warnings"].keys() == {"1", "2"}
    assert answer["warnings"]["1"] == {"account": ["500-TEH tidak aktif dalam buku akaun."]}
    assert "999 tiada dalam senarai akaun" in answer["warnings"]["2"]["account"][0]


def test_a_cash_debtor_that_is_not_listed_is_kept_with_a_warning(
    api: Client, shop: Shop, now: datetime
) -> None:
    fill(shop, timezone.now())
    changes = {
        "debtors": [
            {"currency": "MYR", "code": "300-W001"},
            {"currency": "SGD", "code": "300-W002"},
        ]
    }

    answer = api.patch("/api/v1/store", changes, content_type="application/json").json()

    assert answer["warnings"]["debtors"].keys() == {"1"}
    assert answer["warnings"] == api.get("/api/v1/store").json()["warnings"]


def test_lists_are_forgotten_when_other_books_are_connected(
    api: Client, ledger: Ledger, settings: Any
) -> None:
    settings.LEJAR_SEAL_KEYS = ["a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="]
    api.post("/api/v1/codes/accounts")
    body = {"system": "sql_accounting", "credentials": {"key": "lb_live_other"}}

    assert api.put("/api/v1/connection", body, content_type="application/json").status_code == 200

    assert not ListRow.objects.exists()


@pytest.mark.parametrize(("found", "kept"), [("300 Toko", False), ("300 Kedai", True)])
def test_lists_are_forgotten_when_another_company_is_confirmed(
    api: Client, ledger: Ledger, found: str, kept: bool
) -> None:
    api.post("/api/v1/codes/accounts")
    Book.objects.update(fingerprint="300 Kedai", found=found, sealed_credentials=b"any")

    api.post("/api/v1/connection/resume", {"company": found}, content_type="application/json")

    assert ListRow.objects.exists() is kept


# --- guides and findings -----------------------------------------------------------------------


def test_every_way_is_shown_with_what_to_fill_in_and_to_know(api: Client) -> None:
    shown = api.get("/api/v1/guides").json()["results"]

    assert {(each["system"], each["way"]) for each in shown} == guides().keys()
    for each in shown:
        guide = guides()[each["system"], each["way"]]
        assert each["title"] == guide.title
        assert each["notices"] == list(guide.notices) != []
        assert each["checklist"] == list(guide.checklist) != []
        assert [one["name"] for one in each["credentials"]] == [c.name for c in guide.credentials]
        assert [one["name"] for one in each["settings"]] == [s.name for s in guide.settings]


@pytest.mark.parametrize("language", ["ms", "zh-hans"])
def test_nothing_of_a_guide_stays_in_english(api: Client, language: str) -> None:
    plain = api.get("/api/v1/guides").json()["results"]
    said = api.get("/api/v1/guides", headers={"Accept-Language": language}).json()["results"]

    for one, other in zip(plain, said, strict=True):
        texts = [other["title"], other["summary"], *other["notices"], *other["checklist"]]
        assert not set(texts) & set(guides()[one["system"], one["way"]].texts)


def test_findings_are_said_in_the_readers_language(api: Client, ledger: Ledger) -> None:
    ledger.findings = (
        Finding(subject="Cash debtor 300-X", status="failed", message="It is not in these books."),
    )

    checked = api.post("/api/v1/connection/check", headers={"Accept-Language": "ms"}).json()

    assert checked["findings"][0]["subject"] == "Penghutang jualan tunai 300-X"
    assert checked["findings"][0]["message"] == "Ia tiada dalam buku akaun ini."


def test_a_check_tells_what_the_books_made_of_documents(
    api: Client, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled = fill(shop, timezone.now() - timedelta(hours=1))
    row = filled.rows[1]
    row.state, row.message = "conflict", "total is 107.00 in the books, 107.20 here"
    row.save()
    monkeypatch.setattr(connections, "connector_for", lambda book: Ledger())

    findings = api.post("/api/v1/connection/check").json()["findings"]

    told = {one["subject"]: one["message"] for one in findings}
    assert told == {
        "Rounding": "The books changed the total of documents: 1.",
        "Refused documents": "Refused by the books: 1.",
    }
    assert all(one["advice"] and one["status"] == "warning" for one in findings)
