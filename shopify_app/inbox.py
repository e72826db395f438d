"""What stored deliveries say: each goes to the handler of its topic and ends as done or failed.

A body that cannot be used ends as a visible failed delivery with the path of the field, and can be
tried again after a fix. A mistake of ours fails its own delivery, is reported, and leaves the rest
of the batch alone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.db import transaction

from accounting import posting
from shopify_app import install, payloads, raw_bodies
from shopify_app.models import Delivery, PrivacyRequest, Shop, ShopDetails
from shopify_app.payloads.shop_details import subscription_shop

log = logging.getLogger(__name__)

PROCESS_BATCH = 100
PRIVACY_DAYS = 30  # Shopify's limit for acting on a compliance request


class NotKept(Exception):
    """The shop is redacted: what still comes of its orders leaves no row (contract 3.1). The door
    stores none; this is for what was stored before, or at the same moment."""


def process(*, now: datetime, limit: int = PROCESS_BATCH) -> int:
    """Take up to `limit` stored deliveries to their handlers. Returns how many there were.

    As they came, whosever they are: the first shop to name an order owns it, so a copy brought in
    another shop's name must not be read before what it was copied from.

    Each in a transaction of its own: two workers whose batches name the same orders the other way
    round would wait for each other.
    """
    processed = 0
    while processed < limit and _process_next(now):
        processed += 1
    return processed


@transaction.atomic
def _process_next(now: datetime) -> bool:
    new = Delivery.objects.filter(state=Delivery.State.NEW).order_by("id")
    delivery = new.select_for_update(skip_locked=True).first()
    if delivery is not None:
        _process_safely(delivery, now)
    return delivery is not None


def retry_delivery(*, shop_domain: str, delivery_id: int) -> bool:
    """Look at a failed delivery again, after a fix. False when it is not this shop's, not
    failed, or its content is no longer kept."""
    failed = Delivery.objects.filter(
        id=delivery_id, shop_domain=shop_domain, state=Delivery.State.FAILED, erased_at=None
    )
    return bool(failed.update(state=Delivery.State.NEW, path="", error="", processed_at=None))


def _process_safely(delivery: Delivery, now: datetime) -> None:
    """A bad body, or a mistake of ours, fails this delivery and leaves the batch alone."""
    path, error = "", ""
    try:
        with transaction.atomic():
            delivery.state = _process(delivery, now)
    except NotKept:
        delivery.delete()
        return
    except (payloads.BadPayload, posting.Refused) as wrong:
        delivery.state, path, error = Delivery.State.FAILED, wrong.path, wrong.message
    except Exception as mistake:
        if posting.database_failed(mistake):
            raise
        log.exception("delivery %s could not be processed", delivery.id)
        error = f"Lejar made a mistake on this delivery ({type(mistake).__name__}) and reported it."
        delivery.state = Delivery.State.FAILED
    if error and _is_redacted(delivery.shop_domain):
        delivery.delete()
        return
    delivery.path, delivery.error, delivery.processed_at = path[:200], error, now
    changed = ["state", "path", "error", "processed_at"]
    if delivery.erased_at is not None:
        changed += ["body", "erased_at"]
    delivery.save(update_fields=changed)


def _process(delivery: Delivery, now: datetime) -> Delivery.State:
    handler = TOPICS.get(delivery.topic)
    if handler is None:
        raise payloads.BadPayload("topic", f"{delivery.topic!r} is not a topic Lejar handles")
    if _is_copied(delivery):
        raise payloads.BadPayload("shop", "is not the one that this body was first delivered for")
    if handler is record and not install.has_arrived(delivery.shop_domain):
        return Delivery.State.PARKED
    handler(delivery, raw_bodies.raw(delivery), now)
    if handler is not record:  # it names the shop's owner, or a customer: read once, kept no more
        delivery.body, delivery.erased_at = b"", now
    return Delivery.State.DONE


def _is_copied(delivery: Delivery) -> bool:
    """Whether another worker is only now reading the same body as another shop's: once it has, the
    ids in it are known to be that shop's. Of what came before, only what is being read is new."""
    before = Delivery.objects.filter(state=Delivery.State.NEW, id__lt=delivery.pk)
    same = before.filter(body=bytes(delivery.body)).exclude(shop_domain=delivery.shop_domain)
    return same.exists()


def _is_redacted(domain: str) -> bool:
    return Shop.objects.filter(domain=domain, state=Shop.State.REDACTED).exists()


def triggered_at(delivery: Delivery) -> datetime:
    """When it happened at Shopify; when it arrived, if Shopify did not say so usably.

    Never later than it arrived: the header is not signed, and a time to come would outrank
    whatever is said until then, or keep a shop out that was uninstalled "then".
    """
    try:
        said = datetime.fromisoformat(delivery.triggered_at)
        usable = said.astimezone(UTC) if said.tzinfo else delivery.received_at
    except (ValueError, OverflowError):
        return delivery.received_at
    return min(usable, delivery.received_at)


def record(delivery: Delivery, body: bytes, now: datetime) -> None:
    """What happened to an order becomes facts of the shop's store."""
    shop = Shop.objects.select_related("store").get(domain=delivery.shop_domain)
    if shop.state == Shop.State.REDACTED:
        raise NotKept
    facts = payloads.facts_from(
        delivery.topic,
        body,
        triggered_at=triggered_at(delivery),
        tax_attributes=shop.store.tax_attributes,
    )
    told_by = f"delivery {delivery.id}"
    posting.record_facts(store_id=shop.store_id, facts=facts, told_by=told_by, now=now)
    install.shows_life(shop, now=now)


def uninstalled(delivery: Delivery, body: bytes, now: datetime) -> None:
    _same_shop(payloads.uninstalled_domain(body), delivery, "myshopify_domain")
    install.uninstall(delivery.shop_domain, at=triggered_at(delivery))


def scopes_changed(delivery: Delivery, body: bytes, now: datetime) -> None:
    install.change_scopes(delivery.shop_domain, payloads.granted_scopes(body))


def shop_changed(delivery: Delivery, body: bytes, now: datetime) -> None:
    """Read the shop's settings anew; nothing of the body is kept, it is full of the owner's."""
    _same_shop(payloads.uninstalled_domain(body), delivery, "myshopify_domain")
    install.read_again(delivery.shop_domain, now=now)


def subscription_changed(delivery: Delivery, body: bytes, now: datetime) -> None:
    """Read the shop's plan anew: the message says when, Shopify's answer says what."""
    named = subscription_shop(body)
    known = ShopDetails.objects.filter(shop__domain=delivery.shop_domain, shopify_id__isnull=False)
    if named is not None and known.exclude(shopify_id=named).exists():
        path = "app_subscription.admin_graphql_api_shop_id"
        raise payloads.BadPayload(path, "names another shop than the delivery's header")
    install.read_again(delivery.shop_domain, now=now)


def privacy(delivery: Delivery, body: bytes, now: datetime) -> None:
    """Keep a compliance request with its due date."""
    payloads.check_privacy_topic(delivery.topic, body)
    asked = payloads.privacy_request(body)
    _same_shop(asked.shop_domain, delivery, "shop_domain")
    PrivacyRequest.objects.create(
        shop_domain=delivery.shop_domain,
        topic=delivery.topic,
        received_at=delivery.received_at,
        due_at=delivery.received_at + timedelta(days=PRIVACY_DAYS),
        customer_id=asked.customer_id,
        order_ids=list(asked.order_ids),
    )
    log.info("%s of %s is to be carried out", delivery.topic, delivery.shop_domain)


def _same_shop(named: str, delivery: Delivery, path: str) -> None:
    """The header that names the shop is not signed; where the body names one, they must agree."""
    if named != delivery.shop_domain:
        raise payloads.BadPayload(path, "names another shop than the delivery's header")


Handler = Callable[[Delivery, bytes, datetime], None]

TOPICS: dict[str, Handler] = {
    "orders/create": record,
    "orders/updated": record,
    "orders/paid": record,
    "orders/edited": record,
    "orders/cancelled": record,
    "orders/delete": record,
    "refunds/create": record,
    "order_transactions/create": record,
    "app/uninstalled": uninstalled,
    "app/scopes_update": scopes_changed,
    "shop/update": shop_changed,
    "app_subscriptions/update": subscription_changed,
    "customers/data_request": privacy,
    "customers/redact": privacy,
    "shop/redact": privacy,
}
