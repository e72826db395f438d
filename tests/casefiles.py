"""Reads `tests/cases/<name>/`: the specification as webhooks, rules and expected documents.

A new case is a folder with three files:

1. `deliveries.json`: what Shopify sent, in order; a later version of an order is written as
   {"topic": "orders/paid", "triggered_at": …, "same_as": 0, "changes": {top-level keys}}, and an
   answer of the Admin API as the topic "refetch" with a body {"order": {…}}.
2. `rules.json`: what differs from `make_rules()`, `{}` for nothing; see `tests/caserules.py`;
   and `tax_attributes`: what the checkout calls the buyer's tax details.
3. `expected.json`: `about` (a sentence), `rows` (rows, examples and rulings of the treatment that
   it shows: "24", "E8", "R12") and what `shown` makes of the right plan. A line is
   [role, account, text, quantity, unit price, net, tax code, tax].

`python -m tests.casefiles <name>` prints what Lejar makes of the case, to be checked against the
treatment by hand; `python -m tests.casebook` then writes the page.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from accounting import codec
from accounting.documents.build import build
from accounting.documents.document import Allocation, Debtor, Document, Entry, Kind, Plan
from accounting.documents.rules import Rules
from accounting.facts import Fact, merge
from shopify_app.payloads import facts_from
from tests.caserules import rules_from
from tests.facts import make_rules

FOLDER = Path(__file__).parent / "cases"
NAMES = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())
CASH_DEBTORS = frozenset(make_rules().policy.cash_debtors.values())
ASKED = "tax_attributes"  # a key of `rules.json` that is no rule: it says what becomes a fact
TOLD = ("about", "rows")  # keys of `expected.json` that are told, not compared


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One webhook (or refetch) as it arrived, and the facts it states."""

    topic: str
    triggered_at: datetime
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """`expected` is without `about` and `rows`; `settings` are the rules as their file has them."""

    name: str
    about: str
    rows: tuple[str, ...]
    deliveries: tuple[Delivery, ...]
    rules: Rules
    settings: dict[str, Any]
    expected: dict[str, Any]

    @property
    def facts(self) -> tuple[Fact, ...]:
        return tuple(fact for delivery in self.deliveries for fact in delivery.facts)


def load(name: str) -> CaseFile:
    """Raises BadPayload where Lejar could not read what the case says Shopify sent."""
    deliveries, rules, expected = (
        json.loads((FOLDER / name / f"{part}.json").read_text(encoding="utf-8"))
        for part in ("deliveries", "rules", "expected")
    )
    asked = rules.get(ASKED, {})
    return CaseFile(
        name=name,
        about=expected["about"],
        rows=tuple(expected["rows"]),
        deliveries=tuple(_delivery(stated, deliveries, asked) for stated in deliveries),
        rules=rules_from({part: rules[part] for part in rules if part != ASKED}),
        settings=rules,
        expected={"flags": []} | {key: expected[key] for key in expected if key not in TOLD},
    )


def _delivery(
    stated: dict[str, Any], all_of_them: Sequence[dict[str, Any]], asked: dict[str, str]
) -> Delivery:
    triggered_at = datetime.fromisoformat(stated["triggered_at"])
    raw = json.dumps(_body(stated, all_of_them), ensure_ascii=False).encode()
    return Delivery(
        topic=stated["topic"],
        triggered_at=triggered_at,
        facts=facts_from(stated["topic"], raw, triggered_at=triggered_at, tax_attributes=asked),
    )


def _body(stated: dict[str, Any], all_of_them: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The body of another delivery with some top-level keys replaced, unless it has its own."""
    if "same_as" not in stated:
        body: dict[str, Any] = stated["body"]
        return body
    changes: dict[str, Any] = stated["changes"]
    return _body(all_of_them[stated["same_as"]], all_of_them) | changes


def shown(plan: Plan) -> dict[str, Any]:
    """A plan in the words of `expected.json`."""
    documents = [entry for entry in plan.entries if isinstance(entry, Document)]
    return {
        **_waiting(plan),
        **_debtors(plan),
        "documents": [_document(document) for document in documents],
        "allocations": [
            [entry.source, entry.target, str(entry.amount)]
            for entry in plan.entries
            if isinstance(entry, Allocation)
        ],
        "balances": balances(plan.entries),
        "problems": sorted([problem.code, problem.subject] for problem in plan.problems),
        "flags": sorted(flag.code for flag in plan.flags),
        "excluded": plan.excluded,
    }


def _waiting(plan: Plan) -> dict[str, Any]:
    """Only of plans that may still change."""
    return {"not_before": plan.not_before.isoformat()} if plan.not_before else {}


def _debtors(plan: Plan) -> dict[str, Any]:
    """Only of plans that open an account for a customer."""
    found = [[entry.code, entry.name] for entry in plan.entries if isinstance(entry, Debtor)]
    return {"debtors": found} if found else {}


def _document(document: Document) -> dict[str, Any]:
    head = {
        "number": document.number,
        "kind": document.kind.value,
        "date": document.date.isoformat(),
        **_unusual(document),
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


def is_named(debtor: str) -> bool:
    """Whether it is another debtor than the one for online sales that nearly all cases have."""
    return bool(debtor) and debtor not in CASH_DEBTORS


def _unusual(document: Document) -> dict[str, Any]:
    """What most documents do not have, named only by those that do."""
    identity = codec.dump(document.identity) if document.identity else {}
    found = {
        "customer": document.customer if is_named(document.customer) else "",
        "due_date": document.due_date.isoformat() if document.due_date else "",
        "rate": format(document.rate, "f") if document.rate is not None else "",
        "einvoice": document.einvoice,
        "identity": {name: value for name, value in identity.items() if value},
        "project": document.project,
        "tax_mode": document.tax_mode if document.tax_mode != "explicit" else "",
    }
    return {name: value for name, value in found.items() if value}


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


if __name__ == "__main__":
    for named in sys.argv[1:]:
        case = load(named)
        plan = build(merge(case.facts), case.rules, (), stem="", settled=True)
        sys.stdout.write(json.dumps(shown(plan), ensure_ascii=False, indent=1) + "\n")
