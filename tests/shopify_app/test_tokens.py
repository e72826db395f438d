"""A shop's pair of tokens: given out, refreshed once however many ask, kept alive, given up."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django import DjangoAssertNumQueries

from accounting.models import Store
from accounting.sealing import SealBroken
from shopify_app import celery, shopify_http, tasks, tokens
from shopify_app.install import first_contact
from shopify_app.models import OfflineToken, Shop
from shopify_app.tokens import ReconnectNeeded, TokenTrouble, access_token, keep_alive
from tests.accounting.races import halted, on_own_connection, together, until_blocked
from tests.scripted_server import ScriptedServer, reply
from tests.shopify_app.conftest import OTHER, SCOPES, SHOP, give_token
from tests.shopify_app.token_door import TokenDoor, refusal

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
OLD = "shpat-fictional"


@pytest.fixture
def token(db: None, now: datetime) -> OfflineToken:
    return give_token(first_contact(SHOP, now=now), now)


@pytest.fixture
def door(endpoint: ScriptedServer) -> TokenDoor:
    endpoint.handler = door = TokenDoor()
    door.good["shprt-fictional"] = SHOP
    return door


def aged(token: OfflineToken, **changes: Any) -> None:
    OfflineToken.objects.filter(pk=token.pk).update(**changes)


def stored() -> dict[str, Any]:
    return dict(OfflineToken.objects.values().get())


# --- giving out


def test_a_token_that_is_good_costs_one_statement(
    token: OfflineToken, now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        assert access_token(token.pk, now=now) == OLD


def test_a_token_about_to_expire_is_refreshed_first(
    token: OfflineToken, door: TokenDoor, now: datetime
) -> None:
    later = now + timedelta(minutes=55)

    given = access_token(token.pk, now=later)

    token.refresh_from_db()
    assert given == token.take("access") == "shpat-1"
    assert token.take("refresh") == "shprt-1"
    assert token.issued_at == later
    assert token.access_expires_at == later + timedelta(hours=1)
    assert token.refresh_expires_at == later + 90 * DAY
    assert door.refreshes == 1


def test_a_token_with_more_than_five_minutes_left_is_given_out(
    token: OfflineToken, now: datetime
) -> None:
    assert access_token(token.pk, now=now + timedelta(minutes=54)) == OLD


def test_both_tokens_of_a_pair_are_stored_by_one_statement(
    token: OfflineToken, door: TokenDoor, now: datetime
) -> None:
    written: list[str] = []

    def watch(execute: Any, sql: str, *given: Any) -> Any:
        if sql.startswith("UPDATE"):
            written.append(sql)
        return execute(sql, *given)

    with connection.execute_wrapper(watch):
        access_token(token.pk, now=now + DAY)

    assert len(written) == 1
    assert '"access" =' in written[0]
    assert '"refresh" =' in written[0]


def test_a_refused_token_is_refreshed(token: OfflineToken, door: TokenDoor, now: datetime) -> None:
    assert access_token(token.pk, now=now, refused=OLD) == "shpat-1"

    assert door.refreshes == 1


def test_a_token_refused_before_somebody_refreshed_it_is_not_refreshed_again(
    token: OfflineToken, door: TokenDoor, now: datetime
) -> None:
    assert access_token(token.pk, now=now, refused="shpat-older") == OLD

    assert door.refreshes == 0


def test_what_a_refresh_says_is_granted_is_remembered(
    token: OfflineToken, door: TokenDoor, now: datetime
) -> None:
    door.scope = "read_products,read_orders,read_returns"

    access_token(token.pk, now=now + DAY)

    scopes = "read_orders,read_products,read_returns"
    assert Shop.objects.get().scopes == OfflineToken.objects.get().scopes == scopes


@pytest.mark.parametrize("has_row", [True, False])
def test_a_shop_without_a_pair_has_to_be_opened(
    db: None, now: datetime, endpoint: ScriptedServer, has_row: bool
) -> None:
    shop = first_contact(SHOP, now=now)
    if has_row:
        OfflineToken.objects.create(shop=shop)

    with pytest.raises(ReconnectNeeded):
        access_token(shop.pk, now=now)

    assert endpoint.requests == []


# --- refused for good


def test_a_dead_refresh_token_is_recorded_and_never_tried_again(
    token: OfflineToken, door: TokenDoor, now: datetime
) -> None:
    door.forget(SHOP)

    for _ in range(2):
        with pytest.raises(ReconnectNeeded):
            access_token(token.pk, now=now + DAY)

    token.refresh_from_db()
    assert token.reconnect_since == now + DAY
    assert door.refreshes == 1
    assert Shop.objects.get().store.sending


@pytest.mark.parametrize(
    "answer",
    [
        reply(500),
        reply(503, "busy"),
        reply(429, headers={"Retry-After": "100"}),
        refusal("invalid_client", 401),
        refusal("invalid_request"),
        reply(200, {"access_token": "shpat-endless", "scope": SCOPES}),
    ],
)
def test_anything_else_keeps_the_pair(
    token: OfflineToken, endpoint: ScriptedServer, now: datetime, answer: Any
) -> None:
    before = stored()
    endpoint.script = [answer]

    with pytest.raises(TokenTrouble) as trouble:
        access_token(token.pk, now=now + DAY)

    assert trouble.value.seconds > 0
    assert stored() == before


def test_a_refresh_whose_answer_was_lost_is_made_good_by_the_next(
    token: OfflineToken, endpoint: ScriptedServer, door: TokenDoor, now: datetime
) -> None:
    lost = door._answer  # the door acts, and its answer is lost

    def lose(request: Any) -> Any:
        lost(request)
        return reply(500)

    endpoint.handler = lose
    with pytest.raises(TokenTrouble):
        access_token(token.pk, now=now + DAY)
    endpoint.handler = door

    assert access_token(token.pk, now=now + DAY) == "shpat-2"


def test_a_token_refused_right_after_its_refresh_means_reconnecting(
    token: OfflineToken, now: datetime
) -> None:
    with pytest.raises(ReconnectNeeded):
        raise tokens.refused_again(token.pk, refused=OLD, now=now)

    with pytest.raises(ReconnectNeeded):
        access_token(token.pk, now=now)


def test_a_pair_that_came_meanwhile_is_not_given_up(token: OfflineToken, now: datetime) -> None:
    tokens.refused_again(token.pk, refused="shpat-older", now=now)

    assert access_token(token.pk, now=now) == OLD


# --- sealing


def test_nothing_of_a_token_is_stored_or_shown_open(token: OfflineToken) -> None:
    row = stored()

    assert OLD.encode() not in bytes(row["access"])
    assert OLD not in repr(token) + str(token)


def test_a_token_opens_in_its_own_row_and_column_only(token: OfflineToken, now: datetime) -> None:
    other = give_token(first_contact(OTHER, now=now), now)
    other.access, token.refresh = token.access, token.access

    for row, column in ((other, "access"), (token, "refresh")):
        with pytest.raises(SealBroken):
            row.take(column)


@pytest.mark.parametrize("column", ["access", "refresh"])
def test_a_token_whose_key_is_gone_means_reconnecting(
    token: OfflineToken, now: datetime, column: str
) -> None:
    aged(token, **{column: b"sealed by a key that nobody has any more"})

    with pytest.raises(ReconnectNeeded):
        access_token(token.pk, now=now, refused=OLD)

    assert OfflineToken.objects.get().reconnect_since == now


def test_without_seal_keys_nothing_is_lost(
    token: OfflineToken, door: TokenDoor, settings: Any, now: datetime
) -> None:
    before = stored()
    settings.LEJAR_SEAL_KEYS = []

    with pytest.raises(TokenTrouble, match="LEJAR_SEAL_KEYS"):
        access_token(token.pk, now=now)

    assert stored() == before


def test_half_a_pair_cannot_be_stored(token: OfflineToken) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        aged(token, refresh=None)


# --- many at once


def closing(job: Callable[[], Any]) -> Callable[[], Any]:
    """A thread's client ends with it."""

    def run() -> Any:
        try:
            return job()
        finally:
            shopify_http.client().close()

    return run


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


@pytest.mark.django_db(transaction=True)
def test_of_eight_workers_one_refreshes(
    door: TokenDoor, pool: ThreadPoolExecutor, now: datetime
) -> None:
    token = give_token(first_contact(SHOP, now=now), now)

    given = together(pool, [closing(lambda: access_token(token.pk, now=now + DAY))] * 8)

    assert given == ["shpat-1"] * 8
    assert door.refreshes == 1


@pytest.mark.django_db(transaction=True)
def test_of_eight_workers_whose_token_was_refused_one_refreshes(
    door: TokenDoor, pool: ThreadPoolExecutor, now: datetime
) -> None:
    token = give_token(first_contact(SHOP, now=now), now)

    given = together(pool, [closing(lambda: access_token(token.pk, now=now, refused=OLD))] * 8)

    assert given == ["shpat-1"] * 8
    assert door.refreshes == 1


@pytest.mark.django_db(transaction=True)
def test_of_eight_workers_one_is_told_that_the_refresh_token_is_dead(
    door: TokenDoor, pool: ThreadPoolExecutor, now: datetime
) -> None:
    token = give_token(first_contact(SHOP, now=now), now)
    door.forget(SHOP)

    def told() -> str:
        with pytest.raises(ReconnectNeeded):
            access_token(token.pk, now=now + DAY)
        return "told"

    assert together(pool, [closing(told)] * 8) == ["told"] * 8
    assert door.refreshes == 1


@pytest.mark.django_db(transaction=True)
def test_a_refresh_of_one_shop_keeps_no_other_and_no_page_waiting(
    door: TokenDoor, pool: ThreadPoolExecutor, now: datetime
) -> None:
    token = give_token(first_contact(SHOP, now=now), now)
    other = give_token(first_contact(OTHER, now=now), now)
    asked, go = door.stand_still()
    refreshing = pool.submit(
        on_own_connection(closing(lambda: access_token(token.pk, now=now + DAY)))
    )
    assert asked.wait(20)

    seen = first_contact(SHOP, now=now + DAY)
    Shop.objects.filter(pk=seen.pk).update(read_ready_at=now)
    given = access_token(other.pk, now=now)

    go.set()
    assert given == OLD
    assert refreshing.result(20) == "shpat-1"


@pytest.mark.django_db(transaction=True)
def test_a_lock_that_is_not_to_be_had_is_trouble(
    pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    token = give_token(first_contact(SHOP, now=now), now)
    monkeypatch.setattr(tokens, "LOCK", "50ms")

    with transaction.atomic():
        OfflineToken.objects.select_for_update().get()
        waiting = pool.submit(on_own_connection(lambda: access_token(token.pk, now=now + DAY)))

        with pytest.raises(TokenTrouble, match="another process"):
            waiting.result(20)


@pytest.mark.django_db(transaction=True)
def test_who_waits_for_the_lock_sees_what_the_first_one_got(
    door: TokenDoor, pool: ThreadPoolExecutor, now: datetime
) -> None:
    token = give_token(first_contact(SHOP, now=now), now)

    def refresh_first() -> None:
        with transaction.atomic():
            first = OfflineToken.objects.select_for_update().get()
            first.put("shpat-first", "shprt-first")
            first.access_expires_at = now + 2 * DAY
            first.save()

    with halted(pool, refresh_first, "FOR UPDATE"):
        waiting = pool.submit(on_own_connection(lambda: access_token(token.pk, now=now + DAY)))
        until_blocked(waiting)

    assert waiting.result(20) == "shpat-first"
    assert door.refreshes == 0


def test_nobody_asks_shopify_inside_a_transaction(
    token: OfflineToken, door: TokenDoor, now: datetime
) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        access_token(token.pk, now=now + DAY)

    assert door.refreshes == 0


# --- keeping alive


def make_shop(pk: int, domain: str, now: datetime) -> Shop:
    store = Store.objects.create(name=domain)
    return Shop.objects.create(pk=pk, domain=domain, store=store, installed_at=now)


def hour_of(token: OfflineToken, now: datetime) -> datetime:
    return now.replace(hour=token.pk % 24)


def test_a_pair_that_dies_within_a_month_is_refreshed_in_its_hour(
    token: OfflineToken, door: TokenDoor, now: datetime
) -> None:
    at = hour_of(token, now)
    aged(token, refresh_expires_at=at + 29 * DAY)

    elsewhere = [
        keep_alive(now=at.replace(hour=hour)) for hour in range(24) if hour != token.pk % 24
    ]
    here = keep_alive(now=at)

    assert (sum(elsewhere), here, door.refreshes) == (0, 1, 1)
    assert OfflineToken.objects.get().refresh_expires_at == at + 90 * DAY


def test_a_pair_with_a_month_left_is_left_alone(
    token: OfflineToken, door: TokenDoor, now: datetime
) -> None:
    at = hour_of(token, now)
    aged(token, refresh_expires_at=at + 30 * DAY)

    assert keep_alive(now=at) == 0
    assert door.refreshes == 0


@pytest.mark.parametrize("state", ["unavailable", "uninstalled", "redacted"])
def test_only_active_shops_are_kept_alive(
    token: OfflineToken, door: TokenDoor, now: datetime, state: str
) -> None:
    aged(token, refresh_expires_at=now + DAY)
    Shop.objects.update(state=state)

    assert keep_alive(now=hour_of(token, now)) == 0
    assert door.refreshes == 0


def test_a_pair_found_dead_is_recorded_and_the_next_shop_is_served(
    token: OfflineToken, door: TokenDoor, now: datetime
) -> None:
    at = hour_of(token, now)
    same_hour = make_shop(token.pk + 24, OTHER, now)
    give_token(same_hour, now, refresh_expires_at=at + 2 * DAY)
    aged(token, refresh_expires_at=at + DAY)
    door.good = {"shprt-fictional": OTHER}

    assert keep_alive(now=at) == 1

    told = dict(OfflineToken.objects.values_list("shop__domain", "reconnect_since"))
    assert told == {SHOP: at, OTHER: None}


def test_when_shopify_is_down_the_rest_waits_a_day(
    db: None, endpoint: ScriptedServer, caplog: pytest.LogCaptureFixture, now: datetime
) -> None:
    caplog.set_level(logging.WARNING)
    endpoint.handler = lambda request: reply(503)
    for number in range(1, 6):
        shop = make_shop(24_000 + 24 * number, f"toko-{number}.myshopify.com", now)
        give_token(shop, now, refresh_expires_at=now + DAY)

    assert keep_alive(now=now.replace(hour=0)) == 0

    assert len(endpoint.requests) == 3
    assert not OfflineToken.objects.exclude(reconnect_since=None).exists()


def test_shops_whose_own_refresh_is_refused_keep_no_other_from_theirs(
    db: None, endpoint: ScriptedServer, now: datetime
) -> None:
    """Left without a word, closed, locked: they stand at the head of the list every day."""
    endpoint.handler = door = TokenDoor()
    door.first = [refusal("invalid_client", 401), reply(404), reply(423), reply(402)]
    door.good["shprt-fictional"] = last = "toko-5.myshopify.com"
    for number in range(1, 6):
        shop = make_shop(24_000 + 24 * number, f"toko-{number}.myshopify.com", now)
        give_token(shop, now, refresh_expires_at=now + number * DAY)

    assert keep_alive(now=now.replace(hour=0)) == 1

    renewed = OfflineToken.objects.get(refresh_expires_at__gt=now + 30 * DAY)
    assert renewed.shop.domain == last


def test_a_pair_that_has_died_is_not_asked_about_any_more(
    token: OfflineToken, door: TokenDoor, now: datetime
) -> None:
    at = hour_of(token, now)
    aged(token, refresh_expires_at=at - DAY)

    assert keep_alive(now=at) == 0
    assert door.refreshes == 0


def test_a_worker_that_is_told_to_stop_begins_no_further_refresh(
    token: OfflineToken, door: TokenDoor, now: datetime
) -> None:
    aged(token, refresh_expires_at=now + DAY)

    assert keep_alive(now=hour_of(token, now), stopping=lambda: True) == 0
    assert door.refreshes == 0


def test_the_worker_is_woken_to_keep_tokens_alive_once_an_hour(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[datetime] = []
    monkeypatch.setattr(tokens, "keep_alive", lambda *, now, stopping: kept.append(now))
    entry = celery.app.conf.beat_schedule["keep_tokens"]

    assert entry["task"] == tasks.keep_tokens.name
    tasks.keep_tokens()

    assert len(kept) == 1
    assert (entry["schedule"].hour, len(entry["schedule"].minute)) == (set(range(24)), 1)
