"""Mappings as CSV files that Excel opens and gives back: a header with the API's field names, UTF-8
with a byte order mark, one line for each row.

What a spreadsheet would take for a formula is written behind an apostrophe and read without it, so
that a file that was exported and imported changes nothing.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import BooleanField, F, QuerySet

from accounting.documents.rules import canonical_rate
from accounting.mapping_tables import CUSTOMERS, TABLES, Table

BOM = "\ufeff"
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "'")  # the first of a formula, or of our own mark
DELIMITERS = (",", ";", "\t")  # what spreadsheets write, by country
TRUE, FALSE = ("true", "yes", "1"), ("false", "no", "0", "")
MOST_ROWS = 200_000
ROWS_AT_ONCE = 1000
NOT_UTF8 = "The file is not UTF-8. In Excel choose “CSV UTF-8” when you save it."
EMPTY = "The file is empty. Its first line names the columns."
NO_CSV = "The file is not CSV: line {line} cannot be read."
UNKNOWN_COLUMN = "There is no column “{name}”. The columns are {known}."
TWICE = "The column “{name}” is there twice."
NO_KEY = "The column “{name}” is missing: it says what each row is for."
TOO_MANY = "The file has more than {most} rows. Split it."


class WrongFile(Exception):
    """The file cannot be read as one of mappings, for the reason in the message."""


# --- writing -----------------------------------------------------------------------------------


def rows_of(table: Table, store_id: int) -> QuerySet[Any]:
    """The store's rows; customers of the books it sells into now."""
    rows = table.model._default_manager.filter(store=store_id)
    return rows.filter(book=F("store__book")) if table is CUSTOMERS else rows


def exported(store_id: int, what: str) -> Iterator[str]:
    """The file, some lines at a time; rows in the order they were added."""
    table = TABLES[what]
    yield BOM + _lines([table.fields])
    last = 0
    while True:
        found = rows_of(table, store_id).filter(pk__gt=last).order_by("pk")[:ROWS_AT_ONCE]
        rows = list(found.values_list("pk", *table.fields))
        if not rows:
            return
        last = rows[-1][0]
        yield _lines([cell(value) for value in row[1:]] for row in rows)


def _lines(rows: Iterable[Iterable[str]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def cell(value: Any) -> str:
    """A value as a spreadsheet keeps it, and not as one that it would compute."""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = f"{canonical_rate(value):f}" if isinstance(value, Decimal) else str(value)
    return f"'{text}" if text.startswith(RISKY) else text


# --- reading -----------------------------------------------------------------------------------


def decoded(content: bytes) -> str:
    """The text of a file. Raises WrongFile."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise WrongFile(NOT_UTF8) from None


def columns(what: str, text: str) -> list[str]:
    """The fields that the file has, by its header. Raises WrongFile."""
    _, header = next(_read(text), (0, []))
    names = [name.strip().casefold() for name in header]
    table = TABLES[what]
    if not any(names):
        raise WrongFile(EMPTY)
    for name in names:
        if name not in table.fields:
            known = ", ".join(table.fields)
            raise WrongFile(UNKNOWN_COLUMN.format(name=name, known=known))
        if names.count(name) > 1:
            raise WrongFile(TWICE.format(name=name))
    for name in table.key:
        if name not in names and name not in table.optional:
            raise WrongFile(NO_KEY.format(name=name))
    return names


def parsed(what: str, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each line that says anything, with its number and its values by field, as `mapping_tables`
    checks them. Raises WrongFile."""
    names, table = columns(what, text), TABLES[what]
    lines = _read(text)
    next(lines)
    for count, (number, cells) in enumerate(lines):
        if count == MOST_ROWS:
            raise WrongFile(TOO_MANY.format(most=MOST_ROWS))
        given = {
            name: value_of(table, name, said) for name, said in zip(names, cells, strict=False)
        }
        if any(said.strip() for said in cells[len(names) :]):
            given[""] = cells[len(names)]
        yield number, given


def _read(text: str) -> Iterator[tuple[int, list[str]]]:
    """The lines that are not empty, with the number each ends on."""
    first = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if any(said.strip() for said in cells):
                yield reader.line_num, cells
    except csv.Error:
        raise WrongFile(NO_CSV.format(line=reader.line_num)) from None


def value_of(table: Table, name: str, said: str) -> Any:
    """What a cell says. What makes no sense is given back as it is, to be refused by its field."""
    if isinstance(table.model._meta.get_field(name), BooleanField):
        word = said.strip().casefold()
        return True if word in TRUE else False if word in FALSE else said
    if name == "rate" and said.strip().endswith("%"):
        return _fraction(said)
    return said[1:] if said.startswith("'") and said[1:].startswith(RISKY) else said


def _fraction(said: str) -> str:
    try:
        return str(Decimal(said.strip().removesuffix("%").strip()) / 100)
    except InvalidOperation:
        return said
