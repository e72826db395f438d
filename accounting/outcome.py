"""What a plan leaves on its order: its state, the reasons shown, and when to plan it again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from accounting import codec, tie_due
from accounting.documents.document import Flag, Plan, Problem
from accounting.models import Order, Store

PLANNED_FIELDS = (
    "problems",
    "flags",
    "note",
    "state",
    "planned_at",
    "held_since",
    "plan_at",
    "plan_early",
    "stem",
    "pinned",
    "refetch_asked_at",
    "refetch_ready_at",
    "refetch_tries",
    "refetch_trouble",
)
REVERSAL_FIELDS = ("reversed_at", "reversed_sha256")


def keep(order: Order, planned: Plan, now: datetime, *, unread: bool = False) -> None:
    """Write down what the plan said. What may pass is shown only once the order is quiet; from then
    on it is shown whatever the plan calls it, or the order would be planned again at once. `unread`
    says that only reading the order anew tells all of it, whatever the plan says."""
    quiet_at = order.facts_at + timedelta(seconds=order.store.settle_seconds)
    shown = [each for each in planned.problems if not each.may_pass or quiet_at <= now]
    later = [quiet_at] if len(shown) < len(planned.problems) else []
    if planned.not_before and planned.not_before > now:
        later.append(planned.not_before)
    order.problems = [codec.dump(problem) for problem in shown]
    order.flags = [codec.dump(flag) for flag in planned.flags]
    order.note = _note(order.store, planned, now)
    _enter(order, _state(planned, bool(shown), bool(later)), now)
    order.planned_at = now
    read_at = _to_be_read_at(order, planned, shown, now, unread)
    if read_at is not None and read_at <= now:
        _ask(order, now)
    elif read_at is not None:
        later.append(read_at)
    order.plan_at = min(later, default=None)
    order.save(update_fields=PLANNED_FIELDS)
    tie_due.mark([order.id])


def leave(
    order: Order,
    state: Order.State,
    now: datetime,
    *,
    note: str = "",
    problems: Iterable[Problem] = (),
    flags: Iterable[Flag] = (),
    plan_at: datetime | None = None,
) -> None:
    """Write down what became of an order whose facts decide nothing any more."""
    _enter(order, state, now)
    order.note = note
    order.problems = [codec.dump(problem) for problem in problems]
    order.flags = [codec.dump(flag) for flag in flags]
    order.planned_at, order.plan_at = now, plan_at
    order.refetch_ready_at = None  # reading it anew would decide nothing either
    order.save(update_fields=(*PLANNED_FIELDS, *REVERSAL_FIELDS))
    tie_due.mark([order.id])


def _enter(order: Order, state: Order.State, now: datetime) -> None:
    """An order that is held again has been held since it was first, whatever holds it by now. It
    has had its turn in the line of its store."""
    order.plan_early = False
    order.held_since = (order.held_since or now) if state == Order.State.HELD else None
    order.state = state


def _note(store: Store, planned: Plan, now: datetime) -> str:
    """Why there is nothing to post, or until when not, in the shop's time."""
    until = planned.not_before
    if planned.excluded or until is None or until <= now:
        return planned.excluded
    local = until.astimezone(ZoneInfo(store.time_zone))
    return f"Nothing is posted before {local:%Y-%m-%d %H:%M:%S}: edits until then are folded in."


def _to_be_read_at(
    order: Order, planned: Plan, shown: Sequence[Problem], now: datetime, unread: bool
) -> datetime | None:
    """When to read the order anew; None where there is no need, or it was asked for what is known:
    an order that is held though it was read is not read again until something new arrives. What
    only reading tells is read once the deliveries of one event are through, in one go."""
    if settings.SHOPIFY_FETCH == "never":
        return None
    if any(each.refetch for each in shown):
        quiet_at = order.facts_at + timedelta(seconds=order.store.settle_seconds)
        # What was read before could not yet show what came late (treatment G7).
        return None if _was_asked(order, quiet_at if quiet_at <= now else order.facts_at) else now
    if (
        _was_asked(order, order.facts_at)
        or planned.excluded
        or not (unread or settings.SHOPIFY_FETCH == "always")
    ):
        return None
    return order.facts_at + timedelta(seconds=settings.SHOPIFY_FETCH_AFTER_SECONDS)


def _ask(order: Order, now: datetime) -> None:
    order.refetch_asked_at = order.refetch_ready_at = now
    order.refetch_tries, order.refetch_trouble = 0, ""


def _was_asked(order: Order, since: datetime) -> bool:
    """Whether Shopify is to be read anew, or was, for what was known at that time."""
    asked = order.refetch_asked_at
    return asked is not None and asked >= since


def _state(planned: Plan, held: bool, waiting: bool) -> Order.State:
    if held:
        return Order.State.HELD
    if waiting:
        return Order.State.WAITING
    return Order.State.EXCLUDED if planned.excluded else Order.State.PLANNED
