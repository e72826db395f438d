"""Whatever an order lives through: the invariants hold, and arrival changes nothing (I10).

A failure names its seed: `life(Random(seed))` lives it again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from random import Random

from accounting.documents.build import build
from accounting.documents.document import Allocation, Document, Entry, Kind, Plan
from accounting.documents.rules import Rules
from accounting.facts import Fact, merge
from tests.casefiles import postings
from tests.facts import make_rules
from tests.lives import Life, life

LIVES = 1000
TRIGGERS = ("paid", "created")


def for_every_life(check: Callable[[Life, str, Random], None]) -> None:
    for seed in range(LIVES):
        rng = Random(seed)
        try:
            check(life(rng), TRIGGERS[seed % 2], rng)
        except Exception as error:
            error.add_note(f"seed {seed}")
            raise


def documents(entries: Sequence[Entry]) -> dict[str, Document]:
    return {entry.number: entry for entry in entries if isinstance(entry, Document)}


def test_the_books_agree_with_every_life_of_an_order() -> None:
    for_every_life(_check_books)


def _check_books(lived: Life, trigger: str, _: Random) -> None:
    plan = build(merge(lived.facts), make_rules(trigger=trigger), (), stem="", settled=True)

    assert plan.problems == ()
    found = documents(plan.entries)
    for document in found.values():
        assert sum(amount for _, amount in postings(document)) == 0
        assert all(line.quantity * line.unit_price == line.net for line in document.lines)
    if found:
        _check_totals(lived, found, netted=lived.taken_off if trigger == "paid" else 0)
    _check_allocations(plan.entries)


def _check_totals(lived: Life, found: dict[str, Document], *, netted: int) -> None:
    def total(kind: Kind) -> Decimal:
        return sum((d.total for d in found.values() if d.kind is kind), Decimal(0))

    written_off = sum((d.total for d in found.values() if d.number.endswith("-X")), Decimal(0))
    credited = total(Kind.CREDIT_NOTE) - written_off
    assert total(Kind.INVOICE) * 100 == lived.charged - netted
    assert total(Kind.PAYMENT) * 100 == lived.paid
    assert total(Kind.REFUND) * 100 == lived.returned
    assert credited * 100 == lived.credited - netted
    owed = total(Kind.INVOICE) + total(Kind.REFUND) - total(Kind.PAYMENT) - credited
    assert owed * 100 == lived.owed
    assert written_off == (owed if lived.cancelled_at else 0)


def _check_allocations(entries: Sequence[Entry]) -> None:
    left: dict[str, Decimal] = {}
    for entry in entries:
        if isinstance(entry, Allocation):
            assert (entry.source_open, entry.target_open) == (
                left[entry.source],
                left[entry.target],
            )
            assert 0 < entry.amount <= min(entry.source_open, entry.target_open)
            left[entry.source] -= entry.amount
            left[entry.target] -= entry.amount
        else:
            left[entry.number] = entry.total


def test_arrival_in_any_order_ends_in_the_same_documents() -> None:
    for_every_life(_check_arrival)


def _check_arrival(lived: Life, trigger: str, rng: Random) -> None:
    rules = make_rules(trigger=trigger)

    at_the_end = build(merge(lived.facts), rules, (), stem="", settled=True)
    sealed = _as_they_arrive(lived.arrivals(rng), rules)

    assert documents(sealed) == documents(at_the_end.entries)
    assert len({entry.key for entry in sealed}) == len(sealed)
    _check_allocations(sealed)


def _as_they_arrive(arrivals: Sequence[Fact], rules: Rules) -> list[Entry]:
    """What is posted when the order is planned after every arrival, and once when it is quiet."""
    sealed: list[Entry] = []
    for count in range(1, len(arrivals) + 1):
        plan = build(merge(arrivals[:count]), rules, sealed, stem="", settled=False)
        assert all(problem.may_pass for problem in plan.problems), plan.problems
        sealed += plan.entries
    everything = merge(arrivals)
    plan = build(everything, rules, sealed, stem="", settled=True)
    assert plan.problems == ()
    sealed += plan.entries
    again = build(everything, rules, sealed, stem="", settled=True)
    assert again == Plan(excluded=again.excluded)
    return sealed
