"""Signature Version 4 as the SQL Account API checks it (contract 3).

What does not fit is refused with one sentence, whatever is wrong: `Invalid signature`. Two sets of
parameters are published; a company answers to one of them. More headers than these may be signed.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote

from django.http import HttpRequest
from django.utils import timezone

from accounting.sandbox.models import Company
from accounting.sandbox.wire import Refused

ALGORITHM = "AWS4-HMAC-SHA256"
AUTHORIZATION = re.compile(
    ALGORITHM + r" Credential=(?P<credential>[^,\s]+),\s*"
    r"SignedHeaders=(?P<headers>[a-z0-9;-]+),\s*Signature=(?P<signature>[0-9a-f]{64})"
)
MOMENT = "%Y%m%dT%H%M%SZ"
CLOCK_MINUTES = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    region: str
    service: str
    signed: frozenset[str]


PARAMETERS = {
    "newer": Parameters(
        region="ap-southeast-5",
        service="sqlaccount",
        signed=frozenset({"host", "x-amz-date"}),
    ),
    "older": Parameters(
        region="ap-southeast-1",
        service="execute-api",
        signed=frozenset({"content-type", "host", "x-amz-date"}),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What an Authorization header says. The access key has slashes of its own."""

    key: str
    day: str
    region: str
    service: str
    signed: tuple[str, ...]
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is signed: `path` and `query` as they stand in the request line, decoded once."""

    method: str
    path: str
    query: str
    headers: Sequence[tuple[str, str]]
    payload: bytes


def invalid(rule: str = "3 O") -> Refused:
    return Refused("Invalid signature", status=401, code="invalid_signature", rule=rule)


def find(request: HttpRequest) -> Company:
    """The company whose access key the request names. Raises Refused."""
    key = _claim(request).key.replace("\0", "\ufffd")
    company = Company.objects.filter(key=key).exclude(secret="").first()
    if company is None:
        raise invalid()
    return company


def admit(request: HttpRequest, company: Company) -> None:
    """Raises Refused unless the request is signed with the company's secret, now."""
    claim = _claim(request)
    wanted = PARAMETERS[company.switches.get("signature", "newer")]
    if (claim.region, claim.service) != (wanted.region, wanted.service):
        raise invalid("3 D")
    if not wanted.signed <= set(claim.signed) or list(claim.signed) != sorted(set(claim.signed)):
        raise invalid("3 D")
    moment = _moment(request, claim, company)
    if not hmac.compare_digest(
        signature(company.secret, claim, _message(request, claim), moment), claim.signature
    ):
        raise invalid("3 D")


def _claim(request: HttpRequest) -> Claim:
    found = AUTHORIZATION.fullmatch(request.headers.get("Authorization", "").strip())
    parts = found["credential"].rsplit("/", 4) if found else []
    if found is None or len(parts) != 5 or parts[4] != "aws4_request":
        raise invalid()
    return Claim(
        key=parts[0],
        day=parts[1],
        region=parts[2],
        service=parts[3],
        signed=tuple(found["headers"].split(";")),
        signature=found["signature"],
    )


def _moment(request: HttpRequest, claim: Claim, company: Company) -> str:
    """The time of the signature. A clock that is off looks like a wrong key."""
    said = request.headers.get("X-Amz-Date", "")
    try:
        at = datetime.strptime(said, MOMENT).replace(tzinfo=UTC)
    except ValueError as problem:
        raise invalid("3 A") from problem
    minutes = company.switches.get("clock_minutes", CLOCK_MINUTES)
    is_off = minutes and abs(timezone.now() - at) > timedelta(minutes=minutes)
    if is_off or at.strftime(MOMENT) != said or claim.day != said[:8]:
        raise invalid("3 A")
    return said


def _message(request: HttpRequest, claim: Claim) -> Message:
    if any(name not in request.headers for name in claim.signed):
        raise invalid("3 D")
    return Message(
        method=str(request.method),
        path=request.path,
        query=str(request.META.get("QUERY_STRING", "")),
        headers=[(name, request.headers[name]) for name in claim.signed],
        payload=request.body,
    )


def signature(secret: str, claim: Claim, message: Message, moment: str) -> str:
    """The hex signature that this secret gives, at `moment` (`20261120T010203Z`)."""
    scope = f"{claim.day}/{claim.region}/{claim.service}/aws4_request"
    digest = hashlib.sha256(canonical(message).encode()).hexdigest()
    signed = f"{ALGORITHM}\n{moment}\n{scope}\n{digest}"
    key = b"AWS4" + secret.encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.new(key, signed.encode(), "sha256").hexdigest()


def canonical(message: Message) -> str:
    """The canonical request, LF between its lines and none at its end."""
    headers = [f"{name}:{' '.join(value.split())}" for name, value in message.headers]
    return "\n".join(
        [
            message.method,
            quote(message.path, safe="/-_.~"),
            _canonical_query(message.query),
            *headers,
            "",
            ";".join(name for name, _ in message.headers),
            hashlib.sha256(message.payload).hexdigest(),
        ]
    )


def _canonical_query(query: str) -> str:
    """Sorted, encoded as RFC 3986 has it: a space is `%20`, and a plus is a plus."""
    pairs = (pair.partition("=") for pair in query.split("&") if pair)
    encoded = ((_encoded(name), _encoded(value)) for name, _, value in pairs)
    return "&".join(f"{name}={value}" for name, value in sorted(encoded))


def _encoded(text: str) -> str:
    return quote(unquote(text), safe="-_.~")
