"""Reads what a shop sells, so that it can be mapped before it is sold.

All products once, then each day those that changed since the last reading began, in turns like
sweeps (`turns`): a page or ten, paced by the shop's bucket, then other shops. Products are asked
for in the order of their ids, each page beyond the last id that was kept: nothing moves in that
order while it is read, a killed worker goes on where it was, and Shopify's limit on long lists is
never met. What is kept is flat: one page at a time.

A list of changes does not show what was deleted. Shopify's own count of products tells: where it
differs from ours after the changes are in, all products are read once more, and what that does not
show is hidden.

Webhooks (`products/update`) are not subscribed: Shopify sends one at every sale of a product whose
stock it counts, and a name or a vendor that is a day old holds no order: orders bring what they
sold by themselves (`accounting.catalogue.see`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Greatest

from accounting import catalogue
from shopify_app import turns
from shopify_app.admin_api import Answer, Refused
from shopify_app.models import ProductReading, Shop, ShopReading
from shopify_app.payloads import BadPayload
from shopify_app.payloads.products import Product, Products, more_variants, products
from shopify_app.turns import Clock, LeaseLost, Shopify, Turn, Work

log = logging.getLogger(__name__)

State = ProductReading.State
PAGES = 10  # of one turn
DAY = timedelta(days=1)
OVERLAP = timedelta(hours=1)  # clocks differ, and Shopify's search lags behind
KEEP = timedelta(days=30)
SCOPES = ["read_products", "write_products"]  # either: to write is to read
REFUSED_PAUSE = timedelta(hours=1)
MALFORMED, STUCK = "BAD_ANSWER", "NO_PROGRESS"
WORDS = {
    turns.Trouble.BUSY: "Shopify asks us to wait, or does not answer. The reading goes on by "
    "itself.",
    turns.Trouble.REFUSED: "Shopify refuses to list the products (%(code)s). Lejar tries again.",
    turns.Trouble.UNAVAILABLE: "Shopify says that the shop is closed. Lejar asks again every day.",
    turns.Trouble.RECONNECT: "Shopify no longer accepts Lejar's access. Open Lejar in Shopify to "
    "connect it again; the reading then goes on by itself.",
}


# --- when ------------------------------------------------------------------------------------


SET_FIRST = f"""
    UPDATE shopify_app_shopreading reading SET products_at = %(now)s
    FROM shopify_app_shop shop
    WHERE reading.shop_id = shop.id AND reading.products_at IS NULL AND {turns.HERE}
      AND %(scopes)s && string_to_array(shop.scopes, ',')
"""  # noqa: S608 (a constant)


def enrol(*, now: datetime) -> int:
    """Read the products of every installed shop that has never had them read or has come back, and
    has granted it. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(SET_FIRST, {"now": now, "scopes": SCOPES})
        return int(cursor.rowcount)


def read_now(*, shop_id: int, now: datetime) -> None:
    """A person wants the products read: as soon as the shop may be asked."""
    ShopReading.objects.get_or_create(shop_id=shop_id)
    soon = Greatest(now, Coalesce("not_before", now))
    ShopReading.objects.filter(shop_id=shop_id).update(products_at=soon)


def newest(shop_id: int) -> ProductReading | None:
    return ProductReading.objects.filter(shop_id=shop_id).order_by("-id").first()


def _begun(shop: Shop, now: datetime) -> ProductReading:
    """The one under way, or a new one of what changed since the last that went through."""
    rows = ProductReading.objects.filter(shop=shop)
    under_way = rows.filter(state__in=(State.RUNNING, State.STOPPED)).first()
    if under_way is not None:
        return under_way
    last = rows.order_by("-id").first()
    since = (last.started_at - OVERLAP).replace(microsecond=0) if last else None
    return _start(shop, since, now)


def _start(shop: Shop, since: datetime | None, now: datetime) -> ProductReading:
    new = ProductReading(shop=shop, since=since, started_at=now, moved_at=now)
    ProductReading.objects.bulk_create([new], ignore_conflicts=True)
    return ProductReading.objects.get(shop=shop, state__in=(State.RUNNING, State.STOPPED))


# --- going on --------------------------------------------------------------------------------


def run(
    *,
    clock: Clock,
    shopify: Shopify,
    stopping: Callable[[], bool] = lambda: False,
    most: int = 5,
) -> int:
    """Go on with every reading that is due, in up to `most` turns of a few pages each. Returns how
    many pages were kept."""
    if settings.SHOPIFY_FETCH == "never":
        return 0
    pages = 0
    for turn in turns.each(Work.PRODUCTS, clock=clock, stopping=stopping, most=most):
        pages += _take(turn, shopify, stopping)
    return pages


def _take(turn: Turn, shopify: Shopify, stopping: Callable[[], bool]) -> int:
    pages = 0
    try:
        going = turn.is_here
        reading = _begun(turn.shop, turn.clock()) if going else None
        while reading is not None and going and pages < PAGES and not stopping():
            turn.renew()
            before = reading.pages
            going = _turned(turn, reading, shopify)
            pages += reading.pages - before
        turn.leave()
    except LeaseLost:
        log.warning("another worker reads from shop %s now", turn.shop.pk)
    return pages


def _turned(turn: Turn, reading: ProductReading, shopify: Shopify) -> bool:
    """Ask for a page and keep it. False when the turn is over."""
    try:
        answer = shopify.ask(turn.shop, "ProductsAfter", _asked(reading), now=turn.clock())
        page = _page_of(answer, reading)
        turn.answered(shopify)
        wait = _keep(turn, reading, page, answer, shopify)
    except turns.TROUBLES as error:
        return _stop(turn, reading, error, shopify)
    except (LeaseLost, OperationalError, InterfaceError):
        raise  # nothing can be written now, or not by us
    except BadPayload as bad:
        log.warning("products of shop %s: %s", turn.shop.pk, bad.path)
        return _stop(turn, reading, Refused(MALFORMED), shopify)
    except Exception:
        log.exception("the products of shop %s could not be read", turn.shop.pk)
        return _stop(turn, reading, Refused(MALFORMED), shopify)
    if reading.state != State.FINISHED and wait > 0:
        turn.rest(wait, Work.PRODUCTS)
        return False
    return reading.state != State.FINISHED


def _asked(reading: ProductReading) -> dict[str, Any]:
    changed = f" updated_at:>='{reading.since:%Y-%m-%dT%H:%M:%SZ}'" if reading.since else ""
    return {"query": f"id:>{reading.reached}{changed}"}


def _page_of(answer: Answer, reading: ProductReading) -> Products:
    if answer.data.get("products") is None:
        raise Refused("ACCESS_DENIED" if answer.denied else MALFORMED)
    page = products(answer.data)
    behind = page.products and page.products[0].id <= reading.reached
    if behind or (page.is_more and not page.products):
        raise Refused(STUCK)
    return page


def _stop(turn: Turn, reading: ProductReading, error: Exception, shopify: Shopify) -> bool:
    """What was kept stays. A No to products is no trouble of the shop's: its orders are still read.
    Always False: the turn is over."""
    if isinstance(error, Refused):
        turn.ours.update(products_at=turn.clock() + REFUSED_PAUSE)
        words = WORDS[turns.Trouble.REFUSED] % {"code": error.code}
    else:
        turn.failed(error, shopify)
        words = WORDS[ShopReading.Trouble(turn.reading.trouble)]
    rows = ProductReading.objects.filter(id=reading.pk).exclude(state=State.FINISHED)
    rows.update(state=State.STOPPED, message=words)
    return False


# --- a page ----------------------------------------------------------------------------------


def _keep(
    turn: Turn, reading: ProductReading, page: Products, answer: Answer, shopify: Shopify
) -> float:
    """Keep the page, then what is left of products with very many variants, then move. Killed
    before the end, the page is read again. Returns how long the shop wants to be left alone."""
    wait = answer.wait_seconds
    counted = _tell(turn, reading, page.products)
    for long in [product for product in page.products if product.after]:
        told, wait = _keep_rest(turn, reading, long, shopify, wait)
        counted += told
    _move(turn, reading, page, counted)
    return wait


def _tell(turn: Turn, reading: ProductReading, found: Sequence[Product]) -> int:
    variants = [variant for product in found for variant in product.variants]
    catalogue.tell(store_id=turn.shop.store_id, told=variants, reading=reading.pk)
    return len(variants)


def _keep_rest(
    turn: Turn, reading: ProductReading, product: Product, shopify: Shopify, wait: float
) -> tuple[int, float]:
    counted, left = 0, product
    while left.after:
        if wait > 0:
            turn.waiting(shopify.wait)(wait)
        asked = {"id": left.gid, "after": left.after}
        answer = shopify.ask(turn.shop, "ProductVariants", asked, now=turn.clock())
        following = more_variants(answer.data, left)
        wait = answer.wait_seconds
        if following is None:
            break
        if following.after == left.after or not following.variants:
            raise Refused(STUCK)
        counted += _tell(turn, reading, [following])
        left = following
    return counted, wait


def _move(turn: Turn, reading: ProductReading, page: Products, variants: int) -> None:
    """In one transaction, and only while the turn is ours. Raises LeaseLost."""
    now, store_id = turn.clock(), turn.shop.store_id
    with transaction.atomic():
        if not turn.ours.update(products_at=now):
            raise LeaseLost
        whole = [product.id for product in page.products]
        catalogue.forget_variants(store_id=store_id, products=whole, reading=reading.pk)
        reading.products += len(whole)
        reading.variants += variants
        reading.pages, reading.moved_at = reading.pages + 1, now
        reading.state, reading.message = State.RUNNING, ""
        reading.reached = whole[-1] if whole else reading.reached
        if not page.is_more:
            _finish(turn, reading, page.count, now)
        reading.save()


def _finish(turn: Turn, reading: ProductReading, count: int | None, now: datetime) -> None:
    """All is known as it is now; unless products were deleted: then everything is read anew."""
    store_id = turn.shop.store_id
    reading.state, reading.finished_at = State.FINISHED, now
    if reading.since is None:
        catalogue.forget_products(store_id=store_id, reading=reading.pk)
    differs = count is not None and count != catalogue.products_told(store_id)
    if reading.since is not None and differs:
        reading.save()
        _start(turn.shop, None, now)
        return
    catalogue.is_whole(store_id=store_id, now=now)
    turn.ours.update(products_at=F("products_at") + DAY)
    old = ProductReading.objects.filter(shop=turn.shop, state=State.FINISHED)
    old.filter(started_at__lt=now - KEEP).delete()
