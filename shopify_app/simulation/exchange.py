"""One call to the gateway as it happens: sent, served, answered or lost, in the world's time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from accounting.connectors.http import Answer, MaybeSent, NotSent
from shopify_app.simulation import surface
from shopify_app.simulation.books import Books, Call
from shopify_app.simulation.clockwork import Clockwork
from shopify_app.simulation.surface import Reply, Request

HOST = "api.acctbridge.test"


@dataclass(kw_only=True)
class Exchange:
    """`books` answer; None of them for a key that opens none. `until` is the caller's deadline,
    after which it hears nothing more."""

    clockwork: Clockwork
    request: Request
    books: Books | None
    call: Call
    connect_seconds: float
    until: datetime
    latency: float

    @property
    def where(self) -> str:
        return f"{HOST}{surface.ROOT}{self.request.thing}"

    def plain(self) -> Answer:
        """The call as it should be."""
        return answer(self.served())

    def served(self) -> Reply:
        """What the books answer, once they have done it. Raises MaybeSent where that is after the
        deadline."""
        self.wait(self.latency)
        reply = self.commit()
        self.done()
        if self.request.writes and reply.status < 300:
            self.clockwork.reach("after remote commit")
        self.wait(0)
        return reply

    def commit(self) -> Reply:
        """What the books do with it now, whether or not anybody will hear of it."""
        if self.books is None:
            return surface.error(401, "invalid_key", "The API key is missing, wrong or revoked.")
        return surface.serve(self.books, self.request, self.clockwork.now())

    def done(self) -> None:
        """The gateway has nothing more to do with this call; what follows is the answer's way."""
        if self.call.ended is None:
            self.call.ended = min(self.clockwork.now(), self.call.until)

    def wait(self, seconds: float) -> None:
        """Raises MaybeSent at the deadline."""
        left = (self.until - self.clockwork.now()).total_seconds()
        if seconds > 0 and left > 0:
            self.clockwork.pass_time(min(seconds, left))
        if self.clockwork.now() >= self.until:
            raise MaybeSent(f"no complete answer from {self.where} in time")

    def unreached(self, reason: str, seconds: float = 0) -> NotSent:
        """No connection, found out after so long."""
        left = (self.until - self.clockwork.now()).total_seconds()
        if seconds > 0 and left > 0:
            self.clockwork.pass_time(min(seconds, left, self.connect_seconds))
        return NotSent(f"no connection to {HOST}: {reason}")


def answer(reply: Reply, **headers: str) -> Answer:
    return Answer(reply.status, headers, surface.text(reply.body).encode())


def deadline(now: datetime, seconds: float) -> datetime:
    return now + timedelta(seconds=max(seconds, 0))
