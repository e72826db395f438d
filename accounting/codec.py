"""Frozen dataclasses to plain JSON values and back, so that facts and documents can be kept.

Money travels as strings and times as ISO 8601 in UTC, so that nothing is rounded on the way and
equal values always have equal text: that text is what gets hashed.
"""

from __future__ import annotations

import hashlib
import json
import types
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")
AS_IT_IS = frozenset({str, int, bool, type(None)})  # most values by far, so asked for first
# Metadata of a field that came later: at its default it stands in no text, so that what was kept
# and hashed before it existed is still the same.
LEFT_OUT = {"left_out": True}
ALWAYS = object()  # of all other fields


def dump(value: Any) -> Any:
    """The JSON value of a dataclass, tuple, mapping, Decimal, date, aware datetime or enum.

    Raises TypeError for a float or a naive datetime: neither may stand near money.
    """
    if type(value) in AS_IT_IS:
        return value
    if is_dataclass(value) and not isinstance(value, type):
        said = ((name, unsaid, getattr(value, name)) for name, unsaid in _names(type(value)))
        kept = ((name, each) for name, unsaid, each in said if unsaid is ALWAYS or each != unsaid)
        return {name: dump(each) for name, each in kept}
    if isinstance(value, (tuple, list)):
        return [dump(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): dump(item) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(dump(item) for item in value)
    return _dump_scalar(value)


def plain(value: Any) -> Any:
    """A JSON value without the characters that no database can keep: zeros, and halves of one."""
    if isinstance(value, str):
        return value.replace("\0", "").encode(errors="replace").decode()
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {plain(key): plain(item) for key, item in value.items()}
    return value


def _dump_scalar(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError("a datetime without a time zone cannot be kept")
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    if value is None or isinstance(value, (str, int, bool)):
        return value
    raise TypeError(f"{type(value).__name__} cannot be kept as JSON")


def load(cls: type[T], value: Any) -> T:
    """The `cls` that `dump` made `value` from. Fields unknown to `cls` are ignored, absent ones
    take their default, so that old and new workers can read each other's rows."""
    return typing.cast(T, _load(cls, value))


def text(value: Any) -> str:
    """Canonical JSON of a dumped value: sorted keys, no spaces."""
    return json.dumps(dump(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sha256(value: Any) -> str:
    """Hex digest of the canonical text."""
    return digest(text(value))


def digest(canonical: str) -> str:
    """Hex digest of a text that `text` made."""
    return hashlib.sha256(canonical.encode()).hexdigest()


def _load(kind: Any, value: Any) -> Any:
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        inner = [arg for arg in typing.get_args(kind) if arg is not type(None)]
        return None if value is None else _load(inner[0], value)
    if origin is tuple:
        return tuple(_load(typing.get_args(kind)[0], item) for item in value)
    if is_dataclass(kind):
        hints = _hints(typing.cast(type, kind))
        known = {name: value[name] for name in hints if name in value}
        return typing.cast(Any, kind)(**{n: _load(hints[n], item) for n, item in known.items()})
    return _load_scalar(kind, value)


def _load_scalar(kind: Any, value: Any) -> Any:
    if kind is Decimal:
        return Decimal(value)
    if kind is datetime or kind is date:
        return kind.fromisoformat(value)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    return value


@cache
def _names(cls: type) -> tuple[tuple[str, Any], ...]:
    """Each field, and the value at which it is left out."""
    return tuple(
        (f.name, f.default if f.metadata.get("left_out") else ALWAYS)
        for f in fields(typing.cast(Any, cls))
    )


@cache
def _hints(cls: type) -> dict[str, Any]:
    hints = typing.get_type_hints(cls)
    return {name: hints[name] for name, _ in _names(cls)}
