"""A sweep over a large shop finds what is missing and what is stale, and reads nothing else.

`LEJAR_SWEEP_ORDERS=10000` makes it as large as its name says; the suite takes fewer. Memory is that
of the whole process, Lejar's and the pretended Shopify's together.
"""

from __future__ import annotations

import gc
import logging
import os
import tracemalloc
from collections import Counter as Count
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from accounting import codec
from accounting.models import Fact, Order
from shopify_app import tasks
from shopify_app.models import Reconciliation
from shopify_app.payloads import facts_from
from shopify_app.sandbox import orders
from shopify_app.sandbox.answers import Told
from tests.journeys.shopkeeping import Counter
from tests.payloads import as_body, make_line, make_order

ORDERS = int(os.environ.get("LEJAR_SWEEP_ORDERS", "2000"))
FEW = ORDERS // 5
WARM = FEW // 2  # swept first, so that what is loaded once counts for neither
ONE_SECOND = 250  # orders that change in the same second, as when many are edited at once
FIRST_ID = 6300000000000
LAST_WEEK = "2026-11-01T00:00:00+00:00"
MOST_GROWTH = 1.5  # of the peak of memory, for five times as many orders

Json = dict[str, Any]
log = logging.getLogger(__name__)


def body_of(place: int, at: datetime) -> Json:
    number = FIRST_ID + place
    return make_order(
        id=number,
        name=f"#{place + 1}",
        order_number=place + 1,
        line_items=[make_line(id=FIRST_ID * 2 + place)],
        created_at=at.isoformat(),
        processed_at=at.isoformat(),
        updated_at=at.isoformat(),
    )


def changes(count: int, counter: Counter) -> Iterator[datetime]:
    """When each order changed: through two days, the first of them all in one second."""
    start, step = counter.clock() - timedelta(hours=44), timedelta(hours=43) / count
    for place in range(count):
        yield (start + max(0, place - ONE_SECOND) * step).replace(microsecond=0)


def fill(counter: Counter, told: list[Told]) -> set[int]:
    """The shop has them, and Lejar knows all but one in a thousand; of as many an older version.
    The ids of both."""
    orders.keep_new(counter.pretended, told)
    ids = [one.order["id"] for one in told]
    missing, stale = set(ids[100::1000]), set(ids[200::1000])
    tell(counter, [dict(one.order) for one in told if one.order["id"] not in missing], stale)
    return missing | stale


def tell(counter: Counter, bodies: list[Json], stale: set[int]) -> None:
    """What webhooks have told, in a few statements: the rows that they leave."""
    store = counter.shop.store
    now = counter.clock()
    (fact,) = facts_from("orders/updated", as_body(bodies[0]), triggered_at=now, tax_attributes={})
    shape = codec.dump(fact)
    rows = [Order(store=store, order_id=b["id"], name=b["name"], facts_at=now) for b in bodies]
    Order.objects.bulk_create(rows, batch_size=1000)
    Fact.objects.bulk_create(
        (
            known(row, shape, LAST_WEEK if row.order_id in stale else body["updated_at"], now)
            for row, body in zip(rows, bodies, strict=True)
        ),
        batch_size=1000,
    )


def known(row: Order, shape: Json, updated_at: str, now: datetime) -> Fact:
    body = {**shape, "id": row.order_id, "name": row.name, "updated_at": updated_at}
    return Fact(
        store=row.store,
        order=row,
        kind="order",
        source_id=row.order_id,
        sha256=codec.sha256(body),
        as_of=now,
        first_as_of=now,
        body=body,
        told_by="delivery 1",
    )


@contextmanager
def peak_of_memory() -> Iterator[list[int]]:
    """Bytes above what was there before. Garbage of earlier pages counts as long as nobody collects
    it, so that is done at every call; what was there before is not looked through each time."""
    found: list[int] = []
    gc.collect()
    gc.freeze()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    try:
        yield found
        found.append(tracemalloc.get_traced_memory()[1] - before)
    finally:
        tracemalloc.stop()
        gc.unfreeze()


def tidy(call: Callable[..., Any]) -> Callable[..., Any]:
    def called(*given: Any, **named: Any) -> Any:
        gc.collect()
        return call(*given, **named)

    return called


def swept(counter: Counter) -> tuple[Reconciliation, int]:
    """The next sweep, with what is read after it, and its peak of memory."""
    with peak_of_memory() as found:
        counter.post("reconciliation", {})
        tasks.read()
    return Reconciliation.objects.latest("id"), found[0]


class Calls(logging.Handler):
    """How often Shopify was asked for each operation, by Lejar's own log, which goes nowhere else:
    kept lines would count as memory."""

    def __init__(self) -> None:
        super().__init__()
        self.made: Count[str] = Count()

    def emit(self, record: logging.LogRecord) -> None:
        if isinstance(record.args, tuple):
            self.made[str(record.args[1])] += 1


@pytest.fixture
def calls(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> Iterator[Calls]:
    handler, source = Calls(), logging.getLogger("shopify_app.admin_api")
    monkeypatch.setattr(source, "propagate", False)
    monkeypatch.setattr(source, "level", logging.INFO)
    source.addHandler(handler)
    real = tasks.SHOPIFY
    given = replace(real, ask=tidy(real.ask), read_order=tidy(real.read_order))
    monkeypatch.setattr(tasks, "SHOPIFY", given)
    yield handler
    source.removeHandler(handler)


def newly_read(before: set[int]) -> set[int]:
    rows = Order.objects.filter(refetched_at__isnull=False)
    return set(rows.values_list("order_id", flat=True)) - before


@pytest.mark.timeout(600)
def test_a_sweep_finds_what_is_missing_and_stale_and_reads_nothing_else(
    counter: Counter, calls: Calls
) -> None:
    counter.open_page()
    counter.clock.advance(days=6)
    counter.work()
    told = [Told(order=body_of(place, at)) for place, at in enumerate(changes(ORDERS, counter))]
    first = fill(counter, told[:WARM])
    swept(counter)
    few = fill(counter, told[WARM:FEW])
    small, small_peak = swept(counter)
    read_before = newly_read(set())
    wanted = fill(counter, told[FEW:])
    calls.made.clear()

    large, large_peak = swept(counter)

    assert (small.listed, small.missing + small.stale) == (FEW, len(few))
    assert read_before == first | few
    assert (large.state, large.listed) == ("finished", ORDERS)
    assert large.missing + large.stale == len(wanted)
    assert newly_read(read_before) == wanted
    assert calls.made["OrdersChangedSince"] <= ORDERS // 99 + ONE_SECOND // 100 + 2
    assert calls.made["OrderHeader"] == len(wanted)
    growth = large_peak / small_peak
    log.info("%s orders, %.2f MB, %.2f times that of %s", ORDERS, large_peak / 1e6, growth, FEW)
    assert growth < MOST_GROWTH
