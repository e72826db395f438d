"""A gateway that talks to a scripted server instead of AcctBridge."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from accounting.connectors.acctbridge import profile
from accounting.connectors.acctbridge.gateway import AcctBridge
from accounting.connectors.http import Http
from tests.scripted_server import ScriptedServer, scripted

KEY = "lb_live_never_shown"

Connect = Callable[..., AcctBridge]


def quick(books: profile.Profile) -> profile.Profile:
    """The same profile without a pause between calls."""
    return replace(books, transport=replace(books.transport, min_interval=0))


SQL = quick(profile.load("sql_accounting", None))
AUTOCOUNT = quick(profile.load("autocount", None))


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted() as running:
        yield running


@pytest.fixture
def connect(server: ScriptedServer) -> Iterator[Connect]:
    """connect(profile) gives a gateway whose AcctBridge is `server`."""
    http = Http(allow_loopback=True)

    def gateway(
        books: profile.Profile = SQL, key: str = KEY, debtors: tuple[str, ...] = ()
    ) -> AcctBridge:
        return AcctBridge(books, key, server.url, http, debtors)

    yield gateway
    http.close()
