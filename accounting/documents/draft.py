"""All documents of an order as they would be written now, with what they were made from.

This is what the checks look at before anything may be posted.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from accounting.documents.case import Case
from accounting.documents.components import Component
from accounting.documents.document import Document, Kind
from accounting.documents.money import exact
from accounting.documents.refunds import Reading
from accounting.documents.settlement import Reckoning

MONEY = frozenset({Kind.PAYMENT, Kind.REFUND})


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """All documents of an order as they would be written now, and what they were made from."""

    case: Case
    charges: tuple[Component, ...]  # of the whole order
    netted: tuple[Reading, ...]  # taken off before the invoice was due
    documents: tuple[Document, ...]
    reckoning: Reckoning
    unresolved: bool  # some refund cannot be judged yet, so the customer's account cannot either

    def of(self, *kinds: Kind) -> list[Document]:
        return [document for document in self.documents if document.kind in kinds]

    @property
    def invoice(self) -> Document | None:
        return next(iter(self.of(Kind.INVOICE)), None)

    def shown(self, amount: Decimal) -> str:
        """An amount for the terms of a problem, with the decimals of its currency."""
        return str(exact(amount, self.case.currency))

    @property
    def new(self) -> list[Document]:
        return [document for document in self.documents if not self.case.sealed(document.key)]


def difference(left: Decimal, right: Decimal) -> tuple[str, str]:
    """The last term of a failed comparison."""
    return ("difference", str(left - right))
