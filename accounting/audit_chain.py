"""Whether the trail of who changed what is as it was noted: link by link, from the first entry on.

The database chains (migration 0021), this module computes the same from what is kept now. A chain
is gone through in slices, again and again, so that an old entry is looked at as often as a new one;
where the last whole pass had ended must still be there at the next (ADR 35).
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from django.db.models import TextField
from django.db.models.functions import Cast

from accounting.models import Audit, AuditChain

log = logging.getLogger(__name__)

AT_ONCE = 1000  # entries of one statement
SLICE = 50_000  # entries of one store a day: some seconds


class Why(StrEnum):
    """What is wrong with a link."""

    MISSING = "missing"  # no entry has this number
    PREVIOUS = "previous"  # it does not name the digest of the entry before
    CONTENT = "content"  # who, what or when is not what was noted
    DETAIL = "detail"  # the detail is not what was noted
    END = "end"  # the chain had more, or other, entries when it was last looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """The first wrong link of a chain."""

    number: int
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One entry as it is kept now. `detail` is the database's own text of it; without a `salt` it
    was erased, and stands for nothing."""

    store_id: int
    number: int
    at: datetime
    who: str
    action: str
    detail: str
    salt: str | None
    detail_sha256: str
    previous_sha256: str
    sha256: str

    def wrong(self, number: int, previous: str) -> Why | None:
        """What is wrong with it as the link `number` after the digest `previous`."""
        if self.number != number:
            return Why.MISSING
        if self.previous_sha256 != previous:
            return Why.PREVIOUS
        if self.sha256 != self.computed():
            return Why.CONTENT
        if self.salt is not None and self.detail_sha256 != _sha256(self.salt + self.detail):
            return Why.DETAIL
        return None

    def computed(self) -> str:
        """SHA-256 of the JSON list of what the link stands for, as in migration 0021."""
        at = self.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        said = [self.previous_sha256, self.number, self.store_id, at, self.who, self.action]
        return _sha256(json.dumps([*said, self.detail_sha256], ensure_ascii=False))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def check(*, store_id: int, now: datetime, most: int | None = None) -> Broken | None:
    """Go on with the store's pass over its chain for up to `most` entries, or to its end. Returns
    the first wrong link, which stands until a whole pass finds none."""
    chain = AuditChain.objects.filter(store=store_id).first()
    if chain is None:
        return None  # nothing was ever noted
    start = (0, "") if chain.broken_number else (chain.checked_number, chain.checked_sha256)
    last = chain.number if most is None else min(chain.number, start[0] + most)
    digest, broken = _walked(chain, start, last)
    if broken is not None:
        said = {"broken_number": broken.number, "broken_why": broken.why, "broken_at": now}
    elif last == chain.number:
        said = _whole(last, digest, now)
    else:
        said = {"checked_number": last, "checked_sha256": digest}
    AuditChain.objects.filter(store=store_id).update(**said)
    return broken


def check_whole(*, store_id: int, now: datetime) -> Broken | None:
    """The same from the first entry to the last."""
    AuditChain.objects.filter(store=store_id).update(checked_number=0, checked_sha256="")
    return check(store_id=store_id, now=now)


def check_slices(*, now: datetime, stopping: Callable[[], bool] = lambda: False) -> int:
    """Today's slice of every store's chain; what is broken is logged. Returns how many are."""
    count = 0
    for store_id in AuditChain.objects.order_by("store").values_list("store", flat=True):
        if stopping():
            break
        broken = check(store_id=store_id, now=now, most=SLICE)
        if broken is not None:
            count += 1
            log.error(
                "activity of store %s: entry %s is not as noted (%s)",
                store_id, broken.number, broken.why,
            )  # fmt: skip
    return count


def _whole(number: int, digest: str, now: datetime) -> dict[str, object]:
    return {
        "whole_number": number, "whole_sha256": digest, "whole_at": now,
        "checked_number": 0, "checked_sha256": "",
        "broken_number": None, "broken_why": "", "broken_at": None,
    }  # fmt: skip


def _walked(chain: AuditChain, start: tuple[int, str], last: int) -> tuple[str, Broken | None]:
    """The digest of the entry `last`, coming from `start`; or what is wrong before it."""
    ends = {chain.number: chain.sha256, chain.whole_number: chain.whole_sha256}
    number, digest = start
    if max(number, chain.whole_number) > chain.number:
        return digest, Broken(number=chain.number + 1, why=Why.END)
    for link in _links(chain.store_id, after=number, last=last):
        number += 1
        if why := link.wrong(number, digest):
            return digest, Broken(number=number, why=why)
        digest = link.sha256
        if ends.get(number, digest) != digest:
            return digest, Broken(number=number, why=Why.END)
    if number < last:
        return digest, Broken(number=number + 1, why=Why.MISSING)
    return digest, None


def _links(store_id: int, *, after: int, last: int) -> Iterator[Link]:
    rows = Audit.objects.filter(store=store_id).annotate(text=Cast("detail", TextField()))
    while after < last:
        found = list(rows.filter(number__gt=after, number__lte=last).order_by("number")[:AT_ONCE])
        if not found:
            return
        yield from map(_link, found)
        after = found[-1].number or last


def _link(row: Audit) -> Link:
    return Link(
        store_id=row.store_id,
        number=row.number or 0,
        at=row.at,
        who=row.who,
        action=row.action,
        detail=getattr(row, "text"),  # noqa: B009 the annotation above
        salt=None if row.salt is None else str(row.salt),
        detail_sha256=row.detail_sha256,
        previous_sha256=row.previous_sha256,
        sha256=row.sha256,
    )
