"""How bad it is around the books: what one seed draws once, and troubles that last.

A single call fails by a fault of its own (`faults`). A trouble holds one company for seconds or
days, or until a person puts it right: the instance is offline or flapping, the key was rotated,
another company is open, the period is closed, or a code was deleted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from accounting.connectors.http import Answer
from shopify_app.simulation import faults
from shopify_app.simulation.books import Books
from shopify_app.simulation.faults import Play
from shopify_app.simulation.surface import Request

LASTS = (20, 300, 7200, 108_000, 345_600)  # seconds: from a hiccup to four days
DOWN: Mapping[str, str] = {
    "is offline": "offline",
    "refuses connections": "refused",
    "has no address": "no address",
    "has a certificate nobody trusts": "not trusted",
    "swallows everything": "black hole",
    "answers 500": "500",
    "answers 503": "503",
    "slows down": "429 with a time",
}
KEY, STRANGER, SIBLING = "has a new key", "shows a stranger's books", "shows a sibling's books"
CLOSED, GONE = "has closed the period", "has lost a code"
OTHER_TROUBLES = (KEY, STRANGER, SIBLING, CLOSED, GONE)
TEMPERS = ((0.0, 0.0), (0.0, 0.01), (0.02, 0.01), (0.08, 0.03), (0.3, 0.06))  # fault, trouble
# What only one or two lines of defence stand against, and a careless sender gets wrong.
OFTENER = {faults.LATE: 6.0, "another amount": 3.0, "409": 3.0}
SWAPS = (0.0, 0.0, 0.2, 0.4)
LATENCIES = (0.0, 0.3, 2.0)


@dataclass(frozen=True, kw_only=True)
class Odds:
    """Drawn once per seed. `fault` is the chance that a call goes wrong by itself, `trouble` that
    one begins with it; `weights` and `troubles` say which, and how likely of those. `swap` is the
    chance that a sibling's books turn out to be open when Lejar asks whose they are. `latency` is
    the most seconds that a call takes."""

    fault: float = 0.0
    trouble: float = 0.0
    swap: float = 0.0
    weights: Mapping[str, float] = field(default_factory=dict)
    troubles: Mapping[str, float] = field(default_factory=dict)
    latency: float = 0.0

    @classmethod
    def drawn(cls, chance: Random) -> Odds:
        """Some seeds calm, some awful; each with a few faults that are much more likely."""
        fault, trouble = chance.choice(TEMPERS)
        return cls(
            fault=fault,
            trouble=trouble,
            swap=chance.choice(SWAPS),
            weights={name: _weight(name, chance) for name in faults.WRITES},
            troubles={name: chance.random() ** 2 for name in (*DOWN, *OTHER_TROUBLES)},
            latency=chance.choice(LATENCIES),
        )

    def __str__(self) -> str:
        return f"{self.fault:.0%} faults, {self.trouble:.1%} troubles, up to {self.latency:g} s"


@dataclass(kw_only=True)
class Account:
    """What one client has at the gateway. `key` is the one that counts now; `shown` are the books
    that answer: another company's while the wrong one is open. While `flaps`, the trouble hits
    only some calls. `until` None means until a person puts it right. `previous` is the answer given
    last."""

    key: str
    books: Books
    shown: Books
    trouble: str = ""
    until: datetime | None = None
    flaps: bool = False
    previous: Answer | None = None

    def rotate(self, chance: Random) -> None:
        """From now on another key opens the books."""
        self.key = f"lb_live_{chance.getrandbits(96):024x}"

    def put_right(self) -> None:
        self.trouble, self.until, self.flaps = "", None, False
        self.shown = self.books
        self.books.closed_until = None
        self.books.gone.clear()


def stranger() -> Books:
    """Books of a company that Lejar has nothing to do with: none of its codes are known there."""
    return Books(
        name="Syarikat Lain",
        cash="",
        control="3000/000",
        accounts={"3000/000": "Trade debtors"},
        tax_codes={},
        methods={},
    )


def _weight(name: str, chance: Random) -> float:
    drawn = chance.random()
    return OFTENER[name] * drawn if name in OFTENER else drawn**3


class BookFaults:
    """Draws what happens to a call. After `clear`, nothing does."""

    def __init__(self, odds: Odds, chance: Random, others: Mapping[str, Books]) -> None:
        self._odds = odds
        self._chance = chance
        self._others = others  # stranger and siblings, by name
        self._reads = _weighted(odds.weights, faults.READS)
        self._writes = _weighted(odds.weights, faults.WRITES)

    def clear(self) -> None:
        self._odds = Odds(latency=self._odds.latency)

    def latency(self) -> float:
        """Seconds, in whole milliseconds."""
        return round(self._chance.uniform(0, self._odds.latency), 3) if self._odds.latency else 0.0

    def changes(self, account: Account, asked: Request, now: datetime) -> str:
        """What begins or ends for this client with this call, as a line of the trace; or ""."""
        if account.trouble and account.until is not None and now >= account.until:
            ended = account.trouble
            account.put_right()
            return f"{account.books.name} no longer {ended}"
        if account.trouble:
            return ""
        others = [books for books in self._others.values() if books is not account.books]
        may_swap = len(others) > 1 and _tells_company(asked, account.books)
        if may_swap and self._chance.random() < self._odds.swap:
            return self._begin(SIBLING, account, others, now)
        if self._chance.random() >= self._odds.trouble:
            return ""
        troubles = self._odds.troubles
        name = self._chance.choices(list(troubles), list(troubles.values()))[0]
        return "" if name == SIBLING and not may_swap else self._begin(name, account, others, now)

    def _begin(self, name: str, account: Account, others: list[Books], now: datetime) -> str:
        """Another company with Lejar's codes is opened only between two batches: nothing can be
        read and written in one call, so what it would do within one nobody can prevent."""
        lasts = self._chance.choice(LASTS)
        account.trouble = name
        account.until = None if name == KEY else now + timedelta(seconds=lasts)
        account.flaps = name in DOWN and self._chance.random() < 0.5
        return f"{account.books.name} {name}{self._struck(account, name, others, now.date())}"

    def _struck(self, account: Account, name: str, others: list[Books], today: date) -> str:
        """What the trouble does, and more words about it."""
        if name == KEY:
            account.rotate(self._chance)
            account.trouble = ""  # only the merchant's own key is out of date
        elif name == STRANGER:
            account.shown = others[0]
        elif name == SIBLING:
            account.shown = self._chance.choice(others[1:])
            return f": {account.shown.name}"
        elif name == CLOSED:
            account.books.closed_until = today
        elif name == GONE:
            code = self._chance.choice(_codes(account.books))
            account.books.gone.add(code)
            return f": {code}"
        return ", now and then" if account.flaps else ""

    def strikes(self, account: Account, asked: Request) -> str:
        """The name of the fault that hits this call, "" for none."""
        if account.trouble in DOWN and not (account.flaps and self._chance.random() < 0.5):
            return DOWN[account.trouble]
        if self._chance.random() >= self._odds.fault:
            return ""
        names, weights = self._writes if asked.writes else self._reads
        return self._chance.choices(names, weights)[0] if any(weights) else ""


def _weighted(
    weights: Mapping[str, float], plays: Mapping[str, Play]
) -> tuple[list[str], list[float]]:
    return list(plays), [weights.get(name, 0.0) for name in plays]


def _tells_company(asked: Request, books: Books) -> bool:
    return (asked.method, asked.thing, asked.asked) == ("GET", "customer", books.cash)


def _codes(books: Books) -> list[str]:
    """What a person may delete by mistake."""
    accounts = [code for code in books.accounts if code != books.control]
    return [*accounts, *books.tax_codes, *books.methods, *books.customers]
