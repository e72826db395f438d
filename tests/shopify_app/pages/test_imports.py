"""Import history: every state of an import says what it means and what can be decided."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from pytest_django import Settings

from accounting.backfill_totals import add_problems, add_skipped, nothing
from accounting.documents.document import Problem
from accounting.models import Audit, Backfill, BackfillOrder, Order
from shopify_app.backfill_words import NEXT_STEPS, OUTCOMES, TITLES, TONES, unhurried
from shopify_app.models import Reconciliation, Shop
from tests.books import make_book
from tests.shopify_app.conftest import SHOP, make_token
from tests.shopify_app.filled import fill
from tests.shopify_app.pages import lint

pytestmark = pytest.mark.django_db
State = Backfill.State
MOST_STATEMENTS = 8


@pytest.fixture
def ready(shop: Shop) -> Shop:
    """A shop whose books are connected."""
    shop.store.book = make_book(timezone.now())
    shop.store.save()
    return shop


def html(where: str, locale: str = "en", **query: str) -> str:
    asked = {"shop": SHOP, "id_token": make_token(), "host": "aG9zdA", "locale": locale}
    answer = Client().get(where, {**asked, **query})
    assert answer.status_code == 200, where
    lint.check(answer.content.decode())
    return " ".join(unescape(answer.content.decode()).split())


def totals() -> dict[str, Any]:
    made = nothing()
    made["documents"] = {
        "MYR invoice": {"documents": 3, "total": "1234.50"},
        "MYR payment": {"documents": 2, "total": "1000.00"},
    }
    made["accounts"] = {
        "MYR AR": {"debit": "1234.50", "credit": "1000.00"},
        "MYR 500-000": {"debit": "0.00", "credit": "1200.00"},
        "MYR tax:SV-8": {"debit": "0.00", "credit": "34.50"},
    }
    made["moved"] = 1
    add_problems(made, [Problem(code="UNMAPPED_ITEM", subject="KOPI", message="Map it.")], "#1002")
    add_skipped(made, "Ordered before the books were taken over on 2026-11-01.", "#1003")
    return made


def make(shop: Shop, state: str, **changes: Any) -> Backfill:
    now = timezone.now()
    kept = {
        "first_date": date(2026, 10, 1), "last_date": date(2026, 10, 31), "state": state,
        "totals": totals(), "listed_from": now, "step_at": now - timedelta(minutes=1),
        "started_at": now, "started_by": "staff 42",
    } | changes  # fmt: skip
    found = Backfill.objects.create(store=shop.store, **kept)
    invoice = ["KR-1001", "invoice", "2026-10-03", "117.20", "MYR", "d" * 64]
    for at, outcome in enumerate(OUTCOMES):
        order = Order.objects.create(
            store=shop.store, order_id=9000 + found.pk * 100 + at, name=f"#100{at}", facts_at=now
        )
        BackfillOrder.objects.create(
            store=shop.store, backfill=found, order=order, shopify_id=order.order_id,
            outcome=outcome, documents=[invoice] if outcome == "post" else [],
            problems=["UNMAPPED_ITEM"] if outcome == "hold" else [],
        )  # fmt: skip
    return found


# --- the list --------------------------------------------------------------------------------


def test_before_books_are_connected_nothing_can_be_started(shop: Shop) -> None:
    page = html("/imports")

    assert "No books are connected yet" in page
    assert "Nothing was imported yet" in page
    assert re.search(r'<s-date-field name="first_date"[^>]* disabled', page)


def test_the_form_offers_days_that_can_be_read(ready: Shop) -> None:
    page = html("/imports")

    first, last = re.findall(r'<s-date-field name="\w+"[^>]* value="([\d-]+)"', page)
    assert "Shopify shows Lejar the orders of the last 60 days" in page
    assert timezone.now().date() - timedelta(days=61) <= date.fromisoformat(first)
    assert first <= last
    assert "Orders created before the cut-over, 2026-11-01, are left out" in page
    assert 'href="/settings?' in page
    assert 'data-api="POST /api/v1/backfills"' in page


def test_a_shop_that_shows_everything_may_begin_anywhere(ready: Shop) -> None:
    Shop.objects.update(scopes="read_all_orders,read_orders,read_products")

    assert "all orders of the shop, however old" in html("/imports")


def test_an_open_import_comes_first(ready: Shop) -> None:
    found = make(ready, State.PREVIEWED)

    page = html("/imports")

    assert "An import is open" in page
    assert f'href="/imports/{found.pk}?' in page
    assert "2026-10-01 – 2026-10-31" in page
    assert re.search(r'<s-date-field name="first_date"[^>]* disabled', page)


def test_old_imports_are_paged_by_key(ready: Shop) -> None:
    for _ in range(22):
        make(ready, State.CANCELLED)

    first = html("/imports")
    (before,) = re.findall(r"before=(\d+)", first)

    assert first.count('href="/imports/') == 20
    assert html("/imports", before=before).count('href="/imports/') == 2


def sweep(shop: Shop, **changes: Any) -> None:
    now = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
    times = dict.fromkeys(("since", "until", "reached_at", "started_at", "moved_at"), now)
    Reconciliation.objects.create(shop=shop, **(times | changes))


def test_missed_webhooks_are_told_with_what_the_last_look_found(ready: Shop) -> None:
    never = html("/imports")
    at = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
    sweep(ready, state="finished", finished_at=at, listed=12, missing=2, stale=1)

    page = html("/imports")

    assert "It has not looked yet" in never
    assert "Last looked on 2026-11-22 13:00. Orders compared: 12; unknown here: 2" in page
    assert 'data-api="POST /api/v1/reconciliation"' in page


def test_a_look_that_stopped_says_why(ready: Shop) -> None:
    sweep(
        ready, state="stopped", listed=3,
        message="Shopify says that the shop is closed. Lejar asks again every day.",
    )  # fmt: skip

    assert "Lejar asks again every day." in html("/imports")
    assert "Lejar asks again every day." not in html("/imports", "ms")


def test_where_reading_is_off_nobody_can_look(ready: Shop, settings: Settings) -> None:
    settings.SHOPIFY_FETCH = "never"

    page = html("/imports")

    assert "switched off here" in page
    assert "/api/v1/reconciliation" not in page


# --- one import ------------------------------------------------------------------------------

DECISIONS = {
    State.READING: {"cancel"},
    State.STOPPED: {"preview", "cancel"},
    State.PREVIEWING: {"cancel"},
    State.PREVIEWED: {"preview", "post", "cancel"},
    State.POSTING: {"cancel"},
    State.POSTED: {"reverse"},
    State.REVERSING: set(),
    State.REVERSED: set(),
    State.CANCELLED: set(),
}


@pytest.mark.parametrize("state", State.values)
@pytest.mark.parametrize("locale", ["en", "ms", "zh-hans"])
def test_every_state_has_its_words_and_what_can_be_decided(
    ready: Shop, state: str, locale: str
) -> None:
    found = make(
        ready, state, message="Shopify says that the shop is closed. Lejar asks again every day."
    )
    where = f"/imports/{found.pk}"
    html(where, locale)

    with CaptureQueriesContext(connection) as statements:
        page = html(where, locale)

    offered = set(re.findall(rf"POST /api/v1/backfills/{found.pk}/(\w+)", page))
    assert offered == DECISIONS[State(state)]
    assert len(statements) <= MOST_STATEMENTS, [each["sql"][:80] for each in statements]
    if locale == "en":
        assert str(TITLES[state]) in page
        assert str(NEXT_STEPS[state]) in page
    else:
        assert "Lejar asks again every day." not in page
    is_still = state in (State.PREVIEWED, State.POSTED, State.REVERSED, State.CANCELLED)
    assert f'data-live-seconds="{0 if is_still else 5}"' in page


def test_the_states_are_all_told() -> None:
    assert set(TITLES) == set(NEXT_STEPS) == set(TONES) == set(State.values)
    assert set(OUTCOMES) == set(BackfillOrder.Outcome.values)


def test_a_preview_shows_what_it_comes_to(ready: Shop) -> None:
    found = make(ready, State.PREVIEWED)

    page = html(f"/imports/{found.pk}")

    for said in (
        "Post these 5 documents", "Type 5 to confirm", "MYR 1,234.50", "What customers owe",
        "Tax of SV-8", "A product has no account", "Map it.", "#1002",
        "To post them, set the cut-over date", "Of these, 1 stand on the first open day",
        "KR-1001 · Invoice · 2026-10-03 · MYR 117.20", "Orders created before 2026-11-01",
        f'data-download="/api/v1/backfills/{found.pk}/orders.csv"',
    ):  # fmt: skip
        assert said in page, said


def test_an_empty_preview_has_nothing_to_post(ready: Shop) -> None:
    found = make(ready, State.PREVIEWED, totals={})
    BackfillOrder.objects.all().delete()

    page = html(f"/imports/{found.pk}")

    assert "There is nothing to post." in page
    assert "There are no orders on these days." in page
    assert "Post these" not in page


def test_orders_are_filtered_and_paged(ready: Shop) -> None:
    found = make(ready, State.POSTED)
    row = BackfillOrder.objects.get(outcome="post")
    row.differences = [{"number": "KR-1001", "foreseen": None, "posted": None, "reason": "rules"}]
    row.save()
    BackfillOrder.objects.bulk_create(
        BackfillOrder(store=ready.store, backfill=found, shopify_id=n, outcome="failed", note="x")
        for n in range(60)
    )

    different = html(f"/imports/{found.pk}", outcome="different")
    failed = html(f"/imports/{found.pk}", outcome="failed")
    (following,) = set(re.findall(r"after=(\d+)", failed))
    second = html(f"/imports/{found.pk}", outcome="failed", after=following)

    assert "KR-1001 came out differently. Mappings or settings have changed" in different
    assert (
        different.count("<s-table-row>")
        - different.split("Order by order")[0].count("<s-table-row>")
        == 1
    )
    assert "hasNextPage" in failed
    assert "hasPreviousPage" in second
    assert "Could not be read (61)" in failed


def test_stopping_while_it_is_posted_is_said(ready: Shop) -> None:
    found = make(ready, State.POSTING, halted_at=timezone.now())

    page = html(f"/imports/{found.pk}")

    assert "No further order is begun." in page
    assert "/cancel" not in page


def test_another_shops_import_is_not_there(ready: Shop, other: Shop, now: datetime) -> None:
    theirs = fill(other, now).backfill

    answer = Client().get(f"/imports/{theirs.pk}", {"shop": SHOP, "id_token": make_token()})

    assert answer.status_code == 404
    assert b"This shop has no import at this address." in answer.content


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, ""),
        (5, "about a minute left"),
        (600, "about 10 minutes left"),
        (7200, "about 2 hours left"),
    ],
)
def test_how_long_is_left_is_no_finer_than_anybody_knows(seconds: int | None, said: str) -> None:
    with translation.override("en"):
        assert unhurried(seconds) == said


# --- the decision and the file ---------------------------------------------------------------


def post(api: Client, found: Backfill, **body: Any) -> Any:
    where = f"/api/v1/backfills/{found.pk}/post"
    return api.post(where, body, content_type="application/json")


def test_posting_asks_for_the_number_that_was_shown(api: Client, ready: Shop) -> None:
    found = make(ready, State.PREVIEWED)

    wrong, none = post(api, found, documents=4), post(api, found, documents=None)
    refused = Backfill.objects.get().state
    right = post(api, found, documents=5)

    assert wrong.json() == {"documents": ["The preview has 5 documents. Type this number."]}
    assert none.status_code == 400
    assert (refused, right.status_code) == ("previewed", 202)
    assert Backfill.objects.get().state == "posting"
    assert Audit.objects.filter(action="backfill posted").count() == 1


def test_the_dry_run_is_a_file(api: Client, ready: Shop) -> None:
    found = make(ready, State.PREVIEWED)
    Order.objects.filter(name="#1003").update(name="=1+1")

    answer: Any = api.get(f"/api/v1/backfills/{found.pk}/orders.csv")

    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    heading, *lines = list(csv.reader(io.StringIO(text)))
    assert answer["Content-Disposition"] == f'attachment; filename="import-{found.pk}.csv"'
    assert heading[:3] == ["Order", "Shopify order id", "What the preview says"]
    assert len(lines) == len(OUTCOMES)
    assert [line[4:9] for line in lines if line[4]] == [
        ["KR-1001", "Invoice", "2026-10-03", "117.20", "MYR"]
    ]
    assert any("A product has no account" in line[3] for line in lines)
    assert [line[0] for line in lines if "1+1" in line[0]] == ["'=1+1"]


def test_the_file_speaks_the_readers_language_and_is_the_own_shops(
    api: Client, ready: Shop, other: Shop, now: datetime
) -> None:
    found = make(ready, State.PREVIEWED)
    theirs = fill(other, now).backfill

    answer: Any = api.get(
        f"/api/v1/backfills/{found.pk}/orders.csv", headers={"Accept-Language": "zh-hans"}
    )

    assert "发票" in b"".join(answer.streaming_content).decode()
    assert api.get(f"/api/v1/backfills/{theirs.pk}/orders.csv").status_code == 404
