"""How much of a web process one shop may take, so that the others and Shopify's webhooks find room.

Counted in the memory of each process: no statement, nothing to share, and nothing that can fail.
With several processes a shop may ask that many times as often. Only who has proved who they are
is counted (by a session token or an accountant's cookie), so nobody uses up another shop's share,
and no stranger fills the memory. Webhooks are never refused for being many: Shopify gives up after
eight tries, and a burst has to be stored.

Who has none inside finds room beside those who have several: a shop holds half of the threads at
most, and gets a second one only while SPARE stay free after it.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

MINUTE = 60.0
SEAT = "lejar_share"  # on the request: whose seat it holds
SPARE = 2  # threads that are for who has none yet, and for webhooks


class TooOften(Exception):
    """This was asked too often. Wait a minute and try again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(TooOften.__doc__)
        self.seconds = seconds


@dataclass(slots=True)
class _Share:
    left: float
    at: float
    inside: int = 0


class Shares:
    """A minute's requests may come at once and fill up again evenly. 0 of a limit: none."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, _Share] = {}
        self._inside = 0
        self._tidied = 0.0

    def __len__(self) -> int:
        return len(self._known)

    def enter(
        self, whose: str, *, per_minute: int, at_once: int, now: float, threads: int = 0
    ) -> int:
        """0 for a request that may go on, and is inside until `leave`; else in how many seconds
        the next one may. `now` in seconds, of a clock that never goes back; `threads` of this
        process that answer requests."""
        with self._lock:
            self._tidy(now)
            share = self._known.setdefault(whose, _Share(per_minute, now))
            share.left = min(per_minute, share.left + (now - share.at) * per_minute / MINUTE)
            share.at = now
            if at_once and share.inside >= at_once:
                return 1
            if threads and share.inside and self._inside + SPARE >= threads:
                return 1
            if per_minute and share.left < 1:
                return math.ceil((1 - share.left) * MINUTE / per_minute)
            share.left -= 1 if per_minute else 0
            share.inside += 1
            self._inside += 1
            return 0

    def leave(self, whose: str) -> None:
        with self._lock:
            if share := self._known.get(whose):
                share.inside -= 1
                self._inside -= 1

    def _tidy(self, now: float) -> None:
        """After a quiet minute a share is whole again: forgetting it changes nothing."""
        if now - self._tidied < MINUTE:
            return
        self._tidied = now
        for whose, share in list(self._known.items()):
            if not share.inside and now - share.at >= MINUTE:
                del self._known[whose]


_shares = Shares()


def enter(request: HttpRequest, whose: str) -> None:
    """Count a request of somebody who has proved who they are. Raises TooOften."""
    wait = _shares.enter(
        whose,
        per_minute=settings.LEJAR_REQUESTS_PER_MINUTE,
        at_once=settings.LEJAR_REQUESTS_AT_ONCE,
        threads=settings.LEJAR_WEB_THREADS,
        now=time.monotonic(),
    )
    if wait:
        raise TooOften(wait)
    setattr(request, SEAT, whose)


class SharesMiddleware:
    """Gives a request's seat back when it is answered: a file that is sent as it is made, when all
    of it was, or nobody is there to take it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        is_sent = False
        try:
            response = self.get_response(request)
            whose = getattr(request, SEAT, None)
            if whose and isinstance(response, StreamingHttpResponse):
                response.streaming_content = _Seated(iter(response), whose)
                is_sent = True
            return response
        finally:
            whose = getattr(request, SEAT, None)
            if whose and not is_sent:
                _shares.leave(whose)


class _Seated:
    """What is being sent, with its seat; the web server closes it, sent whole or not."""

    def __init__(self, parts: Iterator[bytes], whose: str) -> None:
        self._parts, self._whose, self._closed = parts, whose, False

    def __iter__(self) -> Iterator[bytes]:
        return self._parts

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            _shares.leave(self._whose)
