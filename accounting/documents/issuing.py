"""What all documents of an order have in common: number, date, customer, where they came from."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from accounting.documents import debtors, projects
from accounting.documents.case import Case
from accounting.documents.codes import Codes
from accounting.documents.document import ZERO, Document, DocumentLine, Key, Kind, Why
from accounting.documents.einvoice import einvoice
from accounting.documents.money import exact

NO_MONEY = Why()
E_INVOICED = frozenset({Kind.INVOICE, Kind.CREDIT_NOTE, Kind.DEBIT_NOTE})


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
    why: Why = NO_MONEY,
) -> Document:
    """A document as it would be written now. Without `total`, its lines are the total.

    `not_before` is the invoice's date for what may not precede it (R26).
    """
    day, note = document_date(case, at, not_before)
    summed = sum((line.net + line.tax for line in lines), ZERO) if total is None else total
    made = Document(
        kind=kind,
        key=key,
        number=case.number(key),
        date=day,
        currency=case.currency,
        customer=_customer(case, codes, key),
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
        project=projects.project_for(case.order, case.rules),
        why=why,
    )
    return _described(case, made, not_before)


def _described(case: Case, made: Document, invoiced: date | None) -> Document:
    """What only some documents say: the foreign rate, the e-invoice, the buyer, the due date."""
    if case.rate is not None:
        made = replace(made, rate=case.rate)
    if made.kind in E_INVOICED:
        category, identity = einvoice(case, made, invoiced)
        made = replace(made, einvoice=category, identity=identity)
    if made.kind is not Kind.INVOICE:
        return made
    due_at = case.order.due_at
    return replace(
        made,
        buyer=debtors.buyer_lines(case.order) if case.policy.show_buyer else (),
        due_date=max(case.local_date(due_at), made.date) if due_at else None,
    )


def _customer(case: Case, codes: Codes, key: Key) -> str:
    code = debtors.debtor_code(case.order, case.rules, case.currency, case.documents)
    if not code:
        codes.no_debtor(case.currency, key)
    return code


def document_date(case: Case, at: datetime, not_before: date | None) -> tuple[date, str]:
    """The document's date, and a note when the books were closed on the day itself (I12)."""
    own = case.local_date(at)
    day = max(own, not_before) if not_before else own
    closed = case.policy.books_closed
    if closed is None or day > closed or case.policy.closed_period == "hold":
        return day, ""
    return date.fromordinal(closed.toordinal() + 1), f" (orig. {own.isoformat()})"
