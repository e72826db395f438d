"""The tie-out over the API: to read, as a file, and the approval of a statement."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from accounting.models import Audit, StatementApproval, TieDay, TieDifference, TieDue
from shopify_app.models import Shop
from tests.shopify_app.conftest import ClientFor
from tests.shopify_app.filled import Filled, fill

STATEMENT = "/api/v1/statements/2026-11"


@pytest.fixture
def filled(shop: Shop, now: datetime) -> Filled:
    return fill(shop, now)


@pytest.fixture
def client(shop: Shop, filled: Filled, client_for: ClientFor) -> Client:
    return client_for(shop.domain)


def lines(answer: Any) -> list[list[str]]:
    body = b"".join(answer.streaming_content).decode()
    return list(csv.reader(io.StringIO(body.lstrip("\ufeff"))))


def post(client: Client, digest: str) -> Any:
    return client.post(f"{STATEMENT}/approve", {"digest": digest}, content_type="application/json")


def test_a_month_is_told_day_by_day(client: Client) -> None:
    answer = client.get("/api/v1/tie-out", {"month": "2026-11"}).json()

    assert (answer["month"], answer["currency"], answer["status"]) == (
        "2026-11", "MYR", "explained",
    )  # fmt: skip
    assert len(answer["days"]) == 30
    day = answer["days"][19]
    assert day["money"]["shopify"] == day["money"]["documents"] == "107.20"
    assert (day["money"]["books"], day["money"]["books_differ"]) == ("0.00", "-107.20")
    assert answer["reasons"][0]["reason"] == "refused"


def test_a_month_that_is_none_is_named(client: Client) -> None:
    for month in ("2026-13", "x", ""):
        answer = client.get("/api/v1/tie-out", {"month": month})

        assert answer.status_code == 400
        assert list(answer.json()) == ["month"]


def test_a_month_comes_as_a_file(client: Client) -> None:
    answer = client.get("/api/v1/tie-out.csv", {"month": "2026-11"})

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert 'filename="tie-out-2026-11.csv"' in answer["Content-Disposition"]
    rows = lines(answer)
    assert rows[0][:4] == ["date", "view", "name", "currency"]
    assert rows[1][:7] == [
        "2026-11-20", "Payments and refunds", "iPay88", "MYR", "107.20", "107.20", "0.00",
    ]  # fmt: skip


def test_a_day_comes_as_a_file_with_its_differences(client: Client) -> None:
    rows = lines(client.get("/api/v1/tie-out.csv", {"day": "2026-11-20"}))

    assert rows[-1][:3] == ["2026-11-20", "#1001", "Payments and refunds"]
    assert rows[-1][6] == "-107.2"
    assert rows[-1][8] == "Refused by the books"


def test_a_file_speaks_the_readers_language_to_its_end(client: Client) -> None:
    asked = {"Accept-Language": "ms"}
    answer = client.get("/api/v1/tie-out.csv", {"month": "2026-11"}, headers=asked)
    with translation.override("en"):  # as after the next request of the same thread
        rows = lines(answer)

    assert rows[1][1] == "Bayaran dan bayaran balik"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_no_cell_is_a_formula(start: str, client: Client) -> None:
    TieDay.objects.update(name=f"{start}cmd")
    TieDifference.objects.update(name=f"{start}cmd")

    rows = lines(client.get("/api/v1/tie-out.csv", {"day": "2026-11-20"}))

    assert rows[1][2] == rows[-1][3] == f"'{start}cmd"


def test_a_file_needs_a_month_or_a_day(client: Client) -> None:
    for query in ({}, {"month": "2026-11", "day": "2026-11-20"}, {"day": "2026-11-31"}):
        assert client.get("/api/v1/tie-out.csv", query).status_code == 400


def test_a_statement_is_approved_as_it_was_looked_at(client: Client, filled: Filled) -> None:
    before = client.get(STATEMENT).json()
    assert not before["approved"]["unchanged"]

    answer = post(client, before["digest"])

    assert answer.status_code == 200
    assert answer.json()["approved"]["unchanged"]
    assert StatementApproval.objects.filter(digest=before["digest"]).count() == 1
    noted = Audit.objects.get(action="statement approved")
    assert noted.store == filled.order.store
    assert client.get(STATEMENT).json()["approved"]["who"].startswith("staff ")


def test_other_figures_by_now_are_refused_in_words(client: Client) -> None:
    digest = client.get(STATEMENT).json()["digest"]
    TieDay.objects.update(shopify=1)

    answer = post(client, digest)

    assert answer.status_code == 409
    assert "The figures have changed since you looked." in answer.json()["detail"]
    assert StatementApproval.objects.count() == 1
    assert not Audit.objects.filter(action="statement approved").exists()


def test_figures_on_their_way_are_refused_in_words(client: Client, filled: Filled) -> None:
    digest = client.get(STATEMENT).json()["digest"]
    TieDue.objects.create(store=filled.order.store, order=filled.order)

    answer = post(client, digest)

    assert answer.status_code == 409
    assert "still being counted" in answer.json()["detail"]
    assert StatementApproval.objects.count() == 1


def test_a_digest_must_be_one(client: Client) -> None:
    for body in ({"digest": "x"}, {}, {"digest": "0" * 64, "month": "2026-11"}):
        answer = client.post(f"{STATEMENT}/approve", body, content_type="application/json")

        assert answer.status_code == 400
    assert StatementApproval.objects.count() == 1


def test_another_shop_approves_its_own_and_nothing_else(
    client: Client, other: Shop, client_for: ClientFor
) -> None:
    digest = client.get(STATEMENT).json()["digest"]

    answer = post(client_for(other.domain), digest)

    assert answer.status_code == 409
    assert StatementApproval.objects.count() == 1
