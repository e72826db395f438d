"""Held orders together, and one order's way out of a closed period."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from accounting import holds, posting, reversal, ways
from accounting.documents.rules import Ledger
from accounting.facts import Fact
from accounting.models import Audit, Document, GatewayMapping, ItemMapping, Order, Store
from tests.accounting.conftest import Send
from tests.accounting.orders import tell
from tests.books import Clock, make_book, make_store
from tests.facts import ORDER_ID, make_paid_order, make_transaction

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("timing")]

PAID = (make_paid_order(), make_transaction())
CLOSED = date(2026, 11, 30)
OPEN = CLOSED + timedelta(days=1)


@pytest.fixture
def store(now: datetime, monkeypatch: pytest.MonkeyPatch) -> Store:
    store = make_store(
        make_book(now),
        time_zone="Asia/Kuala_Lumpur",
        books_closed_date=CLOSED,
        closed_period="hold",
    )
    store.debtor_set.create(currency="MYR", code="300-C0001")
    ItemMapping.objects.create(store=store, match="default", account="500-000")
    GatewayMapping.objects.create(store=store, gateway="stripe", account="310-000")
    ledger = Ledger()
    monkeypatch.setattr(ways, "ledger", lambda _: ledger)
    return store


def plan(store: Store, clock: Clock, *facts: Fact) -> Order:
    """The order once these facts were told, and it has been quiet."""
    if facts:
        tell(store, facts, clock())
    clock.advance(minutes=11)
    while posting.plan(now=clock()):
        pass
    return Order.objects.get()


def choose(store: Store, clock: Clock, order_id: int = ORDER_ID) -> bool:
    return holds.post_to_next_open_day(
        store_id=store.id, order_id=order_id, who="staff 1", now=clock()
    )


def codes(order: Order) -> set[str]:
    return {problem["code"] for problem in order.problems}


# --- one order to the next open day ----------------------------------------------------------


def test_what_a_closed_period_holds_is_posted_on_the_first_open_day(
    store: Store, clock: Clock
) -> None:
    held = plan(store, clock, *PAID)

    chosen = choose(store, clock)
    planned = plan(store, clock)

    assert (held.state, codes(held)) == ("held", {"PERIOD_CLOSED"})
    assert chosen
    assert planned.state == "planned"
    assert set(Document.objects.values_list("date", flat=True)) == {OPEN}
    assert "orig. " in Document.objects.get(role="IV").payload["description"]


def test_the_policy_for_all_others_stays(store: Store, clock: Clock) -> None:
    plan(store, clock, *PAID)
    choose(store, clock)
    plan(store, clock)

    other = make_paid_order(id=ORDER_ID + 1, name="#1002", number=1002)
    tell(store, (other,), clock())
    clock.advance(minutes=11)
    posting.plan(now=clock())

    assert Store.objects.get().closed_period == "hold"
    assert Order.objects.get(order_id=ORDER_ID + 1).state == "held"


def test_the_choice_stays_with_the_order_and_is_noted(store: Store, clock: Clock) -> None:
    plan(store, clock, *PAID)
    choose(store, clock)
    plan(store, clock)

    again = posting.replan(store_id=store.id, order_id=ORDER_ID, who="staff 1", now=clock())
    order = plan(store, clock)

    audit = Audit.objects.get(action="order posted to the next open day")
    assert again
    assert (order.state, order.closed_period) == ("planned", "next_open_day")
    assert (audit.store_id, audit.who, audit.detail) == (store.id, "staff 1", {"order": ORDER_ID})


def test_taking_such_an_order_back_also_takes_the_first_open_day(
    store: Store, clock: Clock, send: Send
) -> None:
    Store.objects.update(books_closed_date=None)
    plan(store, clock, *PAID)
    send()
    Store.objects.update(books_closed_date=CLOSED)
    reversal.reverse(store_id=store.id, order_id=ORDER_ID, who="staff 1", now=clock())
    held = plan(store, clock)

    choose(store, clock)
    order = plan(store, clock)

    assert (held.state, codes(held)) == ("held", {"PERIOD_CLOSED"})
    assert order.state == "reversed"
    assert set(Document.objects.filter(role="Z").values_list("date", flat=True)) == {OPEN}


def test_an_order_that_no_closed_period_holds_is_left_alone(store: Store, clock: Clock) -> None:
    Store.objects.update(books_closed_date=None)
    before = plan(store, clock, *PAID)

    chosen = choose(store, clock)

    after = Order.objects.get()
    assert not chosen
    assert (after.closed_period, after.plan_at) == ("", before.plan_at)
    assert not Audit.objects.exists()


def test_an_order_of_another_store_is_left_alone(store: Store, other: Store, clock: Clock) -> None:
    plan(store, clock, *PAID)

    assert not choose(other, clock)
    assert Order.objects.get().closed_period == ""
    assert not Audit.objects.exists()


# --- held since ------------------------------------------------------------------------------


def test_an_order_is_held_since_it_was_first_held(store: Store, clock: Clock) -> None:
    first = plan(store, clock, *PAID).held_since
    posting.replan(store_id=store.id, order_id=ORDER_ID, who="staff 1", now=clock())

    again = plan(store, clock).held_since
    choose(store, clock)
    released = plan(store, clock).held_since

    assert first == again is not None
    assert released is None


# --- kinds of holds --------------------------------------------------------------------------


def hold(store: Store, now: datetime, order_id: int, *held_for: str) -> Order:
    return Order.objects.create(
        store=store,
        order_id=order_id,
        state="held",
        facts_at=now,
        held_since=now,
        problems=[{"code": code, "subject": "", "message": "x", "terms": []} for code in held_for],
    )


def test_holds_are_counted_by_kind_with_the_oldest_and_the_newest(
    store: Store, other: Store, now: datetime
) -> None:
    orders = [
        hold(store, now - timedelta(hours=n), n, "UNMAPPED_TAX", "UNMAPPED_TAX")
        for n in range(1, 6)
    ]
    both = hold(store, now, 6, "UNMAPPED_TAX", "I1")
    hold(other, now, 7, "I4")

    tax, figures = holds.kinds(store.id)

    assert (tax.code, tax.orders, tax.since) == ("UNMAPPED_TAX", 6, now - timedelta(hours=5))
    assert tax.examples == (both.id, orders[-1].id, orders[-2].id)
    assert (figures.code, figures.orders, figures.examples) == ("I1", 1, (both.id,))
    assert tax.is_all


def test_more_than_can_be_counted_is_said_to_be_more(
    store: Store, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holds, "MOST", 2)
    for n in range(1, 4):
        hold(store, now, n, "I1")

    (found,) = holds.kinds(store.id)

    assert (found.orders, found.is_all) == (2, False)


def test_counting_is_one_statement_and_nothing_held_is_nothing(
    store: Store, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        assert holds.kinds(store.id) == []
