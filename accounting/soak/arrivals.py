"""Facts as webhooks bring them: in any order, some twice, some as older or poorer copies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from accounting.facts import Agreement, Edit, Fact, Order, Reading, Refund, Transaction
from accounting.soak.lives import ORDERED_AT, Life
from accounting.soak.payments import MONEY_IN, pending

Delivery = tuple[Fact, ...]


def arrivals(life: Life, rng: Random) -> list[Delivery]:
    """Deliveries in any order and repetition. The ledger of the order (agreements) comes with a
    refetch: last, first or in between; that there is no more, with everything else."""
    sent = list(_deliveries(life))
    again = rng.choices(sent, k=rng.randint(0, len(sent) // 2))
    copies = [(copy,) for delivery in again if (copy := other_copy(delivery[0]))]
    found = [*sent, *again, *copies]
    rng.shuffle(found)
    place, bounced = rng.choice((-1, 0, 1)), {e.id for e in life.events if e.role == "V"}

    def rank(delivery: Delivery) -> tuple[bool, bool, int]:
        fact = delivery[0]
        agreed = place * isinstance(fact, Agreement)
        return isinstance(fact, Reading), not _succeeds(fact, bounced), agreed

    return sorted(found, key=rank)


def _succeeds(fact: Fact, ids: set[int]) -> bool:
    """The success of money that fails later is told in time: of one that is told late, or never,
    the books may know nothing (R1, an allowed exception)."""
    return isinstance(fact, Transaction) and fact.status == "success" and fact.id in ids


def told_at(fact: Fact) -> datetime:
    """When Shopify could say this at the earliest."""
    if isinstance(fact, Order):
        return fact.updated_at
    if isinstance(fact, Edit):
        return fact.committed_at
    if isinstance(fact, Agreement):
        return fact.happened_at
    return fact.as_of if isinstance(fact, (Reading, Refund, Transaction)) else ORDERED_AT


def _deliveries(life: Life) -> Iterator[Delivery]:
    """An order's version repeats its refund records as they are then."""
    latest: dict[int, Refund] = {}
    for fact in life.facts:
        if isinstance(fact, Refund):
            latest[fact.id] = fact
        if isinstance(fact, Order):
            yield (fact, *(_repeated(refund, fact) for refund in latest.values()))
        else:
            yield (fact,)


def _repeated(refund: Refund, order: Order) -> Refund:
    """The record as the order repeats it, without its shipping."""
    return replace(refund, shipping=(), unsaid=("shipping",), as_of=order.updated_at)


def other_copy(fact: Fact) -> Fact | None:
    """Refunds also without their shipping; money also while it was on its way."""
    if isinstance(fact, Refund):
        later = fact.as_of + timedelta(minutes=1)
        return replace(fact, shipping=(), unsaid=("shipping",), as_of=later)
    if isinstance(fact, Transaction) and fact.kind in (*MONEY_IN, "refund"):
        return pending(fact)
    return None
