"""AWS Signature Version 4, as SQL Account's API asks for it (contract sql-account-api 3).

Sources disagree on region, service and which headers are signed: both known variants are settings
of the connection, and `other` names the one to try when a signature is refused.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

ALGORITHM = "AWS4-HMAC-SHA256"
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Variant:
    """`signed_headers` are lower-case names joined by ";", in the order of the alphabet."""

    region: str
    service: str
    signed_headers: str

    def settings(self) -> dict[str, str]:
        """Under the names the connection keeps them by."""
        return {
            "region": self.region,
            "service": self.service,
            "signed_headers": self.signed_headers,
        }


NEWER = Variant("ap-southeast-5", "sqlaccount", "host;x-amz-date")
OLDER = Variant("ap-southeast-1", "execute-api", "content-type;host;x-amz-date")


def other(variant: Variant) -> Variant:
    """The variant to try when this one is refused."""
    return OLDER if variant == NEWER else NEWER


def query_text(query: Mapping[str, str]) -> str:
    """The query as it is signed and sent: sorted by name, a blank as %20, * as %2A."""
    pairs = sorted((_encoded(name), _encoded(value)) for name, value in query.items())
    return "&".join(f"{name}={value}" for name, value in pairs)


def headers(
    method: str,
    url: str,
    body: bytes | None,
    *,
    access_key: str,
    secret_key: str,
    variant: Variant,
    now: datetime,
) -> dict[str, str]:
    """The headers of this request; the host is signed, and sent by the HTTP client.

    `url` is the whole address with its query as `query_text` writes it, `body` the very bytes to
    send. The access key holds "/" and is taken as it is. `now` is an aware time.
    """
    stamp = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    digest = hashlib.sha256(body or b"").hexdigest()
    values = {
        "content-type": JSON,
        "host": _host(url),
        "x-amz-content-sha256": digest,
        "x-amz-date": stamp,
    }
    names = variant.signed_headers.split(";")
    parts = urlsplit(url)
    signed = "".join(f"{name}:{values[name]}\n" for name in names)
    request = [method, parts.path or "/", parts.query, signed, variant.signed_headers, digest]
    scope = f"{stamp[:8]}/{variant.region}/{variant.service}/aws4_request"
    hashed = hashlib.sha256("\n".join(request).encode()).hexdigest()
    signature = _signature(secret_key, scope, f"{ALGORITHM}\n{stamp}\n{scope}\n{hashed}")
    sent = {name: values[name] for name in names if name != "host"}
    if body is not None:
        sent["content-type"] = JSON  # unsigned in the newer variant
    sent["authorization"] = (
        f"{ALGORITHM} Credential={access_key}/{scope}, "
        f"SignedHeaders={variant.signed_headers}, Signature={signature}"
    )
    return sent


def _signature(secret_key: str, scope: str, text: str) -> str:
    key = f"AWS4{secret_key}".encode()
    for part in (*scope.split("/"), text):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key.hex()


def _host(url: str) -> str:
    """As the HTTP client sends it: without the port where it is the scheme's own."""
    parts = urlsplit(url)
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    name = parts.hostname or ""
    return name if parts.port in (None, usual) else f"{name}:{parts.port}"


def _encoded(text: str) -> str:
    return quote(text, safe="-._~")
