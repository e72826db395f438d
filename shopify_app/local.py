"""Session tokens without Shopify, for demos and tests on one machine.

Answers only where SHOPIFY_UI=local, which a system check allows only with LEJAR_ALLOW_LOOPBACK,
and only a client on this machine that no proxy speaks for.
"""

from __future__ import annotations

import ipaddress
import secrets
import time

import jwt
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from shopify_app import ui
from shopify_app.session import TOKEN_SECONDS, clean_shop


@require_GET
def id_token(request: HttpRequest) -> HttpResponse:
    """A token for `shop`, as App Bridge would have it from Shopify."""
    shop = clean_shop(request.GET.get("shop"))
    if not (ui.is_local() and settings.LEJAR_ALLOW_LOOPBACK and _is_near(request)):
        raise Http404
    if shop is None or not settings.SHOPIFY_API_SECRETS:
        raise Http404
    return JsonResponse({"token": _token(shop)}, headers={"Cache-Control": "no-store"})


def _is_near(request: HttpRequest) -> bool:
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _token(shop: str) -> str:
    now = int(time.time())
    claims = {
        "iss": f"https://{shop}/admin",
        "dest": f"https://{shop}",
        "aud": settings.SHOPIFY_API_KEY,
        "sub": "1",
        "exp": now + TOKEN_SECONDS,
        "nbf": now,
        "iat": now,
        "jti": secrets.token_hex(16),
        "sid": secrets.token_hex(16),
    }
    return jwt.encode(claims, settings.SHOPIFY_API_SECRETS[0], algorithm="HS256")
