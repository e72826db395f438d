"""Money in and money out: one document per transaction, through its own account (rows 1-14)."""

from __future__ import annotations

from decimal import Decimal

from accounting.documents.case import Case
from accounting.documents.codes import Codes
from accounting.documents.document import Document, Key, Kind, Problem, Role
from accounting.documents.issuing import document
from accounting.documents.transactions import is_test, paid_back, payments
from accounting.facts import Transaction


def payment_documents(case: Case, codes: Codes) -> list[Document]:
    """A payment for every successful sale or capture, less the change given on it."""
    received = payments(case.facts, case.order, keep_change=case.keep_change)
    return [_money(case, codes, t, amount, Role.PAYMENT) for t, amount in received]


def refund_documents(case: Case, codes: Codes) -> list[Document]:
    """A refund for every successful return of money; those of pending records wait (row 30)."""
    returned = paid_back(case.facts, case.order)
    return [
        _money(case, codes, t, amount, Role.REFUND)
        for t, amount in returned
        if not ((record := case.refund_of(t)) and case.is_pending(record))
    ]


def _money(
    case: Case, codes: Codes, transaction: Transaction, amount: Decimal, role: Role
) -> Document:
    key = Key(role=role, source_id=transaction.id)
    is_payment = role is Role.PAYMENT
    word = "Payment" if is_payment else "Refund"
    return document(
        case,
        codes,
        key,
        kind=Kind.PAYMENT if is_payment else Kind.REFUND,
        at=transaction.processed_at,
        text=f"{word} of Shopify order {case.order.name}",
        total=amount,
        account=codes.gateway(transaction.gateway, key),
        gateway=transaction.gateway,
        reference=transaction.reference or str(transaction.id),
    )


def rounding_problems(case: Case) -> list[Problem]:
    """Cash rounding needs a document of its own, which Lejar cannot post yet (row 23)."""
    return [
        Problem(
            code="NOT_SUPPORTED",
            subject=f"cash rounding of transaction {t.id}",
            message="The cash moved differs from the amount by a rounding; "
            "Lejar cannot post that yet.",
            terms=(("amount", str(t.amount)), ("rounding", str(t.rounding))),
            blocks=(Key(role=Role.REFUND if t.kind == "refund" else Role.PAYMENT, source_id=t.id),),
        )
        for t in case.facts.transactions
        if t.rounding and not is_test(t) and t.id in case.facts.succeeded
    ]
