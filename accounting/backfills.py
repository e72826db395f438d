"""Backfilling: what people decide about it, and one step of what follows.

    start     orders of a range of days are to be read from Shopify (`shopify_app.backfill` reads)
    preview   judge them anew: what would be posted, held, left out; nothing is posted
    post      give them to planning
    reverse   take back what was posted
    cancel    leave it; while it is being posted: no further order

Each is one transaction with its `Audit` row. A backfill of a store is open until it is posted,
reversed or cancelled, and there is one at a time.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import Count, Q

from accounting import audit, backfill_posting, backfill_preview
from accounting.backfill_claim import State, enter, take_over
from accounting.connections import NotConnected
from accounting.models import Backfill, BackfillOrder, Store

OPEN = (
    State.READING,
    State.STOPPED,
    State.PREVIEWING,
    State.PREVIEWED,
    State.POSTING,
    State.REVERSING,
)
Outcome = BackfillOrder.Outcome


class NotNow(Exception):
    """The backfill is not at the step for this."""


class AnotherIsOpen(Exception):
    """Another backfill of this shop is open. Post it or cancel it first."""


# --- decisions -------------------------------------------------------------------------------


def start(
    *,
    store_id: int,
    first_date: date,
    last_date: date,
    who: str,
    now: datetime,
) -> Backfill:
    """Begin to read the orders created on these days in the shop's zone, both included.
    Raises NotConnected or AnotherIsOpen."""
    try:
        with transaction.atomic():
            store = Store.objects.select_for_update().get(id=store_id)
            if store.book_id is None:
                raise NotConnected(NotConnected.__doc__)
            begun = Backfill.objects.create(
                store=store,
                first_date=first_date,
                last_date=last_date,
                listed_from=span(store, first_date, last_date)[0],
                ready_at=now,
                step_at=now,
                started_at=now,
                started_by=who,
            )
            _note(begun, "backfill started", who, now, last=str(last_date), first=str(first_date))
    except IntegrityError:
        raise AnotherIsOpen(AnotherIsOpen.__doc__) from None
    return begun


def preview(*, store_id: int, backfill_id: int, who: str, now: datetime) -> Backfill:
    """Judge everything that was read by today's mappings; where reading has stopped, read on.
    Raises NotNow or Backfill.DoesNotExist, like the decisions below."""
    with transaction.atomic():
        found = _locked(store_id, backfill_id, State.PREVIEWED, State.STOPPED)
        if found.state == State.STOPPED:
            enter(found, State.READING, now, message="", tries=0)
        else:
            backfill_preview.begin_anew(found)
            enter(found, State.PREVIEWING, now, totals={}, previewed_at=None)
        _note(found, "backfill previewed", who, now)
    return found


def post(*, store_id: int, backfill_id: int, who: str, now: datetime) -> Backfill:
    """Post what the dry run has shown."""
    with transaction.atomic():
        found = _locked(store_id, backfill_id, State.PREVIEWED)
        enter(found, State.POSTING, now, posted_at=now, posted_by=who)
        _note(found, "backfill posted", who, now)
    return found


def reverse(*, store_id: int, backfill_id: int, who: str, now: datetime) -> Backfill:
    """Take back everything that was posted of it. Raises AnotherIsOpen too."""
    try:
        with transaction.atomic():
            found = _locked(store_id, backfill_id, State.POSTED)
            enter(found, State.REVERSING, now, reversed_at=now, reversed_by=who)
            _note(found, "backfill reversed", who, now)
    except IntegrityError:
        raise AnotherIsOpen(AnotherIsOpen.__doc__) from None
    return found


def cancel(*, store_id: int, backfill_id: int, who: str, now: datetime) -> Backfill:
    """Leave it unposted. One that is being posted wakes no further order and ends as posted, to be
    reversed if need be."""
    before = (State.READING, State.STOPPED, State.PREVIEWING, State.PREVIEWED)
    with transaction.atomic():
        found = _locked(store_id, backfill_id, *before, State.POSTING)
        by = {"cancelled_at": now, "cancelled_by": who}
        if found.state == State.POSTING:
            enter(found, State.POSTING, now, step_at=found.step_at, halted_at=now, **by)
        else:
            enter(found, State.CANCELLED, now, ready_at=None, **by)
        _note(found, "backfill cancelled", who, now)
    return found


def span(store: Store, first_date: date, last_date: date) -> tuple[datetime, datetime]:
    """From when until when these days last in the shop's zone; the end is not included."""
    zone, a_day = ZoneInfo(store.time_zone), timedelta(days=1)
    first, after = (datetime.combine(day, time(), zone) for day in (first_date, last_date + a_day))
    return first.astimezone(UTC), after.astimezone(UTC)


def _locked(store_id: int, backfill_id: int, *states: Backfill.State) -> Backfill:
    """The backfill, taken from whatever worker has it."""
    rows = Backfill.objects.select_for_update(of=("self",)).filter(store=store_id)
    found = rows.get(id=backfill_id)
    halted = found.state == State.POSTING and found.halted_at is not None
    if found.state not in states or halted:
        raise NotNow(NotNow.__doc__)
    take_over(found)
    return found


def _note(found: Backfill, action: str, who: str, now: datetime, **detail: str) -> None:
    audit.note(found.store_id, who, action, now, backfill=found.id, **detail)


# --- what follows ----------------------------------------------------------------------------


def go_on(held: Backfill, *, now: datetime) -> None:
    """One slice of whatever a claimed backfill is at, but reading. Raises LeaseLost."""
    if held.state == State.PREVIEWING:
        backfill_preview.go_on(held, now=now)
    elif held.state == State.POSTING:
        backfill_posting.go_on(held, now=now)
    elif held.state == State.REVERSING:
        backfill_posting.take_back(held, now=now)


def read_through(held: Backfill, *, now: datetime) -> None:
    """Every order of the range is read: judge them. Raises LeaseLost."""
    enter(held, State.PREVIEWING, now, totals={}, message="", tries=0)


def stop(held: Backfill, message: str, *, now: datetime, ready_at: datetime | None) -> None:
    """Reading cannot go on. `ready_at` is when to try again; None: when a person says so. Raises
    LeaseLost."""
    tries = held.tries + 1
    enter(held, State.STOPPED, now, message=message, ready_at=ready_at, tries=tries)


# --- how far it is ---------------------------------------------------------------------------


def counts(found: Backfill) -> dict[str, int]:
    """Its orders by outcome, and how many are `woken`, `compared`, `different` and `taken_back`."""
    rows = BackfillOrder.objects.filter(backfill=found)
    asked: dict[str, Any] = {name: Count("id", filter=Q(outcome=name)) for name in Outcome.values}
    return rows.aggregate(
        orders=Count("id"),
        woken=Count("woken_at"),
        compared=Count("compared_at"),
        different=Count("id", filter=~Q(differences=[])),
        taken_back=Count("reversed_at"),
        **asked,
    )


def share_done(found: Backfill, counted: dict[str, int]) -> tuple[int, int] | None:
    """How many of how many orders the present step is through; None where nothing goes on. While
    the list is being read its length is not known: see `seconds_left`."""
    judged = sum(counted[name] for name in backfill_preview.JUDGED)
    if found.state in (State.READING, State.STOPPED):
        return counted["orders"] - counted["listed"], counted["orders"]
    if found.state == State.PREVIEWING:
        return judged + counted["there"], judged + counted["there"] + counted["read"]
    if found.state == State.POSTING:
        return counted["compared"], counted["woken"] if found.halted_at else judged
    return (counted["taken_back"], counted["woken"]) if found.state == State.REVERSING else None


def seconds_left(found: Backfill, counted: dict[str, int], *, now: datetime) -> int | None:
    """How long the present step will take at the pace it went; None before there is a pace. A list
    that is still being read is measured by the days its orders span."""
    share = share_done(found, counted)
    elapsed = (now - found.step_at).total_seconds()
    if share is None or not share[0] or elapsed <= 0:
        return None
    done = share[0] / share[1] * _listed_share(found)
    return round(elapsed * (1 - done) / done) if done else None


def _listed_share(found: Backfill) -> float:
    if found.listed_whole or found.listed_to is None:
        return 1.0
    first, after = span(found.store, found.first_date, found.last_date)
    return min(max((found.listed_to - first) / (after - first), 0.0), 1.0)
