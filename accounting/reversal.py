"""Taking one order back out of the books, by a contra for each of its documents (ADR 30).

    reverse          a person's wish, noted on the order
    plan             what becomes of the wish, in the order's turn: see below
    reversal_state   how far many such orders are

What is certainly not in the books is skipped; what may be there or not is waited for; then the
contras of what is there are queued, proved to bring every balance back. From then on the order
posts nothing: what happens to it later is told, and entered by hand. It cannot be posted again,
because its numbers and those of the contras stay taken.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Case, CharField, Count, Exists, F, OuterRef, Q, QuerySet, Value, When

from accounting import audit, codec, freezing, outbox, outcome
from accounting.connectors.base import Receipt
from accounting.documents import contra
from accounting.documents.document import Allocation, Entry, Plan, Problem, load
from accounting.documents.document import Document as Written
from accounting.documents.rules import Rules
from accounting.facts import Facts
from accounting.models import Document, Order

State = Document.State
NOT_IN_THE_BOOKS = "The order was taken back before this was written."
NOTE = "Taken back out of the books. Nothing of it is posted any more."
WAITS = "To be taken back as soon as it is certain whether {} is in the books."
SOONEST, LATEST = timedelta(seconds=5), timedelta(minutes=15)  # between two looks while it waits
MOST_REASONS = 20


def reverse(*, store_id: int, order_id: int, who: str, now: datetime, reason: str = "") -> bool:
    """Note that an order, by Shopify's id, is to be taken back; the planning of orders does it.

    It is final: the order is never posted again, because its numbers stay taken. Also an order
    that has no documents yet gets none any more. False when the store has no such order or this
    was asked for before; then nothing changes.
    """
    with transaction.atomic():
        rows = Order.objects.filter(store_id=store_id, order_id=order_id, reversal_asked_at=None)
        if not rows.update(reversal_asked_at=now, plan_at=now):
            return False
        audit.note(store_id, who, "order taken back", now, order=order_id, reason=reason)
        return True


def is_in_the_books(*, store_id: int, order_id: int) -> bool:
    """Whether there is anything to take back: documents in the books, or on their way there."""
    rows = Document.objects.filter(store_id=store_id, order__order_id=order_id)
    return rows.exclude(state=State.SKIPPED).exists()


# --- planning --------------------------------------------------------------------------------


def plan(
    order: Order,
    facts: Facts,
    rules: Rules,
    *,
    now: datetime,
    reopened: Sequence[Document] = (),
) -> None:
    """Take an order back for which it was asked, as far as it goes now. The caller holds its lock.

    `reopened` are contras that the books refused and what waits behind them, built anew.
    """
    if order.reversed_at is None:
        reopened = ()
        _skip_unwritten(order, now)
        if doubtful := _unfinished(order):
            _wait(order, doubtful, now)
            return
    elif not reopened:
        _leave_reversed(order, facts, now)
        return
    rows = list(Document.objects.filter(order=order).order_by("id"))
    planned = _taken_back(order, rows, rules)
    if planned.problems:
        outcome.leave(order, Order.State.HELD, now, problems=planned.problems)
        return
    _queue(order, planned.entries, rows, reopened, freezing.seals(facts, rules), now)
    if order.reversed_at is None:
        order.reversed_at, order.reversed_sha256 = now, _heard(facts)
    _leave_reversed(order, facts, now)


def _skip_unwritten(order: Order, now: datetime) -> None:
    """Documents that are certainly not in the books stay out of them. Knock-offs come last: until
    its payment or refund is out of the queue, a sender may still take one along."""
    unwritten = (State.WAITING, State.QUEUED, State.REJECTED)
    rows = Document.objects.filter(order=order, state__in=unwritten).order_by("id")
    _skip(rows.exclude(kind="allocation"), now)
    _skip([row for row in rows.filter(kind="allocation") if not _may_be_there(row)], now)


def _skip(rows: Iterable[Document], now: datetime) -> None:
    outbox.skip(rows, reason=NOT_IN_THE_BOOKS, now=now)


def _may_be_there(row: Document) -> bool:
    """A knock-off may be in the books before its turn: written with its payment or refund, whose
    answer was lost, or showed it. The sender finds it there."""
    sources = Document.objects.filter(order=row.order_id, number=row.source)
    for state, kept in sources.values_list("state", "receipt"):
        if state != State.POSTED:
            return state in (State.SENDING, State.UNKNOWN, State.CONFLICT)
        return any(each.number == row.target for each in codec.load(Receipt, kept).settled)
    return False


def _unfinished(order: Order) -> list[Document]:
    """What may be in the books or not, nobody knows yet."""
    rows = Document.objects.filter(order=order).exclude(state__in=outbox.FINISHED)
    return list(rows.order_by("id"))


def _wait(order: Order, doubtful: Sequence[Document], now: datetime) -> None:
    """Look again by itself, ever more seldom: nothing tells an order what became of a document."""
    assert order.reversal_asked_at is not None  # it is why we are here
    pause = min(max((now - order.reversal_asked_at) / 4, SOONEST), LATEST)
    stuck = [row for row in doubtful if row.state in (State.CONFLICT, State.REJECTED)]
    if stuck:
        problems = [_in_doubt(row) for row in stuck]
        outcome.leave(order, Order.State.HELD, now, problems=problems, plan_at=now + pause)
        return
    note = WAITS.format(doubtful[0].number)
    outcome.leave(order, Order.State.WAITING, now, note=note, plan_at=now + pause)


def _in_doubt(row: Document) -> Problem:
    return Problem(
        code="IN_DOUBT",
        subject=row.number,
        message="The order is to be taken back, but whether the books hold this document as it was "
        "planned is for a person to say. Try it again or leave it out; then the order is taken "
        "back by itself.",
        terms=(("document", row.number), ("said", row.message)),
    )


def _taken_back(order: Order, rows: Sequence[Document], rules: Rules) -> Plan:
    """The contras and knock-offs of all that the order has in the books."""
    posted = [row for row in rows if row.state == State.POSTED]
    entries = [load(row.payload) for row in posted]
    documents = [
        entry for entry in entries if isinstance(entry, Written) and not contra.is_contra(entry)
    ]
    numbers = {document.number for document in documents}
    made = [
        entry
        for entry in entries
        if isinstance(entry, Allocation) and {entry.source, entry.target} <= numbers
    ]
    if any(row.book_id != order.store.book_id for row in posted):
        return Plan(problems=(_other_books(documents),))
    return contra.take_back(documents, made, rules, stem=order.stem)


def _other_books(documents: Sequence[Written]) -> Problem:
    return Problem(
        code="OTHER_BOOKS",
        subject="books",
        message="The documents of this order are in other books than those that are connected now. "
        "Take the order back there yourself.",
        terms=tuple((document.number, str(document.total)) for document in documents),
    )


def _queue(
    order: Order,
    entries: Sequence[Entry],
    rows: Sequence[Document],
    reopened: Sequence[Document],
    seals: dict[str, str],
    now: datetime,
) -> None:
    """What is not in the outbox yet, and the reopened anew."""
    again = {row.id for row in reopened}
    known = [row for row in rows if row.id not in again]
    keys = {freezing.key_of(load(row.payload).key) for row in known}
    fresh = [entry for entry in entries if freezing.key_of(entry.key) not in keys]
    freezing.queue(order, freezing.possible(fresh, known), seals, reopened, now)


def _leave_reversed(order: Order, facts: Facts, now: datetime) -> None:
    since = order.reversed_sha256 != _heard(facts)
    flags = [contra.heard_since()] if since else []
    outcome.leave(order, Order.State.REVERSED, now, note=NOTE, flags=flags)


def _heard(facts: Facts) -> str:
    """A digest of what has happened to the order: money, refunds, edits, cancellation, totals. It
    leaves out what reading it anew or saying it again may add to the same events."""
    latest = facts.latest
    return codec.sha256(
        {
            "transactions": [(t.id, t.kind, t.status, t.amount) for t in facts.transactions],
            "refunds": [refund.id for refund in facts.refunds],
            "edits": [edit.id for edit in facts.edits],
            "disputes": [(dispute.id, dispute.status) for dispute in facts.disputes],
            "cancelled": facts.cancelled_at is not None,
            "deleted": facts.deleted_at is not None,
            "totals": latest and (latest.total_price.shop, latest.current_total_price),
        }
    )


# --- progress --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ReversalState:
    """How many orders are not asked for or not planned yet, on their way, taken back with all
    contras in the books, and stuck until a person acts; `reasons` say on what, most often first,
    with the number of orders or documents behind each."""

    to_do: int = 0
    under_way: int = 0
    reversed: int = 0
    stuck: int = 0
    reasons: tuple[tuple[str, int], ...] = ()


def reversal_state(orders: QuerySet[Order]) -> ReversalState:
    """Where these orders stand, in a constant number of statements."""
    counts = dict(
        _placed(orders).order_by().values("place").annotate(n=Count("id")).values_list("place", "n")
    )
    return ReversalState(**counts, reasons=_reasons(orders) if counts.get("stuck") else ())


def _placed(orders: QuerySet[Order]) -> QuerySet[Any]:
    """The orders with `place`, the figure of `ReversalState` that each counts in."""
    mine = Document.objects.filter(order=OuterRef("pk"))
    unplanned = Q(planned_at=None) | Q(planned_at__lt=F("reversal_asked_at"))
    return orders.annotate(
        place=Case(
            When(Q(reversal_asked_at=None) | (Q(reversed_at=None) & unplanned), Value("to_do")),
            When(Q(state=Order.State.HELD) | Exists(mine.filter(STOPPED)), Value("stuck")),
            When(reversed_at=None, then=Value("under_way")),
            When(Exists(mine.exclude(state__in=outbox.FINISHED)), Value("under_way")),
            default=Value("reversed"),
            output_field=CharField(),
        )
    )


# A refused document, one that differs, or a contra that a person left out.
STOPPED = Q(state__in=(State.REJECTED, State.CONFLICT)) | Q(role="Z", state=State.SKIPPED)


def _reasons(orders: QuerySet[Order]) -> tuple[tuple[str, int], ...]:
    stuck = _placed(orders).filter(place="stuck").order_by()
    held = stuck.filter(state=Order.State.HELD).values_list("problems", flat=True)
    found = Counter(
        message
        for problems in held.iterator()
        for message in {problem["message"] for problem in problems}
    )
    rows = Document.objects.filter(STOPPED, order__in=stuck.exclude(state=Order.State.HELD))
    counted = rows.order_by().values("message").annotate(n=Count("id"))
    found.update(dict(counted.values_list("message", "n")))
    return tuple(found.most_common(MOST_REASONS))
