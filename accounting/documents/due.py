"""Which orders have documents at all, and from which moment on (treatment 2.2 and rows 20-53)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from accounting.documents.case import Case
from accounting.documents.document import ZERO, Problem
from accounting.documents.transactions import is_test, payments, real_money, succeeded
from accounting.facts import Order, Refund, RefundLine, RefundShipping


def never(case: Case) -> str:
    """Why this order will never have documents; empty when it may."""
    order, policy = case.latest, case.policy
    charges = [t for t in case.facts.transactions if t.kind != "refund"]
    money = charges or case.facts.transactions  # a test payment alone can be returned as a test
    if order.test or (money and all(is_test(t) for t in money)):
        return "A test order: nothing is posted."
    source = order.source_name.casefold()
    if any(pattern.casefold() in source for pattern in policy.excluded_sources if pattern):
        return f"Sold through {order.source_name}, which is excluded."
    if _is_before_cut_over(case) and not _events_after_cut_over(case):
        return f"Ordered before the books were taken over on {policy.cut_over}."
    if case.policy.zero_value == "skip" and _is_free(case):
        return "A free order: the policy is not to post these."
    return ""


def _is_free(case: Case) -> bool:
    """Neither when it was ordered nor now, and no money has moved: that is never left out."""
    totals = (case.order.total_price.shop, case.latest.total_price.shop)
    return not any(totals) and not succeeded(case.facts)


def earlier_order(case: Case) -> list[Problem]:
    """Row 53: money or a refund after the cut-over on an order from before it."""
    events = _events_after_cut_over(case) if _is_before_cut_over(case) else []
    if not events:
        return []
    message = (
        "The order is older than the day the books were taken over, so its invoice is not here. "
        "Enter what happened since in the books yourself."
    )
    terms = (("cut-over", str(case.policy.cut_over)), *((what, str(day)) for what, day in events))
    return [Problem(code="BEFORE_CUT_OVER", subject=case.order.name, message=message, terms=terms)]


def _is_before_cut_over(case: Case) -> bool:
    cut_over = case.policy.cut_over
    return cut_over is not None and case.local_date(case.order.processed_at) < cut_over


def _events_after_cut_over(case: Case) -> list[tuple[str, date]]:
    events = [(f"{t.kind} {t.id}", t.processed_at) for t in succeeded(case.facts)]
    events += [(f"refund {r.id}", refunded_at(r)) for r in case.facts.refunds]
    cut_over = case.policy.cut_over
    days = [(what, case.local_date(at)) for what, at in events]
    return [(what, day) for what, day in days if cut_over and day >= cut_over]


def refunded_at(refund: Refund) -> datetime:
    """The accounting time of a refund record (row 24)."""
    return refund.processed_at or refund.created_at


def trigger(case: Case) -> datetime | None:
    """The instant from which the order has an invoice; None while it has not."""
    order = case.order
    if case.policy.trigger == "created" or not order.total_price.shop:
        return order.processed_at
    received = payments(case.facts, order, keep_change=case.keep_change)
    if not received:
        return None
    if case.policy.partial_payment == "post":
        return received[0][0].processed_at
    return next((at for at in _moments(case) if _has_paid(case, at)), None)


def _moments(case: Case) -> list[datetime]:
    moments = [t.processed_at for t in real_money(case.facts)]
    moments += [refund.created_at for refund in case.facts.refunds]
    moments += [at for at in (case.facts.cancelled_at,) if at]
    return sorted(moments)


def _has_paid(case: Case, at: datetime) -> bool:
    """R14: successful money covers what the order asks for at that time."""
    received = payments(case.facts, case.order, keep_change=case.keep_change)
    money = sum((amount for t, amount in received if t.processed_at <= at), ZERO)
    cancelled_at = case.facts.cancelled_at
    if cancelled_at and cancelled_at <= at:
        return money > 0
    credited = sum(
        (_credited(case.order, r) for r in case.facts.refunds if r.created_at <= at), ZERO
    )
    return ZERO < money >= case.order.total_price.shop - credited


def _credited(order: Order, refund: Refund) -> Decimal:
    stated: list[RefundLine | RefundShipping] = [*refund.lines, *refund.shipping]
    taxes = [line.tax.shop for line in stated if line.tax and not order.taxes_included]
    return sum((line.subtotal.shop for line in stated), ZERO) + sum(taxes, ZERO)


def paid_by(case: Case, at: datetime) -> Decimal:
    """Money received up to and including `at`, in the shop's currency."""
    received = payments(case.facts, case.order, keep_change=case.keep_change)
    return sum((amount for t, amount in received if t.processed_at <= at), ZERO)
