"""The whole life of a shop over HTTP: it comes, works, loses its token, goes and comes back."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounting.models import ItemMapping, Store
from shopify_app import inbox, install, shopify_http
from shopify_app.install import first_contact, uninstall
from shopify_app.models import Delivery, OfflineToken, Shop
from shopify_app.tokens import ReconnectNeeded, access_token
from tests.accounting.races import on_own_connection, together
from tests.deliveries import sign
from tests.scripted_server import ScriptedServer, reply
from tests.shopify_app.conftest import OTHER, SCOPES, SECRET, SHOP, bearer, make_token
from tests.shopify_app.pages.lint import banners
from tests.shopify_app.token_door import TokenDoor, pair, refusal

RETRY = "X-Shopify-Retry-Invalid-Session-Request"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def door(endpoint: ScriptedServer) -> TokenDoor:
    endpoint.handler = door = TokenDoor()
    return door


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def document(**query: str) -> Any:
    """The page as the admin loads it first, with a fresh session token."""
    return Client().get("/", {"shop": SHOP, "id_token": make_token(), "locale": "en", **query})


def fetch(where: str = "/api/v1/summary", **claims: Any) -> Any:
    return Client().get(where, headers=bearer(make_token(**claims)))


def codes() -> list[str]:
    return [notice["code"] for notice in fetch().json()["notices"]]


def tell(topic: str, body: dict[str, Any], at: datetime, webhook_id: str) -> None:
    """A webhook as Shopify signs it, understood by the worker."""
    raw = json.dumps(body).encode()
    headers = {
        "X-Shopify-Hmac-Sha256": sign(raw, SECRET),
        "X-Shopify-Shop-Domain": SHOP,
        "X-Shopify-Topic": topic,
        "X-Shopify-Webhook-Id": webhook_id,
        "X-Shopify-Triggered-At": at.isoformat(),
    }
    answer = Client().post("/webhooks/shopify", raw, "application/json", headers=headers)
    assert answer.status_code == 200
    inbox.process(now=datetime.now(UTC))


def leave(at: datetime, webhook_id: str = "uninstalled") -> None:
    tell("app/uninstalled", {"id": 7, "myshopify_domain": SHOP}, at, webhook_id)


def grant(*scopes: str) -> None:
    body = {"id": 7, "previous": [], "current": list(scopes)}
    tell("app/scopes_update", body, datetime.now(UTC), f"scopes {','.join(scopes)}")


# --- the whole of it


@pytest.mark.django_db(transaction=True)
def test_a_shop_comes_works_reconnects_goes_and_comes_back(
    door: TokenDoor, pool: ThreadPoolExecutor
) -> None:
    tokens_of_shop = OfflineToken.objects.filter(shop__domain=SHOP)

    # It is installed by its first page, which comes twice.
    assert document().status_code == 200
    assert document().status_code == 200
    shop = Shop.objects.get()
    assert (shop.state, shop.scopes, door.exchanges) == ("active", SCOPES, 1)
    ItemMapping.objects.create(store=shop.store, match="default", account="500-000")

    # Its access token expires: of eight workers that want one, one asks.
    tokens_of_shop.update(access_expires_at=datetime.now(UTC))
    given = together(pool, [lambda: token_of(shop)] * 8)
    assert (set(given), door.refreshes) == ({"shpat-2"}, 1)

    # Its refresh token dies: the next page reconnects it.
    door.forget(SHOP)
    tokens_of_shop.update(access_expires_at=datetime.now(UTC))
    with pytest.raises(ReconnectNeeded):
        token_of(shop)
    assert codes() == []
    assert (token_of(shop), door.exchanges) == ("shpat-3", 2)

    # It leaves: nothing of its token stays.
    door.forget(SHOP)
    left_at = datetime.now(UTC)
    leave(left_at)
    shop.refresh_from_db()
    assert (shop.state, tokens_of_shop.exists()) == ("uninstalled", False)
    assert not Store.objects.get().sending

    # It comes back, and what says that it left comes once more, late.
    assert document(id_token=make_token(iat=int(time.time()) + 2)).status_code == 200
    leave(left_at, "told twice")
    shop.refresh_from_db()
    assert (shop.state, token_of(shop), door.exchanges) == ("active", "shpat-4", 3)
    assert Store.objects.get().sending
    assert ItemMapping.objects.get().account == "500-000"
    assert not Delivery.objects.exclude(state="done").exists()


def token_of(shop: Shop) -> str:
    try:
        return access_token(shop.pk, now=datetime.now(UTC))
    finally:
        shopify_http.client().close()


# --- coming


@pytest.mark.django_db(transaction=True)
def test_two_tabs_at_once_are_one_installation_and_one_exchange(
    door: TokenDoor, pool: ThreadPoolExecutor
) -> None:
    def tab() -> int:
        try:
            return int(document().status_code)
        finally:
            shopify_http.client().close()

    assert together(pool, [tab] * 4) == [200] * 4

    assert (Shop.objects.count(), door.exchanges) == (1, 1)
    assert OfflineToken.objects.get().is_usable(datetime.now(UTC))


@pytest.mark.django_db(transaction=True)
def test_a_second_tab_does_not_wait_for_the_exchange_of_the_first(
    door: TokenDoor, pool: ThreadPoolExecutor
) -> None:
    first_contact(SHOP, now=datetime.now(UTC))
    asked, go = door.stand_still()

    def tab() -> None:
        document()
        shopify_http.client().close()

    first = pool.submit(on_own_connection(tab))
    assert asked.wait(20)
    second = document()

    go.set()
    first.result(20)
    assert second.status_code == 200
    assert banners(second.content.decode()) == []
    assert door.exchanges == 1


def test_a_new_shop_posts_from_the_day_it_came(db: None, door: TokenDoor) -> None:
    first_contact(SHOP, now=datetime(2026, 11, 21, 17, 0, tzinfo=UTC))  # past midnight there

    assert str(Store.objects.get().cut_over_date) == "2026-11-22"


def test_a_shop_that_comes_back_keeps_its_first_day(db: None, now: datetime) -> None:
    first_contact(SHOP, now=now)
    uninstall(SHOP, at=now + DAY)

    first_contact(SHOP, now=now + 2 * DAY)

    assert str(Store.objects.get().cut_over_date) == "2026-11-22"


def test_a_shop_that_comes_is_to_be_read_at_once(db: None, now: datetime) -> None:
    assert first_contact(SHOP, now=now).read_ready_at == now

    uninstall(SHOP, at=now + DAY)
    assert Shop.objects.get().read_ready_at is None

    assert first_contact(SHOP, now=now + 2 * DAY).read_ready_at == now + 2 * DAY


# --- when Shopify has no token for us


@pytest.mark.parametrize(
    "answer", [reply(500), reply(429, headers={"Retry-After": "99"}), reply(200, "{")]
)
def test_when_shopify_does_not_help_the_page_opens_with_a_notice(
    db: None, endpoint: ScriptedServer, answer: Any
) -> None:
    endpoint.handler = lambda request: answer

    page = document()

    assert page.status_code == 200
    assert "Shopify did not let Lejar connect just now" in page.content.decode()
    assert Shop.objects.get().store.sending
    assert codes() == ["shopify_unreached"]
    assert len(endpoint.requests) == 1  # the second page did not wait again


def test_a_later_page_tries_again(db: None, endpoint: ScriptedServer) -> None:
    endpoint.handler = lambda request: reply(500)
    document()
    endpoint.handler = door = TokenDoor()
    OfflineToken.objects.update(again_at=datetime.now(UTC))

    assert banners(document().content.decode()) == []

    assert (door.exchanges, codes()) == (1, [])


def test_pages_wait_longer_for_their_next_try_the_longer_it_fails(
    db: None, endpoint: ScriptedServer
) -> None:
    endpoint.handler = lambda request: reply(500)
    waits = []

    for _ in range(6):
        OfflineToken.objects.update(again_at=None)
        document()
        again_at = OfflineToken.objects.get().again_at
        assert again_at is not None
        waits.append(round((again_at - datetime.now(UTC)).total_seconds()))

    assert waits == [30, 60, 120, 300, 300, 300]


@pytest.mark.parametrize("where", ["/", "/api/v1/summary"])
def test_a_fetch_whose_token_went_stale_on_the_way_is_told_to_retry(
    db: None, door: TokenDoor, where: str
) -> None:
    door.first = [refusal("invalid_subject_token")]

    first, second = fetch(where), fetch(where)

    assert (first.status_code, first.headers[RETRY]) == (401, "1")
    assert (second.status_code, door.exchanges) == (200, 1)


def test_a_document_whose_token_went_stale_on_the_way_bounces(db: None, door: TokenDoor) -> None:
    door.first = [refusal("invalid_subject_token")]

    answer = document()

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/session/bounce?")
    assert "id_token" not in answer.headers["Location"]
    assert document().status_code == 200


def test_a_shop_whose_every_token_is_refused_still_gets_its_pages(
    db: None, door: TokenDoor
) -> None:
    door.first = [refusal("invalid_subject_token")] * 2

    assert [document().status_code, document().status_code] == [302, 200]

    assert codes() == ["shopify_unreached"]


def test_without_seal_keys_the_page_opens(db: None, door: TokenDoor, settings: Any) -> None:
    settings.LEJAR_SEAL_KEYS = []

    assert document().status_code == 200

    assert OfflineToken.objects.get().issued_at is None


def test_a_page_while_the_token_is_dead_tells_so(shop: Shop) -> None:
    OfflineToken.objects.update(reconnect_since=datetime.now(UTC))

    html = document().content.decode()

    assert len(banners(html)) == 1
    assert 'tone="critical" heading="Lejar has to be connected to Shopify again"' in html


# --- permissions


def test_scopes_that_changed_are_asked_for_by_the_next_page(db: None, door: TokenDoor) -> None:
    document()
    door.scope = f"{SCOPES},read_returns"
    grant("read_returns", "read_products", "read_orders")

    document()
    document()

    assert door.exchanges == 2
    assert Shop.objects.get().scopes == "read_orders,read_products,read_returns"


@pytest.mark.parametrize("current", [[], ["read_products"], ["customer_read_orders"]])
def test_a_shop_without_the_scopes_it_takes_is_told_so(
    shop: Shop, endpoint: ScriptedServer, current: list[str]
) -> None:
    endpoint.handler = lambda request: reply(200, pair(scope=",".join(current)))
    grant(*current)

    html = document().content.decode()

    assert "Lejar lacks permissions" in html
    assert "read_orders" in html
    assert codes() == ["approve_permissions"]


def test_write_covers_read(shop: Shop, endpoint: ScriptedServer) -> None:
    endpoint.handler = lambda request: reply(200, pair(scope="write_orders,read_products"))
    grant("write_orders", "read_products")

    assert codes() == []


def test_scopes_of_a_shop_that_left_are_not_remembered(shop: Shop) -> None:
    uninstall(SHOP, at=datetime.now(UTC))

    grant("read_orders")

    assert Shop.objects.get().scopes == ""


# --- leaving


def test_an_uninstall_from_before_the_token_is_a_late_one(shop: Shop) -> None:
    """The shop left and came back before anybody here had heard of it."""
    issued_at = datetime.now(UTC)
    OfflineToken.objects.update(issued_at=issued_at)

    assert not uninstall(SHOP, at=issued_at - HOUR)

    assert Shop.objects.get().state == "active"
    assert OfflineToken.objects.get().is_usable(issued_at)


def test_an_uninstall_deletes_its_own_shops_token_only(shop: Shop, other: Shop) -> None:
    leave(datetime.now(UTC))

    assert OfflineToken.objects.get().shop == other
    with pytest.raises(ReconnectNeeded):
        access_token(shop.pk, now=datetime.now(UTC))


def test_a_token_of_a_shop_that_left_is_told_to_retry_and_exchanges_nothing(
    shop: Shop, endpoint: ScriptedServer
) -> None:
    uninstall(SHOP, at=datetime.now(UTC) + HOUR)

    answers = [document(), fetch()]

    assert [answer.status_code for answer in answers] == [302, 401]
    assert endpoint.requests == []
    assert not OfflineToken.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_shop_that_leaves_during_its_exchange_keeps_no_token(
    door: TokenDoor, pool: ThreadPoolExecutor
) -> None:
    first_contact(SHOP, now=datetime.now(UTC) - HOUR)
    asked, go = door.stand_still()

    def tab() -> None:
        document()
        shopify_http.client().close()

    opening = pool.submit(on_own_connection(tab))
    assert asked.wait(20)
    leaving = pool.submit(on_own_connection(lambda: uninstall(SHOP, at=datetime.now(UTC) + HOUR)))
    go.set()

    opening.result(20)
    assert leaving.result(20)
    assert not OfflineToken.objects.exists()


def test_of_an_erased_shop_nothing_is_stored(shop: Shop) -> None:
    Shop.objects.update(state=Shop.State.REDACTED)

    tell("orders/paid", {"id": 1}, datetime.now(UTC), "late")

    assert not Delivery.objects.exists()


# --- closed, frozen, locked


def test_an_unavailable_shop_sends_nothing_and_stores_everything(shop: Shop, now: datetime) -> None:
    install.unavailable(shop, now=now)

    store = Store.objects.get()
    assert (shop.state, shop.unavailable_since, shop.read_ready_at) == (
        "unavailable",
        now,
        now + DAY,
    )
    assert not store.sending
    assert codes() == ["shop_unavailable"]
    tell("app/scopes_update", {"current": SCOPES.split(",")}, datetime.now(UTC), "stored")
    assert Delivery.objects.exists()


def test_a_shop_found_unavailable_again_is_asked_a_day_later(shop: Shop, now: datetime) -> None:
    install.unavailable(shop, now=now)

    install.unavailable(shop, now=now + DAY)

    found = Shop.objects.get()
    assert (found.unavailable_since, found.read_ready_at) == (now, now + 2 * DAY)


def test_an_answer_makes_an_unavailable_shop_active_again(shop: Shop, now: datetime) -> None:
    install.unavailable(shop, now=now)

    install.available(shop, now=now + DAY)

    assert (shop.state, shop.unavailable_since) == ("active", None)
    assert Store.objects.get().sending


@pytest.mark.parametrize("change", [install.unavailable, install.available])
def test_a_shop_that_left_is_neither_available_nor_not(
    shop: Shop, now: datetime, change: Any
) -> None:
    uninstall(SHOP, at=datetime.now(UTC))

    change(shop, now=now)

    assert Shop.objects.get().state == "uninstalled"
    assert not Store.objects.get().sending


def test_opening_does_not_make_an_unavailable_shop_active(shop: Shop, now: datetime) -> None:
    install.unavailable(shop, now=now)

    assert document().status_code == 200

    assert Shop.objects.get().state == "unavailable"


def test_an_unavailable_shop_can_leave(shop: Shop, now: datetime) -> None:
    install.unavailable(shop, now=now)

    assert uninstall(SHOP, at=datetime.now(UTC))

    assert Shop.objects.get().unavailable_since is None


# --- what a page costs


def test_a_known_shop_with_a_token_costs_one_select(
    shop: Shop, endpoint: ScriptedServer, django_assert_num_queries: Any
) -> None:
    Shop.objects.update(seen_at=datetime.now(UTC))

    with django_assert_num_queries(1) as seen:
        Client().get("/documents", {"shop": OTHER, "id_token": make_token(OTHER)[:-1]})
        found = first_contact(SHOP, now=datetime.now(UTC))
        install.connect(found, "any session token", now=datetime.now(UTC))

    assert '"access"' not in seen.captured_queries[0]["sql"]
    assert endpoint.requests == []
