"""Who works on a backfill: one worker at a time, for one slice.

A claim moves `ready_at` to where its lease ends and raises the fence. Every commit of the slice
moves the row under that fence, so that a worker whose lease ran out, or whose backfill a person has
decided on meanwhile, keeps nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from accounting.models import Backfill

State = Backfill.State
WORKING = (State.READING, State.STOPPED, State.PREVIEWING, State.POSTING, State.REVERSING)
LEASE = timedelta(minutes=5)  # the calls that one order takes to be read have deadlines of 30 s


class LeaseLost(Exception):
    """Another worker has this backfill now, or a person has decided on it."""


def due(*, now: datetime) -> list[int]:
    """The backfills that wait for a worker, the longest first."""
    rows = Backfill.objects.filter(state__in=WORKING, ready_at__lte=now)
    return list(rows.order_by("ready_at", "id").values_list("id", flat=True))


def claim(backfill_id: int, *, now: datetime) -> Backfill | None:
    """The backfill, for one slice; None when another worker has it or a person has decided."""
    with transaction.atomic():
        rows = Backfill.objects.filter(state__in=WORKING, ready_at__lte=now, id=backfill_id)
        held = rows.select_for_update(skip_locked=True, no_key=True).first()
        if held is not None:
            held.ready_at, held.fence = now + LEASE, held.fence + 1
            held.save(update_fields=["ready_at", "fence"])
    return held


def move(held: Backfill, now: datetime, **changes: object) -> None:
    """Change the claimed backfill and lengthen the lease; first in every transaction of a slice.
    Raises LeaseLost."""
    _update(held, {"ready_at": now + LEASE, **changes})


def release(held: Backfill, *, ready_at: datetime | None) -> None:
    """Let the next worker have it from `ready_at` on; None: not before a person decides."""
    Backfill.objects.filter(id=held.id, fence=held.fence).update(ready_at=ready_at)


def enter(held: Backfill, state: Backfill.State, now: datetime, **changes: object) -> None:
    """The claimed backfill comes into its next state. Raises LeaseLost."""
    _update(held, {"state": state, "step_at": now, "ready_at": now, **changes})


def _update(held: Backfill, changes: dict[str, object]) -> None:
    if not Backfill.objects.filter(id=held.id, fence=held.fence).update(**changes):
        raise LeaseLost
    for name, value in changes.items():
        setattr(held, name, value)


def take_over(held: Backfill) -> None:
    """A person decides: whatever a worker still does must not count. The row is locked."""
    Backfill.objects.filter(id=held.id).update(fence=F("fence") + 1)
    held.refresh_from_db(fields=["fence"])
