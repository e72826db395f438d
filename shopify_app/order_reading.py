"""One order read whole from the Admin API: the same facts that webhooks give of it (ADR 28).

An order does not fit into one answer, so its parts are asked for one by one and joined. They must
be of one moment: parts that name different `updatedAt` are of an order that changed meanwhile, and
everything is read again. What the shop has not granted, or Shopify keeps back, is left out of the
joined answer, which makes it unsaid, never empty. Sources: Shopify contract 8.1, 8.4, 8.7.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime

from accounting.facts import Fact
from shopify_app import admin_api
from shopify_app.admin_api import Refused, TryLater
from shopify_app.models import Shop
from shopify_app.order_asking import (
    Asking,
    Changed,
    Gone,
    Json,
    add_pages,
    connected,
    listed,
    more_of,
)
from shopify_app.payloads import BadPayload, answered_facts

log = logging.getLogger(__name__)

MOST_READINGS = 4  # of one order, while it changes under our hands
CHANGED_SECONDS = 30.0
SOME_REFUNDS, MOST_REFUNDS = 50, 250  # that are listed: there are no pages of them
PARCELS = ((8, 25), (2, 200), (60, 6))  # how many with how many lines; each costs below 1000

RETURNS, PLACES, DISPUTES = "read_returns", "read_locations", "read_shopify_payments_disputes"
OPTIONAL = {"OrderParties": "read_customers", "OrderTerms": "read_payment_terms"}


def read_order(
    shop: Shop, order_id: int, *, now: datetime, wait: Callable[[float], None] = time.sleep
) -> tuple[Fact, ...] | None:
    """All facts of one order as of `now` (aware), or None when Shopify does not show it.

    `wait` is given the seconds that the shop's bucket asks for between two calls, together at most
    two minutes. Raises TryLater, Refused, ShopUnavailable, tokens.ReconnectNeeded.
    """
    asking = Asking(shop=shop, order_id=order_id, now=now, wait=wait)
    for _ in range(MOST_READINGS):
        asking.moment = ""
        try:
            return _facts(shop, _whole(asking), now)
        except Changed:
            continue
        except Gone:
            return None
    raise TryLater(CHANGED_SECONDS, "changing")


def _facts(shop: Shop, order: Json, now: datetime) -> tuple[Fact, ...]:
    asked: Mapping[str, str] = shop.store.tax_attributes
    try:
        return answered_facts({"order": order}, fetched_at=now, tax_attributes=asked)
    except BadPayload as bad:
        log.warning("shop %s: an answer cannot be read: %s", shop.id, bad)
        raise Refused(admin_api.BAD_ANSWER) from bad


def _whole(asking: Asking) -> Json:
    """The order with every part that may be read, all pages joined."""
    order = _header(asking)
    order["lineItems"] = _lines(asking)
    order["transactions"] = _transactions(asking)
    order["refunds"] = [_refund(asking, each["id"]) for each in listed(order, "refunds")]
    order |= _agreements(asking)
    order |= _parcels(asking) if order.pop("fulfillments", None) else {"fulfillments": []}
    order |= _buyer(asking)
    _add_places(asking, order)
    return order | _disputes(asking)


def _granted(asking: Asking, scope: str) -> bool:
    return scope in asking.shop.scopes.split(",")


def _header(asking: Asking) -> Json:
    order = asking.part("OrderHeader", refunds=SOME_REFUNDS)
    if len(listed(order, "refunds")) == SOME_REFUNDS:
        order = asking.part("OrderHeader", refunds=MOST_REFUNDS)
    if len(listed(order, "refunds")) == MOST_REFUNDS:
        raise Refused("TOO_MANY_REFUNDS")

    def further(cursor: str) -> Json:
        return connected(asking.part("OrderShippingLines", after=cursor), "shippingLines")

    add_pages(connected(order, "shippingLines"), further)
    return order


def _lines(asking: Asking) -> Json:
    def page(cursor: str | None) -> Json:
        return connected(asking.part("OrderLines", after=cursor), "lineItems")

    lines = page(None)
    add_pages(lines, page)
    return lines


def _transactions(asking: Asking) -> list[Json]:
    """There are no pages of them: more than usual are asked for with fewer fields."""
    for operation in ("OrderTransactions", "OrderManyTransactions"):
        part = asking.part(operation)
        found = listed(part, "transactions")
        if connected(part, "transactionsCount").get("count") == len(found):
            return found
    raise Refused("TOO_MANY_TRANSACTIONS")


def _refund(asking: Asking, gid: str) -> Json:
    def page(cursor: str | None) -> Json:
        return asking.refund("RefundDetail", gid, after=cursor)

    refund = page(None)
    lines = connected(refund, "refundLineItems")
    add_pages(lines, lambda cursor: connected(page(cursor), "refundLineItems"))
    if _granted(asking, RETURNS):
        _lay_over(refund, asking.refund("RefundReturn", gid), "return")
    return refund


def _lay_over(node: Json, part: Json, key: str) -> None:
    """What another part says of the same; what it does not say stays unsaid."""
    if key in part:
        node[key] = part[key]


# --- agreements ------------------------------------------------------------------------------


def _agreements(asking: Asking) -> Json:
    """Nothing where Shopify keeps them back; then it is unsaid which lines are tips, too."""
    part = asking.part_if_shown("OrderAgreements")
    if "agreements" not in part:
        return {}
    found = connected(part, "agreements")
    add_pages(
        found,
        lambda cursor: connected(asking.part("OrderAgreements", after=cursor), "agreements"),
        "edges",
    )
    edges = listed(found, "edges")
    for before, edge in zip([{}, *edges], edges, strict=False):
        _add_sales(asking, connected(edge, "node"), before.get("cursor"))
    agreements = [connected(edge, "node") for edge in edges]
    if _granted(asking, RETURNS):
        _add_returns(asking, agreements)
    return {"agreements": {"nodes": agreements}}


def _add_sales(asking: Asking, agreement: Json, before: str | None) -> None:
    """The sales beyond its first page. An agreement cannot be asked for by its id, only as the one
    that follows another."""

    def page(cursor: str) -> Json:
        part = asking.part("AgreementSales", agreements=before, after=cursor)
        nodes = listed(connected(part, "agreements"), "nodes")
        if [node.get("id") for node in nodes] != [agreement.get("id")]:
            raise Changed
        return connected(nodes[0], "sales")

    add_pages(connected(agreement, "sales"), page)


def _add_returns(asking: Asking, agreements: list[Json]) -> None:
    def page(cursor: str | None) -> Json:
        return connected(asking.part("AgreementReturns", after=cursor), "agreements")

    found = page(None)
    add_pages(found, page)
    by_id = {each.get("id"): each for each in listed(found, "nodes")}
    for agreement in agreements:
        _lay_over(agreement, by_id.get(agreement.get("id"), {}), "return")


# --- what may go unsaid ----------------------------------------------------------------------


def _parcels(asking: Asking) -> Json:
    """The units sent. An order of more parcels than can be listed leaves them unsaid."""
    for most, lines in PARCELS:
        part = asking.part_if_shown("OrderFulfillments", parcels=most, lines=lines)
        if "fulfillments" not in part:
            return {}
        found = listed(part, "fulfillments")
        inside = [connected(parcel, "fulfillmentLineItems") for parcel in found]
        if len(found) < most and not any(map(more_of, inside)):
            return {"fulfillments": found}
    return {}


def _buyer(asking: Asking) -> Json:
    """Who bought, what was typed at the checkout, and when payment is due."""
    operations = ["OrderBuyer"]
    operations += ["OrderAttributes"] if asking.shop.store.tax_attributes else []
    operations += [name for name, scope in OPTIONAL.items() if _granted(asking, scope)]
    found: Json = {}
    for operation in operations:
        found |= asking.part_if_shown(operation)
    return found


def _add_places(asking: Asking, order: Json) -> None:
    """Where it was sold and where each payment was taken, for those who sell over a counter."""
    if not _granted(asking, PLACES):
        return
    part = asking.part_if_shown("OrderPlaces")
    _lay_over(order, part, "retailLocation")
    by_id = {each.get("id"): each for each in part.get("transactions") or []}
    for transaction in order["transactions"]:
        _lay_over(transaction, by_id.get(transaction.get("id"), {}), "location")


def _disputes(asking: Asking) -> Json:
    """Of Shopify Payments. The order names them, without their amounts."""
    if not _granted(asking, DISPUTES):
        return {}
    part = asking.part_if_shown("OrderDisputes")
    if "disputes" not in part:
        return {}
    found = [asking.dispute(each["id"]) for each in listed(part, "disputes")]
    return {"disputes": [each for each in found if each is not None]}
