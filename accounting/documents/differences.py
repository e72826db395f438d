"""Differences that money leaves behind: cash rounding and exchange (rows 23 and 48, R17).

Both are a small debit or credit note of their own, named after the transaction that caused them.
An exchange difference appears when the customer's side of the account is settled and the shop's is
not: both were converted on different days. What an order that never settles leaves is nobody's gain
yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

from accounting.documents.allocations import balance_of
from accounting.documents.case import Case
from accounting.documents.codes import Codes
from accounting.documents.document import ZERO, Document, Key, Kind, Problem, Role
from accounting.documents.issuing import document
from accounting.documents.lines import split
from accounting.documents.money import from_minor
from accounting.documents.rounding import rounding_of
from accounting.documents.transactions import paid_back, payments

SETTLING = (Role.PAYMENT, Role.REFUND)


def roundings(
    case: Case, codes: Codes, money: Sequence[Document], not_before: date | None
) -> list[Document]:
    """A note for the cash rounding of every payment and refund (row 23): it takes back what the
    customer's account gained or lost by it."""
    moved = {d.key.source_id for d in money if d.key.role in (Role.PAYMENT, Role.REFUND)}
    received = payments(case.facts, case.order, keep_change=case.keep_change)
    found = []
    for signs, rows in ((1, received), (-1, paid_back(case.facts, case.order))):
        for transaction, amount in rows:
            rounding = rounding_of(case, transaction, amount)
            if rounding and transaction.id in moved:
                key = Key(role=Role.DIFFERENCE, source_id=transaction.id)
                found.append(
                    _note(
                        case,
                        codes,
                        key,
                        debit=signs * rounding,
                        role="rounding",
                        text="Cash rounding",
                        at=transaction.processed_at,
                        not_before=not_before,
                    )
                )
    return found


def exchange(
    case: Case,
    codes: Codes,
    proof: Sequence[Document],
    written: Sequence[Document],
) -> list[Document]:
    """A note for every moment at which the customer's side, `proof`, is settled and leaves a
    difference on ours, `written`: both have the same documents (row 48). It belongs to the payment
    or refund that settled it, or to the last one before what settled it without money (R17)."""
    ours = {document.key: document for document in written}
    first = next((d.date for d in written if d.key.role is Role.INVOICE), None)
    settling = [d.key for d in proof if d.key in ours and _may_settle(case, d)]
    found: dict[Key, Document] = {}
    customer, shop, last = ZERO, ZERO, None
    for at, documents in _steps(case, proof):
        customer += balance_of(documents)
        shop += balance_of([ours[d.key] for d in documents if d.key in ours])
        last = next((d for d in reversed(documents) if d.key in settling), last)
        if last is not None and customer == 0 and shop != 0 and last.key not in found:
            found[last.key] = _exchange_note(case, codes, ours[last.key], -shop, at, first)
            shop = ZERO
    return list(found.values())


def _may_settle(case: Case, money: Document) -> bool:
    """Payments and refunds; a payment that failed later settled nothing, unless its difference is
    in the books already."""
    note = Key(role=Role.DIFFERENCE, source_id=money.key.source_id)
    stands = money.key.source_id not in case.facts.failed_at or case.sealed(note)
    return money.key.role in SETTLING and bool(stands)


def _steps(case: Case, documents: Sequence[Document]) -> list[tuple[datetime, list[Document]]]:
    """The documents as they moved the account: what was charged first, a refund record's credit
    with its money, and all that happened in one moment together."""
    records = {t.id: case.refund_of(t) for t in case.facts.transactions}
    money_at: dict[int, datetime] = {}
    for each in documents:
        record = records.get(each.key.source_id) if each.key.role is Role.REFUND else None
        if record is not None:
            at = _at(each)
            money_at[record.id] = min(at, money_at.get(record.id, at))
    steps: dict[datetime, list[Document]] = {}
    for each in documents:
        at = START if each.key.role is Role.INVOICE else _at(each)
        if each.key.role in (Role.CREDIT, Role.FEE):
            at = min(at, money_at.get(each.key.source_id, at))
        steps.setdefault(at, []).append(each)
    return sorted(steps.items(), key=lambda step: step[0])


START = datetime.min.replace(tzinfo=UTC)


def _at(each: Document) -> datetime:
    return each.effective_at or START


def _exchange_note(
    case: Case,
    codes: Codes,
    money: Document,
    debit: Decimal,
    at: datetime,
    not_before: date | None,
) -> Document:
    word = "gain" if debit > 0 else "loss"
    what = "payment" if money.key.role is Role.PAYMENT else "refund"
    key = Key(role=Role.DIFFERENCE, source_id=money.key.source_id)
    text = f"FX {word} on {what}"
    return _note(case, codes, key, debit=debit, role="fx", text=text, at=at, not_before=not_before)


def _note(
    case: Case,
    codes: Codes,
    key: Key,
    *,
    debit: Decimal,
    role: str,
    text: str,
    at: datetime,
    not_before: date | None,
) -> Document:
    """A debit note where the customer's account must rise, else a credit note; without tax, and
    never dated before the invoice (R26)."""
    lines = split(
        role=role,
        coding=codes.untaxed(role, key),
        text=text,
        quantity=1,
        net=abs(debit),
        currency=case.currency,
        fact=f"transaction {key.source_id}",
        amount="row 23" if role == "rounding" else "row 48, R17",
    )
    return document(
        case,
        codes,
        key,
        kind=Kind.DEBIT_NOTE if debit > 0 else Kind.CREDIT_NOTE,
        at=at,
        text=f"{text} of Shopify order {case.order.name}",
        lines=tuple(lines),
        not_before=not_before,
    )


def exchanged_before(at: datetime | None, notes: Sequence[Document]) -> Decimal:
    """What these notes had added to the customer's account before that time."""
    return balance_of([note for note in notes if at is not None and _at(note) < at])


def exchange_problems(
    case: Case, notes: Sequence[Document], documents: Sequence[Document]
) -> list[Problem]:
    """I14: an exchange difference beyond the policy's part of all money that moved until then is no
    difference of rates, it is a mistake."""
    money = [d for d in documents if d.key.role in SETTLING]
    found = []
    for note in notes:
        moved = sum((d.total for d in money if _at(d) <= _at(note)), ZERO)
        if note.total > max(moved * case.policy.fx_tolerance, from_minor(1, case.currency)):
            found.append(_too_much(case, note, moved))
    return found


def _too_much(case: Case, note: Document, moved: Decimal) -> Problem:
    return Problem(
        code="I14",
        subject=note.number,
        message="The exchange difference is larger than the settings allow. Compare the rates of "
        "the payments in Shopify, or raise the allowed difference.",
        terms=(
            ("difference", str(note.total)),
            ("paid and refunded until then", str(moved)),
            ("allowed", f"{case.policy.fx_tolerance * 100:f} %"),
        ),
        blocks=(note.key,),
    )


def unsettled(case: Case, proof: Sequence[Document], written: Sequence[Document]) -> list[Problem]:
    """I5: where the customer owes nothing any more, the shop's books must not say otherwise. What
    settles without money leaves a difference that no payment explains (R17)."""
    left = balance_of(written)
    if balance_of(proof) != 0 or left == 0:
        return []
    return [
        Problem(
            code="I5",
            subject=case.order.name,
            message="The customer owes nothing any more, but the amounts were converted one by one "
            "and leave a difference that no payment explains. Enter what is missing of this order "
            "in the books yourself.",
            terms=(("left in the books", str(left)), ("currency", case.currency)),
            may_pass=not case.settled,
        )
    ]
