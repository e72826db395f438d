"""Exact money: minor units per currency, the two roundings the treatment allows, base 36.

Everything else adds and subtracts `Decimal`; only a division ever rounds, and only here
(accounting treatment 1.2: half away from zero, to the minor unit).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from accounting import currencies

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Inexact(ValueError):
    """An amount is finer than its currency's minor unit, so it cannot stand in any books."""


def decimals(currency: str) -> int:
    """How many decimals the currency has, by ISO 4217."""
    return currencies.decimals(currency)


def to_minor(amount: Decimal, currency: str) -> int:
    """`amount` as a whole number of minor units (cents, sen, yen). Raises Inexact."""
    scaled = amount.scaleb(decimals(currency))
    whole = int(scaled)
    if whole != scaled:
        raise Inexact(f"{amount} {currency} is finer than the currency's minor unit")
    return whole


def from_minor(minor: int, currency: str) -> Decimal:
    """Minor units (cents, sen, yen) as an amount with the currency's decimals."""
    return Decimal(minor).scaleb(-decimals(currency))


def exact(amount: Decimal, currency: str) -> Decimal:
    """The same amount written with exactly the currency's decimals. Raises Inexact."""
    return from_minor(to_minor(amount, currency), currency)


def rounded(value: Fraction) -> int:
    """Half away from zero."""
    size = abs(value)
    whole = (2 * size.numerator + size.denominator) // (2 * size.denominator)
    return whole if value >= 0 else -whole


def share(amount: Decimal, part: Decimal | int, whole: Decimal | int, currency: str) -> Decimal:
    """amount x part / whole, half away from zero to the minor unit; 0 of nothing is 0."""
    if not whole:
        return from_minor(0, currency)
    exactly = Fraction(to_minor(amount, currency)) * Fraction(part) / Fraction(whole)
    return from_minor(rounded(exactly), currency)


def spread(amount: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """`amount` over `weights` in proportion, largest remainder first; the parts add up exactly.

    The amount and the weights must not be negative; without any weight every part is 0.
    """
    minor, whole = to_minor(amount, currency), sum(weights)
    if not whole:
        return [from_minor(0, currency) for _ in weights]
    exactly = [Fraction(minor) * Fraction(weight) / Fraction(whole) for weight in weights]
    parts = [int(value) for value in exactly]
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - exactly[i], i))
    for i in by_remainder[: minor - sum(parts)]:
        parts[i] += 1
    return [from_minor(part, currency) for part in parts]


def base36(value: int) -> str:
    """Upper-case base 36 of a positive id: 8200000000101 is 2WN10A5WL."""
    text = ""
    while value:
        value, digit = divmod(value, 36)
        text = DIGITS[digit] + text
    return text or "0"
