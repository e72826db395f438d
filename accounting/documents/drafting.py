"""All documents of an order in posting order, as they would be written now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from accounting.documents.case import Case
from accounting.documents.coding import Codes
from accounting.documents.components import Component, ComponentKey, components, unsupported
from accounting.documents.credit import (
    cancellation,
    cancellation_key,
    credit_note,
    is_worth_posting,
    tax_is_unclear,
)
from accounting.documents.document import ZERO, Document, Problem, Role
from accounting.documents.draft import Draft
from accounting.documents.invoice import invoice
from accounting.documents.payments import payment_documents, refund_documents, rounding_problems
from accounting.documents.refunds import Ledger, Reading
from accounting.documents.scope import paid_by
from accounting.documents.settlement import Reckoning, Settlement, pending_problems, read_all


def draft_of(case: Case, codes: Codes, cut: datetime) -> tuple[Draft, list[Problem]]:
    """The documents, and what is wrong with the facts they come from."""
    charges = components(case.order)
    netted, readings, ledger = read_all(case, charges, cut)
    base = _less(charges, netted)
    dropped, problems = _dropped(case, base, cut)
    issued = None if dropped else invoice(case, codes, base, cut)
    money = payment_documents(case, codes) + refund_documents(case, codes)
    problems += [*unsupported(case.order), *pending_problems(case), *rounding_problems(case)]
    problems += [replace(p, blocks=()) for reading in netted for p in reading.problems]
    if issued is not None:
        problems += [p for r in readings for p in (*r.problems, *tax_is_unclear(case, charges, r))]
    settlement = Settlement(case, readings, money, issued, dropped)
    reckoning = settlement.reckon()
    problems += settlement.problems
    unresolved = bool(pending_problems(case) or settlement.problems) or any(
        reading.problems for reading in readings
    )
    notes = _credits(case, codes, reckoning, issued, charges, ledger)
    if reckoning.cancelled and not case.sealed(cancellation_key(case)):
        problems += _cancellation_waits(case, unresolved)
    found = [*([issued] if issued else []), *money, *notes]
    draft = Draft(
        case=case,
        charges=charges,
        netted=tuple(netted),
        documents=tuple(sorted(found, key=lambda document: _place(case, document))),
        reckoning=reckoning,
        unresolved=unresolved,
    )
    return draft, problems


def _less(charges: Sequence[Component], netted: Sequence[Reading]) -> list[Component]:
    """The invoice's components: what was taken off before it was due never gets there (2.2)."""
    left: dict[ComponentKey, Component] = {part.key: part for part in charges}
    for reading in netted:
        for part in reading.credited:
            left[part.component.key] = part.taken_off(left[part.component.key])
    return [part for part in left.values() if part.quantity > 0 or part.total]


def _dropped(case: Case, base: Sequence[Component], cut: datetime) -> tuple[Decimal, list[Problem]]:
    """R5: a cancellation up to the cut takes every unpaid charge off the invoice, unless it is in
    the books: then it is credited."""
    cancelled_at = case.facts.cancelled_at
    charged = sum((part.total for part in base), ZERO)
    if cancelled_at is None or cancelled_at > cut or case.sealed(case.invoice_key):
        return ZERO, []
    paid = paid_by(case, cancelled_at)
    if paid == 0 or paid >= charged:
        return (charged if not paid else ZERO), []
    problem = Problem(
        code="NOT_SUPPORTED",
        subject="cancellation of a part-paid order before its invoice",
        message="The order was cancelled when only a part was paid, before its invoice was due; "
        "Lejar cannot post that yet.",
        terms=(("charged", str(charged)), ("paid", str(paid))),
    )
    return ZERO, [problem]


def _credits(
    case: Case,
    codes: Codes,
    reckoning: Reckoning,
    issued: Document | None,
    charges: Sequence[Component],
    ledger: Ledger,
) -> list[Document]:
    if issued is None:
        return []
    notes = [
        credit_note(case, codes, reading, issued, charges, with_discrepancy=full)
        for reading, full in reckoning.credits
    ]
    found = [note for note in notes if is_worth_posting(note)]
    at = case.facts.cancelled_at
    if at is not None and reckoning.cancelled:
        left = [part for part in ledger.left.values() if part.total > 0]
        found.append(cancellation(case, codes, left, reckoning.cancelled, issued, at))
    return found


def _cancellation_waits(case: Case, unresolved: bool) -> list[Problem]:
    """G7: the cancellation's credit rests on the absence of a refund record."""
    if case.settled and not unresolved:
        return []
    message = "The order was cancelled; a refund record for it may still arrive."
    return [case.incomplete("cancellation", message, blocks=(cancellation_key(case),))]


def _place(case: Case, document: Document) -> tuple[int, datetime, int, int, int]:
    """Invoice, payments, then credit notes each with the money returned for them."""
    role, source = document.key.role, document.key.source_id
    at = document.effective_at or datetime.min.replace(tzinfo=UTC)
    if role is Role.INVOICE:
        return (0, at, 0, 0, 0)
    if role is Role.PAYMENT:
        return (1, at, source, 0, 0)
    if role is Role.REFUND:
        transaction = next(t for t in case.facts.transactions if t.id == source)
        record = case.refund_of(transaction)
        return (2, record.created_at if record else at, record.id if record else 0, 1, source)
    if role is Role.CREDIT:
        created_at = next(r.created_at for r in case.facts.refunds if r.id == source)
        return (2, created_at, source, 0, 0)
    return (2, at, source, 0, 0)
