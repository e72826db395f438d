"""Between the merchant's mapping rows and the rules that documents are built from.

Reading: `rules_for` fetches only what one order can need. Writing: every use-case is one
transaction that leaves an `Audit` row and sends the held orders back to be planned. `unmapped`
says what is still missing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db import connection, models, transaction
from django.db.models import Q

from accounting import audit
from accounting.documents.rules import (
    GatewayCode,
    ItemCode,
    Ledger,
    Policy,
    Rules,
    TaxCode,
    TaxIdentity,
    canonical_rate,
    gateway_key,
    item_matches,
    tax_identity,
)
from accounting.facts import Facts, Line
from accounting.gateway_names import suggest_gateway
from accounting.mapping_tables import DEBTORS, TABLES, Row, Table, kept
from accounting.models import (
    Debtor,
    GatewayMapping,
    ItemMapping,
    Order,
    RoleMapping,
    Store,
    TaxMapping,
)

UNMAPPED = (
    "UNMAPPED_ITEM",
    "UNMAPPED_TAX",
    "UNMAPPED_GATEWAY",
    "UNMAPPED_ACCOUNT",
    "UNMAPPED_PREFIX",
    "UNMAPPED_DEBTOR",
    "UNMAPPED_TARIFF",
)
MAPPING_LOCK = 0x4C656A61  # first key of the advisory lock; the second is the store


def rules_for(store: Store, facts: Facts, *, ledger: Ledger) -> Rules:
    """The rules this order can need, in a constant number of statements.

    Call it inside the transaction that plans the order: until that ends, no mapping of the store
    changes, so that an order held for a missing mapping is always seen by the change that adds it.
    """
    _lock_mappings(store.pk, shared=True)
    lines = [line for order in (facts.origin, facts.latest) if order for line in order.lines]
    return Rules(
        policy=_policy(store),
        ledger=ledger,
        items=_item_codes(store, lines),
        taxes=_tax_codes(store, _taxes(facts)),
        gateways=_gateway_codes(store, {gateway_key(t.gateway) for t in facts.transactions}),
        accounts=dict(
            RoleMapping.objects.filter(store=store).order_by("role").values_list("role", "account")
        ),
    )


def _policy(store: Store) -> Policy:
    named: dict[str, Any] = {}
    if store.excluded_sources:
        named["excluded_sources"] = tuple(store.excluded_sources)
    debtors = Debtor.objects.filter(store=store).order_by("currency")
    return Policy(
        prefix=store.prefix,
        time_zone=store.time_zone,
        currency=store.currency,
        cash_debtors=dict(debtors.values_list("currency", "code")),
        trigger=store.trigger,
        partial_payment=store.partial_payment,
        invoice_date=store.invoice_date,
        zero_value=store.zero_value,
        unrefunded_cancellation=store.unrefunded_cancellation,
        settle=timedelta(seconds=store.settle_seconds),
        cut_over=store.cut_over_date,
        books_closed=store.books_closed_date,
        closed_period=store.closed_period,
        **named,
    )


def _item_codes(store: Store, lines: Iterable[Line]) -> dict[tuple[str, str], ItemCode]:
    wanted: dict[str, set[str]] = {}
    for line in lines:
        for match, value in item_matches(line):
            wanted.setdefault(match, set()).add(value)
    if not wanted:
        return {}
    any_match = reduce(or_, (Q(match=m, value__in=sorted(v)) for m, v in wanted.items()))
    return {
        (row.match, row.value): ItemCode(
            account=row.account,
            item_code=row.item_code,
            tariff_code=row.tariff_code,
            returns_account=row.returns_account,
            returns_nostock_account=row.returns_nostock_account,
        )
        for row in ItemMapping.objects.filter(any_match, store=store).order_by("match", "value")
    }


def _taxes(facts: Facts) -> set[TaxIdentity]:
    orders = [order for order in (facts.origin, facts.latest) if order]
    taxes = [tax for order in orders for line in order.lines for tax in line.taxes]
    taxes += [tax for order in orders for line in order.shipping_lines for tax in line.taxes]
    return {tax_identity(tax) for tax in taxes}


def _tax_codes(store: Store, wanted: set[TaxIdentity]) -> dict[TaxIdentity, TaxCode]:
    if not wanted:
        return {}
    titles = sorted({title for title, _, _ in wanted})
    rows = TaxMapping.objects.filter(store=store, title__in=titles)
    return {
        identity: TaxCode(code=row.code, tariff_code=row.tariff_code)
        for row in rows.order_by("title", "rate", "channel_liable")
        if (identity := (row.title, canonical_rate(row.rate), row.channel_liable)) in wanted
    }


def _gateway_codes(store: Store, wanted: set[str]) -> dict[str, GatewayCode]:
    if not wanted:
        return {}
    rows = GatewayMapping.objects.filter(store=store, gateway__in=sorted(wanted))
    return {
        row.gateway: GatewayCode(account=row.account, cash=row.cash)
        for row in rows.order_by("gateway")
    }


def map_items(*, store_id: int, rows: Sequence[Row], who: str, now: datetime) -> int:
    """Add or change product mappings, all or none. Raises Invalid. Returns how many."""
    return _save(TABLES["items"], "map_items", store_id, rows, who, now)


def map_taxes(*, store_id: int, rows: Sequence[Row], who: str, now: datetime) -> int:
    """Add or change tax mappings; rates are fractions. Raises Invalid. Returns how many."""
    return _save(TABLES["taxes"], "map_taxes", store_id, rows, who, now)


def map_gateways(*, store_id: int, rows: Sequence[Row], who: str, now: datetime) -> int:
    """Add or change payment gateways' accounts. Raises Invalid. Returns how many."""
    return _save(TABLES["gateways"], "map_gateways", store_id, rows, who, now)


def map_roles(*, store_id: int, rows: Sequence[Row], who: str, now: datetime) -> int:
    """Add or change the accounts of roles (shipping, tips …). Raises Invalid. Returns how many."""
    return _save(TABLES["roles"], "map_roles", store_id, rows, who, now)


@transaction.atomic
def set_debtors(*, store_id: int, rows: Sequence[Row], who: str, now: datetime) -> None:
    """Make `rows` ({currency, code}) the store's whole list of cash debtors. Raises Invalid."""
    debtors = kept(DEBTORS, store_id, rows)
    changing(store_id)
    Debtor.objects.filter(store_id=store_id).delete()
    DEBTORS.model._default_manager.bulk_create(debtors)
    changed(store_id, "set_debtors", {"rows": list(rows)}, who, now)


@transaction.atomic
def unmap(*, store_id: int, what: str, ids: Sequence[int], who: str, now: datetime) -> int:
    """Remove mappings of the store by id; `what` is items, taxes, gateways or roles. Returns how
    many there were: ids of other stores or of nothing count for none."""
    table = TABLES[what]
    changing(store_id)
    rows = table.model._default_manager.filter(store_id=store_id, pk__in=ids)
    gone = [_plain(table, row) for row in rows]
    rows.delete()
    changed(store_id, f"unmap_{what}", {"rows": gone}, who, now)
    return len(gone)


@transaction.atomic
def _save(
    table: Table, action: str, store_id: int, rows: Sequence[Row], who: str, now: datetime
) -> int:
    ready = kept(table, store_id, rows)
    changing(store_id)
    table.model._default_manager.bulk_create(
        ready,
        update_conflicts=True,
        unique_fields=["store", *table.key],
        update_fields=table.codes,
    )
    changed(store_id, action, {"rows": [_plain(table, row) for row in ready]}, who, now)
    return len(ready)


def _plain(table: Table, row: models.Model) -> dict[str, Any]:
    named = {name: getattr(row, name) for name in table.fields}
    return {key: value if isinstance(value, bool) else str(value) for key, value in named.items()}


def changing(store_id: int) -> None:
    """Wait for the plans that are being made by the old rules, and keep new ones waiting."""
    _lock_mappings(store_id, shared=False)


def changed(store_id: int, action: str, detail: dict[str, Any], who: str, now: datetime) -> None:
    """Leave the trail of a change of rules and plan the held orders again."""
    audit.note(store_id, who, action, now, **detail)
    plan_held(store_id, now)


def plan_held(store_id: int, now: datetime) -> None:
    """Plan every held order of the store again: what held it may have been settled.

    Locked orders are passed over: whoever plans one of them waits in `rules_for` and will read the
    new rules. Waiting for them here would be a deadlock.
    """
    held = Order.objects.filter(store_id=store_id, state=Order.State.HELD)
    free = held.select_for_update(skip_locked=True, no_key=True).values("pk")
    Order.objects.filter(pk__in=free).update(plan_at=now)


def _lock_mappings(store_id: int, *, shared: bool) -> None:
    kind = "_shared" if shared else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT pg_advisory_xact_lock{kind}(%s, %s)", [MAPPING_LOCK, store_id % 2**31]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """One thing held orders wait for; `terms` are the values a mapping of it would have.
    `suggestion` is never used without the merchant's word."""

    code: str
    subject: str
    message: str
    orders: int
    terms: dict[str, str]
    suggestion: str = ""


MISSING_SQL = """
SELECT code, subject, min(message), count(DISTINCT id), min(terms)
FROM (
    SELECT held.id,
           (problem ->> 'code') COLLATE "C" AS code,
           (problem ->> 'subject') COLLATE "C" AS subject,
           problem ->> 'message' AS message,
           problem ->> 'terms' AS terms
    FROM accounting_order AS held
    CROSS JOIN LATERAL jsonb_array_elements(held.problems) AS problem
    WHERE held.store_id = %s AND held.state = 'held'
) AS missing
WHERE code = ANY(%s) AND (code, subject) > (%s, %s)
GROUP BY code, subject
ORDER BY code, subject
LIMIT %s
"""


def unmapped(
    store_id: int, *, after: tuple[str, str] = ("", ""), limit: int = 100
) -> list[Missing]:
    """What the store's held orders still need, by (code, subject) beyond `after`."""
    with connection.cursor() as cursor:
        cursor.execute(MISSING_SQL, [store_id, list(UNMAPPED), *after, limit])
        rows = cursor.fetchall()
    return [
        Missing(
            code=code,
            subject=subject,
            message=message,
            orders=orders,
            terms=dict(json.loads(terms or "[]")),
            suggestion=(suggest_gateway(subject) or "") if code == "UNMAPPED_GATEWAY" else "",
        )
        for code, subject, message, orders, terms in rows
    ]
