"""The links in a message. They work without Shopify, so each is signed for one address and one
purpose; the key is made from LEJAR_SEAL_KEYS, and goes when that goes."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse

from accounting.sealing import SealKeyMissing
from shopify_app.models import Shop

CONFIRM, STOP = "mail-confirm", "mail-stop"  # the names of their routes are their purposes
CONFIRM_WITHIN = timedelta(days=3)
LASTS: dict[str, timedelta | None] = {CONFIRM: CONFIRM_WITHIN, STOP: None}
APP = "https://admin.shopify.com/store/{store}/apps/{app}{path}"


class BadLink(Exception):
    """Not a link of ours, or its time is over."""


def link(purpose: str, key: UUID) -> str:
    """The whole address. Raises SealKeyMissing."""
    return own_address(reverse(purpose, args=[_signer(purpose).sign(key.hex)]))


def read(purpose: str, token: str) -> UUID:
    """Which address the link is for. Raises BadLink."""
    try:
        said = _signer(purpose).unsign(token, max_age=LASTS[purpose])
        return UUID(said)
    except (signing.BadSignature, SealKeyMissing, ValueError):
        raise BadLink(BadLink.__doc__) from None


def _signer(purpose: str) -> signing.TimestampSigner:
    keys: list[str | bytes] = [
        hashlib.sha256(b"lejar mail link" + k.encode()).hexdigest() for k in _seal_keys()
    ]
    return signing.TimestampSigner(key=keys[0], salt=purpose, fallback_keys=keys[1:])


def _seal_keys() -> list[str]:
    keys: list[str] = settings.LEJAR_SEAL_KEYS
    if not keys:
        raise SealKeyMissing(SealKeyMissing.__doc__)
    return keys


def own_address(path: str) -> str:
    return settings.LEJAR_URL.rstrip("/") + path


def own_host() -> str:
    return urlsplit(settings.LEJAR_URL).hostname or "localhost"


def in_admin(shop: Shop, path: str) -> str:
    """A page of ours inside the shop's admin; `path` begins with a slash."""
    store = shop.domain.removesuffix(".myshopify.com")
    return APP.format(store=store, app=settings.SHOPIFY_APP_HANDLE, path=path)
