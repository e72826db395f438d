"""Webhooks of a simulated Shopify on their way: due, tried, and tried again.

A try calls the real door with real bytes and headers. Shopify gives up after eight tries more over
four hours (contract 5.1); then only a sweep finds what was told.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from unittest import mock

from django.http import HttpResponse
from django.test import RequestFactory

from shopify_app import webhooks
from shopify_app.demo import send
from shopify_app.demo.send import Parcel
from shopify_app.simulation.clockwork import Clockwork

SECRET, OLD_SECRET = "simulated-secret-0123456789abcdef", "simulated-secret-before-0123456789"  # noqa: S105 - opens nothing
PAUSES = (56, 113, 226, 452, 904, 1807, 3614, 7228)  # seconds; doubling, four hours together
SOON = timedelta(seconds=20)

factory = RequestFactory()


@dataclass(kw_only=True)
class Trip:
    """One parcel on its way. `called` is how the trace names it; `headers` are laid over those that
    Shopify would send. What `is_tried_again` comes again until it is answered 200."""

    parcel: Parcel
    called: str
    secret: str = SECRET
    headers: Mapping[str, str] = field(default_factory=dict)
    is_tried_again: bool = True
    client_leaves: int = 0  # so many tries whose answer nobody waits for
    tries: int = 0


@dataclass(kw_only=True)
class Road:
    """Everything that is still to happen, by its time; of one time in the order it was put."""

    clockwork: Clockwork
    heard: set[tuple[str, str]] = field(default_factory=set)  # domain, webhook id: answered 200
    is_healed: bool = False
    _queue: list[tuple[datetime, int, Trip | Callable[[], None]]] = field(default_factory=list)
    _count: itertools.count[int] = field(default_factory=itertools.count)

    def put(self, at: datetime, what: Trip | Callable[[], None]) -> None:
        heapq.heappush(self._queue, (at, next(self._count), what))

    def next_at(self) -> datetime | None:
        return self._queue[0][0] if self._queue else None

    def step(self) -> None:
        if not self._queue:
            return
        _, _, what = heapq.heappop(self._queue)
        if isinstance(what, Trip):
            self.bring(what)
        else:
            what()

    def bring(self, trip: Trip) -> int:
        """One try; the status that was answered, whether or not anybody was there to hear it."""
        trip.tries += 1
        status = _answered(trip, self.clockwork)
        gone = trip.client_leaves >= trip.tries and not self.is_healed
        self.clockwork.tell(f"{trip.called}: {status}{' to nobody' if gone else ''}")
        if status == 200:
            self.heard.add((trip.parcel.domain, trip.parcel.webhook_id))
        if (gone or status != 200) and trip.is_tried_again:
            self._again(trip)
        self.clockwork.reach("delivery answered")
        return status

    def _again(self, trip: Trip) -> None:
        if trip.tries > len(PAUSES) and not self.is_healed:
            self.clockwork.tell(f"{trip.called}: given up")
            return
        pause = SOON if self.is_healed else timedelta(seconds=PAUSES[trip.tries - 1])
        self.put(self.clockwork.now() + pause, trip)

    def hasten(self) -> None:
        """What is late for no reason of its own comes at once, and everything that is brought from
        now on is brought soon."""
        self.is_healed = True
        soon = self.clockwork.now() + SOON
        waiting, self._queue = sorted(self._queue, key=lambda each: each[:2]), []
        for at, _, what in waiting:
            told_at = what.parcel.at if isinstance(what, Trip) else at
            self.put(min(at, max(soon, told_at + SOON)), what)


def _answered(trip: Trip, clockwork: Clockwork) -> int:
    headers = {**send.headers(trip.parcel, trip.secret), **trip.headers}
    request = factory.post(
        "/webhooks/shopify",
        data=trip.parcel.body,
        content_type="application/json",
        headers={name: value for name, value in headers.items() if value},
    )
    clock = SimpleNamespace(now=clockwork.now)
    with mock.patch.object(webhooks, "timezone", clock):
        response: HttpResponse = webhooks.receive(request)
    return response.status_code
