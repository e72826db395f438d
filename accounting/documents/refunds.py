"""What a refund record takes back, component by component, read with care (treatment 4.4).

Shopify rounds each refunded line on its own, and states line amounts with or without tax. A
reading is accepted only where it fits the share of the original; otherwise it is a problem.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from accounting.documents.case import Case
from accounting.documents.components import Component, ComponentKey
from accounting.documents.document import ZERO, Key, Problem, Role
from accounting.documents.money import exact, from_minor, share
from accounting.facts import Adjustment, Refund, RefundLine, RefundShipping

RESTOCKED = frozenset({"return", "cancel", "legacy_restock"})


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


@dataclass(slots=True)
class Ledger:
    """What is left of every component while records are read in the order they were made."""

    case: Case
    components: dict[ComponentKey, Component]
    left: dict[ComponentKey, Component] = field(default_factory=dict)
    times: dict[ComponentKey, int] = field(default_factory=dict)

    @classmethod
    def of(cls, case: Case, components: Iterable[Component]) -> Ledger:
        by_key = {component.key: component for component in components}
        return cls(case=case, components=by_key, left=dict(by_key))

    def read(self, refund: Refund) -> Reading:
        """The record as credits, taking them off what is left."""
        found = [self._line(refund, line) for line in refund.lines]
        found += [self._shipping(refund, line) for line in refund.shipping]
        credited = tuple(part for part in found if isinstance(part, Credited))
        problems = [problem for problem in found if isinstance(problem, Problem)]
        problems += self._unsupported(refund)
        if not problems:
            for part in credited:
                self._take(part)
        rows = discrepancies(refund)
        return Reading(
            refund=refund,
            credited=credited,
            discrepancy=self._exact(sum((row.amount.shop for row in rows), ZERO)),
            discrepancy_tax=self._exact(sum((row.tax.shop for row in rows), ZERO)),
            problems=tuple(problems),
        )

    def _take(self, part: Credited) -> None:
        key = part.component.key
        self.times[key] = self.times.get(key, 0) + 1
        self.left[key] = self.left[key].less(
            quantity=part.quantity, net=part.net, tax=part.tax, discount=part.discount
        )

    def _line(self, refund: Refund, line: RefundLine) -> Credited | Problem:
        component = next(
            (c for c in self.components.values() if c.line and c.line.id == line.line_id), None
        )
        if component is None:
            return self._hold(refund, f"Line {line.line_id} is refunded but was never invoiced.")
        tax, stated = self._exact(line.tax.shop), self._exact(line.subtotal.shop)
        total = self._fitting(component, line, stated, tax)
        if total is None:
            return self._misfit(refund, component, line, stated, tax)
        gross = share(
            component.net + component.discount,
            line.quantity,
            component.quantity,
            self.case.currency,
        )
        return Credited(
            component=component,
            quantity=line.quantity,
            net=total - tax,
            tax=tax,
            discount=gross - (total - tax) if component.discount else ZERO,
            restock=line.restock_type in RESTOCKED,
        )

    def _fitting(
        self, component: Component, line: RefundLine, stated: Decimal, tax: Decimal
    ) -> Decimal | None:
        """The total of the refunded line, from the reading that fits its share."""
        readings = [stated, stated + tax]
        if not self.case.order.taxes_included:
            readings.reverse()
        expected = self._expected(component, line.quantity)
        unit = from_minor(1, self.case.currency)
        tolerance = unit * (1 + self.times.get(component.key, 0))
        left = self.left[component.key]
        for total in readings:
            takes_the_rest = line.quantity == left.quantity and total == left.total
            if takes_the_rest or abs(total - expected) <= tolerance:
                return total
        return None

    def _expected(self, component: Component, quantity: int) -> Decimal:
        return share(component.total, quantity, component.quantity, self.case.currency)

    def _misfit(
        self,
        refund: Refund,
        component: Component,
        line: RefundLine,
        stated: Decimal,
        tax: Decimal,
    ) -> Problem:
        return self._hold(
            refund,
            f"The refund of “{component.title}” is not its share of the sale.",
            ("refunded units", f"{line.quantity} of {component.quantity}"),
            ("line total invoiced", str(component.total)),
            ("share of it", str(self._expected(component, line.quantity))),
            ("refund subtotal", str(stated)),
            ("refund tax", str(tax)),
        )

    def _shipping(self, refund: Refund, line: RefundShipping) -> Credited | Problem:
        shipping = [c for c in self.components.values() if c.role == "shipping"]
        if line.shipping_line_id is not None:
            shipping = [c for c in shipping if c.source_id == line.shipping_line_id]
        if len(shipping) != 1:
            return self._hold(refund, "The refunded shipping line was not invoiced.")
        stated, tax = self._exact(line.subtotal.shop), self._shipping_tax(refund, line, shipping[0])
        if tax is None:
            return self._hold(
                refund,
                "Shipping with tax was refunded, and nothing says how much of it is tax.",
                ("shipping invoiced", str(shipping[0].total)),
                ("tax on it", str(shipping[0].tax)),
                ("shipping refunded", str(stated)),
            )
        net = stated - tax if self.case.order.taxes_included else stated
        return Credited(component=shipping[0], quantity=1, net=net, tax=tax)

    def _shipping_tax(
        self, refund: Refund, line: RefundShipping, component: Component
    ) -> Decimal | None:
        """The refund says it, or the shipping_refund row does when there is only one (R20)."""
        if line.tax is not None:
            return self._exact(line.tax.shop)
        if not component.tax:
            return self._exact(ZERO)
        rows = [row for row in refund.adjustments if row.kind == "shipping_refund"]
        if len(rows) != 1 or len(refund.shipping) != 1:
            return None
        net, tax = -rows[0].amount.shop, -rows[0].tax.shop
        return self._exact(tax) if line.subtotal.shop in (net, net + tax) else None

    def _unsupported(self, refund: Refund) -> list[Problem]:
        amounts = {
            "duties": refund.duties.shop,
            "additional fees": refund.additional_fees.shop,
        }
        return [
            Problem(
                code="NOT_SUPPORTED",
                subject=f"refund of {what}",
                message=f"Refund {refund.id} returns {what}; Lejar cannot post that yet.",
                terms=((what, str(amount)),),
                blocks=self._blocks(refund),
            )
            for what, amount in amounts.items()
            if amount
        ]

    def _hold(self, refund: Refund, message: str, *terms: tuple[str, str]) -> Problem:
        return self.case.incomplete(
            f"refund {refund.id}", message, *terms, blocks=self._blocks(refund)
        )

    def _blocks(self, refund: Refund) -> tuple[Key, ...]:
        return refund_keys(self.case, refund)

    def _exact(self, amount: Decimal) -> Decimal:
        return exact(amount, self.case.currency)


def discrepancies(refund: Refund) -> list[Adjustment]:
    """The rows that may mean money; shipping_refund rows repeat a refunded shipping line (R20)."""
    return [row for row in refund.adjustments if row.kind != "shipping_refund"]


def refund_keys(case: Case, refund: Refund) -> tuple[Key, ...]:
    """The credit note of a refund record and the refunds of its money."""
    money = (Key(role=Role.REFUND, source_id=t.id) for t in case.money_of(refund))
    return (Key(role=Role.CREDIT, source_id=refund.id), *money)
