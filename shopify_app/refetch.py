"""Reads orders anew from Shopify, and gives what it says to the accounting side as facts.

Which orders: `Order.refetch_ready_at`, set by a plan that needs it, a sweep or a person. How a
reading ends is `accounting.reading_anew`'s to note, how a shop is, `turns`'. Nothing is held while
Shopify is asked, and an order is off the list only in the transaction that keeps its facts: killed
at any point, it is read again, and the same facts change nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.db import InterfaceError, OperationalError

from accounting import posting, reading_anew
from accounting.facts import Fact
from accounting.models import Order
from shopify_app import turns
from shopify_app.admin_api import Refused, TryLater
from shopify_app.turns import Clock, LeaseLost, Shopify, Turn, Work

log = logging.getLogger(__name__)

QUANTUM = 5  # orders of one turn
MOST_REFUSED = 3  # times that Shopify, or a mistake of ours, says No to one order
OURS_PAUSE = 60.0  # seconds after a mistake of ours
NOT_SHOWN = (
    "Shopify does not show this order: it was deleted there, or it is older than 60 days. Reading "
    "older orders takes a permission (read_all_orders) that Lejar does not have, so the order is "
    "judged by what has arrived."
)
REFUSED = "Shopify refuses to show this order (%(code)s). It is judged by what has arrived."
FOREIGN = "What Shopify shows of this order cannot be used: %(said)s."
MISTAKE = "Lejar made a mistake here and has reported it."


def run(
    *,
    clock: Clock,
    shopify: Shopify,
    stopping: Callable[[], bool] = lambda: False,
    most: int = 100,
) -> int:
    """Read orders that are due, in up to `most` turns of a few orders each. Returns how many were
    settled. Once `stopping` is true no further order is begun."""
    if settings.SHOPIFY_FETCH == "never":
        return 0
    turns.wake()
    settled = 0
    for turn in turns.each(Work.ORDERS, clock=clock, stopping=stopping, most=most):
        settled += _take(turn, shopify, stopping)
    return settled


def _take(turn: Turn, shopify: Shopify, stopping: Callable[[], bool]) -> int:
    settled = 0
    try:
        for order in _due(turn):
            if stopping():
                break
            turn.renew()
            if not _read(turn, order, shopify):
                break
            settled += 1
        turn.leave()
    except LeaseLost:
        log.warning("another worker reads from shop %s now", turn.shop.pk)
    return settled


def _due(turn: Turn) -> list[Order]:
    if not turn.is_here:
        return []
    now = turn.clock()
    return reading_anew.due(store_id=turn.shop.store_id, now=now, most=QUANTUM)


def _read(turn: Turn, order: Order, shopify: Shopify) -> bool:
    """Read one order. False when the shop is to be left alone."""
    began_at = turn.clock()
    wait = turn.waiting(shopify.wait)
    try:
        facts = shopify.read_order(turn.shop, order.order_id, now=began_at, wait=wait)
    except turns.TROUBLES as error:
        _in_vain(turn, order, error, turn.failed(error, shopify))
        return False
    except (LeaseLost, OperationalError, InterfaceError):
        raise  # nothing can be written now, or not by us
    except Exception:
        log.exception("order %s of store %s could not be read", order.id, order.store_id)
        _again_or_never(order, MISTAKE, OURS_PAUSE, turn.clock())
        return True
    turn.answered(shopify)
    if facts is None:
        reading_anew.give_up(order, NOT_SHOWN, now=turn.clock())
    else:
        _keep_safely(turn, order, facts, began_at)
    return True


def _keep_safely(turn: Turn, order: Order, facts: tuple[Fact, ...], began_at: datetime) -> None:
    """What no table can keep is this order's trouble; the shop's others are read."""
    try:
        _keep(turn, order, facts, began_at)
    except Exception as mistake:
        if posting.database_failed(mistake):
            raise
        log.exception("order %s of store %s could not be kept", order.id, order.store_id)
        _again_or_never(order, MISTAKE, OURS_PAUSE, turn.clock())


def _keep(turn: Turn, order: Order, facts: tuple[Fact, ...], began_at: datetime) -> None:
    try:
        reading_anew.keep(order, facts, began_at=began_at)
    except posting.Refused as wrong:
        words = FOREIGN % {"said": f"{wrong.path} {wrong.message}"}
        reading_anew.give_up(order, words, now=turn.clock())


def _in_vain(turn: Turn, order: Order, error: Exception, seconds: float) -> None:
    """Shopify's No counts against the order; a pause only puts it behind the others; where the
    shop cannot be asked at all it has nothing to do with it."""
    if isinstance(error, Refused):
        _again_or_never(order, REFUSED % {"code": error.code}, seconds, turn.clock())
    elif isinstance(error, TryLater):
        reading_anew.put_off(order, seconds=seconds, now=turn.clock())


def _again_or_never(order: Order, words: str, seconds: float, now: datetime) -> None:
    if order.refetch_tries + 1 < MOST_REFUSED:
        reading_anew.put_off(order, seconds=seconds, now=now)
    else:
        reading_anew.give_up(order, words, now=now)
