"""Pages of a list by key: nothing is skipped or shown twice while rows are added."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet

Row = TypeVar("Row", bound=Model)
LONGEST_KEY = 18  # digits that always fit the database's integers


def newest(rows: QuerySet[Row], before: str, size: int) -> tuple[list[Row], int | None]:
    """Up to `size` rows below the key `before`, and the key after which the next page begins; None
    on the last one. A `before` that is no key, as anybody may type it, means the first page."""
    if before.isascii() and before.isdigit():
        rows = rows.filter(pk__lt=int(before[:LONGEST_KEY]))
    found = list(rows.order_by("-pk")[: size + 1])
    return found[:size], found[size - 1].pk if len(found) > size else None


@dataclass(frozen=True, slots=True)
class KeyPage(Generic[Row]):
    """One page of rows in the order of their key. `after` and `before` are what the address of the
    next and of the previous page says; None where there is no such page."""

    rows: list[Row]
    after: str | None
    before: str | None


def by_key(
    rows: QuerySet[Row], key: Sequence[str], *, after: str, before: str, size: int
) -> KeyPage[Row]:
    """Up to `size` rows behind the key `after`, or else before the key `before`, in the order of
    the fields of `key`, which an index should have. What is no key means the first page."""
    start, end = _values(rows.model, key, after), _values(rows.model, key, before)
    if start is None and end is not None:
        backwards = rows.filter(_beyond(key, end, "lt")).order_by(*(f"-{name}" for name in key))
        found = list(backwards[: size + 1])
        page = found[:size][::-1]
        return KeyPage(page, _key(page, -1, key), _key(page, 0, key) if found[size:] else None)
    forwards = rows if start is None else rows.filter(_beyond(key, start, "gt"))
    found = list(forwards.order_by(*key)[: size + 1])
    page = found[:size]
    following = _key(page, -1, key) if found[size:] else None
    return KeyPage(page, following, _key(page, 0, key) if start is not None else None)


def _beyond(key: Sequence[str], values: Sequence[Any], way: str) -> Q:
    """Rows whose key is beyond the values; the bound on the first field lets an index be used."""
    bound = Q(**{f"{key[0]}__{way}e": values[0]})
    cases = Q()
    for place, name in enumerate(key):
        same = dict(zip(key[:place], values, strict=False))
        cases |= Q(**same, **{f"{name}__{way}": values[place]})
    return bound & cases


def _key(rows: Sequence[Row], place: int, key: Sequence[str]) -> str | None:
    if not rows:
        return None
    values = [getattr(rows[place], name) for name in key]
    return json.dumps([value if isinstance(value, (bool, int)) else str(value) for value in values])


def _values(model: type[Model], key: Sequence[str], said: str) -> list[Any] | None:
    """The key that an address says, or None: anybody may type one."""
    try:
        values = json.loads(said) if said else None
    except ValueError:
        return None
    if not isinstance(values, list) or len(values) != len(key) or "\\u0000" in said:
        return None
    try:
        return [
            model._meta.get_field(name).to_python(value)  # type: ignore[union-attr]  # a column
            for name, value in zip(key, values, strict=True)
        ]
    except ValidationError:
        return None
