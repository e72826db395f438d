"""The door for Shopify's webhooks: verified on the raw bytes, stored once, answered.

Nothing is parsed and nothing is published in the request, so an answer of 200 means "stored", and
any trouble of ours means 503 and Shopify tries again (Shopify contract 5.2). What a stored delivery
says is understood later, by `inbox`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import zlib
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from shopify_app.models import Delivery
from shopify_app.session import clean_shop

log = logging.getLogger(__name__)

# By hand, because the ORM would open a transaction around it: two more trips for every webhook.
# Of a shop that was erased nothing is stored any more (contract 3.1).
STORE = """
    INSERT INTO shopify_app_delivery
        (shop_domain, webhook_id, topic, event_id, api_version, triggered_at, body, received_at,
         state, path, error)
    SELECT %(shop_domain)s, %(webhook_id)s, %(topic)s, %(event_id)s, %(api_version)s,
           %(triggered_at)s, %(body)s, %(received_at)s, %(state)s, '', ''
    WHERE NOT EXISTS (
        SELECT FROM shopify_app_shop WHERE domain = %(shop_domain)s AND state = 'redacted'
    )
    ON CONFLICT (shop_domain, webhook_id) DO NOTHING
"""


@csrf_exempt
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    """401 without a reason for a bad signature, 400 for signed but unusable headers, else 200."""
    raw = request.body
    if not signed(raw, request.headers.get("X-Shopify-Hmac-Sha256", "")):
        return HttpResponse(status=401)
    shop = clean_shop(request.headers.get("X-Shopify-Shop-Domain", ""))
    topic = request.headers.get("X-Shopify-Topic", "")
    if shop is None or not topic or len(topic) > 100:
        log.warning("a signed webhook named no usable shop or topic")
        return HttpResponse(status=400)
    try:
        _store(request, shop, topic, raw)
    except DatabaseError:
        log.exception("a delivery could not be stored")
        return HttpResponse(status=503)
    return HttpResponse(status=200)


def signed(raw: bytes, signature: str) -> bool:
    """Whether Shopify signed these bytes with our current or our previous secret."""
    if not signature.isascii():
        return False
    expected = [
        base64.b64encode(hmac.new(secret.encode(), raw, hashlib.sha256).digest())
        for secret in settings.SHOPIFY_API_SECRETS
    ]
    return any(hmac.compare_digest(each, signature.encode()) for each in expected)


def _store(request: HttpRequest, shop: str, topic: str, raw: bytes) -> None:
    """One INSERT; the same (shop, webhook id) again changes nothing."""
    said = request.headers.get("X-Shopify-Webhook-Id", "")
    fallback = "sha256:" + hashlib.sha256(topic.encode() + b"\0" + said.encode() + raw).hexdigest()
    delivery: dict[str, Any] = {
        "shop_domain": shop,
        "webhook_id": said if 0 < len(said) <= 100 else fallback,
        "topic": topic,
        "event_id": request.headers.get("X-Shopify-Event-Id", "")[:100],
        "api_version": request.headers.get("X-Shopify-API-Version", "")[:20],
        "triggered_at": request.headers.get("X-Shopify-Triggered-At", "")[:40],
        "body": zlib.compress(raw, 1),
        "received_at": timezone.now(),
        "state": Delivery.State.NEW.value,
    }
    with connection.cursor() as cursor:
        cursor.execute(STORE, delivery)
