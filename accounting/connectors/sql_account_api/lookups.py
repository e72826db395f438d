"""Reading SQL Account record by record and page by page."""

from __future__ import annotations

import re
from collections.abc import Iterator

from accounting.connectors.base import Code, CodeList, Misconfigured, Rejected, Unavailable
from accounting.connectors.sql_account_api import replies
from accounting.connectors.sql_account_api.answers import Absent
from accounting.connectors.sql_account_api.api import Api, Listed
from accounting.connectors.sql_account_api.calls import Calls
from accounting.connectors.sql_account_api.replies import Row

PATH_SAFE = re.compile(r"[A-Za-z0-9._~-]+")
WILD = re.compile(r"[*~]")  # these mean "any" in a filter (contract 4)


class Lookups:
    """Each method is one request, but for `codes`, `pages` and `with_details`."""

    def __init__(self, api: Api, calls: Calls) -> None:
        self._api = api
        self._calls = calls

    def one(self, resource: str, key: str, wanted: str) -> Row | None:
        """The header of the only record that carries `wanted`, None when it is proved absent.

        Raises Rejected when there are several, Unavailable when the books ignored the filter.
        """
        found = self.filtered(resource, key, wanted)
        if len(found) > 1:
            raise Rejected(f"SQL Account holds {len(found)} records numbered {wanted}")
        return found[0] if found else None

    def filtered(self, resource: str, key: str, wanted: str) -> list[Row]:
        """The records that really carry `wanted`, empty when there are none for certain."""
        if WILD.search(wanted):
            raise Rejected(f"{wanted} holds * or ~, by which SQL Account finds other records too")
        return self._really(resource, key, wanted, self.page(resource, {key: wanted}))

    def is_offered(self, resource: str, key: str, absent: str) -> bool:
        """Whether records can be looked up by `key`, asked with a value that none has. An answer of
        absence may also mean that there is no such list: then the list is asked for."""
        shown = self._asked(resource, {key: absent})
        if shown is None:
            return self.is_listed(resource)
        self._really(resource, key, absent, shown)
        return True

    def is_listed(self, resource: str) -> bool:
        """Whether there is such a list. Raises Unavailable when that is not certain."""
        try:
            return self._asked(resource, {"offset": "0"}) is not None
        except Misconfigured:
            return False

    def _really(self, resource: str, key: str, wanted: str, shown: list[Row]) -> list[Row]:
        found = replies.matching(shown, key, wanted)
        if not found and len(shown) >= self._api.page_size:
            raise Unavailable(
                f"SQL Account does not look up {resource} by {key}: duplicates cannot be ruled out"
            )
        return found

    def detail(self, resource: str, header: Row) -> Row:
        """The whole record behind a header. Raises Unavailable when it has gone meanwhile."""
        key = replies.word(header, "dockey")
        try:
            found = replies.rows(self._calls.get(f"/{resource}/{key}")) if key else [header]
        except Absent:
            found = []
        if len(found) != 1:
            raise Unavailable(f"SQL Account lists a {resource} but does not show it")
        return {**header, **found[0]}

    def with_details(self, resource: str, number: str) -> Row | None:
        """The whole document of this number, None when it is proved absent. Two requests."""
        header = self.one(resource, "docno", number)
        return None if header is None else self.detail(resource, header)

    def customer(self, code: str) -> Row | None:
        """By its code, in the path where that is safe (contract 7.1)."""
        if not PATH_SAFE.fullmatch(code):
            return self.one("customer", "code", code)
        try:
            found = replies.rows(self._calls.get(f"/customer/{code}"))
        except Absent:
            return None
        found = replies.matching(found, "code", code)
        return found[0] if found else None

    def page(self, resource: str, query: dict[str, str]) -> list[Row]:
        """One page of headers; a filter that nothing fits may be answered as absence."""
        return self._asked(resource, query) or []

    def _asked(self, resource: str, query: dict[str, str]) -> list[Row] | None:
        """None where the books answer with absence."""
        try:
            return replies.rows(self._calls.get(f"/{resource}", query))
        except Absent:
            return None

    def codes(self, wanted: CodeList) -> Iterator[Code]:
        """All codes of a list, page by page, each within a deadline of its own."""
        listed = self._api.code_lists[wanted]
        for shown in self.pages(listed.resource):
            found = [_code(listed, row) for row in shown if replies.word(row, listed.code)]
            if len(shown) >= self._api.page_size and not found:
                raise Unavailable(
                    f"SQL Account shows a page of {listed.resource} without a code in it"
                )
            yield from found

    def pages(self, resource: str) -> Iterator[list[Row]]:
        """Every header there is. Raises Unavailable when the books show one page for ever."""
        offset, before = 0, None
        while True:
            self._calls.open_budget()
            shown = self.page(resource, {"offset": str(offset)})
            if shown and shown == before:
                raise Unavailable(f"SQL Account shows the same page of {resource} again and again")
            yield shown
            if len(shown) < self._api.page_size:
                return
            offset, before = offset + self._api.page_size, shown


def _code(listed: Listed, row: Row) -> Code:
    said = {name: _shown(row, key) for name, key in listed.detail.items()}
    return Code(
        code=replies.word(row, listed.code),
        name=replies.word(row, listed.name),
        active=is_active(row.get(listed.active)),
        detail={name: value for name, value in said.items() if value},
    )


def _shown(row: Row, key: str) -> str:
    value = row.get(key)
    return str(value).lower() if isinstance(value, bool) else replies.word(row, key)


def is_active(value: object) -> bool:
    """Customers say "A", other masters true; those that say nothing are in use."""
    return value in (None, "") or replies.flag(value) or replies.same(str(value), "A")
