"""Past orders read from the pretended Shopify, shown, posted and taken back again, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from accounting.backfill_preview import SET_ASIDE_NOTE
from accounting.models import Backfill, BackfillOrder, Document, Order
from shopify_app import tasks
from shopify_app.demo.books import BookPlan
from shopify_app.demo.checkout import Checkout
from shopify_app.demo.client import Books
from shopify_app.demo.connections import ACCTBRIDGE_TO_SQL
from shopify_app.demo.figures import Ids
from shopify_app.demo.life import Life
from shopify_app.demo.lives import Stage, live
from shopify_app.demo.pretended import PretendedShop
from shopify_app.demo.records import OpenShop
from shopify_app.demo.run import set_up
from shopify_app.demo.shops import MALAYSIA
from tests.backfilled import foreseen, written
from tests.journeys.conftest import INSTALLED
from tests.journeys.merchant import Merchant
from tests.journeys.shopkeeping import Counter

MANY, FEW = 60, 12
OLDER = timedelta(days=15)
BEFORE_SWEEPS = timedelta(days=3)  # what changed in the last 48 hours is a sweep's to find
FIRST_ID = 6400000000000
SEED = 7

Json = dict[str, Any]


@pytest.fixture
def books(counter: Counter) -> Books:
    """Of a merchant who opens Lejar, connects them and maps everything but one product."""
    counter.clock.now = INSTALLED
    counter.open_page()
    plan = BookPlan(connection=ACCTBRIDGE_TO_SQL, profile=MALAYSIA, key="backfilled")
    opened = Books.open(counter.url, plan.company, ACCTBRIDGE_TO_SQL.switches)
    set_up(counter.api, plan)
    for part in ("items", "taxes", "gateways"):
        counter.api.put(f"mappings/{part}", getattr(plan, part)(late=True))
    return opened


def lived(counter: Counter, count: int) -> list[Life]:
    """Orders of every kind there is, through forty days; Shopify has them, Lejar does not."""
    ids = Ids(FIRST_ID)
    shop = OpenShop(profile=MALAYSIA, domain=counter.domain, id=counter.pretended.number)
    stage = Stage(
        shop=shop,
        checkout=Checkout(shop=shop, ids=ids),
        ids=ids,
        random=Random(SEED),
        now=counter.clock() - BEFORE_SWEEPS,
    )
    while len(stage.lives) < count:
        live(stage, min(count - len(stage.lives), max(count // 2, 1)))
        stage.now -= OLDER
    pretended = PretendedShop(url=counter.url, domain=counter.domain)
    pretended.keep(stage.lives)
    pretended.keep_lost(stage.lives)
    return stage.lives


def begin(counter: Counter, *, days: int) -> Json:
    today = counter.clock().date()
    asked = {"first_date": str(today - timedelta(days=days)), "last_date": str(today)}
    answer = counter.post("backfills", asked)
    assert answer.status_code == 201, answer.text
    found: Json = answer.json()
    return found


def decided(counter: Counter, begun: Json, decision: str) -> Json:
    """What a person decides, and what follows until nothing is under way."""
    answer = counter.post(f"backfills/{begun['id']}/{decision}", {})
    assert answer.status_code == 202, answer.text
    counter.work_until_quiet()
    return shown(counter, begun)


def shown(counter: Counter, begun: Json) -> Json:
    found: Json = counter.api.get(f"backfills/{begun['id']}")
    return found


def in_the_books(books: Books) -> list[tuple[str, str, str]]:
    rows = books.all("documents")
    return sorted((row["number"], row["date"], f"{row['total']:.4f}") for row in rows)


def balances(books: Books) -> Json:
    trial = books.trial_balance()
    assert trial["debit"] == trial["credit"]
    sums = {row["account"]: row["debit"] - row["credit"] for row in trial["rows"]}
    return {account: amount for account, amount in sums.items() if amount}


def dry_run(begun: Json) -> list[list[str]]:
    return sorted(foreseen(Backfill.objects.get(id=begun["id"])))


# --- the whole of it -------------------------------------------------------------------------


def test_the_books_get_document_for_document_what_was_shown_and_lose_it_again(
    counter: Counter, books: Books
) -> None:
    lives = lived(counter, MANY)
    before = balances(books)

    begun = begin(counter, days=58)
    counter.work_until_quiet()
    previewed, expected = shown(counter, begun), dry_run(begun)
    untouched = (balances(books), in_the_books(books), Document.objects.count())
    posted = decided(counter, begun, "post")
    got, written_then = in_the_books(books), written(counter.shop.store)
    reversed_ = decided(counter, begun, "reverse")

    assert (previewed["state"], previewed["counts"]["orders"]) == ("previewed", len(lives))
    assert previewed["counts"]["failed"] == previewed["counts"]["there"] == 0
    assert untouched == (before, [], 0)
    assert (posted["state"], posted["counts"]["different"]) == ("posted", 0)
    assert written_then == expected
    assert [row[0] for row in got] == [row[0] for row in expected if row[1] != "allocation"]
    assert reversed_["state"] == "reversed"
    assert balances(books) == before


# --- storms ----------------------------------------------------------------------------------

STORMS = (
    [{"fault": "throttled", "times": 3}, {"fault": "503", "times": 2}],
    [{"fault": "429", "times": 2}, {"fault": "internal"}, {"fault": "html"}],
    [{"fault": "500", "times": 4}, {"fault": "truncated"}],
    [{"fault": "503", "on": "token"}],
)


def test_a_storm_of_refusals_changes_nothing_but_the_time(counter: Counter, books: Books) -> None:
    lived(counter, FEW)
    calm = begin(counter, days=58)
    counter.work_until_quiet()
    expected = dry_run(calm)
    decided(counter, calm, "cancel")

    stormy = begin(counter, days=58)
    counter.change(plan="standard", bucket_size=1100.0)
    for faults in STORMS:
        counter.change(faults=faults)
        counter.clock.advance(hours=2)
        counter.work()
    counter.work_until_quiet()

    found = shown(counter, stormy)
    assert (found["state"], found["counts"]["orders"]) == ("previewed", FEW)
    assert counter.pretended.faults == []
    assert [row[:5] for row in dry_run(stormy)] == [row[:5] for row in expected]
    assert not Document.objects.exists()


def test_a_day_that_shopify_no_longer_shows_is_refused_with_the_first_that_it_does(
    counter: Counter, books: Books
) -> None:
    since = date.fromisoformat(counter.api.get("backfills")["readable_since"])
    asked = {"first_date": str(since - timedelta(days=1)), "last_date": str(since)}

    answer = counter.post("backfills", asked)

    assert answer.status_code == 400
    assert str(since) in answer.json()["first_date"][0]
    assert not Backfill.objects.exists()


# --- beside the sweep ------------------------------------------------------------------------


@pytest.fixture
def set_aside(counter: Counter, merchant: Merchant) -> Iterator[int]:
    """An order that only a dry run knows; no webhook of it comes, now or later."""
    counter.work_until_quiet()
    with counter.dropping():
        order_id = counter.sells(1001)
        counter.clock.advance(hours=1)
        begin(counter, days=1)
        for _ in range(5):
            tasks.go_on_backfilling()
        yield order_id


def test_the_sweep_takes_what_a_dry_run_read_for_known(
    counter: Counter, merchant: Merchant, set_aside: int
) -> None:
    read_at = counter.order(set_aside).refetched_at
    counter.sweep()

    found = counter.order(set_aside)
    assert counter.swept() == (0, 0, True)
    assert (found.note, found.planned_at) == (SET_ASIDE_NOTE, None)
    assert found.refetched_at == read_at
    assert merchant.documents() == []


def test_an_order_of_a_dry_run_is_found_once_it_changes_though_no_webhook_comes(
    counter: Counter, merchant: Merchant, set_aside: int
) -> None:
    (row,) = BackfillOrder.objects.all()
    changed = counter.clock().replace(microsecond=0).isoformat()
    counter.sells(1001, tags="changed", updated_at=changed)
    counter.sweep()

    assert row.outcome == "post"
    assert counter.swept() == (0, 1, True)
    assert counter.order(set_aside).state == Order.State.PLANNED
    assert "SH-1001" in merchant.totals()
