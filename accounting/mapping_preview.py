"""What a change of mappings would do to the orders of the last 90 days, worked out and not kept.

Every order that can be concerned is planned twice in a transaction that is rolled back: by the
rules of today and by those with the change laid over (`mapping_overlay`). What differs is counted:
held orders that would go on, documents that would be made otherwise, and lines of documents that
are frozen already, which stay as they are.

Runs in the background, newest orders first, a slice at a time; a person may save without waiting.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Model, Q, QuerySet

from accounting import planning, posting
from accounting.documents.build import build
from accounting.documents.document import Document, Entry, Problem, load
from accounting.documents.rules import Rules
from accounting.facts import Facts
from accounting.freezing import key_of
from accounting.mapping_overlay import asks_for, key_in, overlaid
from accounting.mapping_tables import TABLES, Row, kept
from accounting.mapping_turns import LEASE, LeaseLost, claim, due, move
from accounting.models import Document as DocumentRow
from accounting.models import MappingPreview, Order

log = logging.getLogger(__name__)

DAYS = 90
MOST_ORDERS = 5000
A_SLICE = 25  # orders between two notes of how far it is
A_TURN = timedelta(seconds=3)
EXAMPLES = 5
MOST_GROUPS = 100
FIELDS = ("account", "tax_code", "item_code", "tariff_code")  # of a line that mappings decide
HEAD = ("account", "customer", "project")  # of a document
State = MappingPreview.State
LOOKED_AT = (Order.State.HELD, Order.State.WAITING, Order.State.PLANNED)
Result = dict[str, Any]


def nothing() -> Result:
    """What a dry run has found before it has looked."""
    return {
        "concerned": 0,
        "released": {"orders": 0, "documents": 0, "totals": {}, "examples": []},
        "held": {},
        "anew": {"documents": 0, "totals": {}, "examples": []},
        "stay": {},
    }


def start(
    *,
    store_id: int,
    what: str,
    rows: Sequence[Row],
    removed: Sequence[int],
    who: str,
    now: datetime,
) -> MappingPreview:
    """Begin to look what these changes of one kind of mapping would do; `removed` are ids. Raises
    Invalid as saving them would. An older one that is still under way ends."""
    table = TABLES[what]
    kept(table, store_id, rows)
    gone = table.model._default_manager.filter(store=store_id, pk__in=removed)
    past = Q(state=State.RUNNING) | Q(asked_at__lt=now - timedelta(days=DAYS))
    MappingPreview.objects.filter(past, store=store_id).delete()
    return MappingPreview.objects.create(
        store_id=store_id,
        what=what,
        rows=[
            dict(row) | {"rate": str(row["rate"])} if "rate" in row else dict(row) for row in rows
        ],
        removed=sorted(gone.values_list("pk", flat=True)),
        since=now - timedelta(days=DAYS),
        result=nothing(),
        asked_at=now,
        asked_by=who,
        ready_at=now,
    )


def go_on(*, clock: Callable[[], datetime], stopping: Callable[[], bool] = lambda: False) -> int:
    """One turn of every dry run that is due. Returns how many moved."""
    moved = 0
    for pk in due(MappingPreview, clock()):
        held = None if stopping() else claim(MappingPreview, pk, clock())
        if held is not None:
            moved += _turn(held, clock, stopping)
    return moved


def _turn(
    held: MappingPreview, clock: Callable[[], datetime], stopping: Callable[[], bool]
) -> bool:
    try:
        _look(held, clock, stopping)
    except LeaseLost:
        return False
    except Exception as mistake:
        if posting.database_failed(mistake):
            raise
        log.exception("dry run %s of mappings failed", held.pk)
        move(held, state=State.FAILED, finished_at=clock(), ready_at=None)
    return True


def _look(
    held: MappingPreview, clock: Callable[[], datetime], stopping: Callable[[], bool]
) -> None:
    change = _Change.of(held)
    if held.cursor is None:
        count = _orders(held).values("id")[: MOST_ORDERS + 1].count()
        move(held, of=min(count, MOST_ORDERS), is_cut=count > MOST_ORDERS)
    until = clock() + A_TURN
    while clock() < until and not stopping():
        left = min(A_SLICE, held.of - held.done)
        orders = list(_orders(held).select_related("store__book")[:left]) if left > 0 else []
        for order in orders:
            _judge(order, change, held.result, clock())
        if not orders:
            move(held, state=State.DONE, finished_at=clock(), ready_at=None)
            return
        move(
            held,
            done=held.done + len(orders),
            cursor=orders[-1].pk,
            result=held.result,
            ready_at=clock() + LEASE,
        )
    move(held, ready_at=clock())


def _orders(held: MappingPreview) -> QuerySet[Order]:
    rows = Order.objects.filter(
        store=held.store_id, facts_at__gte=held.since, state__in=LOOKED_AT
    ).exclude(posting.SET_ASIDE)
    if held.cursor is not None:
        rows = rows.filter(pk__lt=held.cursor)
    return rows.order_by("-pk")


@dataclass(frozen=True, slots=True)
class _Change:
    """The rows of one kind that are put, and those that go."""

    what: str
    rows: Sequence[Model]
    removed: Sequence[Model]

    @classmethod
    def of(cls, held: MappingPreview) -> _Change:
        table = TABLES[held.what]
        gone = table.model._default_manager.filter(store=held.store_id, pk__in=held.removed)
        return cls(held.what, kept(table, held.store_id, held.rows), list(gone))

    def concerns(self, facts: Facts, rules: Rules) -> bool:
        keys = {key_in(row, rules) for row in (*self.rows, *self.removed)} - {None}
        return asks_for(facts, self.what, keys, rules)

    def laid_over(self, rules: Rules) -> Rules:
        return overlaid(rules, self.rows, self.removed)


# --- one order -------------------------------------------------------------------------------


def _judge(order: Order, change: _Change, result: Result, now: datetime) -> None:
    """Count what the change does to one order; its own trouble is none of the dry run's."""
    if order.store.book is None:
        return
    try:
        with transaction.atomic():
            facts = posting.facts_of(order)
            rules = planning.rules_of(order, facts)
            if change.concerns(facts, rules):
                _Dry(order, facts, rules, change.laid_over(rules), now).count(result)
            transaction.set_rollback(True)
    except Exception as mistake:
        if posting.database_failed(mistake):
            raise
        log.exception("order %s of store %s could not be judged", order.pk, order.store_id)


@dataclass(frozen=True, slots=True)
class _Dry:
    """One order by the rules of today and by those after the change."""

    order: Order
    facts: Facts
    today: Rules
    after: Rules
    now: datetime

    def count(self, result: Result) -> None:
        result["concerned"] += 1
        standing = planning.standing(self.order)
        settled = self.now >= self.order.facts_at + self.today.policy.settle
        found = planning.consider(self.order, self.facts, self.after, standing, settled=settled)
        if self.order.state == Order.State.HELD:
            self._count_held(result, _shown(found.plan.problems, settled), found.entries)
        elif not standing:
            self._count_anew(result, found.entries, settled)
        if standing:
            self._count_standing(result, standing)

    def _count_held(
        self, result: Result, problems: Sequence[Problem], entries: Sequence[Entry]
    ) -> None:
        if not problems:
            released = result["released"]
            released["orders"] += 1
            _add(released, entries, self.order)
        for code, message in {each.code: each.message for each in reversed(problems)}.items():
            group = result["held"].setdefault(
                code, {"message": message, "orders": 0, "examples": []}
            )
            group["orders"] += 1
            _example(group, self.order)

    def _count_anew(self, result: Result, entries: Sequence[Entry], settled: bool) -> None:
        """Of an order that waits nothing is frozen: its documents will have the new codes."""
        before = planning.consider(self.order, self.facts, self.today, [], settled=settled)
        old = {key_of(entry.key): entry for entry in before.entries}
        other = [entry for entry in entries if _differs(old.get(key_of(entry.key)), entry)]
        _add(result["anew"], other, self.order)

    def _count_standing(self, result: Result, standing: Sequence[DocumentRow]) -> None:
        """Documents that are frozen, against what they would be if they were made today."""
        old, new = self._from_scratch(self.today), self._from_scratch(self.after)
        for row in standing:
            frozen = load(row.payload)
            before, after = old.get(key_of(frozen.key)), new.get(key_of(frozen.key))
            if not (
                isinstance(frozen, Document)
                and isinstance(before, Document)
                and isinstance(after, Document)
            ):
                continue
            changes = list(_changes(frozen, before, after))
            if changes and row.state == DocumentRow.State.REJECTED:
                _add(result["anew"], [after], self.order)  # when it is retried
            elif changes and row.state != DocumentRow.State.SKIPPED:
                _add_changes(result["stay"], changes, self.order)

    def _from_scratch(self, rules: Rules) -> dict[tuple[str, int, str, str], Entry]:
        plan = build(self.facts, rules, [], stem=self.order.stem, settled=True)
        return {key_of(entry.key): entry for entry in plan.entries}


def _shown(problems: Sequence[Problem], quiet: bool) -> list[Problem]:
    """As `outcome.keep` shows them: what may pass holds an order once it is quiet."""
    return [each for each in problems if quiet or not each.may_pass]


def _differs(before: Entry | None, after: Entry) -> bool:
    if isinstance(before, Document) and isinstance(after, Document):
        return bool(list(_changes(before, before, after)))
    return False


Change = tuple[str, str, str, str, Decimal]  # field, from, to, currency, amount


def _changes(frozen: Document, before: Document, after: Document) -> Iterator[Change]:
    """Codes that the change alone alters, and that the frozen document has otherwise."""
    for name in HEAD:
        if _alters(name, frozen, before, after):
            said = (getattr(frozen, name), getattr(after, name))
            yield (name, *said, frozen.currency, frozen.total)
    if not len(frozen.lines) == len(before.lines) == len(after.lines):
        return
    for line, old, new in zip(frozen.lines, before.lines, after.lines, strict=True):
        for name in FIELDS:
            if _alters(name, line, old, new):
                said = (getattr(line, name), getattr(new, name))
                yield (name, *said, frozen.currency, abs(line.net) or abs(line.tax))


def _alters(name: str, frozen: Any, before: Any, after: Any) -> bool:
    new = str(getattr(after, name))
    return new not in (getattr(before, name), getattr(frozen, name))


# --- sums ------------------------------------------------------------------------------------


def _add(group: Result, entries: Iterable[Entry], order: Order) -> None:
    documents = [entry for entry in entries if isinstance(entry, Document)]
    for each in documents:
        group["documents"] += 1
        group["totals"][each.currency] = _sum(group["totals"].get(each.currency), each.total)
    if documents:
        _example(group, order)


def _add_changes(groups: Result, changes: Iterable[Change], order: Order) -> None:
    for field, old, new, currency, amount in changes:
        name = "|".join((field, old, new))
        if name not in groups and len(groups) >= MOST_GROUPS:
            continue
        fresh = {"field": field, "from": old, "to": new, "lines": 0, "totals": {}, "examples": []}
        group = groups.setdefault(name, fresh)
        group["lines"] += 1
        group["totals"][currency] = _sum(group["totals"].get(currency), amount)
        _example(group, order)


def _sum(kept_sum: str | None, amount: Decimal) -> str:
    return str(Decimal(kept_sum or "0") + amount)


def _example(group: Result, order: Order) -> None:
    known = [each["order_id"] for each in group["examples"]]
    if order.order_id not in known and len(known) < EXAMPLES:
        group["examples"].append({"order_id": order.order_id, "name": order.name})
