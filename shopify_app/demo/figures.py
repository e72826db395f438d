"""The arithmetic of an order as Shopify's checkout does it: discounts, tax per line, totals.

Amounts are `Decimal` in the shop's currency with two decimals; rounding is half up, per line
(contract 6.2, 7.2).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from shopify_app.demo.shops import Product, TaxRate

ZERO = Decimal("0.00")
CENT = Decimal("0.01")


class Ids:
    """Shopify ids that no other run and no other shop of this run has used."""

    def __init__(self, start: int) -> None:
        self._next = start

    def __call__(self) -> int:
        self._next += 1
        return self._next


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax:
    title: str
    rate: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The part of one discount on one line; `discount` is its place among the order's."""

    discount: int
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A line. `shares` add up to its discount; `taxes` are rounded on the whole line."""

    id: int
    product: Product
    product_id: int | None
    variant_id: int | None
    quantity: int
    shares: tuple[Share, ...] = ()
    taxes: tuple[Tax, ...] = ()
    tip: bool = False

    @property
    def charged(self) -> Decimal:
        """After discounts; contains tax when the shop's prices do."""
        return self.product.price * self.quantity - self.discount

    @property
    def discount(self) -> Decimal:
        return sum((share.amount for share in self.shares), ZERO)

    @property
    def tax(self) -> Decimal:
        return sum((tax.amount for tax in self.taxes), ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingLine:
    """A shipping line."""

    id: int
    title: str
    code: str
    price: Decimal
    shares: tuple[Share, ...] = ()
    taxes: tuple[Tax, ...] = ()

    @property
    def charged(self) -> Decimal:
        return self.price - self.discount

    @property
    def discount(self) -> Decimal:
        return sum((share.amount for share in self.shares), ZERO)

    @property
    def tax(self) -> Decimal:
        return sum((tax.amount for tax in self.taxes), ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount:
    """A code the customer typed: an amount off the goods, or off the shipping."""

    code: str
    amount: Decimal
    on_shipping: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """What the checkout agreed with the customer; never changes afterwards."""

    items: tuple[Item, ...]
    shipping: ShippingLine | None
    discounts: tuple[Discount, ...]
    taxes_included: bool

    @property
    def parts(self) -> tuple[Item | ShippingLine, ...]:
        return (*self.items, self.shipping) if self.shipping else self.items

    @property
    def subtotal(self) -> Decimal:
        """Goods after discounts, without tips."""
        return sum((item.charged for item in self.items if not item.tip), ZERO)

    @property
    def tip(self) -> Decimal:
        return sum((item.charged for item in self.items if item.tip), ZERO)

    @property
    def discount(self) -> Decimal:
        return sum((part.discount for part in self.parts), ZERO)

    @property
    def tax(self) -> Decimal:
        return sum((part.tax for part in self.parts), ZERO)

    @property
    def total(self) -> Decimal:
        charged = sum((part.charged for part in self.parts), ZERO)
        return charged if self.taxes_included else charged + self.tax


def rounded(amount: Decimal) -> Decimal:
    """To the sen or cent, half up."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def taxes_on(charged: Decimal, rates: Sequence[TaxRate], *, included: bool) -> tuple[Tax, ...]:
    """Each tax on a line of `charged`: added on top, or taken out of a price that contains it."""
    base = charged / (1 + sum((rate.rate for rate in rates), ZERO)) if included else charged
    return tuple(
        Tax(title=rate.title, rate=rate.rate, amount=rounded(base * rate.rate)) for rate in rates
    )


def spread(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """`amount` over `weights` in proportion, exact to the sen by largest remainder."""
    whole = sum(weights, ZERO)
    exact = [amount * weight / whole if whole else ZERO for weight in weights]
    parts = [share.quantize(CENT, ROUND_DOWN) for share in exact]
    missing = int((amount - sum(parts, ZERO)) / CENT) if whole else 0
    by_remainder = sorted(range(len(parts)), key=lambda i: parts[i] - exact[i])
    for index in by_remainder[:missing]:
        parts[index] += CENT
    return parts


def part_of(whole: Decimal, quantity: int, of: int, taken: Decimal, taken_quantity: int) -> Decimal:
    """What a refund of `quantity` units gives back of a line's `whole`, half up on the line; the
    last units take the rest (treatment 4.4)."""
    if quantity + taken_quantity == of:
        return whole - taken
    return rounded(whole * quantity / of)


def merged(taxes: Iterator[Tax]) -> list[Tax]:
    """Taxes of many lines, added up per title and rate."""
    sums: dict[tuple[str, Decimal], Decimal] = {}
    for tax in taxes:
        sums[tax.title, tax.rate] = sums.get((tax.title, tax.rate), ZERO) + tax.amount
    return [Tax(title=title, rate=rate, amount=sums[title, rate]) for title, rate in sums]
