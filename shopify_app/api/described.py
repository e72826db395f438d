"""What the OpenAPI document says of refusals: the same for every operation, so it is said once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

METHODS = ("get", "post", "put", "patch", "delete")
DETAIL = {"$ref": "#/components/schemas/Refused"}
FIELDS = {"$ref": "#/components/schemas/RefusedFields"}
SCHEMAS: dict[str, Any] = {
    "Refused": {
        "type": "object",
        "description": "Why nothing was done, in the reader's language.",
        "properties": {"detail": {"type": "string"}},
        "required": ["detail"],
    },
    "RefusedFields": {
        "description": "Why nothing was done: by field, by row and field for lists, or as a whole.",
        "type": ["object", "array"],
        "items": {},
        "additionalProperties": True,
    },
}
WORDS = {
    "400": "A field is missing or cannot be taken, or what was sent cannot be read.",
    "401": "No session token, or not a good one.",
    "404": "The shop has nothing at this address.",
    "406": "The answer is JSON; something else was asked for.",
    "409": "Not in the present state.",
    "413": "Too much was sent.",
    "415": "JSON or a form is expected.",
    "429": "The shop asks too much at once; Retry-After says how many seconds to wait.",
    "503": "The books, or what it takes to reach them, do not answer now.",
}


def describe_refusals(result: dict[str, Any], **given: Any) -> dict[str, Any]:
    """A postprocessing hook of drf-spectacular."""
    result["components"]["schemas"] |= SCHEMAS
    for path, operations in result["paths"].items():
        for method in METHODS:
            if operation := operations.get(method):
                _take_empty(operation)
                for status in _possible(method, path, operation):
                    operation["responses"].setdefault(status, _answer(status))
    return result


def _take_empty(operation: dict[str, Any]) -> None:
    """`?q=` is as if nothing was asked for."""
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "query":
            parameter["schema"].pop("minLength", None)
            if parameter["schema"].get("format") == "date":
                parameter["schema"] = {"anyOf": [parameter["schema"], {"const": ""}]}


def _possible(method: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    yield "401"
    yield "406"
    yield "429"
    if operation.get("parameters") or method != "get":
        yield "400"
    if "{" in path:
        yield "404"
    if method != "get":
        yield from ("409", "413", "415", "503")


def _answer(status: str) -> dict[str, Any]:
    schema = FIELDS if status == "400" else DETAIL
    return {"description": WORDS[status], "content": {"application/json": {"schema": schema}}}
