"""What a process remembers of a book between two drains: calls left, and codes the books use.

The books allow a number of calls a minute and say with every answer how many are left. Several
threads of a process may call one book; they count together (contract autocount-cloud 4).
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from accounting.connectors.autocount_cloud.api import API
from accounting.connectors.base import Throttled
from accounting.documents.document import Kind

SAME = timedelta(seconds=1)  # two ends of a minute this near are one
SLOWER = "AutoCount Cloud takes no more calls for now; Lejar goes on by itself."


class Pace:
    """How many calls are left, and until when that counts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left: int | None = None
        self._until: datetime | None = None

    def take(self, now: datetime, least: int) -> None:
        """Count one call. Raises Throttled when fewer than `least` are left: nothing is sent."""
        with self._lock:
            if self._until is not None and now >= self._until:
                self._left = self._until = None
            if self._left is None or self._until is None:
                return
            if self._left < least:
                raise Throttled(SLOWER, retry_after=(self._until - now).total_seconds())
            self._left -= 1

    def told(self, headers: Mapping[str, str], now: datetime) -> None:
        """Learn from an answer. Answers may come in another order than they were asked for: within
        a minute the lowest number counts, and one of the minute before counts nothing."""
        left = headers.get("x-rate-limit-remaining", "")
        if not (left.isascii() and left.isdigit()):
            return
        until = _reset(headers, now) or now + timedelta(seconds=1)
        with self._lock:
            since = None if self._until is None else until - self._until
            if since is None or since > SAME:
                self._left, self._until = int(left), until
            elif self._left is not None and since >= -SAME:
                self._left = min(self._left, int(left))

    def refused(self, headers: Mapping[str, str], now: datetime) -> Throttled:
        """The books answered that there were too many calls. Only their count is remembered: when
        to call again is for whoever is told."""
        self.told(headers, now)
        until = _reset(headers, now) or now + timedelta(seconds=API.pace.seconds)
        return Throttled(SLOWER, retry_after=(until - now).total_seconds())


def _reset(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When the count begins anew, by our clock; None when the books do not say or it is past."""
    try:
        at = datetime.fromisoformat(headers.get("x-rate-limit-reset", ""))
        left = (at - now).total_seconds()
    except (ValueError, TypeError):  # no time, or one without its zone
        return None
    return now + timedelta(seconds=min(left, API.pace.longest_seconds)) if left > 0 else None


@dataclass(slots=True)
class Memory:
    """`types` are the codes of documents in knock-off entries, `journals` those of payment
    methods, `currencies` those of debtors: all are read from the books once."""

    pace: Pace = field(default_factory=Pace)
    types: dict[Kind, str] = field(default_factory=dict)
    journals: dict[str, str] = field(default_factory=dict)
    currencies: dict[str, str] = field(default_factory=dict)


_kept: dict[tuple[str, str, str], Memory] = {}


def of(url: str, account_book_id: str, key_id: str) -> Memory:
    """The one memory of a key to a book in this process."""
    return _kept.setdefault((url, account_book_id, key_id), Memory())
