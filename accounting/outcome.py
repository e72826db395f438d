"""What a plan leaves on its order: its state, the reasons shown, and when to plan it again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from accounting import codec
from accounting.documents.document import Flag, Plan, Problem
from accounting.models import Order, Store

PLANNED_FIELDS = (
    "problems",
    "flags",
    "note",
    "state",
    "planned_at",
    "plan_at",
    "stem",
    "pinned",
    "refetch_asked_at",
    "refetch_ready_at",
    "refetch_tries",
)
REVERSAL_FIELDS = ("reversed_at", "reversed_sha256")


def keep(order: Order, planned: Plan, now: datetime) -> None:
    """Write down what the plan said. What may pass is shown only once the order is quiet; from then
    on it is shown whatever the plan calls it, or the order would be planned again at once."""
    quiet_at = order.facts_at + timedelta(seconds=order.store.settle_seconds)
    shown = [each for each in planned.problems if not each.may_pass or quiet_at <= now]
    later = [quiet_at] if len(shown) < len(planned.problems) else []
    if planned.not_before and planned.not_before > now:
        later.append(planned.not_before)
    order.problems = [codec.dump(problem) for problem in shown]
    order.flags = [codec.dump(flag) for flag in planned.flags]
    order.note = _note(order.store, planned, now)
    order.state = _state(planned, bool(shown), bool(later))
    order.planned_at = now
    order.plan_at = min(later, default=None)
    if any(each.refetch for each in shown) and not _is_asked(order):
        order.refetch_asked_at = order.refetch_ready_at = now
        order.refetch_tries = 0
    order.save(update_fields=PLANNED_FIELDS)


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
    order.state, order.note = state, note
    order.problems = [codec.dump(problem) for problem in problems]
    order.flags = [codec.dump(flag) for flag in flags]
    order.planned_at, order.plan_at = now, plan_at
    order.refetch_ready_at = None  # reading it anew would decide nothing either
    order.save(update_fields=(*PLANNED_FIELDS, *REVERSAL_FIELDS))


def _note(store: Store, planned: Plan, now: datetime) -> str:
    """Why there is nothing to post, or until when not, in the shop's time."""
    until = planned.not_before
    if planned.excluded or until is None or until <= now:
        return planned.excluded
    local = until.astimezone(ZoneInfo(store.time_zone))
    return f"Nothing is posted before {local:%Y-%m-%d %H:%M:%S}: edits until then are folded in."


def _is_asked(order: Order) -> bool:
    """Whether Shopify is to be read anew, or was, since the order's last fact."""
    asked = order.refetch_asked_at
    return asked is not None and asked >= order.facts_at


def _state(planned: Plan, held: bool, waiting: bool) -> Order.State:
    if held:
        return Order.State.HELD
    if waiting:
        return Order.State.WAITING
    return Order.State.EXCLUDED if planned.excluded else Order.State.PLANNED
