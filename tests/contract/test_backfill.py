"""A whole backfill into a sandbox book: the books get just what the dry run shows, and a reversal
brings every balance back. `LEJAR_BACKFILL_ORDERS=5000` makes it a large one.
"""

from __future__ import annotations

import os
from datetime import date
from decimal import Decimal

import pytest

from accounting import backfill_totals, backfills, connections
from accounting.models import Document
from tests.backfilled import (
    Driver,
    Shopify,
    foreseen,
    make_shop,
    map_everything,
    past_orders,
    written,
)
from tests.contract.bench import Bench, Connection
from tests.contract.connections import CONNECTIONS

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(7200)]
ORDERS = int(os.environ.get("LEJAR_BACKFILL_ORDERS", "25"))


@pytest.fixture
def connection() -> Connection:
    return CONNECTIONS[0]


def moved(bench: Bench) -> dict[str, Decimal]:
    return {account: amount for account, amount in bench.balances().items() if amount}


def test_the_books_get_what_the_dry_run_shows_and_lose_it_again(bench: Bench) -> None:
    bench.store.customers, bench.store.debtor_prefix = "customer", "300-"
    bench.store.save()
    map_everything(bench.store, bench.connection.accounts, bench.connection.methods)
    make_shop(bench.store, bench.clock(), scopes="read_all_orders")
    shopify = Shopify(past_orders(ORDERS))
    driver = Driver(bench.store, shopify, bench.clock, connections.connector_for)
    before = moved(bench)

    driver.start(first=date(2026, 1, 1))
    shown = driver.until("previewed")
    expected = sorted(foreseen(shown))
    assert (moved(bench), bench.documents()) == (before, [])

    driver.decide(backfills.post, shown)
    done = driver.until("posted")

    assert written(bench.store) == expected
    assert backfills.counts(done)["different"] == 0
    assert set(Document.objects.values_list("state", flat=True)) == {"posted"}
    balances = backfill_totals.balance(shown.totals["accounts"])
    assert moved(bench)[bench.connection.control] == balances["MYR AR"]

    driver.decide(backfills.reverse, done)
    driver.until("reversed")

    assert moved(bench) == before
    assert bench.still_open() == {}
