"""AcctBridge in the simulated world: the real connector speaks to it, and chance to the connector.

It takes the place of the network client. What is said of a call (`NotSent`, `MaybeSent`, an
answer) is what the real client says in the same case; what happened to it is known to the books.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from urllib.parse import urlsplit

from accounting import connections, ways
from accounting.connectors.acctbridge.gateway import AcctBridge
from accounting.connectors.base import Connector
from accounting.connectors.http import Answer, NotSent
from accounting.models import Book
from shopify_app.simulation import surface
from shopify_app.simulation.books import Books, Call
from shopify_app.simulation.clockwork import Clockwork
from shopify_app.simulation.exchange import HOST, Exchange, deadline


class Gateway:
    """`companies` are the books by the key that opens them."""

    def __init__(
        self, clockwork: Clockwork, chance: Random, companies: Mapping[str, Books]
    ) -> None:
        self._clockwork = clockwork
        self._chance = chance
        self._keys = dict(companies)

    def connector_for(self, book: Book) -> Connector:
        """The product's own connector for this book, with this gateway instead of a network and the
        world's time instead of the machine's. Raises SealBroken or SealKeyMissing."""
        return connections.connector_for(book, self._connect)

    def heal(self) -> None:
        """No faults from now on; whatever was down is up."""

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        connect_seconds: float,
        total_seconds: float,
    ) -> Answer:
        """See `accounting.connectors.http.Client`."""
        until = deadline(self._clockwork.now(), total_seconds)
        path = urlsplit(url).path
        self._clockwork.reach("before send")
        now = self._clockwork.now()
        if now >= until:
            raise NotSent(f"no time left to call {HOST}{path}")
        request = surface.read(method, path, params or {}, body)
        books = self._keys.get(headers["Authorization"].removeprefix("Bearer "))
        call = Call(
            method=method,
            path=request.thing,
            number=request.asked,
            write=request.writes,
            started=now,
            until=until,
        )
        if books is not None:
            books.calls.append(call)
        exchange = Exchange(
            clockwork=self._clockwork,
            request=request,
            books=books,
            call=call,
            connect_seconds=connect_seconds,
            until=until,
            latency=0,
        )
        try:
            answer = exchange.plain()
        finally:
            exchange.done()
        self._clockwork.tell(f"books: {method} {request.thing} {request.asked}: {answer.status}")
        self._clockwork.reach("before recording")
        return answer

    def _connect(
        self, book: Book, credentials: ways.Credentials, debtors: tuple[str, ...]
    ) -> Connector:
        return AcctBridge(
            ways.acctbridge_profile(book.system),
            credentials["key"],
            f"https://{HOST}",
            self,
            home_currency=book.home_currency,
            debtors=debtors,
            known=book.fingerprint,
            now=lambda: self._clockwork.now().timestamp(),
            wait=self._clockwork.pass_time,
        )
