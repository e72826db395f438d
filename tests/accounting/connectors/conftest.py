"""Clients and a gateway that talk to a scripted server instead of AcctBridge."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from accounting.connectors.acctbridge import profile
from accounting.connectors.acctbridge.gateway import AcctBridge
from accounting.connectors.http import Http
from tests.accounting.connectors.tls import make_certificate, serving
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


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of `make_certificate`."""
    file = tmp_path_factory.mktemp("tls") / "books.pem"
    file.write_bytes(make_certificate())
    return file


@pytest.fixture
def secure(certificate: Path) -> Iterator[ScriptedServer]:
    with scripted(context=serving(certificate)) as running:
        yield running


@pytest.fixture
def client() -> Iterator[Http]:
    with Http(allow_loopback=True) as http:
        yield http


@pytest.fixture
def connect(server: ScriptedServer, client: Http) -> Connect:
    """connect(profile) gives a gateway whose AcctBridge is `server`."""

    def gateway(
        books: profile.Profile = SQL, key: str = KEY, debtors: tuple[str, ...] = ()
    ) -> AcctBridge:
        return AcctBridge(books, key, server.url, client, home_currency="MYR", debtors=debtors)

    return gateway
