"""The shop's own settings and its plan, read from Shopify once a day and when something hints.

The table is the queue: `Shop.read_ready_at` says when. A reading is claimed by moving that time
beyond what a call may take, and no transaction is open while Shopify is asked; a hint that comes
meanwhile stays, because only the own claim is replaced by the next time.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from accounting import audit, mapping, policy
from accounting.models import Document, Order, Store
from accounting.pauses import doubling
from accounting.posting import database_failed
from shopify_app import billing, install
from shopify_app.admin_api import Answer, Refused, ShopUnavailable, TryLater, ask
from shopify_app.models import Delivery, Shop, ShopDetails
from shopify_app.payloads import BadPayload
from shopify_app.payloads.shop_details import Details, shop_details
from shopify_app.tokens import ReconnectNeeded

log = logging.getLogger(__name__)

WHO = "Shopify"  # in the audit trail
BATCH = 10
CLAIM = timedelta(minutes=10)  # longer than every deadline of one call together
DAY = timedelta(days=1)
SOON = timedelta(hours=1)  # where sending waits for a plan, and no message came of one
FIRST_PAUSE = timedelta(minutes=1)
JITTER = 0.2  # of the pause: shops that came together do not ask together for ever
KEPT = ("name", "currency", "time_zone", "country", "order_prefix", "order_suffix")
BOOKS = ("currency", "time_zone")  # of the shop's settings those that its books are kept by

Ask = Callable[..., Answer]


def run(
    *,
    now: datetime,
    ask: Ask = ask,
    chance: Callable[[], float] = random.random,
    limit: int = BATCH,
) -> int:
    """Read up to `limit` of the shops that are due. Returns how many were tried."""
    tried = 0
    while tried < limit and (shop := _claim(now)) is not None:
        _read(shop, now, ask, chance)
        tried += 1
    return tried


@transaction.atomic
def _claim(now: datetime) -> Shop | None:
    here = Shop.objects.filter(state__in=Shop.HERE).select_related("store")
    free = here.select_for_update(skip_locked=True, of=("self",))
    # Each is one step into an index, however many shops there are.
    due = free.filter(read_ready_at__lte=now).order_by("read_ready_at", "id")
    shop = free.filter(read_ready_at=None).order_by("id").first() or due.first()
    if shop is not None:
        shop.read_ready_at = now + CLAIM
        shop.save(update_fields=["read_ready_at"])
    return shop


def _read(shop: Shop, now: datetime, ask: Ask, chance: Callable[[], float]) -> None:
    """Read one shop; what goes wrong is kept, and tried again after a pause that grows."""
    trouble, at_least, claim = "", timedelta(), shop.read_ready_at
    try:
        keep(shop, _details(shop, ask(shop, "ShopBootstrap", now=now)), now=now)
        install.available(shop, now=now)
    except TryLater as error:
        trouble, at_least = "try_later", timedelta(seconds=error.seconds)
    except ReconnectNeeded:
        trouble = "reconnect"
    except ShopUnavailable as error:
        trouble = f"unavailable {error.code}".strip()
        install.unavailable(shop, now=now)
    except Refused as error:
        trouble = f"refused {error.code}".strip()
    except BadPayload as error:
        trouble = f"answer {error.path}"
    except Exception as mistake:
        if database_failed(mistake):
            raise
        log.exception("the settings of shop %s could not be read", shop.id)
        trouble = f"mistake {type(mistake).__name__}"
    tries = _note_trouble(shop, trouble, now) if trouble else 0
    pause = next_pause(tries, at_least=at_least, chance=chance())
    if not tries and billing.is_waited_for(shop, now=now):
        pause = min(pause, SOON)
    following = now + pause
    Shop.objects.filter(id=shop.id, read_ready_at=claim).update(read_ready_at=following)


def next_pause(tries: int, *, at_least: timedelta = timedelta(), chance: float) -> timedelta:
    """How long until the next reading after so many in vain: a day after a good one, else from a
    minute on twice as long each time, up to a day. `chance` from 0 to 1 spreads it."""
    if tries == 0:
        return DAY * (1 - JITTER * chance)
    pause = doubling(FIRST_PAUSE, tries - 1, most=DAY)
    return max(pause * (1 + JITTER * chance), at_least)


def _details(shop: Shop, answer: Answer) -> Details:
    details = shop_details(answer.data)
    if details.domain != shop.domain:
        raise BadPayload("shop.myshopifyDomain", "names another shop than was asked for")
    return details


def _note_trouble(shop: Shop, trouble: str, now: datetime) -> int:
    row, _ = ShopDetails.objects.get_or_create(shop=shop)
    row.tries, row.trouble = row.tries + 1, trouble[:60]
    row.save(update_fields=["tries", "trouble"])
    billing.doubt(shop, now=now)
    return row.tries


# --- what is kept ----------------------------------------------------------------------------


@transaction.atomic
def keep(shop: Shop, told: Details, *, now: datetime) -> None:
    """Keep what the shop said of itself. Its currency and time zone become the books' only while
    there is nothing in them; later the trail keeps the change, and a notice asks a person."""
    if not _is_here(shop):
        return
    row = _row(shop)
    before = {name: getattr(row, name) for name in BOOKS}
    for name in KEPT:
        setattr(row, name, getattr(told, name))
    row.shopify_id, row.is_development = told.shopify_id, told.is_development
    row.read_at, row.tries, row.trouble = now, 0, ""
    row.save()
    install.change_scopes(shop.domain, told.scopes)
    billing.keep(shop, told.subscriptions, now=now)
    changed = {name: getattr(row, name) for name in BOOKS if getattr(row, name) != before[name]}
    if changed:
        _adopt(shop, changed, before, now)  # last: it holds the store, as an uninstall does


def _is_here(shop: Shop) -> bool:
    """Whether the shop has not left while Shopify was asked. It cannot until this is through."""
    locked = Shop.objects.select_for_update(of=("self",), no_key=True).filter(id=shop.id)
    return locked.filter(state__in=Shop.HERE).first() is not None


def _row(shop: Shop) -> ShopDetails:
    ShopDetails.objects.get_or_create(shop=shop)
    return ShopDetails.objects.select_for_update().get(shop=shop)


def _adopt(shop: Shop, changed: dict[str, str], before: dict[str, str], now: datetime) -> None:
    mapping.changing(shop.store_id)  # before the store, as planning takes them
    store = Store.objects.select_for_update().get(id=shop.store_id)
    differs = {name: value for name, value in changed.items() if getattr(store, name) != value}
    if not differs:
        return
    if _has_begun(store):
        was = {name: before[name] for name in differs}
        books = {name: getattr(store, name) for name in differs}
        audit.note(store.id, WHO, "shop_changed", now, shop=differs, before=was, books=books)
        return
    changes: dict[str, Any] = differs | _moved_first_day(shop, store, differs)
    policy.change_policy(store_id=store.id, changes=changes, who=WHO, now=now)
    if "currency" in differs:  # orders refused for it belong here after all
        refused = Delivery.objects.filter(
            shop_domain=shop.domain, state=Delivery.State.FAILED, path="currency"
        )
        refused.update(state=Delivery.State.NEW, path="", error="", processed_at=None)


def _moved_first_day(shop: Shop, store: Store, differs: dict[str, str]) -> dict[str, date]:
    """The cut-over set by the installation, where that was on another day in the shop's own zone.
    One that a person chose stays."""
    first = install.first_day(store.time_zone, shop.known_since)
    if "time_zone" not in differs or store.cut_over_date != first:
        return {}
    local = install.first_day(differs["time_zone"], shop.known_since)
    return {"cut_over_date": local} if local != first else {}


def _has_begun(store: Store) -> bool:
    orders = Order.objects.filter(store=store)
    return orders.exists() or Document.objects.filter(store=store).exists()


def differences(shop: Shop) -> dict[str, tuple[str, str]]:
    """Which of the shop's settings its books are not kept by: name -> the shop's, the books'."""
    row: ShopDetails | None = getattr(shop, "details", None)
    pairs: dict[str, Any] = {}
    for name in BOOKS if row is not None and row.read_at else ():
        here, there = getattr(row, name), getattr(shop.store, name)
        if here != there:
            pairs[name] = (here, there)
    return pairs
