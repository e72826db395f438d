"""Every folder of `tests/cases` is a statement of what the books must show."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from accounting.documents.build import build
from accounting.documents.document import Allocation, Document, Entry, Kind, Role
from accounting.documents.rules import Policy
from accounting.facts import Facts, Transaction, merge
from tests import treatment
from tests.casefiles import NAMES, load, postings, shown


@pytest.mark.parametrize("name", NAMES)
def test_the_books_show_what_the_case_says(name: str) -> None:
    case = load(name)

    plan = build(merge(case.facts), case.rules, (), stem="", settled=True)

    assert shown(plan) == case.expected


@pytest.mark.parametrize("name", NAMES)
def test_every_document_of_the_case_balances(name: str) -> None:
    case = load(name)

    plan = build(merge(case.facts), case.rules, (), stem="", settled=True)

    for document in _documents(plan.entries):
        assert sum(amount for _, amount in postings(document)) == 0
        assert all(line.quantity * line.unit_price == line.net for line in document.lines)
    assert not [problem for problem in plan.problems if problem.may_pass]


@pytest.mark.parametrize("name", NAMES)
def test_an_unhindered_case_leaves_what_shopify_calls_outstanding(name: str) -> None:
    case = load(name)
    facts = merge(case.facts)

    plan = build(facts, case.rules, (), stem="", settled=True)

    if plan.problems or plan.excluded:
        return
    assert facts.latest is not None
    documents = _documents(plan.entries)
    owed = sum(_receivable(document) for document in documents)
    assert owed == facts.latest.total_outstanding - _given_up(documents, facts)
    assert _money_per_gateway(documents) == _moved_per_gateway(facts, case.rules.policy)


@pytest.mark.parametrize("name", NAMES)
def test_no_allocation_takes_more_than_is_open(name: str) -> None:
    case = load(name)

    plan = build(merge(case.facts), case.rules, (), stem="", settled=True)

    left = {document.number: document.total for document in _documents(plan.entries)}
    for entry in plan.entries:
        if isinstance(entry, Allocation):
            assert entry.source_open == left[entry.source]
            assert entry.target_open == left[entry.target]
            assert 0 < entry.amount <= min(entry.source_open, entry.target_open)
            left[entry.source] -= entry.amount
            left[entry.target] -= entry.amount


@pytest.mark.parametrize("name", NAMES)
def test_a_second_look_at_the_same_facts_adds_nothing(name: str) -> None:
    case = load(name)
    first = build(merge(case.facts), case.rules, (), stem="", settled=True)

    again = build(merge(case.facts), case.rules, first.entries, stem="", settled=True)

    assert again.entries == ()
    assert again.problems == first.problems


def test_everything_in_the_treatment_has_a_case_or_is_known_to_have_none() -> None:
    shown = {row for name in NAMES for row in load(name).rows}

    missing = {name for name in treatment.names() if name not in shown}

    assert missing == treatment.NOT_YET | treatment.NO_WEBHOOK.keys()


@pytest.mark.parametrize("name", NAMES)
def test_the_case_says_in_a_sentence_what_of_the_treatment_it_shows(name: str) -> None:
    case = load(name)

    others = [row for row in case.rows if row not in treatment.names()]

    assert case.rows
    assert [row for row in others if not re.fullmatch(r"(I|G)[0-9]{1,2}|§[0-9.]{1,4}", row)] == []
    assert re.fullmatch(r"[A-Z0-9].{20,}\.", case.about)


def _documents(entries: Iterable[Entry]) -> list[Document]:
    return [entry for entry in entries if isinstance(entry, Document)]


def _receivable(document: Document) -> Decimal:
    return document.total if document.is_debit else -document.total


def _given_up(documents: Sequence[Document], facts: Facts) -> Decimal:
    """Of a cancelled order: what it credits, and what never reached an invoice (R3, R5)."""
    if facts.latest is None or not facts.cancelled_at:
        return Decimal(0)
    invoiced = sum(d.total for d in documents if d.kind is Kind.INVOICE)
    credited = sum(d.total for d in documents if d.key.role is Role.CANCELLATION)
    return facts.latest.total_price.shop - invoiced + credited


def _money_per_gateway(documents: Iterable[Document]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for document in documents:
        if document.gateway:
            amount = document.total if document.kind is Kind.PAYMENT else -document.total
            sums[document.gateway] = sums.get(document.gateway, Decimal(0)) + amount
    return {gateway: total for gateway, total in sums.items() if total}


def _moved_per_gateway(facts: Facts, policy: Policy) -> dict[str, Decimal]:
    """Straight from the transactions since the cut-over: in, less change, less returned."""
    signs = {"sale": 1, "capture": 1, "change": -1, "refund": -1}
    sums: dict[str, Decimal] = {}
    for moved in facts.transactions:
        sign = signs.get(moved.kind, 0) if moved.status == "success" else 0
        day = moved.processed_at.astimezone(ZoneInfo(policy.time_zone)).date()
        if sign and (policy.cut_over is None or day >= policy.cut_over):
            amount = moved.amount if policy.currency_side == "presentment" else _in_shop(moved)
            sums[moved.gateway] = sums.get(moved.gateway, Decimal(0)) + sign * amount
    return {gateway: total for gateway, total in sums.items() if total}


def _in_shop(moved: Transaction) -> Decimal:
    return (moved.shop_amount or moved.amount) + moved.rounding
