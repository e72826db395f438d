"""An honest in-memory ledger behind the `Connector` protocol, and a clock that is told the time.

`Books` keeps what was posted, refuses a number twice, and can be told to fail: `fail["post"]` and
`fail["find"]` are queues of exceptions; an exception wrapped in `After` is raised once the write
has already happened, as when an answer is lost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from accounting.connectors.base import Code, CodeList, Health, Page, Receipt, Uncertain
from accounting.documents.document import Allocation, Document, Entry, Key, Kind, Role, dump
from accounting.models import Book, Order, Store
from accounting.models import Document as Row


@dataclass
class Clock:
    """A clock that moves when told to."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **period: float) -> None:
        self.now += timedelta(**period)


@dataclass
class After:
    """Raise `error` after the write has been done."""

    error: Exception


@dataclass
class Books:
    kinds: frozenset[Kind] = frozenset(Kind)
    settling: frozenset[Kind] = frozenset()
    looks_first: bool = False
    call_seconds: float = 10
    profile: str = "books/1"
    held: dict[str, Receipt] = field(default_factory=dict)
    fail: dict[str, list[Exception | After]] = field(default_factory=lambda: defaultdict(list))
    calls: list[str] = field(default_factory=list)

    company: str = ""

    def identity(self) -> str:
        self.calls.append("identity")
        self._fail_before("identity")
        return self.company

    def check(self) -> Health:
        return Health(findings=())

    def find(self, entry: Entry, *, settled_further: bool = False) -> Receipt | None:
        self.calls.append(f"find {entry.number}")
        self._fail_before("find")
        return self.held.get(entry.number)

    def codes(self, wanted: CodeList) -> Iterator[Code] | None:
        return None

    def documents(self, kind: Kind, after: str = "") -> Page:
        return Page(receipts=())

    def post(self, entry: Entry, settles: Sequence[Allocation] = ()) -> Receipt | None:
        self.calls.append(f"post {entry.number}")
        self._fail_before("post")
        if entry.number in self.held:
            raise Uncertain("number exists", duplicate=True)
        self.held[entry.number] = Receipt(
            number=entry.number, customer=entry.customer, total=entry.total
        )
        if self.fail["post"]:
            failure = self.fail["post"].pop(0)
            assert isinstance(failure, After)
            raise failure.error
        return None

    def _fail_before(self, call: str) -> None:
        queue = self.fail[call]
        if queue and not isinstance(queue[0], After):
            failure = queue.pop(0)
            assert isinstance(failure, Exception)
            raise failure


def make_book(now: datetime, **changes: object) -> Book:
    values = {"name": "Kedai", "system": "sql_accounting", "state": "active", "ready_at": now}
    return Book.objects.create(**(values | changes))


def make_store(book: Book | None, name: str = "kedai.myshopify.com", **changes: object) -> Store:
    values = {"name": name, "book": book, "prefix": "SH"}
    return Store.objects.create(**(values | changes))


def make_order_row(store: Store, order_id: int, now: datetime) -> Order:
    return Order.objects.create(store=store, order_id=order_id, facts_at=now)


def make_invoice(number: str = "SH-1001", **changes: object) -> Document:
    values: dict[str, object] = {
        "kind": Kind.INVOICE,
        "key": Key(role=Role.INVOICE, source_id=int(number.split("-")[1])),
        "number": number,
        "date": date(2026, 11, 20),
        "currency": "MYR",
        "customer": "300-C0001",
        "total": Decimal("107.00"),
        "description": "Shopify order",
        "order_name": "#1001",
        "order_id": 1001,
    }
    return Document(**(values | changes))  # type: ignore[arg-type]  # a builder of one shape


def make_receipt(**changes: object) -> Receipt:
    """What the books show of `make_invoice()`."""
    values = {"number": "SH-1001", "customer": "300-C0001", "total": Decimal("107.00")}
    return Receipt(**(values | changes))  # type: ignore[arg-type]  # a builder of one shape


def make_row(order: Order, entry: Entry, now: datetime, **changes: object) -> Row:
    values: dict[str, object] = {
        "store": order.store,
        "book": order.store.book,
        "order": order,
        "kind": entry.kind.value,
        "role": entry.key.role.value,
        "source_id": entry.key.source_id,
        "source": entry.key.source,
        "target": entry.key.target,
        "number": entry.number,
        "date": entry.date,
        "currency": entry.currency,
        "total": entry.total,
        "payload": dump(entry),
        "payload_sha256": "0" * 64,
        "facts_sha256": "0" * 64,
        "rules_sha256": "0" * 64,
        "ready_at": now,
        "created_at": now,
    }
    return Row(**(values | changes))


def make_rows(order: Order, entries: Sequence[Entry], now: datetime) -> list[Row]:
    return [make_row(order, entry, now) for entry in entries]
