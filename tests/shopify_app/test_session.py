"""Who gets in: tokens, the three kinds of request, frames."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from django.test import Client
from django.utils import timezone

from shopify_app.install import uninstall
from shopify_app.models import Shop, ShopPlan
from shopify_app.session import InvalidToken, clean_shop, verify
from tests.shopify_app.conftest import API_KEY, OTHER, SECRET, SHOP, bearer, make_claims, make_token

OLD_SECRET = "the-secret-that-is-being-rotated-out"
RETRY = "X-Shopify-Retry-Invalid-Session-Request"


def unsigned() -> str:
    return jwt.encode(make_claims(), "", algorithm="none")


def swapped_claims() -> str:
    """The signature of our own shop's token under the claims of another shop."""
    header, _, signature = make_token().split(".")
    return ".".join((header, make_token(OTHER).split(".")[1], signature))


def deep_header() -> str:
    header = base64.urlsafe_b64encode(b'{"alg":' + b"[" * 100_000).decode().rstrip("=")
    return f"{header}.e30.x"


BAD_TOKENS: dict[str, Callable[[], str]] = {
    "nothing": lambda: "",
    "no token": lambda: "abc",
    "three parts of nothing": lambda: "..",
    "latin": lambda: "é.é.é",
    "deeply nested": deep_header,
    "unsigned": unsigned,
    "another secret": lambda: make_token(secret="a-secret-that-is-not-ours-at-all-1234"),
    "expired": lambda: make_token(exp=int(time.time()) - 11),
    "without exp": lambda: make_token(exp=None),
    "exp no number": lambda: make_token(exp=str(int(time.time()) + 60)),
    "issued in the future": lambda: make_token(iat=int(time.time()) + 60),
    "issued at no time": lambda: make_token(iat="yesterday"),
    "altered": lambda: make_token()[:-4] + "AAAA",
    "claims of another token": lambda: swapped_claims(),
    "signed with our key id": lambda: make_token(secret=API_KEY),
    "not yet valid": lambda: make_token(nbf=int(time.time()) + 60),
    "another app": lambda: make_token(aud="another-app"),
    "a list of apps": lambda: make_token(aud=[API_KEY]),
    "no app": lambda: make_token(aud=None),
    "issuer of another shop": lambda: make_token(iss=f"https://{OTHER}/admin"),
    "shop of another issuer": lambda: make_token(dest=f"https://{OTHER}"),
    "http": lambda: make_token(iss=f"http://{SHOP}/admin", dest=f"http://{SHOP}"),
    "no shop": lambda: make_token(iss="https://evil.test/admin", dest="https://evil.test"),
    "look-alike": lambda: make_token(f"{SHOP}.evil.test"),
    "port": lambda: make_token(f"{SHOP}:8443"),
    "dest no text": lambda: make_token(dest=1),
    "no dest": lambda: make_token(dest=None),
    "no staff": lambda: make_token(sub=""),
    "no token id": lambda: make_token(jti=None),
    "no session id": lambda: make_token(sid=None),
}


@pytest.mark.parametrize("name", BAD_TOKENS)
def test_a_token_that_is_not_right_in_everything_is_not_a_token(name: str) -> None:
    with pytest.raises(InvalidToken):
        verify(BAD_TOKENS[name]())


def test_a_good_token_says_the_shop_and_the_staff() -> None:
    claims = verify(make_token())

    assert (claims.domain, claims.staff) == (SHOP, "42")


def test_clocks_may_differ_by_some_seconds() -> None:
    now = int(time.time())

    assert verify(make_token(exp=now - 5, nbf=now + 5)).domain == SHOP


def test_during_a_rotation_both_secrets_are_good(settings: Any) -> None:
    settings.SHOPIFY_API_SECRETS = [SECRET, OLD_SECRET]

    assert verify(make_token(secret=OLD_SECRET)).domain == SHOP
    assert verify(make_token()).domain == SHOP


@pytest.mark.parametrize("missing", ["SHOPIFY_API_KEY", "SHOPIFY_API_SECRETS"])
def test_without_settings_nobody_gets_in(settings: Any, missing: str) -> None:
    token = make_token(aud="")
    setattr(settings, missing, "" if missing.endswith("KEY") else [])

    with pytest.raises(InvalidToken):
        verify(token)


@pytest.mark.parametrize(
    "value",
    [None, "", "acme", "ACME.myshopify.com", "acme.myshopify.com.evil.test", "acme\n", "http://[x",
     "acme.myshopify.com\n", "-acme.myshopify.com", "a" * 100 + ".myshopify.com", 7, ["x"]],
)  # fmt: skip
def test_only_exactly_a_shops_domain_is_one(value: object) -> None:
    assert clean_shop(value) is None


# --- documents and fetches


def test_a_document_with_a_token_is_answered(shop: Shop) -> None:
    answer = Client().get("/documents", {"shop": SHOP, "id_token": make_token()})

    assert answer.status_code == 200


def test_a_document_without_a_good_token_bounces_and_leaves_secrets_behind(shop: Shop) -> None:
    query = {"shop": SHOP, "host": "aG9zdA", "id_token": "stale", "hmac": "x", "state": "posted"}

    answer = Client().get("/documents", query)

    where = urlsplit(answer.headers["Location"])
    said = parse_qs(where.query)
    assert (answer.status_code, where.path) == (302, "/session/bounce")
    assert said["shop"] == [SHOP]
    back = urlsplit(said["shopify-reload"][0])
    assert back.path == "/documents"
    assert set(parse_qs(back.query)) == {"shop", "host", "state"}
    assert "stale" not in answer.headers["Location"]


def test_who_comes_back_from_the_plan_page_has_the_plan_read_and_nothing_granted(
    shop: Shop,
) -> None:
    tomorrow = timezone.now() + timedelta(days=1)
    Shop.objects.update(read_ready_at=tomorrow)
    query = {"shop": SHOP, "id_token": make_token()}

    Client().get("/documents", query)
    before = Shop.objects.get().read_ready_at
    Client().get("/documents", {**query, "charge_id": "52000000001"})

    after = Shop.objects.get().read_ready_at
    assert before == tomorrow
    assert after is not None
    assert after <= timezone.now()
    assert not ShopPlan.objects.exists()


def test_a_stranger_has_nothing_read(shop: Shop) -> None:
    tomorrow = timezone.now() + timedelta(days=1)
    Shop.objects.update(read_ready_at=tomorrow)

    Client().get("/documents", {"shop": SHOP, "id_token": "stale", "charge_id": "1"})

    assert Shop.objects.get().read_ready_at == tomorrow


@pytest.mark.parametrize("query", [{}, {"shop": "evil.test"}])
def test_outside_the_admin_there_is_only_a_hint(db: None, query: dict[str, str]) -> None:
    answer = Client().get("/documents", query)

    assert answer.status_code == 400
    assert answer.headers["Content-Security-Policy"].startswith("frame-ancestors 'none';")


def test_a_fetch_without_a_good_token_is_told_to_retry(db: None) -> None:
    answer = Client().get("/documents", {"shop": SHOP}, headers=bearer("stale"))

    assert (answer.status_code, answer.headers[RETRY], answer.content) == (401, "1", b"")


@pytest.mark.parametrize("scheme", ["bearer ", "Basic ", ""])
def test_only_the_bearer_scheme_carries_a_token(db: None, scheme: str) -> None:
    answer = Client().get("/documents", headers={"Authorization": scheme + make_token()})

    assert answer.status_code == 401


def test_another_shop_in_the_address_is_refused_for_good(shop: Shop, other: Shop) -> None:
    document = Client().get("/documents", {"shop": OTHER, "id_token": make_token()})
    fetch = Client().get("/documents", {"shop": OTHER}, headers=bearer(make_token()))
    call = Client().get("/api/v1/store", {"shop": OTHER}, headers=bearer(make_token()))

    for answer in (document, fetch, call):
        assert answer.status_code == 401
        assert RETRY not in answer.headers


def test_a_native_form_post_is_refused_without_a_bounce(db: None) -> None:
    answer = Client().post("/documents", {"shop": SHOP, "id_token": make_token()})

    assert answer.status_code == 401


def test_a_bounced_document_is_a_whole_document(shop: Shop) -> None:
    headers = {**bearer(make_token()), "X-Shopify-Bounce": "1"}

    answer = Client().get("/documents", {"shop": SHOP}, headers=headers)

    assert answer.status_code == 200
    assert answer.content.startswith(b"<!doctype html>")


def test_the_api_tells_a_stale_token_to_retry(db: None) -> None:
    answer = Client().get("/api/v1/store", headers=bearer("stale"))

    assert (answer.status_code, answer.headers[RETRY]) == (401, "1")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_refused_write_happens_before_anything_is_written(shop: Shop) -> None:
    body = {"prefix": "XX"}

    answer = Client().patch(
        "/api/v1/store", body, content_type="application/json", headers=bearer("stale")
    )

    shop.store.refresh_from_db()
    assert answer.status_code == 401
    assert shop.store.prefix == ""


def test_the_first_good_token_is_the_installation(db: None) -> None:
    answer = Client().get("/api/v1/store", headers=bearer(make_token()))

    assert answer.json()["name"] == SHOP
    assert Shop.objects.get().domain == SHOP


def test_a_token_from_before_the_uninstall_brings_nobody_back(shop: Shop) -> None:
    token = make_token(iat=int(time.time()) - 30)
    uninstall(SHOP, at=datetime.now(UTC))

    answer = Client().get("/api/v1/store", headers=bearer(token))

    shop.refresh_from_db()
    assert answer.status_code == 401
    assert shop.state == Shop.State.UNINSTALLED


def test_a_mismatch_is_found_before_anything_is_done(db: None) -> None:
    answers = [
        Client().get("/documents", {"shop": OTHER, "id_token": make_token()}),
        Client().get("/api/v1/store", {"shop": OTHER}, headers=bearer(make_token())),
    ]

    assert [answer.status_code for answer in answers] == [401, 401]
    assert not Shop.objects.exists()


@pytest.mark.parametrize("value", ["", "KEDAI-RIMBA.myshopify.com", f"{SHOP}.evil.test"])
def test_an_address_that_names_no_shop_is_a_mismatch_too(shop: Shop, value: str) -> None:
    answer = Client().get("/documents", {"shop": value}, headers=bearer(make_token()))

    assert answer.status_code == 401
    assert RETRY not in answer.headers


def test_a_bounced_document_without_a_good_token_is_told_to_retry(shop: Shop) -> None:
    headers = {**bearer(make_token(exp=1)), "X-Shopify-Bounce": "1"}

    answer = Client().get("/documents", {"shop": SHOP}, headers=headers)

    assert (answer.status_code, answer.headers[RETRY], answer.content) == (401, "1", b"")


def test_a_token_in_the_address_does_not_stand_in_for_a_bad_one_in_the_header(shop: Shop) -> None:
    query = {"shop": SHOP, "id_token": make_token()}

    answer = Client().get("/documents", query, headers=bearer("stale"))

    assert answer.status_code == 401


def test_the_address_that_managed_installation_never_calls_leads_home(db: None) -> None:
    query = {"shop": SHOP, "host": "aG9zdA", "code": "secret", "state": "x", "hmac": "y"}

    answer = Client().get("/auth/callback", query)

    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        f"/?shop={SHOP}&host=aG9zdA",
    )
    assert Client().get("/auth/callback").headers["Location"] == "/"


# --- bounce page and frames


def test_the_bounce_page_holds_the_key_and_app_bridge_only(db: None) -> None:
    answer = Client().get("/session/bounce", {"shop": SHOP, "shopify-reload": "/documents?x=1"})

    html = answer.content.decode()
    assert answer.status_code == 200
    assert API_KEY in html
    assert html.count("<script") == 1
    assert "/documents" not in html


@pytest.mark.parametrize(
    "query",
    [
        {"shop": SHOP, "shopify-reload": "https://evil.test/"},
        {"shop": SHOP, "shopify-reload": "//evil.test/"},
        {"shop": SHOP, "shopify-reload": "/\\evil.test"},
        {"shop": SHOP},
        {"shopify-reload": "/documents"},
        {"shop": "evil.test", "shopify-reload": "/documents"},
    ],
)
def test_the_bounce_page_leads_to_our_own_pages_only(db: None, query: dict[str, str]) -> None:
    assert Client().get("/session/bounce", query).status_code == 400


def test_only_the_own_shops_admin_may_frame_a_page(shop: Shop) -> None:
    answer = Client().get("/documents", {"shop": SHOP, "id_token": make_token()})

    assert (
        answer.headers["Content-Security-Policy"]
        == f"frame-ancestors https://{SHOP} https://admin.shopify.com;"
        " object-src 'none'; base-uri 'none';"
    )
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_page_that_is_not_there_is_framed_by_nobody(db: None) -> None:
    many = "&".join(f"a{n}=1" for n in range(2000))

    for address in ("/nothing", f"/nothing?{many}", "/nothing?shop=evil.test;"):
        answer = Client(raise_request_exception=False).get(address)
        assert answer.headers["Content-Security-Policy"].startswith("frame-ancestors 'none';")
