"""AcctBridge in the simulated world: the real connector speaks to it, and chance to the connector.

It takes the place of the network client. What is said of a call (`NotSent`, `MaybeSent`, an
answer) is what the real client says in the same case; what happened to it is known to the books.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from urllib.parse import urlsplit

from accounting import connections, ways
from accounting.connectors.acctbridge.gateway import AcctBridge
from accounting.connectors.base import Connector
from accounting.connectors.http import Answer, HttpError, NotSent
from accounting.models import Book
from shopify_app.simulation import exchange, faults, surface
from shopify_app.simulation.baton import Killed
from shopify_app.simulation.book_faults import Account, BookFaults, Odds, stranger
from shopify_app.simulation.books import Books
from shopify_app.simulation.clockwork import Clockwork
from shopify_app.simulation.exchange import HOST, Exchange
from shopify_app.simulation.journal import Call, Written
from shopify_app.simulation.surface import Request

BEARER = "Bearer "
LANDS = 0.7  # of the writes that a worker was killed over


@dataclass(frozen=True, slots=True, kw_only=True)
class _Late:
    """What the books will have done by `due`, though nobody hears of it."""

    due: datetime
    books: Books
    request: Request


@dataclass(frozen=True, slots=True, kw_only=True)
class _Falsified:
    books: Books
    request: Request
    written: Written


class Gateway:
    """`companies` are the books by the key that opens them. What goes wrong is drawn from `chance`,
    how much of it once, unless `odds` says."""

    def __init__(
        self,
        clockwork: Clockwork,
        chance: Random,
        companies: Mapping[str, Books],
        odds: Odds | None = None,
    ) -> None:
        self._clockwork = clockwork
        self._chance = chance
        self._accounts = {
            key: Account(key=key, books=books, shown=books) for key, books in companies.items()
        }
        self.stranger = stranger()
        others = {one.name: one for one in (self.stranger, *companies.values())}
        self.odds = odds or Odds.drawn(chance)
        self._faults = BookFaults(self.odds, chance, others)
        self._late: list[_Late] = []
        self._falsified: list[_Falsified] = []

    def connector_for(self, book: Book) -> Connector:
        """The product's own connector for this book, with this gateway instead of a network and the
        world's time instead of the machine's. Raises SealBroken or SealKeyMissing."""
        return connections.connector_for(book, self._connect)

    # --- what people and time put right ---

    def heal(self) -> None:
        """No faults from now on; whatever was down is up, and what was late is done. A new key must
        still be entered (`key_of`), and what the books falsified be corrected (`put_right`)."""
        self._faults.clear()
        for account in self._accounts.values():
            account.put_right()
        self._catch_up(datetime.max.replace(tzinfo=UTC))

    def key_of(self, books: Books) -> str:
        """The key that opens these books now, as the merchant reads it in the portal."""
        return self._account(books).key

    def rotate_key(self, books: Books) -> None:
        """From now on another key opens them."""
        account = self._account(books)
        account.rotate(self._chance)
        self._accounts[account.key] = account

    def put_right(self, books: Books) -> None:
        """What a person at the accounting PC does: the right company open, codes restored, the
        period open, and documents corrected that the books had falsified."""
        self._account(books).put_right()
        for false in [one for one in self._falsified if one.books is books]:
            if false.written.applied:
                continue  # nobody should have knocked it off; let it be found
            books.remove(false.written)
            surface.serve(books, false.request, false.written.written_at)
            self._falsified.remove(false)

    def _account(self, books: Books) -> Account:
        return next(one for one in self._accounts.values() if one.books is books)

    # --- a call ---

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
        path = urlsplit(url).path
        until = self._clockwork.now() + timedelta(seconds=max(total_seconds, 0))
        self._clockwork.reach("before send")
        if self._clockwork.now() >= until:
            raise NotSent(f"no time left to call {HOST}{path}")
        asked = surface.read(method, path, params or {}, body)
        key = headers["Authorization"].removeprefix(BEARER)
        answer = self._exchanged(key, asked, until, connect_seconds)
        self._clockwork.reach("before recording")
        return answer

    def _exchanged(
        self, key: str, asked: Request, until: datetime, connect_seconds: float
    ) -> Answer:
        now = self._clockwork.now()
        self._catch_up(now)
        account = self._accounts.get(key)
        if account is None:
            return exchange.answer(surface.error(401, "invalid_key", exchange.REVOKED))
        if change := self._faults.changes(account, asked, now):
            self._accounts[account.key] = account
            self._clockwork.tell(change)
        call = Call(
            method=asked.method,
            path=asked.thing,
            number=asked.asked,
            write=asked.writes,
            started=now,
            until=until,
        )
        account.books.calls.append(call)
        started = Exchange(
            clockwork=self._clockwork,
            chance=self._chance,
            request=asked,
            books=account.shown if account.key == key else None,
            call=call,
            connect_seconds=connect_seconds,
            until=until,
            latency=self._faults.latency(),
            previous=account.previous,
            desk=self,
        )
        self._under_way(started)
        return self._played(account, started)

    def _under_way(self, call: Exchange) -> None:
        """A worker that is killed now has asked already: perhaps the books do it all the same, as
        late as a write can be, counted from the deadline, before which nobody looks for it."""
        try:
            self._clockwork.reach("under way")
        except Killed:
            if call.request.writes and self._chance.random() < LANDS:
                latest = call.left + faults.latest(call)
                self.later(call, latest * self._chance.uniform(0.5, 1))
            raise

    def _played(self, account: Account, started: Exchange) -> Answer:
        """The call with what goes wrong with it, and what is told of it."""
        asked = started.request
        fault = self._faults.strikes(account, asked)
        line = f"{account.books.name}: {asked.method} {asked.thing} {asked.asked}"
        if fault:
            self._clockwork.tell(f"{line}: {fault}")
        plays = faults.WRITES if asked.writes else faults.READS
        try:
            answer = plays[fault](started) if fault else started.plain()
        except HttpError as error:
            self._clockwork.tell(f"{line}: {error}")
            raise
        finally:
            started.done()
        self._clockwork.tell(f"{line}: {answer.status}")
        account.previous = answer
        return answer

    def _catch_up(self, now: datetime) -> None:
        """Have the books do what was late and is due."""
        due = sorted((late for late in self._late if late.due <= now), key=lambda late: late.due)
        for late in due:
            self._late.remove(late)
            done = surface.serve(late.books, late.request, min(late.due, self._clockwork.now()))
            asked = late.request
            self._clockwork.tell(
                f"{late.books.name}: {asked.thing} {asked.asked} at last: {done.status}"
            )

    # --- what outlasts a call ---

    def later(self, call: Exchange, seconds: float) -> None:
        """See `Desk`."""
        if call.books is not None:
            due = self._clockwork.now() + timedelta(seconds=round(seconds, 3))
            self._late.append(_Late(due=due, books=call.books, request=call.request))

    def falsified(self, call: Exchange, number: str) -> None:
        """See `Desk`."""
        assert call.books is not None
        written = call.books.find(surface.REGISTERS[call.request.thing], number)
        assert written is not None
        written.asked = call.request.asked
        call.books.meddled.add(written.asked)
        kept = _Falsified(books=call.books, request=call.request, written=written)
        self._falsified.append(kept)

    def _connect(
        self, book: Book, credentials: ways.Credentials, debtors: tuple[str, ...]
    ) -> Connector:
        """Lejar knows of books that take a number twice (`limits.uniqueNumbers` of a profile)."""
        profile = ways.acctbridge_profile(book.system)
        account = self._accounts.get(credentials["key"])
        return AcctBridge(
            replace(profile, unique_numbers=not (account and account.books.takes_twice)),
            credentials["key"],
            f"https://{HOST}",
            self,
            home_currency=book.home_currency,
            debtors=debtors,
            known=book.fingerprint,
            now=lambda: self._clockwork.now().timestamp(),
            wait=self._clockwork.pass_time,
        )
