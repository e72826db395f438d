"""Shopify in memory: shops with their orders, webhooks on their way, and an Admin API.

Everything is drawn from the given chance and happens at the world's time; nothing of it is in the
database but what Lejar's own code puts there.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.db import transaction

from accounting.facts import Fact
from accounting.models import Book
from shopify_app import admin_api, install, order_reading, shopify_http, turns
from shopify_app.admin_api import Answer
from shopify_app.demo import send
from shopify_app.demo.figures import Ids
from shopify_app.demo.life import Life, Webhook
from shopify_app.demo.send import Parcel
from shopify_app.models import Shop
from shopify_app.simulation import expected, tenants, webhook_faults
from shopify_app.simulation.admin import Admin, AdminTroubles
from shopify_app.simulation.clockwork import Clockwork
from shopify_app.simulation.deliveries import OLD_SECRET, SECRET, Road, Trip
from shopify_app.simulation.expected import Expected
from shopify_app.simulation.happenings import Happenings, is_sent
from shopify_app.simulation.tenants import Tenant
from shopify_app.simulation.webhook_faults import WebhookFaults

# Ids as long as Shopify's: with longer ones no document number has room for its order's.
FIRST_ID, IDS_APART, SEEDS = 5_000_000_000_000, 4_000, 20_000_000_000
ADMIN_TROUBLES = (0.0, 0.0, 0.02, 0.1, 0.3)
TOLD_AFTER, LATER = timedelta(seconds=1), timedelta(minutes=2)
# Under these a world runs: its Shopify signs with the first secret or the one before it.
SETTINGS: Mapping[str, Any] = {
    "SHOPIFY_API_KEY": "simulated-key",
    "SHOPIFY_API_SECRETS": [SECRET, OLD_SECRET],
    "SHOPIFY_ADMIN_URL": "https://{shop}",
    "SHOPIFY_FETCH": "on_trigger",
    "LEJAR_PLANS": '{"Basic": {"orders_per_month": null}}',
    "LEJAR_SEAL_KEYS": ["c2ltdWxhdGVkLXNlYWwta2V5LW9mLTMyLWJ5dGVzISE="],
}


class Shopify:
    """`name` makes domains and ids unique: several seeds share one database. What only a sweep
    puts right happens only where Lejar `sweeps`, what only reading shops anew does where it
    `reads`."""

    def __init__(
        self,
        clockwork: Clockwork,
        chance: Random,
        *,
        shops: int,
        orders: int,
        name: str,
        sweeps: bool = True,
        reads: bool = True,
    ) -> None:
        self.clockwork, self.chance = clockwork, chance
        self.shops, self.orders, self.name = shops, orders, name
        self.sweeps, self.reads = sweeps, reads
        self.tenants: dict[str, Tenant] = {}
        self.faults = WebhookFaults(rates=webhook_faults.drawn(chance), chance=_part(chance))
        self.road = Road(clockwork=clockwork, is_sent=self._is_sent)
        self.happenings = Happenings(
            clockwork=clockwork,
            chance=_part(chance),
            road=self.road,
            answering=self.answering,
            sweeps=sweeps,
            reads=reads,
        )
        self.admin = Admin(
            clockwork=clockwork,
            chance=_part(chance),
            tenants=self.tenants,
            refused=self.happenings.hear_of_it,
            troubles=AdminTroubles(rate=chance.choice(ADMIN_TROUBLES), locks=reads),
        )

    def be_calm(self) -> None:
        """Before `open`: nothing goes wrong and nobody leaves."""
        self.faults = replace(self.faults, rates=webhook_faults.NONE)
        self.happenings.rate = 0.0
        self.admin.is_healed = True

    @transaction.atomic
    def open(self, books: Sequence[Book]) -> None:
        """All shops install Lejar and sell into the books in turn; what will happen is put on its
        way."""
        now = self.clockwork.now()
        ids = Ids(_first_id(self.name))
        for place, orders in enumerate(_split(self.orders, self.shops)):
            book = books[place % len(books)]
            tenant = tenants.made(place, self.name, book, self.chance, ids, now, orders)
            self.tenants[tenant.domain] = tenant
            tenants.arrive(tenant, book, self.chance, now)
        for tenant in self.tenants.values():
            self._tell_all(tenant)
            self.happenings.plan(tenant)

    def _tell_all(self, tenant: Tenant) -> None:
        others = [domain for domain in self.tenants if domain != tenant.domain]
        for life in tenant.lives:
            packed = send.parcels(tenant.domain, life.webhooks, self.chance)
            for hook, parcel in zip(life.webhooks, packed, strict=True):
                self._put(tenant, life, hook, parcel, others)

    def _put(
        self, tenant: Tenant, life: Life, hook: Webhook, parcel: Parcel, others: list[str]
    ) -> None:
        called = f"{tenant.handle} {life.record.name} {hook.topic}"
        trip = Trip(parcel=parcel, called=called, number=life.record.number)
        if self.sweeps and (hook.lost or self.faults.is_lost()):
            trip.is_lost = True
            self.road.put(hook.at + TOLD_AFTER, trip)
            return
        for due, each in self.faults.on_the_road(trip, hook.at + TOLD_AFTER, others):
            self.road.put(due, each)
        if trip.then:
            tenant.copied.add(life.record.number)

    def _is_sent(self, trip: Trip) -> bool:
        return is_sent(trip, self.tenants.get(trip.parcel.domain))

    # --- what happens by itself

    def next_at(self) -> datetime | None:
        """When something next happens by itself; None when all is told."""
        return self.road.next_at()

    def step(self) -> None:
        """Do that one thing."""
        self.road.step()

    def heal(self) -> None:
        """From now on nothing is dropped, delayed or refused; what is late comes at once, what
        Shopify would try again is tried again soon, and people open Lejar where they have to."""
        self.faults = replace(self.faults, rates=webhook_faults.NONE)
        self.admin.is_healed = True
        self.road.hasten()
        for tenant in self.tenants.values():
            if tenant.left_at is None and (self.reads or tenant.needs_people):
                self.happenings.come_by(tenant)

    # --- what Lejar asks

    def readers(self) -> turns.Shopify:
        """What sweeps and refetches use: the product's own reading, over an Admin API in memory."""
        return turns.Shopify(
            read_order=self.read_order,
            ask=self.ask,
            unavailable=install.unavailable,
            available=install.available,
            wait=self.clockwork.pass_time,
        )

    def ask(self, shop: Shop, operation: str, *args: Any, **asked: Any) -> Answer:
        """As `admin_api.ask`."""
        with self.answering():
            return admin_api.ask(shop, operation, *args, **asked)

    def read_order(self, shop: Shop, order_id: int, **asked: Any) -> tuple[Fact, ...] | None:
        """As `order_reading.read_order`."""
        with self.answering():
            return order_reading.read_order(shop, order_id, **asked)

    def answering(self) -> AbstractContextManager[None]:
        """Inside it whatever this thread asks of Shopify is answered from here."""
        return shopify_http.answered_by(self.admin)

    # --- what people do

    def map_missing(self, domain: str) -> bool:
        """The merchant maps what was forgotten. False when there is nothing to map any more."""
        done = tenants.map_missing(self.tenants[domain], self.clockwork.now())
        if done:
            self.clockwork.tell(f"{self.tenants[domain].handle} maps what was missing")
        return done

    def edit_items(self, domain: str, account: str, who: str) -> None:
        """Somebody maps the shop's products to another account, or ("") back."""
        tenant = self.tenants[domain]
        if account or tenant.is_mismapped:
            self.clockwork.tell(f"{who} maps {tenant.handle} to {account or 'what it was'}")
            tenants.edit_items(tenant, account, who, self.clockwork.now())

    def meanwhile(self, happens: Callable[[], None]) -> None:
        """At this very time, in another process of the web."""
        self.road.put(self.clockwork.now(), happens)

    def later(self, happens: Callable[[], None]) -> None:
        self.road.put(self.clockwork.now() + LATER, happens)

    # --- what must come of it

    def expected(self) -> Mapping[str, Expected]:
        """By shop domain, once everything has been told (`next_at` is None)."""
        all_of_them = list(self.tenants.values())
        return {each.domain: expected.expect(each, all_of_them) for each in all_of_them}

    def heard(self) -> frozenset[tuple[str, str]]:
        """Domain and webhook id of every delivery that was answered 200: each must be stored, but
        for shops that are to be redacted, of which nothing more is kept."""
        gone = {each.domain for each in self.tenants.values() if each.redacted_at is not None}
        return frozenset(key for key in self.road.heard if key[0] not in gone)

    def forged(self) -> frozenset[tuple[str, str]]:
        """Those that Shopify never signed: none may be stored."""
        return frozenset(self.road.forged)

    def canaries(self) -> set[str]:
        """Personal words of all buyers, each of which stands nowhere else."""
        return {
            word
            for tenant in self.tenants.values()
            for buyer in tenant.stage.buyers.values()
            for word in buyer.canaries
        }

    def canaries_by_shop(self) -> dict[str, set[str]]:
        """The same by the shop's domain, without orders that were told in another's name, too."""
        return {
            tenant.domain: {
                word
                for number, buyer in tenant.stage.buyers.items()
                if number not in tenant.copied
                for word in buyer.canaries
            }
            for tenant in self.tenants.values()
        }

    def redacted(self) -> set[str]:
        """Those that must be nowhere any more."""
        return {
            word
            for tenant in self.tenants.values()
            for number in tenant.erased
            for word in tenant.stage.buyers[number].canaries
        }


def _part(chance: Random) -> Random:
    """Of its own: what one part draws moves no other."""
    return Random(chance.random())  # noqa: S311  # a world is drawn, nothing is kept secret


def _first_id(name: str) -> int:
    """Shopify's ids of one seed, apart from those of any other: by the number in the name."""
    digits = "".join(letter for letter in name if letter.isdigit())
    number = int(digits) if digits else zlib.crc32(name.encode())
    return FIRST_ID + number % SEEDS * IDS_APART


def _split(orders: int, shops: int) -> list[int]:
    return [orders // shops + (place < orders % shops) for place in range(shops)]
