"""Everything an order takes back, read in the order in which it happened.

Edits, returns and refund records share one line of time: each is measured against what the order
charged then and what earlier ones left of it (treatment 2.2, 2.3).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounting.documents.case import Case
from accounting.documents.changes import Change, Charges, minus, plus
from accounting.documents.components import Component, ComponentKey
from accounting.documents.document import ZERO, Key, Role
from accounting.documents.refund_shares import Record
from accounting.documents.refunds import Credited, Reading, is_empty, is_netted
from accounting.documents.remaining import Choices, Remaining
from accounting.documents.returns import Return, returns
from accounting.documents.rules import tax_identity
from accounting.facts import Refund


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """What was taken off before the invoice was due, what is credited after it, and what is left of
    every component: of a cancelled order what the cancellation found. `pending` get no document
    yet (row 30), but what they take back is gone already: rows 24 and 31 credit it whatever becomes
    of the money. `choices` are how the stated amounts were read."""

    netted: tuple[Reading, ...]
    others: tuple[Reading, ...]
    pending: tuple[Reading, ...]
    left: tuple[Component, ...]
    choices: Choices


def read_all(
    case: Case, charges: Charges, due_at: datetime, choices: Choices | None = None
) -> Readings:
    """Every event that takes something back. With `choices` the amounts are conversions of figures
    that were proved in another currency: read as those were, and not tested again (R12)."""
    remaining = Remaining.of(case, charges.first, choices)
    remaining.twice = _told_twice(case, charges)
    netted: list[Reading] = []
    others: list[Reading] = []
    pending: list[Reading] = []
    left: dict[ComponentKey, Component] | None = None
    for at, _, _, event in sorted(_events(case, charges), key=lambda each: each[:3]):
        if left is None and _is_after_cancellation(case, at):
            left = dict(remaining.left)
        reading = _read(remaining, event, due_at)
        if reading is not None and _is_pending(case, event):
            pending.append(reading)
        elif reading is not None:
            (netted if _is_before(case, event, due_at) else others).append(reading)
    return Readings(
        netted=tuple(netted),
        others=tuple(others),
        pending=tuple(pending),
        left=tuple((left or remaining.left).values()),
        choices=remaining.choices,
    )


def _is_after_cancellation(case: Case, at: datetime) -> bool:
    """Whether an event came too late to be a part of the cancellation."""
    cancelled_at = case.facts.cancelled_at
    return cancelled_at is not None and at > cancelled_at + case.policy.settle


def _told_twice(case: Case, charges: Charges) -> dict[ComponentKey, int]:
    """Units of which a return or an edit said that they left, and then a refund record as well:
    more are told of than are gone from the order (2.3: a unit is credited once)."""
    told: dict[int, int] = {}
    rows = [(row.line_id, row.quantity) for refund in case.facts.refunds for row in refund.lines]
    rows += [row for each in returns(case) for row in each.units]
    rows += [(off.key[1], off.units) for change in charges.changes for off in change.taken_off]
    for line_id, units in rows:
        told[line_id] = told.get(line_id, 0) + units
    parts = [part for part in (*charges.first, *charges.now) if part.line]
    return {part.key: max(told.get(part.source_id, 0) - _gone(case, part), 0) for part in parts}


def _gone(case: Case, part: Component) -> int:
    """Units that have left the order; where it does not say, all may have."""
    line = next((each for each in case.latest.lines if each.id == part.source_id), part.line)
    return line.quantity - (line.current_quantity or 0) if line else 0


Event = Change | Return | Refund


def _events(case: Case, charges: Charges) -> list[tuple[datetime, int, int, Event]]:
    found: list[tuple[datetime, int, int, Event]] = []
    found += [(change.at, 0, change.source_id or 0, change) for change in charges.changes]
    found += [(each.at, 1, each.key.source_id, each) for each in returns(case)]
    for refund in case.facts.refunds:
        if not is_empty(refund, case):
            found.append((refund.created_at, 2, refund.id, refund))
    return found


def _is_pending(case: Case, event: Event) -> bool:
    return isinstance(event, Refund) and case.is_pending(event)


def _read(remaining: Remaining, event: Event, due_at: datetime) -> Reading | None:
    if isinstance(event, Refund):
        return Record(remaining=remaining, refund=event).read()
    if isinstance(event, Return):
        return _returned(remaining, event)
    reading = _edited(remaining, event, lowers=event.at > due_at)
    return reading if reading.credited or reading.problems else None


def _is_before(case: Case, event: Event, due_at: datetime) -> bool:
    return is_netted(event, case, due_at) if isinstance(event, Refund) else event.at <= due_at


def _edited(remaining: Remaining, change: Change, *, lowers: bool) -> Reading:
    """An edit: what it adds can be refunded later, what it takes off is credited. A charge that
    is lowered before the invoice is simply less on it."""
    before = dict(remaining.components)
    for part in (*change.added, *change.raised):
        remaining.components[part.key] = plus(remaining.components.get(part.key), part)
        remaining.left[part.key] = plus(remaining.left.get(part.key), part)
    for part in change.lowered:
        remaining.components[part.key] = minus(remaining.components[part.key], part)
    key = Key(role=Role.REDUCTION, source_id=change.source_id or 0)
    lowered = [_lowered(before[part.key], part) for part in change.lowered]
    if not lowers:
        remaining.take_all(lowered)
    taken = [
        remaining.units(off.key, off.units, "units an edit removed", off.stated)
        for off in change.taken_off
    ]
    credited = (*(lowered if lowers else ()), *taken)
    problems = remaining.take(f"edit {change.source_id or ''}".strip(), credited, (key,))
    remaining.remember(key, taken)
    return Reading(
        key=key,
        at=change.at,
        made_at=change.at,
        credited=credited,
        problems=tuple(problems),
        text=f"Edit of Shopify order {remaining.case.order.name}",
    )


def _lowered(before: Component, part: Component) -> Credited:
    """An edit's lower charge on what was charged before."""
    taken = {tax_identity(tax.line): tax.amount for tax in part.taxes}
    return Credited(
        component=before,
        quantity=max(part.quantity, 1),
        net=part.net,
        taxes=tuple(taken.get(tax_identity(tax.line), ZERO) for tax in before.taxes),
        discount=part.discount,
        by_amount=True,
        reason=f"charge lowered from {before.total} by {part.total}",
    )


def _returned(remaining: Remaining, event: Return) -> Reading:
    """Goods that came back without a refund record."""
    rows = [(remaining.key_of(line_id), units) for line_id, units in event.units]
    credited = tuple(remaining.units(key, units, "units returned") for key, units in rows if key)
    problems = remaining.take(f"return {event.key.source_id}", credited, (event.key,))
    remaining.remember(event.key, credited)
    return Reading(
        key=event.key,
        at=event.at,
        made_at=event.at,
        credited=credited,
        fee=remaining.exact(event.fee),
        problems=tuple(problems),
        text=f"Return {event.key.source_id} of Shopify order {remaining.case.order.name}",
    )
