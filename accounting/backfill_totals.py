"""What a dry run comes to: sums that grow order by order, kept as one small JSON value.

By kind of document and by account, in each currency; what holds orders, and why others have nothing
to post, each with some of them as examples. Amounts are text, as they are kept everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from accounting.documents.document import Document, Entry, Problem
from accounting.documents.journal import postings

Totals = dict[str, Any]
EXAMPLES = 5
MOST_REASONS = 50  # of sentences; the rest is counted under the last
OTHER = "Other reasons."


def nothing() -> Totals:
    return {"documents": {}, "accounts": {}, "problems": {}, "skipped": {}, "moved": 0}


def add_entries(totals: Totals, entries: Iterable[Entry], moved: int) -> None:
    """`moved` of the entries stand on another day because the books are closed on their own."""
    totals["moved"] += moved
    for entry in entries:
        made = totals["documents"].setdefault(
            f"{entry.currency} {entry.kind.value}", {"documents": 0, "total": "0.00"}
        )
        made["documents"] += 1
        made["total"] = _sum(made["total"], entry.total)
        if isinstance(entry, Document):
            _add_postings(totals["accounts"], entry)


def _add_postings(accounts: Totals, document: Document) -> None:
    for posting in postings(document):
        key = f"{posting.currency} {posting.account}"
        account = accounts.setdefault(key, {"debit": "0.00", "credit": "0.00"})
        side = "debit" if posting.amount > 0 else "credit"
        account[side] = _sum(account[side], abs(posting.amount))


def _sum(kept: str, amount: Decimal) -> str:
    return str(Decimal(kept) + amount)


def add_problems(totals: Totals, problems: Iterable[Problem], order: str) -> None:
    """Once for each code that an order is held for; the message is of the first order."""
    for problem in {each.code: each for each in reversed(list(problems))}.values():
        _count(totals["problems"], problem.code, order, message=problem.message)


def add_skipped(totals: Totals, reason: str, order: str) -> None:
    known = totals["skipped"]
    _count(known, reason if reason in known or len(known) < MOST_REASONS else OTHER, order)


def _count(groups: Totals, name: str, order: str, **more: str) -> None:
    group = groups.setdefault(name, {"orders": 0, "examples": [], **more})
    group["orders"] += 1
    if len(group["examples"]) < EXAMPLES:
        group["examples"].append(order)


def balance(accounts: Mapping[str, Mapping[str, str]]) -> dict[str, Decimal]:
    """Debits less credits of each account: what posting the batch adds to it."""
    return {
        name: Decimal(sides["debit"]) - Decimal(sides["credit"])
        for name, sides in sorted(accounts.items())
    }
