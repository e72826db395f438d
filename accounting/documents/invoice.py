"""The invoice of an order: every component, on the codes of the books (treatment 2.2, 4.1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from accounting.documents.case import Case
from accounting.documents.codes import Codes
from accounting.documents.components import Component, ComponentKey
from accounting.documents.document import Document, DocumentLine, Key, Kind
from accounting.documents.issuing import document
from accounting.documents.lines import split
from accounting.documents.refunds import Credited, Reading


def invoice(case: Case, codes: Codes, parts: Iterable[Component], due_at: datetime) -> Document:
    """The invoice as it would be written now, sealed or not."""
    at = due_at if case.policy.invoice_date == "trigger" else case.order.processed_at
    return document(
        case,
        codes,
        case.invoice_key,
        kind=Kind.INVOICE,
        at=at,
        text=f"Shopify order {case.order.name}",
        lines=tuple(line for part in parts for line in _lines(case, codes, part)),
    )


def invoiced_parts(charges: Sequence[Component], netted: Sequence[Reading]) -> list[Component]:
    """The invoice's components: what was taken off before it was due never gets there (2.2)."""
    left: dict[ComponentKey, Component] = {part.key: part for part in charges}
    for reading in netted:
        for part in reading.credited:
            left[part.component.key] = part.taken_off(left[part.component.key])
    return [part for part in left.values() if part.quantity > 0 or part.total]


def _lines(case: Case, codes: Codes, part: Component) -> list[DocumentLine]:
    """Goods stay at 0.00, other lines without an amount are dropped."""
    key = case.invoice_key
    goods = part.role in ("sales", "gift_card")
    if not goods and not part.net and not part.tax:
        return []
    lines = split(
        role=part.role,
        coding=codes.sale(part, key),
        text=part.title,
        quantity=part.quantity,
        net=part.net + part.discount,
        tax=part.tax,
        currency=case.currency,
        source_id=part.source_id,
    )
    return lines + discount_lines(case, codes, key, part)


def discount_lines(
    case: Case, codes: Codes, key: Key, part: Component | Credited
) -> list[DocumentLine]:
    """The discount of a gift card, whose liability is its face value (R15): always the other way
    round than the line it belongs to, on an invoice as on a credit note."""
    if not part.discount:
        return []
    original = part.component if isinstance(part, Credited) else part
    return split(
        role="discount",
        coding=codes.untaxed("discount", key),
        text=f"Discount on {original.title}",
        quantity=1,
        net=-part.discount,
        currency=case.currency,
        source_id=original.source_id,
    )
