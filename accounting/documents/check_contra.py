"""Proof that an order which is taken back leaves nothing behind, and that the books can take it.

Nothing of a reversal is queued unless every check passes: half of one would leave the customer's
account and the sales of a period somewhere between two truths.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from accounting.documents.allocations import Edge
from accounting.documents.document import Allocation, Document, Kind, Problem
from accounting.documents.journal import postings
from accounting.documents.rules import Ledger, Rules

BY_HAND = "Take the order back in the books yourself."


def problems(
    documents: Sequence[Document],
    contras: Sequence[Document],
    made: Sequence[Allocation],
    edges: Sequence[Edge],
    rules: Rules,
) -> list[Problem]:
    """Every reason why these contras must not be posted; none of them holds back only a part."""
    return [
        *_books_return((*documents, *contras)),
        *_all_is_settled((*documents, *contras), made, edges),
        *(problem for each in contras for problem in _unwritable(each, rules.ledger)),
        *_knock_offs(edges, rules.ledger),
        *(problem for each in contras for problem in _closed(each, rules.policy.books_closed)),
    ]


def _books_return(documents: Sequence[Document]) -> Iterator[Problem]:
    """Every account, tax code and debtor comes to zero, to the sen; rate by rate, and so at home
    too."""
    sums: defaultdict[tuple[str, str, Decimal | None], Decimal] = defaultdict(Decimal)
    for document in documents:
        for posting in postings(document):
            name = f"{posting.account} {posting.code}" if posting.account == "AR" else ""
            sums[name or posting.account, posting.currency, document.rate] += posting.amount
    left = [
        (name, f"{amount} {currency}") for (name, currency, _), amount in sums.items() if amount
    ]
    if left:
        message = "Taken back, the order would leave something in these accounts. " + BY_HAND
        yield _problem("accounts", message, left)


def _all_is_settled(
    documents: Sequence[Document], made: Sequence[Allocation], edges: Sequence[Edge]
) -> Iterator[Problem]:
    """Every open item closes, and none is settled beyond its total."""
    left = {document.number: document.total for document in documents}
    done = [(each.source, each.target, each.amount) for each in made]
    done += [(source.number, target.number, amount) for source, target, amount in edges]
    for source, target, amount in done:
        left[source] -= amount
        left[target] -= amount
    terms = [(number, str(amount)) for number, amount in left.items() if amount]
    if terms:
        message = "Taken back, these documents of the order would not be settled. " + BY_HAND
        yield _problem("knock-offs", message, terms)


def _problem(subject: str, message: str, terms: Sequence[tuple[str, str]]) -> Problem:
    return Problem(code="REVERSAL", subject=subject, message=message, terms=tuple(terms))


def _unwritable(contra: Document, ledger: Ledger) -> Iterator[Problem]:
    """What these books have no way to write."""
    below = any(line.net < 0 or line.tax < 0 for line in contra.lines)
    if contra.kind not in ledger.kinds:
        yield _unsupported(contra, contra.kind.value.replace("_", " "), ledger)
    elif below and not ledger.negative_lines:
        yield _unsupported(contra, "lines below zero", ledger)
    elif len(contra.number) > ledger.number_length:
        yield _unsupported(contra, "a number of this length", ledger)


def _knock_offs(edges: Sequence[Edge], ledger: Ledger) -> Iterator[Problem]:
    if edges and Kind.ALLOCATION not in ledger.kinds:
        yield _unsupported(edges[0][0], Kind.ALLOCATION.value, ledger)


def _unsupported(document: Document, what: str, ledger: Ledger) -> Problem:
    return Problem(
        code="CONNECTION_UNSUPPORTED",
        subject=document.number,
        message=f"This connection cannot write to {ledger.name} what taking the order back needs: "
        f"{what}. {BY_HAND}",
        terms=(("document", document.number), ("amount", str(document.total))),
    )


def _closed(contra: Document, closed: date | None) -> Iterator[Problem]:
    """I12, when the policy is to hold what belongs to a closed period."""
    if closed is not None and contra.date <= closed:
        yield Problem(
            code="PERIOD_CLOSED",
            subject=contra.number,
            message="What would be taken back belongs to a period that is closed. Open the "
            "period, or let such documents take the first open day in the settings.",
            terms=(("date", str(contra.date)), ("closed up to", str(closed))),
        )
