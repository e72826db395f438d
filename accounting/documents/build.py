"""Facts and rules in, the documents still to post out: the heart of the product, as pure functions.

The story of an order, top to bottom:

1. Is it ours to post, is everything known, is its invoice due?               `due`, `guards`
2. In which currency is it proved, in which written?                                  `sides`
3. What does it charge, how did edits change that?                   `components`, `edits`
4. What was taken back, and which adjustments count?  `returns`, `refund_shares`, `adjustments`
5. The documents as of now.  `invoice`, `payments`, `credit_notes`, `cancellation`, `differences`
6. Proof that they add up, and that the books can take them.          `check`, `ledger_tax`
7. Which settles which, what a problem holds back, what to know.  `allocations`, `holds`, `flags`
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from accounting.documents import check, flags, guards, money_guards, sides, sources
from accounting.documents.allocations import Opens
from accounting.documents.case import Case
from accounting.documents.changes import Charges
from accounting.documents.codes import Codes
from accounting.documents.document import (
    Allocation,
    Debtor,
    Document,
    Entry,
    Flag,
    Key,
    Plan,
    Problem,
)
from accounting.documents.draft import Draft
from accounting.documents.drafting import converted, draft_of
from accounting.documents.due import cut, earlier_order, never
from accounting.documents.edits import charges
from accounting.documents.holds import needed, unsupported_by_ledger, without_blocked
from accounting.documents.ledger_tax import choose
from accounting.documents.money import Inexact
from accounting.documents.numbering import prefix_of, stem_for
from accounting.documents.rules import Rules
from accounting.documents.texts import fitted
from accounting.facts import Facts, Order


def build(facts: Facts, rules: Rules, sealed: Sequence[Entry], *, stem: str, settled: bool) -> Plan:
    """The complete set of entries still to post, and the complete list of what is wrong.

    `sealed` are the entries planned before: never changed, never repeated. `stem` is the order's
    pinned invoice number, "" to let the plan choose. `settled` says that the order has been quiet
    for the policy's settle time, so that what is missing will not come by itself.
    """
    if facts.latest is None:
        gone = facts.deleted_at and not (facts.transactions or facts.refunds)
        return Plan(excluded=NEVER_SEEN) if gone else Plan(problems=(_no_order(facts, settled),))
    case = _open(facts, facts.latest, rules, sealed, stem=stem, settled=settled)
    try:
        return _plan(case, facts, any(isinstance(entry, Debtor) for entry in sealed))
    except Inexact as error:
        problem = Problem(
            code="INEXACT_AMOUNT",
            subject=case.order.name,
            message=f"{error}. {COMPARE}",
        )
        return Plan(problems=(problem,))


COMPARE = "Compare it with the order in Shopify, and enter the order in the books yourself."
NEVER_SEEN = "Deleted in Shopify before anything else was heard of it."


def _no_order(facts: Facts, settled: bool) -> Problem:
    terms = [(f"{t.kind} {t.id}", f"{t.amount} {t.currency}") for t in facts.transactions]
    terms += [(f"refund record {each.id}", each.created_at.isoformat()) for each in facts.refunds]
    terms += [(f"order edit {each.id}", each.committed_at.isoformat()) for each in facts.edits]
    return Problem(
        code="FACTS_INCOMPLETE",
        subject="order",
        message="Payments, refunds or edits have arrived, the order itself has not. Lejar waits "
        "for it; any change to the order in Shopify sends it again.",
        terms=tuple(terms),
        may_pass=not settled,
        refetch=True,
    )


def _open(
    facts: Facts, latest: Order, rules: Rules, sealed: Sequence[Entry], *, stem: str, settled: bool
) -> Case:
    """The order on the side that proves it: the customer's, where there are two."""
    prefix = prefix_of(stem) if stem else rules.policy.prefix
    two, for_customer = sides.has_two(latest), sides.is_written_for_customer(latest, rules.policy)
    seen = sides.on_customer_side(facts) if two else facts
    newest = seen.latest or latest
    case = Case(
        facts=seen,
        rules=rules,
        order=seen.origin or newest,
        latest=newest,
        settled=settled,
        stem=stem or stem_for(prefix, latest),
        prefix=prefix,
        documents=tuple(entry for entry in sealed if isinstance(entry, Document)),
        allocations=tuple(entry for entry in sealed if isinstance(entry, Allocation)),
        seen_by_shop=latest,
        rate=sides.rate_of(facts.origin or latest) if for_customer else None,
        is_converted=two and not for_customer,
    )
    return replace(case, keep_change=money_guards.counts_change_as_kept(case))


def _plan(case: Case, facts: Facts, has_debtor: bool) -> Plan:
    told = flags.of_the_facts(case)
    reason = "" if case.documents else never(case)
    if reason:
        return Plan(excluded=reason, flags=told)
    history = charges(case)
    problems = _doubts(case, facts, history)
    if problems:
        return Plan(problems=tuple(problems), flags=told)
    due_at = cut(case, history) or _invoiced_at(case)
    if due_at is None and case.is_earlier and case.policy.earlier_refunds == "credit":
        due_at = case.order.processed_at
    if due_at is None:
        return Plan(excluded=_nothing_due(case), flags=told)
    problems = guards.first_charges_are_known(case, due_at)
    problems = problems or guards.edits_are_listed(case, history, due_at)
    if problems:
        return Plan(problems=tuple(problems), flags=told)
    return _planned(case, facts, history, due_at, has_debtor)


def _doubts(case: Case, facts: Facts, history: Charges) -> list[Problem]:
    """Why the order must not be judged yet, or not by us."""
    if not sides.customer_side_is_known(facts):
        return [guards.customer_side(case)]
    unknown = money_guards.amounts_are_in_currency_of(case, facts, case.seen_by_shop)
    if case.is_converted and unknown:
        return unknown
    asked = sources.unknown_source(case.latest, case.policy) if not case.documents else None
    if asked is not None:
        return [asked]
    problems = guards.problems(case, history)
    if not case.documents:
        problems = earlier_order(case) or problems
    return problems


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


def _planned(
    case: Case, facts: Facts, history: Charges, due_at: datetime, has_debtor: bool
) -> Plan:
    """The plan of an order whose invoice is due since `due_at`: until then events change the
    invoice, later ones get documents of their own (treatment 2.2, where it is called the cut)."""
    codes = Codes(case.rules)
    codes.freeze(case.documents)
    draft, problems = draft_of(case, codes, history, due_at)
    if not draft.documents and not problems:
        return Plan(excluded=_nothing_due(case), flags=flags.flags(draft))
    problems += check.problems(draft)
    if case.is_converted:
        codes.missing.clear()
        draft, more = converted(draft, facts, codes, due_at)
        problems += [*more, *check.conversion_problems(draft)]
    if has_debtor:
        draft = replace(draft, debtor=None)
    return _released(draft, codes, problems, due_at)


def _released(draft: Draft, codes: Codes, problems: list[Problem], due_at: datetime) -> Plan:
    """What may go to the books of what is proved."""
    case = draft.case
    draft, unwritable = _as_the_books_compute(draft)
    unmapped = needed(codes.problems(), draft)
    problems += _explained_by_none(unwritable, unmapped)
    edges = Opens(case, draft.documents, _covered(draft)).edges()
    problems += unsupported_by_ledger(draft, edges)
    problems += unmapped
    if not case.prefix:
        problems.append(_no_prefix())
    plan = replace(without_blocked(draft, edges, problems), flags=_flags(draft, problems))
    texts = case.rules.ledger.texts
    plan = replace(plan, entries=tuple(fitted(entry, texts) for entry in plan.entries))
    if case.policy.fold_window and case.sealed(case.invoice_key) is None:
        return replace(plan, not_before=due_at + case.policy.settle)
    return plan


def _flags(draft: Draft, problems: Sequence[Problem]) -> tuple[Flag, ...]:
    """A credit of the customer's is no news while the books do not show it yet."""
    found = flags.flags(draft)
    return tuple(flag for flag in found if flag.code != "CUSTOMER_CREDIT" or not problems)


def _covered(draft: Draft) -> dict[int, tuple[Key, ...]]:
    """By refund record, the documents that credited some of it before it was made."""
    readings = (reading for reading, _ in draft.reckoning.credits)
    return {each.key.source_id: each.covered for each in readings if each.refund and each.covered}


def _as_the_books_compute(draft: Draft) -> tuple[Draft, list[Problem]]:
    """Every new document in the form whose tax the books will compute as ours (4.5)."""
    found: list[Document] = []
    problems: list[Problem] = []
    for document in draft.documents:
        if draft.case.sealed(document.key) is None:
            document, unwritable = choose(document, draft.case.rules.ledger)
            problems += unwritable
        found.append(document)
    return replace(draft, documents=tuple(found)), problems


def _explained_by_none(unwritable: list[Problem], unmapped: list[Problem]) -> list[Problem]:
    """Books compute no tax without a code: where one is missing, mapping it is all there is to do
    first."""
    explained = {key for problem in unmapped for key in problem.blocks}
    return [problem for problem in unwritable if not explained.issuperset(problem.blocks)]


def _no_prefix() -> Problem:
    return Problem(
        code="UNMAPPED_PREFIX",
        subject="prefix",
        message="No prefix for document numbers is set. Set one in the settings.",
    )
