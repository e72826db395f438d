"""A double of Shopify for reading: orders that change, listed page by page, and read one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from accounting.facts import Fact, Order
from accounting.models import Fact as FactRow
from accounting.models import Order as OrderRow
from accounting.models import Store
from shopify_app.admin_api import Answer
from shopify_app.models import Shop
from shopify_app.payloads import facts_from
from shopify_app.turns import Shopify
from tests.payloads import as_body, make_order

FIRST = 6200000100000  # Shopify's id of the first order
PAGE = 100


def written(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


@dataclass
class Listing:
    """What one or more shops hold. A cursor is the place in the list, which moves under whoever
    reads it as orders change: the worst a cursor can be. `meanwhile` runs before each answer, and
    `troubles` are raised first, in turn."""

    orders: dict[int, datetime] = field(default_factory=dict)  # id -> last change
    created_at: dict[int, datetime] = field(default_factory=dict)
    status: dict[int, str] = field(default_factory=dict)
    asked: list[Mapping[str, Any]] = field(default_factory=list)
    read: list[tuple[int, int]] = field(default_factory=list)  # shop, order
    hidden: set[int] = field(default_factory=set)
    troubles: list[Exception] = field(default_factory=list)
    wait_seconds: float = 0.0
    meanwhile: Callable[[], object] = lambda: None
    available: list[int] = field(default_factory=list)
    unavailable: list[int] = field(default_factory=list)

    @property
    def shopify(self) -> Shopify:
        return Shopify(
            read_order=self.read_order,
            ask=self.ask,
            unavailable=lambda shop, *, now: self.unavailable.append(shop.pk),
            available=lambda shop, *, now: self.available.append(shop.pk),
            wait=lambda seconds: None,
        )

    def _trouble(self) -> None:
        self.meanwhile()
        if self.troubles:
            raise self.troubles.pop(0)

    def ask(
        self, shop: Shop, operation: str, variables: Mapping[str, Any], *, now: datetime
    ) -> Answer:
        assert operation == "OrdersChangedSince"
        self._trouble()
        self.asked.append(variables)
        since = datetime.fromisoformat(variables["query"].removeprefix("updated_at:>=").strip("'"))
        found = sorted((at, key) for key, at in self.orders.items() if at >= since)
        start = int(variables["after"] or 0)
        nodes = [self.node(key, at) for at, key in found[start : start + PAGE]]
        more, end = start + PAGE < len(found), str(start + len(nodes))
        page = {"nodes": nodes, "pageInfo": {"hasNextPage": more, "endCursor": end}}
        return Answer(data={"orders": page}, denied=(), wait_seconds=self.wait_seconds)

    def node(self, key: int, at: datetime) -> dict[str, Any]:
        return {
            "id": f"gid://shopify/Order/{key}",
            "legacyResourceId": str(key),
            "name": f"#{key - FIRST}",
            "updatedAt": written(at),
            "createdAt": written(self.created_at.get(key, at)),
            "displayFinancialStatus": self.status.get(key, "PAID"),
        }

    def read_order(
        self, shop: Shop, order_id: int, *, now: datetime, wait: Callable[[float], None]
    ) -> tuple[Fact, ...] | None:
        self._trouble()
        wait(1.0)
        self.read.append((shop.pk, order_id))
        return None if order_id in self.hidden else facts_read(order_id, self.orders[order_id], now)


def facts_read(order_id: int, updated_at: datetime, now: datetime) -> tuple[Fact, ...]:
    body = make_order(id=order_id, name=f"#{order_id - FIRST}", updated_at=written(updated_at))
    facts = facts_from("orders/updated", as_body(body), triggered_at=now)
    return tuple(replace(f, refetched=True) if isinstance(f, Order) else f for f in facts)


def filled(count: int, newest: datetime, *, first: int = FIRST) -> dict[int, datetime]:
    """So many orders over the 40 hours before `newest`, changed some in the same second."""
    step = timedelta(hours=40) / max(count, 1)
    oldest = newest - timedelta(hours=40)
    return {first + n: (oldest + n * step).replace(microsecond=0) for n in range(count)}


def keep_known(store: Store, orders: Mapping[int, datetime], now: datetime) -> None:
    """The store knows these orders in these versions; planned long ago."""
    rows = OrderRow.objects.bulk_create(
        OrderRow(store=store, order_id=key, facts_at=now, state="planned") for key in orders
    )
    FactRow.objects.bulk_create(_version(row, orders[row.order_id]) for row in rows)


def _version(row: OrderRow, at: datetime) -> FactRow:
    said = {"updated_at": at.isoformat()}
    return FactRow(
        store_id=row.store_id,
        order=row,
        kind="order",
        source_id=row.order_id,
        sha256="0",
        body=said,
    )


def waiting(store: Store, order_ids: Iterable[int], now: datetime) -> None:
    """Orders of which nothing is known, to be read since `now`."""
    quiet = {"facts_at": now - timedelta(hours=1)}
    asked = {**quiet, "refetch_asked_at": now, "refetch_ready_at": now}
    OrderRow.objects.bulk_create(OrderRow(store=store, order_id=i, **asked) for i in order_ids)


class Killed(BaseException):
    """The process is gone."""


@contextmanager
def killed_at(nth: int) -> Iterator[None]:
    """The process dies before its nth statement: what was committed stays, the rest is undone."""
    count = 0

    def dies(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal count
        count += "SAVEPOINT" not in sql
        if count == nth and "SAVEPOINT" not in sql:
            raise Killed
        return execute(sql, params, many, context)

    with suppress(Killed), connection.execute_wrapper(dies):
        yield
    connection.set_rollback(False)  # the test's own transaction goes on
