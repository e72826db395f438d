"""The real sender through the simulated gateway: whatever a seed draws, with people to put right
what only people can, everything is posted once."""

from __future__ import annotations

from random import Random

import pytest
from django.db import transaction
from pytest_django import Settings

from accounting import connections, outbox, sender
from accounting.documents.document import Allocation
from accounting.models import Book, Document, Order, Store
from shopify_app.simulation.book_faults import Odds
from shopify_app.simulation.books import Books
from shopify_app.simulation.gateway import Gateway
from tests.books import make_rows
from tests.contract.life import returned_order
from tests.simulation.clock import LoneWorker

MOST_ROUNDS = 400


class Shop:
    """One store with one order, its books behind the gateway, and its merchant."""

    def __init__(self, seed: int) -> None:
        self.clock, chance = LoneWorker(), Random(seed)
        self.books = Books(name="Kedai")
        self.gateway = Gateway(self.clock, chance, {"lb_live_key": self.books}, Odds.drawn(chance))
        self.store = Store.objects.create(name="Kedai", prefix="SH")
        self.enter_key()
        self.store.refresh_from_db()
        order = Order.objects.create(store=self.store, order_id=5501, facts_at=self.clock.now())
        with transaction.atomic():
            Order.objects.select_for_update().get(id=order.id)
            rows = make_rows(order, returned_order(), self.clock.now())
            outbox.enqueue(rows, now=self.clock.now())

    @property
    def book(self) -> Book:
        return Book.objects.get(store=self.store)

    def enter_key(self) -> None:
        now, who = self.clock.now(), "merchant"
        connections.connect(
            store_id=self.store.id,
            system="sql_accounting",
            way="acctbridge",
            home_currency="MYR",
            credentials={"key": self.gateway.key_of(self.books)},
            settings={},
            who=who,
            now=now,
        )
        connections.resume(store_id=self.store.id, who=who, now=now)

    def send(self) -> None:
        sender.send_due(self.gateway.connector_for, clock=self.clock.now, chance=lambda: 0.5)
        due = self.book.ready_at
        left = (due - self.clock.now()).total_seconds() if due else 0
        self.clock.pass_time(max(left, 1))

    def decide(self) -> None:
        """What the merchant does: puts the books right, then the connection, then the documents."""
        self.gateway.put_right(self.books)
        if self.book.state != Book.State.ACTIVE:
            self.enter_key()
        now = self.clock.now()
        rows = Document.objects.filter(store=self.store)
        for row in rows.filter(state="conflict"):
            outbox.look_again(row, now=now)
        rows.filter(state="rejected").update(state="queued", ready_at=now)
        outbox.wake([self.book.id], now=now)

    def states(self) -> dict[str, str]:
        rows = Document.objects.filter(store=self.store).order_by("id")
        return dict(rows.values_list("number", "state"))


@pytest.mark.parametrize("seed", [*range(12)])
def test_everything_is_posted_once_whatever_happens(
    db: None, product_keys: None, settings: Settings, seed: int
) -> None:
    settings.ACCTBRIDGE_PROFILES = ""
    shop = Shop(seed)

    for turn in range(MOST_ROUNDS):
        if set(shop.states().values()) == {"posted"}:
            break
        if turn == MOST_ROUNDS // 2:
            shop.gateway.heal()
        shop.send()
        if turn % 5 == 4:
            shop.decide()

    assert set(shop.states().values()) == {"posted"}, (shop.states(), shop.clock.trace[-30:])
    shop.gateway.heal()
    written = {one.number for one in returned_order() if not isinstance(one, Allocation)}
    assert {one.number for one in shop.books.journal} == written
    assert len(shop.books.journal) == len(written)
    assert (shop.books.problems(), shop.books.overlaps()) == ([], [])
    left = {one.number: one.open for one in shop.books.journal if one.open}
    assert {number: str(amount) for number, amount in left.items()} == {}
