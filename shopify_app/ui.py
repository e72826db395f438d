"""How a page is shown, and which App Bridge and Polaris it loads: Shopify's, or the local ones
without a network.

The choice is the server's (SHOPIFY_UI); the browser never falls back by itself (contract 11).
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static


def is_local() -> bool:
    return bool(settings.SHOPIFY_UI == "local")


def head() -> dict[str, Any]:
    """What the head of a page needs (contract 9.1)."""
    bridge = static("local/app-bridge.js") if is_local() else settings.SHOPIFY_APP_BRIDGE_URL
    return {
        "api_key": settings.SHOPIFY_API_KEY,
        "app_bridge_url": bridge,
        "polaris_url": settings.SHOPIFY_POLARIS_URL,
        "local_ui": is_local(),
    }


def show(request: HttpRequest, template: str, *, status: int = 200, **values: Any) -> HttpResponse:
    """The page of a template: its head, whether its visitor may change anything, and what the view
    found. `outside` is the link of an accountant outside the admin."""
    visit = getattr(request, "visit", None)
    link = visit.link if visit is not None else None
    said = {**head(), "may_change": link is None, "outside": link}
    return render(request, template, {**said, **values}, status=status)
