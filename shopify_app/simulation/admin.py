"""The Admin API and the token endpoint of simulated shops: in memory, at the world's time.

It stands where Lejar's HTTP client does, so the product's own code asks, pays and reads. Shopify's
published schema executes the product's documents over the orders as they are by now.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from random import Random
from typing import Any

from accounting.connectors.http import Answer, Http, MaybeSent, NotSent
from shopify_app import token_endpoint
from shopify_app.demo.life import Life
from shopify_app.sandbox import schema
from shopify_app.sandbox.answers import Told, head_answer, order_answer, refund_answer
from shopify_app.sandbox.telling import told_by
from shopify_app.sandbox.words import gid
from shopify_app.simulation import tenants
from shopify_app.simulation.clockwork import Clockwork
from shopify_app.simulation.lived import unbuyered
from shopify_app.simulation.tenants import Tenant

Json = dict[str, Any]
SINCE = re.compile(r"updated_at:>='([^']+)'")
BUCKET = {"maximumAvailable": 2000.0, "currentlyAvailable": 1900.0, "restoreRate": 100.0}
REQUEST_SECONDS = 0.2
TOTAL_SECONDS = 30.0
ACCESS_SECONDS, REFRESH_SECONDS = 3600, 90 * 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminTroubles:
    """The share of all calls that are not answered. Where Lejar would not ask again whether a
    shop is open, none `locks`."""

    rate: float
    locks: bool = True


def _said(status: int, body: Json, **headers: str) -> Answer:
    return Answer(status=status, headers=headers, body=json.dumps(body).encode())


FAILURES = {
    "429": _said(429, {"errors": "Exceeded rate limit"}, **{"retry-after": "40.0"}),
    "503": _said(503, {"errors": "Service Unavailable"}),
    "HTML": Answer(status=502, headers={}, body=b"<html>Bad Gateway</html>"),
    "fault": _said(
        200, {"errors": [{"message": "Oh", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}]}
    ),
    "locked": _said(423, {"errors": "Locked"}),
}
TROUBLES = ("lost", "slow", "refused", "throttled", "429", "503", "HTML", "fault")
LOCKED = 0.04  # of the troubles: a locked shop is left alone for a day


@dataclass(kw_only=True)
class Admin(Http):
    """All shops, told apart by the address that is asked."""

    clockwork: Clockwork
    chance: Random
    tenants: Mapping[str, Tenant]
    troubles: AdminTroubles
    refused: Callable[[Tenant], None]  # told of a shop whose token is not taken
    is_healed: bool = False
    _trees: dict[tuple[int, int, bool], Json] = field(default_factory=dict)

    def request(
        self,
        method: str,  # noqa: ARG002  # the form of the client that it stands for
        url: str,
        *,
        headers: Any,
        body: Any = None,
        **_: Any,
    ) -> Answer:
        """Everything is posted. Raises NotSent or MaybeSent, as the client does."""
        tenant = next(each for domain, each in self.tenants.items() if domain in url)
        asked = json.loads(body)
        if url.endswith(token_endpoint.PATH):
            return self._token(tenant, asked)
        return self._asked(tenant, asked, headers["X-Shopify-Access-Token"])

    def close(self) -> None:
        """There is nothing to close."""

    # --- tokens

    def _token(self, tenant: Tenant, asked: Json) -> Answer:
        self.clockwork.reach("token asked for")
        self.clockwork.pass_time(REQUEST_SECONDS)
        if not self.is_healed and (trouble := self._trouble()) is not None:
            return self._troubled(tenant, "token", trouble)
        known = asked.get("refresh_token") in tenant.tokens or "subject_token" in asked
        if not tenant.is_installed or not known:
            self.clockwork.tell(f"{tenant.handle} token: refused")
            self.refused(tenant)
            return _said(400, {"error": "invalid_grant"})
        access, refresh = tenants.pair(tenant, self.chance)
        self.clockwork.tell(f"{tenant.handle} token: the next pair")
        pair = {"access_token": access, "refresh_token": refresh, "scope": ",".join(tenant.scopes)}
        lives = {"expires_in": ACCESS_SECONDS, "refresh_token_expires_in": REFRESH_SECONDS}
        return _said(200, pair | lives)

    # --- questions

    def _asked(self, tenant: Tenant, asked: Json, token: str) -> Answer:
        name = asked["operationName"]
        self.clockwork.reach(f"{name} asked")
        self.clockwork.pass_time(REQUEST_SECONDS)
        if not self.is_healed and (trouble := self._trouble()) is not None:
            return self._troubled(tenant, name, trouble)
        if not tenant.is_installed or token not in tenant.tokens.values():
            self.clockwork.tell(f"{tenant.handle} {name}: 401")
            return _said(401, {"errors": "[API] Invalid API key or access token"})
        outcome = schema.run(asked["query"], self._root(tenant), asked["variables"], name)
        if outcome.errors:
            raise AssertionError(f"{name} is not answered: {outcome.errors}")
        self.clockwork.tell(f"{tenant.handle} {name}: answered")
        cost = {"requestedQueryCost": 50, "actualQueryCost": 20, "throttleStatus": BUCKET}
        return _said(200, {"data": outcome.data, "extensions": {"cost": cost}})

    def _trouble(self) -> str | None:
        if self.chance.random() >= self.troubles.rate:
            return None
        locked = self.troubles.locks and self.chance.random() < LOCKED
        return "locked" if locked else self.chance.choice(TROUBLES)

    def _troubled(self, tenant: Tenant, name: str, trouble: str) -> Answer:
        """An answer that is none, or an exception as of the network."""
        self.clockwork.tell(f"{tenant.handle} {name}: {trouble}")
        if trouble in ("lost", "slow"):
            self.clockwork.pass_time(2.0 if trouble == "lost" else TOTAL_SECONDS)
            raise MaybeSent(f"{tenant.domain} did not answer in time")
        if trouble == "refused":
            raise NotSent(f"{tenant.domain} refuses the connection")
        if trouble == "throttled":
            status = {**BUCKET, "currentlyAvailable": 0.0}
            error = {"message": "Throttled", "extensions": {"code": "THROTTLED"}}
            cost = {"requestedQueryCost": 500, "throttleStatus": status}
            return _said(200, {"errors": [error], "extensions": {"cost": cost}})
        return FAILURES[trouble]

    def _root(self, tenant: Tenant) -> dict[str, Callable[..., Any]]:
        def order(**args: Any) -> Json | None:
            return self._order(tenant, int(args["id"].rpartition("/")[2]))

        def refund(**args: Any) -> Json | None:
            return self._refund(tenant, int(args["id"].rpartition("/")[2]))

        return {
            "shop": lambda: _shop(tenant),
            "currentAppInstallation": lambda: _installation(tenant),
            "order": order,
            "refund": refund,
            "orders": lambda **args: self._orders(tenant, args),
            "products": lambda **_: [],
            "productsCount": lambda **_: {"count": 0, "precision": "EXACT"},
        }

    def _order(self, tenant: Tenant, order_id: int) -> Json | None:
        life = next((each for each in tenant.lives if each.record.id == order_id), None)
        return None if life is None else self._tree(tenant, life)

    def _tree(self, tenant: Tenant, life: Life) -> Json | None:
        happened = _happened(life, self.clockwork.now())
        if not happened:
            return None
        is_erased = life.record.number in tenant.erased
        key = (life.record.id, len(happened), is_erased)
        if key not in self._trees:
            told = told_by(happened)
            if is_erased:
                told = replace(told, order=unbuyered(told.order))
            self._trees[key] = order_answer(told)
        return self._trees[key]

    def _refund(self, tenant: Tenant, refund_id: int) -> Json | None:
        for life in tenant.lives:
            if any(refund.id == refund_id for refund in life.record.refunds):
                tree = self._tree(tenant, life)
                return None if tree is None else refund_answer(tree, refund_id)
        return None

    def _orders(self, tenant: Tenant, args: Mapping[str, Any]) -> list[Json]:
        """Those changed since the time of the search, oldest change first."""
        found = SINCE.search(args["query"])
        assert found is not None, args["query"]
        since, now = datetime.fromisoformat(found[1]), self.clockwork.now()
        heads = [head_answer(told) for life in tenant.lives if (told := _told(life, now))]
        changed = [head for head in heads if datetime.fromisoformat(head["updatedAt"]) >= since]
        return sorted(changed, key=lambda head: (head["updatedAt"], head["id"]))


def _happened(life: Life, now: datetime) -> Sequence[tuple[str, Json]]:
    """What Shopify has told of the order by now; nothing before its first version."""
    hooks = [(hook.topic, hook.body) for hook in life.webhooks if hook.at <= now]
    return hooks if any(topic == "orders/create" for topic, _ in hooks) else []


def _told(life: Life, now: datetime) -> Told | None:
    happened = _happened(life, now)
    return told_by(happened) if happened else None


def _shop(tenant: Tenant) -> Json:
    profile = tenant.profile
    return {
        "id": gid("Shop", tenant.shopify_id),
        "name": profile.name,
        "myshopifyDomain": tenant.domain,
        "currencyCode": profile.currency,
        "ianaTimezone": profile.time_zone,
        "orderNumberFormatPrefix": "#",
        "orderNumberFormatSuffix": "",
        "shopAddress": {"countryCodeV2": profile.country},
        "plan": {"publicDisplayName": "Basic", "partnerDevelopment": False, "shopifyPlus": False},
    }


def _installation(tenant: Tenant) -> Json:
    plan = {
        "id": gid("AppSubscription", tenant.shopify_id),
        "name": tenants.PLAN,
        "status": "ACTIVE",
        "test": False,
        "createdAt": "2026-11-01T00:00:00Z",
        "currentPeriodEnd": None,
        "trialDays": 0,
    }
    return {
        "id": gid("AppInstallation", tenant.shopify_id),
        "accessScopes": [{"handle": scope} for scope in tenant.scopes],
        "activeSubscriptions": [plan] if tenant.has_plan else [],
    }
