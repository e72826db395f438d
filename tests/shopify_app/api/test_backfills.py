"""A backfill is begun, watched, decided on and read through the API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from accounting import backfills
from accounting.backfill_totals import add_skipped, nothing
from accounting.models import Audit, Backfill, BackfillOrder, Store
from shopify_app import admin_api, backfill, backfill_source, order_reading, tokens
from shopify_app.backfill import Later, Stopped
from shopify_app.models import Shop
from shopify_app.payloads import BadPayload
from tests.books import make_book

ALL = "/api/v1/backfills"
DECISIONS = ("preview", "post", "reverse", "cancel")


@pytest.fixture
def store(shop: Shop) -> Store:
    shop.store.book = make_book(timezone.now())
    shop.store.save()
    return shop.store


def days(first: int, last: int) -> dict[str, str]:
    """A range from so many days ago to so many."""
    today = timezone.now().date()
    ago = {"first_date": first, "last_date": last}
    return {name: str(today - timedelta(days=each)) for name, each in ago.items()}


def post(api: Client, where: str, body: Any = None) -> Any:
    return api.post(where, body or {}, content_type="application/json")


def begun(api: Client) -> Any:
    return post(api, ALL, days(20, 2)).json()


def test_a_backfill_begins_by_reading(api: Client, store: Store) -> None:
    answer = post(api, ALL, days(20, 2))

    assert answer.status_code == 201
    found = answer.json()
    assert (found["state"], found["title"]) == ("reading", "Reading orders from Shopify")
    assert found["counts"]["orders"] == found["preview"]["moved"] == 0
    assert found["seconds_left"] is None
    assert Audit.objects.get(action="backfill started").who == "staff 42"


def test_a_range_too_old_names_its_field_and_the_first_day_there_is(
    api: Client, store: Store
) -> None:
    answer = post(api, ALL, days(70, 2))

    assert answer.status_code == 400
    (message,) = answer.json()["first_date"]
    shown = api.get(ALL).json()
    assert shown["readable_since"] in message
    assert shown["explanation"] == message
    assert not Backfill.objects.exists()


def test_a_range_too_old_is_refused_in_the_readers_language(store: Store, shop: Shop) -> None:
    with translation.override("ms"):
        since = backfill.readable_since(shop, timezone.now())
        assert since is not None
        assert backfill.too_old(since).startswith("Shopify hanya")


@pytest.mark.parametrize("body", [{}, {"first_date": "yesterday", "last_date": "2026-11-02"}])
def test_a_range_that_cannot_be_read_is_refused(
    body: dict[str, str], api: Client, store: Store
) -> None:
    answer = post(api, ALL, body)

    assert answer.status_code == 400
    assert "first_date" in answer.json()
    assert not Backfill.objects.exists()


def test_without_books_or_beside_another_there_is_a_conflict(api: Client, store: Store) -> None:
    begun(api)

    beside = post(api, ALL, days(9, 2))
    Backfill.objects.all().delete()
    Store.objects.update(book=None)
    without = post(api, ALL, days(9, 2))

    assert (beside.status_code, without.status_code) == (409, 409)
    assert "open" in beside.json()["detail"]
    assert not Backfill.objects.exists()


@pytest.mark.parametrize("decision", ["preview", "post", "reverse"])
def test_a_decision_too_early_is_a_conflict(decision: str, api: Client, store: Store) -> None:
    found = begun(api)

    answer = post(api, f"{ALL}/{found['id']}/{decision}")

    assert answer.status_code == 409
    assert Backfill.objects.get().state == "reading"


@pytest.mark.parametrize(
    ("before", "decision", "after"),
    [
        ("stopped", "preview", "reading"),
        ("previewed", "preview", "previewing"),
        ("previewed", "post", "posting"),
        ("posted", "reverse", "reversing"),
        ("previewed", "cancel", "cancelled"),
    ],
)
def test_a_decision_moves_it_on(
    before: str, decision: str, after: str, api: Client, store: Store
) -> None:
    found = begun(api)
    Backfill.objects.update(state=before)

    answer = post(api, f"{ALL}/{found['id']}/{decision}")

    assert answer.status_code == 202
    assert answer.json()["state"] == after == Backfill.objects.get().state


def test_what_the_dry_run_comes_to_is_shown_with_what_to_do(api: Client, store: Store) -> None:
    found = begun(api)
    totals = nothing()
    add_skipped(totals, "Ordered before the books were taken over on 2026-11-01.", "#1001")
    totals["accounts"] = {"MYR AR": {"debit": "10.00", "credit": "4.00"}}
    totals["documents"] = {"MYR credit_note": {"documents": 1, "total": "4.00"}}
    Backfill.objects.update(totals=totals, state="previewed")

    shown = api.get(f"{ALL}/{found['id']}").json()["preview"]

    (skipped,) = shown["skipped"]
    assert "cut-over date" in skipped["remedy"]
    assert skipped["examples"] == ["#1001"]
    assert shown["accounts"] == [
        {"currency": "MYR", "account": "AR", "debit": "10.00", "credit": "4.00", "balance": "6.00"}
    ]
    assert shown["documents"] == [
        {"currency": "MYR", "kind": "credit_note", "documents": 1, "total": "4.00"}
    ]


def test_its_orders_are_paged_and_filtered(api: Client, store: Store) -> None:
    found = Backfill.objects.get(pk=begun(api)["id"])
    document = ["SH-1", "invoice", "2026-11-02", "5.0000", "MYR", "f" * 64]
    wrong = {"number": "SH-1", "foreseen": document[1:5], "posted": None, "reason": "rules"}
    for number in range(5):
        more = {"differences": [wrong], "documents": [document]} if number == 3 else {}
        outcome = "post" if number % 2 else "hold"
        BackfillOrder.objects.create(
            store=store, backfill=found, shopify_id=number, outcome=outcome, **more
        )

    pages = list(_pages(api, f"{ALL}/{found.id}/orders?limit=2&outcome=hold"))
    (different,) = api.get(f"{ALL}/{found.id}/orders?different=true").json()["results"]

    assert [[row["order_id"] for row in page] for page in pages] == [[0, 2], [4]]
    assert different["differences"][0]["sentence"].startswith("Mappings or settings")
    assert different["documents"][0]["number"] == "SH-1"


def _pages(api: Client, where: str) -> Iterator[Any]:
    after = 0
    while after is not None:
        page = api.get(f"{where}&after={after}").json()
        yield page["results"]
        after = page["next"]


@pytest.mark.parametrize("state", Backfill.State.values)
def test_every_state_has_words_in_every_language(state: str, api: Client, store: Store) -> None:
    found = begun(api)
    Backfill.objects.update(state=state)

    said = [
        api.get(f"{ALL}/{found['id']}", headers={"Accept-Language": language}).json()["next_step"]
        for language in ("en", "ms", "zh-hans")
    ]

    assert len(set(said)) >= 1
    assert all(said)


# --- where orders are read -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raised", "expected", "seconds"),
    [
        (admin_api.TryLater(7), Later, 7),
        (tokens.ReconnectNeeded(), Stopped, 900),
        (admin_api.ShopUnavailable("402"), Stopped, 3600),
        (admin_api.Refused("ACCESS_DENIED"), Stopped, None),
    ],
)
def test_what_the_admin_api_refuses_has_one_consequence(
    raised: Exception,
    expected: type[Later] | type[Stopped],
    seconds: float | None,
    shop: Shop,
    monkeypatch: pytest.MonkeyPatch,
    now: datetime,
) -> None:
    def refuse(*given: Any, **more: Any) -> Any:
        raise raised

    monkeypatch.setattr(admin_api, "ask", refuse)
    monkeypatch.setattr(order_reading, "read_order", refuse)
    source = backfill_source.AdminApi()

    for call in (
        lambda: source.page(shop, "", "", now=now),
        lambda: source.order(shop, 1, now=now),
    ):
        with pytest.raises(expected) as found:
            call()
        assert getattr(found.value, "seconds", 0) == seconds


def test_one_answer_that_cannot_be_read_stops_no_other(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    def refuse(*given: Any, **more: Any) -> Any:
        raise admin_api.Refused(admin_api.BAD_ANSWER)

    monkeypatch.setattr(order_reading, "read_order", refuse)

    with pytest.raises(BadPayload):
        backfill_source.AdminApi().order(shop, 1, now=now)


def test_a_page_of_the_list_is_read(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    node = {"id": "gid://shopify/Order/5001", "createdAt": "2026-11-20T02:00:00Z"}
    info = {"hasNextPage": True, "endCursor": "abc"}
    data = {"orders": {"nodes": [node], "pageInfo": info}}
    asked: list[Any] = []

    def ask(shop: Shop, operation: str, variables: Any, *, now: datetime) -> Any:
        asked.append((operation, variables))
        return admin_api.Answer(data=data, denied=(), wait_seconds=2.0)

    monkeypatch.setattr(admin_api, "ask", ask)

    page = backfill_source.AdminApi().page(shop, "created_at:>1", "", now=now)

    assert asked == [("OrdersCreatedBetween", {"query": "created_at:>1", "after": None})]
    assert (page.orders[0][0], page.after, page.wait_seconds) == (5001, "abc", 2.0)


@pytest.mark.parametrize("denied", [("orders",), ()])
def test_a_list_that_is_kept_back_or_malformed_stops_with_words(
    denied: tuple[str, ...], shop: Shop, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    answer = admin_api.Answer(data={"shop": {}}, denied=denied)
    monkeypatch.setattr(admin_api, "ask", lambda *given, **more: answer)

    with pytest.raises(Stopped, match="refuses") as stopped:
        backfill_source.AdminApi().page(shop, "created_at:>1", "", now=now)

    assert stopped.value.seconds is None


def test_a_long_pause_in_the_middle_of_an_order_waits_for_the_whole_bucket() -> None:
    with pytest.raises(Later) as later:
        backfill_source._wait(5.0)

    assert later.value.seconds == backfill_source.REFILL


def test_all_decisions_have_a_route(api: Client, store: Store) -> None:
    found = begun(api)

    for decision in DECISIONS:
        assert hasattr(backfills, decision)
        assert api.get(f"{ALL}/{found['id']}/{decision}").status_code == 405
