"""The token endpoint: exchange of a session token, refresh with rotation (contract 4.1, 4.2)."""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import jwt
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from shopify_app.sandbox.models import PretendedShop, PretendedToken
from shopify_app.sandbox.replies import Reply

ACCESS = timedelta(hours=1)
REFRESH = timedelta(days=90)
AGAIN = timedelta(days=30)  # how long a used refresh token may be used again
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"  # noqa: S105 - a name, no secret
OFFLINE = "urn:shopify:params:oauth:token-type:offline-access-token"
CLAIMS = ["iss", "dest", "aud", "sub", "exp", "nbf", "iat", "jti", "sid"]


class Refused(Exception):
    """An error of the endpoint: `code` is Shopify's."""

    def __init__(self, code: str, why: str, status: int = 400) -> None:
        super().__init__(why)
        self.code, self.status = code, status


def answer(shop: PretendedShop, request: HttpRequest) -> Reply:
    try:
        return Reply(200, _granted(shop, _body(request)))
    except Refused as refusal:
        said = {"error": refusal.code, "error_description": str(refusal)}
        return Reply(refusal.status, said)


def _body(request: HttpRequest) -> Mapping[str, Any]:
    if request.content_type == "application/x-www-form-urlencoded":
        return request.POST.dict()
    if request.content_type != "application/json":
        raise Refused("invalid_request", "The content type must be JSON or a form.")
    try:
        body = json.loads(request.body)
    except ValueError:
        raise Refused("invalid_request", "The body is not JSON.") from None
    if not isinstance(body, dict):
        raise Refused("invalid_request", "The body is not an object.")
    return body


def _granted(shop: PretendedShop, body: Mapping[str, Any]) -> dict[str, Any]:
    _check_client(body)
    if not shop.installed:
        raise Refused("invalid_client", "The app is not installed on this shop.")
    if body.get("grant_type") == EXCHANGE:
        _check_exchange(shop, body)
        return shown(issue(shop))
    if body.get("grant_type") == "refresh_token":
        return shown(refresh(shop, str(body.get("refresh_token", ""))))
    raise Refused("unsupported_grant_type", "This grant type is not known.")


def _check_client(body: Mapping[str, Any]) -> None:
    """The current secret only: an old one opens nothing here (contract 4.4)."""
    wanted = (settings.SHOPIFY_API_KEY, next(iter(settings.SHOPIFY_API_SECRETS), ""))
    given = (str(body.get("client_id", "")), str(body.get("client_secret", "")))
    same = [hmac.compare_digest(w.encode(), g.encode()) for w, g in zip(wanted, given, strict=True)]
    if not all(wanted) or not all(same):
        raise Refused("invalid_client", "Client authentication failed.", status=401)


def _check_exchange(shop: PretendedShop, body: Mapping[str, Any]) -> None:
    if body.get("subject_token_type") != ID_TOKEN:
        raise Refused("invalid_request", "subject_token_type must be an id token.")
    if body.get("requested_token_type") != OFFLINE:
        raise Refused("invalid_request", "The stand-in issues offline tokens only.")
    _check_id_token(shop, body.get("subject_token"))
    if str(body.get("expiring")) != "1":  # a public app made since April 2026 (contract 1)
        raise Refused("invalid_request", "This app may use expiring offline tokens only.")


def _check_id_token(shop: PretendedShop, token: Any) -> None:
    claims = _claims(token)
    now = shop.now().timestamp()
    right = (
        claims.get("aud") == settings.SHOPIFY_API_KEY
        and claims.get("dest") == f"https://{shop.domain}"
        and claims.get("iss") == f"https://{shop.domain}/admin"
        and all(type(claims.get(name)) is int for name in ("exp", "nbf", "iat"))
    )
    if not right or not claims["nbf"] <= now < claims["exp"]:
        raise Refused("invalid_subject_token", "The id token is not valid for this shop now.")


def _claims(token: Any) -> dict[str, Any]:
    """Of a token that we signed. Times are the pretended shop's, so they are checked there."""
    unchecked = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False}
    for secret in settings.SHOPIFY_API_SECRETS:
        try:
            options: Any = {**unchecked, "require": CLAIMS}
            return jwt.decode(token, secret, algorithms=["HS256"], options=options)
        except (jwt.InvalidTokenError, TypeError):
            continue
    raise Refused("invalid_subject_token", "The id token is not signed for this app.")


def issue(shop: PretendedShop, parent: PretendedToken | None = None) -> PretendedToken:
    """A new pair. Older pairs stay as they are (assumed, U12)."""
    now = shop.now()
    return PretendedToken.objects.create(
        shop=shop,
        parent=parent,
        access_token=f"shpat_{secrets.token_hex(16)}",
        refresh_token=f"shprt_{secrets.token_hex(16)}",
        scopes=shop.scopes,
        issued_at=now,
        access_expires_at=now + ACCESS,
        refresh_expires_at=now + REFRESH,
    )


@transaction.atomic
def refresh(shop: PretendedShop, token: str) -> PretendedToken:
    """A pair for a refresh token. Its use ends the one that it replaced. Raises Refused."""
    PretendedShop.objects.select_for_update().get(pk=shop.pk)
    pair = PretendedToken.objects.filter(shop=shop, refresh_token=token).first()
    if pair is None or not usable(pair, shop.now()):
        raise Refused("invalid_grant", "The refresh token is not valid any more.")
    if pair.parent_id is not None:
        PretendedToken.objects.filter(pk=pair.parent_id).update(refresh_dead=True)
    pair.refresh_used_at = pair.refresh_used_at or shop.now()
    pair.save(update_fields=["refresh_used_at"])
    return issue(shop, pair)


def usable(pair: PretendedToken, now: datetime) -> bool:
    """Until the replacement is used, 30 days after its own first use, or its 90 days."""
    if pair.revoked or pair.refresh_dead or now >= pair.refresh_expires_at:
        return False
    return pair.refresh_used_at is None or now < pair.refresh_used_at + AGAIN


def shown(pair: PretendedToken) -> dict[str, Any]:
    return {
        "access_token": pair.access_token,
        "scope": ",".join(pair.scopes),
        "expires_in": int(ACCESS.total_seconds()),
        "refresh_token": pair.refresh_token,
        "refresh_token_expires_in": int(REFRESH.total_seconds()),
    }


def opens(shop: PretendedShop, token: str | None) -> bool:
    """Whether this access token may ask something of the shop now."""
    pair = PretendedToken.objects.filter(shop=shop, access_token=token or "").first()
    return bool(
        pair and shop.installed and not pair.revoked and shop.now() < pair.access_expires_at
    )
