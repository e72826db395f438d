"""`EMAIL_URL`, the way out for e-mail, as Django wants it said.

    smtp://user:password@mail.test:587     with STARTTLS, always
    smtps://user:password@mail.test:465    TLS from the start
    console:                               messages appear in the worker's output (demo)

A user or password with special characters is percent-encoded. `smtp://` without TLS exists only for
a mail server on this machine.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

SMTP = "django.core.mail.backends.smtp.EmailBackend"
CONSOLE = "django.core.mail.backends.console.EmailBackend"
NONE = "django.core.mail.backends.dummy.EmailBackend"
LOOPBACK = ("localhost", "127.0.0.1", "::1")
PORTS = {"smtp": 587, "smtps": 465}


class WrongUrl(ValueError):
    """EMAIL_URL is not like smtp://user:password@mail.test:587, smtps://... or console:"""


def parse(url: str) -> dict[str, Any]:
    """Django's EMAIL_... settings. Raises WrongUrl, whose text never quotes the address: it holds
    a password."""
    if not url:
        return {"EMAIL_BACKEND": NONE}
    if url == "console:":
        return {"EMAIL_BACKEND": CONSOLE}
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise WrongUrl(WrongUrl.__doc__) from None
    if parts.scheme not in PORTS or not host or parts.path not in ("", "/") or parts.query:
        raise WrongUrl(WrongUrl.__doc__)
    return {
        "EMAIL_BACKEND": SMTP,
        "EMAIL_HOST": host,
        "EMAIL_PORT": port or PORTS[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp" and host not in LOOPBACK,
        "EMAIL_USE_SSL": parts.scheme == "smtps",
    }


def understood(url: str) -> dict[str, Any]:
    """The same, and no way out where the address is wrong: a check of the settings says so."""
    try:
        return parse(url)
    except WrongUrl:
        return {"EMAIL_BACKEND": NONE}
