"""All documents of an order as they would be written now, before anything is proved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from accounting.documents import cancellation, money_guards
from accounting.documents.adjustments import Adjustments, Reckoning
from accounting.documents.allocations import balance_of
from accounting.documents.case import Case
from accounting.documents.changes import Charges
from accounting.documents.codes import Codes
from accounting.documents.components import Component, unsupported
from accounting.documents.credit_notes import Writer, tax_is_unclear
from accounting.documents.debtors import debtor
from accounting.documents.differences import (
    exchange,
    exchange_problems,
    exchanged_before,
    roundings,
    unsettled,
)
from accounting.documents.document import ZERO, Debtor, Document, Problem
from accounting.documents.draft import Draft, in_posting_order
from accounting.documents.due import is_after_cut_over
from accounting.documents.edits import charges, waits_for_records
from accounting.documents.invoice import invoice, invoiced_parts, is_left, supplements
from accounting.documents.payments import bounced_refunds, money_documents
from accounting.documents.readings import Readings, read_all
from accounting.documents.refunds import pending_problems
from accounting.documents.remaining import Choices
from accounting.documents.returns import returns
from accounting.documents.returns import waits as waits_for_returns
from accounting.documents.rounding import rounding_problems
from accounting.facts import Facts


def draft_of(
    case: Case,
    codes: Codes,
    history: Charges,
    due_at: datetime,
    *,
    proof: Draft | None = None,
    exchanged: Decimal = ZERO,
) -> tuple[Draft, list[Problem]]:
    """The documents, and what is wrong with the facts behind them. With `proof`, the same order in
    another currency: what was decided there counts here, and `exchanged` is what notes for exchange
    differences add to the customer's account before a cancellation."""
    choices: Choices | None = proof.readings.choices if proof else None
    readings = read_all(case, history, due_at, choices)
    decided = proof.reckoning if proof else None
    debits, dropped = _debits(case, codes, history, readings, due_at, decided)
    money = [each for each in money_documents(case, codes) if _is_ours(case, each)]
    notes = roundings(case, codes, money, debits[0].date if debits else None)
    usable = [r for r in readings.others if not case.is_earlier or is_after_cut_over(case, r.at)]
    adjustments = Adjustments(case, usable, money, debits, notes, dropped, decided, exchanged)
    reckoning = adjustments.reckon()
    problems = _problems(case, history, readings, due_at, has_invoice=bool(debits))
    unread = any(reading.problems for reading in readings.others)
    pending = pending_problems(case)
    problems += [*pending, *adjustments.problems]
    unresolved = bool(unread or pending or adjustments.problems)
    problems += cancellation.waits(case, reckoning.cancelled, unresolved)
    taken_back = _credits(case, codes, history, reckoning, readings, debits)
    documents = in_posting_order(case, [*debits, *money, *notes, *taken_back])
    draft = Draft(
        case=case,
        history=history,
        readings=readings,
        documents=documents,
        reckoning=reckoning,
        unresolved=unresolved,
        debtor=_debtor(case, documents),
    )
    return draft, problems


def converted(
    proof: Draft, facts: Facts, codes: Codes, due_at: datetime
) -> tuple[Draft, list[Problem]]:
    """A proved order in the shop's currency: the same documents from the converted amounts, and a
    note for every exchange difference (row 48)."""
    case = replace(
        proof.case,
        facts=facts,
        order=facts.origin or proof.case.seen_by_shop,
        latest=proof.case.seen_by_shop,
    )
    history = charges(case)
    draft, _ = draft_of(case, codes, history, due_at, proof=proof)
    notes = exchange(case, codes, proof.documents, draft.documents)
    before = exchanged_before(case.facts.cancelled_at, notes)
    if proof.reckoning.cancelled and before:
        draft, _ = draft_of(case, codes, history, due_at, proof=proof, exchanged=before)
        notes = exchange(case, codes, proof.documents, draft.documents)
    if proof.unresolved:  # what is still on its way back may unsettle the account
        notes = [note for note in notes if case.sealed(note.key)]
    problems = [*money_guards.amounts_are_in_order_currency(case)]
    problems += exchange_problems(case, notes, draft.documents)
    reckoning = replace(
        draft.reckoning, differences=draft.reckoning.differences + balance_of(notes)
    )
    documents = in_posting_order(case, [*draft.documents, *notes])
    problems += [] if proof.unresolved else unsettled(case, proof.documents, documents)
    return replace(draft, documents=documents, reckoning=reckoning), problems


def _debits(
    case: Case,
    codes: Codes,
    history: Charges,
    readings: Readings,
    due_at: datetime,
    proof: Reckoning | None,
) -> tuple[list[Document], Decimal]:
    """The invoice and what edits add to it, and the charges that a cancellation before the invoice
    dropped (R5). An order from before the books has its invoice elsewhere."""
    if case.is_earlier:
        return [], ZERO
    base = invoiced_parts(case, history.at(due_at), readings.netted)
    kept, dropped = cancellation.charged_after(case, base, readings.left, due_at, proof)
    adds = any(change.at > due_at and (change.added or change.raised) for change in history.changes)
    if not kept and (dropped or not adds):
        return [], dropped
    first = invoice(case, codes, kept, due_at)
    codes.freeze([first])
    return [first, *supplements(case, codes, history, first, due_at)], dropped


def _credits(
    case: Case,
    codes: Codes,
    history: Charges,
    reckoning: Reckoning,
    readings: Readings,
    debits: Sequence[Document],
) -> list[Document]:
    """Credit notes of everything taken back, and of the unpaid rest of a cancelled order."""
    first = debits[0] if debits else None
    parts = (*history.first, *history.now)
    writer = Writer(case=case, codes=codes, invoice=first, parts=parts)
    found = [
        note
        for reading, full in reckoning.credits
        for note in writer.notes(reading, with_discrepancy=full)
    ]
    at = case.facts.cancelled_at
    if at is not None and reckoning.cancelled:
        left = [part for part in readings.left if is_left(case, part)]
        left = [part for part in left if part.total > 0 or _is_free_goods(part)]
        amount = reckoning.cancelled
        found.append(cancellation.credit_of_rest(case, writer, left, amount, at))
    return found


def _is_free_goods(part: Component) -> bool:
    """They go back into stock with what was charged."""
    return part.role == "sales" and part.total == 0 and part.quantity > 0


def _debtor(case: Case, documents: Sequence[Document]) -> Debtor | None:
    new = [document.date for document in documents if case.sealed(document.key) is None]
    if not new:
        return None
    made = debtor(case.order, case.rules, case.currency, day=min(new), sealed=case.documents)
    identity = next((document.identity for document in documents if document.identity), None)
    return replace(made, identity=identity) if made else None


def _is_ours(case: Case, document: Document) -> bool:
    """Of an order from before the cut-over only what moved since."""
    at = document.effective_at
    return not case.is_earlier or at is None or is_after_cut_over(case, at)


def _problems(
    case: Case, history: Charges, readings: Readings, due_at: datetime, *, has_invoice: bool
) -> list[Problem]:
    found = [*unsupported(history.now), *rounding_problems(case), *bounced_refunds(case)]
    found += [replace(p, blocks=()) for reading in readings.netted for p in reading.problems]
    if has_invoice or case.is_earlier:
        found += [p for reading in readings.others for p in reading.problems]
        for reading in readings.others:
            charged = (*history.first, *history.at(reading.made_at))
            found += tax_is_unclear(case, charged, reading)
    found += waits_for_records(case, history.changes, due_at)
    return found + waits_for_returns(case, returns(case))
