"""From the outbox into AutoCount Cloud and back: the states that its answers lead to."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import transaction

from accounting import outbox, sender
from accounting.documents.document import Entry
from accounting.models import Book, Document, Order
from tests.accounting.connectors.autocount_cloud.conftest import Connect
from tests.accounting.connectors.autocount_cloud.records import (
    KNOCKED,
    NOTHING,
    PAID,
    UNKNOWN,
    created,
    invoice_row,
    knock_off_row,
    one,
    payment_row,
)
from tests.accounting.connectors.entries import allocation, invoice, payment
from tests.accounting.queued import states
from tests.books import Clock, make_rows
from tests.scripted_server import ScriptedServer, Step, reply

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("timing")]

Send = Callable[[], int]
COMPANY = reply(200, {"companyName": "Kedai"})
PAID_ORDER = (invoice(), payment(), allocation())
ALL_WELL = [
    created("docNo=SH-1001"),
    one(invoice_row()),
    created("docNo=SH-1001-P533D", "payment"),
    one(payment_row(), *PAID),
    created("docNo=SH-1001-P533D_SH-1001", "knockOffEntry"),
    one(knock_off_row(), *KNOCKED),
]


def queue(order: Order, clock: Clock, *entries: Entry) -> None:
    with transaction.atomic():
        Order.objects.select_for_update().get(id=order.id)
        outbox.enqueue(make_rows(order, entries, clock()), now=clock())


@pytest.fixture
def send(connect: Connect, clock: Clock) -> Send:
    return lambda: sender.send_due(lambda _: connect(), clock=clock, chance=lambda: 0.0)


def test_a_paid_order_is_posted_with_three_writes_each_read_back(
    server: ScriptedServer, order: Order, clock: Clock, send: Send
) -> None:
    server.script = [COMPANY, *ALL_WELL]
    queue(order, clock, *PAID_ORDER)

    assert send() == 3

    assert set(states().values()) == {"posted"}
    assert [one.method for one in server.requests] == ["GET", *["POST", "GET"] * 3]


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (reply(400, {"message": "AccNo is required."}), "rejected"),
        (reply(429, ""), "queued"),
        (reply(400, {"message": "document limit of the plan"}), "queued"),
        (reply(401, ""), "queued"),
        (reply(500, ""), "unknown"),
        (Step(b"", "reset"), "unknown"),
    ],
)
@pytest.mark.parametrize("step", [0, 2, 4])
def test_an_answer_at_any_step_stops_the_order_in_the_right_state(
    server: ScriptedServer,
    order: Order,
    clock: Clock,
    send: Send,
    step: int,
    answer: Step,
    state: str,
) -> None:
    server.script = [COMPANY, *ALL_WELL[:step], answer]
    queue(order, clock, *PAID_ORDER)

    send()

    numbers = [entry.number for entry in PAID_ORDER]
    done = step // 2
    found = [states()[number] for number in numbers]
    assert found == ["posted"] * done + [state] + ["waiting"] * (2 - done)


def test_a_lost_answer_is_found_by_look_up_and_never_written_twice(
    server: ScriptedServer, order: Order, clock: Clock, send: Send
) -> None:
    server.script = [COMPANY, Step(b"", "reset")]
    queue(order, clock, invoice())
    send()
    server.script = [COMPANY, one(invoice_row())]
    clock.advance(minutes=1)

    send()

    assert states() == {"SH-1001": "posted"}
    assert [one.method for one in server.requests].count("POST") == 1


def test_a_lost_write_is_sent_again_only_when_its_absence_is_proved(
    server: ScriptedServer, order: Order, clock: Clock, send: Send
) -> None:
    server.script = [COMPANY, Step(b"", "reset")]
    queue(order, clock, invoice())
    send()
    server.script = [COMPANY, UNKNOWN, NOTHING]
    clock.advance(minutes=1)
    send()
    server.script = [COMPANY, UNKNOWN, NOTHING, UNKNOWN, NOTHING, *ALL_WELL[:2]]
    clock.advance(minutes=1)

    send()

    assert states() == {"SH-1001": "posted"}
    creating = [one for one in server.requests if one.path.endswith("/invoice")]
    assert [one.method for one in creating].count("POST") == 2


def test_a_document_under_another_number_needs_a_person(
    server: ScriptedServer, order: Order, clock: Clock, send: Send
) -> None:
    server.script = [COMPANY, created("docNo=I-000001"), UNKNOWN, NOTHING]
    queue(order, clock, *PAID_ORDER)

    send()

    document = Document.objects.get(number="SH-1001")
    assert document.state == "conflict"
    assert "under another number: I-000001" in document.message


def test_a_plan_without_documents_left_pauses_the_book_and_loses_nothing(
    server: ScriptedServer, order: Order, clock: Clock, send: Send
) -> None:
    server.script = [COMPANY, reply(400, {"message": "document limit of the plan"})]
    queue(order, clock, invoice())

    send()

    book = Book.objects.get()
    assert (book.state, states()) == ("misconfigured", {"SH-1001": "queued"})
    assert "Raise the plan" in book.state_reason


def test_too_many_calls_are_no_trouble_of_the_book(
    server: ScriptedServer, order: Order, clock: Clock, send: Send
) -> None:
    server.script = [COMPANY, reply(429, "")]
    queue(order, clock, invoice())

    send()

    book = Book.objects.get()
    assert (book.state, book.trouble_count) == ("active", 0)
    assert book.ready_at is not None
    assert (book.ready_at - clock()).total_seconds() == pytest.approx(60, abs=1)
