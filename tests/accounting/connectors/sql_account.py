"""A connection to SQL Account whose API is a scripted server, and records as its API shows them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from accounting.connectors.guide import guides
from accounting.connectors.http import Http
from accounting.connectors.sql_account_api.api import api
from accounting.connectors.sql_account_api.calls import Credentials
from accounting.connectors.sql_account_api.gateway import SqlAccount
from tests.scripted_server import Received, ScriptedServer, Step, reply

ACCESS_KEY = "0a1b2c3d4e5f.sql.test/APIUSER"
SECRET_KEY = "never-shown-anywhere"
NOW = datetime(2026, 11, 20, 1, 2, 3, tzinfo=UTC)

Row = dict[str, Any]


def settings(**changes: str) -> dict[str, str]:
    """What the guide keeps when nothing was changed, without a pause between requests."""
    guide = guides()["sql_accounting", "sql_account_api"]
    kept = {one.name: one.default for one in guide.settings}
    return kept | {"requests_per_second": "0"} | changes


def connected(
    server: ScriptedServer,
    client: Http,
    chosen: Mapping[str, str] | None = None,
    *,
    debtors: tuple[str, ...] = (),
    now: Callable[[], datetime] = lambda: NOW,
    **changes: str,
) -> SqlAccount:
    """A connector whose SQL Account is `server`; `chosen` and `changes` are settings."""
    return SqlAccount(
        api(),
        Credentials(ACCESS_KEY, SECRET_KEY),
        settings(**(dict(chosen or {}) | changes)),
        server.url,
        client,
        home_currency="MYR",
        debtors=debtors,
        now=now,
    )


def listed(*rows: Row) -> Step:
    """A page of headers in the documented envelope."""
    count = {"offset": 0, "limit": 50, "count": len(rows)}
    return reply(200, {"pagination": count, "data": list(rows)})


def shown(row: Row) -> Step:
    """One record in its envelope."""
    return reply(200, {"data": row})


def document(number: str = "SH-1001", **changes: Any) -> Row:
    """An invoice of 107.00 with all its lines, as it is saved."""
    usual = {
        "dockey": 4711,
        "docno": number,
        "code": "300-C0001",
        "docdate": "2026-11-20",
        "docamt": "107.00",
        "docref1": "5501",
        "cancelled": False,
        "updatecount": 0,
        "sdsdocdetail": [
            {"amount": "90.00", "taxamt": "9.00"},
            {"amount": "8.00", "taxamt": "0.00"},
        ],
    }
    return usual | changes


def money(number: str = "SH-1001-P533D", **changes: Any) -> Row:
    """A payment of 107.00 that settles the invoice."""
    usual = {
        "dockey": 4712,
        "docno": number,
        "code": "300-C0001",
        "docdate": "2026-11-20",
        "docamt": "107.00",
        "unappliedamt": "0.00",
        "cancelled": False,
        "updatecount": 0,
        "sdsknockoff": [row("SH-1001", "107.00")],
    }
    return usual | changes


def row(number: str, amount: str, **changes: Any) -> Row:
    """A knock-off as it is kept."""
    return {"doctype": "IV", "docno": number, "koamt": amount, "knockoff": True} | changes


def sent(request: Received) -> Row:
    """The body of a write."""
    body: Row = json.loads(request.body)
    return body


def calls(server: ScriptedServer) -> list[tuple[str, str]]:
    """Method and path of all that was asked."""
    return [(one.method, one.path) for one in server.requests]
