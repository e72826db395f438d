"""Reads `tests/cases/<name>/`: the specification as facts, rules and expected documents.

`rules.json` states what differs from `make_rules()`: `policy` by name, and whole sections
(`items`, `accounts`, `ledger`) that replace the default. A line of `expected.json` is
[role, account, text, quantity, unit price, net, tax code, tax].
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from accounting import codec
from accounting.documents.document import Allocation, Document, Entry, Kind, Plan
from accounting.documents.rules import Ledger, Rules
from accounting.facts import KINDS, Fact
from tests.facts import make_rules

FOLDER = Path(__file__).parent / "cases"
NAMES = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    name: str
    facts: tuple[Fact, ...]
    rules: Rules
    expected: dict[str, Any]


def load(name: str) -> CaseFile:
    folder = FOLDER / name
    facts = json.loads((folder / "facts.json").read_text())
    return CaseFile(
        name=name,
        facts=tuple(codec.load(KINDS[fact["kind"]], fact["fact"]) for fact in facts),
        rules=_rules(json.loads((folder / "rules.json").read_text())),
        expected=json.loads((folder / "expected.json").read_text()),
    )


def _rules(changes: dict[str, Any]) -> Rules:
    policy = dict(changes.get("policy", {}))
    for name in ("cut_over", "books_closed"):
        if name in policy:
            policy[name] = date.fromisoformat(policy[name])
    sections = {name: value for name, value in changes.items() if name != "policy"}
    if "ledger" in sections:
        stated = sections["ledger"]
        sections["ledger"] = Ledger(
            kinds=frozenset(Kind(kind) for kind in stated.get("kinds", Kind)),
            tariff_prefixes=tuple(stated.get("tariff_prefixes", ())),
        )
    return make_rules(**policy, **sections)


def shown(plan: Plan) -> dict[str, Any]:
    """A plan in the words of `expected.json`."""
    documents = [entry for entry in plan.entries if isinstance(entry, Document)]
    return {
        "documents": [_document(document) for document in documents],
        "allocations": [
            [entry.source, entry.target, str(entry.amount)]
            for entry in plan.entries
            if isinstance(entry, Allocation)
        ],
        "balances": balances(plan.entries),
        "problems": sorted([problem.code, problem.subject] for problem in plan.problems),
        "excluded": plan.excluded,
    }


def _document(document: Document) -> dict[str, Any]:
    head = {
        "number": document.number,
        "kind": document.kind.value,
        "date": document.date.isoformat(),
    }
    if document.kind in (Kind.PAYMENT, Kind.REFUND):
        return {**head, "account": document.account, "total": str(document.total)}
    lines = [
        [
            line.role,
            line.account,
            line.description,
            line.quantity,
            str(line.unit_price),
            str(line.net),
            line.tax_code,
            str(line.tax),
        ]
        for line in document.lines
    ]
    return {**head, "lines": lines, "total": str(document.total)}


def balances(entries: Sequence[Entry]) -> dict[str, Any]:
    """What the documents leave in the accounts, posted as a ledger would (treatment 1.1)."""
    ledger: dict[str, Decimal] = {"AR": Decimal("0.00")}
    for entry in entries:
        if isinstance(entry, Document):
            for account, amount in postings(entry):
                ledger[account] = ledger.get(account, Decimal("0.00")) + amount
    receivable = ledger.pop("AR")
    return {
        "AR": str(receivable),
        "debit": {account: str(total) for account, total in ledger.items() if total > 0},
        "credit": {account: str(-total) for account, total in ledger.items() if total < 0},
    }


def postings(document: Document) -> list[tuple[str, Decimal]]:
    """(account, amount) with debits positive; they sum to zero when the document balances."""
    sign = 1 if document.is_debit else -1
    found = [("AR", sign * document.total)]
    if document.account:
        return [*found, (document.account, -sign * document.total)]
    for line in document.lines:
        found += [(line.account, -sign * line.net)]
        if line.tax:
            found += [(f"tax:{line.tax_code}", -sign * line.tax)]
    return found
