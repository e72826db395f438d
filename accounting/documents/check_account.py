"""Does the money agree, and does the customer's account? (treatment I4, I5, I6, I14, row 43)"""

from __future__ import annotations

from decimal import Decimal

from accounting.documents.allocations import balance_of
from accounting.documents.case import Case
from accounting.documents.document import ZERO, Key, Kind, Problem, Role
from accounting.documents.draft import MONEY, Draft, difference
from accounting.documents.due import is_after_cut_over
from accounting.documents.rounding import rounding_of
from accounting.documents.transactions import bounced, paid_back, payments
from accounting.facts import Transaction


def money_is_posted_once(draft: Draft) -> list[Problem]:
    """I4: per gateway, payments less refunds are the transactions."""
    expected, posted = _transactions_by_gateway(draft.case), _documents_by_gateway(draft)
    return [
        Problem(
            code="I4",
            subject=gateway,
            message="Payments and refunds do not add up to the transactions of this gateway. "
            "Compare them with the order in Shopify, and enter in the books yourself what is "
            "missing.",
            terms=(
                ("transactions", str(expected.get(gateway, ZERO))),
                ("documents", str(posted.get(gateway, ZERO))),
            ),
            blocks=tuple(d.key for d in draft.of(*MONEY) if d.gateway == gateway),
        )
        for gateway in sorted({*expected, *posted})
        if expected.get(gateway, ZERO) != posted.get(gateway, ZERO)
    ]


def _transactions_by_gateway(case: Case) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    received = payments(case.facts, case.order, keep_change=case.keep_change)
    failed = bounced(case.facts, case.order, keep_change=case.keep_change)
    returned = [
        (t, amount) for t, amount in paid_back(case.facts, case.order) if not _is_pending(case, t)
    ]
    for sign, rows in ((1, received), (-1, failed), (-1, returned)):
        for t, amount in rows:
            if case.is_earlier and not is_after_cut_over(case, t.processed_at):
                continue
            moved = amount + rounding_of(case, t, amount)
            sums[t.gateway] = sums.get(t.gateway, ZERO) + sign * moved
    return sums


def _documents_by_gateway(draft: Draft) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for document in draft.of(*MONEY):
        amount = document.total if document.kind is Kind.PAYMENT else -document.total
        sums[document.gateway] = sums.get(document.gateway, ZERO) + amount
    return sums


def receivable_is_outstanding(draft: Draft) -> list[Problem]:
    """I5: what the customer owes in the books is what Shopify says is outstanding."""
    reckoning, latest = draft.reckoning, draft.case.latest
    if draft.unresolved or reckoning.agrees_with(latest.total_outstanding):
        return []
    terms = (
        ("invoiced", draft.shown(reckoning.invoiced)),
        ("paid", draft.shown(reckoning.paid)),
        ("credited", draft.shown(reckoning.credited)),
        ("returned", draft.shown(reckoning.returned)),
        *((("rounding", draft.shown(reckoning.differences)),) if reckoning.differences else ()),
        (
            "written off by the cancellation",
            draft.shown(reckoning.cancelled + reckoning.dropped),
        ),
        ("owed in the books", draft.shown(reckoning.receivable)),
        ("outstanding in Shopify", str(latest.total_outstanding)),
        difference(reckoning.receivable, latest.total_outstanding),
    )
    message = (
        "With these documents the customer would not owe what Shopify says is outstanding. Compare "
        "the figures with the order in Shopify, and enter the order in the books yourself if they "
        "are right there."
    )
    return [
        Problem(
            code="I5",
            subject=draft.case.order.name,
            message=message,
            terms=terms,
            may_pass=not draft.case.settled,
            refetch=True,
        )
    ]


def documents_are_their_receivable(draft: Draft) -> list[Problem]:
    """I5, I14: debits less credits of the documents are the reckoning they were made from."""
    posted = balance_of(draft.documents)
    if draft.unresolved or posted == draft.reckoning.receivable:
        return []
    terms = (("documents", str(posted)), ("reckoned", str(draft.reckoning.receivable)))
    message = (
        "The documents do not come to what was reckoned. Compare the figures with the order in "
        "Shopify, and enter the order in the books yourself."
    )
    return [Problem(code="I14", subject=draft.case.order.name, message=message, terms=terms)]


def refunds_are_explained(draft: Draft) -> list[Problem]:
    """I6: no negative credit, and money goes back only for a credit or an overpayment."""
    found = [
        Problem(
            code="I6",
            subject=note.number,
            message="The credit note would be negative: more is kept back than was refunded. "
            "Check the refund in Shopify, and enter it in the books yourself.",
            terms=(("total", str(note.total)),),
            blocks=(note.key,),
        )
        for note in draft.of(Kind.CREDIT_NOTE)
        if note.total < 0
    ]
    reckoning, returned = draft.reckoning, _returned(draft.case)
    overpaid = _most_overpaid(draft)
    before = sum((reading.lines_total for reading in draft.readings.netted), ZERO)
    credited = reckoning.credited + reckoning.cancelled + reckoning.dropped + before
    covered = credited + overpaid
    if draft.unresolved or returned <= covered:
        return found
    terms = (
        ("returned", draft.shown(returned)),
        ("credited", draft.shown(credited)),
        ("overpaid", draft.shown(overpaid)),
        difference(returned, covered),
    )
    blocks = tuple(d.key for d in draft.new if d.key.role in (Role.CREDIT, Role.REFUND, Role.FEE))
    message = (
        "More money went back than the refund records and the cancellation credit. Check in "
        "Shopify what the difference was given for, and enter it in the books yourself."
    )
    return [
        *found,
        Problem(code="I6", subject="refunds", message=message, terms=terms, blocks=blocks),
    ]


def _returned(case: Case) -> Decimal:
    """Money that went back, without what coins rounded."""
    rows = paid_back(case.facts, case.order)
    done = ((t, amount) for t, amount in rows if not _is_pending(case, t))
    return sum((amount for _, amount in done), ZERO)


def _is_pending(case: Case, transaction: Transaction) -> bool:
    record = case.refund_of(transaction)
    return record is not None and case.is_pending(record)


def _most_overpaid(draft: Draft) -> Decimal:
    """The most by which money ever exceeded what the order charged then."""
    case = draft.case
    received = payments(case.facts, case.order, keep_change=case.keep_change)
    failed = bounced(case.facts, case.order, keep_change=case.keep_change)
    moves = [(t.processed_at, amount) for t, amount in received]
    moves += [(case.facts.failed_at[t.id], ZERO - amount) for t, amount in failed]
    moves += [(change.at, ZERO) for change in draft.history.changes]
    most, paid = ZERO, ZERO
    for at, amount in sorted(moves):
        paid += amount
        charged = sum((part.total for part in draft.history.at(at)), ZERO)
        most = max(most, paid - charged)
    return most


def cancelled_money_is_decided(draft: Draft) -> list[Problem]:
    """Row 43: the policy may be to hold a cancellation whose money was not returned."""
    wants_hold = draft.case.policy.unrefunded_cancellation == "hold"
    if not (wants_hold and draft.case.facts.cancelled_at and draft.reckoning.receivable < 0):
        return []
    keys: tuple[Key, ...] = tuple(d.key for d in draft.new if d.kind is Kind.CREDIT_NOTE)
    if not keys:
        return []
    terms = (("credit of the customer", str(-draft.reckoning.receivable)),)
    message = (
        "The order was cancelled and its money not returned. Return it in Shopify, or let such "
        "money stand as the customer's credit in the settings."
    )
    return [
        Problem(
            code="UNREFUNDED_CANCELLATION",
            subject=draft.case.order.name,
            message=message,
            terms=terms,
            blocks=keys,
        )
    ]
