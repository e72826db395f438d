"""A document's lines as its books want them: one row a line, with prices and tax their way.

Books that are told the tax get it. Books that compute it are given prices without tax, prices with
tax inside, or prices without tax and the difference to what they will compute: the document's
`tax_mode` says which (accounting treatment 4.5). A document that leaves it open ("explicit") gets
the difference stated too, so that its tax never depends on whether the books agree.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby

from accounting.connectors.base import Rejected
from accounting.documents.document import ZERO, Document, DocumentLine
from accounting.documents.ledger_tax import adjustments
from accounting.documents.rules import TaxMethod

SEN = Decimal("0.01")
FINEST_PRICE = Decimal("0.00000001")  # unit prices have 8 decimals (contract acctbridge 6.2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`adjustment` is what to add to the tax the books compute to arrive at ours, None when
    nothing."""

    document: Document
    line: DocumentLine
    adjustment: Decimal | None = None

    @property
    def quantity(self) -> Decimal:
        """Below zero on a line that takes away: books document that for quantities, not prices."""
        return Decimal(self.line.quantity) * (-1 if self.line.unit_price < 0 else 1)

    @property
    def unit_price(self) -> Decimal:
        """Without tax, exactly; or with tax inside, to as many decimals as give the line's gross
        once it is rounded to the sen. Raises Rejected where no price does."""
        line = self.line
        if self.document.tax_mode != "inclusive" or not line.tax:
            return abs(line.unit_price)
        gross = line.net + line.tax
        price = (gross / self.quantity).quantize(FINEST_PRICE, ROUND_HALF_UP)
        if (self.quantity * price).quantize(SEN, ROUND_HALF_UP) != gross:
            raise Rejected(f"no unit price makes {line.quantity} x {line.description} {gross}")
        return price


def rows(
    document: Document, method: TaxMethod, *, counted: bool, product: str = "the books"
) -> list[Row]:
    """The lines of `document` for books that arrive at tax by `method`.

    `counted` books have a quantity column. In others the two lines that a quantity which does not
    divide makes of one component are one again (treatment 4.2). Raises Rejected when the books
    cannot be brought to our tax in the document's way.
    """
    lines = document.lines if counted else merged(document.lines)
    given = _given(document, lines, method, product)
    return [
        Row(document=document, line=line, adjustment=adjustment or None)
        for line, adjustment in zip(lines, given, strict=True)
    ]


def merged(lines: Iterable[DocumentLine]) -> tuple[DocumentLine, ...]:
    """Neighbours that are parts of one component, as one line of their net and tax."""
    return tuple(_sum(list(parts)) for _, parts in groupby(lines, key=_component))


def _component(line: DocumentLine) -> tuple[object, ...]:
    """What the two parts of a component have in common."""
    codes = (line.account, line.tax_code, line.tax_rate, line.tariff_code, line.item_code)
    return (line.source_id, line.role, line.description, line.restock, *codes)


def _sum(parts: list[DocumentLine]) -> DocumentLine:
    """The unit price of several parts is none: only the amounts are written."""
    if len(parts) == 1:
        return parts[0]
    return replace(
        parts[0],
        quantity=sum(part.quantity for part in parts),
        unit_price=ZERO,
        net=sum((part.net for part in parts), ZERO),
        tax=sum((part.tax for part in parts), ZERO),
    )


def _given(
    document: Document, lines: tuple[DocumentLine, ...], method: TaxMethod, product: str
) -> list[Decimal]:
    """The adjustment of each line."""
    mode, none = document.tax_mode, [ZERO] * len(lines)
    if mode == "inclusive" and not method.inclusive:
        raise Rejected(f"{product} takes no prices with tax inside")
    if method.explicit or mode in ("inclusive", "exclusive"):
        return none
    needed = list(adjustments(replace(document, lines=lines), method))
    if any(needed) and not method.adjustment:
        raise Rejected(f"{product} computes tax by itself and cannot be told the difference")
    return needed
