"""Session tokens and an admin without Shopify, for demos and tests on one machine.

Answers only where SHOPIFY_UI=local, which a system check allows only with LEJAR_ALLOW_LOOPBACK,
and only a client on this machine that no proxy speaks for.
"""

from __future__ import annotations

import base64
import ipaddress
import secrets
import time
from urllib.parse import urlencode

import jwt
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from shopify_app import ui
from shopify_app.models import Shop
from shopify_app.session import TOKEN_SECONDS, clean_shop

MOST = 50  # shops to choose from


@require_GET
def id_token(request: HttpRequest) -> HttpResponse:
    """A token for `shop`, as App Bridge would have it from Shopify."""
    _guard(request)
    shop = clean_shop(request.GET.get("shop"))
    if shop is None or not settings.SHOPIFY_API_SECRETS:
        raise Http404
    return JsonResponse({"token": _token(shop)}, headers={"Cache-Control": "no-store"})


@require_GET
def admin(request: HttpRequest) -> HttpResponse:
    """A page like the admin of `shop`, with the page of ours at `path` in its frame."""
    _guard(request)
    shop = get_object_or_404(Shop, domain=clean_shop(request.GET.get("shop")))
    path = request.GET.get("path", "/")
    if not path.startswith("/") or not url_has_allowed_host_and_scheme(path, allowed_hosts=None):
        raise Http404
    language = get_language() or settings.LANGUAGE_CODE
    carried = {"shop": shop.domain, "host": _host(shop), "embedded": "1", "locale": language}
    values = {
        "shop": shop.domain,
        "name": shop.domain.partition(".")[0],
        "shops": Shop.objects.filter(state=Shop.State.ACTIVE)
        .order_by("-pk")  # the last run of the demo first
        .values_list("domain", flat=True)[:MOST],
        "languages": settings.LANGUAGES,
        "framed": f"{path}{'&' if '?' in path else '?'}{urlencode(carried)}",
    }
    page = render(request, "local/admin.html", values)
    page["Content-Security-Policy"] = "frame-ancestors 'none';"
    return page


def _host(shop: Shop) -> str:
    """Where the admin is, as Shopify says it: in base64, without its padding."""
    admin = f"admin.shopify.com/store/{shop.domain.partition('.')[0]}"
    return base64.b64encode(admin.encode()).decode().rstrip("=")


def _guard(request: HttpRequest) -> None:
    if not (ui.is_local() and settings.LEJAR_ALLOW_LOOPBACK and _is_near(request)):
        raise Http404


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
