"""Credit notes: what a refund record takes back (treatment rows 24-36).

Credits use the codes of the original line.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from accounting.documents.case import Case
from accounting.documents.codes import Codes, Coding
from accounting.documents.components import Component
from accounting.documents.document import (
    Document,
    DocumentLine,
    Key,
    Kind,
    Problem,
)
from accounting.documents.due import refunded_at
from accounting.documents.invoice import discount_lines
from accounting.documents.issuing import document
from accounting.documents.lines import split
from accounting.documents.refunds import Credited, Reading, refund_keys
from accounting.documents.rules import tax_identity


def credit_note(
    case: Case,
    codes: Codes,
    reading: Reading,
    invoice: Document,
    parts: Sequence[Component],
    *,
    with_discrepancy: bool,
) -> Document:
    """The credit note of a refund record against `parts`, as it would be written now."""
    lines = [
        line for part in reading.credited for line in credit_lines(case, codes, reading.key, part)
    ]
    if with_discrepancy:
        lines += _discrepancy_lines(case, codes, reading, invoice, parts)
    return credit(
        case,
        codes,
        reading.key,
        at=refunded_at(reading.refund),
        text=f"Refund {reading.refund.id} of Shopify order {case.order.name}",
        lines=lines,
        invoice=invoice,
    )


def is_worth_posting(note: Document) -> bool:
    """R11: a credit of 0.00 is posted unless nothing at all moves."""
    return any(line.net or line.tax or line.restock for line in note.lines)


def credit(
    case: Case,
    codes: Codes,
    key: Key,
    *,
    at: datetime,
    text: str,
    lines: list[DocumentLine],
    invoice: Document,
) -> Document:
    """A credit note of these lines against the invoice, never dated before it (R26)."""
    return document(
        case,
        codes,
        key,
        kind=Kind.CREDIT_NOTE,
        at=at,
        text=text,
        lines=tuple(lines),
        corrects=invoice.number,
        not_before=invoice.date,
    )


def credit_lines(case: Case, codes: Codes, key: Key, part: Credited) -> list[DocumentLine]:
    """The lines that give back a part of a component; none where it is no goods and no money."""
    component = part.component
    goods = component.role in ("sales", "gift_card")
    if not goods and not part.net and not part.tax:
        return []
    role, text = _role_and_text(part)
    lines = split(
        role=role,
        coding=codes.returned(component, restock=part.restock, key=key),
        text=text,
        quantity=part.quantity,
        net=part.net + part.discount,
        tax=part.tax,
        currency=case.currency,
        restock=part.restock,
        source_id=component.source_id,
    )
    return lines + discount_lines(case, codes, key, part)


def _role_and_text(part: Credited) -> tuple[str, str]:
    component = part.component
    if component.role == "shipping":
        return "shipping", "Shipping refunded"
    if component.role != "sales":
        return component.role, f"{component.title} (refunded)"
    if part.restock:
        return "returns", f"{component.title} (restock)"
    return "returns_nostock", f"{component.title} (no restock)"


def _discrepancy_lines(
    case: Case, codes: Codes, reading: Reading, invoice: Document, parts: Sequence[Component]
) -> list[DocumentLine]:
    """Money given beyond the lines is an allowance, money kept back a fee (rows 27, 28)."""
    if not reading.discrepancy and not reading.discrepancy_tax:
        return []
    kept = reading.kept_back > 0
    role, text = ("restock_fee", "Restocking fee") if kept else ("allowance", "Goodwill refund")
    fallback = "" if kept else _only_sales_account(invoice)
    coding = codes.untaxed(role, reading.key, fallback=fallback)
    if reading.discrepancy_tax:
        coding = _taxed(codes, reading.key, coding, parts)
    return split(
        role=role,
        coding=coding,
        text=text,
        quantity=1,
        net=-reading.discrepancy,
        tax=-reading.discrepancy_tax,
        currency=case.currency,
        source_id=reading.discrepancy_id,
    )


def _only_sales_account(invoice: Document) -> str:
    """An unset allowance falls back to the sales account, where the order has just one."""
    accounts = {line.account for line in invoice.lines if line.role == "sales"}
    return accounts.pop() if len(accounts) == 1 else ""


def _taxed(codes: Codes, key: Key, coding: Coding, parts: Sequence[Component]) -> Coding:
    """R16: tax inside an adjustment is the order's only tax; `tax_is_unclear` holds the others."""
    taxed = next((part for part in parts if part.tax_line and part.tax), None)
    original = codes.sale(taxed, key) if taxed else coding
    return Coding(
        account=coding.account,
        tax_code=original.tax_code,
        tax_rate=original.tax_rate,
        tariff_code=original.tariff_code,
    )


def tax_is_unclear(case: Case, parts: Sequence[Component], reading: Reading) -> list[Problem]:
    """R16: an adjustment with tax in an order with none or several taxes."""
    identities = {tax_identity(p.tax_line) for p in parts if p.tax_line and p.tax}
    if not reading.discrepancy_tax or len(identities) == 1:
        return []
    return [
        Problem(
            code="ADJUSTMENT_UNEXPLAINED",
            subject=f"refund {reading.refund.id}",
            message="The refund's adjustment has tax, and the order does not say which tax.",
            terms=(
                ("adjustment", str(reading.discrepancy)),
                ("tax on it", str(reading.discrepancy_tax)),
                ("taxes of the order", str(len(identities))),
            ),
            blocks=refund_keys(case, reading.refund),
        )
    ]
