"""Which version of the Admin API answers a request: a quarter's lives for a year (contract 1)."""

from __future__ import annotations

import re
from datetime import UTC, datetime

QUARTERS = (1, 4, 7, 10)
PINNED = "2026-10"  # the version whose schema the stand-in has


def answering(asked: str, now: datetime) -> str | None:
    """The version that answers; the oldest one alive for one that is dead; None for no version.

    A version lives to the 16th of its month a year later, 15:00 UTC; the next one is a release
    candidate and can be asked for.
    """
    if asked == "unstable":
        return asked
    match = re.fullmatch(r"(20\d\d)-(\d\d)", asked)
    if match is None or int(match[2]) not in QUARTERS:
        return None
    year, month = int(match[1]), int(match[2])
    if (year, month) > _next(now):
        return None
    while datetime(year + 1, month, 16, 15, tzinfo=UTC) <= now:
        year, month = _after(year, month)
    return f"{year}-{month:02d}"


def _next(now: datetime) -> tuple[int, int]:
    current = max(quarter for quarter in QUARTERS if quarter <= now.month)
    return _after(now.year, current)


def _after(year: int, month: int) -> tuple[int, int]:
    return (year, month + 3) if month < 10 else (year + 1, 1)
