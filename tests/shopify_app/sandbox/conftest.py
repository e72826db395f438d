"""A pretended shop with the routes mounted, and somebody who calls it as our app would."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import jwt
import pytest
from django.test import Client, override_settings

from shopify_app.sandbox import control, tokens
from shopify_app.sandbox.models import PretendedShop

DOMAIN = "angsana.myshopify.com"
KEY, SECRET, OLD_SECRET = "stand-in-key", "stand-in-secret-0123456789abcdef-longer", "b" * 40
ROUTES = "tests.shopify_app.sandbox.urls"


@pytest.fixture(autouse=True)
def _app() -> Iterator[None]:
    secrets = [SECRET, OLD_SECRET]
    with override_settings(
        ROOT_URLCONF=ROUTES, MIDDLEWARE=[], SHOPIFY_API_KEY=KEY, SHOPIFY_API_SECRETS=secrets
    ):
        yield


class Desk:
    """One shop, at its own time, and an access token for it."""

    def __init__(self, client: Client, shop: PretendedShop) -> None:
        self.client, self.domain = client, shop.domain
        self.access_token = tokens.issue(shop).access_token

    @property
    def shop(self) -> PretendedShop:
        return PretendedShop.objects.get(domain=self.domain)

    def set(self, **facts: Any) -> None:
        control.open_shop(self.domain, **facts)

    def do(self, deed: str, **more: Any) -> Any:
        return self.call("POST", "control", {"do": deed, **more})

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        raw = body if isinstance(body, (str, bytes)) else json.dumps(body)
        return self.client.generic(
            method,
            f"/sandbox/shopify/{self.domain}/{path}",
            raw,
            content_type=headers.pop("content_type", "application/json"),
            headers=headers,
        )

    def grant(self, **changes: Any) -> Any:
        """The token endpoint, asked for an exchange unless said otherwise."""
        asked = {
            "client_id": KEY,
            "client_secret": SECRET,
            "grant_type": tokens.EXCHANGE,
            "subject_token": self.id_token(),
            "subject_token_type": tokens.ID_TOKEN,
            "requested_token_type": tokens.OFFLINE,
            "expiring": "1",
        }
        return self.call("POST", "admin/oauth/access_token", asked | changes)

    def refresh(self, token: str) -> Any:
        return self.grant(grant_type="refresh_token", refresh_token=token)

    def id_token(self, secret: str = SECRET, **changes: Any) -> str:
        at = int(self.shop.now().timestamp())
        claims = {
            "iss": f"https://{self.domain}/admin",
            "dest": f"https://{self.domain}",
            "aud": KEY,
            "sub": "42",
            "exp": at + 60,
            "nbf": at,
            "iat": at,
            "jti": "one",
            "sid": "two",
        }
        told = {name: value for name, value in (claims | changes).items() if value is not None}
        return jwt.encode(told, secret, algorithm="HS256")

    def ask(self, text: str, version: str = "2026-10", **variables: Any) -> Any:
        body = {"query": text, "variables": variables}
        headers = {"X-Shopify-Access-Token": self.access_token}
        return self.call("POST", f"admin/api/{version}/graphql.json", body, **headers)

    def data(self, text: str, **variables: Any) -> Any:
        answer = self.ask(text, **variables).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def later(self, **gone: float) -> None:
        self.set(clock_at=self.shop.now() + timedelta(**gone))


@pytest.fixture
def desk(db: None, client: Client, now: datetime) -> Desk:
    return Desk(client, control.open_shop(DOMAIN, clock_at=now))
