"""What every component of an order charges and what is left of it, while events pass in time.

Edits add to it, everything taken back comes off it; nothing comes off twice (treatment 2.3, I7).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from accounting.documents.case import Case
from accounting.documents.components import Component, ComponentKey
from accounting.documents.document import ZERO, Key, Problem
from accounting.documents.money import exact, from_minor, share, spread
from accounting.documents.refunds import Credited

Choices = dict[tuple[str, int], bool]  # (row kind, row id) -> is its tax stated apart?


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
    twice: dict[ComponentKey, int] = field(default_factory=dict)  # units told of twice

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

    def key_of(self, line_id: int) -> ComponentKey | None:
        found = (c.key for c in self.components.values() if c.line and c.line.id == line_id)
        return next(found, None)

    def units(
        self,
        key: ComponentKey,
        units: int,
        reason: str,
        stated: tuple[Decimal, Decimal] | None = None,
    ) -> Credited:
        """The share of so many units, as Shopify would state it; the last ones take what is left.
        What an agreement states for them counts where it is their share but for rounding; of
        converted amounts it is one more rounding, and not always known in time."""
        whole, left = self.components[key], self.left[key]
        total, tax = self._share(whole, units)
        if units >= left.quantity:
            total, tax = left.total, left.tax
        if (
            stated
            and not self.proved
            and max(abs(stated[0] - total), abs(stated[1] - tax)) <= self.tolerance(whole)
        ):
            total, tax = stated
        return Credited(
            component=whole,
            quantity=units,
            net=total - tax,
            taxes=self.tax_parts(whole, tax),
            discount=self._face(whole, units) - (total - tax) if whole.discount else ZERO,
            restock=True,
            reason=f"{units} of {whole.quantity} units: {reason}",
        )

    def _face(self, whole: Component, units: int) -> Decimal:
        """What so many units are worth before a discount that is shown apart (R15)."""
        return share(whole.net + whole.discount, units, whole.quantity, self.case.currency)

    def _share(self, whole: Component, units: int) -> tuple[Decimal, Decimal]:
        """Total and tax of so many units: Shopify rounds the stated amount and its tax apart."""
        of, currency = whole.quantity, self.case.currency
        tax = share(whole.tax, units, of, currency)
        if self.case.order.taxes_included:
            return share(whole.total, units, of, currency), tax
        return share(whole.net, units, of, currency) + tax, tax

    def remember(self, key: Key, credited: Iterable[Credited]) -> None:
        for part in credited:
            self.gone.setdefault(part.component.key, []).append(key)

    def take(
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

    def take_all(self, credited: Iterable[Credited]) -> None:
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

    def tolerance(self, component: Component) -> Decimal:
        """R12: one minor unit, and one more for each earlier refund of the component."""
        return from_minor(1 + self.times.get(component.key, 0), self.case.currency)

    def tax_parts(self, component: Component, tax: Decimal) -> tuple[Decimal, ...]:
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

    def exact(self, amount: Decimal) -> Decimal:
        return exact(amount, self.case.currency)
