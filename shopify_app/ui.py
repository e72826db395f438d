"""Which App Bridge and Polaris a page loads: Shopify's, or the local ones without a network.

The choice is the server's (SHOPIFY_UI); the browser never falls back by itself (contract 11).
"""

from __future__ import annotations

from django.conf import settings
from django.templatetags.static import static


def is_local() -> bool:
    return bool(settings.SHOPIFY_UI == "local")


def app_bridge_url() -> str:
    return static("local/app-bridge.js") if is_local() else str(settings.SHOPIFY_APP_BRIDGE_URL)
