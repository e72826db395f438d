"""Connections and lists, page by page, as the Admin API shows them."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

MOST = 250
CONNECTION_POINTS = 2


class BadPage(Exception):
    """What Shopify says of the arguments of a connection."""


def page(rows: Sequence[Any], name: str, args: Mapping[str, Any]) -> dict[str, Any]:
    """The wanted part of a list that is whole. A cursor is the place of a row in the list."""
    listed = list(rows)
    if name == "shippingLines" and not args.get("includeRemovals"):
        listed = [row for row in listed if not row["isRemoved"]]
    if args.get("reverse"):
        listed.reverse()
    size = wanted(args)
    start, end = _from(args.get("after")), _until(args.get("before"), len(listed))
    if args.get("first") is not None:
        end = min(end, start + size)
    else:
        start = max(start, end - size)
    found = list(enumerate(listed))[start:end]
    return connection(
        [row for _, row in found],
        [cursor(place) for place, _ in found],
        more=end < len(listed),
        before=start > 0,
    )


def wanted(args: Mapping[str, Any]) -> int:
    """How many rows are asked for. Raises BadPage: a connection must be told, up to 250."""
    first, last = args.get("first"), args.get("last")
    if first is None and last is None:
        raise BadPage("you must provide one of first or last")
    if first is not None and last is not None:
        raise BadPage("providing both first and last is not supported")
    name = "last" if first is None else "first"
    size = int(args[name])
    if size > MOST:
        raise BadPage(f"{name} cannot exceed {MOST}")
    if size < 0:
        raise BadPage(f"{name} cannot be negative")
    return size


def connection(
    rows: Sequence[Any], cursors: Sequence[str], *, more: bool, before: bool
) -> dict[str, Any]:
    return {
        "nodes": list(rows),
        "edges": [{"node": row, "cursor": at} for row, at in zip(rows, cursors, strict=True)],
        "pageInfo": {
            "hasNextPage": more,
            "hasPreviousPage": before,
            "startCursor": cursors[0] if cursors else None,
            "endCursor": cursors[-1] if cursors else None,
        },
    }


def first_of(rows: Any, args: Mapping[str, Any]) -> list[Any]:
    """A list without cursor: cut where `first` says so."""
    first = args.get("first")
    return list(rows) if first is None else list(rows)[:first]


def cursor(place: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def place_of(text: str) -> Any:
    """What `cursor` packed. Raises BadPage for anything else."""
    try:
        return json.loads(base64.urlsafe_b64decode(text.encode()))
    except ValueError:
        raise BadPage("Invalid cursor for current pagination sort.") from None


def _from(after: str | None) -> int:
    return 0 if after is None else _row(after) + 1


def _until(before: str | None, length: int) -> int:
    return length if before is None else min(_row(before), length)


def _row(text: str) -> int:
    place = place_of(text)
    if type(place) is not int:
        raise BadPage("Invalid cursor for current pagination sort.")
    return place
