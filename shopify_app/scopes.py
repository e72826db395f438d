"""Access scopes: which Lejar needs, and which of them a merchant has not approved.

Shopify's own rules say what covers what (write includes read); its class refuses the few scopes
that are named otherwise, which Lejar never needs.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from shopify import ApiAccess
from shopify.api_access import ApiAccessError


def written(scopes: Iterable[str]) -> str:
    """Scopes as they are stored: each once, sorted, with commas."""
    return ",".join(sorted({scope.strip() for scope in scopes} - {""}))


def missing(granted: str) -> list[str]:
    """The scopes Lejar cannot do without (SHOPIFY_SCOPES) that `granted` does not cover."""
    access = ApiAccess([scope for scope in granted.split(",") if _is_known(scope)])
    return [scope for scope in settings.SHOPIFY_SCOPES if not access.covers(ApiAccess([scope]))]


def _is_known(scope: str) -> bool:
    try:
        ApiAccess([scope])
    except ApiAccessError:
        return False
    return True
