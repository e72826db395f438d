"""Cancelled orders: before the invoice nothing unpaid is charged, after it the rest is credited.

What was paid and kept stays revenue (treatment rows 41-43, R5, R6).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from accounting.documents.adjustments import Reckoning
from accounting.documents.case import Case
from accounting.documents.components import Component
from accounting.documents.credit_notes import Writer
from accounting.documents.document import ZERO, Document, Key, Problem, Role
from accounting.documents.due import paid_by
from accounting.documents.money import share, spread
from accounting.documents.refunds import Credited
from accounting.facts import Line


def charged_after(
    case: Case,
    base: Sequence[Component],
    left: Sequence[Component],
    due_at: datetime,
    proof: Reckoning | None,
) -> tuple[list[Component], Decimal]:
    """R5: a cancellation before the invoice is due takes every unpaid charge off it, of a part-paid
    order from all components in proportion to what is `left` of them, not given back before.
    Returns what is left to invoice, and how much went.

    Where the invoice is in the books already its charges are credited instead. Whether anything
    was unpaid is told by `proof` where the order was reckoned in another currency.
    """
    cancelled_at = case.facts.cancelled_at
    charged = sum((part.total for part in base), ZERO)
    if cancelled_at is None or cancelled_at > due_at or _is_invoiced_in_full(case, charged):
        return list(base), ZERO
    paid = max(min(paid_by(case, cancelled_at), charged), ZERO)
    if proof:  # the same part as on the side that proves it
        paid = charged - share(
            charged, proof.dropped, proof.dropped + proof.invoiced, case.currency
        )
    if paid == charged:
        return list(base), ZERO
    if not paid:
        return [], charged
    open_totals = {part.key: max(part.total, ZERO) for part in left}
    weights = [open_totals.get(part.key, ZERO) for part in base]
    if sum(weights) < charged - paid:
        weights = [part.total for part in base]
    gone = spread(charged - paid, weights, case.currency)
    parts = [_kept(case, part, part.total - off) for part, off in zip(base, gone, strict=True)]
    return parts, charged - paid


def _is_invoiced_in_full(case: Case, charged: Decimal) -> bool:
    sealed = case.sealed(case.invoice_key)
    return sealed is not None and sealed.total == charged


def _kept(case: Case, part: Component, amount: Decimal) -> Component:
    """A component at the amount that was paid for it."""
    dropped = _share(case, part, part.total - amount)
    return part.less(quantity=0, net=dropped.net, taxes=dropped.taxes, discount=dropped.discount)


def _share(case: Case, part: Component, amount: Decimal) -> Credited:
    taxes = tuple(share(tax.amount, amount, part.total, case.currency) for tax in part.taxes)
    return Credited(
        component=part,
        quantity=part.quantity,
        net=amount - sum(taxes, ZERO),
        taxes=taxes,
        discount=share(part.discount, amount, part.total, case.currency),
        reason=f"{amount} of {part.total} not paid when the order was cancelled",
    )


def key_of(case: Case) -> Key:
    """The key of the credit for the unpaid rest of a cancelled order."""
    return Key(role=Role.CANCELLATION, source_id=case.order.id)


def credit_of_rest(
    case: Case, writer: Writer, left: Sequence[Component], amount: Decimal, at: datetime
) -> Document:
    """The credit of `amount`, the unpaid rest of a cancelled order, over all that is left (R6).

    Goods that were not sent go back into stock, others do not (R24).
    """
    key = key_of(case)
    amounts = spread(amount, [part.total for part in left], case.currency)
    parts = [
        piece
        for part, part_amount in zip(left, amounts, strict=True)
        for piece in _by_stock(case, _share(case, part, part_amount))
    ]
    lines = writer.credit_lines(key, parts)
    text = f"Cancellation of Shopify order {case.order.name}"
    return writer.credit(key, at=at, text=text, lines=lines)


def _by_stock(case: Case, part: Credited) -> list[Credited]:
    """Units that were sent stay away, the others come back."""
    line = part.component.line
    if part.component.role != "sales" or line is None:
        return [part]
    newest = next((each for each in case.latest.lines if each.id == line.id), line)
    sent = max(
        min(newest.fulfilled_quantity - _returned_units(case, part, newest), part.quantity), 0
    )
    kept_back = part.quantity - sent
    if not sent:
        return [replace(part, restock=True)]
    if not kept_back:
        return [part]
    total = share(part.total, kept_back, part.quantity, case.currency)
    taxes = tuple(share(t, kept_back, part.quantity, case.currency) for t in part.taxes)
    back = replace(
        part, quantity=kept_back, net=total - sum(taxes, ZERO), taxes=taxes, restock=True
    )
    rest = tuple(whole - taken for whole, taken in zip(part.taxes, taxes, strict=True))
    return [back, replace(part, quantity=sent, net=part.net - back.net, taxes=rest)]


def _returned_units(case: Case, part: Credited, newest: Line) -> int:
    """Units of the line that earlier credits have taken back from the customer, not off the shelf:
    what a record calls a cancellation never left."""
    never_sent = (
        line.quantity
        for refund in case.facts.refunds
        if case.written_off_at is not None and refund.created_at <= case.written_off_at
        for line in refund.lines
        if line.line_id == newest.id and line.restock_type == "cancel"
    )
    return max(newest.quantity - part.quantity - sum(never_sent), 0)


def waits(case: Case, amount: Decimal, unresolved: bool) -> list[Problem]:
    """G7: the cancellation's credit rests on the absence of a refund record."""
    at = case.facts.cancelled_at
    known = at is not None and case.was_read_since(at)
    if not amount or case.sealed(key_of(case)) or (known and not unresolved):
        return []
    message = (
        "The order was cancelled; a refund record for it may still arrive. Lejar credits the rest "
        "by itself once it has read the order anew from Shopify and found none."
    )
    return [case.incomplete("cancellation", message, blocks=(key_of(case),))]
