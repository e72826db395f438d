"""Held orders together: how many wait for the same thing, and one order's way out of a closed
period.

A hold ends by itself as soon as its cause does. Here is what a person wants to see of many at once,
and the one answer that is an order's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from accounting import audit
from accounting.models import Order

PERIOD_CLOSED = "PERIOD_CLOSED"
NEXT_OPEN_DAY = "next_open_day"
MOST = 2000  # orders that are counted: enough to see that there are many
EXAMPLES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldKind:
    """What orders are held for: the code of their problem, how many of them, since when the oldest,
    and the row ids of the newest few. `is_all` is False where more are held than were counted."""

    code: str
    orders: int
    since: datetime
    examples: tuple[int, ...]
    is_all: bool = True


# The orders held longest; one that is held for two reasons counts with both.
KINDS = """
    WITH held AS (
        SELECT id, problems, COALESCE(held_since, facts_at) AS since FROM accounting_order
        WHERE store_id = %(store)s AND state = 'held' ORDER BY id LIMIT %(most)s
    ), reasons AS (
        SELECT DISTINCT held.id, held.since, problem->>'code' AS code
        FROM held, jsonb_array_elements(held.problems) AS problem
    )
    SELECT code, COUNT(*), MIN(since), (array_agg(id ORDER BY id DESC))[1:%(examples)s],
           (SELECT COUNT(*) FROM held)
    FROM reasons GROUP BY code ORDER BY COUNT(*) DESC, code
"""


def kinds(store_id: int) -> list[HeldKind]:
    """Why orders of the store are held, most often first, in one statement over at most MOST."""
    with connection.cursor() as cursor:
        cursor.execute(KINDS, {"store": store_id, "most": MOST, "examples": EXAMPLES})
        rows = cursor.fetchall()
    return [
        HeldKind(code=code, orders=count, since=since, examples=tuple(ids), is_all=counted < MOST)
        for code, count, since, ids, counted in rows
    ]


def post_to_next_open_day(*, store_id: int, order_id: int, who: str, now: datetime) -> bool:
    """Let what one order has in a closed period take the first open day, whatever the policy says
    for all; `order_id` is Shopify's. The choice stays with the order, also for what is told of it
    later. False, and nothing is changed, where no closed period holds it.
    """
    with transaction.atomic():
        held = Order.objects.filter(
            store_id=store_id,
            order_id=order_id,
            state=Order.State.HELD,
            problems__contains=[{"code": PERIOD_CLOSED}],
        )
        found = held.update(closed_period=NEXT_OPEN_DAY, plan_at=now)
        if found:
            audit.note(store_id, who, "order posted to the next open day", now, order=order_id)
    return bool(found)
