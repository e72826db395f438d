"""Feeds captured webhook bodies through the same door that Shopify uses.

    manage.py replay --shop kedai.myshopify.com [--topic orders/paid] FILE...

A file holds one JSON object, whose topic is guessed from its shape unless `--topic` says it, or
JSON lines of {"topic", "body", "triggered_at"?, "webhook_id"?}. Each body is signed with the
configured secret and given to the application in this process. Replaying a file twice stores it
once: without a `webhook_id`, the id is made from shop, topic and body.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import json
import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.management.base import BaseCommand, CommandError

from shopify_app.models import Delivery

PATH = "/webhooks/shopify"
SHAPES = (  # keys that give a body away, most telling first
    ("orders/edited", frozenset({"order_edit"})),
    ("refunds/create", frozenset({"order_id", "refund_line_items"})),
    ("order_transactions/create", frozenset({"order_id", "kind", "gateway"})),
    ("app/uninstalled", frozenset({"myshopify_domain"})),
)
ORDER = frozenset({"line_items", "created_at"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """One webhook as it was kept. `source` names the file and line it came from."""

    source: str
    topic: str
    body: bytes
    triggered_at: str = ""
    webhook_id: str = ""


class Command(BaseCommand):
    help = "Feed captured webhook bodies through the same door that Shopify uses."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--shop", required=True, help="the sender, NAME.myshopify.com")
        parser.add_argument("--topic", default="", help="of every body that names none itself")

    def handle(self, *, files: list[Path], shop: str, topic: str, **_: Any) -> None:
        if not settings.SHOPIFY_API_SECRETS:
            raise CommandError("SHOPIFY_API_SECRET is not set; nothing can be signed.")
        outcomes: Counter[str] = Counter()
        for path in files:
            for captured in read(path, topic):
                outcome = bring(captured, shop)
                outcomes[outcome.split()[0]] += 1
                self.stdout.write(f"{captured.source}: {captured.topic} {outcome}")
        self.stdout.write(", ".join(f"{count} {name}" for name, count in outcomes.items()))
        if outcomes["refused"]:
            raise CommandError("Some were refused; see above.")


def read(path: Path, topic: str = "") -> Iterator[Captured]:
    """What a file holds. Bytes that are no JSON are passed on as they are when `topic` is given,
    so that the receiver's own judgement of them can be seen."""
    raw = path.read_bytes()
    try:
        whole = json.loads(raw)
    except ValueError:
        yield from _read_lines(path, raw, topic)
        return
    if _is_envelope(whole):
        yield _opened(whole, path.name)
    else:
        yield Captured(source=path.name, topic=topic or guess_topic(whole, path.name), body=raw)


def guess_topic(body: Any, source: str) -> str:
    """The topic a body most likely came under. Raises CommandError when it is none we know."""
    keys = body.keys() if isinstance(body, dict) else frozenset()
    for topic, telling in SHAPES:
        if telling <= keys:
            return topic
    if keys >= ORDER:
        created = body.get("updated_at") == body["created_at"]
        return "orders/create" if created else "orders/updated"
    raise CommandError(f"{source}: the topic cannot be guessed; name it with --topic")


def bring(captured: Captured, shop: str) -> str:
    """stored, duplicate or refused (with the status)."""
    headers = _headers(captured, shop)
    before = _known(shop, headers["X-Shopify-Webhook-Id"])
    status = _post(captured.body, headers)
    if status != 200:
        return f"refused ({status})"
    return "duplicate" if before else "stored"


def _read_lines(path: Path, raw: bytes, topic: str) -> Iterator[Captured]:
    lines = [
        (number, line) for number, line in enumerate(raw.splitlines(), start=1) if line.strip()
    ]
    try:
        envelopes = [(number, json.loads(line)) for number, line in lines]
    except ValueError:
        envelopes = []
    if envelopes and all(_is_envelope(value) for _, value in envelopes):
        for number, value in envelopes:
            yield _opened(value, f"{path.name}:{number}")
    elif topic:
        yield Captured(source=path.name, topic=topic, body=raw)
    else:
        raise CommandError(
            f"{path.name}: neither one JSON object nor JSON lines with topic and body; "
            "name the --topic to send it as it is"
        )


def _is_envelope(value: Any) -> bool:
    return isinstance(value, dict) and "topic" in value and "body" in value


def _opened(value: dict[str, Any], source: str) -> Captured:
    """A body kept as text is sent byte for byte."""
    body = value["body"]
    raw = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    return Captured(
        source=source,
        topic=value["topic"],
        body=raw.encode(),
        triggered_at=value.get("triggered_at") or "",
        webhook_id=value.get("webhook_id") or "",
    )


def _headers(captured: Captured, shop: str) -> dict[str, str]:
    digest = hmac.digest(settings.SHOPIFY_API_SECRETS[0].encode(), captured.body, hashlib.sha256)
    content = "\n".join((shop, captured.topic)).encode() + b"\n" + captured.body
    triggered = captured.triggered_at or datetime.now(UTC).isoformat()
    return {
        "X-Shopify-Topic": captured.topic,
        "X-Shopify-Hmac-Sha256": base64.b64encode(digest).decode(),
        "X-Shopify-Shop-Domain": shop,
        "X-Shopify-API-Version": settings.SHOPIFY_API_VERSION,
        "X-Shopify-Webhook-Id": captured.webhook_id or hashlib.sha256(content).hexdigest(),
        "X-Shopify-Triggered-At": triggered,
    }


def _known(shop: str, webhook_id: str) -> bool:
    return Delivery.objects.filter(shop_domain=shop, webhook_id=webhook_id).exists()


def _post(body: bytes, headers: dict[str, str]) -> int:
    """One request through the whole application, as a web server would call it."""
    statuses: list[str] = []
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": PATH,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.url_scheme": "http",
        **{"HTTP_" + name.upper().replace("-", "_"): value for name, value in headers.items()},
    }

    def start_response(status: str, _headers: Any, _error: Any = None) -> Any:
        statuses.append(status)
        return lambda _: None

    response = WSGIHandler()(environ, start_response)
    response.close()
    return int(statuses[0].split()[0])
