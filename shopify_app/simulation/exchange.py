"""One call to the gateway as it happens: sent, served, answered or lost, in the world's time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Protocol

from accounting.connectors.http import Answer, MaybeSent, NotSent
from shopify_app.simulation import surface
from shopify_app.simulation.books import Books
from shopify_app.simulation.clockwork import Clockwork
from shopify_app.simulation.journal import Call
from shopify_app.simulation.surface import Reply, Request

HOST = "api.acctbridge.test"
REVOKED = "The API key is missing, wrong or revoked."


class Desk(Protocol):
    """Where an exchange leaves what outlasts it."""

    def later(self, call: Exchange, seconds: float) -> None:
        """The books are to do what is asked so many seconds from now."""

    def falsified(self, call: Exchange, number: str) -> None:
        """The books hold under `number`, and otherwise than asked, what they were asked for."""


@dataclass(kw_only=True)
class Exchange:
    """`books` answer; None of them for a key that opens none. `until` is the caller's deadline,
    after which it hears nothing more. `previous` is the answer before this one."""

    clockwork: Clockwork
    chance: Random
    request: Request
    books: Books | None
    call: Call
    connect_seconds: float
    until: datetime
    latency: float
    previous: Answer | None
    desk: Desk

    @property
    def where(self) -> str:
        return f"{HOST}{surface.ROOT}{self.request.thing}"

    def plain(self) -> Answer:
        """The call as it should be."""
        return answer(self.served())

    def served(self, request: Request | None = None) -> Reply:
        """What the books answer to the request, or to a falsified one, once they have done it.
        Raises MaybeSent when that is after the deadline."""
        self.wait(self.latency)
        reply = self._done_by_the_books(request or self.request)
        self.done()
        if self.request.writes and reply.status < 300:
            self.clockwork.reach("after remote commit")
        self.wait(0)
        return reply

    def _done_by_the_books(self, request: Request) -> Reply:
        if self.books is None:
            return surface.error(401, "invalid_key", REVOKED)
        reply = surface.serve(self.books, request, self.clockwork.now())
        if request is not self.request and reply.status < 300:
            self.desk.falsified(self, reply.body["data"]["docNo"])
        return reply

    def done(self) -> None:
        """The gateway has nothing more to do with this call; what follows is the answer's way."""
        if self.call.ended is None:
            self.call.ended = min(self.clockwork.now(), self.until)

    def wait(self, seconds: float) -> None:
        """Raises MaybeSent at the deadline."""
        left = self.left
        if seconds > 0 and left > 0:
            self.clockwork.pass_time(min(seconds, left))
        if self.clockwork.now() >= self.until:
            raise MaybeSent(f"no complete answer from {self.where} in time")

    @property
    def left(self) -> float:
        """Seconds to the deadline."""
        return (self.until - self.clockwork.now()).total_seconds()

    def unreached(self, reason: str, seconds: float = 0) -> NotSent:
        """No connection, found out after so long."""
        waited = min(seconds, self.left, self.connect_seconds)
        if waited > 0:
            self.clockwork.pass_time(waited)
        return NotSent(f"no connection to {HOST}: {reason}")

    def dropped(self) -> MaybeSent:
        self.done()
        return MaybeSent(f"{self.where} ended the connection without an answer")

    def mislead(self) -> None:
        """What will be said of this document is not so."""
        if self.books is not None and self.request.asked:
            self.books.misled.add(self.request.asked)


def answer(reply: Reply, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(reply.status, named, surface.text(reply.body).encode())
