"""A shop that Shopify closes: whoever notices, nothing is sent until Shopify answers again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounting.models import Backfill, Document
from shopify_app import install, tasks
from tests.journeys.merchant import Merchant
from tests.journeys.shopkeeping import Counter

Reader = Callable[[Counter], None]


def refetches(counter: Counter) -> None:
    number = counter.order(6200000001001).order_id
    assert counter.post(f"orders/{number}/refetch", {}).status_code == 202
    tasks.read()


def sweeps(counter: Counter) -> None:
    assert counter.post("reconciliation", {}).status_code == 202
    tasks.read()


def reads_the_shop(counter: Counter) -> None:
    install.read_again(counter.domain, now=counter.clock())
    tasks.shops()


def backfills(counter: Counter) -> None:
    days = {"first_date": "2026-11-19", "last_date": "2026-11-24"}
    assert counter.post("backfills", days).status_code == 201
    tasks.go_on_backfilling()


@pytest.mark.parametrize(
    ("reader", "state"),
    [
        (refetches, "frozen"),  # 402
        (sweeps, "locked"),  # 423
        (reads_the_shop, "inactive"),
        (backfills, "frozen"),
        (backfills, "locked"),
    ],
)
def test_whoever_finds_the_shop_closed_stops_its_sending_until_it_answers(
    reader: Reader, state: str, counter: Counter, merchant: Merchant
) -> None:
    counter.sells(1001)
    counter.work_until_quiet()
    counter.change(state=state)

    reader(counter)
    closed = (counter.shop.state, counter.shop.store.sending, counter.notices())
    counter.sells(1002)
    for _ in range(3):
        counter.clock.advance(minutes=11)
        counter.work()
    kept = Document.objects.filter(number="SH-1002").values_list("state", flat=True).get()
    counter.change(state="normal")
    counter.clock.advance(days=1)
    counter.work_until_quiet()

    assert closed == ("unavailable", False, {"shop_unavailable"})
    assert kept == Document.State.QUEUED
    assert (counter.shop.state, counter.shop.store.sending) == ("active", True)
    assert counter.notices() == set()
    assert counter.reading.trouble == ""
    assert {"SH-1001", "SH-1002"} <= set(merchant.totals())
    assert not Backfill.objects.exclude(state="previewed").exists()


def test_once_the_shop_answers_anybody_the_others_go_on_too(
    counter: Counter, merchant: Merchant
) -> None:
    counter.work_until_quiet()
    with counter.dropping():
        lost = counter.sells(1001)
    counter.clock.advance(minutes=20)
    counter.change(state="frozen")
    sweeps(counter)
    asked_again_at = counter.reading.not_before
    counter.change(state="normal")
    counter.clock.advance(minutes=5)

    reads_the_shop(counter)
    counter.work_until_quiet()

    assert asked_again_at is not None
    assert asked_again_at > counter.clock()
    assert counter.order(lost).refetched_at is not None
    assert "SH-1001" in merchant.totals()
