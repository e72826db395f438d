"""The trail of who changed what, as the page, the API and the CSV show it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from accounting.models import Audit, AuditChain
from shopify_app import accountants
from shopify_app.activity_words import Told, told
from shopify_app.csv_files import harmless
from shopify_app.models import Shop

AT_ONCE = 500  # rows of one statement of a download
MOST_OPTIONS = 200
COLUMNS = (
    "number", "at", "who", "name", "action", "what", "about", "changes", "detail", "erased",
    "store", "detail_sha256", "previous_sha256", "sha256",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries: by whom, of what kind, and on which days, in the shop's time zone."""

    who: str = ""
    action: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry as it is shown. `name` is who, in words."""

    row: Audit
    name: str
    told: Told

    @property
    def is_erased(self) -> bool:
        return self.row.salt is None


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What is known of the chain: how long it is, since when, and when a whole pass found it
    unbroken. A broken one names its first wrong entry."""

    entries: int
    since: datetime | None
    verified_at: datetime | None
    verified_to: int
    broken_number: int | None


def rows(shop: Shop, wanted: Wanted, *, before: int | None = None) -> QuerySet[Audit]:
    """The entries that are wanted, newest first, below the number `before`."""
    found = Audit.objects.filter(store=shop.store_id, number__isnull=False)
    exact = {"who": wanted.who, "action": wanted.action, "number__lt": before}
    found = found.filter(**{name: value for name, value in exact.items() if value})
    if wanted.since:
        found = found.filter(at__gte=_midnight(shop, wanted.since))
    if wanted.until:
        found = found.filter(at__lt=_midnight(shop, wanted.until + timedelta(days=1)))
    return found.order_by("-number")


def page(
    shop: Shop, wanted: Wanted, *, before: int | None, size: int
) -> tuple[list[Entry], int | None]:
    """Up to `size` entries, and the number before which the next page begins."""
    found = list(rows(shop, wanted, before=before)[: size + 1])
    following = found[size - 1].number if len(found) > size else None
    return list(_entries(shop, found[:size])), following


def state(shop: Shop) -> State:
    first = Audit.objects.filter(store=OuterRef("store"), number=1).values("at")
    chain = AuditChain.objects.filter(store=shop.store_id).annotate(since=Subquery(first)).first()
    return State(
        entries=chain.number if chain else 0,
        since=chain.since if chain else None,
        verified_at=chain.whole_at if chain else None,
        verified_to=chain.whole_number if chain else 0,
        broken_number=chain.broken_number if chain else None,
    )


# One step of the index for each value, however many rows have it.
OPTIONS = """
WITH RECURSIVE seen (kind, value) AS (
    (SELECT 'who', who FROM accounting_audit
     WHERE store_id = %(store)s ORDER BY who LIMIT 1)
    UNION ALL
    (SELECT 'action', action FROM accounting_audit
     WHERE store_id = %(store)s ORDER BY action LIMIT 1)
    UNION ALL
    SELECT kind, CASE kind
        WHEN 'who' THEN (SELECT who FROM accounting_audit
            WHERE store_id = %(store)s AND who > value ORDER BY who LIMIT 1)
        ELSE (SELECT action FROM accounting_audit
            WHERE store_id = %(store)s AND action > value ORDER BY action LIMIT 1)
        END
    FROM seen WHERE value IS NOT NULL
)
SELECT kind, value FROM seen WHERE value IS NOT NULL LIMIT %(most)s
"""


def options(shop: Shop) -> tuple[dict[str, str], dict[str, str]]:
    """Who has done anything, with their names, and what was done, in words."""
    with connection.cursor() as cursor:
        cursor.execute(OPTIONS, {"store": shop.store_id, "most": 2 * MOST_OPTIONS})
        found = cursor.fetchall()
    whos = {value for kind, value in found if kind == "who"}
    actions = {value: told(value, {}).title for kind, value in found if kind == "action"}
    by_words = sorted(actions.items(), key=lambda each: each[1])
    return dict(sorted(names(shop, whos).items(), key=lambda each: each[1])), dict(by_words)


def names(shop: Shop, whos: set[str]) -> dict[str, str]:
    """Who they are, in words: staff by Shopify's number, accountants by their link's name."""
    labels = accountants.labels(shop, whos)
    return {who: _name(who, labels) for who in whos}


def _name(who: str, labels: dict[str, str]) -> str:
    if who in labels:
        return _("Accountant (%(label)s)") % {"label": labels[who]}
    kind, _space, rest = who.partition(" ")
    if kind == "staff":
        return _("A person of the shop (staff %(id)s)") % {"id": rest}
    if who.startswith("accountant link "):
        return _("Accountant (link %(id)s)") % {"id": who.removeprefix("accountant link ")}
    if kind == "manage.py":
        return _("Whoever runs Lejar (%(program)s)") % {"program": who}
    return who


def _entries(shop: Shop, found: list[Audit]) -> Iterator[Entry]:
    named = names(shop, {row.who for row in found})
    for row in found:
        yield Entry(row=row, name=named[row.who], told=told(row.action, row.detail))


def _midnight(shop: Shop, day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(shop.store.time_zone))


# --- to be kept elsewhere --------------------------------------------------------------------


def as_csv(shop: Shop, wanted: Wanted) -> Iterator[tuple[Any, ...]]:
    """All wanted entries, newest first, with what it takes to check the chain."""
    yield COLUMNS
    before: int | None = None
    while True:
        entries, before = page(shop, wanted, before=before, size=AT_ONCE)
        yield from map(_cells, entries)
        if before is None:
            return


def _cells(entry: Entry) -> tuple[Any, ...]:
    row, said = entry.row, entry.told
    return (
        row.number,
        row.at.astimezone(UTC).isoformat(),
        harmless(row.who),
        harmless(entry.name),
        row.action,
        said.title,
        harmless("; ".join(f"{name}: {value}" for name, value in said.about)),
        harmless("; ".join(f"{each.name}: {each.before} → {each.after}" for each in said.changes)),
        json.dumps(row.detail, ensure_ascii=False),
        "yes" if entry.is_erased else "",
        row.store_id,
        row.detail_sha256,
        row.previous_sha256,
        row.sha256,
    )
