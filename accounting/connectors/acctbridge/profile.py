"""What AcctBridge is expected to offer for one accounting system, as data.

Little of it is published, so paths, field names, lengths and error phrases live in JSON files that
an operator corrects without code (contract acctbridge 3 and 12). A profile is checked completely
when it is loaded: a mistake is named by its key and never reaches the books.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any

from accounting.connectors.acctbridge import sources
from accounting.connectors.acctbridge.shapes import (
    SALES,
    ErrorRule,
    Field,
    Operation,
    Profile,
    Reply,
    Transport,
)
from accounting.connectors.reading import ProfileError, Reader
from accounting.documents.rules import TaxMethod

__all__ = ["SHIPPED", "Profile", "ProfileError", "load", "read"]

SHIPPED = ("sql_accounting", "autocount")

TYPES = frozenset({"string", "date", "number", "number2", "quantity", "whole", "boolean", "array"})
OUTCOMES = frozenset(
    {
        "lookup",
        "unavailable",
        "uncertain",
        "rejected",
        "rejected_if_absent",
        "misconfigured",
        "absent",
    }
)
NEEDS = frozenset({"required", "optional", "information"})
PROBES = frozenset({"", "list", "list+filter"})
STATUSES = frozenset({"documented", "observed", "assumed"})
PLACEHOLDER = re.compile(r"\{(\w+)\}")


def load(profile_id: str, overrides: Path | None) -> Profile:
    """A shipped profile with the operator's corrections merged over it, key by key.

    `overrides` is a JSON file, or a folder that may hold `{profile_id}.json`. Objects are merged,
    lists replaced, and a key that is null is removed. Raises ProfileError naming the key.
    """
    if profile_id not in SHIPPED:
        raise ProfileError(f"{profile_id}: no such profile; there are {', '.join(SHIPPED)}")
    folder = resources.files("accounting.connectors.acctbridge") / "profiles"
    shipped = parse((folder / f"{profile_id}.json").read_text(encoding="utf-8"))
    if overrides is None:
        return read(shipped)
    file = overrides / f"{profile_id}.json" if overrides.is_dir() else overrides
    if overrides.is_dir() and not file.exists():
        return read(shipped)
    try:
        return read(merge(shipped, parse(file.read_text(encoding="utf-8"))))
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(f"{file.name}: cannot be read ({type(error).__name__})") from None


def parse(text: str) -> Any:
    """The JSON value of a profile's text. Raises ProfileError."""
    try:
        return json.loads(text, parse_float=Decimal)
    except ValueError as error:
        raise ProfileError(f"profile: is not JSON ({error})") from None


def merge(base: Any, change: Any) -> Any:
    """`base` with `change` over it: objects key by key, all else replaced, null removes a key."""
    if not (isinstance(base, dict) and isinstance(change, dict)):
        return change
    merged = base | {key: merge(base.get(key), item) for key, item in change.items()}
    return {key: item for key, item in merged.items() if item is not None}


def read(value: Any) -> Profile:
    """The profile in a JSON value, completely checked. Raises ProfileError."""
    top = Reader(value, "")
    number_length, unique_numbers, negative_lines = _limits(top.inside("limits"))
    profile = Profile(
        id=top.text("id"),
        version=top.number("version"),
        title=top.text("title"),
        base_path=top.text("basePath"),
        transport=_transport(top.inside("transport")),
        boolean=_formats(top.inside("format")),
        operations=top.table("operations", _operation),
        objects=top.table("objects", _object),
        reply=_reply(top.inside("reply")),
        doc_types=top.table_of_texts("docTypes"),
        id_types=top.table_of_texts("idTypes") if top.has("idTypes") else {},
        home_currency=top.texts("homeCurrency"),
        errors=top.rows("errors", _error),
        number_length=number_length,
        unique_numbers=unique_numbers,
        negative_lines=negative_lines,
        tax=_tax(top.inside("tax")),
        tariff_prefixes=top.texts("tariffPrefixes", ()),
        acknowledge=top.texts("acknowledge", ()),
    )
    _key_order(top.inside("quirks"), profile.objects)
    top.done()
    _complete(profile)
    return profile


def _transport(given: Reader) -> Transport:
    in_flight = given.number("maxInFlight")
    if in_flight != 1:
        raise ProfileError(f"{given.at('maxInFlight')}: must be 1, calls to a PC never overlap")
    transport = Transport(
        connect_seconds=float(given.number("connectTimeoutS")),
        read_seconds=float(given.number("readTimeoutS")),
        min_interval=given.number("minIntervalMs") / 1000,
    )
    given.done()
    return transport


def _formats(given: Reader) -> str:
    """Only booleans come in two spellings; the others are stated so that a change is refused."""
    given.text("money", among={"number2"})
    given.text("quantity", among={"number"})
    given.text("date", among={"YYYY-MM-DD"})
    given.text("empty", among={"omit"})
    given.text("order", among={"aslisted"})
    boolean = given.text("boolean", among={"json", "TF"})
    given.done()
    return boolean


def _operation(given: Reader) -> Operation:
    operation = Operation(
        name=given.path.removeprefix("operations."),
        method=given.text("method", among={"GET", "POST", "PUT"}),
        path=given.text("path"),
        query=given.table_of_texts("query") if given.has("query") else {},
        success=frozenset(given.numbers("success")),
        status=given.text("status", among=STATUSES),
        need=given.text("need", among=NEEDS),
        probe=given.text("probe", "", among=PROBES),
    )
    given.done()
    if not operation.path.startswith("/"):
        raise ProfileError(f"{given.at('path')}: must start with /")
    for text in (operation.path, *operation.query.values()):
        if not set(PLACEHOLDER.findall(text)) <= {"docNo", "code"}:
            raise ProfileError(f"{given.path}: only {{docNo}} and {{code}} can be filled in")
    if operation.name.endswith((".find", ".list")) and operation.method != "GET":
        raise ProfileError(f"{given.at('method')}: a look-up must be GET")
    return operation


def _object(given: Reader) -> tuple[Field, ...]:
    allowed = _subject(given.path)
    fields = given.rows("fields", lambda row: _field(row, allowed))
    given.done()
    return fields


def _subject(path: str) -> Mapping[str, Any]:
    name = path.removeprefix("objects.")
    if name == "customer":
        return sources.CUSTOMER
    return sources.ALLOCATION if name.endswith(".knockoff") else sources.DOCUMENT


def _field(given: Reader, allowed: Mapping[str, Any]) -> Field:
    inner: tuple[Field, ...] = ()
    source = given.text("from", "")
    if source and source not in (*allowed, *sources.ROWS):
        raise ProfileError(f"{given.at('from')}: there is no source {source!r} here")
    if given.has("fields"):
        below = sources.LINE if source == "lines" else allowed
        inner = given.rows("fields", lambda row: _field(row, below))
    field = Field(
        name=given.text("name"),
        type=given.text("type", among=TYPES),
        source=source,
        value=given.raw("value"),
        max=given.number("max", 0),
        required=given.flag("required"),
        cut=given.flag("cut"),
        only_with=given.text("with", "", among={"", *allowed}),
        fields=inner,
    )
    given.text("status", among=STATUSES)
    given.done()
    _sensible(given, field, allowed)
    return field


def _sensible(given: Reader, field: Field, allowed: Mapping[str, Any]) -> None:
    if (field.type == "array") != bool(field.fields):
        raise ProfileError(f"{given.at('fields')}: an array has fields, nothing else does")
    if field.type == "array" and field.source not in sources.ROWS:
        raise ProfileError(f"{given.at('from')}: an array is filled from {', '.join(sources.ROWS)}")
    if field.source and field.value is not None:
        raise ProfileError(f"{given.at('value')}: a field has a source or a value, not both")
    if field.required and not field.source and field.value is None:
        raise ProfileError(f"{given.at('from')}: a required field needs a source or a value")
    if field.cut and not field.max:
        raise ProfileError(f"{given.at('max')}: is needed to know where to cut")


def _reply(given: Reader) -> Reply:
    amounts = given.inside("amount")
    reply = Reply(
        data=given.text("data"),
        total=given.text("total"),
        number=given.text("number"),
        customer=given.text("customer"),
        cancelled=given.text("cancelled"),
        amount={name: amounts.texts(name) for name in amounts.names()},
        open=given.text("open"),
        unapplied=given.text("unapplied", ""),
        applied=given.text("applied", ""),
        customer_code=given.text("customerCode"),
        customer_name=given.text("customerName"),
        external_id=given.text("externalId", ""),
        proves=given.flag("proves"),
    )
    given.done()
    if bool(reply.unapplied) == bool(reply.applied):
        raise ProfileError(f"{given.path}: needs either unapplied or applied")
    return reply


def _error(given: Reader) -> ErrorRule:
    rule = ErrorRule(
        outcome=given.text("outcome", among=OUTCOMES),
        hint=given.text("hint", ""),
        method=given.text("method", "", among={"", "GET", "POST"}),
        status=frozenset(given.numbers("status", ())),
        code=given.text("code", ""),
        phrase=_pattern(given) if given.has("phrase") else None,
    )
    given.done()
    if not (rule.status or rule.code or rule.phrase):
        raise ProfileError(f"{given.path}: a rule needs a status, a code or a phrase")
    if rule.outcome == "absent" and rule.method != "GET":
        raise ProfileError(f"{given.at('outcome')}: only a look-up can find nothing")
    return rule


def _pattern(given: Reader) -> re.Pattern[str]:
    try:
        return re.compile(given.text("phrase"), re.IGNORECASE)
    except re.error as error:
        raise ProfileError(f"{given.at('phrase')}: is no regular expression ({error})") from None


def _limits(given: Reader) -> tuple[int, bool, bool]:
    """How long a number may be, whether one is refused twice, and whether a line may take away from
    a document."""
    given.number("code")
    given.number("description")
    limits = given.number("docNo"), given.flag("uniqueNumbers"), given.flag("negativeLines")
    given.done()
    return limits


def _tax(given: Reader) -> TaxMethod:
    method = TaxMethod(
        explicit=given.flag("explicit"),
        scope=given.text("scope", "line", among={"line", "document"}),
        rounding=given.text("rounding", "half_up", among=frozenset({"half_up", "half_even"})),
        inclusive=given.flag("inclusive"),
        adjustment=given.flag("adjustment"),
    )
    given.text("status", among=STATUSES)
    given.done()
    return method


def _key_order(given: Reader, objects: Mapping[str, tuple[Field, ...]]) -> None:
    """Some books reset what was sent too early: their tables must begin and end as told."""
    first, last = given.texts("firstKeys"), given.texts("lastKeys")
    given.done()
    for name, fields in objects.items():
        names = tuple(field.name for field in fields)
        head, tail = _among(names, first), _among(names, last)
        if name == "customer":
            continue
        if names[: len(head)] != head or names[len(names) - len(tail) :] != tail:
            raise ProfileError(f"objects.{name}.fields: must begin with {first}, end with {last}")


def _among(names: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in wanted if name in names)


def _complete(profile: Profile) -> None:
    """Every write has a table, every table of a document a total to read back."""
    for name, operation in profile.operations.items():
        thing, _, action = name.partition(".")
        table = name if action == "knockoff" else thing
        if operation.method == "POST" and table not in profile.objects:
            raise ProfileError(f"objects.{table}: is missing, operations.{name} needs it")
        if action == "create" and thing != "customer" and thing not in profile.reply.amount:
            raise ProfileError(f"reply.amount.{thing}: is missing, operations.{name} needs it")
    for name in ("customer.find", "customer.list"):
        if name not in profile.operations:
            raise ProfileError(f"operations.{name}: is missing")
    for name in SALES:
        if name in profile.objects:
            _tax_is_written(profile.tax, name, _sources_of(profile.objects[name]))


def _tax_is_written(method: TaxMethod, name: str, filled: frozenset[str]) -> None:
    """What the books are said to take must have a field to stand in."""
    needed = {
        "explicit": method.explicit and "tax",
        "adjustment": method.adjustment and "tax_adjustment",
        "inclusive": method.inclusive and "tax_inclusive",
    }
    for key, source in needed.items():
        if source and source not in filled:
            raise ProfileError(f"objects.{name}.fields: tax.{key} needs one filled from {source}")
    if method.inclusive and "net" in filled:
        raise ProfileError(f"objects.{name}.fields: net is no price with tax inside")


def _sources_of(fields: tuple[Field, ...]) -> frozenset[str]:
    below = (_sources_of(field.fields) for field in fields)
    return frozenset({field.source for field in fields}).union(*below)
