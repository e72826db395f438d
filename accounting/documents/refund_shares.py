"""Reads refund records against what was sold and is left (treatment 4.4, R12, R20).

Shopify rounds each refunded line on its own, and states amounts with or without tax. A reading is
accepted only where both its total and its tax fit the share of the original, and never beyond what
earlier credits left; otherwise it is a problem that names the figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from accounting.documents.case import Case
from accounting.documents.components import Component
from accounting.documents.document import ZERO, Key, Problem, Role
from accounting.documents.money import share
from accounting.documents.refunds import Credited, Reading, discrepancies, refund_keys
from accounting.documents.remaining import Remaining
from accounting.documents.returns import fees_of
from accounting.facts import Refund, RefundLine, RefundShipping

RESTOCKED = frozenset({"return", "cancel", "legacy_restock"})
BEYOND = "more than is left"
CHECK = "Check the refund in Shopify, and enter it in the books yourself."


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One refund record, and what is left at the time it was made."""

    remaining: Remaining
    refund: Refund

    @property
    def case(self) -> Case:
        return self.remaining.case

    def read(self) -> Reading:
        """The record as credits, taking them off what is left."""
        refund = self.refund
        found = [self._line(line) for line in refund.lines if _says_something(line)]
        found += [self._shipping(line) for line in refund.shipping]
        found += [self._total(role, amount) for role, amount in _totals(refund)]
        problems = [problem for problem in found if isinstance(problem, Problem)]
        credited, excess, covered = self._sorted([p for p in found if isinstance(p, Credited)])
        if not problems:
            blocks = refund_keys(self.case, refund)
            problems = self.remaining.take(f"refund {refund.id}", credited, blocks)
        rows = discrepancies(refund)
        return Reading(
            key=Key(role=Role.CREDIT, source_id=refund.id),
            at=refund.processed_at or refund.created_at,
            made_at=refund.created_at,
            refund=refund,
            credited=credited,
            excess=excess,
            fee=self.remaining.exact(fees_of(self.case, refund)),
            discrepancy=self.remaining.exact(sum((row.amount.shop for row in rows), ZERO)),
            discrepancy_tax=self.remaining.exact(sum((row.tax.shop for row in rows), ZERO)),
            covered=covered,
            problems=tuple(problems),
            text=f"Refund {refund.id} of Shopify order {self.case.order.name}",
        )

    def _sorted(
        self, parts: Sequence[Credited]
    ) -> tuple[tuple[Credited, ...], tuple[Credited, ...], tuple[Key, ...]]:
        """What is left to credit, what goes beyond the invoice, and which documents have credited
        the rest already (a unit of a line is credited once, treatment 2.3)."""
        credited, excess, covered = [], [], []
        before = dict(self.remaining.left)
        for part in parts:
            earlier = self.remaining.gone.get(part.component.key, [])
            left = before[part.component.key]
            before[part.component.key] = part.taken_off(left)
            units = self._uncovered(part, left) if earlier else part.units
            if units < part.units:
                covered += earlier
                only = [self._only(part, units)] if units else []
                before[left.key] = only[0].taken_off(left) if only else left
                credited += only
            elif part.reason == BEYOND:
                credited.append(self._up_to(part, left))
                excess.append(_beyond(part, left))
            else:
                credited.append(part)
        return tuple(credited), tuple(excess), tuple(dict.fromkeys(covered))

    def _uncovered(self, part: Credited, left: Component) -> int:
        """How many units of a record no earlier document has credited."""
        key = part.component.key
        twice = min(self.remaining.twice.get(key, 0), part.units)
        units = min(part.units - twice, max(left.quantity, 0))
        self.remaining.twice[key] = self.remaining.twice.get(key, 0) - (part.units - units)
        return units

    def _only(self, part: Credited, units: int) -> Credited:
        rest = self.remaining.units(part.component.key, units, part.reason)
        return replace(rest, restock=part.restock)

    def _up_to(self, part: Credited, left: Component) -> Credited:
        taxes = tuple(tax.amount for tax in left.taxes)
        return replace(part, net=left.net, taxes=taxes, discount=left.discount, reason="all left")

    def _line(self, line: RefundLine) -> Credited | Problem:
        key = self.remaining.key_of(line.line_id)
        if key is None:
            return self._hold(f"Line {line.line_id} is refunded but was never invoiced. {CHECK}")
        component = self.remaining.components[key]
        tax, stated = self.remaining.exact(line.tax.shop), self.remaining.exact(line.subtotal.shop)
        total, reason = self._reading(component, line, stated, tax)
        if total is None:
            return self._misfit(component, line, stated, tax)
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
            taxes=self.remaining.tax_parts(component, tax),
            discount=gross - (total - tax) if component.discount else ZERO,
            restock=line.restock_type in RESTOCKED,
            reason=reason,
        )

    def _reading(
        self, component: Component, line: RefundLine, stated: Decimal, tax: Decimal
    ) -> tuple[Decimal | None, str]:
        """The total of the refunded line, from the reading that fits its share; else all that is
        left and more (row 29)."""
        apart = not self.case.order.taxes_included
        if self.remaining.proved:
            apart = self.remaining.choices.get(("line", line.id), apart)
            is_beyond = self.remaining.choices.get(("beyond", line.id), False)
            reason = BEYOND if is_beyond else f"{line.quantity} units as refunded"
            return (stated + tax if apart else stated), reason
        for reading in (apart, not apart):
            total = stated + tax if reading else stated
            if self._fits(component, line, total, tax):
                self.remaining.choices["line", line.id] = reading
                return total, f"{line.quantity} of {component.quantity} units as refunded"
        total = stated + tax if apart else stated
        left = self.remaining.left[component.key]
        over = total > left.total and tax >= left.tax and line.quantity == left.quantity
        untaxed = bool(tax) and not component.tax
        if not over or left.total <= 0 or untaxed:
            return None, ""
        self.remaining.choices["beyond", line.id] = True
        return total, BEYOND

    def _fits(self, component: Component, line: RefundLine, total: Decimal, tax: Decimal) -> bool:
        """The total must be the share of the total, and its tax the share of the tax."""
        if min(total, tax) < 0 or (tax and not component.tax):
            return False
        total_share, tax_share = self._expected(component, line.quantity)
        left = self.remaining.left[component.key]
        rest = (line.quantity, total, tax) == (left.quantity, left.total, left.tax)
        misses = max(abs(total - total_share), abs(tax - tax_share))
        return rest or misses <= self.remaining.tolerance(component)

    def _expected(self, component: Component, quantity: int) -> tuple[Decimal, Decimal]:
        """The share of the total and of the tax of so many units."""
        whole, currency = component.quantity, self.case.currency
        return (
            share(component.total, quantity, whole, currency),
            share(component.tax, quantity, whole, currency),
        )

    def _misfit(
        self,
        component: Component,
        line: RefundLine,
        stated: Decimal,
        tax: Decimal,
    ) -> Problem:
        total_share, tax_share = self._expected(component, line.quantity)
        return self._hold(
            f"The refund of “{component.title}” is not its share of the sale. Check the refund in "
            "Shopify, and enter it in the books yourself if it is right.",
            ("refunded units", f"{line.quantity} of {component.quantity}"),
            ("line total invoiced", str(component.total)),
            ("share of it", str(total_share)),
            ("share of the tax", str(tax_share)),
            ("refund subtotal", str(stated)),
            ("refund tax", str(tax)),
        )

    def _shipping(self, line: RefundShipping) -> Credited | Problem:
        shipping = [c for c in self.remaining.components.values() if c.role == "shipping"]
        if line.shipping_line_id is not None:
            shipping = [c for c in shipping if c.source_id == line.shipping_line_id]
        stated = self.remaining.exact(line.subtotal.shop)
        if len(shipping) != 1:
            return self._which_shipping(stated, shipping)
        tax = self._shipping_tax(line, shipping[0])
        total = None if tax is None else self._shipping_total(line, stated, tax, shipping[0])
        if tax is None or total is None:
            return self._shipping_misfit(stated, tax, shipping[0])
        taxes = self.remaining.tax_parts(shipping[0], tax)
        return self._by_amount(shipping[0], total - tax, taxes, "shipping as refunded")

    def _by_amount(
        self, component: Component, net: Decimal, taxes: tuple[Decimal, ...], reason: str
    ) -> Credited:
        return Credited(
            component=component, quantity=1, net=net, taxes=taxes, by_amount=True, reason=reason
        )

    def _which_shipping(self, stated: Decimal, shipping: Sequence[Component]) -> Problem:
        lines = tuple((part.title, str(part.total)) for part in shipping)
        message = f"The shipping that was refunded is not on the invoice. {CHECK}"
        if shipping:
            message = f"Shopify does not say which shipping charge was refunded. {CHECK}"
        return self._hold(message, ("shipping refunded", str(stated)), *lines)

    def _shipping_total(
        self, line: RefundShipping, stated: Decimal, tax: Decimal, component: Component
    ) -> Decimal | None:
        """With or without its tax: as the order's prices are stated, where that makes `tax` the
        share of its tax or takes all that is left; else the other way."""
        apart = not self.case.order.taxes_included
        if self.remaining.proved:
            apart = self.remaining.choices.get(("shipping", line.id), apart)
            return stated + tax if apart else stated
        if tax < 0 or (tax and not component.tax):
            return None
        left = self.remaining.left[component.key]
        for reading in (apart, not apart):
            total = stated + tax if reading else stated
            fair = share(component.tax, total, component.total, self.case.currency)
            rest = (total, tax) == (left.total, left.tax)
            if rest or abs(fair - tax) <= self.remaining.tolerance(component):
                self.remaining.choices["shipping", line.id] = reading
                return total
        return None

    def _shipping_misfit(
        self, stated: Decimal, tax: Decimal | None, component: Component
    ) -> Problem:
        message = "Shipping with tax was refunded, and nothing says how much of it is tax."
        if tax is not None:
            message = "The tax of the refunded shipping is not its share of the tax charged on it."
        return self._hold(
            f"{message} Check the refund in Shopify, and enter it in the books yourself.",
            ("shipping invoiced", str(component.total)),
            ("tax on it", str(component.tax)),
            ("shipping refunded", str(stated)),
            ("tax refunded", "not said" if tax is None else str(tax)),
        )

    def _shipping_tax(self, line: RefundShipping, component: Component) -> Decimal | None:
        """The refund says it, or the shipping_refund row does when there is only one (R20)."""
        if line.tax is not None:
            return self.remaining.exact(line.tax.shop)
        if not component.tax:
            return self.remaining.exact(ZERO)
        rows = [row for row in self.refund.adjustments if row.kind == "shipping_refund"]
        if len(rows) != 1 or len(self.refund.shipping) != 1:
            return None
        net, tax = -rows[0].amount.shop, -rows[0].tax.shop
        return self.remaining.exact(tax) if line.subtotal.shop in (net, net + tax) else None

    def _total(self, role: str, amount: Decimal) -> Credited | Problem:
        """Duties or fees given back (R24): their tax is not said, so all of it or none."""
        component = self.remaining.components.get((role, 0))
        stated = self.remaining.exact(amount)
        if component is None:
            message = f"The refund returns {role}, and the order never charged any. {CHECK}"
            return self._hold(message, (role, str(stated)))
        left = self.remaining.left[component.key]
        if not component.tax:
            return self._by_amount(component, stated, tuple(ZERO for _ in component.taxes), role)
        if not self.remaining.proved and stated not in (left.net, left.total):
            terms = ((role, str(component.total)), ("tax on it", str(component.tax)))
            message = (
                f"A part of the {role} was refunded, and nothing says what of it is tax. {CHECK}"
            )
            return self._hold(message, *terms, ("refunded", str(stated)))
        return self._by_amount(component, left.net, tuple(t.amount for t in left.taxes), role)

    def _hold(self, message: str, *terms: tuple[str, str]) -> Problem:
        return self.case.incomplete(
            f"refund {self.refund.id}",
            message,
            *terms,
            blocks=refund_keys(self.case, self.refund),
        )


def _beyond(part: Credited, left: Component) -> Credited:
    """What a refunded line goes beyond all that was left of it."""
    pairs = zip(part.taxes, left.taxes, strict=True)
    taxes = tuple(max(tax - have.amount, ZERO) for tax, have in pairs)
    net = part.total - left.total - sum(taxes, ZERO)
    return replace(part, quantity=1, net=net, taxes=taxes, discount=ZERO, by_amount=True)


def _totals(refund: Refund) -> list[tuple[str, Decimal]]:
    found = (("duties", refund.duties.shop), ("fees", refund.additional_fees.shop))
    return [(role, amount) for role, amount in found if amount]


def _says_something(line: RefundLine) -> bool:
    """A row of no units and no money takes nothing back."""
    return bool(line.quantity or line.subtotal.shop or line.tax.shop)
