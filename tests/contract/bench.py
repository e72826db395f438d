"""One store, its books behind one of the four connections, and the bookkeeper who looks into them.

The connection is made as a merchant makes it and speaks to the sandbox as to the real books; only
the network between them is left out. Connector and sandbox are each written from the contract
alone, neither from the other, so where they meet a misunderstanding of one of them shows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import uuid4

from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client

from accounting import checking, connections, outbox, sender, ways
from accounting.connectors.base import Connector
from accounting.connectors.http import Answer, MaybeSent
from accounting.documents.document import Allocation, Document, Entry
from accounting.documents.texts import fitted
from accounting.models import Book, BookCheck, BookDifference, Order, Store
from accounting.models import Document as Row
from accounting.sandbox.models import CallRecord, Company, KnockOff, Voucher
from accounting.sandbox.models import Entry as Posting
from tests.books import Clock, make_rows

ROOT = "http://testserver/sandbox"
MOST_ROUNDS = 60
WRITES = ("POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One way to one system. `company` opens its books.

    What the books call things: `codes` an account or tax code that `entries` writes, `accounts` an
    account of the generated lives, `methods` the payment method to either; `fields` a field that is
    named in a refusal. A paid order costs `writes` and `reads`.
    """

    name: str
    system: str
    way: str
    company: Mapping[str, Any]
    credentials: Mapping[str, str]
    settings: Mapping[str, str] = field(default_factory=dict)
    switches: Mapping[str, Any] = field(default_factory=dict)
    control: str
    codes: Mapping[str, str] = field(default_factory=dict)
    accounts: Mapping[str, str]
    methods: Mapping[str, str]
    fields: Mapping[str, tuple[str, ...]]
    writes: int
    reads: int

    def __str__(self) -> str:
        return self.name

    def code(self, code: str) -> str:
        return self.codes.get(code, code)

    def entry(self, entry: Entry) -> Entry:
        """The entry with the codes of these books."""
        if not isinstance(entry, Document):
            return entry
        lines = tuple(
            replace(line, account=self.code(line.account), tax_code=self.code(line.tax_code))
            for line in entry.lines
        )
        return replace(entry, lines=lines, account=self.methods.get(entry.account, entry.account))


class InProcess:
    """What `Http` does, without a network. An answer that breaks off may have been sent."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        connect_seconds: float,
        total_seconds: float,
    ) -> Answer:
        parts = urlsplit(url)
        answer = self._client.generic(
            method,
            parts.path + (f"?{parts.query}" if parts.query else ""),
            body or b"",
            content_type="application/json",
            headers={**headers, "Host": parts.netloc},
            query_params=dict(params) if params else None,
        )
        named = {name.lower(): value for name, value in answer.headers.items()}
        return Answer(answer.status_code, named, _body(answer))


def _body(answer: HttpResponseBase) -> bytes:
    try:
        return b"".join(cast(Any, answer)) if answer.streaming else cast(Any, answer).content
    except ConnectionResetError:
        raise MaybeSent("The answer broke off.") from None


class Bench:
    """The store has one order, 1001, which every entry is queued under."""

    def __init__(self, connection: Connection, client: Client, clock: Clock) -> None:
        self.connection, self.client, self.clock = connection, client, clock
        name = f"Kedai {uuid4().hex[:8]}"
        opening = {"name": name, "system": connection.system, "currency": "MYR"}
        answer = client.post(
            "/sandbox/companies", {**opening, **connection.company}, content_type="application/json"
        )
        assert answer.status_code == 201, answer.content
        self.company_id = answer.json()["id"]
        self.switch(**connection.switches)
        self.store = Store.objects.create(name="Kedai", prefix="SH")
        connections.connect(
            store_id=self.store.id,
            system=connection.system,
            way=connection.way,
            home_currency="MYR",
            credentials=connection.credentials,
            settings=connection.settings,
            who="merchant",
            now=clock(),
        )
        connections.resume(store_id=self.store.id, who="merchant", now=clock())
        self.store.refresh_from_db()
        self._orders = 1000

    # --- Lejar ---

    @property
    def book(self) -> Book:
        return Book.objects.get(store=self.store)

    @property
    def connector(self) -> Connector:
        return connections.connector_for(self.book)

    def queue(self, *entries: Entry) -> Order:
        """Entries of one new order, in this sequence, each with a key of its own."""
        self._orders += 1
        texts = ways.ledger(self.book).texts
        known = [fitted(self.connection.entry(entry), texts) for entry in entries]
        own = [_keyed(entry, self._orders * 100 + at) for at, entry in enumerate(known)]
        order = Order.objects.create(store=self.store, order_id=self._orders, facts_at=self.clock())
        with transaction.atomic():
            Order.objects.select_for_update().get(id=order.id)
            outbox.enqueue(make_rows(order, own, self.clock()), now=self.clock())
        return order

    def send(self) -> None:
        sender.send_due(connections.connector_for, clock=self.clock, chance=lambda: 0.0)

    def send_until_quiet(self) -> None:
        """Round after round, each when the book is to be looked at next, until it is not."""
        for _ in range(MOST_ROUNDS):
            self.send()
            due = self.book.ready_at
            if due is None or self.book.state != Book.State.ACTIVE:
                return
            self.clock.now = max(self.clock.now, due)
        raise AssertionError(f"not quiet after {MOST_ROUNDS} rounds")

    def states(self) -> dict[str, str]:
        rows = Row.objects.filter(store=self.store).order_by("id")
        return dict(rows.values_list("number", "state"))

    def messages(self) -> list[str]:
        """What Lejar says of documents and of the book."""
        rows = Row.objects.filter(store=self.store).exclude(message="")
        book = [self.book.trouble, self.book.state_reason]
        found = [*rows.order_by("id").values_list("message", flat=True), *book]
        return [message for message in found if message]

    def check_books(self) -> BookCheck:
        begun = checking.start(store_id=self.store.id, who="bookkeeper", now=self.clock())
        return checking.run(
            begun.id,
            connections.connector_for,
            clock=self.clock,
            wait=lambda seconds: self.clock.advance(seconds=seconds),
        )

    def differences(self) -> set[tuple[str, str, str]]:
        """Code, aspect and number of what stands otherwise in the books."""
        rows = BookDifference.objects.filter(store=self.store, resolved_at=None)
        return set(rows.values_list("code", "aspect", "number"))

    # --- the bookkeeper ---

    @property
    def company(self) -> Company:
        return Company.objects.get(pk=self.company_id)

    def switch(self, **switches: Any) -> None:
        """Over those that the connection is tested with."""
        answer = self.client.put(
            f"/sandbox/companies/{self.company_id}/switches",
            {**self.connection.switches, **switches},
            content_type="application/json",
        )
        assert answer.status_code == 200, answer.content

    def look(self, path: str) -> Any:
        answer = self.client.get(f"/sandbox/companies/{self.company_id}/{path}")
        return json.loads(answer.content, parse_float=Decimal)

    def documents(self) -> list[dict[str, Any]]:
        return list(self._all("documents"))

    def _all(self, path: str) -> Iterator[dict[str, Any]]:
        after = 0
        while rows := self.look(f"{path}?after={after}&limit=1000"):
            yield from rows
            after = rows[-1]["id"]

    def still_open(self) -> dict[str, Decimal]:
        """Number -> what is neither paid nor knocked off, where that is anything."""
        left = {row["number"]: row["outstanding"] or row["unapplied"] for row in self.documents()}
        return {number: amount for number, amount in left.items() if amount}

    def balances(self) -> dict[str, Decimal]:
        """Debit less credit per account; asserts that the trial balance balances."""
        balance = self.look("trial-balance")
        assert balance["debit"] == balance["credit"]
        return {row["account"]: row["debit"] - row["credit"] for row in balance["rows"]}

    def contents(self) -> Any:
        """Everything in the books, to show that a refusal changed nothing."""
        mine = {"company_id": self.company_id}
        return (
            self.balances(),
            list(Voucher.objects.filter(**mine).order_by("id").values()),
            list(
                Posting.objects.filter(voucher__company_id=self.company_id).order_by("id").values()
            ),
            list(KnockOff.objects.filter(source__company_id=self.company_id).values()),
        )

    @contextmanager
    def counted(self) -> Iterator[dict[str, int]]:
        """How many calls of each kind the books get meanwhile."""
        mine = CallRecord.objects.filter(company_id=self.company_id)
        last = mine.order_by("-id").values_list("id", flat=True).first() or 0
        found = {"writes": 0, "reads": 0}
        yield found
        for method in mine.filter(id__gt=last).values_list("method", flat=True):
            found["writes" if method in WRITES else "reads"] += 1


def _keyed(entry: Entry, source_id: int) -> Entry:
    """A knock-off's own is its two documents and its running number among theirs."""
    if isinstance(entry, Allocation):
        return entry
    return replace(entry, key=replace(entry.key, source_id=source_id))
