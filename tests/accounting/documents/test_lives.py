"""Whatever an order lives through: the invariants hold, and arrival changes nothing (I10)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounting.documents.build import build
from accounting.documents.document import Allocation, Document, Entry, Kind
from accounting.documents.rules import Rules
from accounting.facts import Fact, merge
from tests.casefiles import postings
from tests.facts import make_rules
from tests.lives import Life, lives

often = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
TRIGGERS = st.sampled_from(["paid", "created"])


def documents(entries: Sequence[Entry]) -> dict[str, Document]:
    return {entry.number: entry for entry in entries if isinstance(entry, Document)}


@often
@given(life=lives(), trigger=TRIGGERS)
def test_the_books_agree_with_every_life_of_an_order(life: Life, trigger: str) -> None:
    plan = build(merge(life.facts), make_rules(trigger=trigger), (), stem="", settled=True)

    assert plan.problems == ()
    found = documents(plan.entries)
    for document in found.values():
        assert sum(amount for _, amount in postings(document)) == 0
        assert all(line.quantity * line.unit_price == line.net for line in document.lines)
    if found:
        _check_totals(life, found)
    _check_allocations(plan.entries)


def _check_totals(life: Life, found: dict[str, Document]) -> None:
    def total(kind: Kind) -> Decimal:
        return sum((d.total for d in found.values() if d.kind is kind), Decimal(0))

    written_off = sum((d.total for d in found.values() if d.number.endswith("-X")), Decimal(0))
    credited = total(Kind.CREDIT_NOTE) - written_off
    assert total(Kind.INVOICE) * 100 == life.charged
    assert total(Kind.PAYMENT) * 100 == life.paid
    assert total(Kind.REFUND) * 100 == life.returned
    assert credited * 100 == life.credited
    owed = total(Kind.INVOICE) + total(Kind.REFUND) - total(Kind.PAYMENT) - credited
    assert owed * 100 == life.owed
    assert written_off in (0, owed)


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


@often
@given(life=lives(), trigger=TRIGGERS, data=st.data())
def test_arrival_in_any_order_ends_in_the_same_documents(
    life: Life, trigger: str, data: st.DataObject
) -> None:
    rules = make_rules(trigger=trigger)
    arrivals = data.draw(st.permutations(life.facts))

    at_the_end = build(merge(life.facts), rules, (), stem="", settled=True)
    sealed = _as_they_arrive(arrivals, rules)

    assert documents(sealed) == documents(at_the_end.entries)
    assert len({entry.key for entry in sealed}) == len(sealed)
    _check_allocations(sealed)


def _as_they_arrive(arrivals: Sequence[Fact], rules: Rules) -> list[Entry]:
    sealed: list[Entry] = []
    for count in range(1, len(arrivals) + 1):
        plan = build(merge(arrivals[:count]), rules, sealed, stem="", settled=False)
        assert all(problem.may_pass for problem in plan.problems), plan.problems
        sealed += plan.entries
    plan = build(merge(arrivals), rules, sealed, stem="", settled=True)
    assert plan.problems == ()
    sealed += plan.entries
    assert build(merge(arrivals), rules, sealed, stem="", settled=True).entries == ()
    return sealed
