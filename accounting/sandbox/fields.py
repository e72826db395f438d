"""Reading a request body against a table of fields, as strictly as the accounting systems do.

Names that a table does not know are left alone, as the gateway accepts them without effect, unless
the system has a sentence for them. The whole body is kept beside the document.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as default
from datetime import date
from decimal import Decimal
from typing import Any

from accounting.sandbox.wire import Refused

LARGEST = Decimal("9999999999999.99")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
DECIMAL_TEXT = re.compile(r"-?\d{1,15}(\.\d{1,12})?")
PERCENT_TEXT = re.compile(r"\d{1,3}(\.\d{1,4})?%")


@dataclass(frozen=True, slots=True)
class Field:
    """`kind` is one of READERS, or "any" for a name that is known and has no effect; `largest` is
    in characters; `rule` is the contract's."""

    name: str
    kind: str = "text"
    largest: int = 0
    required: bool = False
    never_blank: bool = False
    rows: tuple[Field, ...] = ()
    rule: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """How one accounting system phrases its refusals (contract 7.4).

    `rules` and `statuses` say per sentence where the contract has it and what it is answered with,
    if not with `status`. Without `unknown_name` a name that is not in the table is left alone.
    """

    missing: str
    too_long: str
    bad_text: str
    bad_date: str
    bad_number: str
    too_precise: str
    bad_flag: str
    unknown: str
    duplicate: str
    over_allocated: str
    other_debtor: str
    closed: str
    negative: str
    unknown_name: str = ""
    status: int = 422
    statuses: Mapping[str, int] = default(default_factory=dict)
    rules: Mapping[str, str] = default(default_factory=dict)

    def refusal(self, sentence: str, rule: str = "", *args: Any, **said: Any) -> Refused:
        """The refusal with one of these sentences, filled in."""
        message = str(getattr(self, sentence)).format(*args, **said)
        return Refused(
            message,
            status=self.statuses.get(sentence, self.status),
            rule=rule or self.rules.get(sentence, ""),
        )


def names(listed: str, **options: Any) -> tuple[Field, ...]:
    """Several text fields written as `name:length name:length`."""
    pairs = (part.partition(":") for part in listed.split())
    return tuple(Field(name, largest=int(length or 0), **options) for name, _, length in pairs)


def read(table: Sequence[Field], body: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """The known fields that are present, as str, date, Decimal, bool or lists of such.

    Raises Refused with the system's sentence for the first field that is not acceptable.
    """
    if words.unknown_name:
        _refuse_unknown_names(table, body, words)
    values: dict[str, Any] = {}
    for field in table:
        given = body.get(field.name)
        if given is None or (field.required and given in ("", [])):
            if field.required:
                raise words.refusal("missing", field.rule, field=field.name)
        elif field.kind != "any":
            values[field.name] = READERS[field.kind](field, given, words)
    return values


def _refuse_unknown_names(table: Sequence[Field], body: Mapping[str, Any], words: Words) -> None:
    unknown = set(body) - {field.name for field in table}
    if unknown:
        raise words.refusal("unknown_name", field=min(unknown))


def _text(field: Field, given: Any, words: Words) -> str:
    if not isinstance(given, str):
        raise words.refusal("bad_text", field.rule, field=field.name)
    if field.largest and len(given) > field.largest:
        said = {"field": field.name, "largest": field.largest, "n": len(given)}
        raise words.refusal("too_long", field.rule, **said)
    if not given.strip() and (field.required or field.never_blank):
        raise words.refusal("missing", field.rule, field=field.name)
    return given.strip()


def _date(field: Field, given: Any, words: Words) -> date:
    try:
        if isinstance(given, str) and DATE.fullmatch(given):
            return date.fromisoformat(given)
    except ValueError:
        pass  # the 30th of February ends like any other text that is no date
    raise words.refusal("bad_date", field.rule, field=field.name, given=given)


def _number(field: Field, given: Any, words: Words, places: int = 12) -> Decimal:
    if isinstance(given, bool) or not isinstance(given, (int, Decimal)):
        raise words.refusal("bad_number", field.rule, field=field.name, given=given)
    value = Decimal(given)
    if abs(value) > LARGEST:
        raise words.refusal("bad_number", field.rule, field=field.name, given="too large")
    if int(value.as_tuple().exponent) < -places:
        raise words.refusal("too_precise", field.rule, field=field.name, given=given, places=places)
    return value


def _quantity(field: Field, given: Any, words: Words) -> Decimal:
    return _number(field, given, words, places=8)


def _money(field: Field, given: Any, words: Words) -> Decimal:
    return _number(field, given, words, places=2).quantize(Decimal("0.01"))


def _decimal_text(field: Field, given: Any, words: Words, places: int = 12) -> Decimal:
    if not isinstance(given, str) or not DECIMAL_TEXT.fullmatch(given):
        raise words.refusal("bad_number", field.rule, field=field.name, given=given)
    return _number(field, Decimal(given), words, places)


def _money_text(field: Field, given: Any, words: Words) -> Decimal:
    return _decimal_text(field, given, words, places=2).quantize(Decimal("0.01"))


def _percent_text(field: Field, given: Any, words: Words) -> str:
    """ "" or a rate with its sign, "10%"."""
    if not isinstance(given, str) or (given and not PERCENT_TEXT.fullmatch(given)):
        raise words.refusal("bad_number", field.rule, field=field.name, given=given)
    return given


def _whole(field: Field, given: Any, words: Words) -> int:
    if type(given) is not int or abs(given) > LARGEST:
        raise words.refusal("bad_number", field.rule, field=field.name, given=given)
    return given


def _flag(field: Field, given: Any, words: Words) -> bool:
    if not isinstance(given, bool):
        raise words.refusal("bad_flag", field.rule, field=field.name)
    return given


def _rows(field: Field, given: Any, words: Words) -> list[dict[str, Any]]:
    if not isinstance(given, list) or not all(isinstance(row, dict) for row in given):
        raise words.refusal("bad_text", field.rule, field=field.name)
    return [read(field.rows, row, words) for row in given]


READERS = {
    "text": _text,
    "date": _date,
    "number": _number,
    "quantity": _quantity,
    "money": _money,
    "decimal text": _decimal_text,
    "money text": _money_text,
    "percent text": _percent_text,
    "whole": _whole,
    "flag": _flag,
    "rows": _rows,
}
