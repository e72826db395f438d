"""What the books must show for a life: its documents and their amounts, by the treatment alone.

Sections 2.2, 2.3 and rulings R5, R6, R8, R10, R14 are worked out here a second time, from the
life's own events and without the product.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from accounting.soak.figures import NONE, Sum
from accounting.soak.lives import ORDER_ID, ORDERED_AT, Event, Life

RAISES = {"S": 1, "Q": 1, "E": -1, "T": -1, "C": -1}
DocumentKey = tuple[str, int]


@dataclass(slots=True)
class Expected:
    """`written_off` is what a cancellation took away, on X or before the invoice (R5)."""

    documents: dict[DocumentKey, Event] = field(default_factory=dict)
    invoiced: Sum = NONE
    written_off: int = 0
    is_due: bool = False
    is_reduced: bool = False  # the invoice is only what was paid (R5)


def expected(life: Life) -> Expected:
    """Every document but exchange differences, by role and source id."""
    at = trigger(life)
    if at is None:
        return Expected()
    cut = at + life.rules.policy.fold_window
    found = Expected(is_due=True)
    early = [event for event in life.events if _is_folded(event, cut)]
    base = life.charged_first + signed(early)
    dropped = _dropped(life, base, cut)
    if dropped is None:
        found.invoiced = base
    else:
        found.is_reduced, found.written_off = True, dropped
        found.invoiced = life.exchange.sum(base.shown - dropped)
    late = [event for event in life.events if event not in early and event.role != "X"]
    gone = found.is_reduced and not found.invoiced.shown
    for event in late:
        if not gone or event.role in "PVF":
            found.documents[event.role, event.id] = event
        if event.rounding:
            found.documents["N", event.id] = _difference(event)
    if not gone:
        invoice = Event(role="IV", id=ORDER_ID, at=at, amount=found.invoiced)
        found.documents["IV", ORDER_ID] = invoice
    _write_off(life, found)
    return found


def _is_folded(event: Event, cut: datetime) -> bool:
    if event.at > cut or event.role not in RAISES:
        return False
    return event.role != "C" or event.may_net


def _dropped(life: Life, base: Sum, cut: datetime) -> int | None:
    """R5: a cancellation that the invoice already knows leaves only what was paid."""
    if life.cancelled_at is None or life.cancelled_at > cut:
        return None
    paid = sum(e.amount.shown for e in life.events if e.role == "P" and e.at <= life.cancelled_at)
    paid -= sum(e.amount.shown for e in life.events if e.role == "V")
    return max(base.shown - paid, 0) or None


def _write_off(life: Life, found: Expected) -> None:
    """R6: X is what is neither paid nor credited. Nothing happens to a life after that."""
    if life.cancelled_at is None or found.is_reduced:
        return
    rest = max(min(life.owed, life.charged - life.credited), 0)
    if rest:
        found.written_off = rest
        amount = life.exchange.sum(rest)
        found.documents["X", ORDER_ID] = Event(
            role="X", id=ORDER_ID, at=life.cancelled_at, amount=amount, units_only=True
        )


def _difference(event: Event) -> Event:
    """Row 23: what cash rounding adds or leaves out has a document of its own."""
    size = abs(event.rounding)
    return Event(role="N", id=event.id, at=event.at, amount=Sum(size, size))


def trigger(life: Life) -> datetime | None:
    """The instant from which the order has an invoice (2.2, R1, R2, R14)."""
    policy = life.rules.policy
    if policy.trigger == "created" or not life.charged_first.shown:
        return ORDERED_AT
    paid = [event for event in life.events if event.role == "P"]
    if policy.partial_payment == "post":
        return min((event.at for event in paid), default=None)
    return next((e.at for e in life.events if _covers(life, paid, e.at)), None)


def _covers(life: Life, paid: Iterable[Event], at: datetime) -> bool:
    money = sum(event.amount.shown for event in paid if event.at <= at)
    if life.cancelled_at is not None and life.cancelled_at <= at:
        return money > 0
    asked = life.charged_first + signed(event for event in life.events if event.at <= at)
    return 0 < money >= asked.shown


def signed(events: Iterable[Event]) -> Sum:
    """What these events do to what is charged."""
    return sum((event.amount * RAISES.get(event.role, 0) for event in events), NONE)
