"""An AutoCount Cloud connector that talks to a scripted server."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from accounting.connectors.autocount_cloud import options
from accounting.connectors.autocount_cloud.calls import Account
from accounting.connectors.autocount_cloud.gateway import AutoCountCloud
from accounting.connectors.autocount_cloud.memory import Memory
from accounting.connectors.autocount_cloud.options import Options
from accounting.connectors.guide import filled, guides
from accounting.connectors.http import Http
from accounting.documents.document import Kind
from tests.books import Clock
from tests.scripted_server import ScriptedServer

BOOK = "kedai-1042"
KEY_ID = "kid-never-shown"
API_KEY = "secret-never-shown"
NOW = datetime(2026, 11, 20, 9, 20, 0, tzinfo=UTC)
CODES = {
    Kind.INVOICE: "IV",
    Kind.DEBIT_NOTE: "IV",
    Kind.PAYMENT: "OR",
    Kind.REFUND: "PV",
    Kind.CREDIT_NOTE: "CN",
}

Connect = Callable[..., AutoCountCloud]


def chosen(**changes: str) -> Options:
    """The guide's defaults, with `changes`."""
    guide = guides()["autocount", "autocount_cloud"]
    return options.read(filled(guide.settings, {"account_book_id": BOOK} | changes))


def warm() -> Memory:
    """What a process remembers that has sold, paid and knocked off before."""
    return Memory(types=dict(CODES), journals={"310-005": "BANK"}, currencies={"300-C0001": "MYR"})


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def connect(server: ScriptedServer, client: Http, clock: Clock) -> Connect:
    """connect(credit_term="30 Days") gives a connector whose books are `server`."""

    def connected(
        *,
        memory: Memory | None = None,
        debtors: tuple[str, ...] = (),
        book_id: str = BOOK,
        http: Http = client,
        **settings: str,
    ) -> AutoCountCloud:
        return AutoCountCloud(
            Account(server.url, book_id, KEY_ID, API_KEY),
            chosen(**settings),
            http,
            home_currency="MYR",
            memory=warm() if memory is None else memory,
            clock=clock,
            debtors=debtors,
        )

    return connected
