"""The judge notices: every document of a life, made wrong by one sen, is called wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from accounting.documents.document import Allocation, Document, Entry, Kind, Plan, Problem, Role
from accounting.soak.judge import faults
from accounting.soak.lives import Life
from accounting.soak.run import live, plan_of

SEN = Decimal("0.01")
EVERYDAY: frozenset[str] = frozenset()
LIVES = [live(seed, EVERYDAY) for seed in range(60)]
PLANS = [(lived, plan) for lived in LIVES if not faults(lived, plan := plan_of(lived))]


def _with(plan: Plan, place: int, *entries: Entry) -> Plan:
    return replace(plan, entries=(*plan.entries[:place], *entries, *plan.entries[place + 1 :]))


def _documents() -> Iterator[tuple[Life, Plan, int, Document]]:
    for lived, plan in PLANS:
        for place, entry in enumerate(plan.entries):
            if isinstance(entry, Document):
                yield lived, plan, place, entry


def _dearer(document: Document) -> Document:
    """One sen more, consistent in itself."""
    if document.kind in (Kind.PAYMENT, Kind.REFUND):
        return replace(document, total=document.total + SEN)
    lines = document.lines
    line = replace(lines[0], quantity=1, unit_price=lines[0].net + SEN, net=lines[0].net + SEN)
    return replace(document, lines=(line, *lines[1:]), total=document.total + SEN)


def _moved_to_tax(document: Document) -> Document:
    """One sen of net called tax."""
    line = document.lines[0]
    moved = replace(line, quantity=1, unit_price=line.net - SEN, net=line.net - SEN)
    return replace(document, lines=(replace(moved, tax=line.tax + SEN), *document.lines[1:]))


def _does_not_multiply(document: Document) -> Document:
    line = document.lines[0]
    return replace(
        document, lines=(replace(line, unit_price=line.unit_price + SEN), *document.lines[1:])
    )


def test_plans_of_everyday_lives_are_right() -> None:
    assert len(PLANS) >= 55


@pytest.mark.parametrize(
    "change",
    [
        _dearer,
        lambda d: replace(d, number=d.number[:-1] + ("0" if d.number[-1] != "0" else "1")),
        lambda d: replace(d, date=d.date - timedelta(days=1)),
        lambda d: replace(d, customer="300-OTHER"),
        lambda d: replace(d, currency="SGD"),
    ],
)
def test_a_document_that_is_a_little_wrong_is_noticed(
    change: Callable[[Document], Document],
) -> None:
    for lived, plan, place, document in _documents():
        assert faults(lived, _with(plan, place, change(document))), document


def test_a_missing_document_is_noticed() -> None:
    for lived, plan, place, document in _documents():
        if document.total:
            assert faults(lived, _with(plan, place)), document


def test_a_document_posted_twice_is_noticed() -> None:
    for lived, plan, place, document in _documents():
        assert faults(lived, _with(plan, place, document, document)), document


@pytest.mark.parametrize("change", [_moved_to_tax, _does_not_multiply])
def test_a_line_that_is_a_little_wrong_is_noticed(change: Callable[[Document], Document]) -> None:
    for lived, plan, place, document in _documents():
        if document.lines and document.key.role is not Role.CANCELLATION:
            assert faults(lived, _with(plan, place, change(document))), document


def test_money_through_another_account_is_noticed() -> None:
    for lived, plan, place, document in _documents():
        if document.account:
            other = "till" if document.account != "till" else "gift_card"

            assert faults(lived, _with(plan, place, replace(document, account=other)))


def test_a_knock_off_left_out_is_noticed() -> None:
    for lived, plan in PLANS:
        for place, entry in enumerate(plan.entries):
            if isinstance(entry, Allocation):
                assert faults(lived, _with(plan, place)), entry


def test_a_problem_is_noticed() -> None:
    lived, plan = PLANS[0]
    problem = Problem(code="I5", subject="order", message="It does not agree.")

    assert faults(lived, replace(plan, problems=(problem,)))
