"""All documents of an order as they would be written now, with what they were made from.

This is what the checks look at before anything may be posted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from accounting.documents.adjustments import Reckoning
from accounting.documents.case import Case
from accounting.documents.changes import Charges
from accounting.documents.components import Component
from accounting.documents.document import Debtor, Document, Kind, Role
from accounting.documents.money import exact
from accounting.documents.readings import Readings

MONEY = frozenset({Kind.PAYMENT, Kind.REFUND})


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """All documents of an order as they would be written now, and what they were made from."""

    case: Case
    history: Charges  # of the whole order
    readings: Readings
    documents: tuple[Document, ...]
    reckoning: Reckoning
    unresolved: bool  # some refund cannot be judged yet, so the customer's account cannot either
    debtor: Debtor | None = None  # to be created before the first document

    @property
    def charges(self) -> tuple[Component, ...]:
        """What the whole order charges, as of now."""
        return self.history.now

    def of(self, *kinds: Kind) -> list[Document]:
        return [document for document in self.documents if document.kind in kinds]

    def in_role(self, *roles: Role) -> list[Document]:
        return [document for document in self.documents if document.key.role in roles]

    @property
    def invoice(self) -> Document | None:
        return next(iter(self.in_role(Role.INVOICE)), None)

    def shown(self, amount: Decimal) -> str:
        """An amount for the terms of a problem, with the decimals of its currency."""
        return str(exact(amount, self.case.currency))

    @property
    def new(self) -> list[Document]:
        return [document for document in self.documents if not self.case.sealed(document.key)]


def difference(left: Decimal, right: Decimal) -> tuple[str, str]:
    """The last term of a failed comparison."""
    return ("difference", str(left - right))


def in_posting_order(case: Case, documents: Iterable[Document]) -> tuple[Document, ...]:
    """The invoice, then everything as it happened: each credit with the money returned for it, and
    each difference after the money that left it."""
    return tuple(sorted(documents, key=lambda document: _place(case, document)))


Place = tuple[int, datetime, int, int, int, int]
RANKS = {Role.SUPPLEMENTARY: 1, Role.INCREASE: 1, Role.PAYMENT: 2}  # of one moment; credits first


def _place(case: Case, document: Document) -> Place:
    role, source = document.key.role, document.key.source_id
    at = document.effective_at or datetime.min.replace(tzinfo=UTC)
    if role is Role.INVOICE:
        return (0, at, 0, 0, 0, 0)
    if role in (Role.REFUND, Role.DIFFERENCE):
        return _after_its_money(case, source, at, int(role is Role.DIFFERENCE))
    if role in (Role.CREDIT, Role.FEE):
        made = (refund.created_at for refund in case.facts.refunds if refund.id == source)
        created_at = next(made, at)  # the fee of a return has no record
        return (1, created_at, 0, source, 0, int(role is Role.FEE))
    return (1, at, RANKS.get(role, 0), source, 0, 0)


def _after_its_money(case: Case, source: int, at: datetime, later: int) -> Place:
    transaction = next(t for t in case.facts.transactions if t.id == source)
    if transaction.kind != "refund":
        return (1, at, RANKS[Role.PAYMENT], source, later, 0)
    record = case.refund_of(transaction)
    assert record is not None  # the guard `refunds_are_whole` lets no other refund through
    return (1, record.created_at, 0, record.id, 1 + later, source)
