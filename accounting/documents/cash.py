"""Cash in currencies without small coins: to which step a bill is rounded, and by how much at most.

Only money handed over is rounded, never a card, wallet or bank payment (accounting treatment,
section 8). Shopify rounds some currencies at its till and says so; this is for the others, and the
bound of every cash rounding difference (I14).
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from accounting.documents.money import from_minor, rounded, to_minor

# The smallest coin that is still given. New Zealand has had none below ten cents since 2006.
STEPS: dict[str, Decimal] = {
    **dict.fromkeys(("MYR", "SGD", "AUD", "CAD", "CHF", "EUR"), Decimal("0.05")),
    "NZD": Decimal("0.10"),
    "DKK": Decimal("0.50"),
    **dict.fromkeys(("NOK", "SEK"), Decimal("1.00")),
}


def rounded_to_step(amount: Decimal, currency: str) -> Decimal:
    """The cash that changes hands for `amount`: in MYR endings of 1, 2, 6 and 7 sen go down, 3, 4,
    8 and 9 up. Exactly between two steps it is the one away from zero; a currency without a step
    keeps the amount. Raises Inexact when `amount` is finer than the currency."""
    step = _step(currency)
    return from_minor(rounded(Fraction(to_minor(amount, currency), step)) * step, currency)


def largest_rounding(currency: str) -> Decimal:
    """Half the step, rounded down to the minor unit: 0.02 where the step is 0.05, 0.00 where cash
    is not rounded."""
    return from_minor(_step(currency) // 2, currency)


def _step(currency: str) -> int:
    """In minor units; a currency that is not listed has coins for each."""
    return to_minor(STEPS[currency], currency) if currency in STEPS else 1
