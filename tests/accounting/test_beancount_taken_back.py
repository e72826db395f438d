"""Beancount finds nothing left of orders that were taken back."""

from __future__ import annotations

from decimal import Decimal

import pytest

from accounting.documents.build import build
from accounting.documents.document import Document
from accounting.documents.rules import Rules
from accounting.facts import Facts, merge
from accounting.journal_text import account_names, journal_text
from accounting.soak.generator import THEMES
from accounting.soak.run import live
from tests.accounting.documents.taken_back import documents_in, undone
from tests.accounting.documents.test_contra import POSTING
from tests.casefiles import load
from tests.judge import Verdict, judge

LIVES = 100


def sold_and_taken_back(facts: Facts, rules: Rules) -> list[Document]:
    plan = build(facts, rules, (), stem="", settled=True)
    return documents_in([*plan.entries, *undone(facts, plan.entries, rules).entries])


def judged(documents: list[Document]) -> Verdict:
    """With zero on every account in every currency as what the books must come to."""
    names = account_names(documents)
    currencies = {document.currency for document in documents}
    nothing = {(name, each): Decimal("0.00") for name in names.values() for each in currencies}
    return judge(journal_text(documents, title="t", home_currency="MYR", balances=nothing))


@pytest.mark.parametrize("name", POSTING)
def test_the_judge_finds_nothing_left_of_a_case(name: str) -> None:
    case = load(name)
    documents = sold_and_taken_back(merge(case.facts), case.rules)

    verdict = judged(documents)

    assert verdict.errors == ()
    assert len(verdict.transactions) == len(documents) >= 2
    assert verdict.asserted
    assert set(verdict.balances().values()) <= {Decimal(0)}


def test_the_judge_finds_nothing_left_of_many_lives() -> None:
    documents: list[Document] = []
    for seed in range(LIVES):
        lived = live(seed, THEMES - {"fx"})
        documents += sold_and_taken_back(merge(lived.facts), lived.rules)

    verdict = judged(documents)

    assert verdict.errors == ()
    assert set(verdict.balances().values()) <= {Decimal(0)}
    assert len(documents) > LIVES * 3


def test_the_judge_sees_a_contra_that_is_missing() -> None:
    case = load("e1-paid-order")
    documents = sold_and_taken_back(merge(case.facts), case.rules)

    for contra in documents[2:]:
        verdict = judged([document for document in documents if document is not contra])
        assert verdict.errors
