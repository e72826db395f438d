"""Whole minor units in both currencies of an order, and Shopify's one rounding: half up."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from random import Random

from accounting.facts import MoneyBag

PLACES = {"JPY": 0, "BHD": 3}


def half_up(top: int, bottom: int) -> int:
    """top / bottom, half away from zero."""
    size = (2 * abs(top) + bottom) // (2 * bottom)
    return size if top >= 0 else -size


def decimal(minor: int, currency: str) -> Decimal:
    """Minor units as an amount with the currency's decimals."""
    return Decimal(minor).scaleb(-PLACES.get(currency, 2))


def minor(amount: Decimal, currency: str) -> int:
    """An amount as minor units. Raises ValueError when it is finer than they are."""
    scaled = amount.scaleb(PLACES.get(currency, 2))
    if scaled != int(scaled):
        raise ValueError(f"{amount} {currency} is finer than the currency")
    return int(scaled)


@dataclass(frozen=True, slots=True)
class Sum:
    """One amount: as the customer saw it (`shown`), and in the shop's currency."""

    shown: int = 0
    shop: int = 0

    def __add__(self, other: Sum) -> Sum:
        return Sum(self.shown + other.shown, self.shop + other.shop)

    def __sub__(self, other: Sum) -> Sum:
        return Sum(self.shown - other.shown, self.shop - other.shop)

    def __mul__(self, count: int) -> Sum:
        return Sum(self.shown * count, self.shop * count)

    def __neg__(self) -> Sum:
        return Sum(-self.shown, -self.shop)

    def __bool__(self) -> bool:
        return bool(self.shown or self.shop)


NONE = Sum()


@dataclass(frozen=True, slots=True)
class Exchange:
    """The two currencies of an order. `top` / `bottom` are shop minor units per shown minor unit;
    Shopify converts every amount on its own, so that converted sums may miss by some."""

    shop: str = "MYR"
    shown: str = "MYR"
    top: int = 1
    bottom: int = 1

    @property
    def is_foreign(self) -> bool:
        return self.shop != self.shown

    def sum(self, shown: int) -> Sum:
        return Sum(shown, half_up(shown * self.top, self.bottom))

    def money(self, shown: int, rng: Random) -> Sum:
        """Money moved: foreign money at the day's rate, up to one per cent off."""
        if not self.is_foreign:
            return Sum(shown, shown)
        off = rng.randint(9900, 10100)
        return Sum(shown, max(half_up(shown * self.top * off, self.bottom * 10000), 1))

    def bag(self, amount: Sum) -> MoneyBag:
        return MoneyBag(
            shop=decimal(amount.shop, self.shop), presentment=decimal(amount.shown, self.shown)
        )


HOME = Exchange()
ABROAD = (
    Exchange(shown="USD", top=4386, bottom=1000),
    Exchange(shown="JPY", top=285, bottom=100),
    Exchange(shown="BHD", top=1163, bottom=1000),
)
