"""The connector in front of the sandbox: each written from the contract alone, neither from the
other, so where they meet a misunderstanding of one of them shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, cast
from urllib.parse import urlsplit

from accounting.connectors.acctbridge import profile
from accounting.connectors.acctbridge.gateway import AcctBridge
from accounting.connectors.base import Connector, difference
from accounting.connectors.http import Answer, Http
from accounting.documents.document import Document, Entry
from tests.accounting.connectors.conftest import quick
from tests.accounting.sandbox.conftest import Desk

ROOT = "http://sandbox.test/sandbox/acctbridge"


class DeskHttp:
    """What `Http` does, through Django's test client."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, str],
        body: bytes | None,
        connect_seconds: float,
        total_seconds: float,
    ) -> Answer:
        answer = self._desk.client.generic(
            method,
            urlsplit(url).path,
            body or b"",
            content_type="application/json",
            headers=dict(headers),
            query_params=dict(params),
        )
        return Answer(answer.status_code, dict(answer.headers), answer.content)


def connector(desk: Desk, **changes: Any) -> AcctBridge:
    """A gateway to the desk's company; `changes` are corrections of its profile."""
    books = replace(quick(profile.load(desk.system, None)), **changes)
    http = cast(Http, DeskHttp(desk))
    return AcctBridge(books, desk.key, ROOT, http, home_currency="MYR")


def send(way: Connector, *entries: Entry) -> None:
    """As the sender does it: absent, written, read back and equal."""
    for entry in entries:
        assert way.find(entry) is None, f"{entry.number} is there already"
        way.post(entry)
        found = way.find(entry)
        assert found is not None, f"{entry.number} is not there"
        assert difference(entry, found) == ""


def charged(desk: Desk, number: str) -> tuple[Decimal, dict[str, Decimal]]:
    """A document's total in the books, and its tax by code."""
    shown = next(row for row in desk.books("documents") if row["number"] == number)
    taxes: dict[str, Decimal] = {}
    for line in shown["lines"]:
        taxes[line["tax_code"]] = taxes.get(line["tax_code"], Decimal()) + line["tax"]
    return shown["total"], taxes


def for_system(entry: Entry, system: str) -> Entry:
    """The entry with the codes of this system's books."""
    if system == "sql_accounting" or not isinstance(entry, Document):
        return entry
    lines = tuple(
        replace(
            line,
            account=f"{line.account}0",
            tax_code="S-10" if line.tax_code else "",
        )
        for line in entry.lines
    )
    return replace(entry, lines=lines, account="SHOPIFY" if entry.account else "")
