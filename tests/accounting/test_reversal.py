"""Taking an order back: what is left out, waited for and queued, and what comes later."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounting import outbox, posting, reversal, ways
from accounting.codec import dump
from accounting.connectors.base import Receipt, Rejected, Settled, Uncertain
from accounting.documents.document import Kind, load
from accounting.documents.rules import Ledger
from accounting.facts import Fact
from accounting.models import Audit, Document, GatewayMapping, ItemMapping, Order, Store
from accounting.reversal import ReversalState, reversal_state
from tests.accounting.conftest import Send
from tests.accounting.documents.taken_back import left_in_accounts, left_open
from tests.accounting.orders import tell
from tests.books import After, Books, Clock, make_book, make_order_row, make_store
from tests.facts import (
    ORDER_ID,
    REFUNDED_AT,
    make_order,
    make_paid_order,
    make_refund,
    make_refund_transaction,
    make_transaction,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("timing")]

PAID = (make_paid_order(), make_transaction())
REFUNDED = (
    make_order(
        origin=False, updated_at=REFUNDED_AT, current_total_price="0.00", total_outstanding="0.00"
    ),
    make_refund(transaction_ids=(8200000000102,)),
    make_refund_transaction(),
)


@pytest.fixture
def store(now: datetime, monkeypatch: pytest.MonkeyPatch) -> Store:
    store = make_store(make_book(now), time_zone="Asia/Kuala_Lumpur")
    store.debtor_set.create(currency="MYR", code="300-C0001")
    ItemMapping.objects.create(store=store, match="default", account="500-000")
    GatewayMapping.objects.create(store=store, gateway="stripe", account="310-000")
    # The books of these tests can take everything; `tests/contract` asks the real connections.
    ledger = Ledger()
    monkeypatch.setattr(ways, "ledger", lambda _: ledger)
    return store


def plan(store: Store, clock: Clock, *facts: Fact) -> Order:
    """The order once these facts were told, and it has been quiet."""
    tell(store, facts, clock())
    clock.advance(minutes=11)
    posting.replan(store_id=store.id, order_id=ORDER_ID, who="test", now=clock())
    posting.plan(now=clock())
    return Order.objects.get()


def take_back(store: Store, clock: Clock) -> Order:
    assert reversal.reverse(store_id=store.id, order_id=ORDER_ID, who="staff 1", now=clock())
    posting.plan(now=clock())
    return Order.objects.get()


def rows(*roles: str) -> list[tuple[str, str]]:
    found = Document.objects.exclude(role="K").order_by("id")
    found = found.filter(role__in=roles) if roles else found
    return list(found.values_list("role", "state"))


def state() -> ReversalState:
    return reversal_state(Order.objects.all())


def assert_nothing_is_left() -> None:
    there = Document.objects.filter(state="posted").order_by("id")
    entries = [load(payload) for payload in there.values_list("payload", flat=True)]
    assert (left_in_accounts(entries), left_open(entries)) == ({}, {})


def test_what_was_posted_is_taken_back_and_reads_so(
    store: Store, clock: Clock, books: Books, send: Send
) -> None:
    plan(store, clock, *PAID, *REFUNDED)
    send()
    originals = Document.objects.filter(state="posted").exclude(role="K").count()
    Order.objects.update(refetch_ready_at=clock())

    order = take_back(store, clock)
    before = state()
    send()

    assert (order.state, order.note) == ("reversed", reversal.NOTE)
    assert (order.problems, order.flags, order.plan_at) == ([], [], None)
    assert order.refetch_ready_at is None
    assert rows("Z") == [("Z", "posted")] * originals == [("Z", "posted")] * 4
    assert_nothing_is_left()
    assert (before, state()) == (ReversalState(under_way=1), ReversalState(reversed=1))
    noted = Audit.objects.exclude(action="order planned again").get()
    assert (noted.who, noted.action) == ("staff 1", "order taken back")


def test_an_order_is_taken_back_once(store: Store, clock: Clock, send: Send) -> None:
    plan(store, clock, *PAID)
    send()
    take_back(store, clock)
    send()
    there = Document.objects.count()

    again = reversal.reverse(store_id=store.id, order_id=ORDER_ID, who="staff 2", now=clock())
    posting.replan(store_id=store.id, order_id=ORDER_ID, who="staff 2", now=clock())
    posting.plan(now=clock())

    assert not again
    assert Document.objects.count() == there
    assert Audit.objects.filter(action="order taken back").count() == 1
    assert Order.objects.get().state == "reversed"


def test_another_stores_order_is_not_taken_back(
    store: Store, other: Store, clock: Clock, send: Send
) -> None:
    plan(store, clock, *PAID)
    send()

    done = reversal.reverse(store_id=other.id, order_id=ORDER_ID, who="x", now=clock())

    assert not done
    assert Order.objects.get().reversal_asked_at is None
    assert not Audit.objects.filter(action="order taken back").exists()


def test_what_was_never_sent_is_left_out_with_the_reason(
    store: Store, clock: Clock, books: Books, send: Send
) -> None:
    plan(store, clock, *PAID)

    order = take_back(store, clock)
    send()

    assert order.state == "reversed"
    assert set(Document.objects.values_list("state", "message")) == {
        ("skipped", reversal.NOT_IN_THE_BOOKS)
    }
    assert books.held == {}
    assert state() == ReversalState(reversed=1)


def test_what_the_books_refused_and_what_waits_behind_it_is_left_out(
    store: Store, clock: Clock, books: Books, send: Send
) -> None:
    plan(store, clock, *PAID)
    outbox_rows = list(Document.objects.order_by("id"))
    send_one(books, send)

    take_back(store, clock)
    send()

    assert [row.role for row in outbox_rows] == ["IV", "P", "K"]
    assert rows() == [("IV", "posted"), ("P", "skipped"), ("Z", "posted")]
    assert_nothing_is_left()


def send_one(books: Books, send: Send) -> None:
    """The invoice is posted, the payment refused."""
    known = books.post

    def post(entry: Any, settles: Any = ()) -> Any:
        if entry.kind is Kind.PAYMENT:
            raise Rejected("no such account")
        return known(entry, settles)

    books.post = post  # type: ignore[method-assign]  # for one round
    send()
    books.post = known  # type: ignore[method-assign]  # as it was


def test_what_may_be_in_the_books_is_waited_for(
    store: Store, clock: Clock, books: Books, send: Send
) -> None:
    plan(store, clock, *PAID)
    books.fail["post"] = [After(Uncertain("no answer"))]
    send()
    assert rows() == [("IV", "unknown"), ("P", "waiting")]

    waiting = take_back(store, clock)
    assert state() == ReversalState(under_way=1)
    clock.advance(seconds=6)
    send()
    due = waiting.plan_at
    assert due is not None
    clock.now = max(clock.now, due)
    posting.plan(now=clock())
    send()

    assert waiting.state == "waiting"
    assert (
        waiting.note == "To be taken back as soon as it is certain whether SH-1001 is in the books."
    )
    assert rows() == [("IV", "posted"), ("P", "skipped"), ("Z", "posted")]
    assert_nothing_is_left()
    assert Order.objects.get().state == "reversed"


def test_an_order_that_waits_is_looked_at_ever_more_seldom(
    store: Store, clock: Clock, books: Books, send: Send
) -> None:
    plan(store, clock, *PAID)
    books.fail["post"] = [After(Uncertain("no answer"))]
    send()
    order = take_back(store, clock)
    pauses = []
    for _ in range(30):
        assert order.plan_at is not None
        pauses.append(order.plan_at - clock())
        clock.now = order.plan_at
        posting.plan(now=clock())
        order = Order.objects.get()

    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (reversal.SOONEST, reversal.LATEST)
    assert sum(pauses, timedelta()) > timedelta(hours=1)


def test_a_conflict_is_for_a_person_to_decide_first(
    store: Store, clock: Clock, books: Books, send: Send
) -> None:
    plan(store, clock, *PAID)
    books.held["SH-1001"] = Receipt(number="SH-1001", customer="300-OTHER", total=Decimal("50.00"))
    books.looks_first = True
    send()
    assert rows() == [("IV", "conflict"), ("P", "waiting")]

    held = take_back(store, clock)
    stuck = state()
    document = Document.objects.get(role="IV")
    posting.skip(
        store_id=store.id, document_id=document.id, reason="by hand", who="staff 1", now=clock()
    )
    assert held.plan_at is not None
    clock.now = held.plan_at
    posting.plan(now=clock())

    assert (held.state, [p["code"] for p in held.problems]) == ("held", ["IN_DOUBT"])
    assert (stuck.stuck, [count for _, count in stuck.reasons]) == (1, [1])
    assert rows() == [("IV", "skipped"), ("P", "skipped")]
    assert Order.objects.get().state == "reversed"


def test_a_knock_off_that_came_with_its_payment_is_found_before_it_is_taken_back(
    store: Store, clock: Clock, books: Books, send: Send
) -> None:
    """It stands in the books, though its own turn has not come."""
    plan(store, clock, *PAID)
    send()
    books.settling = frozenset({Kind.PAYMENT})
    payment = Document.objects.get(role="P")
    shown = Receipt(
        number=payment.number,
        customer="300-C0001",
        total=Decimal("50.00"),
        settled=(Settled(number="SH-1001", amount=Decimal("50.00")),),
    )
    Document.objects.filter(role="P").update(receipt=dump(shown))
    Document.objects.filter(role="K").update(state="queued", ready_at=clock())
    outbox.wake([store.book_id or 0], now=clock())

    waiting = take_back(store, clock)
    send()
    clock.advance(minutes=1)
    posting.plan(now=clock())
    send()

    assert waiting.state == "waiting"
    assert set(Document.objects.values_list("state", flat=True)) == {"posted"}
    assert_nothing_is_left()


def test_a_payment_that_a_sender_takes_at_this_moment_keeps_its_knock_off(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may go into the books with it."""
    plan(store, clock, *PAID)
    skip = outbox.skip

    def late(documents: Any, **given: Any) -> int:
        documents = list(documents)
        Document.objects.filter(role="P").update(state="sending")
        return skip(documents, **given)

    monkeypatch.setattr(outbox, "skip", late)

    order = take_back(store, clock)

    assert order.state == "waiting"
    assert list(Document.objects.order_by("id").values_list("role", "state")) == [
        ("IV", "skipped"),
        ("P", "sending"),
        ("K", "waiting"),
    ]


def test_what_happens_later_is_not_posted_and_is_told(
    store: Store, clock: Clock, send: Send
) -> None:
    plan(store, clock, *PAID)
    send()
    take_back(store, clock)
    send()
    there = Document.objects.count()

    order = plan(store, clock, *REFUNDED)
    send()

    assert order.state == "reversed"
    assert [flag["code"] for flag in order.flags] == ["AFTER_REVERSAL"]
    assert Document.objects.count() == there


@pytest.mark.parametrize(
    "facts",
    [
        PAID,
        (make_transaction(as_of=REFUNDED_AT),),
        (make_paid_order(origin=False, refetched=True, updated_at=REFUNDED_AT, tags=("vip",)),),
    ],
    ids=["said again", "a newer copy", "only a tag"],
)
def test_what_changes_nothing_is_no_news(
    store: Store, clock: Clock, send: Send, facts: tuple[Fact, ...]
) -> None:
    plan(store, clock, *PAID)
    send()
    take_back(store, clock)

    order = plan(store, clock, *facts)

    assert (order.state, order.flags) == ("reversed", [])


def test_an_order_without_documents_gets_none_any_more(
    store: Store, clock: Clock, send: Send
) -> None:
    order = plan(store, clock, make_order())
    assert (order.note, state()) == ("Not paid yet.", ReversalState(to_do=1))
    clock.advance(seconds=1)

    asked = reversal.reverse(store_id=store.id, order_id=ORDER_ID, who="staff 1", now=clock())
    to_do = state()
    posting.plan(now=clock())
    paid = plan(store, clock, make_paid_order(origin=False), make_transaction())

    assert asked
    assert to_do == ReversalState(to_do=1)
    assert (paid.state, [flag["code"] for flag in paid.flags]) == ("reversed", ["AFTER_REVERSAL"])
    assert Document.objects.count() == 0


def test_what_the_books_cannot_take_back_is_held_with_nothing_queued(
    store: Store, clock: Clock, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan(store, clock, *PAID)
    send()
    unable = Ledger(kinds=frozenset(Kind) - {Kind.REFUND})
    with monkeypatch.context() as patched:
        patched.setattr(ways, "ledger", lambda _: unable)
        order = take_back(store, clock)
    stuck, there = state(), Document.objects.filter(role="Z").count()

    posting.replan(store_id=store.id, order_id=ORDER_ID, who="staff 1", now=clock())
    posting.plan(now=clock())

    assert (order.state, order.reversed_at) == ("held", None)
    assert [problem["code"] for problem in order.problems] == ["CONNECTION_UNSUPPORTED"]
    assert (stuck.stuck, stuck.reasons, there) == (1, ((order.problems[0]["message"], 1),), 0)
    assert Order.objects.get().state == "reversed"


def test_documents_in_books_that_are_not_connected_any_more_stay_there(
    store: Store, clock: Clock, send: Send, now: datetime
) -> None:
    plan(store, clock, *PAID)
    send()
    Store.objects.update(book=make_book(now, name="Other books"))

    order = take_back(store, clock)

    assert (order.state, [p["code"] for p in order.problems]) == ("held", ["OTHER_BOOKS"])
    assert rows("Z") == []


def test_a_refused_contra_is_built_anew_under_its_number(
    store: Store, clock: Clock, books: Books, send: Send
) -> None:
    plan(store, clock, *PAID)
    send()
    take_back(store, clock)
    refuse_next(books, send)
    refused = Document.objects.get(state="rejected")
    stuck = state()
    Store.objects.update(books_closed_date=refused.date)

    posting.retry(store_id=store.id, document_id=refused.id, who="staff 1", now=clock())
    send()

    again = Document.objects.get(id=refused.id)
    assert (stuck.stuck, stuck.reasons) == (1, (("period closed", 1),))
    assert (again.state, again.number) == ("posted", refused.number)
    assert again.date == refused.date + timedelta(days=1)
    assert_nothing_is_left()
    assert state() == ReversalState(reversed=1)


def refuse_next(books: Books, send: Send) -> None:
    books.fail["post"] = [Rejected("period closed")]
    send()


def test_a_contra_that_a_person_left_out_is_no_success(
    store: Store, clock: Clock, books: Books, send: Send
) -> None:
    plan(store, clock, *PAID)
    send()
    take_back(store, clock)
    refuse_next(books, send)
    refused = Document.objects.get(state="rejected")

    posting.skip(
        store_id=store.id, document_id=refused.id, reason="by hand", who="staff 1", now=clock()
    )
    send()

    assert state() == ReversalState(stuck=1, reasons=(("by hand", 1),))


def test_progress_is_told_of_any_orders_in_a_few_statements(
    store: Store, clock: Clock, now: datetime
) -> None:
    asked: dict[str, Any] = {"reversal_asked_at": now, "planned_at": now + timedelta(seconds=1)}
    problem = {"code": "IN_DOUBT", "subject": "x", "message": "Decide.", "terms": []}
    shapes: list[dict[str, Any]] = [
        {},
        {"reversal_asked_at": now},
        {"reversal_asked_at": now, "planned_at": now - timedelta(days=1), "state": "held"},
        {**asked, "state": "waiting"},
        {**asked, "state": "held", "problems": [problem, problem]},
        {**asked, "state": "held", "problems": [problem]},
        {**asked, "state": "reversed", "reversed_at": now},
    ]
    for number, shape in enumerate(shapes):
        Order.objects.filter(id=make_order_row(store, number, now).id).update(**shape)

    with CaptureQueriesContext(connection) as statements:
        found = state()

    assert found == ReversalState(
        to_do=3, under_way=1, reversed=1, stuck=2, reasons=(("Decide.", 2),)
    )
    assert len(statements) == 3
    assert reversal_state(Order.objects.none()) == ReversalState()
