"""Tax as an accounting system computes it by itself, from amounts and the rates of its tax codes.

By line: each line's tax is rounded. Over the document: the tax of all lines of a code is computed
in one go; AutoCount then spreads it over the lines so that what is rounded up in one is rounded
down in another, SQL Account rounds each line and puts the rest on the first (treatment 4.5). Half a
sen goes up, or to the even sen, as the company's switches say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

from accounting.sandbox.models import ZERO, Company, TaxCode

SEN = Decimal("0.01")
HUNDRED = Decimal("100")
LINE, DOCUMENT = "line", "document"
ROUNDINGS = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN}

Taxed = tuple[Decimal, TaxCode | None]  # a line's amount and code
Rule = Callable[[Decimal], Decimal]  # amount -> its tax, rounded


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """How a company's books compute tax. `inclusive` amounts have their tax inside."""

    scope: str
    rounding: str
    inclusive: bool = False
    spread: bool = False

    def of(self, lines: Sequence[Taxed]) -> list[Decimal]:
        """The tax of each line, in their order."""
        taxes = [ZERO] * len(lines)
        for positions in self._groups(lines).values():
            code = lines[positions[0]][1]
            amounts = [lines[position][0] for position in positions]
            for position, tax in zip(positions, self._shares(amounts, code), strict=True):
                taxes[position] = tax
        return taxes

    def _groups(self, lines: Sequence[Taxed]) -> Mapping[object, list[int]]:
        found: dict[object, list[int]] = {}
        for position, (_, code) in enumerate(lines):
            together = code.pk if code and self.scope == DOCUMENT else ("line", position)
            found.setdefault(together, []).append(position)
        return found

    def _shares(self, amounts: list[Decimal], code: TaxCode | None) -> list[Decimal]:
        if code is None:
            return [ZERO] * len(amounts)
        divisor = HUNDRED + code.rate if self.inclusive else HUNDRED
        rounding, rate = ROUNDINGS[self.rounding], code.rate

        def tax_on(amount: Decimal) -> Decimal:
            return (amount * rate / divisor).quantize(SEN, rounding)

        return _spread(amounts, tax_on) if self.spread else _rest_first(amounts, tax_on)


def habit(company: Company, *, scope: str, inclusive: bool, spread: bool) -> Habit:
    """The company's way, `scope` where its switches do not say."""
    return Habit(
        scope=company.switches.get("tax_scope", scope),
        rounding=company.switches.get("tax_rounding", "half_up"),
        inclusive=inclusive,
        spread=spread,
    )


def _spread(amounts: list[Decimal], tax_on: Rule) -> list[Decimal]:
    """Each line takes what its amount adds to the tax of all before it."""
    taxes, amount, taxed = [], ZERO, ZERO
    for one in amounts:
        amount += one
        taxes.append(tax_on(amount) - taxed)
        taxed = tax_on(amount)
    return taxes


def _rest_first(amounts: list[Decimal], tax_on: Rule) -> list[Decimal]:
    taxes = [tax_on(one) for one in amounts]
    taxes[0] += tax_on(sum(amounts, ZERO)) - sum(taxes, ZERO)
    return taxes
