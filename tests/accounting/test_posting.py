"""From facts to the outbox: what is kept, what is queued, what is held, what people may do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import OperationalError

from accounting import outbox, posting
from accounting.documents.document import Document as Entry
from accounting.documents.document import Key, Plan, Problem, Role
from accounting.facts import Fact, Transaction
from accounting.facts import Order as OrderFact
from accounting.models import Audit, Document, Order, Store
from accounting.models import Fact as FactRow
from shopify_app.payloads import facts_from
from tests.books import Books, Clock, make_book, make_invoice, make_store
from tests.payloads import ORDER_ID, as_body, make_order, make_transaction

pytestmark = pytest.mark.django_db

Planner = Callable[..., Plan]


@pytest.fixture
def store(now: datetime) -> Store:
    return make_store(make_book(now))


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[dict[str, Any]]]:
    """Replace `build` by a list of ready plans; returns how it was called."""

    def answer(*planned: Plan) -> list[dict[str, Any]]:
        calls: list[dict[str, Any]] = []

        def build(facts: Any, rules: Any, sealed: Sequence[Any], **more: Any) -> Plan:
            calls.append({"facts": facts, "rules": rules, "sealed": list(sealed), **more})
            return planned[min(len(calls), len(planned)) - 1]

        monkeypatch.setattr(posting, "build", build)
        return calls

    return answer


def order_facts(now: datetime, topic: str = "orders/create", **changes: Any) -> tuple[Fact, ...]:
    return facts_from(topic, as_body(make_order(**changes)), triggered_at=now)


def in_singapore_dollars(now: datetime) -> tuple[Fact, ...]:
    body = as_body(make_order()).replace(b'"MYR"', b'"SGD"')
    return facts_from("orders/create", body, triggered_at=now)


def tell(store: Store, facts: Sequence[Fact], now: datetime) -> None:
    posting.record_facts(store_id=store.id, facts=facts, told_by="delivery 1", now=now)


def invoice(**changes: Any) -> Entry:
    given: dict[str, Any] = {"key": Key(role=Role.INVOICE, source_id=ORDER_ID)}
    return make_invoice(**(given | {"order_id": ORDER_ID} | changes))


def hold(code: str = "UNMAPPED_TAX", **changes: Any) -> Problem:
    return Problem(**({"code": code, "subject": "sst", "message": "Map it."} | changes))


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


def test_ids_of_another_store_are_refused_and_nothing_is_kept(store: Store, now: datetime) -> None:
    other = make_store(make_book(now, name="Other"), "other.myshopify.com")
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
    store: Store, now: datetime, plans: Callable[..., Any]
) -> None:
    plans(Plan(entries=(invoice(),)))
    tell(store, order_facts(now), now)

    planned = posting.plan(now=now)

    order, document = Order.objects.get(), Document.objects.get()
    assert planned == 1
    assert (order.state, order.stem, order.trigger) == ("planned", "SH-1001", "paid")
    assert order.plan_at is None
    assert (document.state, document.number) == ("queued", "SH-1001")
    assert document.total == Decimal("107.00")
    assert document.payload["number"] == "SH-1001"


def test_planning_again_hands_over_what_is_sealed(
    store: Store, now: datetime, plans: Callable[..., Any]
) -> None:
    calls = plans(Plan(entries=(invoice(),)), Plan())
    tell(store, order_facts(now), now)
    posting.plan(now=now)

    posting.replan(store_id=store.id, order_id=ORDER_ID, who="staff 1", now=now)
    posting.plan(now=now)

    assert calls[1]["sealed"] == [invoice()]
    assert Document.objects.count() == 1


def test_the_trigger_stays_as_pinned_when_the_policy_changes(
    store: Store, now: datetime, plans: Callable[..., Any]
) -> None:
    calls = plans(Plan(entries=(invoice(),)), Plan())
    tell(store, order_facts(now), now)
    posting.plan(now=now)
    Store.objects.update(trigger="created")

    tell(store, order_facts(now), now)
    posting.plan(now=now)

    assert calls[1]["rules"].policy.trigger == "paid"


def test_an_order_number_that_is_taken_gets_the_long_form(
    store: Store, now: datetime, plans: Callable[..., Any]
) -> None:
    calls = plans(Plan(entries=(invoice(),)), Plan())
    tell(store, order_facts(now), now)
    posting.plan(now=now)

    tell(store, order_facts(now, id=77), now)
    posting.plan(now=now)

    assert calls[0]["stem"] == "SH-1001"
    assert calls[1]["stem"] == "SH-O25"


def test_problems_hold_the_order_and_name_everything(
    store: Store, now: datetime, plans: Callable[..., Any]
) -> None:
    plans(Plan(problems=(hold(), hold("UNMAPPED_ITEM", subject="AG-1"))))
    tell(store, order_facts(now), now)

    posting.plan(now=now)

    order = Order.objects.get()
    assert order.state == "held"
    assert [problem["code"] for problem in order.problems] == ["UNMAPPED_TAX", "UNMAPPED_ITEM"]
    assert not Document.objects.exists()


def test_what_may_pass_is_not_shown_until_the_order_has_been_quiet(
    store: Store, now: datetime, plans: Callable[..., Any]
) -> None:
    calls = plans(
        Plan(problems=(hold("FACTS_INCOMPLETE", may_pass=True),)), Plan(problems=(hold(),))
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

    monkeypatch.setattr(posting, "build", broken)
    tell(store, order_facts(now), now)

    posting.plan(now=now)

    order = Order.objects.get()
    assert order.state == "held"
    assert order.problems[0]["code"] == "INTERNAL"
    assert posting.plan(now=now + timedelta(days=1)) == 0
    assert "ZeroDivisionError" in caplog.text


def refused(store: Store, now: datetime) -> Document:
    tell(store, order_facts(now), now)
    posting.plan(now=now)
    held = outbox.claim(now=now)
    assert held is not None
    document = Document.objects.get(number="SH-1001")
    outbox.move(held, document, Document.State.REJECTED, message="No record found: 500-000")
    outbox.release(held, now=now)
    return document


def test_retrying_a_refused_document_builds_it_anew_under_its_number(
    store: Store, now: datetime, plans: Callable[..., Any]
) -> None:
    calls = plans(Plan(entries=(invoice(),)), Plan(entries=(invoice(description="after the fix"),)))
    document = refused(store, now)

    done = posting.retry(store_id=store.id, document_id=document.id, who="staff 1", now=now)

    document.refresh_from_db()
    assert done
    assert calls[1]["sealed"] == []
    assert document.state == "queued"
    assert document.payload["description"] == "after the fix"
    assert Document.objects.count() == 1
    assert Audit.objects.get().action == "document retried"


def test_retrying_while_something_is_still_unmapped_leaves_the_document_refused(
    store: Store, now: datetime, plans: Callable[..., Any]
) -> None:
    plans(Plan(entries=(invoice(),)), Plan(problems=(hold(),)))
    document = refused(store, now)

    posting.retry(store_id=store.id, document_id=document.id, who="staff 1", now=now)

    document.refresh_from_db()
    assert document.state == "rejected"
    assert Order.objects.get().state == "held"


def test_another_store_can_neither_retry_nor_skip(
    store: Store, now: datetime, plans: Callable[..., Any]
) -> None:
    plans(Plan(entries=(invoice(),)))
    document = refused(store, now)
    other = make_store(make_book(now, name="Other"), "other.myshopify.com")

    retried = posting.retry(store_id=other.id, document_id=document.id, who="x", now=now)
    skipped = posting.skip(store_id=other.id, document_id=document.id, reason="x", who="x", now=now)

    document.refresh_from_db()
    assert (retried, skipped) == (False, False)
    assert document.state == "rejected"


def test_skipping_a_document_says_why_and_lets_the_next_one_go(
    store: Store, now: datetime, plans: Callable[..., Any]
) -> None:
    second = invoice(key=Key(role=Role.PAYMENT, source_id=1), number="SH-1001-P1")
    plans(Plan(entries=(invoice(), second)))
    document = refused(store, now)

    done = posting.skip(
        store_id=store.id, document_id=document.id, reason="typed in by hand", who="a", now=now
    )

    document.refresh_from_db()
    assert done
    assert (document.state, document.message) == ("skipped", "typed in by hand")
    assert Document.objects.get(number="SH-1001-P1").state == "queued"


def test_a_posted_document_can_be_neither_retried_nor_skipped(
    store: Store, now: datetime, plans: Callable[..., Any]
) -> None:
    from accounting import sender

    plans(Plan(entries=(invoice(),)))
    tell(store, order_facts(now), now)
    posting.plan(now=now)
    books = Books()
    sender.send_due(lambda _: books, clock=Clock(now))
    document = Document.objects.get()

    retried = posting.retry(store_id=store.id, document_id=document.id, who="x", now=now)
    skipped = posting.skip(store_id=store.id, document_id=document.id, reason="x", who="x", now=now)

    assert document.state == "posted"
    assert (retried, skipped) == (False, False)


def test_facts_that_arrive_while_an_order_waits_plan_it_at_once(
    store: Store, now: datetime, plans: Callable[..., Any]
) -> None:
    plans(Plan(problems=(hold("FACTS_INCOMPLETE", may_pass=True),)))
    tell(store, order_facts(now), now)
    posting.plan(now=now)

    tell(store, order_facts(now, "orders/paid"), now + timedelta(seconds=1))

    assert Order.objects.get().plan_at == now + timedelta(seconds=1)
    assert isinstance(posting.facts_of(Order.objects.get()).origin, OrderFact)


def test_an_order_that_the_database_cannot_take_is_held_and_the_others_are_planned(
    store: Store, now: datetime, plans: Callable[..., Any], caplog: pytest.LogCaptureFixture
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

    monkeypatch.setattr(posting, "build", down)
    tell(store, order_facts(now), now)

    with pytest.raises(OperationalError):
        posting.plan(now=now)

    assert (Order.objects.get().state, Order.objects.get().plan_at) == ("waiting", now)


def test_a_plan_that_waits_for_facts_for_ever_is_shown_and_not_made_again_at_once(
    store: Store, now: datetime, plans: Callable[..., Any]
) -> None:
    plans(Plan(problems=(hold("FACTS_INCOMPLETE", may_pass=True),)))
    tell(store, order_facts(now), now)
    later = now + timedelta(minutes=10)

    posting.plan(now=now)
    made = [posting.plan(now=later), posting.plan(now=later)]

    order = Order.objects.get()
    assert made == [1, 0]
    assert (order.state, order.plan_at) == ("held", None)


def test_the_knock_offs_of_a_document_that_cannot_be_skipped_stay(
    store: Store, now: datetime, plans: Callable[..., Any]
) -> None:
    key = Key(role=Role.ALLOCATION, source_id=1, source="SH-1001-P1", target="SH-1001")
    plans(Plan(entries=(invoice(), invoice(key=key, number="SH-1001-K1"))))
    tell(store, order_facts(now), now)
    posting.plan(now=now)
    Document.objects.filter(number="SH-1001").update(state="unknown")
    document = Document.objects.get(number="SH-1001")

    done = posting.skip(store_id=store.id, document_id=document.id, reason="x", who="x", now=now)

    assert not done
    assert Document.objects.get(number="SH-1001-K1").state == "waiting"
    assert not Audit.objects.exists()
