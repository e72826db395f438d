"""The dry run of a backfill: every order is planned as posting would plan it, and nothing is kept
of it but what it would be.

Planning runs in a transaction that is rolled back, so that no document, state, number or customer
code stays behind. Two orders of one batch that want the same number or code are told apart by what
the rows before them were foreseen to get; `backfill_posting` then reserves just that.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from accounting import backfill_totals, codec, planning, posting
from accounting.backfill_claim import enter, move, release
from accounting.documents.document import Debtor, Document, Entry, Plan, dump
from accounting.models import Backfill, BackfillOrder, DebtorCode, Order, Store
from accounting.models import Document as Row

log = logging.getLogger(__name__)

Outcome = BackfillOrder.Outcome
JUDGED = (Outcome.POST, Outcome.HOLD, Outcome.SKIP)
A_SLICE = 25  # orders in one transaction: a second or so
SET_ASIDE_NOTE = "Read for a backfill. It is not posted before the backfill is."


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What would become of one order; `kept` is None when it could not be planned at all."""

    plan: Plan
    kept: planning.Considered | None

    @property
    def entries(self) -> Sequence[Entry]:
        return self.kept.entries if self.kept else ()

    @property
    def debtor(self) -> Debtor | None:
        return next((entry for entry in self.entries if isinstance(entry, Debtor)), None)


def is_kept_up(order: Order) -> bool:
    """Whether Lejar sees to the order already: it was planned because of an event, and not just to
    be left out. Such an order is none of a backfill's."""
    if order.planned_at is None and order.plan_at is None:
        return False
    left_out = order.state == Order.State.EXCLUDED and order.plan_at is None
    return not left_out or Row.objects.filter(order=order).exists()


def go_on(held: Backfill, *, now: datetime) -> None:
    """Judge the next few orders, or be through. Raises LeaseLost."""
    unjudged = BackfillOrder.objects.filter(backfill=held, outcome=Outcome.READ)
    with transaction.atomic():
        move(held, now)
        rows = list(unjudged.select_related("order__store__book").order_by("id")[:A_SLICE])
        totals = held.totals or backfill_totals.nothing()
        for row in rows:
            _judge(held, row, totals)
        if rows:
            move(held, now, totals=totals)
        else:
            enter(held, Backfill.State.PREVIEWED, now, ready_at=None, previewed_at=now)
    if rows:
        release(held, ready_at=now)


def begin_anew(held: Backfill) -> None:
    """Forget what an earlier dry run said; what was read stays."""
    rows = BackfillOrder.objects.filter(backfill=held, outcome__in=JUDGED)
    rows.update(outcome=Outcome.READ, stem="", owner="", debtor_code="")
    held.totals = {}


def _judge(held: Backfill, row: BackfillOrder, totals: backfill_totals.Totals) -> None:
    order = row.order
    assert order is not None
    if is_kept_up(order):
        row.outcome, row.documents, row.problems, row.note = Outcome.THERE, [], [], ""
    else:
        found = _foreseen_safely(held, row, order)
        _note(row, order.store, found)
        _count(totals, order, found)
    row.save()


def _note(row: BackfillOrder, store: Store, found: Foreseen) -> None:
    plan = found.plan
    row.outcome = _outcome(found)
    row.note = plan.excluded
    row.problems = sorted({problem.code for problem in plan.problems})
    row.documents = [digest(dump(entry), entry) for entry in found.entries]
    seals = found.kept.seals if found.kept else {}
    row.facts_sha256 = seals.get("facts_sha256", "")
    row.rules_sha256 = seals.get("rules_sha256", "")
    row.stem = found.kept.stem if found.kept and found.entries else ""
    row.owner, row.debtor_code = _owner(found)


def _outcome(found: Foreseen) -> Outcome:
    if found.entries:
        return Outcome.POST
    return Outcome.HOLD if found.plan.problems else Outcome.SKIP


def _owner(found: Foreseen) -> tuple[str, str]:
    """Whose customer code the order counts on, and the code."""
    debtors = found.kept.debtors if found.kept and found.entries else {}
    return next(iter(debtors.items()), ("", ""))


def digest(payload: dict[str, Any], entry: Entry | Row) -> list[str]:
    """A document as it is remembered: enough to tell later whether just this was posted."""
    kind = entry.kind if isinstance(entry.kind, str) else str(entry.kind)
    said = (entry.number, str(kind), entry.date.isoformat(), f"{entry.total:.4f}", entry.currency)
    return [*said, codec.sha256(payload)]


def _count(totals: backfill_totals.Totals, order: Order, found: Foreseen) -> None:
    name = order.name or str(order.order_id)
    backfill_totals.add_entries(totals, found.entries, _moved(order.store, found.entries))
    backfill_totals.add_problems(totals, found.plan.problems, name)
    if not found.entries and not found.plan.problems:
        backfill_totals.add_skipped(totals, found.plan.excluded, name)


def _moved(store: Store, entries: Sequence[Entry]) -> int:
    """How many stand on the first open day because the books are closed on their own."""
    closed = store.books_closed_date
    if closed is None or store.closed_period != "next_open_day":
        return 0
    open_day, zone = date.fromordinal(closed.toordinal() + 1), ZoneInfo(store.time_zone)
    return sum(
        isinstance(entry, Document)
        and entry.date == open_day
        and entry.effective_at is not None
        and entry.effective_at.astimezone(zone).date() <= closed
        for entry in entries
    )


# --- planning without keeping ----------------------------------------------------------------


def _foreseen_safely(held: Backfill, row: BackfillOrder, order: Order) -> Foreseen:
    """One order's trouble stays its own here too."""
    try:
        return _foreseen(held, row, order)
    except Exception as error:
        if posting.database_failed(error):
            raise
        log.exception("order %s of store %s could not be judged", order.id, order.store_id)
        return Foreseen(planning.our_mistake(error), None)


def _foreseen(held: Backfill, row: BackfillOrder, order: Order) -> Foreseen:
    if order.store.book is None:
        return Foreseen(planning.no_connection(), None)
    others = BackfillOrder.objects.filter(backfill=held).exclude(id=row.id)
    spoken_for: list[tuple[str, str]] = []
    while True:
        with transaction.atomic():
            reserve_codes(order.store, spoken_for)
            facts = posting.facts_of(order)
            found = planning.consider(
                order,
                facts,
                planning.rules_of(order, facts),
                planning.standing(order),
                settled=True,
                is_taken=lambda stem: others.filter(stem=stem).exists(),
            )
            transaction.set_rollback(True)
        clash = _clash(held, order.store, found)
        if clash is None:
            return Foreseen(found.plan, found)
        spoken_for.append(clash)


def reserve_codes(store: Store, codes: Sequence[tuple[str, str]]) -> None:
    """Keep these customer codes, by owner as `Rules.debtors` names them, where they are free."""
    rows = []
    for owner, code in codes:
        kind, source_id, currency = owner.split()
        row = DebtorCode(store=store, book=store.book, kind=kind, currency=currency, code=code)
        row.source_id = int(source_id)
        rows.append(row)
    DebtorCode.objects.bulk_create(rows, ignore_conflicts=True)


def _clash(held: Backfill, store: Store, found: planning.Considered) -> tuple[str, str] | None:
    """Another customer of this batch who was foreseen to get the same code before."""
    for owner, code in found.debtors.items():
        if DebtorCode.objects.filter(book=store.book_id, code=code).exists():
            continue  # somebody has it for good
        rows = BackfillOrder.objects.filter(backfill=held, debtor_code=code).exclude(owner=owner)
        if (other := rows.values_list("owner", flat=True).first()) is not None:
            return other, code
    return None
