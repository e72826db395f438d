"""Facts and rules in, the documents still to post out: the heart of the product, as pure functions.

The way through: is the order ours to post, is everything known (`scope`, `guards`); what it
charges (`components`), what refunds take back (`refunds`, `settlement`); the documents (`invoice`,
`payments`, `credit`); proof that they add up (`check`); which settles which (`allocate`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from accounting.documents import check, guards
from accounting.documents.allocate import Opens
from accounting.documents.case import Case
from accounting.documents.coding import Codes
from accounting.documents.document import Allocation, Document, Entry, Plan, Problem
from accounting.documents.drafting import draft_of
from accounting.documents.holds import needed, unsupported_by_ledger, without_blocked
from accounting.documents.money import Inexact
from accounting.documents.numbering import prefix_of, stem_for
from accounting.documents.rules import Rules
from accounting.documents.scope import earlier_order, never, trigger
from accounting.facts import Facts, Order


def build(facts: Facts, rules: Rules, sealed: Sequence[Entry], *, stem: str, settled: bool) -> Plan:
    """The complete set of entries still to post, and the complete list of what is wrong.

    `sealed` are the entries planned before: never changed, never repeated. `stem` is the order's
    pinned invoice number, "" to let the plan choose. `settled` says that the order has been quiet
    for the policy's settle time, so that what is missing will not come by itself.
    """
    if facts.latest is None:
        return Plan(problems=(_no_order(settled),))
    case = _open(facts, facts.latest, rules, sealed, stem=stem, settled=settled)
    try:
        return _plan(case)
    except Inexact as error:
        problem = Problem(code="INEXACT_AMOUNT", subject=case.order.name, message=f"{error}.")
        return Plan(problems=(problem,))


def _no_order(settled: bool) -> Problem:
    return Problem(
        code="FACTS_INCOMPLETE",
        subject="order",
        message="Payments or refunds have arrived, the order itself has not.",
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
    cut = trigger(case) or _invoiced_at(case)
    if cut is None:
        return Plan(excluded=_nothing_due(case))
    return _planned(case, cut)


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


def _planned(case: Case, cut: datetime) -> Plan:
    codes = Codes(case.rules)
    codes.freeze(case.documents)
    draft, problems = draft_of(case, codes, cut)
    if not draft.documents and not problems:
        return Plan(excluded=_nothing_due(case))
    problems += check.problems(draft)
    edges = Opens(case, draft.documents).edges()
    problems += unsupported_by_ledger(draft, edges)
    problems += needed(codes.problems(), draft)
    if not case.prefix:
        problems.append(_no_prefix())
    return without_blocked(draft, edges, problems)


def _no_prefix() -> Problem:
    return Problem(
        code="UNMAPPED_PREFIX",
        subject="prefix",
        message="No prefix for document numbers is set.",
    )
