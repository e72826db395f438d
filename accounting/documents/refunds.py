"""Refund records: what one takes back, whose money it moved, and which ones count when.

`refund_shares` reads them, `adjustments` decides what their adjustments mean, `credit_notes` writes
the documents.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from accounting.documents.case import Case
from accounting.documents.components import Component
from accounting.documents.document import ZERO, Key, Problem, Role
from accounting.facts import Adjustment, Refund


@dataclass(frozen=True, slots=True, kw_only=True)
class Credited:
    """A part of a component that is given back. `discount` belongs to a line of its own."""

    component: Component
    quantity: int
    net: Decimal
    tax: Decimal
    discount: Decimal = ZERO
    restock: bool = False

    @property
    def total(self) -> Decimal:
        return self.net + self.tax

    def taken_off(self, left: Component) -> Component:
        """What remains of the component. Only goods have units: shipping is given back by amount,
        also in several parts."""
        units = self.quantity if self.component.line else 0
        return left.less(quantity=units, net=self.net, tax=self.tax, discount=self.discount)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A refund record in terms of the invoice. `discrepancy` is calculated minus returned."""

    refund: Refund
    credited: tuple[Credited, ...] = ()
    discrepancy: Decimal = ZERO
    discrepancy_tax: Decimal = ZERO
    problems: tuple[Problem, ...] = ()

    @property
    def key(self) -> Key:
        return Key(role=Role.CREDIT, source_id=self.refund.id)

    @property
    def credited_total(self) -> Decimal:
        return sum((part.total for part in self.credited), ZERO)

    @property
    def discrepancy_id(self) -> int:
        return next((row.id for row in discrepancies(self.refund)), 0)

    @property
    def kept_back(self) -> Decimal:
        """Money kept (positive) or given beyond the lines (negative)."""
        return self.discrepancy + self.discrepancy_tax


def discrepancies(refund: Refund) -> list[Adjustment]:
    """The rows that may mean money; shipping_refund rows repeat a refunded shipping line (R20)."""
    return [row for row in refund.adjustments if row.kind != "shipping_refund"]


def refund_keys(case: Case, refund: Refund) -> tuple[Key, ...]:
    """The credit note of a refund record and the refunds of its money."""
    money = (Key(role=Role.REFUND, source_id=t.id) for t in case.money_of(refund))
    return (Key(role=Role.CREDIT, source_id=refund.id), *money)


def is_netted(refund: Refund, case: Case, due_at: datetime) -> bool:
    """A record without any money made before the invoice was due lowers the invoice (2.2)."""
    return bool(
        (refund.lines or refund.shipping)
        and not refund.transaction_ids
        and not case.money_of(refund)
        and refund.created_at <= due_at
    )


def is_empty(refund: Refund, case: Case) -> bool:
    """Row 34: nothing taken back, nothing adjusted, no money."""
    has_amounts = refund.duties.shop or refund.additional_fees.shop
    parts = refund.lines or refund.shipping or refund.adjustments or has_amounts
    return not parts and not case.money_of(refund)


def _is_open(refund: Refund, case: Case) -> bool:
    """A discrepancy that has not been decided by a sealed credit note."""
    sealed = case.sealed(Key(role=Role.CREDIT, source_id=refund.id))
    return bool(discrepancies(refund)) and sealed is None


def pending_problems(case: Case) -> list[Problem]:
    """Row 30, G6: a pending refund waits, and with it every refund that has a discrepancy."""
    pending = [refund for refund in case.facts.refunds if case.is_pending(refund)]
    if not pending:
        return []
    waiting = [r for r in case.facts.refunds if r in pending or _is_open(r, case)]
    keys = {key for refund in waiting for key in refund_keys(case, refund)}
    return [
        Problem(
            code="REFUND_PENDING",
            subject=f"refund {refund.id}",
            message="The money of this refund is still on its way back. It is posted by itself "
            "when Shopify says that it arrived or failed.",
            terms=tuple(
                (f"transaction {t.id}", f"{t.amount} {t.currency} {t.status}")
                for t in case.money_of(refund)
            ),
            blocks=tuple(sorted(keys)),
            may_pass=not case.settled,
        )
        for refund in pending
    ]
