"""Amounts in the two currencies of an order, read from webhook bodies and shown as MoneyBags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Json = dict[str, Any]
ZERO = Decimal(0)
WITHOUT_CENTS = frozenset({"IDR", "JPY", "KRW", "VND"})


@dataclass(frozen=True, slots=True)
class Pair:
    """One amount for the shop and as the customer saw it."""

    shop: Decimal
    seen: Decimal

    def __add__(self, other: Pair) -> Pair:
        return Pair(self.shop + other.shop, self.seen + other.seen)

    def __sub__(self, other: Pair) -> Pair:
        return Pair(self.shop - other.shop, self.seen - other.seen)

    def __neg__(self) -> Pair:
        return Pair(-self.shop, -self.seen)

    def __bool__(self) -> bool:
        return bool(self.shop or self.seen)

    def times(self, count: int) -> Pair:
        return Pair(self.shop * count, self.seen * count)


NOTHING = Pair(ZERO, ZERO)


def total(pairs: Iterable[Pair]) -> Pair:
    return sum(pairs, NOTHING)


@dataclass(frozen=True, slots=True)
class Currencies:
    """The shop's and the customer's currency, and what one unit of the shop's came to in the
    customer's: for the amounts that webhooks say in shop currency only."""

    shop: str
    seen: str
    rate: Decimal

    @classmethod
    def of_order(cls, body: Mapping[str, Any]) -> Currencies:
        shop = body["currency"]
        seen = body.get("presentment_currency") or shop
        return cls(shop, seen, _rate(body) if seen != shop else Decimal(1))

    def read(self, body: Mapping[str, Any], name: str) -> Pair | None:
        """The amount `name`: from its set, else from the plain field; None when neither says it."""
        bag = body.get(f"{name}_set")
        if bag is not None:
            return self.read_bag(bag)
        plain = body.get(name)
        return None if plain is None else self.of_shop(Decimal(str(plain)))

    def must(self, body: Mapping[str, Any], name: str) -> Pair:
        """The same, nothing where it is not said."""
        return self.read(body, name) or NOTHING

    def read_bag(self, bag: Mapping[str, Any]) -> Pair:
        shop = Decimal(str(bag["shop_money"]["amount"]))
        seen = bag.get("presentment_money")
        return Pair(shop, Decimal(str(seen["amount"]))) if seen else self.of_shop(shop)

    def of_shop(self, amount: Decimal) -> Pair:
        return Pair(amount, rounded(amount * self.rate, self.seen))

    def of_customer(self, amount: Decimal) -> Pair:
        shop = rounded(amount / self.rate, self.shop) if self.rate else ZERO
        return Pair(shop, amount)

    def share(self, pair: Pair, part: Decimal) -> Pair:
        """A part of an amount, each side rounded to its currency."""
        shop = rounded(pair.shop * part, self.shop)
        return Pair(shop, rounded(pair.seen * part, self.seen))

    def bag(self, pair: Pair) -> Json:
        return {"shopMoney": money(pair.shop, self.shop), "presentmentMoney": self.paid(pair.seen)}

    def paid(self, amount: Decimal) -> Json:
        return money(amount, self.seen)

    def shown(self, body: Mapping[str, Any], name: str) -> Json:
        return self.bag(self.must(body, name))

    def shown_or_none(self, body: Mapping[str, Any], name: str) -> Json | None:
        pair = self.read(body, name)
        return None if pair is None else self.bag(pair)


def _rate(body: Mapping[str, Any]) -> Decimal:
    """What the first non-zero set of the order tells."""
    for bag in body.values():
        if isinstance(bag, dict) and bag.get("shop_money") and bag.get("presentment_money"):
            shop = Decimal(str(bag["shop_money"]["amount"]))
            if shop:
                return Decimal(str(bag["presentment_money"]["amount"])) / shop
    return Decimal(1)


def rounded(amount: Decimal, currency: str) -> Decimal:
    step = Decimal(1) if currency in WITHOUT_CENTS else Decimal("0.01")
    return amount.quantize(step, ROUND_HALF_UP)


def money(amount: Decimal, currency: str) -> Json:
    """A MoneyV2. The Admin API writes 12.00 as "12.0"."""
    return {"amount": decimal_text(amount), "currencyCode": currency}


def decimal_text(amount: Decimal) -> str:
    """No zeros at the end beyond the first decimal, and no minus zero."""
    text = format(amount.normalize() if amount else ZERO, "f")
    return text if "." in text else f"{text}.0"
