"""What is missing or unsafe in the settings, by the name of the environment variable.

Errors are what keeps the product from working or from being safe; each says what to do.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error

from accounting import ways
from accounting.connectors.reading import ProfileError
from accounting.models import Book
from shopify_app import billing
from shopify_app.mail import url as mail_url

TAG = "lejar"
SECRET_BYTES = 32  # HS256 asks for a key as long as its hash
SHORTEST_LEASE = 10  # seconds
MOST_DAYS = 30  # Shopify contract 5.3
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def settings_checks(**_: Any) -> list[CheckMessage]:
    return [message for check in CHECKS for message in check()]


def _api_key() -> Iterator[CheckMessage]:
    if not settings.SHOPIFY_API_KEY:
        yield Error(
            "SHOPIFY_API_KEY is not set: no session token can be verified.",
            hint="The client id of the app, from the Shopify developer dashboard.",
            id="lejar.E001",
        )


def _api_secret() -> Iterator[CheckMessage]:
    if not settings.SHOPIFY_API_SECRETS:
        yield Error(
            "SHOPIFY_API_SECRET is not set: no webhook and no session token can be verified.",
            hint="The client secret of the app; SHOPIFY_OLD_API_SECRET while it is rotated.",
            id="lejar.E002",
        )
    elif any(len(secret.encode()) < SECRET_BYTES for secret in settings.SHOPIFY_API_SECRETS):
        yield checks.Warning(
            f"SHOPIFY_API_SECRET is shorter than {SECRET_BYTES} characters.",
            hint="Shopify's secrets are longer: was it copied as a whole?",
            id="lejar.W002",
        )


def _api_version() -> Iterator[CheckMessage]:
    if not re.fullmatch(r"20\d\d-(01|04|07|10)", settings.SHOPIFY_API_VERSION):
        yield Error(
            f"SHOPIFY_API_VERSION is {settings.SHOPIFY_API_VERSION!r}: not a version of Shopify's.",
            hint="A year and a quarter's first month, like 2026-10.",
            id="lejar.E003",
        )


def _seal_keys() -> Iterator[CheckMessage]:
    how = "openssl rand -base64 32 makes one. Newest first, comma between them."
    if not settings.LEJAR_SEAL_KEYS:
        yield Error(
            "LEJAR_SEAL_KEYS is not set: no credentials of books can be stored.",
            hint=how,
            id="lejar.E004",
        )
    wrong = [n for n, key in enumerate(settings.LEJAR_SEAL_KEYS, 1) if not _is_seal_key(key)]
    if wrong:
        yield Error(
            f"LEJAR_SEAL_KEYS: key {', '.join(map(str, wrong))} is not 32 bytes in base64.",
            hint=how,
            id="lejar.E005",
        )


def _is_seal_key(key: str) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == 32
    except binascii.Error:
        return False


def _addresses() -> Iterator[CheckMessage]:
    for name in ("ACCTBRIDGE_URL", "SQL_ACCOUNT_URL", "AUTOCOUNT_CLOUD_URL", "SHOPIFY_ADMIN_URL"):
        address = getattr(settings, name).replace("{shop}", "shop")
        if address and not settings.LEJAR_ALLOW_LOOPBACK and not _is_https(address):
            yield Error(
                f"{name} is not an https address of another machine: credentials would leak.",
                hint="Use https, or LEJAR_ALLOW_LOOPBACK=1 on a machine for tests and demos.",
                id="lejar.E006",
            )


def _is_https(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and parts.hostname not in LOOPBACK


def _profiles() -> Iterator[CheckMessage]:
    for system in Book.System.values:
        try:
            ways.acctbridge_profile(system)
        except ProfileError as error:
            yield Error(
                f"ACCTBRIDGE_PROFILES: the correction for {system} cannot be used: {error}.",
                hint="Put the named key right; until then nothing is sent to these books.",
                id="lejar.E010",
            )


def _ui() -> Iterator[CheckMessage]:
    if settings.SHOPIFY_UI not in ("cdn", "local"):
        yield Error(
            f"SHOPIFY_UI is {settings.SHOPIFY_UI!r}: no such choice.",
            hint="cdn loads Shopify's components, local the ones for demos and tests.",
            id="lejar.E007",
        )
    if settings.SHOPIFY_UI == "local" and not settings.LEJAR_ALLOW_LOOPBACK:
        yield Error(
            "SHOPIFY_UI=local gives a session token to whoever asks from this machine.",
            hint="Set SHOPIFY_UI=cdn; or LEJAR_ALLOW_LOOPBACK=1 on a machine for tests and demos.",
            id="lejar.E008",
        )


def _sandbox() -> Iterator[CheckMessage]:
    if settings.LEJAR_SANDBOX and not settings.LEJAR_ALLOW_LOOPBACK:
        yield checks.Warning(
            "LEJAR_SANDBOX serves pretended books to the world.",
            hint="Unset it where real shops are served.",
            id="lejar.W009",
        )


def _hosts() -> Iterator[CheckMessage]:
    """App Store: "app URLs contain neither Shopify nor Example" (contract 12.1)."""
    for host in settings.ALLOWED_HOSTS:
        if "shopify" in host.casefold() or "example" in host.casefold():
            yield checks.Warning(
                f"ALLOWED_HOSTS: {host} has Shopify or Example in its name.",
                hint="The App Store refuses an app at such an address.",
                id="lejar.W021",
            )


def _plans() -> Iterator[CheckMessage]:
    try:
        plans = billing.plans()
    except billing.WrongPlans as wrong:
        yield Error(
            str(wrong),
            hint='Like {"Standard": {"orders_per_month": 500}}, or nothing: no billing.',
            id="lejar.E022",
        )
        return
    if plans and not settings.LEJAR_CONTACT:
        yield Error(
            "LEJAR_CONTACT is not set: the privacy page names nobody to ask.",
            hint="An e-mail address that is read.",
            id="lejar.E023",
        )


def _days() -> Iterator[CheckMessage]:
    for name in ("SHOPIFY_RAW_DAYS", "SHOPIFY_EXPORT_DAYS"):
        if not 1 <= getattr(settings, name) <= MOST_DAYS:
            yield Error(
                f"{name} is {getattr(settings, name)}: personal data is kept {MOST_DAYS} days at"
                " most, and at least one.",
                hint=f"A number from 1 to {MOST_DAYS}; unset it for {MOST_DAYS}.",
                id="lejar.E021",
            )


def _leases() -> Iterator[CheckMessage]:
    for name in ("LEJAR_LEASE_SECONDS", "SHOPIFY_LEASE_SECONDS"):
        if getattr(settings, name) < SHORTEST_LEASE:
            yield Error(
                f"{name} is {getattr(settings, name)}: a worker that lives would lose what it works"
                " on to another one.",
                hint=f"At least {SHORTEST_LEASE}; unset it for the default.",
                id="lejar.E026",
            )


def _mail() -> Iterator[CheckMessage]:
    try:
        mail_url.parse(settings.EMAIL_URL)
    except mail_url.WrongUrl as wrong:
        yield Error(
            str(wrong),
            hint="Percent-encode special characters of the password; unset it for no e-mail.",
            id="lejar.E024",
        )
    if not settings.EMAIL_URL:
        return
    if not settings.LEJAR_ALLOW_LOOPBACK and not _is_https(settings.LEJAR_URL):
        yield Error(
            "LEJAR_URL is not an https address: the links in e-mails would lead nowhere.",
            hint="Where this app answers, as in shopify.app.toml; or unset EMAIL_URL.",
            id="lejar.E025",
        )


CHECKS: Sequence[Callable[[], Iterator[CheckMessage]]] = (
    _api_key,
    _api_secret,
    _api_version,
    _seal_keys,
    _addresses,
    _profiles,
    _ui,
    _sandbox,
    _hosts,
    _plans,
    _days,
    _leases,
    _mail,
)
