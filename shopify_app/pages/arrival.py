"""When the documents that wait will be in the books: reckoned from how fast these books took the
last ones, and left open where that is not known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

RECENT = timedelta(minutes=30)  # an older pace says nothing of now
IDLE = timedelta(minutes=1)  # a longer gap is one without work; the books' own pauses are shorter
FEWEST = 3  # gaps between documents to tell a pace by
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Soon:
    """So long from now, or longer where not all that waits was counted."""

    period: timedelta
    at_least: bool = False


def soon(
    waiting: int, posted_at: Sequence[datetime], *, now: datetime, at_least: bool = False
) -> Soon | None:
    """How long `waiting` documents take at the pace of the newest ones; None where none is known.

    `posted_at` are times in any order; `at_least` says that more documents wait than were counted.
    """
    recent = sorted(at for at in posted_at if now - RECENT <= at <= now)
    gaps = [later - at for at, later in pairwise(recent)]
    busy = [gap for gap in gaps if gap <= IDLE]
    if waiting and len(busy) >= FEWEST:
        return Soon(waiting * sum(busy, timedelta()) / len(busy), at_least)
    return None


BLOCKED: dict[str, Promise] = {
    "none": lazy("They wait until your books are connected."),
    "disconnected": lazy("They wait until your books are connected again."),
    "unchecked": lazy("They wait until the connection is checked and started."),
    "failed": lazy("They wait until the connection is checked and started."),
    "ready": lazy("They wait until you start sending."),
    "misconfigured": lazy("They wait until the connection is put right."),
    "paused": lazy("Paused: they wait until you resume."),
    "plan": lazy("Paused: they wait until a plan is active."),
    "closed": lazy("They wait until Shopify opens the shop again."),
    "behind": lazy("They follow a document of their order that needs you."),
    "offline": lazy("Waiting for the books to come back. Nothing is lost."),
}


def in_words(standing: str, expected: Soon | None) -> Promise | str:
    """When to expect them, by how the connection stands (`standing.Standing.code`)."""
    if standing in BLOCKED:
        return BLOCKED[standing]
    if expected is None:
        return _("On their way. How long it takes shows once a few have arrived.")
    if expected.at_least:
        return _("In more than %(period)s.") % {"period": _said(expected.period)}
    if expected.period < MINUTE:
        return _("In less than a minute.")
    return _("In about %(period)s.") % {"period": _said(expected.period)}


def _said(period: timedelta) -> str:
    """In the largest unit there are two of; in minutes at least one."""
    if period >= 2 * DAY:
        return _("%(count)s days") % {"count": round(period / DAY)}
    if period >= 2 * HOUR:
        return _("%(count)s hours") % {"count": round(period / HOUR)}
    minutes = round(period / MINUTE)
    return _("%(count)s minutes") % {"count": minutes} if minutes > 1 else _("1 minute")
