"""Writes `docs/cases.md` from `tests/cases/`: every case as a story with its journal entries.

    python -m tests.casebook

A test keeps the page equal to the cases, so what an accountant reads there is what is tested.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from accounting.documents.build import build
from accounting.documents.document import Allocation, Debtor, Document, Flag, Plan, Problem
from accounting.facts import merge as picture_of
from tests import casefiles, treatment
from tests.casefiles import CaseFile
from tests.casestory import Story

PAGE = Path(__file__).parent.parent / "docs" / "cases.md"

HEAD = """\
# Cases

What Lejar posts, or holds, for {count} situations. This page is written by
`python -m tests.casebook` from `tests/cases/`; every case is a test. Accounts are named by their
role. AR is the debtor “online sales”. A hold posts nothing of what it touches and says why; a flag
holds nothing and tells a person something.

## Where to find what

The rows, worked examples (E) and rulings (R) of the accounting treatment, and the cases that show
them.
"""


def page() -> str:
    """The whole page, as it should stand in `docs/`."""
    cases = sorted(map(casefiles.load, casefiles.NAMES), key=_place)
    stories = ["\n".join(_story(case)) for case in cases]
    return "\n".join([HEAD.format(count=len(cases)), *_index(cases), "", *stories])


def _place(case: CaseFile) -> tuple[int, str]:
    """By the first row of the treatment that it shows; those that show none come last."""
    rows = [int(row) for row in case.rows if row in treatment.ROWS]
    return (min(rows, default=len(treatment.ROWS) + 1), case.name)


def title(name: str) -> str:
    """`e4-not-paid-yet` is “Not paid yet”."""
    first, _, rest = name.partition("-")
    example = first[:1] == "e" and first[1:2].isdigit()
    words = (rest if example else name).replace("-", " ")
    return words[:1].upper() + words[1:]


def _index(cases: Sequence[CaseFile]) -> Iterator[str]:
    yield "| Treatment | What | Cases |"
    yield "|---|---|---|"
    for name in treatment.names():
        links = [f"[{title(c.name)}](#{c.name})" for c in cases if name in c.rows]
        shown = ", ".join(links) or treatment.NO_WEBHOOK.get(name) or "no case yet"
        yield f"| {treatment.in_words((name,))} | {treatment.title_of(name)} | {shown} |"


def _story(case: CaseFile) -> Iterator[str]:
    yield f'## <a id="{case.name}"></a>{title(case.name)}\n'
    yield f"{case.about}\n"
    yield f"Treatment: {treatment.in_words(case.rows)}{_settings(case.settings)}\n"
    story = Story(ZoneInfo(case.rules.policy.time_zone))
    for delivery in case.deliveries:
        yield from story.tell(delivery)
    yield ""
    plan = build(picture_of(case.facts), case.rules, (), stem="", settled=True)
    yield from outcome(plan, ZoneInfo(case.rules.policy.time_zone))


def _settings(changes: dict[str, Any]) -> str:
    """What the merchant's rules say that those of other cases do not."""
    policy = [f"{name.replace('_', ' ')} {v}" for name, v in changes.get("policy", {}).items()]
    others = [
        f"{name} {', '.join(stated.get('+', stated)) or 'none'}"
        for name, stated in changes.items()
        if name != "policy"
    ]
    return f". Settings: {'; '.join(policy + others)}" if changes else ""


# --- what Lejar does -------------------------------------------------------------------------


def outcome(plan: Plan, zone: ZoneInfo) -> Iterator[str]:
    """What is posted, held and flagged, and why nothing is."""
    if plan.excluded:
        yield f"**Nothing is posted:** {plan.excluded}\n"
    if plan.not_before:
        at = plan.not_before.astimezone(zone)
        yield f"**Nothing is posted before {at:%Y-%m-%d %H:%M}:** the invoice may still change.\n"
    for problem in plan.problems:
        yield _hold(problem)
    for flag in plan.flags:
        yield _flag(flag)
    yield from _entries(plan)


def _hold(problem: Problem) -> str:
    return f"**Held, {problem.code}, {problem.subject}:** {problem.message}{_terms(problem.terms)}"


def _flag(flag: Flag) -> str:
    return f"**Flag, {flag.code}:** {flag.message}{_terms(flag.terms)}"


def _terms(terms: Iterable[tuple[str, str]]) -> str:
    return "".join(f"\n  - {name}: {value}" for name, value in terms) + "\n"


def _entries(plan: Plan) -> Iterator[str]:
    documents = [entry for entry in plan.entries if isinstance(entry, Document)]
    for entry in plan.entries:
        if isinstance(entry, Debtor):
            yield f"Customer {entry.code}, {entry.name}, is looked up, and opened when absent.\n"
    if not documents:
        return
    yield "| Document | Date | Account | Debit | Credit |"
    yield "|---|---|---|--:|--:|"
    for document in documents:
        yield from _journal(document)
    yield ""
    for entry in plan.entries:
        if isinstance(entry, Allocation):
            yield f"- {entry.amount} of {entry.source} settles {entry.target}"
    yield f"- In the end: {_balances(casefiles.balances(plan.entries))}\n"


def _journal(document: Document) -> Iterator[str]:
    head = f"{_named(document)} | {document.date}"
    for account, amount in _together(casefiles.postings(document)):
        debit, credit = (amount, "") if amount >= 0 else ("", -amount)
        yield f"| {head} | {account} | {debit} | {credit} |"
        head = " | "


def _named(document: Document) -> str:
    said = [f"{document.kind.replace('_', ' ')} {document.number}"]
    said += [f"debtor {document.customer}"] if casefiles.is_named(document.customer) else []
    said += [f"due {document.due_date}"] if document.due_date else []
    said += [f"{document.currency} at {document.rate:f}"] if document.rate is not None else []
    said += [f"project {document.project}"] if document.project else []
    said += [f"e-invoice {document.einvoice}"] if document.einvoice else []
    said += [f"buyer's TIN {document.identity.tin}"] if document.identity else []
    return ", ".join(said)


def _together(postings: Iterable[tuple[str, Decimal]]) -> list[tuple[str, Decimal]]:
    totals: dict[str, Decimal] = {}
    for account, amount in postings:
        totals[account] = totals.get(account, Decimal("0.00")) + amount
    return list(totals.items())


def _balances(found: dict[str, Any]) -> str:
    sides = [f"AR {found['AR']}"]
    for side in ("debit", "credit"):
        accounts = [f"{account} {amount}" for account, amount in found[side].items()]
        sides += [f"{side} {', '.join(accounts)}"] if accounts else []
    return "; ".join(sides)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
