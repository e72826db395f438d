"""How a shop and its books stand, in a few figures that cost the same at a million documents.

Counts stop at `MOST`, so that a backlog of any size is counted as quickly as a small one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from accounting import audit, ways
from accounting.connectors.guide import Guide
from accounting.mapping import UNMAPPED
from accounting.models import (
    Debtor,
    Document,
    GatewayMapping,
    ItemMapping,
    Order,
    RoleMapping,
    Store,
    TaxMapping,
)

MOST = 10_000
NEWEST_POSTED = 50
NEWEST_HELD = 50
State = Document.State
WAITING = (State.WAITING, State.QUEUED, State.SENDING, State.UNKNOWN)

COUNTS_SQL = """
SELECT
    (SELECT count(*) FROM (
        SELECT 1 FROM accounting_document
        WHERE store_id = %(store)s AND state = ANY(%(waiting)s) AND book_id = %(book)s
        LIMIT %(most)s) AS found),
    (SELECT count(*) FROM (
        SELECT 1 FROM accounting_document
        WHERE store_id = %(store)s AND state = 'rejected' LIMIT %(most)s) AS found),
    (SELECT count(*) FROM (
        SELECT 1 FROM accounting_document
        WHERE store_id = %(store)s AND state = 'conflict' LIMIT %(most)s) AS found),
    (SELECT count(*) FROM (
        SELECT 1 FROM accounting_order
        WHERE store_id = %(store)s AND state = 'held' LIMIT %(most)s) AS found)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Documents on their way to the store's present books, those the books refused and those they
    hold otherwise, and held orders; each at most `MOST` + 1."""

    waiting: int
    rejected: int
    conflicts: int
    held: int


def counts(store: Store) -> Counts:
    """In one statement, by the index on store and state."""
    given = {
        "store": store.pk,
        "book": store.book_id,
        "waiting": [state.value for state in WAITING],
        "most": MOST + 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(COUNTS_SQL, given)
        waiting, rejected, conflicts, held = cursor.fetchone()
    return Counts(waiting=waiting, rejected=rejected, conflicts=conflicts, held=held)


def is_any_on_its_way(store: Store) -> bool:
    """Whether any of what waits waits for its turn, and not for a document of its order."""
    states = [state for state in WAITING if state != State.WAITING]
    here = Document.objects.filter(store=store, book=store.book_id, state__in=states)
    return here.exists()


def newest_posted(store_id: int) -> list[datetime]:
    """When the newest documents came to the books, in no order: enough to tell the pace by."""
    rows = Document.objects.filter(store=store_id, state=State.POSTED).order_by("-id")
    return [at for at in rows.values_list("posted_at", flat=True)[:NEWEST_POSTED] if at]


def held_for_mapping(store_id: int) -> list[tuple[str, str]]:
    """What the newest held orders wait to be mapped: (code, subject), each once, the most frequent
    first. `mapping.unmapped` has all of it."""
    rows = Order.objects.filter(store=store_id, state=Order.State.HELD).order_by("-id")
    found: dict[tuple[str, str], int] = {}
    for problems in rows.values_list("problems", flat=True)[:NEWEST_HELD]:
        for key in {(each["code"], each.get("subject", "")) for each in problems}:
            if key[0] in UNMAPPED:
                found[key] = found.get(key, 0) + 1
    return sorted(found, key=lambda key: (-found[key], key))


# --- setting up ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """What a store has of what it takes to post its first document. `store` has its book."""

    store: Store
    guide: Guide | None
    has_debtor: bool
    has_items: bool
    has_taxes: bool
    has_gateways: bool
    has_roles: bool
    has_posted: bool
    has_orders: bool


def set_up(store_id: int) -> SetUp:
    """In one statement."""
    mine = {"store": OuterRef("pk")}
    debtor = Debtor.objects.filter(**mine, currency=OuterRef("currency"))
    has = {
        "has_debtor": Exists(debtor),
        "has_items": Exists(ItemMapping.objects.filter(**mine)),
        "has_taxes": Exists(TaxMapping.objects.filter(**mine)),
        "has_gateways": Exists(GatewayMapping.objects.filter(**mine)),
        "has_roles": Exists(RoleMapping.objects.filter(**mine)),
        "has_posted": Exists(Document.objects.filter(**mine, state=State.POSTED)),
        "has_orders": Exists(Order.objects.filter(**mine)),
    }
    store = Store.objects.select_related("book").annotate(**has).get(pk=store_id)
    guide = ways.guide(store.book) if store.book else None
    return SetUp(store=store, guide=guide, **{name: getattr(store, name) for name in has})


def dismiss_guide(*, store_id: int, who: str, now: datetime) -> None:
    """Never show the set-up guide of this store again. Once is enough."""
    rows = Store.objects.filter(pk=store_id, guide_dismissed_at=None)
    with transaction.atomic():
        if rows.update(guide_dismissed_at=now):
            audit.note(store_id, who, "set-up guide dismissed", now)
