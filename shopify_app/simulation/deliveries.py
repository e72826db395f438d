"""Webhooks of a simulated Shopify on their way: due, tried, and tried again.

A try calls the real door with real bytes and headers. Shopify gives up after eight tries more over
four hours (contract 5.1); then only a sweep finds what was told.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from unittest import mock

from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory

from shopify_app import webhooks
from shopify_app.demo import send
from shopify_app.demo.send import Parcel
from shopify_app.simulation.baton import Died
from shopify_app.simulation.clockwork import Clockwork

SECRET, OLD_SECRET = "simulated-secret-0123456789abcdef", "simulated-secret-before-0123456789"
PAUSES = (56, 113, 226, 452, 904, 1807, 3614, 7228)  # seconds; doubling, four hours together
SOON = timedelta(seconds=20)
BAD_GATEWAY, NO_ANSWER = 502, 0

factory = RequestFactory()


@dataclass(kw_only=True)
class Trip:
    """One parcel on its way. `called` is how the trace names it; `headers` are laid over those that
    Shopify would send, "" leaves one out. `then` is brought once this has been answered 200.

    Of its first tries `bounces` do not reach Lejar, and the answer of `client_leaves` is heard by
    nobody.
    """

    parcel: Parcel
    called: str
    number: int = 0  # of the order it is about
    secret: str = SECRET
    headers: Mapping[str, str] = field(default_factory=dict)
    is_lost: bool = False  # it never arrives, unless the world heals before
    is_tried_again: bool = True
    is_forged: bool = False
    bounces: int = 0
    client_leaves: int = 0
    tries: int = 0
    then: list[Trip] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, str]:
        return self.parcel.domain, self.parcel.webhook_id


def _always(trip: Trip) -> bool:
    return True


@dataclass(kw_only=True)
class Road:
    """Everything that is still to happen, by its time; of one time in the order it was put.
    `is_sent` says of a trip whether Shopify still brings it."""

    clockwork: Clockwork
    is_sent: Callable[[Trip], bool] = _always
    heard: set[tuple[str, str]] = field(default_factory=set)  # answered 200
    forged: set[tuple[str, str]] = field(default_factory=set)  # brought by nobody of Shopify
    is_healed: bool = False
    _queue: list[tuple[datetime, int, Trip | Callable[[], None]]] = field(default_factory=list)
    _count: itertools.count[int] = field(default_factory=itertools.count)

    def put(self, at: datetime, what: Trip | Callable[[], None]) -> None:
        heapq.heappush(self._queue, (at, next(self._count), what))

    def next_at(self) -> datetime | None:
        return self._queue[0][0] if self._queue else None

    def under_way(self) -> Iterator[Trip]:
        return (what for _, _, what in self._queue if isinstance(what, Trip))

    def step(self) -> None:
        if not self._queue:
            return
        _, _, what = heapq.heappop(self._queue)
        if not isinstance(what, Trip):
            what()
        elif not self.is_sent(what):
            self.clockwork.tell(f"{what.called}: not sent any more")
        elif what.is_lost and not self.is_healed:
            self.clockwork.tell(f"{what.called}: dropped")
        else:
            self.bring(what)

    def bring(self, trip: Trip) -> int:
        """One try; the status that was answered, whether or not anybody was there to hear it."""
        trip.tries += 1
        status = self._tried(trip)
        left = trip.tries <= trip.client_leaves and not self.is_healed
        self.clockwork.tell(f"{trip.called}: {status}{' to nobody' if left else ''}")
        if trip.is_forged:
            self.forged.add(trip.key)
        if status == 200 and not left:
            self._arrived(trip)
        elif trip.is_tried_again:
            self._again(trip)
        self.clockwork.reach("delivery answered")
        return status

    def _tried(self, trip: Trip) -> int:
        if trip.tries <= trip.bounces and not self.is_healed:
            return BAD_GATEWAY
        return _answered(trip, self.clockwork)

    def _arrived(self, trip: Trip) -> None:
        self.heard.add(trip.key)
        for following in trip.then:
            self.put(self.clockwork.now() + SOON, following)
        trip.then = []

    def _again(self, trip: Trip) -> None:
        if trip.tries > len(PAUSES) and not self.is_healed:
            self.clockwork.tell(f"{trip.called}: given up")
            return
        pause = SOON if self.is_healed else timedelta(seconds=PAUSES[trip.tries - 1])
        self.put(self.clockwork.now() + pause, trip)

    def hasten(self) -> None:
        """What is late comes at once, what began ends soon, and whatever fails from now on is tried
        again soon. An order's events happen in their time."""
        self.is_healed = True
        soon = self.clockwork.now() + SOON
        waiting, self._queue = sorted(self._queue, key=lambda each: each[:2]), []
        for at, _, what in waiting:
            told_at = what.parcel.at if isinstance(what, Trip) else soon
            self.put(min(at, max(soon, told_at + SOON)), what)


def _answered(trip: Trip, clockwork: Clockwork) -> int:
    headers = {**send.headers(trip.parcel, trip.secret), **trip.headers}
    request = factory.post(
        "/webhooks/shopify",
        data=trip.parcel.body,
        content_type="application/json",
        headers={name: value for name, value in headers.items() if value},
    )
    clock = SimpleNamespace(now=clockwork.machine_time)
    with mock.patch.object(webhooks, "timezone", clock):
        try:
            response: HttpResponse = webhooks.receive(request)
        except Died:
            connection.close()
            return NO_ANSWER
    return response.status_code
