"""What an order's documents rest on: what Shopify told of it, when and how, as a chain to read.

Facts name who told them: a stored webhook, a reading, a backfill. Of a webhook only its topic and
time are shown, never what was in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounting import codec
from accounting.documents import personal
from accounting.documents.document import Entry, dump
from accounting.facts import KINDS, Fact
from accounting.models import Fact as FactRow
from accounting.models import Order
from shopify_app.models import Delivery, Shop

MOST = 30  # deliveries: an order that changed more often shows the newest
FACTS: dict[str, Promise] = {
    "order": _("order"),
    "transaction": _("money"),
    "refund": _("refund"),
    "edit": _("edit"),
    "deletion": _("deletion"),
    "totals": _("totals"),
    "agreement": _("agreement"),
    "dispute": _("dispute"),
    "reading": _("reading"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One time that Shopify told of the order: `topic` is that of a webhook, empty where Lejar
    asked. `facts` are kinds of what it said and still counts."""

    at: datetime | None
    topic: str = ""
    is_backfill: bool = False
    facts: tuple[Promise, ...] = ()


def facts_rows(order: Order) -> list[FactRow]:
    return list(FactRow.objects.filter(store=order.store_id, order=order).order_by("id"))


def said(rows: Iterable[FactRow], *kinds: str) -> list[Fact]:
    """The facts of these kinds, as they were last said."""
    return [_fact(row) for row in rows if row.kind in kinds]


def _fact(row: FactRow) -> Fact:
    as_of = {"as_of": row.as_of.isoformat()} if row.as_of else {}
    fact: Fact = codec.load(KINDS[row.kind], {**row.body, **as_of})
    return fact


def told(shop: Shop, order: Order, rows: Sequence[FactRow]) -> list[Told]:
    """Who told the facts, the latest first."""
    by: dict[str, dict[str, None]] = {}
    for row in rows:
        by.setdefault(row.told_by, {})[row.kind] = None
    ids = {key: int(key.removeprefix("delivery ")) for key in by if key.startswith("delivery ")}
    newest = sorted(ids.values())[-MOST:]
    stored = Delivery.objects.filter(shop_domain=shop.domain, pk__in=newest).defer("body")
    deliveries = {row.pk: row for row in stored} if newest else {}
    found = [_told(key, kinds, deliveries.get(ids.get(key, 0)), order) for key, kinds in by.items()]
    never = order.facts_at
    return sorted(found, key=lambda each: each.at or never, reverse=True)[:MOST]


def _told(key: str, kinds: Iterable[str], delivery: Delivery | None, order: Order) -> Told:
    facts = tuple(FACTS[kind] for kind in kinds)
    if delivery is not None:
        return Told(at=delivery.received_at, topic=delivery.topic, facts=facts)
    if key == "reading":
        return Told(at=order.refetched_at, facts=facts)
    return Told(at=None, is_backfill=key.startswith("backfill"), facts=facts)


def frozen(entry: Entry) -> str:
    """The document as it was frozen, without who bought."""
    shown = dump(personal.nameless(entry))
    return json.dumps(shown, indent=2, ensure_ascii=False)
