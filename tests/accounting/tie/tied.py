"""The tie-out of a plan, as if all of it were in the books as it was planned."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

from accounting import codec
from accounting.documents.build import build
from accounting.documents.document import Document, Entry, Plan
from accounting.documents.rules import Rules
from accounting.facts import Fact, Facts, merge
from accounting.tie.explained import BOOKS, DOCUMENTS, RED, Gap, Place, Standing, Tie, tie
from accounting.tie.stated import stated
from accounting.tie.written import Row


def planned(facts: Iterable[Fact], rules: Rules) -> tuple[Facts, Plan]:
    merged = merge(facts)
    return merged, build(merged, rules, (), stem="", settled=True)


def standing_of(plan: Plan, rules: Rules) -> Standing:
    state = "held" if plan.problems else "excluded" if plan.excluded else "planned"
    return Standing(
        state=state,
        note=plan.excluded,
        problems=[codec.dump(problem) for problem in plan.problems],
        cut_over=rules.policy.cut_over,
    )


def rows_of(entries: Iterable[Entry], state: str = "posted") -> list[Row]:
    documents = [entry for entry in entries if isinstance(entry, Document)]
    held = [each.total if state == "posted" else None for each in documents]
    return [
        Row(document=document, state=state, held=total)
        for document, total in zip(documents, held, strict=True)
    ]


def tied(facts: Iterable[Fact], rules: Rules) -> Tie:
    merged, plan = planned(facts, rules)
    return tied_as(merged, rules, rows_of(plan.entries), standing_of(plan, rules))


def tied_as(facts: Facts, rules: Rules, rows: Sequence[Row], standing: Standing) -> Tie:
    return tie(stated(facts, rules.policy, rules.taxes), rows, standing)


def wrong(found: Tie) -> list[Gap]:
    return [gap for gap in found.gaps if gap.reason in RED]


def reasons(found: Tie, view: str = "") -> set[str]:
    return {gap.reason for gap in found.gaps if view in ("", gap.view)}


def missing(found: Tie) -> dict[tuple[Place, str], Decimal]:
    """What the reasons do not account for, place by place: nothing, to the sen."""
    sums: dict[tuple[Place, str], Decimal] = defaultdict(Decimal)
    for place, cell in found.cells.items():
        sums[place, DOCUMENTS] += cell.documents - cell.shopify
        sums[place, BOOKS] += cell.books - cell.documents
    for gap in found.gaps:
        sums[(gap.day, gap.view, gap.rate, gap.name), gap.side] -= gap.amount
    return {key: amount for key, amount in sums.items() if amount}
