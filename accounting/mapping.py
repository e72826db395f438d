"""Between the merchant's mapping rows and the rules that documents are built from.

Reading: `rules_for` fetches only what one order can need (`mapping_rules`). Writing: every use-case
is one transaction that leaves an `Audit` row and sends the held orders back to be planned.
`unmapped` says what is still missing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, models, transaction

from accounting import audit, catalogue, debtors, mapping_rules, pinning
from accounting.documents.rules import Ledger, Rules
from accounting.facts import Facts
from accounting.gateway_names import suggest_gateway
from accounting.mapping_tables import CUSTOMERS, DEBTORS, ITEMS, TABLES, Row, Table, kept
from accounting.models import Debtor, Store

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


def rules_for(
    store: Store, facts: Facts, *, ledger: Ledger, pinned: Mapping[str, Any] | None = None
) -> Rules:
    """The rules this order can need, in a constant number of statements. `pinned` are the policies
    that its first document has settled.

    Call it inside the transaction that plans the order: until that ends, no mapping of the store
    changes, so that an order held for a missing mapping is always seen by the change that adds it.
    A customer who is to have a debtor code of their own and has none yet is given it here.
    """
    _lock_mappings(store.pk, shared=True)
    policy = pinning.laid_over(mapping_rules.policy(store), pinned or {})
    return Rules(
        policy=policy,
        ledger=ledger,
        items=mapping_rules.items(store, facts),
        taxes=mapping_rules.taxes(store, facts),
        gateways=mapping_rules.gateways(store, facts),
        accounts=mapping_rules.accounts(store),
        debtors=mapping_rules.debtors(store, facts, policy),
        projects=mapping_rules.projects(store, facts, policy),
    )


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


def map_projects(*, store_id: int, rows: Sequence[Row], who: str, now: datetime) -> int:
    """Add or change the projects of locations and channels. Raises Invalid. Returns how many."""
    return _save(TABLES["projects"], "map_projects", store_id, rows, who, now)


@transaction.atomic
def map_customers(*, store_id: int, rows: Sequence[Row], who: str, now: datetime) -> int:
    """Say which debtor of the books a customer or company is, all or none; what their orders have
    in the books already stays with the debtor it has. Raises Invalid. Returns how many."""
    changing(store_id)
    ready = debtors.named(Store.objects.get(pk=store_id), rows)
    before = _there(CUSTOMERS, store_id, ready)
    write(CUSTOMERS, ready)
    _changed_rows(CUSTOMERS, "map_customers", store_id, before, ready, who, now)
    return len(ready)


@transaction.atomic
def set_debtors(*, store_id: int, rows: Sequence[Row], who: str, now: datetime) -> None:
    """Make `rows` ({currency, code}) the store's whole list of cash debtors. Raises Invalid."""
    cash = kept(DEBTORS, store_id, rows)
    changing(store_id)
    there = Debtor.objects.filter(store_id=store_id)
    before = [plain(DEBTORS, row) for row in there.order_by("currency")]
    there.delete()
    DEBTORS.model._default_manager.bulk_create(cash)
    changed(store_id, "set_debtors", {"rows": list(rows), "before": before}, who, now)


@transaction.atomic
def unmap(*, store_id: int, what: str, ids: Sequence[int], who: str, now: datetime) -> int:
    """Remove mappings of the store by id; `what` is one of `TABLES`. Returns how many there
    were: ids of other stores or of nothing count for none."""
    table = TABLES[what]
    changing(store_id)
    rows = table.model._default_manager.filter(store_id=store_id, pk__in=ids)
    gone = [plain(table, row) for row in rows]
    rows.delete()
    _settle(table, store_id, gone)
    changed(store_id, f"unmap_{what}", {"rows": gone}, who, now)
    return len(gone)


@transaction.atomic
def _save(
    table: Table, action: str, store_id: int, rows: Sequence[Row], who: str, now: datetime
) -> int:
    ready = kept(table, store_id, rows)
    changing(store_id)
    before = _there(table, store_id, ready)
    write(table, ready)
    _changed_rows(table, action, store_id, before, ready, who, now)
    return len(ready)


def _unique(table: Table) -> list[str]:
    return ["store", *(["book"] if table is CUSTOMERS else []), *table.key]


def _there(table: Table, store_id: int, ready: Sequence[models.Model]) -> list[dict[str, Any]]:
    """What stands where the rows will stand."""
    asked = {f"{name}__in": {getattr(row, name) for row in ready} for name in table.key}
    near = table.model._default_manager.filter(store_id=store_id, **asked).order_by("id")
    own = _unique(table)[1:]
    keys = {tuple(getattr(row, name) for name in own) for row in ready}
    return [plain(table, row) for row in near if tuple(getattr(row, name) for name in own) in keys]


def write(table: Table, ready: Sequence[models.Model]) -> None:
    """Add or change the rows. The caller is `changing` the store's mappings."""
    unique = _unique(table)
    table.model._default_manager.bulk_create(
        ready, update_conflicts=True, unique_fields=unique, update_fields=table.codes
    )


def _changed_rows(
    table: Table,
    action: str,
    store_id: int,
    before: list[dict[str, Any]],
    ready: Sequence[models.Model],
    who: str,
    now: datetime,
) -> None:
    rows = [plain(table, row) for row in ready]
    _settle(table, store_id, rows)
    changed(store_id, action, {"rows": rows, "before": before}, who, now)


def _settle(table: Table, store_id: int, rows: Sequence[Row]) -> None:
    """Which mapping decides for a product is noted with it, or no list could be filtered by it."""
    if table is ITEMS:
        catalogue.settle(store_id, [(row["match"], row["value"]) for row in rows])


def plain(table: Table, row: models.Model) -> dict[str, Any]:
    """The row as JSON: texts, and booleans."""
    named = {name: getattr(row, name) for name in table.fields}
    return {key: value if isinstance(value, bool) else str(value) for key, value in named.items()}


def changing(store_id: int) -> None:
    """Wait for the plans that are being made by the old rules, and keep new ones waiting."""
    _lock_mappings(store_id, shared=False)


def unchanging(store_id: int) -> None:
    """No mapping of the store changes until the transaction ends."""
    _lock_mappings(store_id, shared=True)


def changed(store_id: int, action: str, detail: dict[str, Any], who: str, now: datetime) -> None:
    """Leave the trail of a change of rules and plan the held orders again."""
    audit.note(store_id, who, action, now, **detail)
    plan_held(store_id, now)


# The one planned longest ago is first in line, so that change after change comes round to all.
LINE_UP = """
    WITH free AS (
        SELECT id, planned_at FROM accounting_order WHERE store_id = %(store)s AND state = 'held'
        FOR NO KEY UPDATE SKIP LOCKED
    ), line AS (
        SELECT id, row_number() OVER (ORDER BY planned_at NULLS FIRST, id) - 1 AS place FROM free
    )
    UPDATE accounting_order held SET plan_early = TRUE,
        plan_at = LEAST(plan_at, %(now)s + line.place * interval '1 second')
    FROM line WHERE held.id = line.id
"""


def plan_held(store_id: int, now: datetime) -> None:
    """Plan every held order of the store again: what held it may have been settled.

    They stand in line, one due each second, and are planned as early as nothing else is due: very
    many of one store hold up nobody, and stores in line at once take turns.

    Locked orders are passed over: whoever plans one of them waits in `rules_for` and will read the
    new rules. Waiting for them here would be a deadlock.
    """
    with connection.cursor() as cursor:
        cursor.execute(LINE_UP, {"store": store_id, "now": now})


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
    store_id: int,
    *,
    codes: Sequence[str] = UNMAPPED,
    after: tuple[str, str] = ("", ""),
    limit: int = 100,
) -> list[Missing]:
    """What the store's held orders still need, of these kinds, by (code, subject) beyond
    `after`."""
    with connection.cursor() as cursor:
        cursor.execute(MISSING_SQL, [store_id, list(codes), *after, limit])
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


LACKING_SQL = """
SELECT code, count(DISTINCT subject), count(DISTINCT id)
FROM (
    SELECT held.id, problem ->> 'code' AS code, problem ->> 'subject' AS subject
    FROM accounting_order AS held
    CROSS JOIN LATERAL jsonb_array_elements(held.problems) AS problem
    WHERE held.store_id = %s AND held.state = 'held'
) AS missing
WHERE code = ANY(%s)
GROUP BY code
"""


def lacking(store_id: int) -> dict[str, tuple[int, int]]:
    """By kind of `UNMAPPED`: how many things held orders lack, and how many orders lack one."""
    with connection.cursor() as cursor:
        cursor.execute(LACKING_SQL, [store_id, list(UNMAPPED)])
        return {code: (subjects, orders) for code, subjects, orders in cursor.fetchall()}


def counts(store_id: int) -> dict[str, int]:
    """How many rows each table of the store has, in one statement."""
    each = (
        f"SELECT '{name}', count(*) FROM {table.model._meta.db_table} WHERE store_id = %s"  # noqa: S608  # our own names
        for name, table in TABLES.items()
    )
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(each), [store_id] * len(TABLES))
        return dict(cursor.fetchall())
