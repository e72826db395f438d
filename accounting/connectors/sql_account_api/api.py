"""What is known of SQL Account's API, as data: limits, names, lists and what its errors mean.

`api.json` holds it, so that what the contract only assumes or observed can be corrected without
code (contract sql-account-api). It is checked completely when it is read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from accounting.connectors.base import CodeList
from accounting.connectors.reading import ProfileError, Reader

FILE = Path(__file__).parent / "api.json"
STATUSES = frozenset({"documented", "observed", "assumed"})
METHODS = frozenset({"", "GET", "POST", "PUT"})
OUTCOMES = frozenset(
    {
        "absent",
        "lookup",
        "misconfigured",
        "rejected",
        "rejected_if_absent",
        "stale",
        "text",
        "throttled",
        "unavailable",
        "uncertain",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Characters of a text at most, 0 for no known limit; decimals of a number."""

    max: int = 0
    decimals: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRule:
    """Matches when everything it states is true; the first match decides. `names_number` asks for
    the document's number in the text, `say` replaces the text, `advice` follows it."""

    outcome: str
    status: frozenset[int] = frozenset()
    phrase: re.Pattern[str] | None = None
    method: str = ""
    html: bool | None = None
    names_number: bool = False
    hint: str = ""
    say: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """How a list of codes is read: resource and field names, `detail` by what we call it."""

    resource: str
    code: str
    name: str
    active: str
    detail: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """See `api.json`. Seconds are wall-clock; `clock_seconds` is how far our clock may be off."""

    version: int
    host: str
    minimum_version: str
    connect_seconds: int
    read_seconds: int
    throttled_seconds: int
    clock_seconds: int
    page_size: int
    line_step: int
    home_currency: tuple[str, ...]
    doc_types: Mapping[str, str]
    submission: Mapping[str, int]
    id_types: Mapping[str, int]
    branch: Mapping[str, str]
    rounding_item: str
    items: Mapping[str, str]
    item_fallback: Mapping[str, str]
    stock_roles: tuple[str, ...]
    knock_off_rows: Mapping[str, tuple[str, ...]]
    profile: Mapping[str, tuple[str, ...]]
    unit_rows: Mapping[str, str]
    limits: Mapping[str, Limit]
    code_lists: Mapping[CodeList, Listed]
    errors: tuple[ErrorRule, ...]

    @property
    def seconds(self) -> float:
        """The deadline of one call of the connector, whatever it takes."""
        return float(self.connect_seconds + self.read_seconds)


@cache
def api() -> Api:
    """The one there is. Raises ProfileError naming the key at fault."""
    return read(json.loads(FILE.read_text(encoding="utf-8")))


def read(value: object) -> Api:
    """The data in a JSON value, completely checked. Raises ProfileError."""
    top = Reader(value, "")
    found = Api(
        version=top.number("version"),
        host=top.text("host"),
        minimum_version=top.text("minimum_version"),
        connect_seconds=top.number("connect_seconds"),
        read_seconds=top.number("read_seconds"),
        throttled_seconds=top.number("throttled_seconds"),
        clock_seconds=top.number("clock_seconds"),
        page_size=top.number("page_size"),
        line_step=top.number("line_step"),
        home_currency=top.texts("home_currency"),
        doc_types=top.table_of_texts("doc_types"),
        submission=_numbers(top.inside("submission")),
        id_types=_numbers(top.inside("id_types")),
        branch=top.table_of_texts("branch"),
        rounding_item=top.text("rounding_item"),
        items=top.table_of_texts("items"),
        item_fallback=top.table_of_texts("item_fallback"),
        stock_roles=top.texts("stock_roles"),
        knock_off_rows=_names(top.inside("knock_off_rows")),
        profile=_names(top.inside("profile")),
        unit_rows=top.table_of_texts("unit_rows"),
        limits=top.table("limits", _limit),
        code_lists={
            CodeList(name): each for name, each in top.table("code_lists", _listed).items()
        },
        errors=top.rows("errors", _error),
    )
    top.done()
    return found


def _numbers(given: Reader) -> dict[str, int]:
    return {name: given.number(name) for name in given.names()}


def _names(given: Reader) -> dict[str, tuple[str, ...]]:
    return {name: given.texts(name) for name in given.names()}


def _limit(given: Reader) -> Limit:
    limit = Limit(max=given.number("max", 0), decimals=given.number("decimals", 2))
    given.text("status", "documented", among=STATUSES)
    given.done()
    return limit


def _listed(given: Reader) -> Listed:
    listed = Listed(
        resource=given.text("resource"),
        code=given.text("code"),
        name=given.text("name"),
        active=given.text("active", "isactive"),
        detail=given.table_of_texts("detail"),
    )
    given.done()
    return listed


def _error(given: Reader) -> ErrorRule:
    rule = ErrorRule(
        outcome=given.text("outcome", among=OUTCOMES),
        status=frozenset(given.numbers("status", ())),
        phrase=_pattern(given, given.text("phrase", "")),
        method=given.text("method", "", among=METHODS),
        html=given.flag("html") if given.has("html") else None,
        names_number=given.flag("names_number"),
        hint=given.text("hint", ""),
        say=given.text("say", ""),
        advice=given.text("advice", ""),
    )
    given.done()
    return rule


def _pattern(given: Reader, text: str) -> re.Pattern[str] | None:
    try:
        return re.compile(text, re.IGNORECASE) if text else None
    except re.error as error:
        raise ProfileError(f"{given.at('phrase')}: {error}") from None
