"""Bytes to JSON values, more strictly than the standard library reads them.

What passes can be stored in PostgreSQL, added up exactly and walked without surprises: UTF-8 only,
no NaN, no key said twice, no NUL or half characters, no number that nobody could have meant.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

MAX_DIGITS = 30  # of one number; also the largest power of ten
MAX_DEPTH = 60  # Shopify's deepest body stays below 20
MAX_PATH = 200
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}")


class BadPayload(Exception):
    """A body that cannot be read. `path` names the field, like `line_items[2].price`, and is
    empty when it is the body as a whole; `message` is a sentence without personal data."""

    def __init__(self, path: str, message: str) -> None:
        self.path = path[:MAX_PATH]
        self.message = message
        super().__init__(f"{self.path}: {message}" if self.path else message)


@dataclass(frozen=True, slots=True)
class _Refused:
    """Stands where a value was that is not accepted, until the walk can say where that is."""

    reason: str


def parse(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`: numbers with a fraction or exponent as Decimal, others as int.

    Raises BadPayload for anything else, also for JSON that is valid but not safe to keep.
    """
    try:
        value = _decode(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise BadPayload("", f"The body is not UTF-8 (byte {error.start}).") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise BadPayload("", f"The body is not valid JSON ({where}).") from None
    except RecursionError:
        raise BadPayload("", "The body is nested too deeply.") from None
    if not isinstance(value, dict):
        raise BadPayload("", "The body is not a JSON object.")
    _check(value)
    return value


def _decode(text: str) -> Any:
    return json.loads(
        text,
        parse_float=_number,
        parse_int=_number,
        parse_constant=lambda _: _Refused("This is not a number JSON knows."),
        object_pairs_hook=_object,
    )


def _number(text: str) -> Decimal | int | _Refused:
    mantissa, _, exponent = text.lower().partition("e")
    digits = sum(character.isdigit() for character in mantissa)
    power = exponent.lstrip("+-").lstrip("0")
    if digits > MAX_DIGITS or len(power) > 2 or int(power or 0) > MAX_DIGITS:
        return _Refused("The number is too long or too large.")
    return int(text) if text.lstrip("-").isdigit() else Decimal(text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        found[key] = _Refused("The field is there twice.") if key in found else value
    return found


def _check(top: dict[str, Any]) -> None:
    """Walks without recursion, so that depth costs nothing until it is measured."""
    waiting: list[tuple[str, Any, int]] = [("", top, 0)]
    while waiting:
        path, value, depth = waiting.pop()
        if isinstance(value, _Refused):
            raise BadPayload(path, value.reason)
        if isinstance(value, str) and UNSTORABLE.search(value):
            raise BadPayload(path, "The text contains a character that cannot be kept.")
        if depth > MAX_DEPTH:
            raise BadPayload(path, "The body is nested too deeply.")
        waiting.extend((inner, item, depth + 1) for inner, item in _children(path, value))


def _children(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            if UNSTORABLE.search(key):
                raise BadPayload(path, "A field name contains a character that cannot be kept.")
            yield join(path, key), item
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield f"{path}[{index}]", item


def join(path: str, key: str) -> str:
    """The path of a field; a name that Shopify would not use is not repeated."""
    shown = key if PLAIN_KEY.fullmatch(key) else "?"
    return f"{path}.{shown}" if path else shown
