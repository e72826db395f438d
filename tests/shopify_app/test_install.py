"""A shop's life: it comes, it goes, it comes back, in whatever order the messages arrive."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounting.models import Store
from shopify_app import inbox
from shopify_app.install import Uninstalled, change_scopes, first_contact, unavailable, uninstall
from shopify_app.models import Delivery, OfflineToken, Shop
from tests.deliveries import make_delivery
from tests.shopify_app.conftest import OTHER, SHOP, give_token

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_first_contact_makes_the_shop_and_its_store(now: datetime) -> None:
    shop = first_contact(SHOP, now=now)

    assert (shop.domain, shop.store.name, shop.store.sending) == (SHOP, SHOP, True)
    assert shop.installed_at == now


def test_contact_with_a_known_shop_costs_one_select(
    now: datetime, django_assert_num_queries: Any
) -> None:
    known = first_contact(SHOP, now=now)

    with django_assert_num_queries(1):
        shop = first_contact(SHOP, now=now + timedelta(minutes=1))
        assert shop.store.name == SHOP

    assert shop == known
    assert shop.installed_at == now


def test_a_shop_that_comes_back_is_read_at_once(now: datetime) -> None:
    first_contact(SHOP, now=now)
    Shop.objects.update(read_ready_at=now + 30 * DAY)
    uninstall(SHOP, at=now + DAY)

    first_contact(SHOP, now=now + 2 * DAY)

    assert Shop.objects.get().read_ready_at == now + 2 * DAY


def test_first_contact_releases_what_arrived_before(now: datetime) -> None:
    for domain in (SHOP, OTHER):
        Delivery.objects.create(
            shop_domain=domain,
            webhook_id="1",
            topic="orders/create",
            body=b"",
            received_at=now,
            state=Delivery.State.PARKED,
        )

    first_contact(SHOP, now=now)

    states = dict(Delivery.objects.values_list("shop_domain", "state"))
    assert states == {SHOP: "new", OTHER: "parked"}


def test_an_uninstalled_shop_stops_sending_and_keeps_its_books(now: datetime) -> None:
    shop = first_contact(SHOP, now=now)

    assert uninstall(SHOP, at=now + DAY)

    shop.refresh_from_db()
    assert (shop.state, shop.uninstalled_at) == (Shop.State.UNINSTALLED, now + DAY)
    assert not Store.objects.get(name=SHOP).sending


def test_opening_the_app_again_brings_the_shop_back(now: datetime) -> None:
    first_contact(SHOP, now=now)
    uninstall(SHOP, at=now + DAY)

    shop = first_contact(SHOP, now=now + 2 * DAY)

    assert (shop.state, shop.installed_at) == (Shop.State.ACTIVE, now + 2 * DAY)
    assert (shop.known_since, shop.uninstalled_at) == (now, None)
    assert Store.objects.get(name=SHOP).sending
    assert Shop.objects.count() == 1


def test_a_late_uninstall_does_not_end_the_new_installation(now: datetime) -> None:
    first_contact(SHOP, now=now)
    uninstall(SHOP, at=now + DAY)
    first_contact(SHOP, now=now + 2 * DAY)

    assert not uninstall(SHOP, at=now + DAY)

    assert Shop.objects.get().state == Shop.State.ACTIVE
    assert Store.objects.get().sending


def test_a_late_uninstall_does_not_end_an_installation_that_was_used_since(now: datetime) -> None:
    """It left and came back before anybody here had heard of it: its old token died on the way."""
    shop = first_contact(SHOP, now=now)
    give_token(shop, now)
    first_contact(SHOP, now=now + DAY + timedelta(minutes=2))

    assert not uninstall(SHOP, at=now + DAY)
    assert Shop.objects.get().state == Shop.State.ACTIVE
    assert OfflineToken.objects.get().reconnect_since == now + DAY
    assert uninstall(SHOP, at=now + 2 * DAY)


def test_contact_from_before_the_uninstall_does_not_bring_it_back(now: datetime) -> None:
    first_contact(SHOP, now=now)
    uninstall(SHOP, at=now + DAY)

    with pytest.raises(Uninstalled):
        first_contact(SHOP, now=now + DAY)

    assert not Store.objects.get().sending


def test_an_unknown_shop_cannot_leave(now: datetime) -> None:
    assert not uninstall(SHOP, at=now)


def test_granted_scopes_are_remembered(now: datetime) -> None:
    first_contact(SHOP, now=now)

    change_scopes(SHOP, ["read_products", "read_orders"])

    assert Shop.objects.get().scopes == "read_orders,read_products"


# --- a shop that was found closed


def closed(now: datetime) -> Shop:
    shop = first_contact(SHOP, now=now)
    unavailable(shop, now=now)
    assert Shop.objects.get().read_ready_at == now + DAY
    return shop


def asked_at() -> datetime | None:
    return Shop.objects.get().read_ready_at


def test_a_page_that_is_opened_has_a_closed_shop_asked_now(now: datetime) -> None:
    closed(now)
    later = now + timedelta(minutes=2)

    first_contact(SHOP, now=later)

    assert asked_at() == later


def test_an_order_that_comes_has_a_closed_shop_asked_now_and_then_every_quarter_of_an_hour(
    now: datetime,
) -> None:
    shop = closed(now)
    made = []
    for minutes in (5, 14, 15, 16, 29, 31):
        at = now + timedelta(minutes=minutes)
        make_delivery(SHOP, f"{minutes}", at, id=5000 + minutes)
        inbox.process(now=at)
        if asked_at() == at:
            made.append(minutes)
            unavailable(shop, now=at)  # it still is

    assert made == [15, 31]
    assert set(Delivery.objects.values_list("state", flat=True)) == {"done"}


def test_a_shop_that_is_open_is_asked_at_its_own_time(now: datetime) -> None:
    first_contact(SHOP, now=now)
    Shop.objects.update(read_ready_at=now + DAY)

    first_contact(SHOP, now=now + timedelta(hours=1))
    make_delivery(SHOP, "1", now)
    inbox.process(now=now + timedelta(hours=1))

    assert asked_at() == now + DAY
