"""JSON without floats: what the books say is read, and what they are told is written, exactly."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, NoReturn


def parsed(text: str) -> Any:
    """The object or list in `text`, numbers with a point as Decimal; None where there is none."""
    try:
        payload = json.loads(text, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError, ArithmeticError):
        return None
    return payload if isinstance(payload, (dict, list)) else None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def written(value: Any) -> str:
    """JSON in the given key order. Decimals are written as they are; a float is a TypeError."""
    if isinstance(value, dict):
        pairs = (f"{written(key)}: {written(item)}" for key, item in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, (str, bool, int)):
        return json.dumps(value)
    raise TypeError(f"{type(value).__name__} does not belong in a body")
