"""Taking an order back out of the books: a contra for each of its documents (ADR 30).

Nothing that stands in the books is deleted or changed. Every document gets the one that undoes it,
with its lines, codes, amounts, customer, currency and rate, so that every account and tax code
returns to what it was, in foreign and in home currency. Then all of them are knocked off: contras
among themselves as their originals are, and what an original has left with its own contra.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from accounting.documents import check_contra
from accounting.documents.allocations import Edge, entries_in_order
from accounting.documents.document import (
    ZERO,
    Allocation,
    Document,
    DocumentLine,
    Flag,
    Key,
    Kind,
    Plan,
    Role,
)
from accounting.documents.ledger_tax import choose
from accounting.documents.numbering import number, prefix_of
from accounting.documents.rules import Ledger, Policy, Rules
from accounting.documents.texts import fitted

UNDONE_BY = {
    Kind.INVOICE: Kind.CREDIT_NOTE,
    Kind.DEBIT_NOTE: Kind.CREDIT_NOTE,
    Kind.PAYMENT: Kind.REFUND,
    Kind.REFUND: Kind.PAYMENT,
}
GOODS = ("sales", "gift_card")  # account roles of lines that moved goods out


def take_back(
    documents: Sequence[Document], made: Sequence[Allocation], rules: Rules, *, stem: str
) -> Plan:
    """What takes an order back: `documents` are all it has in the books, in posting order, `made`
    the knock-offs there, `stem` its invoice number.

    All of it or nothing: what the books cannot take, and any account or item that would not come to
    zero, is a problem of the whole order.
    """
    chosen = [choose(contra_of(document, rules, stem), rules.ledger) for document in documents]
    contras = [contra for contra, _ in chosen]
    known = {document.number: document for document in (*documents, *contras)}
    undoing = dict(zip((each.number for each in documents), contras, strict=True))
    edges = [*_mirrored(made, undoing), *_rests(documents, made, undoing)]
    problems = [
        *(problem for _, unwritable in chosen for problem in unwritable),
        *check_contra.problems(documents, contras, made, edges, rules),
    ]
    if problems:
        return Plan(problems=tuple(problems))
    entries = entries_in_order(made, list(known.values()), edges, is_new=is_contra)
    return Plan(entries=tuple(fitted(entry, rules.ledger.texts) for entry in entries))


def contra_of(document: Document, rules: Rules, stem: str) -> Document:
    """The document that undoes `document`, as it would be written now. It says what it takes back,
    and as an e-invoice what the original is: what corrects one is as that one (ADR 23)."""
    role, source_id = document.key.role, document.key.source_id
    key = Key(role=Role.CONTRA, source_id=source_id, source=role.value)
    kind = _kind(document, rules.ledger)
    note = "" if _is_open(document, rules.policy) else f" (orig. {document.date.isoformat()})"
    return replace(
        document,
        kind=kind,
        key=key,
        number=number(stem, prefix_of(stem), key),
        date=_date(document, rules.policy),
        description=f"Takes back {document.number} of Shopify order {document.order_name}{note}",
        corrects=document.number if kind is Kind.CREDIT_NOTE else "",
        due_date=None,
        buyer=(),
        lines=tuple(_line(line, kind) for line in document.lines),
    )


def _kind(document: Document, ledger: Ledger) -> Kind:
    """A credit is undone by a debit note, by an invoice where the books have none."""
    if document.kind in UNDONE_BY:
        return UNDONE_BY[document.kind]
    return Kind.DEBIT_NOTE if Kind.DEBIT_NOTE in ledger.kinds else Kind.INVOICE


def _date(document: Document, policy: Policy) -> date:
    """The original's own, or the first open day after it (I12)."""
    if _is_open(document, policy) or policy.closed_period == "hold":
        return document.date
    assert policy.books_closed is not None  # `_is_open` says so
    return policy.books_closed + timedelta(days=1)


def _is_open(document: Document, policy: Policy) -> bool:
    return policy.books_closed is None or document.date > policy.books_closed


def _line(line: DocumentLine, kind: Kind) -> DocumentLine:
    """Stock moves back as it had moved: goods that were sold come in again, goods that were taken
    back go out again (`restock` still says which), and what never came back has no item."""
    if kind is Kind.CREDIT_NOTE:
        return replace(line, restock=line.role in GOODS)
    return line if line.restock else replace(line, item_code="")


def _mirrored(made: Sequence[Allocation], undoing: Mapping[str, Document]) -> Iterator[Edge]:
    """What settled the original settles, undone, what undoes it."""
    for each in made:
        yield _edge(undoing[each.source], undoing[each.target], each.amount)


def _rests(
    documents: Sequence[Document], made: Sequence[Allocation], undoing: Mapping[str, Document]
) -> Iterator[Edge]:
    """What an original still has open is settled by its own contra."""
    for document in documents:
        settled = (a.amount for a in made if document.number in (a.source, a.target))
        left = document.total - sum(settled, ZERO)
        if left > 0:
            yield _edge(document, undoing[document.number], left)


def _edge(one: Document, other: Document, amount: Decimal) -> Edge:
    """Source and target as all books take them: money returned settles a credit, any other credit
    settles a debit."""
    debit, credit = (one, other) if one.is_debit else (other, one)
    first, second = (debit, credit) if debit.kind is Kind.REFUND else (credit, debit)
    return first, second, amount


def is_contra(document: Document) -> bool:
    """Whether it takes another document back."""
    return document.key.role is Role.CONTRA


def heard_since() -> Flag:
    """Something happened to an order that has been taken back."""
    return Flag(
        code="AFTER_REVERSAL",
        message="Something has happened to this order in Shopify since it was taken back out of "
        "the books. Nothing of it is posted: enter in the books yourself what belongs there.",
    )
