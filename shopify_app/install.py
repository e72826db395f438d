"""A shop's life here: first contact, reinstall, scopes, uninstall (Shopify contract 3.1).

Shopify has no install callback: the first request with a valid token is the installation.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import connection, transaction

from accounting import audit
from accounting.models import Store
from shopify_app.models import Delivery, Shop

SHOPIFY = "Shopify"  # who, in the audit trail
ARRIVAL_LOCK = 0x4C656A62  # first key of the advisory lock; the second is the shop


class Uninstalled(Exception):
    """The shop left after the moment this contact speaks of: open the app again to come back."""


def first_contact(domain: str, *, now: datetime) -> Shop:
    """The shop, created or reactivated if need be; one SELECT when it is known and active.

    `now` is when the contact was made, by Shopify's clock where a token says so. Raises
    Uninstalled when the shop left later than that.
    """
    shop = Shop.objects.select_related("store").filter(domain=domain).first()
    if shop is not None and shop.state == Shop.State.ACTIVE:
        return shop
    return _arrive(domain, now)


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
    store, _ = Store.objects.get_or_create(name=domain)
    shop, new = Shop.objects.get_or_create(
        domain=domain, defaults={"store": store, "installed_at": now}
    )
    if not new:
        shop = Shop.objects.select_for_update().get(pk=shop.pk)
        if shop.state == Shop.State.ACTIVE:
            return shop
        if shop.uninstalled_at is not None and now <= shop.uninstalled_at:
            raise Uninstalled(Uninstalled.__doc__)
        shop.state, shop.installed_at, shop.uninstalled_at = Shop.State.ACTIVE, now, None
        shop.save(update_fields=["state", "installed_at", "uninstalled_at"])
        Store.objects.filter(pk=store.pk).update(sending=True)
    # What arrived before anybody knew the shop (contract 3.1) can be understood now.
    parked = Delivery.objects.filter(shop_domain=domain, state=Delivery.State.PARKED)
    parked.update(state=Delivery.State.NEW)
    audit.note(store.pk, SHOPIFY, "install", now)
    return shop


@transaction.atomic
def uninstall(domain: str, *, at: datetime) -> bool:
    """Stop sending for the shop and keep its books data. False when the shop is unknown, already
    gone, or was installed again after `at`: then the message is a late one."""
    shop = Shop.objects.select_for_update().filter(domain=domain).first()
    gone = (Shop.State.UNINSTALLED, Shop.State.REDACTED)
    if shop is None or shop.state in gone or at < shop.installed_at:
        return False
    shop.state, shop.uninstalled_at, shop.scopes = Shop.State.UNINSTALLED, at, ""
    shop.save(update_fields=["state", "uninstalled_at", "scopes"])
    Store.objects.filter(pk=shop.store_id).update(sending=False)
    audit.note(shop.store_id, SHOPIFY, "uninstall", at)
    return True


def change_scopes(domain: str, scopes: Iterable[str]) -> None:
    """Remember what the merchant has granted (`current` of app/scopes_update)."""
    Shop.objects.filter(domain=domain).update(scopes=",".join(sorted(scopes)))
