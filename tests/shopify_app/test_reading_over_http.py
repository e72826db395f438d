"""The reading over real HTTP, from the stand-in that knows scopes, points and broken answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from accounting.connectors.http import Http
from accounting.facts import Customer, Fact, Order
from accounting.models import Store
from shopify_app import admin_api, shopify_http
from shopify_app import tokens as keeper
from shopify_app.admin_api import Refused, ShopUnavailable, TryLater
from shopify_app.models import Shop
from shopify_app.order_reading import read_order
from shopify_app.sandbox import control, orders, tokens
from shopify_app.sandbox.answers import Told
from shopify_app.sandbox.models import PretendedShop
from tests.payloads import LINE_ID, ORDER_ID, make_line, make_order, make_transaction
from tests.shopify_app.both_forms import ALL_SCOPES

DOMAIN = "angsana.myshopify.com"
PROTECTED = ["name", "address", "phone", "email"]
Read = Callable[..., tuple[Fact, ...] | None]


@pytest.fixture
def pretended(db: None, now: datetime) -> PretendedShop:
    """A shop that grants everything, with one order of many lines."""
    control.open_shop(
        DOMAIN, clock_at=now, scopes=ALL_SCOPES.split(","), protected_fields=PROTECTED
    )
    lines = [make_line(id=LINE_ID + number) for number in range(30)]
    shop = PretendedShop.objects.get(domain=DOMAIN)
    orders.keep(shop, Told(order=make_order(line_items=lines), transactions=[make_transaction()]))
    return shop


@pytest.fixture
def read(
    pretended: PretendedShop,
    live_server: Any,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    now: datetime,
) -> Iterator[Read]:
    settings.ROOT_URLCONF, settings.MIDDLEWARE = "tests.shopify_app.sandbox.urls", []
    settings.SHOPIFY_ADMIN_URL = f"{live_server.url}/sandbox/shopify/{{shop}}"
    token = tokens.issue(pretended).access_token
    monkeypatch.setattr(keeper, "access_token", lambda *_, **__: token)
    monkeypatch.setattr(keeper, "refused_again", lambda *_, **__: keeper.ReconnectNeeded())

    def pause(seconds: float) -> None:
        stands_at = PretendedShop.objects.get(domain=DOMAIN).now()
        control.open_shop(DOMAIN, clock_at=stands_at + timedelta(seconds=seconds))
        pauses.append(seconds)

    def reading(order_id: int = ORDER_ID, scopes: str = ALL_SCOPES) -> tuple[Fact, ...] | None:
        shop = Shop(id=1, domain=DOMAIN, scopes=scopes, store=Store(tax_attributes={}))
        return read_order(shop, order_id, now=now, wait=pause)

    pauses: list[float] = []
    with Http(allow_loopback=True) as client:
        monkeypatch.setattr(shopify_http, "client", lambda: client)
        yield reading
    assert all(0 < seconds < admin_api.MOST_SECONDS for seconds in pauses)


def the_order(facts: tuple[Fact, ...] | None) -> Order:
    (order,) = (fact for fact in facts or () if isinstance(fact, Order))
    return order


def buyer(facts: tuple[Fact, ...] | None) -> Customer:
    found = the_order(facts).customer
    assert found is not None
    return found


def test_an_order_is_read_whole_although_the_bucket_runs_empty(
    read: Read, pretended: PretendedShop
) -> None:
    control.open_shop(DOMAIN, bucket_size=700.0)

    order = the_order(read())

    assert len(order.lines) == 30
    assert order.unsaid == ("tax_details",)  # this shop's checkout asks for none
    assert PretendedShop.objects.get(domain=DOMAIN).now() > pretended.now()


def test_what_a_shop_has_not_granted_is_unsaid(read: Read) -> None:
    control.open_shop(DOMAIN, scopes=["read_orders", "read_products"])

    order = the_order(read(scopes="read_orders,read_products"))

    assert {"customer", "due_at", "location_id"} <= set(order.unsaid)


def test_a_scope_that_was_taken_back_meanwhile_is_unsaid_too(read: Read) -> None:
    control.open_shop(DOMAIN, scopes=["read_orders", "read_products"])

    order = the_order(read())

    assert {"customer", "due_at", "location_id"} <= set(order.unsaid)


@pytest.mark.parametrize("kept_back", PROTECTED)
def test_a_protected_field_that_is_not_approved_makes_the_buyer_unsaid(
    read: Read, kept_back: str
) -> None:
    whole = buyer(read())
    control.open_shop(DOMAIN, protected_fields=[each for each in PROTECTED if each != kept_back])

    facts = read()

    assert "customer" in the_order(facts).unsaid
    assert buyer(facts) != whole


def test_without_any_protected_data_an_order_is_not_taken_for_gone(read: Read) -> None:
    control.open_shop(DOMAIN, protected_data=False)

    with pytest.raises(Refused, match="ACCESS_DENIED"):
        read()


def test_an_order_of_nobodys_is_none(read: Read) -> None:
    assert read(order_id=1) is None


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("503", TryLater),
        ("429", TryLater),
        ("html", TryLater),
        ("internal", TryLater),
        ("403", Refused),
        ("430", Refused),
        ("truncated", Refused),
        ("errors_string", Refused),
        ("null_data", Refused),
        ("402", ShopUnavailable),
        ("423", ShopUnavailable),
        ("404", ShopUnavailable),
    ],
)
def test_a_fault_in_the_middle_leaves_nothing_half_read(
    read: Read, fault: str, error: type[Exception]
) -> None:
    control.open_shop(DOMAIN, faults=[{"fault": fault}])

    with pytest.raises(error):
        read()

    assert len(the_order(read()).lines) == 30  # and the next reading is whole again


def test_a_dead_token_needs_the_merchant(read: Read, pretended: PretendedShop) -> None:
    pretended.tokens.all().delete()

    with pytest.raises(keeper.ReconnectNeeded):
        read()
