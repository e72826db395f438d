"""Cancelled orders: before the invoice nothing is charged, after it the unpaid rest is credited.

What was paid and kept stays revenue (treatment rows 41-43, R5, R6).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from accounting.documents.case import Case
from accounting.documents.codes import Codes
from accounting.documents.components import Component
from accounting.documents.credit_notes import credit, credit_lines
from accounting.documents.document import ZERO, Document, Key, Problem, Role
from accounting.documents.due import paid_by
from accounting.documents.money import share, spread
from accounting.documents.refunds import Credited


def uncharged(
    case: Case, base: Sequence[Component], due_at: datetime
) -> tuple[Decimal, list[Problem]]:
    """R5: a cancellation before the invoice is due takes every unpaid charge off it, unless the
    invoice is in the books: then they are credited."""
    cancelled_at = case.facts.cancelled_at
    charged = sum((part.total for part in base), ZERO)
    if cancelled_at is None or cancelled_at > due_at or case.sealed(case.invoice_key):
        return ZERO, []
    paid = paid_by(case, cancelled_at)
    if paid == 0 or paid >= charged:
        return (charged if not paid else ZERO), []
    problem = Problem(
        code="NOT_SUPPORTED",
        subject="cancellation of a part-paid order before its invoice",
        message="The order was cancelled when only a part was paid, before its invoice was due. "
        "Lejar cannot post that yet: enter what was kept in the books yourself.",
        terms=(("charged", str(charged)), ("paid", str(paid))),
    )
    return ZERO, [problem]


def key_of(case: Case) -> Key:
    """The key of the credit for the unpaid rest of a cancelled order."""
    return Key(role=Role.CANCELLATION, source_id=case.order.id)


def credit_of_rest(
    case: Case,
    codes: Codes,
    left: Sequence[Component],
    amount: Decimal,
    invoice: Document,
    at: datetime,
) -> Document:
    """The credit of `amount`, the unpaid rest of a cancelled order, over all that is left (R6).

    Shopify cancels what has not been fulfilled, so the goods are back in stock.
    """
    key = key_of(case)
    amounts = spread(amount, [part.total for part in left], case.currency)
    parts = [
        _part(case, part, piece) for part, piece in zip(left, amounts, strict=True) if part.total
    ]
    lines = [line for part in parts for line in credit_lines(case, codes, key, part)]
    text = f"Cancellation of Shopify order {case.order.name}"
    return credit(case, codes, key, at=at, text=text, lines=lines, invoice=invoice)


def _part(case: Case, left: Component, amount: Decimal) -> Credited:
    tax = share(left.tax, amount, left.total, case.currency)
    return Credited(
        component=left,
        quantity=left.quantity,
        net=amount - tax,
        tax=tax,
        discount=share(left.discount, amount, left.total, case.currency),
        restock=left.role == "sales",
    )


def waits(case: Case, amount: Decimal, unresolved: bool) -> list[Problem]:
    """G7: the cancellation's credit rests on the absence of a refund record."""
    if not amount or case.sealed(key_of(case)) or (case.settled and not unresolved):
        return []
    message = "The order was cancelled; a refund record for it may still arrive."
    return [case.incomplete("cancellation", message, blocks=(key_of(case),))]
