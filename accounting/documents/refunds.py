"""What takes charges back: refund records, returns and edits, each as a reading of what it credits.

`refund_shares` reads them, `adjustments` decides what a record's adjustments mean, `credit_notes`
writes the documents.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from accounting.documents.case import Case
from accounting.documents.components import Component
from accounting.documents.document import ZERO, Key, Problem, Role
from accounting.documents.money import share
from accounting.facts import Adjustment, Refund


@dataclass(frozen=True, slots=True, kw_only=True)
class Credited:
    """A part of a component that is given back. `taxes` are amounts of the component's taxes, one
    by one; `discount` belongs to a line of its own. What is credited `by_amount` takes no units
    back: shipping, a lowered price, what is left of units that were credited before."""

    component: Component
    quantity: int
    net: Decimal
    taxes: tuple[Decimal, ...] = ()
    discount: Decimal = ZERO
    restock: bool = False
    by_amount: bool = False
    reason: str = ""

    @property
    def tax(self) -> Decimal:
        return sum(self.taxes, ZERO)

    @property
    def total(self) -> Decimal:
        return self.net + self.tax

    @property
    def units(self) -> int:
        """Only goods have units: shipping is given back by amount, also in several parts."""
        return self.quantity if self.component.line and not self.by_amount else 0

    def taken_off(self, left: Component) -> Component:
        """What remains of the component."""
        return left.less(
            quantity=self.units, net=self.net, taxes=self.taxes, discount=self.discount
        )

    def scaled(self, amount: Decimal, currency: str, *, by_amount: bool) -> Credited:
        """The same part for another total; by amount, or with its units."""
        taxes = tuple(share(tax, amount, self.total, currency) for tax in self.taxes)
        discount = share(self.discount, amount, self.total, currency)
        net = amount - sum(taxes, ZERO)
        by_amount = by_amount or self.by_amount
        return replace(self, net=net, taxes=taxes, discount=discount, by_amount=by_amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A refund record, return or edit in terms of the invoice.

    `discrepancy` is calculated minus returned, `excess` what a record takes back beyond what was
    invoiced (row 29), `fee` what the shop keeps of a return (R25). `covered` are the earlier
    documents that have credited a part of the record already.
    """

    key: Key
    at: datetime  # of the document
    made_at: datetime  # of the event: what came before and after it
    refund: Refund | None = None
    credited: tuple[Credited, ...] = ()
    excess: tuple[Credited, ...] = ()
    fee: Decimal = ZERO
    discrepancy: Decimal = ZERO
    discrepancy_tax: Decimal = ZERO
    covered: tuple[Key, ...] = ()
    problems: tuple[Problem, ...] = ()
    text: str = ""

    @property
    def lines_total(self) -> Decimal:
        """What comes off the invoice."""
        return sum((part.total for part in self.credited), ZERO)

    @property
    def credited_total(self) -> Decimal:
        excess = sum((part.total for part in self.excess), ZERO)
        return self.lines_total + excess - self.fee

    @property
    def discrepancy_id(self) -> int:
        return next((row.id for row in discrepancies(self.refund)), 0) if self.refund else 0

    @property
    def kept_back(self) -> Decimal:
        """Money kept (positive) or given beyond the lines (negative)."""
        return self.discrepancy + self.discrepancy_tax


def discrepancies(refund: Refund) -> list[Adjustment]:
    """The rows that may mean money; shipping_refund rows repeat a refunded shipping line (R20)."""
    return [row for row in refund.adjustments if row.kind != "shipping_refund"]


def refund_keys(case: Case, refund: Refund) -> tuple[Key, ...]:
    """The documents of a refund record: its credit note, and the refunds of its money."""
    money = (Key(role=Role.REFUND, source_id=t.id) for t in case.money_of(refund))
    return (Key(role=Role.CREDIT, source_id=refund.id), *money)


def is_netted(refund: Refund, case: Case, due_at: datetime) -> bool:
    """A record without any money made before the invoice was due lowers the invoice (2.2); one with
    an adjustment has to be judged with the others."""
    takes_back = (
        refund.lines or refund.shipping or refund.duties.shop or refund.additional_fees.shop
    )
    return bool(
        takes_back
        and not refund.transaction_ids
        and not case.money_of(refund)
        and not discrepancies(refund)
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
