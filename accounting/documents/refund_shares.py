"""Reads each refunded line against its share of the sale (treatment 4.4, R12, R20).

Shopify rounds each refunded line on its own, and states amounts with or without tax. A reading is
accepted only where both its total and its tax fit the share of the original, and never beyond what
earlier refunds left; otherwise it is a problem that names the figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from accounting.documents.case import Case
from accounting.documents.components import Component, ComponentKey
from accounting.documents.document import ZERO, Key, Problem
from accounting.documents.money import exact, from_minor, share
from accounting.documents.refunds import (
    Credited,
    Reading,
    discrepancies,
    is_empty,
    is_netted,
    refund_keys,
)
from accounting.facts import Refund, RefundLine, RefundShipping

RESTOCKED = frozenset({"return", "cancel", "legacy_restock"})


def read_all(
    case: Case, parts: Sequence[Component], due_at: datetime
) -> tuple[list[Reading], list[Reading], Remaining]:
    """Every record that can be read now: those netted into the invoice, and the others."""
    remaining = Remaining.of(case, parts)
    netted: list[Reading] = []
    others: list[Reading] = []
    for refund in sorted(case.facts.refunds, key=lambda r: (r.created_at, r.id)):
        if is_empty(refund, case) or case.is_pending(refund):
            continue
        (netted if is_netted(refund, case, due_at) else others).append(remaining.read(refund))
    return netted, others, remaining


@dataclass(slots=True)
class Remaining:
    """What is left of every component while records are read in the order they were made."""

    case: Case
    components: dict[ComponentKey, Component]
    left: dict[ComponentKey, Component] = field(default_factory=dict)
    times: dict[ComponentKey, int] = field(default_factory=dict)

    @classmethod
    def of(cls, case: Case, components: Iterable[Component]) -> Remaining:
        by_key = {component.key: component for component in components}
        return cls(case=case, components=by_key, left=dict(by_key))

    def read(self, refund: Refund) -> Reading:
        """The record as credits, taking them off what is left."""
        found = [self._line(refund, line) for line in refund.lines if _says_something(line)]
        found += [self._shipping(refund, line) for line in refund.shipping]
        credited = tuple(part for part in found if isinstance(part, Credited))
        problems = [problem for problem in found if isinstance(problem, Problem)]
        problems += self._unsupported(refund)
        if not problems:
            problems = self._take(refund, credited)
        rows = discrepancies(refund)
        return Reading(
            refund=refund,
            credited=credited,
            discrepancy=self._exact(sum((row.amount.shop for row in rows), ZERO)),
            discrepancy_tax=self._exact(sum((row.tax.shop for row in rows), ZERO)),
            problems=tuple(problems),
        )

    def _take(self, refund: Refund, credited: Iterable[Credited]) -> list[Problem]:
        """Take all of it off what is left, or nothing when it is more than that (I7)."""
        left, problems = dict(self.left), []
        for part in credited:
            key = part.component.key
            if self._is_beyond(part, left[key]):
                problems.append(self._beyond(refund, part, left[key]))
            left[key] = part.taken_off(left[key])
        if not problems:
            self.left = left
            for part in credited:
                key = part.component.key
                self.times[key] = self.times.get(key, 0) + 1
        return problems

    def _is_beyond(self, part: Credited, left: Component) -> bool:
        """R12: a component may be credited one minor unit beyond what is left of it."""
        unit = from_minor(1, self.case.currency)
        after = part.taken_off(left)
        return after.quantity < 0 or after.net < -unit or after.tax < -unit

    def _beyond(self, refund: Refund, part: Credited, left: Component) -> Problem:
        return Problem(
            code="I7",
            subject=f"refund {refund.id}",
            message=f"Refund {refund.id} returns more of “{left.title}” than was sold and not yet "
            "refunded. Check in Shopify what was refunded, and enter the difference in the books "
            "yourself.",
            terms=(
                ("units refunded", str(part.quantity)),
                ("units left", str(left.quantity)),
                ("net refunded", str(part.net)),
                ("net left", str(left.net)),
                ("tax refunded", str(part.tax)),
                ("tax left", str(left.tax)),
            ),
            blocks=self._blocks(refund),
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
        """The total of the refunded line, from the reading that fits its share; its tax must be
        the share of the tax as well."""
        readings = [stated, stated + tax]
        if not self.case.order.taxes_included:
            readings.reverse()
        total_share, tax_share = self._expected(component, line.quantity)
        tolerance = self._tolerance(component)
        left = self.left[component.key]
        for total in readings:
            rest = (line.quantity, total, tax) == (left.quantity, left.total, left.tax)
            misses = max(abs(total - total_share), abs(tax - tax_share))
            if rest or misses <= tolerance:
                return total
        return None

    def _tolerance(self, component: Component) -> Decimal:
        """R12: one minor unit, and one more for each earlier refund of the component."""
        return from_minor(1 + self.times.get(component.key, 0), self.case.currency)

    def _expected(self, component: Component, quantity: int) -> tuple[Decimal, Decimal]:
        """The share of the total and of the tax of so many units."""
        whole, currency = component.quantity, self.case.currency
        return (
            share(component.total, quantity, whole, currency),
            share(component.tax, quantity, whole, currency),
        )

    def _misfit(
        self,
        refund: Refund,
        component: Component,
        line: RefundLine,
        stated: Decimal,
        tax: Decimal,
    ) -> Problem:
        total_share, tax_share = self._expected(component, line.quantity)
        return self._hold(
            refund,
            f"The refund of “{component.title}” is not its share of the sale. Check the refund in "
            "Shopify, and enter it in the books yourself if it is right.",
            ("refunded units", f"{line.quantity} of {component.quantity}"),
            ("line total invoiced", str(component.total)),
            ("share of it", str(total_share)),
            ("share of the tax", str(tax_share)),
            ("refund subtotal", str(stated)),
            ("refund tax", str(tax)),
        )

    def _shipping(self, refund: Refund, line: RefundShipping) -> Credited | Problem:
        shipping = [c for c in self.components.values() if c.role == "shipping"]
        if line.shipping_line_id is not None:
            shipping = [c for c in shipping if c.source_id == line.shipping_line_id]
        stated = self._exact(line.subtotal.shop)
        if len(shipping) != 1:
            return self._which_shipping(refund, stated, shipping)
        tax = self._shipping_tax(refund, line, shipping[0])
        total = None if tax is None else self._shipping_total(stated, tax, shipping[0])
        if tax is None or total is None:
            return self._shipping_misfit(refund, stated, tax, shipping[0])
        return Credited(component=shipping[0], quantity=1, net=total - tax, tax=tax)

    def _which_shipping(
        self, refund: Refund, stated: Decimal, shipping: Sequence[Component]
    ) -> Problem:
        lines = tuple((part.title, str(part.total)) for part in shipping)
        message = "The shipping that was refunded is not on the invoice."
        if shipping:
            message = "Shopify does not say which of the shipping charges was refunded."
        return self._hold(refund, message, ("shipping refunded", str(stated)), *lines)

    def _shipping_total(
        self, stated: Decimal, tax: Decimal, component: Component
    ) -> Decimal | None:
        """With or without its tax: what is left of the shipping, else whichever makes `tax` the
        share of its tax; where rounding allows both, as the order's prices are stated."""
        readings = [stated, stated + tax]
        if not self.case.order.taxes_included:
            readings.reverse()

        def miss(total: Decimal) -> Decimal:
            if (total, tax) == (left.total, left.tax):
                return -self._tolerance(component)
            return abs(share(component.tax, total, component.total, self.case.currency) - tax)

        left = self.left[component.key]
        best = min(readings, key=miss)
        return best if miss(best) <= self._tolerance(component) else None

    def _shipping_misfit(
        self, refund: Refund, stated: Decimal, tax: Decimal | None, component: Component
    ) -> Problem:
        message = "Shipping with tax was refunded, and nothing says how much of it is tax."
        if tax is not None:
            message = "The tax of the refunded shipping is not its share of the tax charged on it."
        return self._hold(
            refund,
            f"{message} Check the refund in Shopify, and enter it in the books yourself.",
            ("shipping invoiced", str(component.total)),
            ("tax on it", str(component.tax)),
            ("shipping refunded", str(stated)),
            ("tax refunded", "not said" if tax is None else str(tax)),
        )

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


def _says_something(line: RefundLine) -> bool:
    """A row of no units and no money takes nothing back."""
    return bool(line.quantity or line.subtotal.shop or line.tax.shop)
