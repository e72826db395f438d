"""Two fictional shops, their tokens, and a client that carries one."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from django.test import Client
from pytest_django import Settings

from shopify_app import shopify_http
from shopify_app.install import first_contact
from shopify_app.models import OfflineToken, Shop
from tests.scripted_server import ScriptedServer, scripted

API_KEY = "00000000000000000000000000000000"
SECRET = "fictional-secret-of-at-least-32-bytes"
SEAL_KEY = base64.b64encode(b"k" * 32).decode()
SCOPES = "read_orders,read_products"
SHOP, OTHER = "kedai-rimba.myshopify.com", "toko-senja.myshopify.com"


@pytest.fixture(autouse=True)
def app(settings: Settings) -> None:
    settings.SHOPIFY_API_KEY = API_KEY
    settings.SHOPIFY_API_SECRETS = [SECRET]
    settings.LEJAR_SEAL_KEYS = [SEAL_KEY]


def make_claims(domain: str = SHOP, **changes: Any) -> dict[str, Any]:
    """Claims as Shopify states them; a change of None leaves the claim out."""
    now = int(time.time())
    claims = {
        "iss": f"https://{domain}/admin",
        "dest": f"https://{domain}",
        "aud": API_KEY,
        "sub": "42",
        "exp": now + 60,
        "nbf": now,
        "iat": now,
        "jti": "f8912129-1af6-4cad-9ca3-76b0f7621087",
        "sid": "aaea182f2732d44c23057c0fea584021a4485b2bd25d3eb7fd349313ad24c685",
    }
    return {key: value for key, value in {**claims, **changes}.items() if value is not None}


def make_token(domain: str = SHOP, *, secret: str = SECRET, **changes: Any) -> str:
    return jwt.encode(make_claims(domain, **changes), secret, algorithm="HS256")


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def contact(domain: str) -> Shop:
    """A shop that has Lejar, and a token of it that is good while the tests run."""
    shop = first_contact(domain, now=datetime(2026, 11, 1, tzinfo=UTC))
    give_token(shop, datetime.now(UTC))
    return shop


def give_token(shop: Shop, at: datetime, **changes: Any) -> OfflineToken:
    token = OfflineToken(
        shop=shop,
        issued_at=datetime(2026, 11, 1, tzinfo=UTC),
        access_expires_at=at + timedelta(hours=1),
        refresh_expires_at=at + timedelta(days=90),
        scopes=SCOPES,
    )
    token.put("shpat-fictional", "shprt-fictional")
    for name, value in changes.items():
        setattr(token, name, value)
    token.save()
    shop.scopes = SCOPES
    shop.save(update_fields=["scopes"])
    return token


@pytest.fixture
def endpoint(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedServer]:
    """Where every shop's token endpoint is while the test runs."""
    monkeypatch.setattr(shopify_http, "_of_thread", threading.local())
    settings.LEJAR_ALLOW_LOOPBACK = True
    with scripted() as server:
        settings.SHOPIFY_ADMIN_URL = f"{server.url}/{{shop}}"
        yield server
        shopify_http.client().close()


@pytest.fixture
def shop(db: None) -> Shop:
    return contact(SHOP)


@pytest.fixture
def other(db: None) -> Shop:
    return contact(OTHER)


class JsonClient(Client):
    """Posts JSON unless told otherwise, as pages do."""

    def post(self, path: str, data: Any = None, *given: Any, **more: Any) -> Any:  # type: ignore[override]  # only the default differs
        if not given:
            more.setdefault("content_type", "application/json")
        return super().post(path, data, *given, **more)


ClientFor = Callable[[str], Client]


@pytest.fixture
def client_for() -> ClientFor:
    """A client that sends a fresh token of the given shop; a 500 is an answer, not an exception."""
    return lambda domain: JsonClient(headers=bearer(make_token(domain)))


@pytest.fixture
def api(shop: Shop, client_for: ClientFor) -> Client:
    return client_for(shop.domain)
