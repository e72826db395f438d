"""Reading a body as AutoCount Cloud does: typed like its input models, rounded to the book.

A decimal in quotes is refused with the converter's own sentence; a number with more digits than the
book keeps is rounded and never refused (contract 3). Names that a table does not know are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from accounting.sandbox.autocount_cloud_book import Book, refused
from accounting.sandbox.autocount_cloud_tables import (
    NOT_CONVERTED,
    REQUIRED,
    REQUIRED_PART,
    TOO_LARGE,
    TOO_LONG,
)
from accounting.sandbox.fields import LARGEST, Field
from accounting.sandbox.wire import Refused

DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}:\d{2})?")

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads for one book. Every method raises Refused for the first value that is not usable."""

    book: Book

    def part(self, body: Mapping[str, Any], name: str, table: Sequence[Field]) -> Values:
        """The object `name` of the body, which must be there."""
        given = body.get(name)
        if given is None:
            raise refused(REQUIRED_PART.format(_title(name)), "18.6 O")
        return self.fields(_object(given, name), table, name)

    def options(self, body: Mapping[str, Any], name: str, table: Sequence[Field]) -> Values:
        """The object `name` of the body; empty where it is left out."""
        return self.fields(_object(body.get(name) or {}, name), table, name)

    def rows(self, body: Mapping[str, Any], name: str, table: Sequence[Field]) -> list[Values]:
        """The rows `name` of the body: at least one."""
        given = body.get(name)
        if given is None or given == []:
            raise refused(REQUIRED_PART.format(_title(name)), "18.3 A")
        if not isinstance(given, list):
            raise _not_converted("Collections.Generic.List", name)
        places = [f"{name}[{position}]" for position in range(len(given))]
        return [
            self.fields(_object(row, place), table, place)
            for row, place in zip(given, places, strict=True)
        ]

    def fields(self, given: Mapping[str, Any], table: Sequence[Field], place: str) -> Values:
        """The known fields that carry a value, as str, date, Decimal or bool."""
        values: Values = {}
        for field in table:
            value = given.get(field.name)
            if value is not None:
                value = self._value(field, value, f"{place}.{field.name}".lstrip("."))
            if value not in (None, ""):
                values[field.name] = value
            elif field.required:
                raise refused(REQUIRED.format(_title(field.name)), "18.3 D")
        return values

    def _value(self, field: Field, given: Any, path: str) -> Any:
        if field.kind == "text":
            return self._text(field, given, path)
        if field.kind == "date":
            return read_date(given, path)
        if field.kind == "flag":
            return _flag(given, path)
        return self.book.rounded(_number(given, path), field.kind)

    def _text(self, field: Field, given: Any, path: str) -> str:
        if not isinstance(given, str):
            raise _not_converted("String", path)
        if not field.largest or len(given) <= field.largest:
            return given.strip()
        if self.book.truncates:
            return given[: field.largest].strip()
        raise refused(TOO_LONG.format(_title(field.name), field.largest), "18.3 A")


def _object(given: Any, path: str) -> Mapping[str, Any]:
    if not isinstance(given, dict):
        raise _not_converted("Object", path)
    return given


def read_date(given: Any, path: str) -> date:
    found = DATE.fullmatch(given) if isinstance(given, str) else None
    try:
        if found:
            return date.fromisoformat(found[1])
    except ValueError:
        pass  # the 30th of February ends like any other text that is no date
    raise _not_converted("DateTime", path)


def _flag(given: Any, path: str) -> bool:
    if not isinstance(given, bool):
        raise _not_converted("Boolean", path)
    return given


def _number(given: Any, path: str) -> Decimal:
    if isinstance(given, bool) or not isinstance(given, (int, Decimal)):
        raise _not_converted("Decimal", path)
    value = Decimal(given)
    if abs(value) > LARGEST:
        raise refused(TOO_LARGE.format(path), "18.7 A")
    return value


def _not_converted(kind: str, path: str) -> Refused:
    return refused(NOT_CONVERTED.format(kind, path), "18.7 O")


def _title(name: str) -> str:
    return name[0].upper() + name[1:]
