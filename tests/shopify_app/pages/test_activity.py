"""The page, the API and the file on who changed what."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounting import audit, audit_chain, erasure
from accounting.audit_chain import Link
from accounting.models import Audit, AuditChain
from shopify_app.models import AccountantLink, Shop
from tests.chained import chain
from tests.shopify_app.conftest import OTHER, make_token
from tests.shopify_app.filled import fill

from .test_documents import get, text


@pytest.fixture
def lived(shop: Shop, now: datetime) -> Shop:
    note = audit.note
    note(shop.store_id, "staff 17", "document skipped", now, number="KR-1", reason="Twice")
    before, after = {"show_buyer": False}, {"show_buyer": True}
    later = now + timedelta(days=1)
    note(shop.store_id, "staff 42", "change_policy", later, before=before, after=after)
    note(shop.store_id, "manage.py seed", "books paused", later)
    chain()
    return shop


def cells(answer: Any) -> list[dict[str, str]]:
    body = b"".join(answer.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(body.lstrip("\ufeff"))))


# --- the page --------------------------------------------------------------------------------


def test_entries_are_shown_newest_first_in_words(lived: Shop) -> None:
    html = text(get("/activity"))

    words = (
        "Sending to the books was paused", "Settings were changed",
        "buyer&#x27;s name on invoices: no → yes", "A document was left out",
        "Document: KR-1", "Reason: Twice", "Lejar was installed",
    )  # fmt: skip
    places = [html.rindex(each) for each in words]
    assert places == sorted(places)
    assert "<s-table-cell>A person of the shop (staff 17)</s-table-cell>" in html
    assert "<s-table-cell>Whoever runs Lejar (manage.py seed)</s-table-cell>" in html
    assert "2026-11-23 12:00" in html  # the shop's own time


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"who": "staff 17"}, ["A document was left out"]),
        ({"action": "change_policy"}, ["Settings were changed"]),
        ({"since": "2026-11-22", "until": "2026-11-22"}, ["A document was left out"]),
        ({"who": "staff 17", "since": "2026-11-23"}, []),
    ],
)
def test_they_can_be_filtered(lived: Shop, asked: dict[str, str], expected: list[str]) -> None:
    html = text(get("/activity", asked))

    shown = [part.split("</s-text>")[0] for part in html.split('<s-text type="strong">')[1:]]
    assert shown == expected
    assert ("No entry is like this." in html) is (not expected)


@pytest.mark.parametrize(
    "query",
    [{"since": "yesterday"}, {"before": "x"}, {"until": "9999-12-31"}, {"since": "0001-01-01"}],
)
def test_an_address_that_makes_no_sense_shows_everything(
    lived: Shop, query: dict[str, str]
) -> None:
    assert "A document was left out" in text(get("/activity", query))


def test_pages_follow_each_other_by_number(shop: Shop, now: datetime) -> None:
    for number in range(60):
        audit.note(shop.store_id, "staff 1", "order planned again", now, order=7000 + number)
    chain()

    first = get("/activity", {"who": "staff 1"})
    address = text(first).split('data-next="')[1].split('"')[0].replace("&amp;", "&")
    asked = parse_qs(urlsplit(address).query)
    second = text(get("/activity", {"who": "staff 1", "before": asked["before"][0]}))

    assert asked["who"] == ["staff 1"]
    assert "Order: 7010" in text(first)
    assert "Order: 7009" not in text(first)
    assert "Order: 7009" in second
    assert "Order: 7000" in second
    assert "hasNextPage" not in second


def test_a_page_costs_the_same_whatever_its_length(
    shop: Shop, now: datetime, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    filled = fill(shop, now)
    for number in range(60):
        whose = f"accountant link {filled.link.pk}"
        audit.note(shop.store_id, whose, "order planned again", now, order=number)
    chain()

    with django_assert_max_num_queries(6):
        get("/activity")


def test_the_state_of_the_chain_is_said(lived: Shop, now: datetime) -> None:
    before = text(get("/activity"))
    audit_chain.check(store_id=lived.store_id, now=now)
    after = text(get("/activity"))

    assert "Unbroken since 2026-11-01: 4 entries" in before
    assert "It is checked every night." in before
    assert "Last checked 2026-11-22 12:00, up to entry 4." in after


def test_a_broken_chain_is_the_first_thing_said(lived: Shop) -> None:
    AuditChain.objects.update(broken_number=2, broken_why="content")

    html = text(get("/activity"))

    assert 'tone="critical" heading="This trail was changed from outside"' in html
    assert "Entry 2 is not as it was noted." in html
    assert "Unbroken" not in html


def test_an_erased_entry_says_so(lived: Shop, now: datetime) -> None:
    erasure.forget_store(store_id=lived.store_id, now=now)
    chain()

    html = text(get("/activity"))

    assert "Personal data was erased from this entry." in html
    assert "Twice" not in html


def test_an_accountant_is_called_by_the_name_of_the_link(shop: Shop, now: datetime) -> None:
    link = AccountantLink.objects.create(
        shop=shop, label="Teh & Co", secret_sha256="0" * 64, created_at=now, created_by="staff 1",
        ends_at=now + timedelta(days=1),
    )  # fmt: skip
    audit.note(shop.store_id, f"accountant link {link.pk}", "accountant link opened", now)
    audit.note(shop.store_id, "accountant link 999999", "accountant link opened", now)
    chain()

    html = text(get("/activity"))

    assert "<s-table-cell>Accountant (Teh &amp; Co)</s-table-cell>" in html
    assert "<s-table-cell>Accountant (link 999999)</s-table-cell>" in html


def test_the_page_speaks_the_readers_language(lived: Shop) -> None:
    malay = text(get("/activity", {"locale": "ms"}))
    chinese = text(get("/activity", {"locale": "zh-CN"}))

    for html in (malay, chinese):
        assert "Settings were changed" not in html
        assert "Document: KR-1" not in html
        assert "KR-1" in html


def test_another_shops_activity_is_not_shown(lived: Shop, other: Shop) -> None:
    chain()
    query = {"shop": OTHER, "id_token": make_token(OTHER), "who": "staff 17"}

    html = text(get("/activity", query))

    assert "KR-1" not in html
    assert "staff 42" not in html


# --- the API ---------------------------------------------------------------------------------


def test_the_api_lists_what_is_wanted_page_by_page(lived: Shop, api: Client) -> None:
    first = api.get("/api/v1/activity", {"limit": "1", "since": "2026-11-23"}).json()
    second = api.get(
        "/api/v1/activity", {"limit": "1", "since": "2026-11-23", "after": first["next"]}
    ).json()

    (entry,) = second["results"]
    assert first["results"][0]["action"] == "books paused"
    assert (entry["number"], entry["name"]) == (3, "A person of the shop (staff 42)")
    assert entry["changes"] == [
        {"name": "buyer's name on invoices", "before": "no", "after": "yes"}
    ]
    assert second["next"] is None
    assert second["chain"]["entries"] == 4


@pytest.mark.parametrize("query", [{"since": "yesterday"}, {"after": "x"}, {"limit": "1000"}])
def test_the_api_refuses_what_makes_no_sense(
    lived: Shop, api: Client, query: dict[str, str]
) -> None:
    answer = api.get("/api/v1/activity", query)

    assert answer.status_code == 400
    assert set(answer.json()) == set(query)


def test_the_chain_can_be_checked_at_once(lived: Shop, api: Client) -> None:
    good = api.post("/api/v1/activity/check").json()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounting_audit DISABLE TRIGGER USER")
        cursor.execute("UPDATE accounting_audit SET who = 'staff 1' WHERE number = 2")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE accounting_audit ENABLE TRIGGER USER")
    bad = api.post("/api/v1/activity/check").json()

    assert (good["verified_to"], good["broken_number"]) == (4, None)
    assert bad["broken_number"] == 2


def test_the_file_has_everything_and_can_be_checked_elsewhere(
    lived: Shop, api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shopify_app.activity.AT_ONCE", 2)

    answer = api.get("/api/v1/activity.csv")
    rows = cells(answer)[::-1]

    assert answer["Content-Disposition"] == 'attachment; filename="activity.csv"'
    assert [row["number"] for row in rows] == ["1", "2", "3", "4"]
    previous = ""
    for row in rows:
        link = Link(
            store_id=int(row["store"]), number=int(row["number"]), who=row["who"], salt=None,
            at=datetime.fromisoformat(row["at"]), action=row["action"], detail=row["detail"],
            detail_sha256=row["detail_sha256"], previous_sha256=previous, sha256=row["sha256"],
        )  # fmt: skip
        assert link.computed() == row["sha256"]
        previous = row["sha256"]
    assert json.loads(rows[1]["detail"]) == {"number": "KR-1", "reason": "Twice"}
    assert rows[2]["changes"] == "buyer's name on invoices: no → yes"


def test_the_file_has_only_what_is_wanted_and_no_formulas(
    shop: Shop, api: Client, now: datetime
) -> None:
    skip = "document skipped"
    audit.note(shop.store_id, "staff 17", skip, now, number="=1+1", reason="=cmd()")
    audit.note(shop.store_id, "=cmd()", "books paused", now)
    chain()

    rows = cells(api.get("/api/v1/activity.csv", {"since": "2026-11-22"}))

    assert [row["name"] for row in rows] == ["'=cmd()", "A person of the shop (staff 17)"]
    assert not any(value.startswith("=") for row in rows for value in (row["about"], row["name"]))
    assert Audit.objects.count() == 3
