"""What a case says of the books, as a journal that Beancount can judge.

The balances it is asked to confirm are those that the case's `expected.json` states, and come from
nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from accounting.documents.document import Document
from accounting.documents.journal import Place
from accounting.journal_text import account_names, journal_text
from tests.casefiles import CaseFile


def journal_of(case: CaseFile, documents: Sequence[Document]) -> str:
    """These documents, with the balances that the case states as what they must come to."""
    return journal_text(
        documents,
        title=case.name,
        home_currency=case.rules.policy.currency,
        balances=stated(case, documents),
    )


def stated(case: CaseFile, documents: Sequence[Document]) -> dict[tuple[str, str], Decimal]:
    """The balances of `expected.json` under Beancount's names, zero where it names none."""
    names, expected = account_names(documents), case.expected["balances"]
    found = {name: Decimal("0.00") for name in names.values()}
    for account, amount in expected["debit"].items():
        found[_name(names, account)] = Decimal(amount)
    for account, amount in expected["credit"].items():
        found[_name(names, account)] = -Decimal(amount)
    for (place, _), name in names.items():
        if place is Place.RECEIVABLE:
            found[name] = Decimal(expected["AR"])
    currencies = {document.currency for document in documents}
    assert len(currencies) <= 1
    return {(name, currency): found[name] for name in found for currency in currencies}


def _name(names: dict[tuple[Place, str], str], account: str) -> str:
    tax = account.startswith("tax:")
    return names[(Place.TAX, account[4:]) if tax else (Place.LEDGER, account)]
