"""Typed reading of a JSON object that remembers where it is, so that errors can name the field.

Every level of Shopify's bodies may be null or absent (trap T27), so each reader comes in two
kinds: one that insists, and one that has an answer for silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NoReturn

from accounting import currencies
from shopify_app.payloads.body import BadPayload, join

AMOUNT = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,30})?", re.ASCII)
GID = re.compile(r"gid://shopify/[A-Za-z]{1,60}/([1-9][0-9]{0,18})", re.ASCII)
HARMLESS = re.compile(r"[0-9eETZ:+., -]{1,40}|[A-Za-z]{1,5}", re.ASCII)
YEARS = range(1970, 2200)  # any other is a slip, and near the ends of time zones overflow
MAX_ID = 2**63 - 1
MAX_UNITS = 10**9
MAX_RATE = 10  # a tax of a thousand per cent
RATE_STEP = Decimal("0.000001")
PLACES = 2  # at least: Shopify writes 1200 yen as "1200", "1200.0" or "1200.00"


@dataclass(frozen=True, slots=True)
class Node:
    """One JSON object of a body and its path."""

    value: dict[str, Any]
    path: str = ""

    def at(self, key: str) -> str:
        return join(self.path, key)

    def has(self, key: str) -> bool:
        """True when the field is there, also when it is null."""
        return key in self.value

    def get(self, key: str) -> Any:
        return self.value.get(key)

    def bad(self, key: str, message: str) -> BadPayload:
        return BadPayload(self.at(key), message)

    def must(self, key: str) -> Any:
        value = self.get(key)
        return self._missing(key) if value is None else value

    def _missing(self, key: str) -> NoReturn:
        raise self.bad(key, "The field is missing.")

    def object(self, key: str) -> Node | None:
        value = self.get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.bad(key, "This must be an object.")
        return Node(value, self.at(key))

    def must_object(self, key: str) -> Node:
        return self.object(key) or self._missing(key)

    def objects(self, key: str) -> list[Node]:
        """The objects of a list; none when it is null or absent."""
        return [self._element(key, i, item) for i, item in enumerate(self._list(key))]

    def _list(self, key: str) -> list[Any]:
        value = self.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.bad(key, "This must be a list.")
        return value

    def _element(self, key: str, index: int, item: Any) -> Node:
        path = f"{self.at(key)}[{index}]"
        if not isinstance(item, dict):
            raise BadPayload(path, "This must be an object.")
        return Node(item, path)

    def text(self, key: str) -> str:
        """Without blanks around it; "" when null or absent."""
        value = self.get(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self.bad(key, "This must be text.")
        return value.strip()

    def must_text(self, key: str) -> str:
        return self.text(key) or self._missing(key)

    def one_of(self, key: str, known: Iterable[str]) -> str:
        text = self.must_text(key)
        if text not in known:
            raise self.bad(key, "Lejar does not know this value.")
        return text

    def texts(self, key: str) -> list[str]:
        items = self._list(key)
        if not all(isinstance(item, str) for item in items):
            raise self.bad(key, "This must be a list of texts.")
        return [item.strip() for item in items]

    def flag(self, key: str) -> bool:
        """False when null or absent."""
        value = self.get(key)
        if value is None:
            return False
        if not isinstance(value, bool):
            raise self.bad(key, "This must be true or false.")
        return value

    def must_flag(self, key: str) -> bool:
        self.must(key)
        return self.flag(key)

    def number(self, key: str, *, least: int = 1, most: int = MAX_ID) -> int | None:
        """A whole number in the range; by default one that can be an id. None for silence."""
        value = self.get(key)
        return None if value is None else _whole(value, self.at(key), least, most)

    def numbers(self, key: str) -> list[int]:
        return [
            _whole(item, f"{self.at(key)}[{i}]", 1, MAX_ID)
            for i, item in enumerate(self._list(key))
        ]

    def id(self, key: str = "id") -> int:
        return _whole(self.must(key), self.at(key), 1, MAX_ID)

    def gid(self, key: str = "id") -> int:
        """The number at the end of one of Shopify's global ids: gid://shopify/Order/1."""
        found = GID.fullmatch(self.must_text(key))
        if found is None:
            raise self.bad(key, "This is not an id of Shopify's.")
        return _whole(int(found[1]), self.at(key), 1, MAX_ID)

    def units(self, key: str) -> int:
        """A quantity: whole and not negative."""
        return _whole(self.must(key), self.at(key), 0, MAX_UNITS)

    def change(self, key: str) -> int:
        """How many units more or fewer, whichever sign they are written with."""
        return abs(_whole(self.must(key), self.at(key), -MAX_UNITS, MAX_UNITS))

    def signed(self, key: str) -> int:
        """A quantity that may be negative; 0 when null or absent."""
        value = self.get(key)
        return 0 if value is None else _whole(value, self.at(key), -MAX_UNITS, MAX_UNITS)

    def time(self, key: str) -> datetime | None:
        """In UTC; None when null or absent."""
        value = self.get(key)
        return None if value is None else _time(value, self.at(key))

    def must_time(self, *keys: str) -> datetime:
        """The first of these times that is given."""
        found = next((key for key in keys if self.get(key) is not None), keys[0])
        self.must(found)
        return _time(self.get(found), self.at(found))

    def currency(self, key: str) -> str:
        value = self.must(key)
        if not isinstance(value, str) or not currencies.is_known(value):
            raise self.bad(key, f"{_shown(value)} is not a currency of ISO 4217 like MYR.")
        return value

    def amount(self, key: str, currency: str) -> Decimal:
        """An amount of money in this currency, written to its minor unit; may be negative."""
        return _amount(self.must(key), self.at(key), currency)

    def positive(self, key: str, currency: str) -> Decimal:
        """Like `amount`, for figures whose direction is said elsewhere: never below zero."""
        amount = self.amount(key, currency)
        if amount < 0:
            raise self.bad(key, f"{_shown(self.get(key))} must not be negative.")
        return amount

    def rate(self, key: str) -> Decimal:
        """A tax rate as a fraction. A JSON number (trap T1), so the noise of binary fractions
        beyond six decimals is rounded off before it can become part of a mapping key."""
        value = self.must(key)
        rate = _decimal(value, self.at(key))
        if not 0 <= rate <= MAX_RATE:
            raise self.bad(key, f"{_shown(value)} is not a tax rate.")
        return Decimal(format(rate.quantize(RATE_STEP, ROUND_HALF_UP).normalize(), "f"))


def _whole(value: Any, path: str, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise BadPayload(path, f"{_shown(value)} is not a whole number of at least {least}.")
    return value


def _time(value: Any, path: str) -> datetime:
    try:
        time = datetime.fromisoformat(value)
        if time.tzinfo is None or time.year not in YEARS:
            raise ValueError("not a moment anybody could mean")
        return time.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise BadPayload(path, f"{_shown(value)} is not a time with an offset.") from None


def _decimal(value: Any, path: str) -> Decimal:
    """Of a JSON number or a string of digits; anything else is not a number."""
    numeric = isinstance(value, (int, Decimal)) and not isinstance(value, bool)
    text = format(Decimal(value), "f") if numeric else value
    if not isinstance(text, str) or not AMOUNT.fullmatch(text):
        raise BadPayload(path, f"{_shown(value)} is not a number.")
    return Decimal(text)


def _amount(value: Any, path: str, currency: str) -> Decimal:
    number = _decimal(value, path)
    decimals = currencies.decimals(currency)
    if number.quantize(Decimal(1).scaleb(-decimals)) != number:
        raise BadPayload(path, f"{_shown(value)} has more decimals than {currency} has.")
    amount = number.quantize(Decimal(1).scaleb(-max(decimals, PLACES)))
    return amount if amount else abs(amount)  # there is no minus zero in a ledger


def _shown(value: Any) -> str:
    """What looks like a number, date or code may be repeated in an error; nothing else may."""
    scalar = isinstance(value, (str, int, Decimal))
    return f"“{value}”" if scalar and HARMLESS.fullmatch(str(value)) else "The value"
