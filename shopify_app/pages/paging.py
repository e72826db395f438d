"""Pages of a list by key, newest first: nothing is skipped or shown twice while rows are added."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)
LONGEST_KEY = 18  # digits that always fit the database's integers


def newest(rows: QuerySet[Row], before: str, size: int) -> tuple[list[Row], int | None]:
    """Up to `size` rows below the key `before`, and the key after which the next page begins; None
    on the last one. A `before` that is no key, as anybody may type it, means the first page."""
    if before.isascii() and before.isdigit():
        rows = rows.filter(pk__lt=int(before[:LONGEST_KEY]))
    found = list(rows.order_by("-pk")[: size + 1])
    return found[:size], found[size - 1].pk if len(found) > size else None
