"""Comparing with the books is started, watched and read through the API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from accounting.models import Audit, Book, BookCheck, BookDifference
from shopify_app.models import Shop
from tests.shopify_app.conftest import ClientFor
from tests.shopify_app.filled import Filled, fill

CHECK, DIFFERENCES = "/api/v1/books/check", "/api/v1/books/differences"


@pytest.fixture
def filled(shop: Shop, now: datetime) -> Filled:
    return fill(shop, now)


def add(filled: Filled, number: str, **changes: Any) -> BookDifference:
    """One more difference of the check there is."""
    check = BookCheck.objects.get()
    usual = {
        "store": check.store,
        "book": check.book,
        "check_run": check,
        "code": "foreign",
        "kind": "invoice",
        "number": number,
        "books": "10.00",
        "found_at": check.started_at,
    }
    return BookDifference.objects.create(**(usual | changes))


def test_before_the_first_check_there_is_none(api: Client) -> None:
    state = api.get(CHECK).json()

    assert (state["state"], state["started_at"], state["standing"]) == ("none", None, 0)


def test_a_shop_without_books_has_nothing_to_compare(api: Client) -> None:
    answer = api.post(CHECK)

    assert answer.status_code == 409
    assert "no accounting system connected" in answer.json()["detail"]
    assert not BookCheck.objects.exists()


def test_books_that_nobody_confirmed_are_not_compared(api: Client, filled: Filled) -> None:
    Book.objects.update(state="setup")

    answer = api.post(CHECK)

    assert answer.status_code == 409
    assert BookCheck.objects.get().state == "stopped"


def test_a_stopped_check_says_why_and_goes_on_when_it_is_started(
    api: Client, filled: Filled
) -> None:
    before = api.get(CHECK).json()

    answer = api.post(CHECK)

    assert (before["state"], before["message"]) == ("stopped", "Offline ")
    assert answer.status_code == 202
    assert (answer.json()["state"], answer.json()["message"]) == ("running", "")
    assert answer.json()["standing"] == 1
    done = Audit.objects.get(action="books compared")
    assert (done.who, done.store_id) == ("staff 42", filled.order.store_id)


def test_a_difference_shows_both_figures_a_sentence_and_a_next_step(
    api: Client, filled: Filled
) -> None:
    (row,) = api.get(DIFFERENCES).json()["results"]

    assert (row["code"], row["aspect"], row["number"]) == ("changed", "customer", "KR-1001")
    assert (row["books"], row["here"]) == ("300-", "300-W001")
    assert row["document"] == filled.rows[0].pk
    assert row["title"] == "Changed in the books"
    assert row["sentence"] == "The customer of KR-1001 is 300- in the books, 300-W001 here."
    assert row["next_step"].startswith("Compare it with the order in Shopify")
    assert row["resolved_at"] is None


@pytest.mark.parametrize(("language", "word"), [("ms", "Pelanggan"), ("zh-CN", "客户")])
def test_it_is_said_in_the_language_of_the_reader(
    language: str, word: str, api: Client, filled: Filled
) -> None:
    (row,) = api.get(DIFFERENCES, headers={"Accept-Language": language}).json()["results"]

    assert word in row["sentence"]
    assert "KR-1001" in row["sentence"]


def test_differences_come_newest_first_in_pages(api: Client, filled: Filled) -> None:
    for number in ("KR-9001", "KR-9002"):
        add(filled, number)

    first = api.get(DIFFERENCES, {"limit": 2}).json()
    rest = api.get(DIFFERENCES, {"limit": 2, "after": first["next"]}).json()

    shown = [row["number"] for row in first["results"] + rest["results"]]
    assert shown == ["KR-9002", "KR-9001", "KR-1001"]
    assert rest["next"] is None


def test_differences_are_asked_for_by_code_and_resolved_ones_apart(
    api: Client, filled: Filled, now: datetime
) -> None:
    add(filled, "KR-9001")
    add(filled, "KR-9002", resolved_at=now)

    foreign = api.get(DIFFERENCES, {"code": "foreign"}).json()["results"]
    resolved = api.get(DIFFERENCES, {"resolved": "true"}).json()["results"]
    wrong = api.get(DIFFERENCES, {"code": "gone"})

    assert [row["number"] for row in foreign] == ["KR-9001"]
    assert [row["number"] for row in resolved] == ["KR-9002"]
    assert wrong.status_code == 400


def test_a_page_of_differences_takes_as_many_statements_whatever_its_length(
    api: Client, filled: Filled, django_assert_num_queries: Any
) -> None:
    for number in range(9001, 9041):
        add(filled, f"KR-{number}")

    with django_assert_num_queries(2):
        rows = api.get(DIFFERENCES).json()["results"]

    assert len(rows) == 41


# --- dismissing


def dismiss(api: Client, row: BookDifference, reason: str = "Entered by hand.") -> Any:
    where = f"{DIFFERENCES}/{row.pk}/dismiss"
    return api.post(where, {"reason": reason}, content_type="application/json")


def test_a_strangers_document_is_dismissed_for_a_reason(api: Client, filled: Filled) -> None:
    row = add(filled, "KR-9001")

    answer = dismiss(api, row)

    assert (answer.json()["dismissed_by"], answer.json()["dismissed_reason"]) == (
        "staff 42",
        "Entered by hand.",
    )
    assert answer.json()["dismissed_at"]
    assert api.get(CHECK).json()["standing"] == 1
    noted = Audit.objects.get(action="difference dismissed")
    assert noted.detail == {
        "difference": row.pk,
        "number": "KR-9001",
        "reason": "Entered by hand.",
    }


def test_dismissed_ones_are_listed_apart(api: Client, filled: Filled) -> None:
    dismiss(api, add(filled, "KR-9001"))

    standing = api.get(DIFFERENCES).json()["results"]
    dismissed = api.get(DIFFERENCES, {"dismissed": "true"}).json()["results"]

    assert [row["number"] for row in standing] == ["KR-1001"]
    assert [row["number"] for row in dismissed] == ["KR-9001", "KR-9000"]


def test_dismissing_is_undone(api: Client, filled: Filled) -> None:
    row = add(filled, "KR-9001")
    dismiss(api, row)

    answer = api.delete(f"{DIFFERENCES}/{row.pk}/dismiss")
    again = api.delete(f"{DIFFERENCES}/{row.pk}/dismiss")

    assert answer.status_code == again.status_code == 200
    assert (answer.json()["dismissed_at"], answer.json()["dismissed_reason"]) == (None, "")
    assert api.get(CHECK).json()["standing"] == 2
    assert Audit.objects.filter(action="difference restored").count() == 1


@pytest.mark.parametrize(
    ("changes", "reason", "status"),
    [
        ({"code": "missing"}, "It is all right.", 409),
        ({"resolved_at": datetime(2026, 11, 22, tzinfo=UTC)}, "It is all right.", 409),
        ({}, "", 400),
        ({}, "x" * 501, 400),
    ],
)
def test_what_cannot_be_dismissed_stays_as_it_is(
    api: Client, filled: Filled, changes: dict[str, Any], reason: str, status: int
) -> None:
    row = add(filled, "KR-9001", **changes)

    answer = dismiss(api, row, reason)

    row.refresh_from_db()
    assert answer.status_code == status
    assert row.dismissed_at is None
    assert not Audit.objects.filter(action="difference dismissed").exists()


def test_another_shops_difference_is_not_there(
    filled: Filled, other: Shop, client_for: ClientFor
) -> None:
    row = add(filled, "KR-9001")
    stranger = client_for(other.domain)

    assert dismiss(stranger, row).status_code == 404
    assert stranger.delete(f"{DIFFERENCES}/{row.pk}/dismiss").status_code == 404
    row.refresh_from_db()
    assert row.dismissed_at is None
