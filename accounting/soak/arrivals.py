"""Facts as webhooks bring them: in any order, some twice, some as older or poorer copies."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

from accounting.facts import Agreement, Fact, Refund, Transaction
from accounting.soak.lives import Life
from accounting.soak.payments import pending


def arrivals(life: Life, rng: Random) -> list[Fact]:
    """The ledger of the order (agreements) comes with a refetch: last, first or in between."""
    again = rng.choices(life.facts, k=rng.randint(0, len(life.facts) // 2))
    copies = [copy for fact in again if (copy := other_copy(fact))]
    found = [*life.facts, *again, *copies]
    rng.shuffle(found)
    place = rng.choice((-1, 0, 1))
    return sorted(found, key=lambda fact: place * isinstance(fact, Agreement))


def other_copy(fact: Fact) -> Fact | None:
    """Refunds also as the order repeats them, without their shipping; money also while it was on
    its way."""
    if isinstance(fact, Refund):
        later = fact.as_of + timedelta(hours=1)
        return replace(fact, shipping=(), unsaid=("shipping",), as_of=later)
    if isinstance(fact, Transaction) and fact.kind in ("sale", "capture", "refund"):
        return pending(fact)
    return None
