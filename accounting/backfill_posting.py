"""Posting what a dry run has shown, order by order, and taking it back.

An order is *woken*: the number and customer code it was foreseen to get are reserved, and planning
takes it like any other. Once it is at rest, what was posted is compared document for document with
the dry run. Orders are woken a few at a time, and only while its books have little to send: an
order of today never waits behind a year of old ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounting import codec, planning, posting, reversal
from accounting.backfill_claim import State, enter, move, release
from accounting.backfill_preview import (
    JUDGED,
    SET_ASIDE_NOTE,
    Outcome,
    digest,
    is_kept_up,
    reserve_codes,
)
from accounting.documents.document import load
from accounting.documents.numbering import prefix_of
from accounting.models import Backfill, BackfillOrder, Document, Fact, Order

A_SLICE = 50  # orders in one transaction
MOST_AHEAD = 200  # documents or orders that wait to be sent or planned: the next are woken below
TURN = timedelta(seconds=1)
ACTIVE = (Document.State.QUEUED, Document.State.SENDING, Document.State.UNKNOWN)
TAKEN_UP = "An event of the order has come since the dry run, and it was planned by itself."
EVENT = "delivery "  # how what tells of a fact begins where it is an event of the order

Rows = QuerySet[BackfillOrder]


def go_on(held: Backfill, *, now: datetime) -> None:
    """Wake some orders, compare some, or be through. Raises LeaseLost."""
    woken = _wake(held, now)
    compared = _compare(held, now)
    if not (woken or compared) and not (_sleeping(held).exists() or _uncompared(held).exists()):
        enter(held, State.POSTED, now, ready_at=None)
    else:
        release(held, ready_at=now if compared else now + TURN)


# --- waking ----------------------------------------------------------------------------------


def _sleeping(held: Backfill) -> Rows:
    if held.halted_at is not None:
        return BackfillOrder.objects.none()
    return BackfillOrder.objects.filter(backfill=held, woken_at=None, outcome__in=JUDGED)


def _wake(held: Backfill, now: datetime) -> int:
    if _is_busy(held, now):
        return 0
    with transaction.atomic():
        move(held, now)
        rows = list(_sleeping(held).order_by("id")[:A_SLICE])
        _wake_all(held, rows, now)
    return len(rows)


def _is_busy(held: Backfill, now: datetime) -> bool:
    """Whether the books, or planning, have enough to do."""
    heads = Document.objects.filter(store=held.store_id, state__in=ACTIVE)
    to_plan = Order.objects.filter(store=held.store_id, plan_at__lte=now)
    waiting = [rows.values("id")[:MOST_AHEAD].count() for rows in (heads, to_plan)]
    return sum(waiting) >= MOST_AHEAD


def _wake_all(held: Backfill, rows: list[BackfillOrder], now: datetime) -> None:
    ids = [row.order_id for row in rows]
    locked = Order.objects.select_for_update(of=("self",)).select_related("store")
    orders = {order.id: order for order in locked.filter(id__in=ids).order_by("id")}
    codes = {row.owner: row.debtor_code for row in rows if row.debtor_code}
    ours = [row for row in rows if not is_kept_up(orders[row.order_id or 0])]
    reserve_codes(held.store, _of_today(held, codes))
    for row in sorted(ours, key=lambda row: row.stem):
        _wake_one(row, orders[row.order_id or 0], now)
    for row in rows:
        if row not in ours:
            row.outcome, row.note = Outcome.THERE, TAKEN_UP
    BackfillOrder.objects.bulk_update(rows, ["woken_at", "outcome", "note"])


def _of_today(held: Backfill, codes: Mapping[str, str]) -> list[tuple[str, str]]:
    """Codes foreseen under another prefix or policy than today's are not taken."""
    store = held.store
    if store.customers == "cash":
        return []
    return sorted(each for each in codes.items() if each[1].startswith(store.debtor_prefix))


def _wake_one(row: BackfillOrder, order: Order, now: datetime) -> None:
    """The number is reserved unless the merchant has chosen another prefix since, or an order has
    taken it."""
    changed = ["plan_at"]
    wanted = row.stem and not order.stem and prefix_of(row.stem) == order.store.prefix
    if wanted and planning.is_free(row.stem, order):
        order.stem = row.stem
        changed.append("stem")
    row.woken_at = order.plan_at = now
    order.save(update_fields=changed)


# --- comparing -------------------------------------------------------------------------------


def _uncompared(held: Backfill) -> Rows:
    return BackfillOrder.objects.filter(
        backfill=held, woken_at__isnull=False, compared_at__isnull=True
    )


def at_rest() -> Q:
    """Rows whose order is planned and has nothing under way to the books. What the books refused
    waits for a person, so it rests."""
    under_way = Document.objects.filter(order=OuterRef("order_id"), state__in=ACTIVE)
    return Q(~Exists(under_way), order__plan_at=None)


def _compare(held: Backfill, now: datetime) -> int:
    planned = Q(order__planned_at__gte=F("woken_at"))
    with transaction.atomic():
        move(held, now)
        found = _uncompared(held).filter(planned & at_rest()).select_related("order")
        rows = list(found.order_by("id")[:A_SLICE])
        for row in rows:
            row.differences, row.compared_at = differences(row), now
        BackfillOrder.objects.bulk_update(rows, ["differences", "compared_at"])
    return len(rows)


def differences(row: BackfillOrder) -> list[dict[str, Any]]:
    """Where what is planned or posted of the order is not what the dry run showed, by number:
    `foreseen` and `posted` are [kind, date, total, currency], null where there is none; `reason` is
    facts (the order changed since), rules (mappings or policies did) or numbers (others took the
    number or code it was to get)."""
    rows = Document.objects.filter(order=row.order_id).exclude(state=Document.State.SKIPPED)
    posted = {each.number: digest(each.payload, load(each.payload)) for each in rows}
    foreseen = {each[0]: each for each in row.documents}
    wrong = sorted(n for n in {*posted, *foreseen} if posted.get(n) != foreseen.get(n))
    if not wrong:
        return []
    reason = _reason(row)
    return [
        {"number": n, "foreseen": _shown(foreseen, n), "posted": _shown(posted, n), **reason}
        for n in wrong
    ]


def _shown(documents: Mapping[str, list[str]], number: str) -> list[str] | None:
    found = documents.get(number)
    return found[1:5] if found else None


def _reason(row: BackfillOrder) -> dict[str, str]:
    order = row.order
    assert order is not None
    if codec.sha256(posting.facts_of(order)) != row.facts_sha256:
        return {"reason": "facts"}
    sealed = Document.objects.filter(order=order).values_list("rules_sha256", flat=True)
    if set(sealed) == {row.rules_sha256}:
        return {"reason": "numbers"}
    return {"reason": "rules"}


# --- taking back -----------------------------------------------------------------------------


def take_back(held: Backfill, *, now: datetime) -> None:
    """Reverse some orders, or be through once the books have taken the last. Raises LeaseLost."""
    rows = [] if _is_busy(held, now) else list(_standing(held).order_by("id")[:A_SLICE])
    for row in rows:
        with transaction.atomic():
            move(held, now)
            _take_back_one(held, row, now)
    woken = BackfillOrder.objects.filter(backfill=held, woken_at__isnull=False)
    stuck = Q(order__state=Order.State.HELD)  # a person has to act on it first
    if _standing(held).exists() or woken.exclude(at_rest() | stuck).exists():
        release(held, ready_at=now + TURN)
    else:
        enter(held, State.REVERSED, now, ready_at=None)


def _standing(held: Backfill) -> Rows:
    woken = BackfillOrder.objects.filter(backfill=held, woken_at__isnull=False, reversed_at=None)
    return woken.select_related("order")


def _take_back_one(held: Backfill, row: BackfillOrder, now: datetime) -> None:
    """An order for which the backfill posted nothing, and an event something later, stands."""
    order = row.order
    assert order is not None
    if not reversal.is_in_the_books(store_id=held.store_id, order_id=order.order_id):
        _set_aside(order.id)
    elif row.outcome != Outcome.SKIP or row.differences:
        reversal.reverse(
            store_id=held.store_id,
            order_id=order.order_id,
            who=held.reversed_by,
            now=now,
            reason=f"backfill {held.id}",
        )
    row.reversed_at = now
    row.save(update_fields=["reversed_at"])


def _set_aside(order_id: int) -> None:
    """What was held or left out is again known to a dry run only, unless an event has told of it
    since: then it is kept up like any other order."""
    order = Order.objects.select_for_update().get(id=order_id)
    if Fact.objects.filter(order=order, told_by__startswith=EVENT).exists():
        return
    order.state, order.problems, order.flags = Order.State.WAITING, [], []
    order.note = SET_ASIDE_NOTE
    order.planned_at = order.plan_at = order.refetch_ready_at = None
    order.stem = ""
    order.save()
