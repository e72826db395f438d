"""What the customer is charged: the invoice of an order, and what edits add later (row 39, 2.2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from accounting.documents.case import Case
from accounting.documents.changes import Change, Charges
from accounting.documents.codes import Codes
from accounting.documents.components import Component, ComponentKey
from accounting.documents.document import ZERO, Document, DocumentLine, Key, Kind, Role
from accounting.documents.issuing import document
from accounting.documents.lines import channel_lines, charge_lines
from accounting.documents.refunds import Reading


def invoice(case: Case, codes: Codes, parts: Iterable[Component], due_at: datetime) -> Document:
    """The invoice as it would be written now, sealed or not."""
    at = due_at if case.policy.invoice_date == "trigger" else case.order.processed_at
    key, text = case.invoice_key, f"Shopify order {case.order.name}"
    return charge(case, codes, key, parts, at=at, text=text)


def charge(
    case: Case,
    codes: Codes,
    key: Key,
    parts: Iterable[Component],
    *,
    at: datetime,
    text: str,
    first: Document | None = None,
) -> Document:
    """An invoice of these components; one that adds to a `first` is never dated before it (R26)."""
    return document(
        case,
        codes,
        key,
        kind=Kind.INVOICE,
        at=at,
        text=text,
        lines=tuple(_lines(case, codes, key, tuple(parts))),
        not_before=first.date if first else None,
        corrects=first.number if first else "",
    )


def _lines(case: Case, codes: Codes, key: Key, parts: Sequence[Component]) -> list[DocumentLine]:
    found = []
    channel = ZERO
    for part in parts:
        found += charge_lines(
            codes,
            key,
            part,
            case.currency,
            taxes_included=case.order.taxes_included,
            show=case.policy.discounts == "gross" and key.role is not Role.INCREASE,
        )
        amounts = [tax.amount for tax in part.taxes]
        channel += codes.tax_split(part, key).of_channel(amounts)
    return found + channel_lines(codes, key, channel, case.currency)


def supplements(
    case: Case, codes: Codes, charges: Charges, first: Document, due_at: datetime
) -> list[Document]:
    """What edits after the invoice add: new lines are one document, higher charges another."""
    found = []
    for change in charges.changes:
        if change.at > due_at:
            found += [_supplement(case, codes, change, *each, first) for each in _additions(change)]
    return [document for document in found if document.lines]


def _additions(change: Change) -> list[tuple[Role, int, tuple[Component, ...]]]:
    new = [(Role.SUPPLEMENTARY, change.first_line, change.added)] if change.added else []
    more = [(Role.INCREASE, change.source_id or 0, change.raised)] if change.raised else []
    return [*new, *more]


def _supplement(
    case: Case,
    codes: Codes,
    change: Change,
    role: Role,
    source_id: int,
    parts: tuple[Component, ...],
    first: Document,
) -> Document:
    key, text = Key(role=role, source_id=source_id), f"Edit of Shopify order {case.order.name}"
    return charge(case, codes, key, parts, at=change.at, text=text, first=first)


def invoiced_parts(
    case: Case, parts: Sequence[Component], netted: Sequence[Reading]
) -> list[Component]:
    """The invoice's components: what was taken off before it was due never gets there (2.2)."""
    left: dict[ComponentKey, Component] = {part.key: part for part in parts}
    for reading in netted:
        for part in reading.credited:
            left[part.component.key] = part.taken_off(left[part.component.key])
    return [part for part in left.values() if is_left(case, part)]


def is_left(case: Case, part: Component) -> bool:
    """Whether anything of it is. Goods that are all gone leave nothing, though converted amounts
    may leave a sen of them."""
    units = part.quantity > 0
    return units or (bool(part.total) and not (case.is_conversion and part.line))
