"""Facts and rules in, the documents still to post out: the heart of the product, as pure functions.

The story of an order, top to bottom:

1. Is it ours to post, is everything known, is its invoice due?               `due`, `guards`
2. What does it charge, what did refunds take back?   `components`, `refunds`, `refund_shares`
3. Which adjustments count, so that the customer owes what Shopify says?          `adjustments`
4. The documents as of now:               `invoice`, `payments`, `credit_notes`, `cancellation`
5. Proof that they add up.                                                              `check`
6. Which settles which, and what a problem holds back.                   `allocations`, `holds`
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from accounting.documents import cancellation, check, guards
from accounting.documents.adjustments import Adjustments, Reckoning
from accounting.documents.allocations import Opens
from accounting.documents.case import Case
from accounting.documents.codes import Codes
from accounting.documents.components import Component, components, unsupported
from accounting.documents.credit_notes import credit_note, is_worth_posting, tax_is_unclear
from accounting.documents.document import Allocation, Document, Entry, Plan, Problem
from accounting.documents.draft import Draft, in_posting_order
from accounting.documents.due import earlier_order, never, trigger
from accounting.documents.holds import needed, unsupported_by_ledger, without_blocked
from accounting.documents.invoice import invoice, invoiced_parts
from accounting.documents.money import Inexact
from accounting.documents.numbering import prefix_of, stem_for
from accounting.documents.payments import payment_documents, refund_documents, rounding_problems
from accounting.documents.refund_shares import Remaining, read_all
from accounting.documents.refunds import pending_problems
from accounting.documents.rules import Rules
from accounting.facts import Facts, Order


def build(facts: Facts, rules: Rules, sealed: Sequence[Entry], *, stem: str, settled: bool) -> Plan:
    """The complete set of entries still to post, and the complete list of what is wrong.

    `sealed` are the entries planned before: never changed, never repeated. `stem` is the order's
    pinned invoice number, "" to let the plan choose. `settled` says that the order has been quiet
    for the policy's settle time, so that what is missing will not come by itself.
    """
    if facts.latest is None:
        return Plan(problems=(_no_order(facts, settled),))
    case = _open(facts, facts.latest, rules, sealed, stem=stem, settled=settled)
    try:
        return _plan(case)
    except Inexact as error:
        problem = Problem(code="INEXACT_AMOUNT", subject=case.order.name, message=f"{error}.")
        return Plan(problems=(problem,))


def _no_order(facts: Facts, settled: bool) -> Problem:
    terms = [(f"{t.kind} {t.id}", f"{t.amount} {t.currency}") for t in facts.transactions]
    terms += [(f"refund record {each.id}", each.created_at.isoformat()) for each in facts.refunds]
    terms += [(f"order edit {each.id}", each.committed_at.isoformat()) for each in facts.edits]
    return Problem(
        code="FACTS_INCOMPLETE",
        subject="order",
        message="Payments, refunds or edits have arrived, the order itself has not.",
        terms=tuple(terms),
        may_pass=not settled,
    )


def _open(
    facts: Facts, latest: Order, rules: Rules, sealed: Sequence[Entry], *, stem: str, settled: bool
) -> Case:
    prefix = prefix_of(stem) if stem else rules.policy.prefix
    case = Case(
        facts=facts,
        rules=rules,
        order=facts.origin or latest,
        latest=latest,
        settled=settled,
        stem=stem or stem_for(prefix, latest),
        prefix=prefix,
        documents=tuple(entry for entry in sealed if isinstance(entry, Document)),
        allocations=tuple(entry for entry in sealed if isinstance(entry, Allocation)),
    )
    return replace(case, keep_change=guards.counts_change_as_kept(case))


def _plan(case: Case) -> Plan:
    reason = "" if case.documents else never(case)
    if reason:
        return Plan(excluded=reason)
    case = guards.with_folded_edits(case, trigger(case))
    problems = guards.problems(case)
    if not case.documents:
        problems = earlier_order(case) or problems
    if problems:
        return Plan(problems=tuple(problems))
    due_at = trigger(case) or _invoiced_at(case)
    if due_at is None:
        return Plan(excluded=_nothing_due(case))
    return _planned(case, due_at)


def _invoiced_at(case: Case) -> datetime | None:
    """An order whose invoice is in the books stays due, whatever a changed policy says now."""
    sealed = case.sealed(case.invoice_key)
    return sealed.effective_at if sealed else None


def _nothing_due(case: Case) -> str:
    if case.facts.cancelled_at:
        return "Cancelled before it was paid: there is nothing to post."
    if case.policy.partial_payment == "wait":
        return "Not paid in full yet."
    return "Not paid yet."


def _planned(case: Case, due_at: datetime) -> Plan:
    """The plan of an order whose invoice is due since `due_at`: until then events change the
    invoice, later ones get documents of their own (treatment 2.2, where it is called the cut)."""
    codes = Codes(case.rules)
    codes.freeze(case.documents)
    draft, problems = _draft(case, codes, due_at)
    if not draft.documents and not problems:
        return Plan(excluded=_nothing_due(case))
    problems += check.problems(draft)
    edges = Opens(case, draft.documents).edges()
    problems += unsupported_by_ledger(draft, edges)
    problems += needed(codes.problems(), draft)
    if not case.prefix:
        problems.append(_no_prefix())
    return without_blocked(draft, edges, problems)


def _draft(case: Case, codes: Codes, due_at: datetime) -> tuple[Draft, list[Problem]]:
    """All documents as they would be written now, and what is wrong with the facts behind them."""
    charges = components(case.order)
    netted, readings, remaining = read_all(case, charges, due_at)
    base = invoiced_parts(charges, netted)
    dropped, problems = cancellation.uncharged(case, base, due_at)
    issued = None if dropped else invoice(case, codes, base, due_at)
    money = payment_documents(case, codes) + refund_documents(case, codes)
    adjustments = Adjustments(case, readings, money, issued, dropped)
    reckoning = adjustments.reckon()
    unread = [problem for reading in readings for problem in reading.problems]
    waiting = [*pending_problems(case), *adjustments.problems]
    unresolved = bool(unread or waiting)
    problems += [*unsupported(case.order), *rounding_problems(case), *waiting]
    problems += [replace(p, blocks=()) for reading in netted for p in reading.problems]
    if issued is not None:
        problems += unread
        problems += [p for reading in readings for p in tax_is_unclear(case, charges, reading)]
    problems += cancellation.waits(case, reckoning.cancelled, unresolved)
    notes = _credits(case, codes, reckoning, issued, charges, remaining)
    draft = Draft(
        case=case,
        charges=charges,
        netted=tuple(netted),
        documents=in_posting_order(case, [*([issued] if issued else []), *money, *notes]),
        reckoning=reckoning,
        unresolved=unresolved,
    )
    return draft, problems


def _credits(
    case: Case,
    codes: Codes,
    reckoning: Reckoning,
    issued: Document | None,
    charges: Sequence[Component],
    remaining: Remaining,
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
        left = [part for part in remaining.left.values() if part.total > 0]
        amount = reckoning.cancelled
        found.append(cancellation.credit_of_rest(case, codes, left, amount, issued, at))
    return found


def _no_prefix() -> Problem:
    return Problem(
        code="UNMAPPED_PREFIX",
        subject="prefix",
        message="No prefix for document numbers is set.",
    )
