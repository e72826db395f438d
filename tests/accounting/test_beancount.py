"""Beancount accepts the books of every case and of 500 lives, and refuses them one sen off.

The balances it is asked to confirm come from elsewhere than the documents: of a case, those its
`expected.json` states; of a life, what the life itself kept count of.
"""

from __future__ import annotations

import re
from collections import defaultdict
from decimal import Decimal

import pytest

from accounting.documents.build import build
from accounting.documents.document import Document
from accounting.documents.journal import Place
from accounting.facts import merge
from accounting.journal_text import account_names, journal_text
from tests.accounting.judged import journal_of, stated
from tests.accounting.lived import lived
from tests.casefiles import NAMES, CaseFile, load
from tests.judge import judge

LIVES = 500
EXAMPLE = "e9-restocking-fee-kept"
POSTING = re.compile(r"^  [A-Z]\S+  (-?\d+\.\d\d) MYR$", re.MULTILINE)
BALANCE = re.compile(r"^\S+ balance \S+  (-?\d+\.\d\d) MYR$", re.MULTILINE)


def documents_of(case: CaseFile) -> list[Document]:
    plan = build(merge(case.facts), case.rules, (), stem="", settled=True)
    return [entry for entry in plan.entries if isinstance(entry, Document)]


def written(case: CaseFile) -> str:
    return journal_of(case, documents_of(case))


@pytest.mark.parametrize("name", NAMES)
def test_the_judge_accepts_the_books_of_the_case_with_the_balances_it_states(name: str) -> None:
    case = load(name)

    verdict = judge(written(case))

    assert verdict.errors == ()
    numbers = [document["number"] for document in case.expected["documents"]]
    assert sorted(each.meta["number"] for each in verdict.transactions) == sorted(numbers)
    assert bool(verdict.asserted) is bool(numbers)


def test_the_judge_accepts_the_books_of_many_lives_with_the_balances_they_kept_count_of() -> None:
    lives = [lived(seed) for seed in range(LIVES)]
    documents = [document for each in lives for document in each.documents]
    names = account_names(documents)
    balances: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for each in lives:
        if each.documents:
            balances[names[Place.RECEIVABLE, each.debtor], each.currency] += each.owed
        for account, amount in each.moved.items():
            balances[names[Place.LEDGER, account], each.currency] += amount

    verdict = judge(journal_text(documents, title="l", home_currency="MYR", balances=balances))

    assert verdict.errors == ()
    assert len(verdict.transactions) == len(documents)
    assert len(verdict.asserted) > LIVES * 0.9
    assert sum(each.owed != 0 for each in lives) > LIVES * 0.05


def test_a_sen_on_any_one_side_is_refused() -> None:
    text = written(load(EXAMPLE))
    sides = list(POSTING.finditer(text))

    verdicts = [judge(one_sen_more(text, side)).errors for side in sides]

    assert len(sides) == 13
    assert all("does not balance" in " ".join(errors) for errors in verdicts)


def test_a_sen_on_both_sides_of_a_document_is_refused() -> None:
    text = written(load(EXAMPLE))
    receivable, sales = list(POSTING.finditer(text))[:2]

    verdict = judge(one_sen_more(one_sen_more(text, sales, "-0.01"), receivable))

    assert len(verdict.errors) == 2
    assert all("0.01 too" in error for error in verdict.errors)


def test_a_sen_in_any_one_balance_is_refused() -> None:
    text = written(load(EXAMPLE))
    balances = list(BALANCE.finditer(text))

    verdicts = [judge(one_sen_more(text, balance)).errors for balance in balances]

    assert len(balances) == 7
    assert all("Balance failed" in error for (error,) in verdicts)


def test_a_document_left_out_is_refused() -> None:
    case = load(EXAMPLE)
    documents = documents_of(case)
    balances = stated(case, documents)

    for left_out in documents:
        rest = [document for document in documents if document is not left_out]
        text = journal_text(rest, title="", home_currency="MYR", balances=balances)

        assert judge(text).errors != ()


def one_sen_more(text: str, found: re.Match[str], sen: str = "0.01") -> str:
    start, end = found.span(1)
    return f"{text[:start]}{Decimal(found[1]) + Decimal(sen)}{text[end:]}"
