"""What the fields of a profile can be filled from, by name.

These names are the vocabulary of the `from` key: changing one breaks operators' corrections.
Each value is a text, a date, a Decimal, a bool, or "" for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from accounting.documents.document import Allocation, Document, DocumentLine

Value = str | date | Decimal | bool | None

ROWS = ("lines", "self")  # an array has a row for each line, or one for the document itself

SEN = Decimal("0.01")


def _counted(line: DocumentLine) -> str:
    """AR lines have no quantity column, so the text says it: "2 x Tee black M"."""
    return line.description if line.quantity == 1 else f"{line.quantity} x {line.description}"


def _percent(line: DocumentLine) -> str:
    """The rate as the books write it, "10%" or "8.5%"; nothing on untaxed lines."""
    if not line.tax_code or line.tax_rate is None:
        return ""
    return f"{(line.tax_rate * 100).normalize():f}%"


def _tax_adjustment(line: DocumentLine) -> Decimal | None:
    """What to add to the tax the books will compute, net x rate rounded half up to the sen, to
    arrive at Shopify's; None when nothing (contract acctbridge 10)."""
    predicted = (line.net * (line.tax_rate or 0)).quantize(SEN, ROUND_HALF_UP)
    return line.tax - predicted if line.tax != predicted else None


DOCUMENT: Mapping[str, Callable[[Document], Value]] = {
    "number": lambda document: document.number,
    "date": lambda document: document.date,
    "currency": lambda document: document.currency,
    "customer": lambda document: document.customer,
    "total": lambda document: document.total,
    "description": lambda document: document.description,
    "order_name": lambda document: document.order_name,
    "order_id": lambda document: str(document.order_id),
    "source_id": lambda document: str(document.key.source_id),
    "account": lambda document: document.account,
    "gateway": lambda document: document.gateway,
    "reference": lambda document: document.reference,
    "corrects": lambda document: document.corrects,
}

LINE: Mapping[str, Callable[[DocumentLine], Value]] = {
    "account": lambda line: line.account,
    "description": lambda line: line.description,
    "counted_description": _counted,
    "quantity": lambda line: Decimal(line.quantity),
    "unit_price": lambda line: line.unit_price,
    "net": lambda line: line.net,
    "tax_code": lambda line: line.tax_code,
    "tax_percent": _percent,
    "tax": lambda line: line.tax,
    "tax_adjustment": _tax_adjustment,
    "tariff_code": lambda line: line.tariff_code,
    "item_code": lambda line: line.item_code,
    "restock": lambda line: line.restock,
}

ALLOCATION: Mapping[str, Callable[[Allocation], Value]] = {
    "source": lambda allocation: allocation.source,
    "date": lambda allocation: allocation.date,
    "target": lambda allocation: allocation.target,
    "target_type": lambda allocation: allocation.target_kind.value,  # translated by docTypes
    "amount": lambda allocation: allocation.amount,
}
