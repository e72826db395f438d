"""What a problem holds back: the documents it names, and everything that leans on them.

A held document holds those that allocate to it, nothing else (treatment, end of section 5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from accounting.documents.allocations import Edge, entries_in_order
from accounting.documents.document import (
    Debtor,
    Document,
    Entry,
    Key,
    Kind,
    Plan,
    Problem,
    Role,
)
from accounting.documents.draft import Draft


def needed(problems: Sequence[Problem], draft: Draft) -> list[Problem]:
    """Of everything without a code, what some document still to post needs."""
    new = {document.key for document in draft.new}
    kept = [
        replace(problem, blocks=tuple(key for key in problem.blocks if key in new))
        for problem in problems
    ]
    return [problem for problem in kept if problem.blocks]


def unsupported_by_ledger(draft: Draft, edges: Sequence[Edge]) -> list[Problem]:
    """Documents the connected books have no way to take; never replaced by something else."""
    ledger = draft.case.rules.ledger
    found = [
        _unsupported(document, document.kind, ledger.name)
        for document in draft.new
        if document.kind not in ledger.kinds
    ]
    if not ledger.negative_lines:
        found += [
            _negative(document, ledger.name) for document in draft.new if _goes_below(document)
        ]
    if draft.debtor and Kind.CUSTOMER not in ledger.kinds:
        found.append(_no_customers(draft, draft.debtor, ledger.name))
    if Kind.ALLOCATION not in ledger.kinds:
        sources = {source.key: source for source, _, _ in edges}
        new = {document.key for document in draft.new}
        found += [
            _unsupported(source, Kind.ALLOCATION, ledger.name)
            for key, source in sources.items()
            if key in new and source.kind in ledger.kinds
        ]
    return found


def _goes_below(document: Document) -> bool:
    return any(line.net < 0 or line.tax < 0 for line in document.lines)


def _negative(document: Document, ledger: str) -> Problem:
    below = [line for line in document.lines if line.net < 0 or line.tax < 0]
    return Problem(
        code="CONNECTION_UNSUPPORTED",
        subject=document.number,
        message=f"No lines below zero can be written to {ledger}. Let discounts be shown net in "
        "the settings, or enter the document in the books yourself.",
        terms=tuple((line.description, str(line.net)) for line in below),
        blocks=(document.key,),
    )


def _no_customers(draft: Draft, debtor: Debtor, ledger: str) -> Problem:
    return Problem(
        code="CONNECTION_UNSUPPORTED",
        subject=debtor.code,
        message=f"This connection cannot create customers in {ledger}. Create the customer there "
        "and map it, or let all orders go to the cash debtor in the settings.",
        terms=(("customer code", debtor.code),),
        blocks=tuple(document.key for document in draft.new),
    )


def _unsupported(document: Document, kind: Kind, ledger: str) -> Problem:
    return Problem(
        code="CONNECTION_UNSUPPORTED",
        subject=document.number,
        message=f"This connection cannot write to {ledger} what this needs: "
        f"{kind.value.replace('_', ' ')}. Enter it in the books yourself.",
        terms=(("document", document.number), ("amount", str(document.total))),
        blocks=(document.key,),
    )


def without_blocked(draft: Draft, edges: Sequence[Edge], problems: Sequence[Problem]) -> Plan:
    """The plan: what no problem blocks, in posting order, beside all problems."""
    if any(not problem.blocks for problem in problems):
        return Plan(problems=tuple(problems))
    shown = [
        replace(p, blocks=tuple(sorted(_leaning_on(p.blocks, draft, edges)))) for p in problems
    ]
    new = {document.key for document in draft.new}
    blocked = {key for problem in shown for key in problem.blocks}
    kept = [document for document in draft.documents if document.key not in blocked]
    fresh = [document for document in kept if document.key in new]
    first: list[Entry] = [draft.debtor] if draft.debtor and fresh else []
    entries = first + entries_in_order(
        draft.case.allocations,
        [draft.case.sealed(document.key) or document for document in kept],
        [edge for edge in edges if not blocked & {edge[0].key, edge[1].key}],
        is_new=lambda document: document.key in new,
    )
    if Kind.ALLOCATION not in draft.case.rules.ledger.kinds:
        entries = [entry for entry in entries if entry.kind is not Kind.ALLOCATION]
    return Plan(entries=tuple(entries), problems=tuple(shown))


def _rests_on(note: Document, document: Document) -> bool:
    """A rounding is of its own money; an exchange difference is what all the others leave."""
    own = document.key.source_id == note.key.source_id
    return own or any(line.role == "fx" for line in note.lines)


def _leaning_on(keys: Sequence[Key], draft: Draft, edges: Sequence[Edge]) -> set[Key]:
    """Those of `keys` that are not in the books yet, the new documents that settle or correct one
    of them, and so on. A document in the books holds nothing back."""
    new = {document.key for document in draft.new}
    found = {key for key in keys if not draft.case.sealed(key)}
    leans = [(source.key, target.key) for source, target, _ in edges]
    leans += [
        (document.key, draft.invoice.key)
        for document in draft.of(Kind.CREDIT_NOTE, Kind.INVOICE, Kind.DEBIT_NOTE)
        if draft.invoice and document.key != draft.invoice.key
    ]
    leans += [
        (note.key, document.key)
        for note in draft.in_role(Role.DIFFERENCE)
        for document in draft.documents
        if document.key != note.key and _rests_on(note, document)
    ]
    while True:
        more = {source for source, target in leans if target in found and source in new} - found
        if not more:
            return found
        found |= more
