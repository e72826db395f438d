"""Every order the shop told us of, also those that wait or have no documents, and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from accounting.documents.document import load
from accounting.models import Document, Order
from shopify_app import ui
from shopify_app.pages.paging import newest
from shopify_app.pages.reasons import flags_of, holds_of
from shopify_app.said import in_words
from shopify_app.session import PageRequest, session_required
from shopify_app.words import ORDER_STATES, reason

PAGE = 50
MOST = 200  # documents: far more than an order has; their own list has them all


@session_required
@require_safe
def list_page(request: PageRequest) -> HttpResponse:
    """The orders of the shop, newest first, of one state where the address says so."""
    state, before = request.GET.get("state", ""), request.GET.get("before", "")
    rows = Order.objects.filter(store=request.visit.store_id)
    if state in ORDER_STATES:
        rows = rows.filter(state=state)
    orders, following = newest(rows, before, PAGE)
    values: dict[str, Any] = {
        "orders": [(order, dict.fromkeys(_why(order))) for order in orders],
        "following": following,
        "first_page": not before,
        "state": state if state in ORDER_STATES else "",
        "states": ORDER_STATES,
    }
    return ui.show(request, "orders/list.html", **values)


@session_required
@require_safe
def detail_page(request: PageRequest, order_id: int) -> HttpResponse:
    """One order by Shopify's id: what it waits for, why it is held, what to know, its documents."""
    order = Order.objects.filter(store=request.visit.store_id, order_id=order_id).first()
    if order is None:
        return ui.show(request, "orders/missing.html", status=404)
    rows = Document.objects.filter(store=request.visit.store_id, order=order)
    values: dict[str, Any] = {
        "order": order,
        "is_asked_for": order.refetch_asked_at and order.refetch_asked_at >= order.facts_at,
        "holds": holds_of(order),
        "flags": flags_of(order),
        "documents": [(row, reason(load(row.payload))) for row in rows.order_by("pk")[:MOST]],
    }
    return ui.show(request, "orders/detail.html", **values)


def _why(order: Order) -> Iterator[str]:
    """Why it is in its state, and what to know: titles, and what the plan noted."""
    if order.note:
        yield in_words(order.note)
    for each in (*holds_of(order), *flags_of(order)):
        yield str(each.title)
