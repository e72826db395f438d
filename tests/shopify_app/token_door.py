"""The token endpoint of Shopify as one test needs it: strict in what it takes, and it remembers.

A refresh token stays good until the pair that replaced it is used (Shopify contract 4.2); all of a
shop's tokens die when it uninstalls.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from typing import Any

import jwt

from tests.scripted_server import Received, Step, reply
from tests.shopify_app.conftest import API_KEY, SCOPES, SECRET

EXCHANGE = {
    "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
    "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
    "requested_token_type": "urn:shopify:params:oauth:token-type:offline-access-token",
    "expiring": "1",
}


def pair(**changes: Any) -> dict[str, Any]:
    """An answer as Shopify gives it; a change of None leaves the field out."""
    told = {
        "access_token": "shpat-new",
        "scope": SCOPES,
        "expires_in": 3600,
        "refresh_token": "shprt-new",
        "refresh_token_expires_in": 7_776_000,
        **changes,
    }
    return {key: value for key, value in told.items() if value is not None}


def refusal(code: str, status: int = 400) -> Step:
    return reply(status, {"error": code, "error_description": "fictional words"})


@dataclass
class TokenDoor:
    """`first` answers are given before the door acts by itself."""

    scope: str = SCOPES
    first: list[Step] = field(default_factory=list)
    asked: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)
    exchanges: int = 0
    refreshes: int = 0
    good: dict[str, str] = field(default_factory=dict)  # refresh token -> shop
    successor: dict[str, str] = field(default_factory=dict)
    _count: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: Received) -> Step:
        self.asked.set()
        assert self.go.wait(20)
        with self._lock:
            return self.first.pop(0) if self.first else self._answer(request)

    def __post_init__(self) -> None:
        self.go.set()

    def stand_still(self) -> tuple[threading.Event, threading.Event]:
        """Keep whoever asks waiting: told by the first event, until the second is set."""
        self.asked.clear()
        self.go.clear()
        return self.asked, self.go

    def forget(self, shop: str) -> None:
        """All tokens of the shop die."""
        self.good = {token: owner for token, owner in self.good.items() if owner != shop}

    def _answer(self, request: Received) -> Step:
        shop = request.path.split("/")[1]
        if request.method != "POST" or request.path != f"/{shop}/admin/oauth/access_token":
            return reply(404)
        told = json.loads(request.body)
        if (told.pop("client_id", ""), told.pop("client_secret", "")) != (API_KEY, SECRET):
            return refusal("invalid_client", 401)
        if told.get("grant_type") == "refresh_token":
            return self._refresh(shop, told)
        return self._exchange(shop, told)

    def _exchange(self, shop: str, told: dict[str, str]) -> Step:
        self.exchanges += 1
        subject = told.pop("subject_token")
        if told != EXCHANGE:
            return refusal("invalid_request")
        try:
            claims = jwt.decode(subject, SECRET, algorithms=["HS256"], audience=API_KEY, leeway=10)
        except jwt.InvalidTokenError:
            return refusal("invalid_subject_token")
        if claims["dest"] != f"https://{shop}":
            return refusal("invalid_subject_token")
        return reply(200, self._next(shop))

    def _refresh(self, shop: str, told: dict[str, str]) -> Step:
        self.refreshes += 1
        used = told.get("refresh_token", "")
        if told.keys() != {"grant_type", "refresh_token"} or self.good.get(used) != shop:
            return refusal("invalid_grant")
        for older, newer in list(self.successor.items()):
            if newer == used:
                self.good.pop(older, None)
        given = self._next(shop)
        self.successor[used] = given["refresh_token"]
        return reply(200, given)

    def _next(self, shop: str) -> dict[str, Any]:
        self._count += 1
        given = pair(
            access_token=f"shpat-{self._count}",
            refresh_token=f"shprt-{self._count}",
            scope=self.scope,
        )
        self.good[given["refresh_token"]] = shop
        return given
