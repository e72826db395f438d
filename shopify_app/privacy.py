"""Acting on what Shopify asks about personal data (contract shopify.md 5.6, 14).

The webhooks are stored by `inbox` with their due date. Here each request is carried out, in pieces
that can be repeated, until its row says what was found or erased and what was kept. A mistake is
shown on the row and tried again; a shop that came back is not erased before an operator says so.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from accounting import erasure, posting, sealing
from accounting.models import Store
from accounting.pauses import doubling
from shopify_app import privacy_export, raw_bodies, tokens
from shopify_app.mail import recipients
from shopify_app.models import (
    AccountantLink,
    Delivery,
    OfflineToken,
    PrivacyRequest,
    ProductReading,
    Shop,
    ShopDetails,
    ShopPlan,
    ShopReading,
)

log = logging.getLogger(__name__)

State = PrivacyRequest.State
LEASE = timedelta(minutes=10)  # nobody else takes a request that is under way
SOON = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
ORDERS_AT_ONCE = 200
NOT_READ_YET = "A webhook about these orders has not been read yet; it is read first."
HELD = "privacy request %s of %s is held"  # to the log
CAME_BACK = "The shop has Lejar installed, so nothing was erased. An operator has to decide."
# What an erasure leaves, by the names that `privacy_words` explains.
KEPT = ["trail", "books", "digests", "ids"]


class Later(Exception):
    """Not yet: to be tried again soon, and nobody's fault."""


class Held(Exception):
    """To be decided by an operator; the text says why."""


def run(*, now: datetime) -> int:
    """Carry out the next request that is due, and forget exports whose time is over. Returns how
    much there was to do."""
    forgotten = _forget_exports(now)
    request = _claim(now)
    if request is not None:
        _carry_out(request, now)
    return forgotten + (request is not None)


def release(request_id: int, *, now: datetime) -> bool:
    """An operator's word that a held request shall be carried out. False when it is not held."""
    held = PrivacyRequest.objects.filter(id=request_id, state=State.HELD)
    return bool(held.update(state=State.NEW, ready_at=now, evidence={"released": True}))


def exported(request: PrivacyRequest, *, now: datetime) -> str | None:
    """What was compiled for a data request, as JSON; None when there is nothing (any more)."""
    until = request.export_until
    if request.sealed_export is None or until is None or until <= now:
        return None
    return sealing.unseal(bytes(request.sealed_export), row=sealed_as(request))


def sealed_as(request: PrivacyRequest) -> str:
    """The row an export is sealed for."""
    return f"privacy request {request.id}"


@transaction.atomic
def _claim(now: datetime) -> PrivacyRequest | None:
    due = PrivacyRequest.objects.filter(
        Q(ready_at=None) | Q(ready_at__lte=now), state__in=(State.NEW, State.FAILED)
    )
    request = due.order_by("id").select_for_update(skip_locked=True).first()
    if request is not None:
        request.ready_at = now + LEASE
        request.save(update_fields=["ready_at"])
    return request


def _carry_out(request: PrivacyRequest, now: datetime) -> None:
    try:
        changes = DUTIES[request.topic](request, now)
    except (Later, erasure.Busy) as wait:
        changes = {"ready_at": now + SOON, "error": str(wait)}
    except Held as why:
        log.error(HELD, request.id, request.shop_domain)
        changes = {"state": State.HELD, "error": str(why), "ready_at": None}
    except Exception as mistake:
        if posting.database_failed(mistake):
            raise
        log.exception("privacy request %s failed", request.id)
        changes = _failed(request, mistake, now)
    PrivacyRequest.objects.filter(id=request.id).update(**changes)


def _failed(request: PrivacyRequest, mistake: Exception, now: datetime) -> dict[str, Any]:
    wait = doubling(SOON, request.tries, most=LONGEST_WAIT)
    error = f"Lejar could not do this yet ({type(mistake).__name__}) and tries again."
    return {
        "state": State.FAILED,
        "tries": request.tries + 1,
        "error": error,
        "ready_at": now + wait,
    }


def _done(now: datetime, counts: Counter[str], **evidence: Any) -> dict[str, Any]:
    found = {name: count for name, count in sorted(counts.items()) if count}
    return {
        "state": State.DONE,
        "done_at": now,
        "ready_at": None,
        "error": "",
        "evidence": {"counts": found, **evidence},
    }


# --- customers/data_request ------------------------------------------------------------------


def _compile(request: PrivacyRequest, now: datetime) -> dict[str, Any]:
    """Everything kept about the customer and the orders listed, sealed for the owner."""
    found = privacy_export.compiled(request, _store(request))
    sealed = sealing.seal(found.text(request, now), row=sealed_as(request))
    until = now + timedelta(days=settings.SHOPIFY_EXPORT_DAYS)
    return {**_done(now, found.counts), "sealed_export": sealed, "export_until": until}


def _forget_exports(now: datetime) -> int:
    over = PrivacyRequest.objects.filter(sealed_export__isnull=False, export_until__lte=now)
    return over.update(sealed_export=None)


def _store(request: PrivacyRequest) -> Store | None:
    return Store.objects.filter(shop__domain=request.shop_domain).first()


# --- customers/redact ------------------------------------------------------------------------


def _redact_customer(request: PrivacyRequest, now: datetime) -> dict[str, Any]:
    """Erase the buyer of the orders listed, and the webhooks that name them or the customer. The
    orders first: what is read meanwhile comes without its buyer."""
    if any(row.state == Delivery.State.NEW for row in _about(request)):
        raise Later(NOT_READ_YET)
    store, erased = _store(request), Counter[str]()
    if store is not None:
        for order_id in request.order_ids:
            erased.update(erasure.erase_buyer(store_id=store.id, order_id=order_id, now=now))
    erased["exports"] = _erase_exports(request)
    erased["deliveries"] = _erase_deliveries(request, now)
    elsewhere = privacy_export.orders_of(store, request.customer_id) - set(request.order_ids)
    kept = KEPT + (["unlisted_orders"] if elsewhere else [])
    return _done(now, erased, kept=kept, unlisted_orders=len(elsewhere))


def _about(request: PrivacyRequest) -> Iterator[Delivery]:
    ids = privacy_export.ids(request)
    return (row for row, _ in raw_bodies.mentioning(request.shop_domain, ids))


def _erase_deliveries(request: PrivacyRequest, now: datetime) -> int:
    """One that was not read yet is read first, or what it says of money would be lost."""
    about = [row.id for row in _about(request)]
    read = Delivery.objects.filter(id__in=about).exclude(state=Delivery.State.NEW)
    with transaction.atomic():
        erased = raw_bodies.erase(read, now)
    if erased < len(about):
        raise Later(NOT_READ_YET)
    return erased


def _erase_exports(request: PrivacyRequest) -> int:
    """What was compiled of the same customer or orders."""
    kept = PrivacyRequest.objects.filter(
        shop_domain=request.shop_domain, sealed_export__isnull=False
    )
    same = [row.id for row in kept if privacy_export.ids(row) & privacy_export.ids(request)]
    return kept.filter(id__in=same).update(sealed_export=None)


# --- shop/redact -----------------------------------------------------------------------------


def _redact_shop(request: PrivacyRequest, now: datetime) -> dict[str, Any]:
    """Erase all buyers, webhooks, keys and codes of a shop that has left. A large shop takes
    several turns."""
    shop = _gone(request)
    erased = Counter[str]()
    if shop is not None:
        since = request.received_at
        left = erasure.unerased(shop.store_id, since=since, limit=ORDERS_AT_ONCE)
        for order_id in left:
            erasure.erase_buyer(store_id=shop.store_id, order_id=order_id, now=now)
        if len(left) == ORDERS_AT_ONCE:
            return {"ready_at": now}
        erased = erasure.forget_store(store_id=shop.store_id, now=now)
        erased["orders"] = shop.store.order_set.filter(erased_at__gte=since).count()
    deliveries = Delivery.objects.filter(shop_domain=request.shop_domain, erased_at=None)
    erased["deliveries"] = raw_bodies.erase(deliveries, now)
    exports = PrivacyRequest.objects.filter(shop_domain=request.shop_domain)
    erased["exports"] = exports.filter(sealed_export__isnull=False).update(sealed_export=None)
    return _done(now, erased, kept=KEPT)


ENDED = (OfflineToken, ShopDetails, ShopPlan, ShopReading, ProductReading, AccountantLink)


@transaction.atomic
def _gone(request: PrivacyRequest) -> Shop | None:
    """The shop, redacted from now on: nothing that still comes of it is kept, and nothing that lets
    it be asked. Raises Held when it is here, or left again later: then Shopify asks again."""
    for known in Shop.objects.filter(domain=request.shop_domain, state__in=Shop.HERE):
        tokens.lock(known)  # before the shop, as whoever has its token does
    rows = Shop.objects.select_for_update(of=("self",)).select_related("store")
    shop = rows.filter(domain=request.shop_domain).first()
    if shop is None or shop.state == Shop.State.REDACTED:
        return shop
    left_at = shop.uninstalled_at
    left = shop.state == Shop.State.UNINSTALLED and left_at and left_at <= request.received_at
    if not left and "released" not in request.evidence:
        raise Held(CAME_BACK)
    recipients.forget_shop(shop.id)
    for table in ENDED:  # a released shop may be here
        table._default_manager.filter(shop=shop).delete()
    Shop.objects.filter(id=shop.id).update(
        state=Shop.State.REDACTED, scopes="", read_ready_at=None, unavailable_since=None
    )
    Store.objects.filter(id=shop.store_id).update(sending=False)
    return shop


Duty = Callable[[PrivacyRequest, datetime], dict[str, Any]]

DUTIES: dict[str, Duty] = {
    "customers/data_request": _compile,
    "customers/redact": _redact_customer,
    "shop/redact": _redact_shop,
}
