"""Driving Lejar and the sandbox from outside, over HTTP alone, as a merchant's own tool would."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import jwt
import requests

TIMEOUT_SECONDS = 60
TOKEN_SECONDS = 60
STAFF = "70000001"
PAGE = 200


class DemoFailed(Exception):
    """Something the demo needs did not work; the message says what was asked and answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """The app's own key and secret: who holds them can sign session tokens and webhooks."""

    api_key: str
    api_secret: str

    def session_token(self, domain: str, now: datetime) -> str:
        """What App Bridge would hand out to a page of this shop (contract 3.3)."""
        at = int(now.timestamp())
        claims = {
            "iss": f"https://{domain}/admin",
            "dest": f"https://{domain}",
            "aud": self.api_key,
            "sub": STAFF,
            "exp": at + TOKEN_SECONDS,
            "nbf": at - 1,
            "iat": at,
            "jti": secrets.token_hex(16),
            "sid": secrets.token_hex(16),
        }
        return jwt.encode(claims, self.api_secret, algorithm="HS256")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopClient:
    """One shop's REST API."""

    url: str
    domain: str
    credentials: Credentials
    clock: Callable[[], datetime]

    def get(self, path: str, **query: Any) -> Any:
        return self._ask("GET", path, params=query)

    def put(self, path: str, body: Any) -> Any:
        return self._ask("PUT", path, json=body)

    def patch(self, path: str, body: Any) -> Any:
        return self._ask("PATCH", path, json=body)

    def post(self, path: str, body: Any = None) -> Any:
        return self._ask("POST", path, json=body)

    def all(self, path: str, **query: Any) -> Iterator[Any]:
        """Every row of a list, page by page."""
        page = self.get(path, limit=PAGE, **query)
        yield from page["results"]
        while page["next"]:
            page = self.get(path, limit=PAGE, after=page["next"], **query)
            yield from page["results"]

    def page(self, path: str) -> str:
        """The address of a page in the pretended admin. It carries no token: the page asks for one
        itself."""
        return f"{self.url}/local/admin?shop={self.domain}&path=/{path}"

    def _ask(self, method: str, path: str, **request: Any) -> Any:
        token = self.credentials.session_token(self.domain, self.clock())
        headers = {"Authorization": f"Bearer {token}"}
        return ask(method, f"{self.url}/api/v1/{path}", headers=headers, **request)


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """One company of the sandbox, seen by its bookkeeper."""

    url: str
    id: int

    @classmethod
    def open(cls, url: str, company: Any, switches: Any) -> Books:
        books = cls(url=url, id=ask("POST", f"{url}/sandbox/companies", json=company)["id"])
        books.switch(switches)
        return books

    def switch(self, switches: Any) -> None:
        """Make the company misbehave in these ways, and in no other."""
        ask("PUT", self.page + "switches", json=dict(switches))

    @property
    def page(self) -> str:
        return f"{self.url}/sandbox/companies/{self.id}/"

    def trial_balance(self) -> Any:
        return ask("GET", self.page + "trial-balance")

    def calls(self) -> Any:
        return ask("GET", self.page + "calls")

    def all(self, what: str) -> Iterator[Any]:
        """Every document or journal entry, oldest first."""
        after = 0
        while rows := ask("GET", self.page + what, params={"after": after, "limit": PAGE}):
            yield from rows
            after = rows[-1]["id"]


def ask(method: str, url: str, **request: Any) -> Any:
    """The JSON answer, with decimal numbers as Decimal. Raises DemoFailed for anything but 2xx."""
    try:
        answer = requests.request(
            method, url, timeout=TIMEOUT_SECONDS, allow_redirects=False, **request
        )
    except requests.RequestException as failure:
        raise DemoFailed(f"{method} {url}: {failure}") from failure
    if not 200 <= answer.status_code < 300:
        raise DemoFailed(f"{method} {url}: {answer.status_code} {answer.text[:500]}")
    return answer.json(parse_float=Decimal) if answer.content else None
