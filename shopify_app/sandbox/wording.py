"""Errors in Shopify's words. What graphql-core says otherwise keeps its own words (assumed)."""

from __future__ import annotations

import re
from typing import Any

from graphql import GraphQLError

SCOPES_PAGE = "https://shopify.dev/api/usage/access-scopes"
WORDS: tuple[tuple[str, str, str], ...] = (
    (
        r"Cannot query field '(\w+)' on type '(\w+)'",
        r"Field '\1' doesn't exist on type '\2'",
        "undefinedField",
    ),
    (
        r"Unknown argument '(\w+)' on field '\w+\.(\w+)'",
        r"Field '\2' doesn't accept argument '\1'",
        "argumentNotAccepted",
    ),
    (
        r"Argument '\w+\.(\w+)\((\w+):\)' of type '.+' is required",
        r"Field '\1' is missing required arguments: \2",
        "missingRequiredArguments",
    ),
    (
        r"Field '(\w+)' of type '([^']+)' must have a selection",
        r"Field must have selections (field '\1' returns \2 but has no selections. "
        r"Did you mean '\1 { ... }'?)",
        "selectionMismatch",
    ),
    (
        r"Field '(\w+)' must not have a selection since type '([^']+)' has no subfields",
        r"Selections can't be made on scalars (field '\1' returns \2 but has selections)",
        "selectionMismatch",
    ),
    (
        r"Variable '\$(\w+)' is not defined by operation '(\w+)'",
        r"Variable $\1 is used by \2 but not declared",
        "variableNotDefined",
    ),
    (
        r"Variable '\$(\w+)' is never used in operation '(\w+)'",
        r"Variable $\1 is declared by \2 but not used",
        "variableNotUsed",
    ),
    (
        r"Unknown fragment '(\w+)'",
        r"Fragment \1 was used, but not defined",
        "useAndDefineFragment",
    ),
    (
        r"Fragment '(\w+)' is never used",
        r"Fragment \1 was defined, but not used",
        "useAndDefineFragment",
    ),
    (
        r"Unknown type '(\w+)'",
        r"No such type \1, so it can't be a fragment condition",
        "undefinedType",
    ),
    (
        r"Variable '\$(\w+)' (?:of|got|has)",
        r"Variable $\1 was provided invalid value",
        "INVALID_VARIABLE",
    ),
    (r"Syntax Error: (.+)", r"syntax error, \1", ""),
)


def refusal(error: GraphQLError) -> dict[str, Any]:
    """What is wrong with a document or its variables; it is not executed."""
    for pattern, words, code in WORDS:
        if match := re.match(pattern, error.message):
            return at(error, match.expand(words), code)
    return at(error, error.message)


def denial(error: GraphQLError, required: str) -> dict[str, Any]:
    shown = at(error, error.message, "ACCESS_DENIED")
    shown["extensions"] |= {"documentation": SCOPES_PAGE}
    if required:
        shown["extensions"]["requiredAccess"] = required
    return shown


def at(error: GraphQLError, message: str, code: str = "") -> dict[str, Any]:
    shown: dict[str, Any] = {"message": message}
    if error.locations:
        shown["locations"] = [{"line": x.line, "column": x.column} for x in error.locations]
    if error.path:
        shown["path"] = list(error.path)
    return shown | {"extensions": {"code": code}} if code else shown
