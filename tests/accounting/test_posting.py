"""From facts to the outbox: what is kept, what is queued, what is held."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import OperationalError

from accounting import planning, posting
from accounting.documents.document import Key, Plan, Role
from accounting.facts import Fact, Transaction
from accounting.facts import Order as OrderFact
from accounting.models import Document, Order, Store
from accounting.models import Fact as FactRow
from shopify_app.payloads import facts_from
from tests.accounting.conftest import Plans
from tests.accounting.orders import invoice, order_facts, problem, tell
from tests.books import make_store
from tests.payloads import ORDER_ID, as_body, make_order, make_transaction

pytestmark = pytest.mark.django_db


def in_singapore_dollars(now: datetime) -> tuple[Fact, ...]:
    body = as_body(make_order()).replace(b'"MYR"', b'"SGD"')
    return facts_from("orders/create", body, triggered_at=now)


def test_the_same_facts_again_add_nothing(store: Store, now: datetime) -> None:
    for _ in range(3):
        tell(store, order_facts(now), now)

    assert FactRow.objects.count() == 1
    assert Order.objects.count() == 1


def test_the_same_content_said_later_moves_only_its_time(store: Store, now: datetime) -> None:
    early = facts_from("order_transactions/create", as_body(make_transaction()), triggered_at=now)
    late = [replace(f, as_of=now + timedelta(hours=1)) for f in early if isinstance(f, Transaction)]
    for facts in (early, late, early):
        tell(store, facts, now)

    assert FactRow.objects.get().as_of == now + timedelta(hours=1)


def test_versions_that_decide_nothing_any_more_are_dropped(store: Store, now: datetime) -> None:
    for minute in range(5):
        at = f"2026-11-20T10:0{minute}:00+08:00"
        tell(store, order_facts(now, "orders/updated", updated_at=at), now)
    tell(store, order_facts(now, updated_at="2026-11-20T10:00:00+08:00"), now)

    picture = posting.facts_of(Order.objects.get())

    assert FactRow.objects.count() == 2
    assert picture.origin is not None
    assert picture.latest is not None
    assert picture.latest.updated_at.minute == 4


def test_another_currency_is_refused_and_nothing_is_kept(store: Store, now: datetime) -> None:
    with pytest.raises(posting.Refused, match="is SGD, but this shop keeps its books in MYR"):
        tell(store, in_singapore_dollars(now), now)

    assert not Order.objects.exists()


def test_ids_of_another_store_are_refused_and_nothing_is_kept(
    store: Store, other: Store, now: datetime
) -> None:
    tell(store, order_facts(now), now)
    stolen = facts_from("order_transactions/create", as_body(make_transaction()), triggered_at=now)
    tell(store, stolen, now)

    moved = [replace(fact, order_id=5) for fact in stolen if isinstance(fact, Transaction)]
    for facts in (order_facts(now), stolen, moved):
        with pytest.raises(posting.Refused):
            tell(other, facts, now)

    assert not FactRow.objects.filter(store=other).exists()
    assert not Order.objects.filter(store=other).exists()


def test_a_plan_queues_its_documents_frozen_and_pins_the_number(
    store: Store, now: datetime, plans: Plans
) -> None:
    plans(Plan(entries=(invoice(),)))
    tell(store, order_facts(now), now)

    planned = posting.plan(now=now)

    order, document = Order.objects.get(), Document.objects.get()
    assert planned == 1
    assert (order.state, order.stem, order.pinned["trigger"]) == ("planned", "SH-1001", "paid")
    assert order.plan_at is None
    assert (document.state, document.number) == ("queued", "SH-1001")
    assert document.total == Decimal("107.00")
    assert document.payload["number"] == "SH-1001"


def test_planning_again_hands_over_what_is_sealed(
    store: Store, now: datetime, plans: Plans
) -> None:
    calls = plans(Plan(entries=(invoice(),)), Plan())
    tell(store, order_facts(now), now)
    posting.plan(now=now)

    posting.replan(store_id=store.id, order_id=ORDER_ID, who="staff 1", now=now)
    posting.plan(now=now)

    assert calls[1]["sealed"] == [invoice()]
    assert Document.objects.count() == 1


def test_the_trigger_stays_as_pinned_when_the_policy_changes(
    store: Store, now: datetime, plans: Plans
) -> None:
    calls = plans(Plan(entries=(invoice(),)), Plan())
    tell(store, order_facts(now), now)
    posting.plan(now=now)
    Store.objects.update(trigger="created")

    tell(store, order_facts(now), now)
    posting.plan(now=now)

    assert calls[1]["rules"].policy.trigger == "paid"


def test_an_order_number_that_is_taken_gets_the_long_form(
    store: Store, now: datetime, plans: Plans
) -> None:
    calls = plans(Plan(entries=(invoice(),)), Plan())
    tell(store, order_facts(now), now)
    posting.plan(now=now)

    tell(store, order_facts(now, id=77), now)
    posting.plan(now=now)

    assert calls[0]["stem"] == "SH-1001"
    assert calls[1]["stem"] == "SH-O25"


def test_problems_hold_the_order_and_name_everything(
    store: Store, now: datetime, plans: Plans
) -> None:
    plans(Plan(problems=(problem(), problem("UNMAPPED_ITEM", subject="AG-1"))))
    tell(store, order_facts(now), now)

    posting.plan(now=now)

    order = Order.objects.get()
    assert order.state == "held"
    assert [problem["code"] for problem in order.problems] == ["UNMAPPED_TAX", "UNMAPPED_ITEM"]
    assert not Document.objects.exists()


def test_what_may_pass_is_not_shown_until_the_order_has_been_quiet(
    store: Store, now: datetime, plans: Plans
) -> None:
    calls = plans(
        Plan(problems=(problem("FACTS_INCOMPLETE", may_pass=True),)), Plan(problems=(problem(),))
    )
    tell(store, order_facts(now), now)

    posting.plan(now=now)
    waiting = Order.objects.get()
    early = posting.plan(now=now + timedelta(minutes=9))
    late = posting.plan(now=now + timedelta(minutes=10))

    assert (waiting.state, waiting.problems) == ("waiting", [])
    assert waiting.plan_at == now + timedelta(minutes=10)
    assert (early, late) == (0, 1)
    assert [call["settled"] for call in calls] == [False, True]
    assert Order.objects.get().state == "held"


def test_a_store_without_books_holds_its_orders_and_says_so(now: datetime) -> None:
    store = make_store(None)
    tell(store, order_facts(now), now)

    posting.plan(now=now)

    assert Order.objects.get().problems[0]["code"] == "NO_CONNECTION"


def test_a_mistake_of_ours_holds_one_order_and_is_reported(
    store: Store,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(*_: Any, **__: Any) -> Plan:
        raise ZeroDivisionError

    monkeypatch.setattr(planning, "build", broken)
    tell(store, order_facts(now), now)

    posting.plan(now=now)

    order = Order.objects.get()
    assert order.state == "held"
    assert order.problems[0]["code"] == "INTERNAL"
    assert posting.plan(now=now + timedelta(days=1)) == 0
    assert "ZeroDivisionError" in caplog.text


def test_facts_that_arrive_while_an_order_waits_plan_it_at_once(
    store: Store, now: datetime, plans: Plans
) -> None:
    plans(Plan(problems=(problem("FACTS_INCOMPLETE", may_pass=True),)))
    tell(store, order_facts(now), now)
    posting.plan(now=now)

    tell(store, order_facts(now, "orders/paid"), now + timedelta(seconds=1))

    assert Order.objects.get().plan_at == now + timedelta(seconds=1)
    assert isinstance(posting.facts_of(Order.objects.get()).origin, OrderFact)


def test_an_order_that_the_database_cannot_take_is_held_and_the_others_are_planned(
    store: Store, now: datetime, plans: Plans, caplog: pytest.LogCaptureFixture
) -> None:
    too_long = invoice(number="SH-" + "1" * 60, key=Key(role=Role.INVOICE, source_id=1))
    plans(Plan(entries=(too_long,)), Plan(entries=(invoice(),)))
    tell(store, order_facts(now), now)
    tell(store, order_facts(now, id=77, name="#77"), now)

    planned = posting.plan(now=now)

    states = dict(Order.objects.values_list("order_id", "state"))
    assert planned == 2
    assert states == {ORDER_ID: "held", 77: "planned"}
    assert Order.objects.get(order_id=ORDER_ID).stem == ""
    assert Document.objects.get().number == "SH-1001"


def test_a_database_in_trouble_holds_no_order(
    store: Store, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: Any, **__: Any) -> Plan:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(planning, "build", down)
    tell(store, order_facts(now), now)

    with pytest.raises(OperationalError):
        posting.plan(now=now)

    assert (Order.objects.get().state, Order.objects.get().plan_at) == ("waiting", now)


def test_a_plan_that_waits_for_facts_for_ever_is_shown_and_not_made_again_at_once(
    store: Store, now: datetime, plans: Plans
) -> None:
    plans(Plan(problems=(problem("FACTS_INCOMPLETE", may_pass=True),)))
    tell(store, order_facts(now), now)
    later = now + timedelta(minutes=10)

    posting.plan(now=now)
    made = [posting.plan(now=later), posting.plan(now=later)]

    order = Order.objects.get()
    assert made == [1, 0]
    assert (order.state, order.plan_at) == ("held", None)
