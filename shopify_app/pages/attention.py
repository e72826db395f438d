"""What waits for a person: held orders, refused documents, webhooks that could not be used; and
what is worth knowing of other orders."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from accounting.models import Book, Document, Order
from shopify_app import ui
from shopify_app.models import Delivery
from shopify_app.pages.paging import newest
from shopify_app.pages.reasons import flags_of, holds_of
from shopify_app.session import PageRequest, Visit, session_required

PAGE = 25
STOPPED = (Document.State.REJECTED, Document.State.CONFLICT)


@session_required
@require_safe
def attention_page(request: PageRequest) -> HttpResponse:
    """The newest of each kind first; each list is paged by its own key."""
    visit = request.visit
    before = request.GET.get
    orders, older_orders = newest(_held(visit), before("orders", ""), PAGE)
    documents, older_documents = newest(_stopped(visit), before("documents", ""), PAGE)
    deliveries, older_deliveries = newest(_failed(visit), before("deliveries", ""), PAGE)
    flagged, older_flagged = newest(_flagged(visit), before("flags", ""), PAGE)
    values: dict[str, Any] = {
        "book": Book.objects.filter(store=visit.store_id).first(),
        "orders": orders,
        "holds": [hold for order in orders for hold in holds_of(order)],
        "older_orders": older_orders,
        "documents": documents,
        "older_documents": older_documents,
        "deliveries": deliveries,
        "older_deliveries": older_deliveries,
        "flags": [flag for order in flagged for flag in flags_of(order)],
        "older_flagged": older_flagged,
    }
    return ui.show(request, "attention.html", **values)


def somebody_is_needed(visit: Visit) -> bool:
    """Whether the page above would show anything of the shop's orders, documents or webhooks."""
    return any(rows.exists() for rows in (_held(visit), _stopped(visit), _failed(visit)))


def _held(visit: Visit) -> QuerySet[Order]:
    return Order.objects.filter(store=visit.store_id, state=Order.State.HELD)


def _flagged(visit: Visit) -> QuerySet[Order]:
    """Orders with something to know. It holds nothing back, so nobody is needed for it."""
    return Order.objects.filter(store=visit.store_id).exclude(flags=[])


def _stopped(visit: Visit) -> QuerySet[Document]:
    return Document.objects.filter(store=visit.store_id, state__in=STOPPED)


def _failed(visit: Visit) -> QuerySet[Delivery]:
    failed = Delivery.objects.filter(shop_domain=visit.shop.domain, state=Delivery.State.FAILED)
    return failed.defer("body")
