"""How a seed's webhooks go wrong: rates drawn once, and what a parcel becomes on the road."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from shopify_app.demo import send
from shopify_app.demo.send import Parcel
from shopify_app.simulation.deliveries import OLD_SECRET, Trip

CALM = 0.3  # of all seeds
SHARES = (0.0, 0.0, 0.02, 0.1, 0.3)
DROPPED = (0.0, 0.05, 0.2, 0.6)  # likelier, because only worlds with sweeps drop anything
DELAYS = (30, 600, 3600, 6 * 3600, 26 * 3600)  # seconds at most
BURST = timedelta(minutes=20)
HUGE = 5 * 1024 * 1024
HUGE_SEEDS = 0.01
SIGNATURE, TRIGGERED_AT = "X-Shopify-Hmac-Sha256", "X-Shopify-Triggered-At"
TO_COME = ("2999-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z")
MOST_TRIES = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """How much goes wrong: shares of all deliveries."""

    dropped: float
    delayed: float
    burst: float
    twice: float
    bounced: float  # something before Lejar answers 502
    left: float  # the client is gone before the answer
    old_secret: float
    forged: float  # a copy with a signature that does not fit, or none
    mangled: float  # a copy that is signed, and cannot be understood
    foreign: float  # a copy in another shop's name
    ahead: float  # the unsigned time is one to come
    huge: bool

    def __str__(self) -> str:
        names = (name for name in self.__dataclass_fields__ if getattr(self, name))
        return ", ".join(names) or "calm"


FIELDS = tuple(name for name in Rates.__dataclass_fields__ if name != "huge")
NONE = Rates(**dict.fromkeys(FIELDS, 0.0), huge=False)


def drawn(chance: Random) -> Rates:
    calm = chance.random() < CALM
    shares = {**dict.fromkeys(FIELDS, SHARES), "dropped": DROPPED}
    rates = {name: 0.0 if calm else chance.choice(shares[name]) for name in FIELDS}
    return Rates(**rates, huge=chance.random() < HUGE_SEEDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookFaults:
    """The rates of one seed, and the chance it goes by. `others` are the domains that a shop's
    body may be brought in the name of."""

    rates: Rates
    chance: Random

    def is_lost(self) -> bool:
        return self._happens(self.rates.dropped)

    def on_the_road(
        self, trip: Trip, due: datetime, others: list[str]
    ) -> Iterator[tuple[datetime, Trip]]:
        """The trip with what goes wrong of it, and everything that is brought besides."""
        yield self._due(due), self._troubled(trip)
        if self._happens(self.rates.twice):
            yield self._due(due), replace(trip, called=f"{trip.called} again")
        if self._happens(self.rates.forged):
            yield self._due(due), self._forged(trip)
        if self._happens(self.rates.mangled):
            yield self._due(due), self._mangled(trip)
        if others and self._happens(self.rates.foreign):
            trip.then.append(self._foreign(trip, self.chance.choice(others)))

    def _happens(self, rate: float) -> bool:
        return rate > 0 and self.chance.random() < rate

    def _due(self, at: datetime) -> datetime:
        if self._happens(self.rates.burst):
            return at + BURST - timedelta(seconds=at.timestamp() % BURST.total_seconds())
        if self._happens(self.rates.delayed):
            return at + timedelta(seconds=self.chance.randrange(self.chance.choice(DELAYS)))
        return at

    def _troubled(self, trip: Trip) -> Trip:
        if self._happens(self.rates.bounced):
            trip.bounces = self.chance.randint(1, MOST_TRIES)
        if self._happens(self.rates.left):
            trip.client_leaves = self.chance.randint(1, MOST_TRIES)
        if self._happens(self.rates.old_secret):
            trip.secret = OLD_SECRET
        if self.rates.huge and trip.parcel.topic == "orders/create":
            trip.parcel = replace(trip.parcel, body=grown(trip.parcel.body))
        if self._happens(self.rates.ahead):
            trip.headers = {TRIGGERED_AT: self.chance.choice(TO_COME)}
        return trip

    def _copy(self, trip: Trip, why: str, body: bytes) -> Trip:
        """Under an id of its own, so that it cannot hide the true one."""
        parcel = replace(trip.parcel, body=body, webhook_id=f"{why}-{self.chance.getrandbits(64)}")
        return Trip(parcel=parcel, called=f"{trip.called} ({why})", number=trip.number)

    def _forged(self, trip: Trip) -> Trip:
        body = trip.parcel.body
        signature = self.chance.choice(("", "kéadilan", "Zm9yZ2Vk", send.signature(body, "other")))
        copy = self._copy(trip, "forged", body)
        if self.chance.random() < 0.3:  # signed once, and changed since
            signature, copy.parcel = send.signature(body, trip.secret), _truncated(copy.parcel)
        copy.headers, copy.is_tried_again, copy.is_forged = {SIGNATURE: signature}, False, True
        return copy

    def _mangled(self, trip: Trip) -> Trip:
        name, how = self.chance.choice(MANGLERS)
        return self._copy(trip, name, how(trip.parcel.body))

    def _foreign(self, trip: Trip, domain: str) -> Trip:
        copy = self._copy(trip, "foreign", trip.parcel.body)
        copy.parcel = replace(copy.parcel, domain=domain)
        copy.called = f"{trip.called} as {domain.removesuffix('.myshopify.com')}"
        return copy


def _truncated(parcel: Parcel) -> Parcel:
    return replace(parcel, body=parcel.body[: len(parcel.body) * 2 // 3])


def _with_note(note: str) -> Callable[[bytes], bytes]:
    """`note` is JSON; it stands where a body can say whatever a person typed."""
    return lambda body: body[:-1] + b', "typed": ' + note.encode() + b"}"


# What Lejar cannot read, though Shopify signed it. None is an order that says something else.
MANGLERS: tuple[tuple[str, Callable[[bytes], bytes]], ...] = (
    ("cut", lambda body: body[: len(body) * 2 // 3]),
    ("NUL", _with_note('"\\u0000"')),
    ("half", _with_note('"\\ud83d"')),
    ("key twice", lambda body: body[:-1] + b', "id": 1}'),
    ("1e400", _with_note("1e400")),
    ("bytes", lambda body: body[:-1] + b', "typed": "\xff\xfe"}'),
    ("deep", _with_note("[" * 5000 + "]" * 5000)),
    ("no object", lambda body: b"[" + body + b"]"),
)


def grown(body: bytes) -> bytes:
    """The same order with a note of five megabytes."""
    return re.sub(rb'"note": null', b'"note": ' + json.dumps("x" * HUGE).encode(), body, count=1)
