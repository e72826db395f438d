"""Money in and money out: one document per transaction, through its own account (rows 1-14).

What was moved in cash may differ from the amount by a rounding; the money is what moved, and
`differences` explains the rest (row 23).
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from accounting.documents.case import Case
from accounting.documents.codes import Codes
from accounting.documents.document import Document, Key, Kind, Problem, Role, Why
from accounting.documents.issuing import document
from accounting.documents.rounding import rounding_of
from accounting.documents.transactions import bounced, paid_back, payments, succeeded
from accounting.facts import FAILED, Transaction

WORDS = {
    Role.PAYMENT: "Payment",
    Role.REFUND: "Refund",
    Role.REVERSAL: "Reversed payment",
}


def money_documents(case: Case, codes: Codes) -> list[Document]:
    """A payment for every successful sale or capture, less the change given on it; a refund for
    every successful return of money, save those of pending records (row 30); a reversal for every
    payment that failed later (row 5)."""
    received = payments(case.facts, case.order, keep_change=case.keep_change)
    failed = bounced(case.facts, case.order, keep_change=case.keep_change)
    found = [_money(case, codes, t, amount, Role.PAYMENT) for t, amount in received]
    found += [_money(case, codes, t, amount, Role.REVERSAL) for t, amount in failed]
    return found + [
        _money(case, codes, t, amount, Role.REFUND)
        for t, amount in paid_back(case.facts, case.order)
        if not ((record := case.refund_of(t)) and case.is_pending(record))
    ]


def _money(
    case: Case, codes: Codes, transaction: Transaction, amount: Decimal, role: Role
) -> Document:
    key = Key(role=role, source_id=transaction.id)
    rounding = rounding_of(case, transaction, amount)
    account, rule = codes.gateway(transaction, key)
    if role is Role.REFUND and case.policy.refund_account:
        account, rule = case.policy.refund_account, "fixed account for refunds"
    return document(
        case,
        codes,
        key,
        kind=Kind.PAYMENT if role is Role.PAYMENT else Kind.REFUND,
        at=_moved_at(case, transaction, role),
        text=f"{WORDS[role]} of Shopify order {case.order.name}",
        total=amount + rounding,
        account=account,
        gateway=transaction.gateway,
        reference=transaction.reference or str(transaction.id),
        why=_why(transaction, rule),
    )


def _moved_at(case: Case, transaction: Transaction, role: Role) -> datetime:
    """A reversal is dated when the failure was first told (R9)."""
    if role is Role.REVERSAL:
        return case.facts.failed_at[transaction.id]
    return transaction.processed_at


def _why(transaction: Transaction, rule: str) -> Why:
    rounding = f" + {transaction.rounding} rounding" if transaction.rounding else ""
    amount = f"{transaction.kind} of {transaction.amount} {transaction.currency}{rounding}"
    return Why(fact=f"transaction {transaction.id}", amount=amount, code=rule)


def bounced_refunds(case: Case) -> list[Problem]:
    """Money that was returned and then was not: whether the customer has it, nobody has said."""
    return [
        Problem(
            code="BOUNCED",
            subject=f"{t.kind} {t.id}",
            message="Money that had gone back to the customer failed later. Check in Shopify "
            "whether it was returned, and enter what is missing in the books yourself.",
            terms=(("amount", f"{t.amount} {t.currency}"), ("gateway", t.gateway)),
        )
        for t in succeeded(case.facts)
        if t.status in FAILED and t.kind in ("refund", "change")
    ]
