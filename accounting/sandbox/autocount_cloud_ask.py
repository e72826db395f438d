"""One call to an AutoCount Cloud book as its handlers see it, and what a creation answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode

from accounting.sandbox.autocount_cloud_book import Book, refused
from accounting.sandbox.autocount_cloud_tables import NOT_FOUND, REQUIRED
from accounting.sandbox.call import Answer
from accounting.sandbox.wire import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """`user` is the one that the key stamps documents with. Names of a query have any case."""

    book: Book
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    user: str = "ADMIN"

    def many(self, name: str) -> list[str]:
        """Every value of a name; PostgreSQL knows no NUL, so nothing is found under one."""
        given = self.query.get(name.lower(), ())
        return [value.replace("\0", "\ufffd").strip() for value in given]

    def one(self, name: str) -> str:
        """The last value of a name, blank when there is none."""
        return next(reversed(self.many(name)), "")

    def required(self, name: str) -> str:
        if not (value := self.one(name)):
            raise refused(REQUIRED.format(name), "18.10 D")
        return value

    def flag(self, name: str) -> bool:
        return self.one(name).lower() == "true"


Handle = Callable[[Ask], Answer]


def read_query(text: str) -> dict[str, list[str]]:
    """The names of a query string in small letters, with all their values."""
    found: dict[str, list[str]] = {}
    for name, values in parse_qs(text, keep_blank_values=True).items():
        found.setdefault(name.lower(), []).extend(values)
    return found


def created(resource: str, key: str, number: str) -> Answer:
    """201 without a body: where to read the new record is all that is said (contract 3)."""
    return Answer(201, None, headers={"Location": f"{resource}?{urlencode({key: number})}"})


def done() -> Answer:
    return Answer(204, None)


def unknown(book: Book, what: str, number: str) -> Answer:
    """What a read of an unknown number answers. Raises Refused unless it is an empty 200."""
    said = book.switch("unknown_docno", 404)
    if said == "empty200":
        return Answer(200, None)
    raise not_found(what, number, said)


def not_found(what: str, number: str, status: int = 404) -> Refused:
    return refused(NOT_FOUND.format(what, number), "18.1 A", status=status)
