"""The use-cases of the accounting side: record facts, plan documents, and what people decide.

    record_facts   what a shop told us is kept, and its order is marked for planning
    plan           orders that are due become documents in the outbox, or holds that say why not
    replan, retry, skip   a person acts

Everything is keyed by store; a row of another store cannot be reached from here.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import reduce
from operator import or_

from django.db import DatabaseError, DataError, IntegrityError, connection, transaction
from django.db.models import Q

from accounting import audit, catalogue, codec, freezing, outbox, outcome, planning, reversal, seen
from accounting.documents import personal
from accounting.documents.anew import needs_reading
from accounting.facts import KINDS, Fact, Facts, kind_of, merge, order_id_of, superseded
from accounting.facts import Order as OrderFact
from accounting.models import Document, Order, Store
from accounting.models import Fact as FactRow

log = logging.getLogger(__name__)

PLAN_BATCH = 50
# Kept and never planned: only a dry run knows these orders. Nothing plans them but an event of the
# order, or the decision to post.
SET_ASIDE = Q(planned_at=None, plan_at=None)


class Refused(Exception):
    """A fact that cannot belong to this store. `path` names the field, as in the payload."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.path, self.message = path, message


# --- facts -----------------------------------------------------------------------------------


def record_facts(
    *,
    store_id: int,
    facts: Iterable[Fact],
    told_by: str,
    now: datetime,
    read_anew: bool = False,
    plan: bool = True,
) -> None:
    """Keep what a shop said and mark its orders for planning; all of it or nothing.

    `read_anew` facts were asked for: the order has been quiet since its last event or change,
    whichever is later, and not since they came. Without `plan` an order is left as it
    is, unplanned if it is new.

    Of an order that was erased nothing personal is kept, whoever repeats it.

    Raises Refused when an id is already known as another store's (the webhook signature does not
    cover the shop's name) or when an order is not in the currency the store keeps its books in.
    """
    by_order: dict[int, list[Fact]] = {}
    for fact in facts:
        by_order.setdefault(order_id_of(fact), []).append(fact)
    with transaction.atomic():
        store = Store.objects.get(id=store_id)
        for order_id in sorted(by_order):
            lock_id(order_id)
            told = by_order[order_id]
            if _check_belongs(store, order_id, told):
                told = [personal.without_buyer(fact) for fact in told]
            order = _touch(store, order_id, told, now, read_anew, plan)
            _add(order, told, told_by)
        # Last: whoever holds a row of the catalogue waits for nothing else.
        said = [fact for told in by_order.values() for fact in told]
        catalogue.see(store, [fact for fact in said if isinstance(fact, OrderFact)])


def lock_id(order_id: int) -> None:
    """One shop at a time may say that an order is its own, and nobody while it is erased."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [order_id])


def _check_belongs(store: Store, order_id: int, facts: Sequence[Fact]) -> bool:
    """Whether the buyer of this order was erased. Raises Refused."""
    for fact in facts:
        if isinstance(fact, OrderFact) and fact.currency != store.currency:
            message = f"is {fact.currency}, but this shop keeps its books in {store.currency}"
            raise Refused("currency", message)
    known = dict(Order.objects.filter(order_id=order_id).values_list("store_id", "erased_at"))
    if known.keys() - {store.id}:
        raise Refused("order_id", "belongs to an order of another shop")
    ids: dict[str, set[int]] = {}
    for fact in facts:
        ids.setdefault(kind_of(fact), set()).add(fact.id)
    named = (Q(kind=kind, source_id__in=sorted(ids[kind])) for kind in ids)
    if FactRow.objects.filter(reduce(or_, named)).exclude(store=store).exists():
        raise Refused("id", "belongs to another shop")
    return known.get(store.id) is not None


def _touch(
    store: Store,
    order_id: int,
    facts: Sequence[Fact],
    now: datetime,
    read_anew: bool,
    plan: bool,
) -> Order:
    name = next((fact.name for fact in facts if isinstance(fact, OrderFact)), "")
    changed_at = _last_change(facts, now) if read_anew else None
    row = Order(store=store, order_id=order_id, name=name, facts_at=changed_at or now)
    changed = ["name"] if name else []
    if read_anew:
        row.refetched_at = now
        changed.append("refetched_at")
    else:
        changed.append("facts_at")
    if plan:
        row.plan_at = now
        changed.append("plan_at")
    unique = ["store", "order_id"]
    Order.objects.bulk_create(
        [row], update_conflicts=True, update_fields=changed, unique_fields=unique
    )
    if changed_at is not None:  # a change no delivery told of is to become quiet too (G7)
        Order.objects.filter(id=row.id, facts_at__lt=changed_at).update(facts_at=changed_at)
    return row


def _last_change(facts: Iterable[Fact], now: datetime) -> datetime | None:
    changes = [fact.updated_at for fact in facts if isinstance(fact, OrderFact)]
    return min(now, max(changes)) if changes else None


# A worker from before `first_as_of` leaves it null: then all times it saw are in `as_of`.
ADD_FACT = """
    INSERT INTO accounting_fact
        (store_id, order_id, kind, source_id, sha256, as_of, first_as_of, body, told_by)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s)
    ON CONFLICT (store_id, kind, source_id, sha256)
    DO UPDATE SET
        as_of = GREATEST(accounting_fact.as_of, EXCLUDED.as_of),
        first_as_of = LEAST(
            COALESCE(accounting_fact.first_as_of, accounting_fact.as_of), EXCLUDED.first_as_of
        )
"""


def _add(order: Order, facts: Sequence[Fact], told_by: str) -> None:
    """Add each fact once: the same content said again only widens the times it was said."""
    rows = []
    for fact in facts:
        body = codec.dump(fact)
        as_of = body.pop("as_of", None)
        kept = codec.text(body)
        key = (order.store_id, order.id, kind_of(fact), fact.id, codec.digest(kept))
        rows.append((*key, as_of, as_of, kept, told_by))
    with connection.cursor() as cursor:
        cursor.executemany(ADD_FACT, rows)


def facts_of(order: Order) -> Facts:
    """The one picture of the order, after dropping versions that decide nothing any more."""
    rows = _told(order)
    told = [fact for copies in rows.values() for fact in copies]
    gone = set(superseded(fact for fact in told if isinstance(fact, OrderFact)))
    stale = [row.id for row, copies in rows.items() if copies[0] in gone]
    FactRow.objects.filter(order=order, id__in=stale).delete()
    return merge(told)


def facts_shown(order: Order) -> Facts:
    """The same picture, with everything left as it is kept: for whoever only looks."""
    return merge(fact for copies in _told(order).values() for fact in copies)


def _told(order: Order) -> dict[FactRow, list[Fact]]:
    rows = FactRow.objects.filter(order=order, store=order.store_id)
    return {row: said(row) for row in rows}


def said(row: FactRow) -> list[Fact]:
    """The fact as it was last said, and as it was first: the date of a failure (treatment R9)."""
    times = dict.fromkeys((row.as_of, row.first_as_of or row.as_of))
    return [_fact(row, as_of) for as_of in times]


def _fact(row: FactRow, as_of: datetime | None) -> Fact:
    stated = {"as_of": as_of.isoformat()} if as_of else {}
    return codec.load(KINDS[row.kind], {**row.body, **stated})


# --- planning --------------------------------------------------------------------------------


def plan(*, now: datetime) -> int:
    """Plan up to a batch of the orders that are due, and of those that stand in line where none is
    (`mapping.plan_held`). Returns how many; 0 when there is nothing to plan.

    Each in a transaction of its own: no two books are ever locked together, and a sender waits for
    one order's planning at most.
    """
    planned = 0
    while planned < PLAN_BATCH and _plan_next(now):
        planned += 1
    return planned


@transaction.atomic
def _plan_next(now: datetime) -> bool:
    rows = Order.objects.order_by("plan_at", "id").select_related("store__book")
    free = rows.select_for_update(skip_locked=True, of=("self",))
    due, early = free.filter(plan_at__lte=now), free.filter(plan_early=True, plan_at__gt=now)
    order = due.first() or early.first()
    if order is not None:
        _plan_safely(order, now)
    return order is not None


def _plan_safely(order: Order, now: datetime) -> None:
    """One order's trouble stays its own: a mistake of ours is reported and held, not repeated."""
    try:
        with transaction.atomic():
            plan_order(order, now=now)
    except Exception as error:
        if database_failed(error):
            raise
        log.exception("order %s of store %s could not be planned", order.id, order.store_id)
        order.refresh_from_db(fields=["stem", "pinned"])  # what was pinned is rolled back
        outcome.keep(order, planning.our_mistake(error), now)


def database_failed(error: Exception) -> bool:
    """Whether it is the database's trouble, which passes; a row that it cannot take is not, and
    would be met again for ever."""
    return isinstance(error, DatabaseError) and not isinstance(error, (DataError, IntegrityError))


def plan_order(order: Order, *, now: datetime, reopened: Sequence[Document] = ()) -> None:
    """Turn the order's facts into documents still to post. The caller holds the order's lock.

    `reopened` documents are certainly not in the books and are planned anew under their numbers.
    An order that is taken back is `reversal`'s.
    """
    facts = facts_of(order)
    if order.store.book is None:
        outcome.keep(order, planning.no_connection(), now)
        return
    rules = planning.rules_of(order, facts)
    seen.note(order.store_id, facts, rules, now)
    if order.reversal_asked_at is not None:
        reversal.plan(order, facts, rules, now=now, reopened=reopened)
        return
    rows = list(Document.objects.filter(order=order).order_by("id"))
    renewable = [*reopened, *(row for row in rows if outbox.was_dropped(row))]
    again = {row.id for row in renewable}
    known = [row for row in rows if row.id not in again]
    settled = now >= order.facts_at + rules.policy.settle
    found = planning.consider(order, facts, rules, known, settled=settled)
    planned, entries = found.plan, found.entries
    folding = planned.not_before is not None and now < planned.not_before
    if folding:
        planned, entries = replace(planned, entries=()), ()  # edits still change the invoice
    if planned.entries:
        order.stem, order.pinned = found.stem, found.pinned
    left = freezing.queue(order, entries, found.seals, renewable, now)
    if left and not planned.problems and not folding:
        outbox.skip(left, reason=outbox.NOT_NEEDED, now=now)
    outcome.keep(order, planned, now, unread=needs_reading(facts, order.refetched_at))


# --- decisions of people ---------------------------------------------------------------------


def replan(*, store_id: int, order_id: int, who: str, now: datetime) -> bool:
    """Plan one order again now; `order_id` is Shopify's. False when the store has no such order, or
    only a dry run knows it."""
    with transaction.atomic():
        known = Order.objects.filter(store_id=store_id, order_id=order_id).exclude(SET_ASIDE)
        found = known.update(plan_at=now)
        if found:
            audit.note(store_id, who, "order planned again", now, order=order_id)
    return bool(found)


def retry(*, store_id: int, document_id: int, who: str, now: datetime) -> bool:
    """Try a refused document again, built anew from today's mapping under the same number; after
    a conflict, look again at what the books hold. False when there is nothing to retry."""
    with transaction.atomic():
        order, document = _locked(store_id, document_id)
        if order is None or document is None:
            return False
        done = outbox.look_again(document, now=now) or _plan_again(order, document, now)
        if done:
            audit.note(store_id, who, "document retried", now, number=document.number)
        return done


def skip(*, store_id: int, document_id: int, reason: str, who: str, now: datetime) -> bool:
    """Leave a document out for good, with the knock-offs that touch it. False when it may
    already be in the books."""
    with transaction.atomic():
        order, document = _locked(store_id, document_id)
        if order is None or document is None:
            return False
        if not outbox.skip([document], reason=reason, now=now):
            return False
        touching = Q(source=document.number) | Q(target=document.number)
        knock_offs = Document.objects.filter(touching, order=order)
        outbox.skip(knock_offs, reason=reason, now=now)
        audit.note(store_id, who, "document skipped", now, number=document.number, reason=reason)
        return True


def _locked(store_id: int, document_id: int) -> tuple[Order | None, Document | None]:
    """The document as it is once its order is held, so that two people do not act on one state."""
    documents = Document.objects.filter(store_id=store_id, id=document_id)
    order_id = documents.values_list("order_id", flat=True).first()
    if order_id is None:
        return None, None
    orders = Order.objects.select_for_update(of=("self",)).select_related("store__book")
    return orders.get(id=order_id, store_id=store_id), documents.get()


def _plan_again(order: Order, document: Document, now: datetime) -> bool:
    if document.state != Document.State.REJECTED:
        return False
    plan_order(order, now=now, reopened=outbox.reopened(order.id))
    return True
