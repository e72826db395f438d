"""One shop takes its share of the server and no more; who has not proved who they are has none."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from shopify_app import outside, shares
from shopify_app import settings as as_shipped
from shopify_app.models import Delivery, Shop
from shopify_app.shares import Shares, SharesMiddleware
from tests.deliveries import SECRET as HOOK_SECRET
from tests.deliveries import deliver
from tests.payloads import as_body
from tests.shopify_app.conftest import OTHER, SHOP, ClientFor, bearer, make_token
from tests.shopify_app.test_outside import make_link, visitor

API = "/api/v1/store"


@pytest.fixture
def few(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shares]:
    """Three requests of a shop in a minute."""
    settings.LEJAR_REQUESTS_PER_MINUTE = 3
    counted = Shares()
    monkeypatch.setattr(shares, "_shares", counted)
    yield counted
    assert all(not each.inside for each in counted._known.values()), "a seat was not given back"


def enter(counted: Shares, now: float, whose: str = SHOP, **limits: int) -> int:
    return counted.enter(whose, **{"per_minute": 6, "at_once": 0, **limits}, now=now)


# --- the count


def test_a_minutes_requests_may_come_at_once_and_then_evenly() -> None:
    counted = Shares()

    at_once = [enter(counted, 100.0) for _ in range(7)]
    later = [enter(counted, at) for at in (109.9, 110.0, 110.1, 130.0, 130.0, 130.0)]

    assert at_once == [0, 0, 0, 0, 0, 0, 10]
    assert later == [1, 0, 10, 0, 0, 10]


def test_a_refused_request_costs_nothing() -> None:
    counted = Shares()
    for _ in range(100):
        enter(counted, 100.0)

    assert enter(counted, 110.0) == 0


def test_every_shop_has_a_share_of_its_own() -> None:
    counted = Shares()
    for _ in range(7):
        enter(counted, 100.0)

    assert enter(counted, 100.0) > 0
    assert enter(counted, 100.0, OTHER) == 0


def test_a_shop_never_holds_all_threads() -> None:
    counted = Shares()

    inside = [enter(counted, 100.0, per_minute=0, at_once=2) for _ in range(3)]
    counted.leave(SHOP)
    after = enter(counted, 100.0, per_minute=0, at_once=2)

    assert inside == [0, 0, 1]
    assert after == 0


def test_two_busy_shops_leave_room_for_a_third_and_for_webhooks() -> None:
    counted = Shares()
    limits = {"per_minute": 0, "at_once": 4, "threads": 8}

    inside = {
        whose: [enter(counted, 100.0, whose, **limits) for _ in range(6)].count(0)
        for whose in ("one", "two", "three")
    }
    for _ in range(2):
        counted.leave("one")
    again = [enter(counted, 100.0, "two", **limits) for _ in range(2)]

    assert inside == {"one": 4, "two": 2, "three": 1}
    assert again == [0, 1]


def test_the_threads_that_are_counted_on_are_those_that_are_started() -> None:
    web = Path("Procfile").read_text(encoding="utf-8")

    assert f"--threads {as_shipped.LEJAR_WEB_THREADS} " in web
    assert 2 * as_shipped.LEJAR_REQUESTS_AT_ONCE <= as_shipped.LEJAR_WEB_THREADS


def test_without_limits_nobody_waits() -> None:
    counted = Shares()

    assert {enter(counted, 100.0, per_minute=0) for _ in range(1000)} == {0}


def test_who_was_quiet_for_a_minute_is_forgotten_and_who_is_inside_is_not() -> None:
    counted = Shares()
    for number in range(1000):
        enter(counted, 100.0, f"shop-{number}")
        counted.leave(f"shop-{number}")
    enter(counted, 100.0)

    enter(counted, 161.0, OTHER)

    assert set(counted._known) == {SHOP, OTHER}


def test_threads_never_get_in_more_often_than_they_may() -> None:
    counted, let_in = Shares(), []

    def ask() -> None:
        for _ in range(50):
            let_in.append(enter(counted, 100.0, per_minute=60) == 0)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(let_in), sum(let_in)) == (400, 60)


# --- at the doors


def test_the_api_says_in_words_and_seconds_when_to_ask_again(shop: Shop, few: Shares) -> None:
    client = Client(headers=bearer(make_token()))
    for _ in range(3):
        assert client.get(API).status_code == 200

    with CaptureQueriesContext(connection) as asked:
        answer = client.patch(API, {"prefix": "X"}, content_type="application/json")

    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 20
    assert answer.json() == {"detail": "This was asked too often. Wait a minute and try again."}
    assert answer.headers["Cache-Control"] == "no-store"
    assert len(asked) == 0
    shop.store.refresh_from_db()
    assert shop.store.prefix != "X"


@pytest.mark.parametrize(
    ("language", "word"), [("en", "too often"), ("ms", "terlalu kerap"), ("zh-Hans", "频繁")]
)
def test_a_page_says_it_in_the_readers_language_framed_by_the_shop(
    shop: Shop, few: Shares, language: str, word: str
) -> None:
    client = Client(headers={**bearer(make_token()), "Accept-Language": language})
    for _ in range(3):
        assert client.get("/settings/plan", {"shop": SHOP}).status_code == 200

    answer = client.get("/settings/plan", {"shop": SHOP})

    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) >= 1
    assert word in answer.content.decode()
    assert SHOP in answer.headers["Content-Security-Policy"]


def test_pages_and_api_share_one_count_and_another_shop_has_its_own(
    shop: Shop, other: Shop, few: Shares, client_for: ClientFor
) -> None:
    mine, theirs = client_for(SHOP), client_for(OTHER)
    for _ in range(3):
        mine.get("/settings/plan")

    assert mine.get(API).status_code == 429
    assert theirs.get(API).status_code == 200


def test_forged_tokens_and_another_shops_name_use_up_nobodys_share(
    shop: Shop, other: Shop, few: Shares
) -> None:
    forged, theirs = Client(headers=bearer(make_token(secret="x" * 32))), Client()
    for _ in range(9):
        forged.get(API)
        theirs.get(API, {"shop": SHOP}, headers=bearer(make_token(OTHER)))

    assert len(few) == 0


def test_a_burst_of_webhooks_is_stored_whole(
    shop: Shop, few: Shares, settings: Settings, now: datetime
) -> None:
    settings.SHOPIFY_API_SECRETS = [HOOK_SECRET]

    for number in range(20):
        deliver(as_body({"id": number}), "orders/create")

    assert Delivery.objects.count() == 20


def test_an_accountants_link_has_a_share_of_its_own(
    shop: Shop, few: Shares, now: datetime, client_for: ClientFor
) -> None:
    link, secret = make_link(shop, now)
    accountant = visitor(link.pk, secret)
    where = f"/accountant/{link.pk}/"
    for _ in range(3):
        assert accountant.get(where + "settings").status_code == 200

    page, file = accountant.get(where + "settings"), accountant.get(where + "api/v1/activity.csv")

    assert (page.status_code, file.status_code) == (429, 429)
    assert page.headers["Content-Security-Policy"] == outside.POLICY
    assert int(file.headers["Retry-After"]) >= 1
    assert client_for(SHOP).get(API).status_code == 200


def test_a_seat_is_given_back_when_a_view_breaks(few: Shares) -> None:
    def broken(request: HttpRequest) -> HttpResponse:
        shares.enter(request, SHOP)
        raise RuntimeError

    for _ in range(2):
        with pytest.raises(RuntimeError):
            SharesMiddleware(broken)(HttpRequest())

    assert [each.inside for each in few._known.values()] == [0]


def test_a_page_breaking_gives_its_seat_back(
    shop: Shop, few: Shares, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError

    settings.LEJAR_REQUESTS_AT_ONCE = 1
    monkeypatch.setattr("shopify_app.ui.render", broken)
    client = Client(headers=bearer(make_token()), raise_request_exception=False)

    assert [client.get("/documents").status_code for _ in range(3)] == [500, 500, 500]


def streaming(request: HttpRequest, parts: Iterator[bytes]) -> Generator[bytes, None, None]:
    """What the web server does with a file that is sent as it is made."""

    def view(request: HttpRequest) -> StreamingHttpResponse:
        shares.enter(request, SHOP)
        return StreamingHttpResponse(parts)

    response = SharesMiddleware(view)(request)
    assert isinstance(response, StreamingHttpResponse)
    try:
        yield from response
    finally:
        response.close()


def inside(counted: Shares) -> int:
    return counted._known[SHOP].inside


@pytest.mark.parametrize("asked_for", [1, 3])
def test_a_file_holds_its_seat_until_it_is_sent_or_nobody_is_there_to_take_it(
    db: None, few: Shares, asked_for: int
) -> None:
    sent = streaming(HttpRequest(), iter([b"a", b"b", b"c"]))

    for _ in range(asked_for):
        next(sent)
    during = inside(few)
    sent.close()

    assert (during, inside(few)) == (1, 0)


def test_a_file_that_breaks_gives_its_seat_back(db: None, few: Shares) -> None:
    def parts() -> Iterator[bytes]:
        yield b"a"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(streaming(HttpRequest(), parts()))

    assert inside(few) == 0


def test_a_file_of_which_nothing_was_sent_gives_its_seat_back_once(db: None, few: Shares) -> None:
    def view(request: HttpRequest) -> StreamingHttpResponse:
        shares.enter(request, SHOP)
        return StreamingHttpResponse(iter([b"a"]))

    response = SharesMiddleware(view)(HttpRequest())
    before = inside(few)
    response.close()
    response.close()

    assert (before, inside(few)) == (1, 0)


def test_a_file_of_the_api_holds_a_seat_while_it_is_sent(shop: Shop, few: Shares) -> None:
    answer: Any = Client(headers=bearer(make_token())).get("/api/v1/activity.csv")
    parts = iter(answer.streaming_content)

    next(parts)
    during = inside(few)
    list(parts)
    answer.close()

    assert (during, inside(few)) == (1, 0)
