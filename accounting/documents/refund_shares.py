"""Reads what is taken back against what was sold, in the order in which it happened.

Shopify rounds each refunded line on its own, and states amounts with or without tax. A reading is
accepted only where both its total and its tax fit the share of the original, and never beyond what
earlier credits left; otherwise it is a problem that names the figures (treatment 4.4, R12, R20).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from accounting.documents.case import Case
from accounting.documents.changes import Change, Charges, minus, plus
from accounting.documents.components import Component, ComponentKey
from accounting.documents.document import ZERO, Key, Problem, Role
from accounting.documents.money import exact, from_minor, share, spread
from accounting.documents.refunds import (
    Credited,
    Reading,
    discrepancies,
    is_empty,
    is_netted,
    refund_keys,
)
from accounting.documents.returns import Return, fees_of, returns
from accounting.documents.rules import tax_identity
from accounting.facts import Refund, RefundLine, RefundShipping

RESTOCKED = frozenset({"return", "cancel", "legacy_restock"})
Choices = dict[tuple[str, int], bool]  # (row kind, row id) -> is its tax stated apart?


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """What was taken off before the invoice was due, what is credited after it, and what is left of
    every component. `choices` are how the stated amounts were read."""

    netted: tuple[Reading, ...]
    others: tuple[Reading, ...]
    left: tuple[Component, ...]
    choices: Choices


def read_all(
    case: Case, charges: Charges, due_at: datetime, choices: Choices | None = None
) -> Readings:
    """Every event that takes something back. With `choices` the amounts are conversions of figures
    that were proved in another currency: read as those were, and not tested again (R12)."""
    remaining = Remaining.of(case, charges.first, choices)
    netted: list[Reading] = []
    others: list[Reading] = []
    for _, _, _, event in sorted(_events(case, charges), key=lambda each: each[:3]):
        reading = _read(remaining, event, due_at)
        if reading is not None:
            (netted if _is_before(case, event, due_at) else others).append(reading)
    left = tuple(remaining.left.values())
    return Readings(
        netted=tuple(netted), others=tuple(others), left=left, choices=remaining.choices
    )


Event = Change | Return | Refund


def _events(case: Case, charges: Charges) -> list[tuple[datetime, int, int, Event]]:
    found: list[tuple[datetime, int, int, Event]] = []
    found += [(change.at, 0, change.source_id or 0, change) for change in charges.changes]
    found += [(each.at, 1, each.key.source_id, each) for each in returns(case)]
    for refund in case.facts.refunds:
        if not is_empty(refund, case) and not case.is_pending(refund):
            found.append((refund.created_at, 2, refund.id, refund))
    return found


def _read(remaining: Remaining, event: Event, due_at: datetime) -> Reading | None:
    if isinstance(event, Refund):
        return remaining.record(event)
    if isinstance(event, Return):
        return remaining.returned(event)
    reading = remaining.edited(event, lowers=event.at > due_at)
    return reading if reading.credited or reading.problems else None


def _is_before(case: Case, event: Event, due_at: datetime) -> bool:
    return is_netted(event, case, due_at) if isinstance(event, Refund) else event.at <= due_at


@dataclass(slots=True)
class Remaining:
    """What every component charges and what is left of it, as events pass in time."""

    case: Case
    components: dict[ComponentKey, Component]
    left: dict[ComponentKey, Component] = field(default_factory=dict)
    times: dict[ComponentKey, int] = field(default_factory=dict)
    choices: Choices = field(default_factory=dict)
    proved: bool = False
    gone: dict[ComponentKey, list[Key]] = field(default_factory=dict)  # credited without a record

    @classmethod
    def of(
        cls, case: Case, components: Iterable[Component], choices: Choices | None = None
    ) -> Remaining:
        by_key = {component.key: component for component in components}
        proved = choices is not None
        return cls(
            case=case,
            components=dict(by_key),
            left=dict(by_key),
            choices=dict(choices or {}),
            proved=proved,
        )

    # --- edits and returns -------------------------------------------------------------------

    def edited(self, change: Change, *, lowers: bool) -> Reading:
        """An edit: what it adds can be refunded later, what it takes off is credited. A charge that
        is lowered before the invoice is simply less on it."""
        before = dict(self.components)
        for part in (*change.added, *change.raised):
            self.components[part.key] = plus(self.components.get(part.key), part)
            self.left[part.key] = plus(self.left.get(part.key), part)
        for part in change.lowered:
            self.components[part.key] = minus(self.components[part.key], part)
        key = Key(role=Role.REDUCTION, source_id=change.source_id or 0)
        lowered = [_lowered(before[part.key], part) for part in change.lowered]
        if not lowers:
            self._take_all(lowered)
        taken = [self._units(*row, "units an edit removed") for row in change.taken_off]
        credited = (*(lowered if lowers else ()), *taken)
        blocks = (key,)
        problems = self._take(f"edit {change.source_id or ''}".strip(), credited, blocks)
        self._remember(key, taken)
        return Reading(
            key=key,
            at=change.at,
            made_at=change.at,
            credited=credited,
            problems=tuple(problems),
            text=f"Edit of Shopify order {self.case.order.name}",
        )

    def returned(self, event: Return) -> Reading:
        """Goods that came back without a refund record."""
        rows = [(self._key_of(line_id), units) for line_id, units in event.units]
        credited = tuple(self._units(key, units, "units returned") for key, units in rows if key)
        problems = self._take(f"return {event.key.source_id}", credited, (event.key,))
        self._remember(event.key, credited)
        return Reading(
            key=event.key,
            at=event.at,
            made_at=event.at,
            credited=credited,
            fee=self._exact(event.fee),
            problems=tuple(problems),
            text=f"Return {event.key.source_id} of Shopify order {self.case.order.name}",
        )

    def _key_of(self, line_id: int) -> ComponentKey | None:
        found = (c.key for c in self.components.values() if c.line and c.line.id == line_id)
        return next(found, None)

    def _units(self, key: ComponentKey, units: int, reason: str) -> Credited:
        """The share of so many units; the last ones take what is left."""
        whole, left = self.components[key], self.left[key]
        last = units >= left.quantity
        count, base = (units, left) if last else (units, whole)
        part, of = (1, 1) if last else (units, whole.quantity)
        currency = self.case.currency
        total = share(base.total, part, of, currency)
        taxes = tuple(share(tax.amount, part, of, currency) for tax in base.taxes)
        return Credited(
            component=whole,
            quantity=count,
            net=total - sum(taxes, ZERO),
            taxes=taxes,
            discount=share(base.discount, part, of, currency),
            restock=True,
            reason=f"{units} of {whole.quantity} units: {reason}",
        )

    def _remember(self, key: Key, credited: Iterable[Credited]) -> None:
        for part in credited:
            self.gone.setdefault(part.component.key, []).append(key)

    # --- refund records ----------------------------------------------------------------------

    def record(self, refund: Refund) -> Reading:
        """The record as credits, taking them off what is left."""
        found = [self._line(refund, line) for line in refund.lines if _says_something(line)]
        found += [self._shipping(refund, line) for line in refund.shipping]
        found += [self._total(refund, role, amount) for role, amount in _totals(refund)]
        problems = [problem for problem in found if isinstance(problem, Problem)]
        credited, excess, covered = self._sorted([p for p in found if isinstance(p, Credited)])
        if not problems:
            problems = self._take(f"refund {refund.id}", credited, self._blocks(refund))
        rows = discrepancies(refund)
        return Reading(
            key=Key(role=Role.CREDIT, source_id=refund.id),
            at=refund.processed_at or refund.created_at,
            made_at=refund.created_at,
            refund=refund,
            credited=credited,
            excess=excess,
            fee=self._exact(fees_of(self.case, refund)),
            discrepancy=self._exact(sum((row.amount.shop for row in rows), ZERO)),
            discrepancy_tax=self._exact(sum((row.tax.shop for row in rows), ZERO)),
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
        for part in parts:
            earlier = self.gone.get(part.component.key, [])
            left = self.left[part.component.key]
            if earlier and part.units > max(left.quantity, 0):
                covered += earlier
                rest = self._uncovered(part, left)
                credited += [rest] if rest else []
            elif part.reason == BEYOND:
                credited.append(self._up_to(part, left))
                excess.append(_beyond(part, left))
            else:
                credited.append(part)
        return tuple(credited), tuple(excess), tuple(dict.fromkeys(covered))

    def _uncovered(self, part: Credited, left: Component) -> Credited | None:
        """The units of a record that no earlier document has credited."""
        units = max(left.quantity, 0)
        return (
            replace(self._units(left.key, units, part.reason), restock=part.restock)
            if units
            else None
        )

    def _up_to(self, part: Credited, left: Component) -> Credited:
        taxes = tuple(tax.amount for tax in left.taxes)
        return replace(part, net=left.net, taxes=taxes, discount=left.discount, reason="all left")

    def _take(
        self, subject: str, credited: Iterable[Credited], blocks: tuple[Key, ...]
    ) -> list[Problem]:
        """Take all of it off what is left, or nothing when it is more than that (I7)."""
        left, problems = dict(self.left), []
        for part in credited:
            key = part.component.key
            if self._is_beyond(part, left[key]):
                problems.append(self._beyond(subject, part, left[key], blocks))
            left[key] = part.taken_off(left[key])
        if not problems:
            self.left = left
            for part in credited:
                key = part.component.key
                self.times[key] = self.times.get(key, 0) + 1
        return problems

    def _take_all(self, credited: Iterable[Credited]) -> None:
        for part in credited:
            self.left[part.component.key] = part.taken_off(self.left[part.component.key])

    def _is_beyond(self, part: Credited, left: Component) -> bool:
        """R12: a component may be credited one minor unit beyond what is left of it."""
        unit = from_minor(1, self.case.currency)
        after = part.taken_off(left)
        if self.proved:
            return after.quantity < 0
        return after.quantity < 0 or after.net < -unit or after.tax < -unit

    def _beyond(
        self, subject: str, part: Credited, left: Component, blocks: tuple[Key, ...]
    ) -> Problem:
        return Problem(
            code="I7",
            subject=subject,
            message=f"{subject[:1].upper()}{subject[1:]} returns more of “{left.title}” than was "
            "sold and not yet refunded. Check in Shopify what was refunded, and enter the "
            "difference in the books yourself.",
            terms=(
                ("units refunded", str(part.quantity)),
                ("units left", str(left.quantity)),
                ("net refunded", str(part.net)),
                ("net left", str(left.net)),
                ("tax refunded", str(part.tax)),
                ("tax left", str(left.tax)),
            ),
            blocks=blocks,
        )

    # --- goods -------------------------------------------------------------------------------

    def _line(self, refund: Refund, line: RefundLine) -> Credited | Problem:
        key = self._key_of(line.line_id)
        if key is None:
            return self._hold(refund, f"Line {line.line_id} is refunded but was never invoiced.")
        component = self.components[key]
        tax, stated = self._exact(line.tax.shop), self._exact(line.subtotal.shop)
        total, reason = self._reading(component, line, stated, tax)
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
            taxes=self._tax_parts(component, tax),
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
        if self.proved:
            apart = self.choices.get(("line", line.id), apart)
            return (stated + tax if apart else stated), f"{line.quantity} units as refunded"
        for reading in (apart, not apart):
            total = stated + tax if reading else stated
            if self._fits(component, line, total, tax):
                self.choices["line", line.id] = reading
                return total, f"{line.quantity} of {component.quantity} units as refunded"
        total = stated + tax if apart else stated
        left = self.left[component.key]
        over = total > left.total and tax >= left.tax and line.quantity == left.quantity
        untaxed = bool(tax) and not component.taxes
        return (total, BEYOND) if over and left.total > 0 and not untaxed else (None, "")

    def _fits(self, component: Component, line: RefundLine, total: Decimal, tax: Decimal) -> bool:
        """The total must be the share of the total, and its tax the share of the tax."""
        if tax and not component.taxes:
            return False
        total_share, tax_share = self._expected(component, line.quantity)
        left = self.left[component.key]
        rest = (line.quantity, total, tax) == (left.quantity, left.total, left.tax)
        misses = max(abs(total - total_share), abs(tax - tax_share))
        return rest or misses <= self._tolerance(component)

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

    def _tax_parts(self, component: Component, tax: Decimal) -> tuple[Decimal, ...]:
        """A refunded tax over the component's taxes, in proportion to the original, largest
        remainder first, capped at what is left of each (4.4)."""
        parts = spread(tax, [each.amount for each in component.taxes], self.case.currency)
        left = [each.amount for each in self.left[component.key].taxes]
        for i, part in enumerate(parts):
            over = max(part - max(left[i], ZERO), ZERO)
            room = [j for j in range(len(parts)) if j != i and parts[j] + over <= left[j]]
            if over and room:
                parts[i] -= over
                parts[room[0]] += over
        return tuple(parts)

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

    # --- shipping, duties and fees -----------------------------------------------------------

    def _shipping(self, refund: Refund, line: RefundShipping) -> Credited | Problem:
        shipping = [c for c in self.components.values() if c.role == "shipping"]
        if line.shipping_line_id is not None:
            shipping = [c for c in shipping if c.source_id == line.shipping_line_id]
        stated = self._exact(line.subtotal.shop)
        if len(shipping) != 1:
            return self._which_shipping(refund, stated, shipping)
        tax = self._shipping_tax(refund, line, shipping[0])
        total = None if tax is None else self._shipping_total(line, stated, tax, shipping[0])
        if tax is None or total is None:
            return self._shipping_misfit(refund, stated, tax, shipping[0])
        taxes = self._tax_parts(shipping[0], tax)
        return self._by_amount(shipping[0], total - tax, taxes, "shipping as refunded")

    def _by_amount(
        self, component: Component, net: Decimal, taxes: tuple[Decimal, ...], reason: str
    ) -> Credited:
        return Credited(
            component=component, quantity=1, net=net, taxes=taxes, by_amount=True, reason=reason
        )

    def _which_shipping(
        self, refund: Refund, stated: Decimal, shipping: Sequence[Component]
    ) -> Problem:
        lines = tuple((part.title, str(part.total)) for part in shipping)
        message = "The shipping that was refunded is not on the invoice."
        if shipping:
            message = "Shopify does not say which of the shipping charges was refunded."
        return self._hold(refund, message, ("shipping refunded", str(stated)), *lines)

    def _shipping_total(
        self, line: RefundShipping, stated: Decimal, tax: Decimal, component: Component
    ) -> Decimal | None:
        """With or without its tax: what is left of the shipping, else whichever makes `tax` the
        share of its tax; where rounding allows both, as the order's prices are stated."""
        apart = not self.case.order.taxes_included
        if self.proved:
            return stated + tax if self.choices.get(("shipping", line.id), apart) else stated
        left, tolerance = self.left[component.key], self._tolerance(component)

        def miss(reading: bool) -> Decimal:
            total = stated + tax if reading else stated
            if (total, tax) == (left.total, left.tax):
                return -tolerance
            return abs(share(component.tax, total, component.total, self.case.currency) - tax)

        best = min((apart, not apart), key=miss)
        if miss(best) > tolerance or (tax and not component.taxes):
            return None
        self.choices["shipping", line.id] = best
        return stated + tax if best else stated

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

    def _total(self, refund: Refund, role: str, amount: Decimal) -> Credited | Problem:
        """Duties or fees given back (R24): their tax is not said, so all of it or none."""
        component = self.components.get((role, 0))
        stated = self._exact(amount)
        if component is None:
            return self._hold(
                refund, f"Refund of {role} that were never charged.", (role, str(stated))
            )
        left = self.left[component.key]
        if not component.tax:
            return self._by_amount(component, stated, tuple(ZERO for _ in component.taxes), role)
        if stated not in (left.net, left.total):
            terms = ((role, str(component.total)), ("tax on it", str(component.tax)))
            message = f"A part of the {role} was refunded, and nothing says how much of it is tax."
            return self._hold(refund, message, *terms, ("refunded", str(stated)))
        return self._by_amount(component, left.net, tuple(t.amount for t in left.taxes), role)

    def _hold(self, refund: Refund, message: str, *terms: tuple[str, str]) -> Problem:
        return self.case.incomplete(
            f"refund {refund.id}", message, *terms, blocks=self._blocks(refund)
        )

    def _blocks(self, refund: Refund) -> tuple[Key, ...]:
        return refund_keys(self.case, refund)

    def _exact(self, amount: Decimal) -> Decimal:
        return exact(amount, self.case.currency)


BEYOND = "more than is left"


def _lowered(before: Component, part: Component) -> Credited:
    """An edit's lower charge on what was charged before."""
    taken = {tax_identity(tax.line): tax.amount for tax in part.taxes}
    return Credited(
        component=before,
        quantity=max(part.quantity, 1),
        net=part.net,
        taxes=tuple(taken.get(tax_identity(tax.line), ZERO) for tax in before.taxes),
        discount=part.discount,
        by_amount=True,
        reason=f"charge lowered from {before.total} by {part.total}",
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
