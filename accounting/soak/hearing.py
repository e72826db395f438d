"""What the judge looks at: a life, its truth, and its documents, on one currency side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from accounting.documents.document import Document, DocumentLine, Entry, Kind
from accounting.soak.figures import Sum, minor
from accounting.soak.lives import Life
from accounting.soak.truth import Expected

MONEY = frozenset({Kind.PAYMENT, Kind.REFUND})
DEBITS = frozenset({Kind.INVOICE, Kind.DEBIT_NOTE, Kind.REFUND})


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    life: Life
    truth: Expected
    documents: Sequence[Document]
    entries: Sequence[Entry]

    @property
    def on_shown_side(self) -> bool:
        return self.life.rules.policy.currency_side == "presentment"

    @property
    def currency(self) -> str:
        return self.life.exchange.shown if self.on_shown_side else self.life.exchange.shop

    @property
    def is_converted(self) -> bool:
        """Converted amounts may miss their sum by some minor units; nothing else may."""
        return self.life.exchange.is_foreign and not self.on_shown_side

    @property
    def slack(self) -> int:
        """How far converted sums may miss: each figure by half a unit, unit prices by more."""
        units = sum(part.units + 3 for part in self.life.parts)
        return (units + len(self.life.events)) if self.is_converted else 0

    def value(self, amount: Sum) -> int:
        return amount.shown if self.on_shown_side else amount.shop

    def minor(self, amount: Decimal) -> int:
        return minor(amount, self.currency)

    def of(self, *roles: str) -> list[Document]:
        return [document for document in self.documents if document.key.role.value in roles]

    def lines(self, *roles: str) -> list[tuple[int, DocumentLine]]:
        """Lines of invoices and credits with the sign they charge the customer with."""
        return [
            (1 if document.kind in DEBITS else -1, line)
            for document in self.documents
            if document.kind not in MONEY and (not roles or document.key.role.value in roles)
            for line in document.lines
        ]


def key_of(document: Document) -> tuple[str, int]:
    return (document.key.role.value, document.key.source_id)
