"""What an attacker would try at the doors: forged topics and times, bodies that are bombs."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import logging
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError
from django.test import Client
from pytest_django import Settings

from accounting.facts import merge
from accounting.models import Fact, Order, Store
from shopify_app import inbox, payloads
from shopify_app.install import first_contact
from shopify_app.logs import Formatter
from shopify_app.models import Delivery, PrivacyRequest, Shop
from tests.deliveries import SECRET, SHOP, deliver, make_shop, sign
from tests.payloads import as_body, make_order, make_transaction
from tests.shopify_app.conftest import API_KEY, bearer, make_claims, make_token
from tests.shopify_app.conftest import SECRET as TOKEN_SECRET
from tests.shopify_app.test_isolation import ROUTES

CANARY = "CANARY7F3"
UNINSTALL = {"id": 1, "myshopify_domain": SHOP, "domain": "kedai.test"}
REQUEST = {"shop_id": 1, "shop_domain": SHOP, "customer": {"id": 9}}
API = "/api/v1/"


@pytest.fixture
def known(settings: Settings, db: None, now: datetime) -> Shop:
    settings.SHOPIFY_API_SECRETS = [SECRET]
    return make_shop(SHOP, now)


@pytest.fixture
def owner(shop: Shop) -> Client:
    return Client(headers=bearer(make_token(shop.domain)), raise_request_exception=False)


# --- webhooks: what the signature does not cover


@pytest.mark.parametrize("said", ["2199-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00"])
def test_an_uninstall_that_claims_to_come_from_the_future_locks_nobody_out(
    known: Shop, said: str
) -> None:
    deliver(as_body(UNINSTALL), "app/uninstalled", Triggered_At=said)
    inbox.process(now=datetime.now(UTC))

    back = first_contact(SHOP, now=datetime.now(UTC) + timedelta(seconds=1))

    assert back.state == Shop.State.ACTIVE


def test_a_transaction_that_claims_to_come_from_the_future_does_not_outrank_what_follows(
    known: Shop,
) -> None:
    failed = as_body(make_transaction(status="failure"))

    deliver(failed, "order_transactions/create", Triggered_At="2199-01-01T00:00:00Z")
    inbox.process(now=datetime.now(UTC))

    as_of = Fact.objects.get().as_of
    assert as_of is not None
    assert as_of <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("body", "topic"),
    [
        (as_body(REQUEST | {"orders_to_redact": [1]}), "shop/redact"),
        (as_body(REQUEST | {"orders_to_redact": [1]}), "customers/data_request"),
        (as_body(REQUEST | {"orders_requested": [1]}), "customers/redact"),
        (as_body(REQUEST | {"orders_requested": [1]}), "app/uninstalled"),
        (as_body(REQUEST | {"orders_requested": [1]}), "app/scopes_update"),
        (as_body(UNINSTALL), "shop/redact"),
        (as_body(UNINSTALL), "orders/create"),
        (as_body(UNINSTALL), "app/scopes_update"),
        (as_body(make_transaction()), "refunds/create"),
        (as_body(make_transaction()), "orders/cancelled"),
        (as_body(make_order()), "order_transactions/create"),
        (as_body(make_order()), "refunds/create"),
        (as_body(make_order()), "orders/edited"),
        (as_body(make_order()), "app/uninstalled"),
    ],
)
def test_a_signed_body_under_another_topic_fails_and_changes_nothing(
    known: Shop, now: datetime, body: bytes, topic: str
) -> None:
    deliver(body, topic)

    inbox.process(now=now)

    assert Delivery.objects.get().state == Delivery.State.FAILED
    assert Shop.objects.get().state == Shop.State.ACTIVE
    assert not Fact.objects.exists()
    assert not Order.objects.exists()
    assert not PrivacyRequest.objects.exists()


def test_a_later_version_sent_as_the_creation_does_not_become_the_creation(now: datetime) -> None:
    created = as_body(make_order(updated_at="2026-11-20T10:00:04+08:00"))
    later = as_body(make_order(updated_at="2026-11-21T10:00:00+08:00", total_price="1.00"))
    told = [
        fact
        for body in (created, later)
        for fact in payloads.facts_from("orders/create", body, triggered_at=now)
    ]

    for facts in (told, told[::-1]):
        origin = merge(facts).origin

        assert origin is not None
        assert str(origin.total_price.shop) == "90.00"


def test_an_old_delivery_under_a_new_id_says_nothing_new(known: Shop, now: datetime) -> None:
    old = as_body(make_order(updated_at="2026-11-20T10:00:04+08:00"))
    new = as_body(make_order(updated_at="2026-11-21T10:00:00+08:00", note="later"))
    for number, body in enumerate((old, new)):
        deliver(body, "orders/updated", Webhook_Id=f"first-{number}")
    inbox.process(now=now)
    before = list(Fact.objects.order_by("id").values_list("sha256", "as_of"))

    deliver(old, "orders/updated", Webhook_Id="again")
    inbox.process(now=now)

    assert list(Fact.objects.order_by("id").values_list("sha256", "as_of")) == before


def test_a_webhook_larger_than_any_order_is_refused_and_not_stored(
    known: Shop, settings: Settings
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000

    answer = deliver(b" " * 1001)

    assert answer.status_code == 400
    assert not Delivery.objects.exists()


def test_a_compressed_body_is_bytes_like_any_other(known: Shop, now: datetime) -> None:
    bomb = b"\x1f\x8b\x08" + b"\0" * 100

    answer = Client().post(
        "/webhooks/shopify",
        bomb,
        content_type="application/json",
        headers={
            "Content-Encoding": "gzip",
            "X-Shopify-Hmac-Sha256": sign(bomb),
            "X-Shopify-Shop-Domain": SHOP,
            "X-Shopify-Topic": "orders/create",
        },
    )
    inbox.process(now=now)

    assert answer.status_code == 200
    assert Delivery.objects.get().error.startswith("The body is not UTF-8")


# --- the API


BOMBS = [
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b"9" * 5000,
    b'{"settle_seconds": 1e999}',
    b'{"\\ud800": 1}',
    b'[{"\\ud800": 1}]',
    b'{"reason": "\\u0000", "key": "\\ud800"}',
    b'[{"match": "variant", "value": "' + b"9" * 5000 + b'", "account": "500"}]',
    b"\xff\xfe",
    b"null",
]


@pytest.mark.parametrize("bomb", BOMBS, ids=range(len(BOMBS)))
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", "store"),
        ("PUT", "connection"),
        ("PUT", "mappings/items"),
        ("PUT", "mappings/taxes"),
    ],
)
def test_a_body_that_is_a_bomb_is_a_bad_request(
    owner: Client, method: str, path: str, bomb: bytes
) -> None:
    before = Store.objects.values().get()

    answer = owner.generic(method, API + path, bomb, content_type="application/json")

    assert answer.status_code == 400
    assert Store.objects.values().get() == before


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
def test_a_body_larger_than_any_request_is_not_read(owner: Client, kind: str) -> None:
    large = b'{"prefix": "' + b"x" * 3_000_000 + b'"}'

    answer = owner.patch(API + "store", large, content_type=kind)

    assert answer.status_code == 413


@pytest.mark.parametrize("field", ["name", "sending", "book", "id", "store", "shop"])
def test_nothing_but_the_policies_can_be_set(owner: Client, field: str) -> None:
    before = Store.objects.values().get()

    answer = owner.patch(API + "store", {field: 1}, content_type="application/json")

    assert answer.status_code == 400
    assert Store.objects.values().get() == before


@pytest.mark.parametrize("query", ["q=%25", "q=_", "q=%00", "q=%ED%A0%80", "after=-1", "limit=201"])
def test_no_wildcard_and_no_odd_character_widens_a_search(owner: Client, query: str) -> None:
    row = {"match": "sku", "value": "kopi", "account": "500"}
    owner.put(API + "mappings/items", [row], content_type="application/json")

    answer = owner.get(f"{API}mappings/items?{query}")

    assert answer.status_code in (200, 400)
    assert answer.json().get("results", []) == []


def test_answers_of_the_api_are_kept_nowhere(owner: Client) -> None:
    answers = [owner.get(API + "store"), Client().get(API + "store"), owner.post(API + "store")]

    assert [answer.status_code for answer in answers] == [200, 401, 405]
    assert {answer.headers["Cache-Control"] for answer in answers} == {"no-store"}


# --- pages and errors


@pytest.mark.parametrize("host", ["evil.test", "localhost@evil.test", "a" * 5000, "x\x00y"])
def test_another_host_name_is_refused_and_framed_by_nobody(db: None, host: str) -> None:
    answer = Client(raise_request_exception=False, headers={"Host": host}).get("/")

    assert answer.status_code == 400
    assert answer.headers["Content-Security-Policy"].startswith("frame-ancestors 'none';")


def test_a_page_that_breaks_is_framed_by_its_shop_alone_and_says_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError(CANARY)

    monkeypatch.setattr("shopify_app.ui.render", broken)
    client = Client(raise_request_exception=False, headers=bearer(make_token(shop.domain)))

    answer = client.get("/documents?shop=evil.test;")
    framed = client.get("/documents")

    assert answer.status_code == 401
    assert framed.status_code == 500
    assert CANARY not in framed.content.decode()
    assert shop.domain in framed.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "value", ["x\r\nSet-Cookie: a=b", "\u2028", "javascript:alert(1)", "'\"><"]
)
def test_no_parameter_becomes_a_header_or_markup(shop: Shop, value: str) -> None:
    query = {"shop": shop.domain, "host": value, "locale": value, "embedded": value}
    client = Client(raise_request_exception=False)

    bounced = client.get("/documents", query)
    page = client.get("/documents", {**query, "id_token": make_token(shop.domain)})

    assert bounced.status_code == 302
    assert bounced.headers["Location"].startswith("/session/bounce?")
    assert not bounced.cookies
    assert page.status_code == 200
    assert value not in page.content.decode()


# --- the stand-in for the books


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded"])
def test_the_world_behind_a_proxy_does_not_see_the_sandbox(
    db: None, settings: Settings, header: str
) -> None:
    settings.ROOT_URLCONF = "tests.journeys.urls"

    answer = Client(headers={header: "203.0.113.7"}).get("/sandbox/companies/1/")

    assert answer.status_code == 403


def test_the_sandbox_is_mounted_only_on_request() -> None:
    assert not [route for route in ROUTES if route.startswith("sandbox")]


# --- logs


@pytest.fixture
def written() -> Any:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Formatter("%(message)s"))
    logger = logging.getLogger("tests.attacks")
    logger.addHandler(handler)
    yield logger, stream
    logger.removeHandler(handler)


def test_a_traceback_says_where_and_what_kind_but_not_what_was_in_it(written: Any) -> None:
    logger, stream = written

    try:
        try:
            raise IntegrityError(f"DETAIL: Failing row contains ({CANARY})")
        except IntegrityError as refused:
            raise ValueError(CANARY) from refused
    except ValueError:
        logger.exception("it failed")

    said = stream.getvalue()
    assert CANARY not in said
    assert "IntegrityError" in said
    assert "builtins.ValueError" in said
    assert "test_attacks.py" in said


def test_trouble_of_the_machine_is_said_in_full(written: Any) -> None:
    logger, stream = written

    try:
        raise OperationalError("connection refused")
    except OperationalError:
        logger.error("it failed", exc_info=sys.exc_info())

    assert "connection refused" in stream.getvalue()


def test_every_log_line_goes_through_it(settings: Settings) -> None:
    assert settings.LOGGING["formatters"]["line"]["()"] == "shopify_app.logs.Formatter"
    assert {h["formatter"] for h in settings.LOGGING["handlers"].values()} == {"line"}


# --- session tokens


def forged(head: dict[str, Any], *, key: str = "") -> str:
    """A token with this header; without a key it has no signature."""
    parts = (as_body({"typ": "JWT", **head}), as_body(make_claims()))
    text = ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
    digest = hmac.new(key.encode(), text.encode(), hashlib.sha256).digest() if key else b""
    return f"{text}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


GOOD = {"alg": "HS256"}


def tokens() -> dict[str, str]:
    """Made anew for each test: an expired one would be refused for its age."""
    return {
        "no algorithm": forged({"alg": "none"}),
        "None, signed": forged({"alg": "None"}, key=TOKEN_SECRET),
        "another algorithm": forged({"alg": "RS256"}, key=TOKEN_SECRET),
        "no header": forged({}, key=TOKEN_SECRET),
        "a key of its own": forged({**GOOD, "kid": "x", "jwk": {"kty": "oct", "k": "eA"}}, key="x"),
        "critical": forged({**GOOD, "crit": ["exp"]}, key=""),
        "the public id as secret": forged(GOOD, key=API_KEY),
        "blanks inside": make_token().replace(".", ". "),
        "a second token": f"{make_token()} {make_token()}",
        "very long": "a" * 60_000 + ".b.c",
        "dots": "." * 5000,
        "not ASCII": "\u00e9" * 50,
    }


@pytest.mark.parametrize("name", tokens())
def test_a_forged_token_opens_nothing_and_installs_nobody(db: None, name: str) -> None:
    client, token = Client(raise_request_exception=False), tokens()[name]

    answers = [
        client.get(API + "store", headers=bearer(token)),
        client.get("/documents", {"id_token": token}),
    ]

    assert [answer.status_code for answer in answers] == [401, 400]
    assert not Shop.objects.exists()


def test_such_a_token_is_good_when_it_is_signed(db: None) -> None:
    answer = Client().get(API + "store", headers=bearer(forged(GOOD, key=TOKEN_SECRET)))

    assert answer.status_code == 200
