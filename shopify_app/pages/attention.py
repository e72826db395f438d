"""What waits for a person: held orders by kind, refused documents, webhooks that could not be used;
and what is worth knowing of other orders.

The page shows each kind with its next step; a kind by itself shows all that wait for it, to be
picked and decided on together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.views.decorators.http import require_safe

from accounting import holds
from accounting.holds import HeldKind
from accounting.models import Book, Document, Order
from shopify_app import ui
from shopify_app.hold_words import hold
from shopify_app.models import Delivery
from shopify_app.pages.next_steps import DOCUMENTS, FIXES, NEXT_OPEN_DAY, Fix
from shopify_app.pages.paging import newest
from shopify_app.pages.places import place
from shopify_app.pages.reading import obstacle
from shopify_app.pages.reasons import Obstacle, Reason, flags_of, holds_of
from shopify_app.session import PageRequest, Visit, session_required
from shopify_app.words import STATES

PAGE = 25
STOPPED = (Document.State.REJECTED, Document.State.CONFLICT)
WEBHOOKS = "webhooks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Orders held for the same reason: what it is, what to do, how many, and a few of them."""

    held: HeldKind
    title: Promise
    next_step: Promise
    fix: Fix | None
    examples: list[Reason]

    @property
    def searched(self) -> str:
        """What all of them are about; "" where that is more than one thing."""
        searched = {reason.searched for reason in self.examples}
        is_one = len(searched) == 1 and len(self.examples) == self.held.orders
        return searched.pop() if is_one else ""

    @property
    def show(self) -> str:
        """The filter of the page that puts it right, where nothing is searched for."""
        return "" if self.searched or self.fix is None else self.fix.show


@session_required
@require_safe
def attention_page(request: PageRequest) -> HttpResponse:
    """Everything by kind, or all of one kind where the address names it."""
    kind = request.GET.get("kind", "")
    if kind in STOPPED:
        return _documents_page(request, Document.State(kind))
    if kind == WEBHOOKS:
        return _webhooks_page(request)
    if kind.isascii() and kind.isidentifier():
        return _orders_page(request, kind)
    return _overview(request)


def _overview(request: PageRequest) -> HttpResponse:
    """Each kind of hold once, with its newest orders; the newest of everything else."""
    visit, before = request.visit, request.GET.get
    why_not = obstacle(visit.shop, timezone.now())
    documents, older_documents = newest(_stopped(visit), before("documents", ""), PAGE)
    deliveries, older_deliveries = newest(_failed(visit), before("deliveries", ""), PAGE)
    flagged, older_flagged = newest(_flagged(visit), before("flags", ""), PAGE)
    values: dict[str, Any] = {
        "book": Book.objects.filter(store=visit.store_id).first(),
        "kinds": _kinds(visit, why_not),
        "documents": documents,
        "stopped": sorted({document.state for document in documents}, reverse=True),
        "older_documents": older_documents,
        "deliveries": deliveries,
        "older_deliveries": older_deliveries,
        "flags": [flag for order in flagged for flag in flags_of(order)],
        "older_flagged": older_flagged,
        "most": holds.MOST,
    }
    return ui.show(request, "attention.html", **values)


def _kinds(visit: Visit, why_not: Obstacle) -> list[Kind]:
    found = holds.kinds(visit.store_id)
    ids = {each for kind in found for each in kind.examples}
    rows = Order.objects.filter(store=visit.store_id, pk__in=ids) if ids else ()
    orders = {order.pk: order for order in rows}
    return [_kind(kind, orders, why_not) for kind in found]


def _kind(held: HeldKind, orders: dict[int, Order], why_not: Obstacle) -> Kind:
    title, next_step = hold(held.code)
    there = [orders[pk] for pk in held.examples if pk in orders]
    return Kind(
        held=held,
        title=title,
        next_step=next_step,
        fix=FIXES.get(held.code),
        examples=_of_kind(there, held.code, why_not),
    )


def _of_kind(orders: Sequence[Order], code: str, why_not: Obstacle) -> list[Reason]:
    """The first hold of that kind of each order."""
    each = (
        next((hold for hold in holds_of(order, why_not) if hold.code == code), None)
        for order in orders
    )
    return [hold for hold in each if hold is not None]


# --- one kind --------------------------------------------------------------------------------


def _orders_page(request: PageRequest, code: str) -> HttpResponse:
    """The orders held for one reason, the newest first."""
    rows = _held(request.visit).filter(problems__contains=[{"code": code}])
    orders, following = newest(rows, request.GET.get("before", ""), PAGE)
    why_not = obstacle(request.visit.shop, timezone.now())
    title, next_step = hold(code)
    return ui.show(
        request,
        "attention/orders.html",
        **_decided(request.GET),
        code=code,
        title=title,
        next_step=next_step,
        fix=FIXES.get(code),
        takes_next_open_day=code in NEXT_OPEN_DAY,
        may_read=why_not is None and code not in FIXES and code not in NEXT_OPEN_DAY,
        reasons=_of_kind(orders, code, why_not),
        place=place(request.GET, following),
    )


def _documents_page(request: PageRequest, state: Document.State) -> HttpResponse:
    """The documents that the books refused, or that differ there."""
    rows = _stopped(request.visit).filter(state=state).select_related("order")
    documents, following = newest(rows, request.GET.get("before", ""), PAGE)
    return ui.show(
        request,
        "attention/documents.html",
        **_decided(request.GET),
        state=state.value,
        title=STATES[state][0],
        means=DOCUMENTS[state],
        documents=documents,
        place=place(request.GET, following),
    )


def _webhooks_page(request: PageRequest) -> HttpResponse:
    deliveries, following = newest(_failed(request.visit), request.GET.get("before", ""), PAGE)
    return ui.show(
        request,
        "attention/webhooks.html",
        **_decided(request.GET),
        deliveries=deliveries,
        place=place(request.GET, following),
    )


def _decided(query: QueryDict) -> dict[str, Any]:
    """How many a decision was carried out for just now, and for how many it was not possible."""
    figures = {name: query.get(name, "") for name in ("done", "left")}
    usable = all(value.isascii() and value.isdigit() for value in figures.values())
    return {"decided": {name: value[:4] for name, value in figures.items()} if usable else None}


# --- what needs somebody ---------------------------------------------------------------------


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
