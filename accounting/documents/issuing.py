"""What all documents of an order have in common: number, date, customer, where they came from."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from accounting.documents.case import Case
from accounting.documents.codes import Codes
from accounting.documents.document import ZERO, Document, DocumentLine, Key, Kind
from accounting.documents.money import exact


def document(
    case: Case,
    codes: Codes,
    key: Key,
    *,
    kind: Kind,
    at: datetime,
    text: str,
    lines: tuple[DocumentLine, ...] = (),
    total: Decimal | None = None,
    account: str = "",
    gateway: str = "",
    reference: str = "",
    corrects: str = "",
    not_before: date | None = None,
) -> Document:
    """A document as it would be written now. Without `total`, its lines are the total.

    `not_before` is the invoice's date for what may not precede it (R26).
    """
    day, note = document_date(case, at, not_before)
    summed = sum((line.net + line.tax for line in lines), ZERO) if total is None else total
    return Document(
        kind=kind,
        key=key,
        number=case.number(key),
        date=day,
        currency=case.currency,
        customer=codes.customer(case.currency, key),
        total=exact(summed, case.currency),
        description=text + note,
        order_name=case.order.name,
        order_id=case.order.id,
        lines=lines,
        account=account,
        gateway=gateway,
        reference=reference,
        corrects=corrects,
        effective_at=at,
    )


def document_date(case: Case, at: datetime, not_before: date | None) -> tuple[date, str]:
    """The document's date, and a note when the books were closed on the day itself (I12)."""
    own = case.local_date(at)
    day = max(own, not_before) if not_before else own
    closed = case.policy.books_closed
    if closed is None or day > closed or case.policy.closed_period == "hold":
        return day, ""
    return date.fromordinal(closed.toordinal() + 1), f" (orig. {own.isoformat()})"
