"""JSON as the gateway speaks it: money is a bare number with two decimals, never a float.

The standard library can write a Decimal only as a string or through a float, so values are written
here; reading keeps `107` (int) and `107.00` (Decimal) apart, because one AutoCount server does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any


class BadBody(Exception):
    """The body is not one JSON object in UTF-8."""


class Refused(Exception):
    """An answer other than success, in the words of the accounting system or the gateway."""

    def __init__(self, message: str, *, status: int = 422, code: str = "validation_failed") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def text(value: Any) -> str:
    """JSON text of plain values and Decimals; a Decimal keeps the decimals it has."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(key)}: {text(value[key])}" for key in value) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(text, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def error(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}


def load(raw: bytes) -> dict[str, Any]:
    """The object in a request body. Raises BadBody, also for text PostgreSQL cannot keep."""
    try:
        value = json.loads(raw, parse_float=Decimal, parse_constant=_refuse_constant)
        kept = json.dumps(value, ensure_ascii=False, default=str)
        kept.encode()
    except (ValueError, RecursionError, ArithmeticError) as problem:
        raise BadBody("The body is not valid JSON in UTF-8.") from problem
    if not isinstance(value, dict):
        raise BadBody("The body is not a JSON object.")
    if "\\u0000" in kept:
        raise BadBody("The body contains a NUL character.")
    return value


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")
