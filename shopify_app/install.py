"""A shop's life here: first contact, reinstall, scopes, trouble, uninstall (Shopify contract 3.1).

Shopify has no install callback: the first request with a valid token is the installation. What each
state means and how it ends: docs/architecture.md, "A shop's life".
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from accounting import audit
from accounting.models import Store
from shopify_app import accountants, tokens, turns
from shopify_app.mail import recipients
from shopify_app.models import Delivery, OfflineToken, Shop
from shopify_app.scopes import written

log = logging.getLogger(__name__)

SHOPIFY = "Shopify"  # who, in the audit trail
ARRIVAL_LOCK = 0x4C656A62  # first key of the advisory lock; the second is the shop
SEEN = timedelta(minutes=1)  # between two notes that somebody was here
PROBE = timedelta(days=1)  # an unavailable shop is asked again after it
SIGN_OF_LIFE = timedelta(minutes=15)  # after the last time, where something is heard of it


class Uninstalled(Exception):
    """The shop left after the moment this contact speaks of: open the app again to come back."""


def first_contact(domain: str, *, now: datetime) -> Shop:
    """The shop, created or reactivated if need be; one SELECT when it is known and here, and once a
    minute a note that it was: a late message that it left must not send it away.

    `now` is when the contact was made, by Shopify's clock where a token says so. Raises
    Uninstalled when the shop left later than that.
    """
    shop = known(domain)
    if shop is None or not shop.is_here:
        return _arrive(domain, now)
    if shop.seen_at is None or now - shop.seen_at > SEEN:
        Shop.objects.filter(pk=shop.pk).update(seen_at=now)
        shows_life(shop, now=now, after=SEEN)
    return shop


def known(domain: str) -> Shop | None:
    """With all a page asks of the shop, and without the sealed tokens that no page opens."""
    shops = Shop.objects.select_related("store", "token", "plan", "details")
    sealed = ("token__access", "token__refresh")
    return shops.filter(domain=domain).defer(*sealed).first()


def connect(shop: Shop, session_token: str, *, now: datetime) -> None:
    """Make sure that Lejar can ask Shopify about the shop while nobody of it is there.

    A page does not need that: when Shopify cannot be had, the trouble is on record, a notice says
    so, and a later page tries again. Raises tokens.SubjectRefused when a fresh session token may
    help.
    """
    try:
        if tokens.exchange(shop, session_token, now=now):
            turns.resume(shop_id=shop.pk, now=now)  # what waited for a token goes on
    except tokens.TokenTrouble as trouble:
        log.warning("no token for %s: %s", shop.domain, trouble)


def has_arrived(domain: str) -> bool:
    """Whether the shop is known. A No holds until the caller's transaction ends, so that a delivery
    parked by it is there for the first contact to release."""
    known = Shop.objects.filter(domain=domain)
    if known.exists():
        return True
    _lock_arrival(domain)
    return known.exists()


def _lock_arrival(domain: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [ARRIVAL_LOCK, domain])


@transaction.atomic
def _arrive(domain: str, now: datetime) -> Shop:
    _lock_arrival(domain)
    shop = Shop.objects.select_for_update().filter(domain=domain).first()
    if shop is None:
        shop = _create(domain, now)
    elif shop.is_here:
        return shop
    elif shop.uninstalled_at is not None and now <= shop.uninstalled_at:
        raise Uninstalled(Uninstalled.__doc__)
    else:
        _come_back(shop, now)
    # What arrived before anybody knew the shop (contract 3.1) can be understood now.
    parked = Delivery.objects.filter(shop_domain=domain, state=Delivery.State.PARKED)
    parked.update(state=Delivery.State.NEW)
    audit.note(shop.store_id, SHOPIFY, "install", now)
    return shop


def _create(domain: str, now: datetime) -> Shop:
    """A new shop posts what happens from this day on; older orders are a backfill, which is
    offered and never a surprise."""
    store, new = Store.objects.get_or_create(name=domain)
    if new:
        store.cut_over_date = first_day(store.time_zone, now)
        store.save(update_fields=["cut_over_date"])
    return Shop.objects.create(
        domain=domain, store=store, installed_at=now, seen_at=now, read_ready_at=now
    )


def first_day(time_zone: str, installed_at: datetime) -> date:
    """The day of the installation where the store is."""
    return installed_at.astimezone(ZoneInfo(time_zone)).date()


def _come_back(shop: Shop, now: datetime) -> None:
    shop.first_installed_at = shop.known_since
    shop.state, shop.installed_at, shop.uninstalled_at = Shop.State.ACTIVE, now, None
    shop.seen_at = shop.read_ready_at = now
    shop.save()
    Store.objects.filter(pk=shop.store_id).update(sending=True)


@transaction.atomic
def uninstall(domain: str, *, at: datetime) -> bool:
    """Forget the shop's token and its people's addresses, end its accountants' links, stop sending
    for it, and keep its books data. False when the shop is unknown or already gone, or when after
    `at` it was installed, somebody of it was here or Shopify gave us a token: then the message is a
    late one, and an older token has died with it."""
    shop = Shop.objects.filter(domain=domain).first()
    if shop is None:
        return False
    issued_at = tokens.lock(shop)
    shop = Shop.objects.select_for_update().get(pk=shop.pk)
    if not shop.is_here:
        return False
    if at < max(filter(None, (shop.installed_at, shop.seen_at, issued_at))):
        old = OfflineToken.objects.filter(shop=shop, issued_at__lte=at, reconnect_since=None)
        old.update(reconnect_since=at)
        return False
    OfflineToken.objects.filter(shop=shop).delete()
    recipients.forget_shop(shop.pk)
    accountants.end_all(shop, at=at)
    shop.state, shop.uninstalled_at, shop.scopes = Shop.State.UNINSTALLED, at, ""
    shop.unavailable_since = shop.read_ready_at = None
    shop.save()
    Store.objects.filter(pk=shop.store_id).update(sending=False)
    audit.note(shop.store_id, SHOPIFY, "uninstall", at)
    return True


def change_scopes(domain: str, scopes: Iterable[str]) -> None:
    """Remember what the merchant has granted (`current` of app/scopes_update). Where that is not
    what the token was given for, the next page asks for another."""
    here = (Shop.State.ACTIVE, Shop.State.UNAVAILABLE)
    Shop.objects.filter(domain=domain, state__in=here).update(scopes=written(scopes))


def read_again(domain: str, *, now: datetime) -> None:
    """Have the shop's own settings and its plan read now, unless they are due already."""
    Shop.objects.filter(domain=domain).exclude(read_ready_at__lte=now).update(read_ready_at=now)


@transaction.atomic
def unavailable(shop: Shop, *, now: datetime) -> None:
    """Shopify says that the shop is closed, frozen or locked (402, 404, 423, SHOP_INACTIVE): send
    nothing for it, and ask again a day later."""
    here = Shop.objects.filter(pk=shop.pk)
    changed = here.filter(state=Shop.State.ACTIVE).update(
        state=Shop.State.UNAVAILABLE, unavailable_since=now
    )
    here.filter(state=Shop.State.UNAVAILABLE).update(read_ready_at=now + PROBE)
    if changed:
        _sending(shop, False, "unavailable", now)


def shows_life(shop: Shop, *, now: datetime, after: timedelta = SIGN_OF_LIFE) -> None:
    """Something was heard of the shop: if Shopify called it closed, ask whether it still is, when
    the last answer is this old, and not only the next day."""
    if shop.state == Shop.State.UNAVAILABLE:
        asked = {"read_ready_at__gt": now, "read_ready_at__lte": now + PROBE - after}
        Shop.objects.filter(pk=shop.pk, **asked).update(read_ready_at=now)


@transaction.atomic
def available(shop: Shop, *, now: datetime) -> None:
    """Shopify answered a call for the shop: if it was unavailable, it is active again, and what
    waited for that goes on."""
    changed = Shop.objects.filter(pk=shop.pk, state=Shop.State.UNAVAILABLE).update(
        state=Shop.State.ACTIVE, unavailable_since=None
    )
    if changed:
        _sending(shop, True, "available", now)
        turns.resume(shop_id=shop.pk, now=now)


def _sending(shop: Shop, sending: bool, action: str, now: datetime) -> None:
    Store.objects.filter(pk=shop.store_id).update(sending=sending)
    audit.note(shop.store_id, SHOPIFY, action, now)
    shop.refresh_from_db(fields=["state", "unavailable_since", "read_ready_at"])
