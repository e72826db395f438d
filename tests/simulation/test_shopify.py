"""The simulated Shopify tells what the demo's stories tell, and its faults are answered right."""

from __future__ import annotations
import os

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from django.test import override_settings

from accounting import posting
from accounting.models import Document, Order
from shopify_app import inbox, reconcile, refetch
from shopify_app.models import Delivery
from shopify_app.simulation.expected import Expected
from shopify_app.simulation.shopify import SETTINGS, Shopify
from tests.books import make_book

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _settings() -> Iterator[None]:
    with override_settings(**SETTINGS):
        yield


@dataclass
class Clock:
    """A world in which nobody else is."""

    at: datetime
    lines: list[str] = field(default_factory=list)
    points: list[str] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    def reach(self, point: str) -> None:
        self.points.append(point)

    def pass_time(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)

    def tell(self, line: str) -> None:
        self.lines.append(line)


def make_shopify(
    clock: Clock,
    seed: int = 1,
    *,
    shops: int = 2,
    orders: int = 4,
    books: int = 1,
    calm: bool = True,
) -> Shopify:
    shopify = Shopify(clock, Random(seed), shops=shops, orders=orders, name=f"sim{seed}")
    if calm:
        shopify.be_calm()
    shopify.open([make_book(clock.at, name=f"Kedai {place}") for place in range(books)])
    return shopify


def work(clock: Clock) -> None:
    """What Lejar's workers do with what was delivered."""
    while inbox.process(now=clock.at) or posting.plan(now=clock.at):
        pass


def tell_all(shopify: Shopify, clock: Clock) -> None:
    while (at := shopify.next_at()) is not None:
        clock.at = max(clock.at, at)
        shopify.step()
        work(clock)


def settle(shopify: Shopify, clock: Clock) -> None:
    """Sweeps and refetches until nothing is left to be read."""
    for _ in range(4):
        clock.at += timedelta(hours=1)
        reconcile.enrol(now=clock.at)
        reconcile.run(clock=clock.now, shopify=shopify.readers())
        for _ in range(3):
            refetch.run(clock=clock.now, shopify=shopify.readers())
            clock.at += timedelta(minutes=3)
            work(clock)


def sums(domain: str, expected: Expected) -> dict[str, Counter[str]]:
    """By stem, what is planned of each kind, as the expectation names it."""
    words = {"invoice": "invoiced", "payment": "paid", "refund": "refunded"}
    found: dict[str, Counter[str]] = {stem: Counter() for stem in expected.orders}
    for row in Document.objects.filter(store__name=domain).exclude(kind="allocation"):
        stem = "-".join(row.number.split("-")[:2])
        sign = -1 if row.kind == "debit_note" else 1
        word = words.get(row.kind, "credited")
        found.setdefault(stem, Counter())[word] += sign * row.total
    return found


def wrong(shopify: Shopify) -> list[str]:
    """Where what Lejar planned is not what the stories expect."""
    said = []
    for domain, expected in shopify.expected().items():
        for stem, have in sums(domain, expected).items():
            order = expected.orders.get(stem)
            for what in ("invoiced", "paid", "credited", "refunded"):
                want = getattr(order, what) if order else Decimal(0)
                if have[what] != want:
                    said.append(f"{stem}: {what} {have[what]}, expected {want}")
        rows = Order.objects.filter(store__name=domain, state="held")
        held = {order.name for order in rows}
        if held != expected.held:
            said.append(f"{domain}: held {held}, expected {expected.held}")
    return said


def storm(shopify: Shopify, clock: Clock, hours: float = 6) -> None:
    end = clock.at + timedelta(hours=hours)
    while (at := shopify.next_at()) is not None and at < end:
        clock.at = max(clock.at, at)
        shopify.step()
        work(clock)
        if clock.at.minute % 10 == 0:
            refetch.run(clock=clock.now, shopify=shopify.readers())


@pytest.mark.parametrize(
    "seed", range(int(os.environ.get("FROM", "100")), int(os.environ.get("TO", "112")))
)
def test_storm(seed: int, now: datetime) -> None:
    clock = Clock(now)
    shopify = make_shopify(clock, seed, calm=False)
    print("WEATHER", shopify.sky.weather, shopify.admin.troubles)
    try:
        storm(shopify, clock)
        shopify.heal()
        tell_all(shopify, clock)
        for domain in shopify.tenants:
            shopify.map_missing(domain)
        settle(shopify, clock)
    finally:
        print("\n".join("TRACE " + l for l in clock.lines))
        for t in shopify.tenants.values():
            for l in t.lives:
                print("LIFE", t.profile.trigger, l.record.name, l.cycle)

    w = wrong(shopify)
    print("\n".join("WRONG " + l for l in w))
    for d in Delivery.objects.filter(state="failed"):
        print("FAILED", d.topic, d.path, d.error)
    assert w == []
    stored = set(Delivery.objects.values_list("shop_domain", "webhook_id"))
    assert shopify.heard() <= stored
    assert not shopify.forged() & stored


@pytest.mark.parametrize("seed", range(1, 7))
def test_a_calm_world_gives_the_documents_its_stories_expect(seed: int, now: datetime) -> None:
    clock = Clock(now)
    shopify = make_shopify(clock, seed)

    tell_all(shopify, clock)
    for domain in shopify.tenants:
        shopify.map_missing(domain)
    settle(shopify, clock)

    assert wrong(shopify) == []
    assert {(d.shop_domain, d.webhook_id) for d in Delivery.objects.all()} == shopify.heard()
