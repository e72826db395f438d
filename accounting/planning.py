"""What a plan would make of one order, worked out and not kept.

`posting` keeps it. A dry run (`backfill_preview`) only looks, so both must ask here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection

from accounting import freezing, mapping, outbox, pinning, ways
from accounting.documents import numbering
from accounting.documents.build import build
from accounting.documents.document import Entry, Plan, Problem, load
from accounting.documents.rules import Rules
from accounting.facts import Facts
from accounting.models import Document, Order

STEM_LOCK = 0x4C656A63  # first key of the advisory lock; the second is store and stem
NO_CONNECTION = "No accounting system is connected yet. Connect one, then this order is posted."


@dataclass(frozen=True, slots=True, kw_only=True)
class Considered:
    """A plan with what it rests on. `entries` are those that can be written; `stem` and `pinned`
    are to be kept with the first of them. `debtors` is as `Rules.debtors`."""

    plan: Plan
    entries: Sequence[Entry] = ()
    stem: str = ""
    pinned: dict[str, Any]
    seals: dict[str, str]
    debtors: dict[str, str]


def never(_: str) -> bool:
    return False


def rules_of(order: Order, facts: Facts) -> Rules:
    """The rules of an order whose store has a book.

    Call it inside a transaction: it takes locks, and gives the customer a debtor code.
    """
    assert order.store.book is not None
    ledger = ways.ledger(order.store.book)
    rules = mapping.rules_for(order.store, facts, ledger=ledger, pinned=order.pinned)
    if not order.closed_period:
        return rules
    return replace(rules, policy=replace(rules.policy, closed_period=order.closed_period))


def standing(order: Order) -> list[Document]:
    """The order's documents, without those that were given up before they were sent."""
    rows = Document.objects.filter(order=order).order_by("id")
    return [row for row in rows if not outbox.was_dropped(row)]


def consider(
    order: Order,
    facts: Facts,
    rules: Rules,
    known: Sequence[Document],
    *,
    settled: bool,
    is_taken: Callable[[str], bool] = never,
) -> Considered:
    """The plan of an order. `known` are its documents that stand; `is_taken` names stems that are
    spoken for though no order has them yet. Call it in the transaction of `rules_of`."""
    sealed = [load(row.payload) for row in known]
    stem = order.stem or _free_stem(order, facts, rules, is_taken)
    plan = build(facts, rules, sealed, stem=stem, settled=settled)
    return Considered(
        plan=plan,
        entries=freezing.possible(plan.entries, known),
        stem=stem,
        pinned=pinning.pinned(rules.policy),
        seals=freezing.seals(facts, rules),
        debtors=dict(rules.debtors),
    )


def no_connection() -> Plan:
    """The plan of an order whose store has no book."""
    return Plan(problems=(_problem("NO_CONNECTION", NO_CONNECTION),))


def our_mistake(error: Exception) -> Plan:
    """The plan of an order that could not be planned."""
    message = f"Lejar made a mistake on this order ({type(error).__name__}) and reported it."
    return Plan(problems=(_problem("INTERNAL", message),))


def _problem(code: str, message: str) -> Problem:
    return Problem(code=code, subject="", message=message)


def _free_stem(order: Order, facts: Facts, rules: Rules, is_taken: Callable[[str], bool]) -> str:
    """The invoice number, in its long form when another order has the short one already."""
    seen = facts.latest or facts.origin
    if seen is None or not rules.policy.prefix:
        return ""
    stem = numbering.stem_for(rules.policy.prefix, seen)
    if not is_free(stem, order) or is_taken(stem):
        return numbering.long_stem(rules.policy.prefix, order.order_id)
    return stem


def is_free(stem: str, order: Order) -> bool:
    """Whether no other order of the store has this stem. One order at a time may find it so: call
    it inside the transaction that takes it."""
    with connection.cursor() as cursor:
        name = f"{order.store_id} {stem}"
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [STEM_LOCK, name])
    taken = Order.objects.filter(store=order.store_id, stem=stem).exclude(id=order.id)
    return not taken.exists()
