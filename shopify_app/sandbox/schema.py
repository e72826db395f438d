"""Shopify's Admin API schema 2026-10, and GraphQL documents executed over trees of answers.

A tree is made of dicts with the schema's field names. A list where the schema wants a connection is
paged here; a function is called with the field's arguments; an object of an interface or union
names its `__typename`. Asking for what a tree lacks raises Unmodelled: a test must not take the
stand-in's ignorance for Shopify's null.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    build_client_schema,
    execute_sync,
    get_named_type,
    is_composite_type,
    is_list_type,
    parse,
    validate,
)

from shopify_app.sandbox import paging, wording

FILE = Path(__file__).parent / "schema" / "admin_2026-10.json.gz"
OPTIONAL_KEYS = ("fields", "inputFields", "enumValues", "interfaces", "possibleTypes")


class Unmodelled(Exception):
    """The stand-in does not know what Shopify would answer here. Teach it, or ask for less."""


class Denied(Exception):
    """A field that this app may not read: `message` and `required` are Shopify's words."""

    def __init__(self, message: str, required: str = "") -> None:
        super().__init__(message)
        self.required = required


@dataclass(slots=True)
class Run:
    """What one execution notes: the points its objects cost, and whom it may show what."""

    points: int = 0
    guard: Any = None  # called with type and field name, raises Denied; None lets all through


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`data` is None when nothing was executed; `errors` are as Shopify shows them."""

    data: dict[str, Any] | None
    errors: list[dict[str, Any]] = field(default_factory=list)
    points: int = 0


@cache
def schema() -> GraphQLSchema:
    """Read once. The file leaves empty keys out (contract 8.3), so they are put back."""
    with gzip.open(FILE) as packed:
        stored = json.load(packed)
    told = stored.get("data", stored)
    for type_ in told["__schema"]["types"]:
        for key in OPTIONAL_KEYS:
            type_.setdefault(key, None)
        for one in type_["fields"] or []:
            one.setdefault("args", [])
    told["__schema"].setdefault("directives", [])
    return build_client_schema(told, assume_valid=True)


@lru_cache(maxsize=256)
def document(text: str) -> tuple[DocumentNode | None, tuple[GraphQLError, ...]]:
    """A document parsed and validated; by its text, because products send the same few."""
    try:
        parsed = parse(text)
    except GraphQLError as error:
        return None, (error,)
    return parsed, tuple(validate(schema(), parsed))


def run(
    text: str,
    tree: Mapping[str, Any],
    variables: Mapping[str, Any] | None = None,
    operation: str | None = None,
    *,
    guard: Any = None,
) -> Outcome:
    """Executes `text` over `tree`, the fields of QueryRoot. Raises Unmodelled."""
    parsed, refused = document(text)
    if parsed is None or refused:
        return Outcome(data=None, errors=[wording.refusal(error) for error in refused])
    noted = Run(guard=guard)
    result = execute_sync(
        schema(),
        parsed,
        root_value=tree,
        context_value=noted,
        variable_values=dict(variables or {}),
        operation_name=operation or None,
        field_resolver=_field,
        type_resolver=_type,
    )
    errors = [_shown(error) for error in result.errors or []]
    return Outcome(data=result.data, errors=errors, points=noted.points)


def _shown(error: GraphQLError) -> dict[str, Any]:
    cause = error.original_error
    if isinstance(cause, Denied):
        return wording.denial(error, cause.required)
    if isinstance(cause, paging.BadPage):
        return wording.at(error, str(cause))
    if isinstance(cause, Unmodelled):
        raise cause
    if error.path:  # the tree does not fit the schema
        raise Unmodelled(f"{'.'.join(map(str, error.path))}: {error.message}") from cause
    return wording.refusal(error)


def _type(value: Any, info: GraphQLResolveInfo[Run], abstract: Any) -> str:
    try:
        return str(value["__typename"])
    except (KeyError, TypeError):
        raise Unmodelled(f"{info.parent_type.name}.{info.field_name} has no __typename") from None


def _field(source: Any, info: GraphQLResolveInfo[Run], **args: Any) -> Any:
    noted, kind = info.context, info.parent_type.name
    if noted.guard is not None:
        noted.guard(kind, info.field_name)
    try:
        value = source[info.field_name]
    except KeyError:
        raise Unmodelled(f"the stand-in knows no {kind}.{info.field_name}") from None
    shape = _shape(kind, info.field_name)
    if callable(value):
        value = value(**args)
    if shape == "connection":
        noted.points += paging.CONNECTION_POINTS
        return paging.page(value, info.field_name, args) if isinstance(value, list) else value
    if shape == "list" and value is not None:
        value = paging.first_of(value, args)
        noted.points += len(value)
    elif shape == "object":
        noted.points += value is not None
    return value


@cache
def _shape(kind: str, name: str) -> str:
    """What a field costs by: leaf, object, list, connection, or free (edges and page info)."""
    wanted = schema().type_map[kind].fields[name].type  # type: ignore[attr-defined]  # has fields
    named = get_named_type(wanted)
    if not is_composite_type(named) or named.name == "PageInfo" or named.name.endswith("Edge"):
        return "leaf" if not is_composite_type(named) else "free"
    if named.name.endswith("Connection"):
        return "connection"
    inner = getattr(wanted, "of_type", wanted)
    return "list" if is_list_type(wanted) or is_list_type(inner) else "object"
