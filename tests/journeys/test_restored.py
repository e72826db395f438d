"""The database is restored from a dump that is older than the books: they end as they were, and
nothing stands in them twice (docs/reliability.md)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from accounting import audit_chain, checking, connections, ways
from accounting.models import Backfill, BookDifference, DebtorCode, Document, Order
from shopify_app import shopify_http
from shopify_app.models import Reconciliation
from tests.journeys import outage, stories
from tests.journeys.merchant import Merchant
from tests.journeys.shopkeeping import Counter
from tests.payloads import make_customer

Json = dict[str, Any]
CUSTOMER_ID = 7100000000077


def sold(counter: Counter, number: int, at: str = "") -> Json:
    """80.00, paid now or then; the order as Shopify tells of it."""
    at = at or counter.clock().replace(microsecond=0).isoformat()
    when: Json = {"created_at": at, "processed_at": at}
    who = make_customer(id=CUSTOMER_ID + number, first_name="Pelanggan", last_name=str(number))
    given: Json = {"line_items": [stories.line(number)], "customer": who, "updated_at": at}
    bought = stories.order(number, **given, **when)
    counter.happens("orders/create", bought)
    counter.happens("order_transactions/create", stories.payment(number, "80.00", **when))
    return bought


def returned(counter: Counter, number: int, bought: Json) -> None:
    """The one unit comes back, and its money goes back."""
    at = counter.clock().replace(microsecond=0).isoformat()
    when: Json = {"created_at": at, "processed_at": at}
    gone = stories.refunded_line(number, subtotal="80.00")
    back = stories.money_back(number, "80.00", **when)
    record = stories.refund(number, back, refund_line_items=[gone], **when)
    changes = {name: bought[name] for name in ("created_at", "processed_at", "customer")}
    for webhook in stories.taken_back(bought, record, **changes, updated_at=at):
        counter.happens(webhook.topic, webhook.payload)


def backfill(counter: Counter, decision: str = "") -> None:
    """Begin one of last month's orders; or decide on the one there is."""
    if decision:
        begun = Backfill.objects.latest("id")
        answer = counter.post(f"backfills/{begun.pk}/{decision}", {})
    else:
        today = counter.clock().date()
        days = {"first_date": str(today - timedelta(days=20)), "last_date": str(today)}
        answer = counter.post("backfills", days)
    assert answer.status_code in (201, 202), answer.text
    counter.work_until_quiet()


def reverse(counter: Counter, number: int) -> None:
    answer = counter.post(f"orders/{6200000000000 + number}/reverse", {"reason": "Sold twice"})
    assert answer.status_code == 202, answer.text
    counter.work_until_quiet()


def forget_connections() -> None:
    """Who kept one to the lost database through the web server gets another."""
    ways._http().close()
    shopify_http.client().close()


def compared(counter: Counter) -> set[tuple[str, str]]:
    """What stands otherwise in the books by a whole comparison."""
    store_id = counter.shop.store_id
    begun = checking.start(store_id=store_id, who="operator", now=counter.clock())
    done = checking.run(
        begun.id,
        connections.connector_for,
        clock=counter.clock,
        wait=lambda seconds: counter.clock.advance(seconds=seconds),
    )
    assert done.state == "finished", done.message
    standing = BookDifference.objects.filter(store=store_id, resolved_at=None)
    return set(standing.values_list("code", "number"))


@pytest.fixture
def in_use(counter: Counter, merchant: Merchant) -> None:
    """Every customer has a debtor of its own; an order from before Lejar that nobody told of."""
    counter.do("grant", scopes=["read_customers", "read_orders", "read_products"])
    counter.work()
    counter.open_page()
    counter.api.patch("store", {"customers": "customer", "debtor_prefix": "30"})
    counter.api.patch("store", {"cut_over_date": "2026-11-01"})
    with counter.dropping():
        sold(counter, 1000, "2026-11-12T10:00:00+08:00")
    counter.sweep()


@pytest.mark.timeout(180)
def test_a_dump_an_hour_old_the_books_and_shopify_bring_everything_back_once(
    counter: Counter, merchant: Merchant, in_use: None, tmp_path: Path
) -> None:
    bought = sold(counter, 1001)
    sold(counter, 1002)
    counter.work_until_quiet()
    backfill(counter)
    known = {number for number, *_ in merchant.totals().items()}

    outage.dump(tmp_path / "lejar.dump")
    dumped_at = counter.clock()
    returned(counter, 1001, bought)
    sold(counter, 1003)
    counter.work_until_quiet()
    backfill(counter, "post")
    reverse(counter, 1002)
    counter.clock.now = max(counter.clock(), dumped_at + timedelta(hours=1))
    before, balances, given = merchant.contents(), merchant.balances(), codes()
    writes = written(merchant)

    forget_connections()
    with outage.lost_and_restored(tmp_path / "lejar.dump", tmp_path):
        forgotten = not Order.objects.filter(name="#1003").exists()
        outage.after_restore()
        counter.open_page()  # a token, where Shopify ended the one that the dump knows
        counter.work_until_quiet()
        sweep = Reconciliation.objects.latest("id")
        foreign = compared(counter)
        reverse(counter, 1002)
        backfill(counter, "post")
        standing = compared(counter)
        states = set(Document.objects.values_list("state", flat=True))
        chain = audit_chain.check_whole(store_id=counter.shop.store_id, now=counter.clock())
        after, again = merchant.contents(), codes()
        forget_connections()

    assert forgotten
    assert len(before) == len(known) + 8
    assert sweep.since <= dumped_at - timedelta(hours=48)
    assert {code for code, _ in foreign} == {"foreign"}
    assert {number[:7] for _, number in foreign} == {"SH-1000", "SH-1002"}
    assert (standing, states, chain) == (set(), {"posted"}, None)
    assert after == before
    assert merchant.balances() == balances
    assert written(merchant) == writes
    assert again == given


def codes() -> dict[int, str]:
    """Whose debtor is whose."""
    return dict(DebtorCode.objects.values_list("source_id", "code"))


def written(merchant: Merchant) -> int:
    """How many writes the books have got."""
    return sum(call["method"] == "POST" for call in merchant.calls())
