"""Amounts of money in the two currencies of an order, as webhooks and the Admin API write them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from accounting.facts import MoneyBag
from shopify_app.payloads.fields import Node


@dataclass(frozen=True, slots=True)
class Words:
    """What the parts of an amount in both currencies are called."""

    shop: str
    presentment: str
    currency: str


WEBHOOK = Words("shop_money", "presentment_money", "currency_code")
GRAPHQL = Words("shopMoney", "presentmentMoney", "currencyCode")


@dataclass(frozen=True, slots=True)
class Currencies:
    """The shop's currency and the customer's, which every amount of one body must agree with.

    Both are "" when the body does not say: then no amount in it can be trusted.
    """

    shop: str
    presentment: str
    words: Words = WEBHOOK

    def bag(self, node: Node, key: str, plain: str = "") -> MoneyBag:
        """The amount of `key` in both currencies.

        Read from the set `key`; where that is silent from the `plain` field, which is in shop
        currency and therefore enough only when the customer saw the same one.
        """
        money = node.object(key)
        if money is None or not self.shop:
            return self._only_shop(node, key, plain)
        shop = self._side(money, self.words.shop, self.shop)
        if money.get(self.words.presentment) is None and self.shop == self.presentment:
            return MoneyBag(shop=shop, presentment=shop)
        presentment = self._side(money, self.words.presentment, self.presentment)
        return MoneyBag(shop=shop, presentment=presentment)

    def positive_bag(self, node: Node, key: str, plain: str = "") -> MoneyBag:
        """Like `bag`, for amounts whose direction is said elsewhere: never below zero."""
        money = self.bag(node, key, plain)
        if money.shop < 0 or money.presentment < 0:
            raise node.bad(plain or key, "The amount must not be negative.")
        return money

    def optional_bag(self, node: Node, key: str) -> MoneyBag | None:
        return None if node.get(key) is None else self.bag(node, key)

    def shop_amount(self, node: Node, plain: str) -> Decimal:
        """The shop's side of a total of an order."""
        money = node.object(f"{plain}_set")
        if money is not None:
            return self._side(money, self.words.shop, self.shop)
        return node.amount(plain, self.shop)

    def presentment_amount(self, node: Node, plain: str) -> Decimal | None:
        """The customer's side of a total of an order; None where nobody said it."""
        money = node.object(f"{plain}_set")
        if money is None or money.get(self.words.presentment) is None:
            return None
        return self._side(money, self.words.presentment, self.presentment)

    def _only_shop(self, node: Node, key: str, plain: str) -> MoneyBag:
        known = self.shop and self.shop == self.presentment
        if not known or not plain or node.get(plain) is None:
            raise node.bad(key, "The amount must be given for shop and customer.")
        amount = node.amount(plain, self.shop)
        return MoneyBag(shop=amount, presentment=amount)

    def _side(self, money: Node, name: str, currency: str) -> Decimal:
        side = money.must_object(name)
        stated = side.currency(self.words.currency)
        if stated != currency:
            raise side.bad(self.words.currency, f"The currency is {stated}, expected {currency}.")
        return side.amount("amount", currency)


def stated_currencies(value: Any) -> Currencies:
    """The currency pair of the first complete money set: a refund alone does not name it."""
    for money in _objects(value):
        pair = (_code(money, WEBHOOK.shop, WEBHOOK), _code(money, WEBHOOK.presentment, WEBHOOK))
        if all(pair):
            return Currencies(*pair)
    return Currencies("", "")


def answered_currencies(order: Node) -> Currencies:
    """The currency pair of an order that the Admin API answered with.

    From its head where that is there, else the first that its amounts name. Where no amount names
    the customer's currency it is the shop's: both sides are asked for unless they are equal.
    """
    shop = _first_code(order, "currencyCode", GRAPHQL.shop)
    presentment = _first_code(order, "presentmentCurrencyCode", GRAPHQL.presentment)
    return Currencies(shop, presentment or shop, GRAPHQL)


def _first_code(order: Node, key: str, side: str) -> str:
    if order.get(key) is not None:
        return order.currency(key)
    return next(filter(None, (_code(money, side, GRAPHQL) for money in _objects(order.value))), "")


def _code(money: dict[str, Any], side: str, words: Words) -> str:
    """What one side names as its currency, which reading the side then checks; "" for nothing."""
    stated = money.get(side)
    code = stated.get(words.currency) if isinstance(stated, dict) else None
    return code if isinstance(code, str) else ""


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in it, outermost first; the parser has bounded the depth."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _objects(item)
