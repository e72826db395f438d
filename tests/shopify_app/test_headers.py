"""What every answer tells the browser: what may run in it, who may frame it, who may keep it."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

from shopify_app.models import Shop
from tests.shopify_app.conftest import SHOP, bearer, make_token

ANSWERS = [
    ("/documents", 200),
    ("/documents/999999", 404),
    ("/nothing-here", 404),
    ("/api/v1/store", 200),
    ("/api/v1/nothing-here", 404),
    ("/api/v1/activity.csv", 200),
    ("/privacy", 200),
    ("/healthz", 200),
    ("/webhooks/shopify", 405),
    ("/static/app.js", 200),
    ("/mail/stop/forged", 404),
    ("/accountant/1/open", 200),
    ("/accountant/1/", 401),
]


@pytest.mark.parametrize(("where", "status"), ANSWERS)
def test_no_answer_lets_plugins_strangers_or_guesses_in(
    shop: Shop, settings: Settings, where: str, status: int
) -> None:
    settings.SHOPIFY_UI = "cdn"

    answer = Client(headers=bearer(make_token()), raise_request_exception=False).get(where)

    answer.close()
    said = answer.headers
    policy = said["Content-Security-Policy"]
    assert answer.status_code == status
    assert "base-uri 'none'" in policy
    assert "object-src 'none'" in policy or "default-src 'none'" in policy
    assert "frame-ancestors" in policy
    assert "*" not in policy
    assert said["X-Content-Type-Options"] == "nosniff"
    assert said["Referrer-Policy"] in ("same-origin", "no-referrer")
    assert said["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert "Access-Control-Allow-Origin" not in said
    assert "Server" not in said
    assert "X-Powered-By" not in said


def test_a_machine_for_demos_stays_reachable_without_https(shop: Shop, settings: Settings) -> None:
    settings.SHOPIFY_UI = "local"

    assert "Strict-Transport-Security" not in Client().get("/privacy").headers


@pytest.mark.parametrize("where", ["/documents", "/api/v1/store", "/api/v1/activity.csv", "/"])
def test_what_a_shop_sees_is_kept_by_no_cache(shop: Shop, where: str) -> None:
    answer = Client(headers=bearer(make_token())).get(where)

    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    "where",
    [
        "/static/../manage.py",
        "/static/%2e%2e/manage.py",
        "/static/..%2fmanage.py",
        "/static//etc/passwd",
        "/static/%00",
        "/.env",
        "/.git/config",
        "/static/",
        "/local/admin?shop=x",
        "/local/id-token?shop=kedai-rimba.myshopify.com",
        "/sandbox/",
        "/sandbox/shopify/kedai-rimba.myshopify.com/control",
        "/admin/",
        "/documents/..%2f..%2fapi",
    ],
)
def test_no_file_and_no_door_of_demos_is_served(shop: Shop, settings: Settings, where: str) -> None:
    settings.SHOPIFY_UI = "cdn"

    answer = Client(raise_request_exception=False).get(where)

    assert answer.status_code in (400, 404)


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND"])
@pytest.mark.parametrize("where", ["/documents", "/api/v1/store", "/webhooks/shopify", "/healthz"])
def test_methods_that_nobody_needs_do_nothing(shop: Shop, method: str, where: str) -> None:
    answer = Client(headers={**bearer(make_token()), "X-Canary": "CANARY7F3"}).generic(
        method, where
    )

    assert answer.status_code in (200, 401, 405)
    assert b"CANARY7F3" not in answer.content


@pytest.mark.parametrize(
    "target",
    ["//evil.test", "https://evil.test", "/\\evil.test", "javascript:alert(1)", "\t//evil.test",
     "/%0d%0aLocation:evil.test", "///evil.test", "http:evil.test"],
)  # fmt: skip
def test_nothing_leads_to_another_site(db: None, target: str) -> None:
    client = Client(raise_request_exception=False)

    bounced = client.get("/session/bounce", {"shop": SHOP, "shopify-reload": target})
    led = client.get("/auth/callback", {"shop": target, "host": target})
    page = client.get("/documents", {"shop": SHOP, "host": target})

    assert bounced.status_code == 400 or "evil.test" not in bounced.headers.get("Location", "")
    assert led.headers["Location"].startswith("/?shop=")
    assert page.headers["Location"].startswith("/session/bounce?")
