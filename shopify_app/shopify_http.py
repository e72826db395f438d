"""How Lejar calls Shopify itself: one client for each thread, and where a shop answers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from accounting.connectors.http import Http

_of_thread = threading.local()


def client() -> Http:
    """The thread's own client: no cookies between shops, a wall-clock deadline for every call."""
    found: Http | None = getattr(_of_thread, "http", None)
    if found is None:
        found = _of_thread.http = Http(allow_loopback=settings.LEJAR_ALLOW_LOOPBACK)
    return found


@contextmanager
def answered_by(stand_in: Http) -> Iterator[None]:
    """Inside it this thread asks somebody who stands in for Shopify."""
    before: Http | None = getattr(_of_thread, "http", None)
    _of_thread.http = stand_in
    try:
        yield
    finally:
        _of_thread.http = before


def address(domain: str, path: str) -> str:
    """Where `path` of a shop is asked for; SHOPIFY_ADMIN_URL may lead to a stand-in."""
    base: str = settings.SHOPIFY_ADMIN_URL
    return base.replace("{shop}", domain) + path
