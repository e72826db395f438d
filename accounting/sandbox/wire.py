"""JSON as the doors speak it: money is a number or text with two decimals, never a float.

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
    """An answer other than success, in the words of the accounting system or the gateway.

    `rule` names the contract's rule that was broken and its status letter, as in "7.3 O".
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 422,
        code: str = "validation_failed",
        rule: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.rule = rule
        self.headers = headers or {}


def text(value: Any, *, quoted: bool = False) -> str:
    """JSON text of plain values and Decimals; a Decimal keeps the decimals it has and is a bare
    number, or text when `quoted`."""
    if isinstance(value, Decimal):
        return f'"{value:f}"' if quoted else f"{value:f}"
    if isinstance(value, Mapping):
        pairs = (f"{json.dumps(key)}: {text(value[key], quoted=quoted)}" for key in value)
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(text(one, quoted=quoted) for one in value) + "]"
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
