"""What is known of AutoCount Cloud's API, as data: calls, names, limits and what its words mean.

`api.json` holds it, so that what the contract only assumes or observed can be corrected without
code (contract autocount-cloud). It is checked completely when a process starts. A status is that of
the least certain thing said beside it; lengths and decimals that are assumed are the desktop
product's. A number has 30 characters, because other products that read the same books take no more;
the API takes 50.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from accounting.connectors.base import CodeList
from accounting.connectors.reading import ProfileError, Reader

FILE = Path(__file__).parent / "api.json"
STATUSES = frozenset({"documented", "observed", "assumed"})
METHODS = frozenset({"GET", "POST"})
OUTCOMES = frozenset({"absent", "capped", "duplicate", "defect"})
RECORDS = ("invoice", "credit_note", "payment", "knock_off", "debtor")
LISTS = ("accounts", "payment_methods", "items", "debtors", "locations", "projects")
# The tables of limits, and the fields of each whose length is asked for outside a body.
TABLES: Mapping[str, tuple[str, ...]] = {
    "debtor": (),
    "master": (
        "docNo",
        "debtorCode",
        "debtorName",
        "address",
        "phone1",
        "email",
        "description",
    ),
    "line": ("productCode", "accNo", "description", "taxCode", "deptNo"),
    "cash_book": (),
    "journal": (),
    "cash_book_row": (),
    "cash_book_money": ("paymentMethod", "chequeNo"),
    "knock_off": (),
    "knock_off_row": (),
}
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    """`one` marks the reading of one record, whose absence is an answer and not a failure."""

    method: str
    path: str
    permission: str
    one: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """The calls of one kind of document. `search` lists by number where that is documented, `key`
    is the query name of a number. The first of `totals` that a document states is its total:
    `total` itself is before tax on some."""

    name: str
    path: str
    permission: str
    key: str
    searches: bool
    totals: tuple[str, ...]

    @property
    def create(self) -> Call:
        return Call("POST", self.path, f"{self.permission} CreateRecord")

    @property
    def read(self) -> Call:
        return Call("GET", self.path, f"{self.permission} GetRecord", one=True)

    @property
    def listing(self) -> Call:
        return Call("GET", f"{self.path}/listing", f"{self.permission} GetRecords")

    @property
    def search(self) -> Call:
        return Call("POST", f"{self.path}/listing", f"{self.permission} GetRecords")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Characters of a text at most, 0 for no known limit; decimals of a number at most."""

    max: int
    decimals: int
    required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Pacing:
    """`reserve` calls left are too few to begin anything new. `seconds` to wait when the books do
    not say, `longest_seconds` whatever they say."""

    reserve: int
    seconds: int
    longest_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyNames:
    """Field names tried in this order; a record with one of `others` is no company."""

    permission: str
    name: tuple[str, ...]
    registered: tuple[str, ...]
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """How a list of codes is read. `query` is of a GET, `body` of a POST; `code` and `name` are the
    fields tried in this order, `detail` maps what else is shown to its field. Books that do not
    offer an `optional` list simply have none."""

    call: Call
    optional: bool
    query: Mapping[str, str]
    body: Mapping[str, Any] | None
    code: tuple[str, ...]
    name: tuple[str, ...]
    detail: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """Matches when everything it states is true: the HTTP status, the phrase in the words."""

    outcome: str
    answered: tuple[int, ...]
    phrase: re.Pattern[str]

    def fits(self, status: int, words: str) -> bool:
        return status in (self.answered or (status,)) and bool(self.phrase.search(words))


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """See `api.json`."""

    pace: Pacing
    limits: Mapping[str, Mapping[str, Limit]]
    records: Mapping[str, Records]
    open_items: Call
    company: CompanyNames
    code_lists: Mapping[CodeList, Listed]
    answers: tuple[Meaning, ...]

    def means(self, outcome: str, status: int, words: str) -> bool:
        """Whether an answer with this HTTP status and these words has that outcome."""
        return any(one.outcome == outcome and one.fits(status, words) for one in self.answers)


def load(path: Path) -> Api:
    """The data in a file, completely checked. Raises ProfileError naming file and key."""
    try:
        return _api(Reader(json.loads(path.read_text(encoding="utf-8")), ""))
    except (ProfileError, ValueError) as error:
        raise ProfileError(f"{path.parent.name}/{path.name}: {error}") from None


def _api(top: Reader) -> Api:
    found = Api(
        pace=_pacing(top.inside("pace")),
        limits=_each(top.inside("limits"), TABLES, _table),
        records=_each(top.inside("records"), RECORDS, _kind),
        open_items=_call(top.inside("open_items")),
        company=_company(top.inside("company")),
        code_lists={
            CodeList(name): listed
            for name, listed in _each(top.inside("code_lists"), LISTS, _listed).items()
        },
        answers=top.rows("answers", _meaning),
    )
    top.done()
    return found


def _each(given: Reader, names: Collection[str], read: Callable[[Reader], T]) -> dict[str, T]:
    """Just these, no less and no more."""
    found = {name: read(given.inside(name)) for name in names}
    given.done()
    return found


def _done(given: Reader) -> None:
    given.text("status", "documented", among=STATUSES)
    given.done()


def _pacing(given: Reader) -> Pacing:
    pacing = Pacing(
        reserve=given.number("reserve"),
        seconds=given.number("seconds"),
        longest_seconds=given.number("longest_seconds"),
    )
    _done(given)
    return pacing


def _table(given: Reader) -> dict[str, Limit]:
    _, _, name = given.path.rpartition(".")
    return _each(given, dict.fromkeys((*given.names(), *TABLES[name])), _limit)


def _limit(given: Reader) -> Limit:
    limit = Limit(
        max=given.number("max", 0),
        decimals=given.number("decimals", 2),
        required=given.flag("required"),
    )
    _done(given)
    return limit


def _kind(given: Reader) -> Records:
    records = Records(
        name=given.text("name"),
        path=given.text("path"),
        permission=given.text("permission"),
        key=given.text("key", "docNo"),
        searches=given.flag("searches"),
        totals=given.texts("totals", ()),
    )
    _done(given)
    return records


def _call(given: Reader) -> Call:
    call = Call(given.text("method", among=METHODS), given.text("path"), given.text("permission"))
    _done(given)
    return call


def _company(given: Reader) -> CompanyNames:
    names = CompanyNames(
        permission=given.text("permission"),
        name=given.texts("name"),
        registered=given.texts("registered"),
        others=given.texts("others"),
    )
    _done(given)
    return names


def _listed(given: Reader) -> Listed:
    listed = Listed(
        call=_call(given.inside("call")),
        optional=given.flag("optional"),
        query=given.table_of_texts("query") if given.has("query") else {},
        body=_body(given),
        code=given.texts("code"),
        name=given.texts("name"),
        detail=given.table_of_texts("detail") if given.has("detail") else {},
    )
    _done(given)
    return listed


def _body(given: Reader) -> Mapping[str, Any] | None:
    if not given.has("body"):
        return None
    inside = given.inside("body")
    return {name: inside.raw(name) for name in inside.names()}


def _meaning(given: Reader) -> Meaning:
    meaning = Meaning(
        outcome=given.text("outcome", among=OUTCOMES),
        answered=given.numbers("answered", ()),
        phrase=_pattern(given, "phrase"),
    )
    if not given.has("answered") and not given.has("phrase"):
        raise ProfileError(f"{given.path}: needs an HTTP status or a phrase")
    _done(given)
    return meaning


def _pattern(given: Reader, key: str) -> re.Pattern[str]:
    try:
        return re.compile(given.text(key, ""), re.IGNORECASE)
    except re.error as error:
        raise ProfileError(f"{given.at(key)}: {error}") from None


API = load(FILE)
