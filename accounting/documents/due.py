"""Which orders have documents at all, and from which moment on (treatment 2.2 and rows 20-53)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from accounting.documents import sources
from accounting.documents.case import Case
from accounting.documents.changes import Charges
from accounting.documents.document import ZERO, Problem
from accounting.documents.readings import read_all
from accounting.documents.returns import returns
from accounting.documents.transactions import is_test, payments, real_money, succeeded
from accounting.facts import FAILED, Refund

BEFORE_CUT_OVER = "Ordered before the books were taken over on"  # and the day


def never(case: Case) -> str:
    """Why this order will never have documents; empty when it may."""
    order, policy = case.latest, case.policy
    charges = [t for t in case.facts.transactions if t.kind != "refund"]
    money = charges or case.facts.transactions  # a test payment alone can be returned as a test
    if order.test or (money and all(is_test(t) for t in money)):
        return "A test order: nothing is posted."
    if reason := sources.excluded_by(order, policy):
        return reason
    if case.is_earlier and not events_after_cut_over(case):
        return f"{BEFORE_CUT_OVER} {policy.cut_over}."
    if case.policy.zero_value == "skip" and _is_free(case):
        return "A free order: the policy is not to post these."
    return ""


def _is_free(case: Case) -> bool:
    """Neither when it was ordered nor now, and no money has moved: that is never left out."""
    totals = (case.order.total_price.shop, case.latest.total_price.shop)
    return not any(totals) and not succeeded(case.facts)


def earlier_order(case: Case) -> list[Problem]:
    """Row 53: money or a refund after the cut-over on an order from before it."""
    events = events_after_cut_over(case) if case.is_earlier else []
    if not events or case.policy.earlier_refunds == "credit":
        return []
    message = (
        "The order is older than the day the books were taken over, so its invoice is not here. "
        "Enter what happened since in the books yourself, or let such refunds be credited without "
        "an invoice in the settings."
    )
    terms = (("cut-over", str(case.policy.cut_over)), *((what, str(day)) for what, day in events))
    return [Problem(code="BEFORE_CUT_OVER", subject=case.order.name, message=message, terms=terms)]


def events_after_cut_over(case: Case) -> list[tuple[str, date]]:
    """Money and refunds of an earlier order that belong into the books kept here."""
    events = [(f"{t.kind} {t.id}", t.processed_at) for t in succeeded(case.facts)]
    events += [(f"refund {r.id}", refunded_at(r)) for r in case.facts.refunds]
    return [(what, case.local_date(at)) for what, at in events if is_after_cut_over(case, at)]


def is_after_cut_over(case: Case, at: datetime) -> bool:
    """R26: the cut-over day itself belongs to the books kept here."""
    cut_over = case.policy.cut_over
    return cut_over is None or case.local_date(at) >= cut_over


def refunded_at(refund: Refund) -> datetime:
    """The accounting time of a refund record (row 24)."""
    return refund.processed_at or refund.created_at


def cut(case: Case, charges: Charges) -> datetime | None:
    """Until when events change the invoice: the trigger and the fold window; None while the order
    has no invoice (treatment 2.2)."""
    instant = trigger(case, charges)
    return None if instant is None else instant + case.policy.fold_window


def trigger(case: Case, charges: Charges) -> datetime | None:
    """The instant from which the order has an invoice. A free order has one from the start,
    whatever comes later (R2)."""
    order = case.order
    if case.policy.trigger == "created" or not order.total_price.shop:
        return order.processed_at
    received = payments(case.facts, order, keep_change=case.keep_change)
    if not received:
        return None
    if case.policy.partial_payment == "post":
        return received[0][0].processed_at
    return next((at for at in _moments(case, charges) if _has_paid(case, charges, at)), None)


def _moments(case: Case, charges: Charges) -> list[datetime]:
    moments = [t.processed_at for t in real_money(case.facts)]
    moments += [refund.created_at for refund in case.facts.refunds]
    moments += [change.at for change in charges.changes]
    moments += [each.at for each in returns(case)]
    moments += [at for at in (case.facts.cancelled_at,) if at]
    return sorted(moments)


def _has_paid(case: Case, charges: Charges, at: datetime) -> bool:
    """R14: money that was successful, whatever became of it (R1), covers what the order asks for at
    that time."""
    received = payments(case.facts, case.order, keep_change=case.keep_change)
    money = sum((amount for t, amount in received if t.processed_at <= at), ZERO)
    cancelled_at = case.facts.cancelled_at
    if cancelled_at and cancelled_at <= at:
        return money > 0
    asked = sum((part.total for part in charges.at(at)), ZERO)
    return ZERO < money >= asked - _taken_back(case, charges, at)


def _taken_back(case: Case, charges: Charges, at: datetime) -> Decimal:
    """What records, returns and edits had taken off the order by then."""
    readings = read_all(case, charges, datetime.max.replace(tzinfo=UTC))
    found = (*readings.netted, *readings.others, *readings.pending)
    until = (reading for reading in found if reading.made_at <= at)
    return sum((reading.lines_total for reading in until), ZERO)


def paid_by(case: Case, at: datetime) -> Decimal:
    """Money received up to and including `at` that had not failed by then."""
    received = payments(case.facts, case.order, keep_change=case.keep_change)
    failed_at = case.facts.failed_at
    standing = (
        amount
        for t, amount in received
        if t.processed_at <= at and not (t.status in FAILED and failed_at[t.id] <= at)
    )
    return sum(standing, ZERO)
