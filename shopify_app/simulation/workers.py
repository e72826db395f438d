"""What the workers of a world are woken for: the bodies of the real tasks, by its own clock.

What one task does one after the other for several reasons, and not the one for the other, is woken
for each of them here: looking for what is not there takes as long as doing it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

import psycopg

from accounting import checking, outbox, posting, sender, tie_figures
from accounting.connectors.base import Connector
from accounting.models import Book
from shopify_app import billing, inbox, privacy, reconcile, refetch, shop_details, turns


class Means(Protocol):
    """What a task needs of the world."""

    def clock(self) -> datetime:
        """The time as the running worker's machine has it."""

    def spread(self) -> float:
        """A number from 0 to 1."""

    def connector_for(self, book: Book) -> Connector: ...

    def readers(self) -> turns.Shopify: ...

    def answering(self) -> AbstractContextManager[None]:
        """Inside it Shopify answers whatever is asked of it."""


def plan(world: Means) -> None:
    while inbox.process(now=world.clock()) == inbox.PROCESS_BATCH:
        pass
    while posting.plan(now=world.clock()) == posting.PLAN_BATCH:
        pass


def send(world: Means) -> None:
    sender.send_due(world.connector_for, clock=world.clock, chance=world.spread)


def wake_forgotten(world: Means) -> None:
    outbox.wake_forgotten(now=world.clock())


def sweep(world: Means) -> None:
    reconcile.run(clock=world.clock, shopify=world.readers())


def read(world: Means) -> None:
    refetch.run(clock=world.clock, shopify=world.readers())


def shops(world: Means) -> None:
    with world.answering():
        shop_details.run(now=world.clock())


def plans(world: Means) -> None:
    billing.run(now=world.clock())


def enrol(world: Means) -> None:
    reconcile.enrol(now=world.clock())


def check(world: Means) -> None:
    checking.go_on(world.connector_for, clock=world.clock)


def tie(world: Means) -> None:
    while tie_figures.count():
        pass


def keep_private(world: Means) -> None:
    while privacy.run(now=world.clock()):
        pass


TASKS: dict[str, Callable[[Means], None]] = {
    "plan": plan,
    "send": send,
    "wake forgotten": wake_forgotten,
    "sweep": sweep,
    "read": read,
    "shops": shops,
    "plans": plans,
    "enrol": enrol,
    "check": check,
    "tie": tie,
    "keep private": keep_private,
}

SENDS = "store.sending AND store.paused_reason = ''"
HERE = "shop.state IN ('active', 'unavailable')"
# When each task has something to do, by the columns its own claim goes by. Beat wakes every task
# every few seconds; the world leaves out the times at which they would find nothing.
DUE = {
    "plan": """LEAST(
        (SELECT MIN(received_at) FROM shopify_app_delivery WHERE state = 'new'),
        (SELECT MIN(plan_at) FROM accounting_order WHERE plan_at IS NOT NULL))""",
    "send": """(SELECT MIN(GREATEST(ready_at, asked_until, leased_until)) FROM accounting_book
        WHERE state = 'active' AND ready_at IS NOT NULL)""",
    "wake forgotten": f"""(SELECT MIN(waiting.ready_at) FROM accounting_document waiting
        JOIN accounting_book book ON book.id = waiting.book_id AND book.ready_at IS NULL
        JOIN accounting_store store ON store.id = waiting.store_id
        WHERE waiting.state = 'sending' OR waiting.state IN ('queued', 'unknown') AND {SENDS})""",  # noqa: S608 (constants)
    "sweep": "(SELECT MIN(GREATEST(sweep_at, leased_until)) FROM shopify_app_shopreading)",
    "read": f"""LEAST(
        (SELECT MIN(GREATEST(orders_at, leased_until)) FROM shopify_app_shopreading),
        (SELECT MIN(GREATEST(waiting.refetch_ready_at, reading.not_before, reading.leased_until))
            FROM accounting_order waiting
            JOIN shopify_app_shop shop USING (store_id)
            LEFT JOIN shopify_app_shopreading reading ON reading.shop_id = shop.id
            WHERE waiting.refetch_ready_at IS NOT NULL AND {HERE}))""",  # noqa: S608 (constants)
    "shops": f"(SELECT MIN(shop.read_ready_at) FROM shopify_app_shop shop WHERE {HERE})",  # noqa: S608 (constants)
    "plans": "(SELECT MIN(review_at) FROM shopify_app_shopplan)",
    "enrol": f"""(SELECT MIN(shop.installed_at) FROM shopify_app_shop shop
        LEFT JOIN shopify_app_shopreading reading ON reading.shop_id = shop.id
        WHERE {HERE} AND reading.sweep_at IS NULL)""",  # noqa: S608 (constants)
    "check": """(SELECT MIN(ready_at) FROM accounting_bookcheck
        WHERE state IN ('running', 'stopped') AND ready_at IS NOT NULL)""",
    "tie": """(SELECT TIMESTAMPTZ '2000-01-01' FROM accounting_tiedue LIMIT 1)""",
    "keep private": """(SELECT MIN(COALESCE(ready_at, received_at))
        FROM shopify_app_privacyrequest WHERE state IN ('new', 'failed'))""",
}
ASK = f"SELECT {', '.join(DUE.values())}"


def due(monitor: psycopg.Connection[Any], *, without: Collection[str] = ()) -> dict[str, datetime]:
    """When each task that will have something to do has it, as far as the tables know now."""
    row = monitor.execute(ASK).fetchone() or ()
    found = zip(DUE, row, strict=True)
    return {name: at for name, at in found if at is not None and name not in without}
