"""Where in a list, newest first, a page is: how far down, and over which pages one came there.

The address of a page keeps the keys of the pages before it, so that one can go back exactly, and
nothing is skipped or shown twice while rows are added.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Model, QuerySet
from django.http import QueryDict

from shopify_app.pages.paging import LONGEST_KEY

Row = TypeVar("Row", bound=Model)
FARTHEST = 40  # pages that one can go back


def key_of(typed: str) -> int | None:
    """The key in an address; None for what is no key, as anybody may type it."""
    return int(typed[:LONGEST_KEY]) if typed.isascii() and typed.isdigit() else None


def cut(rows: QuerySet[Row], size: int) -> tuple[list[Row], int | None]:
    """The first `size` of the rows, and the key after which the next page begins, if any."""
    found = list(rows[: size + 1])
    return found[:size], found[size - 1].pk if len(found) > size else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in a list a page is: below the key `before`, after the pages that began below the keys
    `back`. The first page has neither."""

    before: str
    back: tuple[str, ...]
    following: int | None

    @property
    def next_back(self) -> str:
        """What the next page knows of those before it."""
        return ".".join((*self.back, self.before)[-FARTHEST:]) if self.before else ""

    @property
    def previous_before(self) -> str:
        return self.back[-1] if self.back else ""

    @property
    def previous_back(self) -> str:
        return ".".join(self.back[:-1])

    @property
    def is_only(self) -> bool:
        return not self.before and self.following is None


def place(query: QueryDict, following: int | None) -> Place:
    """The place that an address names, by its `before` and `back`."""
    before = query.get("before", "") if key_of(query.get("before", "")) is not None else ""
    known = [key for key in query.get("back", "").split(".") if key_of(key) is not None]
    return Place(before=before, back=tuple(known[-FARTHEST:]), following=following)
