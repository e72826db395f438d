"""What spares a call: books that refuse a number twice, answers that prove a write, and knock-offs
written with their source. And what is asked before every batch: whose books these are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from accounting import outbox, sender
from accounting.connectors.base import Receipt, Settled, Throttled, Unavailable
from accounting.documents.document import Allocation, Debtor, Entry, Key, Kind, Role
from accounting.models import Book, Document, Order
from tests.accounting.connectors.entries import allocation
from tests.accounting.queued import only, queue, states
from tests.books import Books, Clock, make_invoice, make_order_row, make_receipt, make_rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("timing")]

PAYMENT = "SH-1001-P533D"
WHOLE = Decimal("107.00")


@dataclass
class Proving(Books):
    """Books whose answer to a write shows what they made of it, knock-offs included."""

    settling: frozenset[Kind] = frozenset({Kind.PAYMENT})
    answer: Receipt | None = None
    makes: Decimal | None = None  # the total that these books arrive at
    refuses_knock_offs: bool = False
    settled_with: list[Sequence[Allocation]] = field(default_factory=list)

    def post(self, entry: Entry, settles: Sequence[Allocation] = ()) -> Receipt | None:
        super().post(entry, settles)
        self.settled_with.append(settles)
        made = () if self.refuses_knock_offs else settles
        shown = tuple(Settled(number=one.target, amount=one.amount) for one in made)
        total = self.makes or entry.total
        self.held[entry.number] = replace(self.held[entry.number], settled=shown, total=total)
        return self.answer or self.held[entry.number]


@pytest.fixture
def proving() -> Proving:
    return Proving()


def send(books: Books, clock: Clock) -> None:
    sender.send_due(lambda _: books, clock=clock, chance=lambda: 0.0)


def enqueue(order: Order, clock: Clock, *entries: Entry) -> None:
    with transaction.atomic():
        Order.objects.select_for_update().get(id=order.id)
        outbox.enqueue(make_rows(order, entries, clock()), now=clock())


def paid() -> tuple[Entry, Entry, Entry]:
    """An invoice, its payment, and the knock-off of the one against the other."""
    invoice = make_invoice("SH-1001")
    key = Key(role=Role.PAYMENT, source_id=533)
    payment = replace(invoice, kind=Kind.PAYMENT, key=key, number=PAYMENT)
    both = Key(role=Role.ALLOCATION, source_id=1, source=PAYMENT, target="SH-1001")
    return invoice, payment, allocation(key=both)


def test_an_answer_that_proves_the_write_is_not_read_back(
    order: Order, clock: Clock, proving: Proving
) -> None:
    queue(order, clock)

    send(proving, clock)

    assert only().state == "posted"
    assert proving.calls == ["identity", "post SH-1001"]


def test_an_answer_that_shows_another_total_is_checked_against_the_books(
    order: Order, clock: Clock, proving: Proving
) -> None:
    queue(order, clock)
    proving.answer = make_receipt(total=Decimal("107.01"))

    send(proving, clock)

    assert only().state == "posted"
    assert proving.calls == ["identity", "post SH-1001", "find SH-1001"]


def test_books_that_made_another_total_of_it_need_a_person(
    order: Order, clock: Clock, proving: Proving
) -> None:
    queue(order, clock)
    proving.makes = Decimal("107.01")

    send(proving, clock)

    assert only().state == "conflict"
    assert only().message == "total is 107.01 in the books, 107.00 here"


def test_a_customer_is_looked_up_before_it_is_created(
    order: Order, clock: Clock, proving: Proving
) -> None:
    invoice = make_invoice()
    debtor = Debtor(
        key=Key(role=Role.CUSTOMER, source_id=7),
        code="300-C0007",
        name="Kedai Contoh",
        date=invoice.date,
        currency="MYR",
        order_name="#1001",
        order_id=1001,
    )
    enqueue(order, clock, debtor)

    send(proving, clock)

    assert proving.calls == ["identity", "find 300-C0007", "post 300-C0007"]


def test_a_document_sent_before_is_looked_up_before_it_is_sent_again(
    order: Order, clock: Clock, proving: Proving
) -> None:
    queue(order, clock)
    proving.fail["post"] = [Unavailable("offline")]

    send(proving, clock)
    clock.advance(minutes=1)
    send(proving, clock)

    sent_again = proving.calls[proving.calls.index("post SH-1001") + 1 :]
    assert sent_again == ["identity", "find SH-1001", "post SH-1001"]


def test_a_knock_off_is_written_with_its_payment_and_costs_no_call(
    order: Order, clock: Clock, proving: Proving
) -> None:
    enqueue(order, clock, *paid())

    send(proving, clock)

    assert set(states().values()) == {"posted"}
    assert proving.calls == ["identity", "post SH-1001", f"post {PAYMENT}"]
    assert [len(settles) for settles in proving.settled_with] == [0, 1]


def test_a_knock_off_that_the_books_left_out_is_looked_up_and_made(
    order: Order, clock: Clock, proving: Proving
) -> None:
    entries = paid()
    enqueue(order, clock, *entries)
    proving.refuses_knock_offs = True

    send(proving, clock)

    number = entries[2].number
    assert proving.calls[3:] == [f"find {number}", f"post {number}"]
    assert states()[number] == "posted"


def test_a_knock_off_of_another_amount_is_not_taken_for_ours(
    order: Order, clock: Clock, proving: Proving
) -> None:
    entries = paid()
    enqueue(order, clock, *entries)
    less = Settled(number="SH-1001", amount=Decimal("106.99"))
    proving.answer = make_receipt(number=PAYMENT, settled=(less,))

    send(proving, clock)

    assert f"find {entries[2].number}" in proving.calls


def test_a_second_knock_off_of_a_pair_is_not_taken_for_the_first_of_the_same_amount(
    order: Order, clock: Clock, proving: Proving
) -> None:
    """The payment showed one row when it was written; whether it covers both, only they say now."""
    invoice, payment, _ = paid()
    half = Decimal("53.50")
    first, second = (
        allocation(
            key=Key(role=Role.ALLOCATION, source_id=n, source=PAYMENT, target="SH-1001"),
            number=f"{PAYMENT}_SH-1001{suffix}",
            amount=half,
        )
        for n, suffix in ((1, ""), (2, "_2"))
    )
    enqueue(order, clock, invoice, payment, first)
    send(proving, clock)

    enqueue(order, clock, second)
    send(proving, clock)

    assert proving.calls[-2:] == [f"find {second.number}", f"post {second.number}"]
    assert states()[second.number] == "posted"


def test_a_knock_off_against_what_is_not_in_the_books_is_not_written_with_its_payment(
    order: Order, clock: Clock, proving: Proving
) -> None:
    _, payment, knock_off = paid()
    enqueue(order, clock, payment, knock_off)

    send(proving, clock)

    assert proving.settled_with[0] == []


def test_a_knock_off_that_a_person_left_out_is_not_written_with_its_payment(
    order: Order, clock: Clock, proving: Proving
) -> None:
    *_, knock_off = entries = paid()
    enqueue(order, clock, *entries)
    left_out = Document.objects.filter(number=knock_off.number)
    outbox.skip(left_out, reason="Settled by hand.", now=clock())

    send(proving, clock)

    assert states()[knock_off.number] == "skipped"
    assert proving.settled_with == [[], []]


@pytest.mark.parametrize(
    ("confirmed", "found", "state", "sent"),
    [
        ("300-C0001 Kedai", "300-C0001 Kedai", "active", True),
        ("", "300-C0001 Kedai", "active", True),
        ("300-C0001 Kedai", "300-C0001 Warung", "misconfigured", False),
    ],
)
def test_a_batch_is_sent_only_to_the_company_that_was_confirmed(
    order: Order, clock: Clock, confirmed: str, found: str, state: str, *, sent: bool
) -> None:
    Book.objects.update(fingerprint=confirmed)
    books = Books(company=found)
    queue(order, clock)

    send(books, clock)

    assert Book.objects.get().state == state
    assert bool(books.held) is sent
    if not sent:
        assert "300-C0001 Warung, not 300-C0001 Kedai" in Book.objects.get().state_reason


@pytest.mark.parametrize(
    ("customer", "state"), [("300-C0001", "posted"), ("300-C0002\0", "conflict")]
)
def test_what_no_database_can_keep_is_left_out_of_what_the_books_showed(
    order: Order, clock: Clock, books: Books, customer: str, state: str
) -> None:
    books.looks_first = True
    books.held["SH-1001"] = make_receipt(customer=customer, marker="55\0 \ud800")
    queue(order, clock)

    send(books, clock)

    assert only().state == state
    assert (only().receipt or {})["marker"] == "55 ?"
    assert Book.objects.get().trouble_count == 0


def test_books_that_no_longer_say_whose_they_are_are_not_written_to(
    order: Order, clock: Clock, books: Books
) -> None:
    """They may be another company's; that of the same company comes back by itself."""
    Book.objects.update(fingerprint="300-C0001 Kedai")
    queue(order, clock)

    send(books, clock)

    book = Book.objects.get()
    assert books.calls == ["identity"]
    assert (book.state, book.trouble_count) == ("active", 1)
    assert "do not say whose they are" in book.trouble

    books.company = "300-C0001 Kedai"
    clock.advance(minutes=1)
    send(books, clock)

    assert only().state == "posted"


def test_a_pause_of_no_length_is_no_reason_to_ask_again_at_once(
    order: Order, clock: Clock, books: Books
) -> None:
    queue(order, clock)
    books.fail["identity"] = [Throttled("slow down", retry_after=wait) for wait in (0, None, -5)]

    send(books, clock)

    assert books.calls == ["identity"]
    ready_at = Book.objects.get().ready_at
    assert ready_at is not None
    assert ready_at > clock()


def test_new_work_does_not_end_the_pause_that_the_books_asked_for(
    order: Order, clock: Clock, books: Books
) -> None:
    queue(order, clock)
    books.fail["identity"] = [Throttled("slow down", retry_after=120)]
    send(books, clock)

    clock.advance(seconds=60)
    queue(make_order_row(order.store, 2001, clock()), clock, "SH-2001")
    send(books, clock)

    assert books.calls == ["identity"]

    clock.advance(seconds=60)
    send(books, clock)

    assert set(states().values()) == {"posted"}


@pytest.mark.parametrize("trouble", [0, 2])
def test_books_that_allow_no_more_calls_for_now_are_left_alone_without_trouble(
    order: Order, clock: Clock, books: Books, trouble: int
) -> None:
    Book.objects.update(trouble_count=trouble)
    queue(order, clock)
    Book.objects.update(ready_at=clock())
    books.fail["identity"] = [Throttled("one hundred a minute", retry_after=40)]

    send(books, clock)

    book = Book.objects.get()
    assert book.ready_at == clock() + timedelta(seconds=40)
    assert book.trouble_count == trouble
    assert Document.objects.get().state == "queued"
