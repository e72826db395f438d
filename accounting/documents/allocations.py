"""Which credit settles which debit: treatment 2.6.

Executed allocations are kept; only what is still open on both sides is allocated. Then every
allocation gets its place: right after the later of its two documents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal

from accounting.documents.case import Case
from accounting.documents.document import (
    ZERO,
    Allocation,
    Document,
    Entry,
    Key,
    Role,
)
from accounting.documents.numbering import allocation_number

CREDITS = (
    Role.PAYMENT,
    Role.CREDIT,
    Role.RETURN,
    Role.REDUCTION,
    Role.CANCELLATION,
    Role.DIFFERENCE,
)
DEBITS = (Role.INVOICE, Role.SUPPLEMENTARY, Role.INCREASE, Role.FEE, Role.DIFFERENCE)
GOODS = (Role.CREDIT, Role.RETURN, Role.REDUCTION, Role.CANCELLATION, Role.DIFFERENCE)
Edge = tuple[Document, Document, Decimal]  # source, target, amount


@dataclass(slots=True)
class Opens:
    """What every document has left to settle; `documents` in posting order. `covered` names, by
    refund record, earlier documents that credited what the record takes back."""

    case: Case
    documents: Sequence[Document]
    covered: Mapping[int, Sequence[Key]] = field(default_factory=dict)
    left: dict[str, Decimal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known = (*self.case.documents, *self.documents)
        self.left = {document.number: document.total for document in known}
        for done in self.case.allocations:
            self.left[done.source] -= done.amount
            self.left[done.target] -= done.amount

    def edges(self) -> list[Edge]:
        """All allocations still to make, in the order of the rules."""
        found = [
            *self._failed_payments(),
            *self._refund_records(),
            *self._debits_in_order(),
            *self._left_over_refunds(),
        ]
        return [edge for edge in found if edge[2] > 0]

    def _failed_payments(self) -> Iterator[Edge]:
        """A payment that failed is settled by its reversal, as far as it settled nothing yet."""
        paid = {d.key.source_id: d for d in self._of((Role.PAYMENT,))}
        for reversal in self._of((Role.REVERSAL,)):
            yield self._settle(reversal, paid[reversal.key.source_id])

    def _refund_records(self) -> Iterator[Edge]:
        """Money returned settles the credit of its refund record, the earlier credits that covered
        it, and its own difference."""
        by_key = {document.key: document for document in self.documents}
        records = {t.id: self.case.refund_of(t) for t in self.case.facts.transactions}
        for refund in self._of((Role.REFUND,)):
            record = records.get(refund.key.source_id)
            keys = [Key(role=Role.CREDIT, source_id=record.id)] if record else []
            keys += self.covered.get(record.id, ()) if record else ()
            keys.append(Key(role=Role.DIFFERENCE, source_id=refund.key.source_id))
            for credit in (by_key[key] for key in keys if key in by_key):
                if not credit.is_debit:
                    yield self._settle(refund, credit)

    def _debits_in_order(self) -> Iterator[Edge]:
        debits = sorted((d for d in self._of(DEBITS) if d.is_debit), key=_debit_rank)
        settling = (d for d in self._of(CREDITS) if not d.is_debit)
        for credit in sorted(settling, key=_credit_rank):
            for debit in debits:
                yield self._settle(credit, debit)

    def _left_over_refunds(self) -> Iterator[Edge]:
        goods = [document for document in self._of(GOODS) if not document.is_debit]
        open_credits = sorted(goods, key=_credit_rank)
        open_credits += sorted(self._of((Role.PAYMENT,)), key=_credit_rank)
        for refund in sorted(self._of((Role.REFUND, Role.REVERSAL)), key=_credit_rank):
            for credit in open_credits:
                yield self._settle(refund, credit)

    def _of(self, roles: tuple[Role, ...]) -> list[Document]:
        return [document for document in self.documents if document.key.role in roles]

    def _settle(self, source: Document, target: Document) -> Edge:
        amount = min(self.left[source.number], self.left[target.number])
        if amount > 0:
            self.left[source.number] -= amount
            self.left[target.number] -= amount
        return source, target, amount


def _credit_rank(document: Document) -> tuple[datetime, int, int]:
    role = document.key.role
    return (_at(document), CREDITS.index(role) if role in CREDITS else 9, document.key.source_id)


def _debit_rank(document: Document) -> tuple[int, datetime, int, int]:
    """The invoice first, whatever its date; the others as they came."""
    role = document.key.role
    return (
        int(role is not Role.INVOICE),
        _at(document),
        DEBITS.index(role),
        document.key.source_id,
    )


def _at(document: Document) -> datetime:
    return document.effective_at or datetime.min.replace(tzinfo=UTC)


def entries_in_order(
    made: Sequence[Allocation],
    documents: Sequence[Document],
    edges: Sequence[Edge],
    *,
    is_new: Callable[[Document], bool],
) -> list[Entry]:
    """New documents, each followed by the allocations that need nothing later.

    `documents` are all of the order in posting order; sealed ones stand in the books already, with
    the allocations `made` there.
    """
    place = {d.number: i if is_new(d) else -1 for i, d in enumerate(documents)}
    placed = [
        (max(place[source.number], place[target.number]), i)
        for i, (source, target, _) in enumerate(edges)
    ]
    writer = _Writer(made, {document.number: document.total for document in documents})
    entries: list[Entry] = [writer.write(edges[i]) for at, i in placed if at < 0]
    for index, document in enumerate(documents):
        if is_new(document):
            entries.append(document)
            entries += [writer.write(edges[i]) for at, i in placed if at == index]
    return entries


class _Writer:
    """Gives every allocation its running number and what both sides have left before it."""

    def __init__(self, made: Sequence[Allocation], left: dict[str, Decimal]) -> None:
        self.left = left
        self.made: dict[tuple[str, str], int] = {}
        for done in made:
            self._take(done.source, done.target, done.amount)

    def _take(self, source: str, target: str, amount: Decimal) -> int:
        self.left[source] -= amount
        self.left[target] -= amount
        running = self.made.get((source, target), 0) + 1
        self.made[source, target] = running
        return running

    def write(self, edge: Edge) -> Allocation:
        source, target, amount = edge
        source_open, target_open = self.left[source.number], self.left[target.number]
        running = self._take(source.number, target.number, amount)
        return Allocation(
            key=Key(
                role=Role.ALLOCATION,
                source_id=running,
                source=source.number,
                target=target.number,
            ),
            number=allocation_number(source.number, target.number, running),
            date=max(source.date, target.date),
            currency=source.currency,
            customer=source.customer,
            source_kind=source.kind,
            source=source.number,
            target_kind=target.kind,
            target=target.number,
            amount=amount,
            source_open=source_open,
            target_open=target_open,
            order_name=source.order_name,
            order_id=source.order_id,
        )


def in_sending_order(entries: Sequence[Entry], place: Callable[[Entry], int | None]) -> list[Entry]:
    """Those that keep a place in the queue first, then the others as planned; every allocation
    with what both sides have left when its turn comes."""
    left: dict[str, Decimal] = {}
    for entry in entries:
        if isinstance(entry, Allocation):
            left.setdefault(entry.source, entry.source_open)
            left.setdefault(entry.target, entry.target_open)
    ordered = sorted(entries, key=lambda entry: (place(entry) is None, place(entry) or 0))
    return [_with_open(entry, left) for entry in ordered]


def _with_open(entry: Entry, left: dict[str, Decimal]) -> Entry:
    if not isinstance(entry, Allocation):
        return entry
    source_open, target_open = left[entry.source], left[entry.target]
    left[entry.source] -= entry.amount
    left[entry.target] -= entry.amount
    return replace(entry, source_open=source_open, target_open=target_open)


def balance_of(documents: Sequence[Document]) -> Decimal:
    """Debits less credits: what the customer owes."""
    return sum((d.total if d.is_debit else -d.total for d in documents), ZERO)
