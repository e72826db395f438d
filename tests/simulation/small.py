"""A world as small as can be: books in memory, deliveries that are there from the start."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from datetime import datetime

from accounting.connectors.base import Connector
from accounting.models import Book, Document
from shopify_app import turns
from shopify_app.models import Delivery
from shopify_app.simulation.world import World
from tests.accounting.faults import Ledger
from tests.books import make_book
from tests.deliveries import make_delivery, make_shop
from tests.payloads import ORDER_ID


class Small:
    def __init__(self, world: World, orders: int = 1, call_seconds: float = 10) -> None:
        self.world, self.orders = world, orders
        self.ledger = Ledger(company="Kedai", call_seconds=call_seconds)

    def open(self) -> None:
        now = self.world.now()
        shop = make_shop("kedai.myshopify.com", now, make_book(now, fingerprint="Kedai"))
        for n in range(self.orders):
            make_delivery(shop.domain, str(n), now, id=ORDER_ID + n, name=f"#{n}")

    def next_at(self) -> datetime | None:
        return None

    def step(self) -> None:
        raise AssertionError

    def person_at(self) -> datetime | None:
        return None

    act = step

    def call_operator(self) -> None:
        raise AssertionError("nothing is held in a world without people")

    def readers(self) -> turns.Shopify:
        return turns.Shopify()

    def answering(self) -> AbstractContextManager[None]:
        return nullcontext()

    def connector_for(self, book: Book) -> Connector:
        return self.ledger

    def heal(self) -> None:
        pass

    def written(self) -> int:
        return len(self.ledger.written)

    def never(self) -> list[str]:
        twice = len(self.ledger.written) - len(set(self.ledger.written))
        return [f"E1: {self.ledger.written}"] if twice else []

    def left(self) -> list[str]:
        posted = Document.objects.filter(state="posted").count()
        done = posted == 2 * self.orders and not Delivery.objects.filter(state="new").exists()
        return [] if done else ["documents"]

    def at_last(self) -> list[str]:
        return []
