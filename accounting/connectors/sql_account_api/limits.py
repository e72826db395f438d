"""Bodies as SQL Account takes them: decimals as texts, dates as YYYY-MM-DD, nothing too long.

What does not fit is refused with the field's name before anything is sent; nothing is cut
(contract 7, the table "limits" of `api.json`).
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from accounting.connectors.base import Rejected
from accounting.connectors.sql_account_api.api import Limit

Body = Mapping[str, Any]
LATIN_1 = 0xFF  # the last character that books which are not Unicode can hold
LEAST_DECIMALS = 2  # written at least, as SQL Account writes money


def text(limits: Mapping[str, Limit], body: Body) -> bytes:
    """The bytes to sign and send, keys in the given order; None leaves a field out. Raises
    Rejected."""
    try:
        return json.dumps(
            _fitted(limits, body, ""), ensure_ascii=False, separators=(",", ":")
        ).encode()
    except UnicodeEncodeError:
        raise Rejected("a text holds half a character, which no accounting system takes") from None


def plain(body: bytes) -> bytes:
    """The same body with what lies outside Latin-1 as "?"; equal where there is nothing such."""
    return "".join(one if ord(one) <= LATIN_1 else "?" for one in body.decode()).encode()


def wrapped(lines: Sequence[str], longest: int, most: int) -> list[str]:
    """`lines` on at most `most` lines of `longest` characters, broken between words where there
    are any; what has no line of its own joins the last. Raises Rejected when they do not fit."""
    said = [" ".join(line.split()) for line in lines if line.strip()]
    parts = [part for line in said for part in _broken(line, longest)]
    if len(parts) > most:
        parts = _broken(", ".join(said), longest)
    if len(parts) > most:
        raise Rejected(f"address does not fit {most} lines of {longest} characters")
    return parts


def _broken(line: str, longest: int) -> list[str]:
    return textwrap.wrap(line, longest, break_on_hyphens=False)


def _fitted(limits: Mapping[str, Limit], body: Body, path: str) -> dict[str, Any]:
    written: dict[str, Any] = {}
    for name, value in body.items():
        if isinstance(value, list):
            rows = enumerate(value, start=1)
            written[name] = [_fitted(limits, row, f"{path}{name} {n}, ") for n, row in rows]
        elif value is not None:
            written[name] = _value(limits.get(name, Limit()), value, f"{path}{name}")
    return written


def _value(limit: Limit, value: Any, path: str) -> str | int | bool:
    if isinstance(value, Decimal):
        return _number(value, limit.decimals, path)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return _text(value, limit.max, path)
    if isinstance(value, int):
        return value
    raise TypeError(f"{type(value).__name__} does not belong in a body")


def _text(value: str, longest: int, path: str) -> str:
    shown = " ".join(value.split())
    if longest and len(shown) > longest:
        raise Rejected(f"{path} has {len(shown)} characters; SQL Account takes {longest}")
    return shown


def _number(value: Decimal, most: int, path: str) -> str:
    """With as few decimals as it needs, two at least, unchanged in worth."""
    for places in range(min(LEAST_DECIMALS, most), most + 1):
        rounded = value.quantize(Decimal(1).scaleb(-places))
        if rounded == value:
            return f"{rounded or abs(rounded):f}"  # never -0.00
    raise Rejected(f"{path} {value:f} has more decimals than the {most} SQL Account takes")
