"""Past orders as the Admin API shows them, and what its refusals mean for a backfill."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from accounting.facts import Fact
from shopify_app import admin_api, install, order_reading, tokens
from shopify_app.backfill import CLOSED, Later, Listed, Stopped
from shopify_app.models import Shop
from shopify_app.payloads import BadPayload
from shopify_app.payloads.fields import Node

LIST = "OrdersCreatedBetween"
LONGEST_WAIT = 3.0  # seconds to sleep in the middle of an order; what is longer ends the slice
REFILL = 20.0  # seconds until an emptied bucket holds what a whole order may cost (contract 8.1)
RECONNECT_SECONDS = 900.0
CLOSED_SECONDS = 3600.0
RECONNECT = "Shopify no longer lets Lejar in. Open Lejar in Shopify to connect it again."
UNREADABLE = "Shopify's answer cannot be read."
REFUSED = "Shopify refuses to show the orders (%s). Check what Lejar may read, then go on."


class AdminApi:
    """The real source. Nothing here is kept between calls."""

    def page(self, shop: Shop, query: str, after: str, *, now: datetime) -> Listed:
        """Raises Later or Stopped, like `order`."""
        with _in_our_words(shop, now):
            variables = {"query": query, "after": after or None}
            answer = admin_api.ask(shop, LIST, variables, now=now)
            if answer.denied and "orders" not in answer.data:
                raise admin_api.Refused(admin_api.DENIED)
            try:
                return _listed(answer)
            except BadPayload:
                raise admin_api.Refused(admin_api.BAD_ANSWER) from None

    def order(self, shop: Shop, order_id: int, *, now: datetime) -> Sequence[Fact] | None:
        """Also raises BadPayload: one answer that cannot be read stops no other order."""
        with _in_our_words(shop, now):
            try:
                return order_reading.read_order(shop, order_id, now=now, wait=_wait)
            except admin_api.Refused as refused:
                if refused.code == admin_api.BAD_ANSWER:
                    raise BadPayload("order", UNREADABLE) from None
                raise


def _listed(answer: admin_api.Answer) -> Listed:
    """Raises BadPayload."""
    orders = Node(answer.data).must_object("orders")
    found = [(each.gid(), each.must_time("createdAt")) for each in orders.objects("nodes")]
    info = orders.must_object("pageInfo")
    following = info.text("endCursor") if info.must_flag("hasNextPage") else ""
    return Listed(orders=found, after=following, wait_seconds=answer.wait_seconds)


def _wait(seconds: float) -> None:
    """An order that is put off is read from its start: first its whole cost must have come back."""
    if seconds > LONGEST_WAIT:
        raise Later(max(seconds, REFILL))
    time.sleep(seconds)


@contextmanager
def _in_our_words(shop: Shop, now: datetime) -> Iterator[None]:
    try:
        yield
    except admin_api.TryLater as later:
        raise Later(later.seconds) from None
    except tokens.ReconnectNeeded:
        raise Stopped(RECONNECT, seconds=RECONNECT_SECONDS) from None
    except admin_api.ShopUnavailable:
        install.unavailable(shop, now=now)
        raise Stopped(CLOSED, seconds=CLOSED_SECONDS) from None
    except admin_api.Refused as refused:
        raise Stopped(REFUSED % refused.code, seconds=None) from None
