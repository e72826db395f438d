"""Products are read whole once, then what changed; killed or refused, it goes on where it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from accounting.models import Catalogue, Variant
from shopify_app import product_reading, turns
from shopify_app.admin_api import Answer, Refused, TryLater, document
from shopify_app.models import ProductReading, Shop, ShopReading
from shopify_app.sandbox import products as pretended
from shopify_app.sandbox import schema
from shopify_app.sandbox.control import open_shop
from shopify_app.sandbox.models import PretendedProduct, PretendedShop
from shopify_app.turns import Shopify
from tests.books import Clock
from tests.deliveries import make_shop
from tests.shopify_app.listing import killed_at

pytestmark = pytest.mark.django_db

DOMAIN = "kedai-angsana.myshopify.com"


@dataclass
class Door:
    """The pretended Shopify without HTTP, which may be in trouble, and what it was asked."""

    shop: PretendedShop
    troubles: list[Exception] = field(default_factory=list)
    asked: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    wait_seconds: float = 0.0

    @property
    def shopify(self) -> Shopify:
        return Shopify(ask=self.ask, wait=lambda seconds: None)

    def ask(
        self, shop: Shop, operation: str, variables: Mapping[str, Any], *, now: datetime
    ) -> Any:
        self.asked.append((operation, variables))
        if self.troubles:
            raise self.troubles.pop(0)
        tree = {
            "product": lambda **args: pretended.one(self.shop, args["id"]),
            "products": lambda **args: pretended.page(self.shop, **args),
            "productsCount": lambda **args: pretended.count(self.shop, **args),
        }
        outcome = schema.run(document(operation), tree, variables, operation)
        assert not outcome.errors
        return Answer(data=dict(outcome.data or {}), wait_seconds=self.wait_seconds)


@pytest.fixture(autouse=True)
def how(settings: Settings) -> None:
    settings.SHOPIFY_FETCH = "on_trigger"


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
def shop(now: datetime) -> Shop:
    shop = make_shop(DOMAIN, now)
    Shop.objects.filter(pk=shop.pk).update(scopes="read_orders,read_products")
    ShopReading.objects.get_or_create(shop=shop)
    return shop


@pytest.fixture
def door(clock: Clock) -> Door:
    return Door(open_shop(DOMAIN, clock_at=clock()))


def keep(door: Door, *numbers: int, at: datetime | None = None, variants: int = 1) -> None:
    pretended.keep(
        door.shop,
        [
            {
                "id": number,
                "title": f"Kopi {number}",
                "vendor": "Kilang",
                "tags": ["baru"],
                "updated_at": (at or door.shop.now()).isoformat(),
                "variants": [
                    {"id": number * 1000 + n, "sku": f"K{number}-{n}", "title": f"{n} kg"}
                    for n in range(variants)
                ],
            }
            for number in numbers
        ],
    )


def read(door: Door, clock: Clock, **more: Any) -> ProductReading:
    product_reading.enrol(now=clock())
    product_reading.run(clock=clock, shopify=door.shopify, **more)
    return ProductReading.objects.latest("id")


def known(**which: Any) -> list[int]:
    rows = Variant.objects.filter(gone=False, **which).order_by("product_id", "variant_id")
    return sorted(set(rows.values_list("product_id", flat=True)))


def test_all_products_are_read_page_by_page_by_rising_ids(
    shop: Shop, door: Door, clock: Clock
) -> None:
    keep(door, *range(1, 46))

    done = read(door, clock)

    assert (done.state, done.pages, done.products, done.variants) == ("finished", 3, 45, 45)
    assert [asked["query"] for _, asked in door.asked] == ["id:>0", "id:>20", "id:>40"]
    assert known() == list(range(1, 46))
    row = Variant.objects.get(product_id=7)
    assert (row.sku, row.variant_title, row.vendor, row.tags) == (
        "K7-0",
        "0 kg",
        "Kilang",
        ["baru"],
    )
    assert Catalogue.objects.get(store=shop.store).read_at == clock()
    assert ShopReading.objects.get().products_at == clock() + timedelta(days=1)


def test_a_product_of_very_many_variants_is_read_to_its_end(
    shop: Shop, door: Door, clock: Clock
) -> None:
    keep(door, 1, 3)
    keep(door, 2, variants=300)

    done = read(door, clock)

    assert [operation for operation, _ in door.asked] == [
        "ProductsAfter",
        "ProductVariants",
        "ProductVariants",
    ]
    assert (done.variants, Variant.objects.filter(product_id=2).count()) == (302, 300)


def test_the_next_day_only_what_changed_is_asked_for(shop: Shop, door: Door, clock: Clock) -> None:
    keep(door, 1, 2, 3, at=clock() - timedelta(hours=2))
    read(door, clock)
    clock.advance(hours=24)
    keep(door, 2, 4, at=clock())
    door.asked.clear()

    done = read(door, clock)

    assert (done.since, done.products) == (clock() - timedelta(hours=25), 2)
    assert "updated_at:>='2026-11-22T03:00:00Z'" in door.asked[0][1]["query"]
    assert known() == [1, 2, 3, 4]


def test_what_was_deleted_is_found_out_by_shopifys_own_count(
    shop: Shop, door: Door, clock: Clock
) -> None:
    keep(door, 1, 2, 3)
    read(door, clock)
    clock.advance(hours=24)
    pretended.forget(door.shop, [2])

    done = read(door, clock)

    assert ProductReading.objects.count() == 3
    assert (done.since, done.state) == (None, "finished")
    assert known() == [1, 3]


def test_a_variant_that_is_no_longer_there_vanishes(shop: Shop, door: Door, clock: Clock) -> None:
    keep(door, 1, variants=3)
    read(door, clock)
    clock.advance(hours=24)
    keep(door, 1, variants=2, at=clock())

    read(door, clock)

    assert Variant.objects.filter(gone=False).count() == 2


@pytest.mark.parametrize("nth", range(1, 60, 6))
def test_killed_anywhere_it_goes_on_and_ends_with_the_same(
    shop: Shop, door: Door, clock: Clock, nth: int
) -> None:
    keep(door, *range(1, 30))
    product_reading.enrol(now=clock())

    with killed_at(nth):
        product_reading.run(clock=clock, shopify=door.shopify)
    clock.advance(minutes=10)
    done = read(door, clock)

    assert (done.state, known()) == ("finished", list(range(1, 30)))
    assert not Variant.objects.filter(gone=True).exists()


def test_a_pause_that_shopify_asks_for_ends_the_turn_and_nothing_is_lost(
    shop: Shop, door: Door, clock: Clock
) -> None:
    keep(door, *range(1, 30))
    door.wait_seconds = 7.0

    first = read(door, clock)
    again = ShopReading.objects.get().products_at
    clock.advance(seconds=7)
    second = read(door, clock)

    assert (first.state, first.reached, again) == ("running", 20, clock())
    assert (second.state, second.pk) == ("finished", first.pk)


def test_a_no_to_products_stops_no_orders(shop: Shop, door: Door, clock: Clock) -> None:
    keep(door, 1)
    door.troubles = [Refused("ACCESS_DENIED")]

    stopped = read(door, clock)
    reading = ShopReading.objects.get()
    clock.advance(hours=1)
    done = read(door, clock)

    assert (stopped.state, "ACCESS_DENIED" in stopped.message) == ("stopped", True)
    assert (reading.trouble, reading.not_before) == ("", None)
    assert (done.pk, done.state, done.message) == (stopped.pk, "finished", "")


def test_a_busy_shop_is_left_alone_as_a_whole(shop: Shop, door: Door, clock: Clock) -> None:
    door.troubles = [TryLater(30.0, "THROTTLED")]

    stopped = read(door, clock)

    row = ShopReading.objects.get()
    assert (stopped.state, row.trouble) == ("stopped", "busy")
    assert row.products_at == row.not_before == clock() + timedelta(seconds=30)


def test_an_answer_that_makes_no_sense_is_not_kept(
    shop: Shop, door: Door, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(door, 1, 2)
    twisted = PretendedProduct.objects.order_by("-number")
    monkeypatch.setattr(pretended, "_wanted", lambda *_: twisted)
    monkeypatch.setattr(type(twisted), "order_by", lambda self, *_: self)

    stopped = read(door, clock)

    assert (stopped.state, stopped.reached) == ("stopped", 0)
    assert not Variant.objects.exists()


def test_only_shops_that_granted_it_and_are_here_are_read(
    shop: Shop, clock: Clock, now: datetime
) -> None:
    for number, changes in enumerate(({"scopes": "read_orders"}, {"state": "uninstalled"})):
        row = make_shop(f"toko-{number}.myshopify.com", now)
        Shop.objects.filter(pk=row.pk).update(**{"scopes": "write_products", **changes})
        ShopReading.objects.create(shop=row)

    assert product_reading.enrol(now=clock()) == 1
    assert ShopReading.objects.exclude(products_at=None).get().shop == shop


def test_a_person_may_have_them_read_now(shop: Shop, door: Door, clock: Clock) -> None:
    read(door, clock)

    product_reading.read_now(shop_id=shop.pk, now=clock())

    assert turns.claim(turns.Work.PRODUCTS, clock=clock) is not None
