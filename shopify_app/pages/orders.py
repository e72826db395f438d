"""Every order the shop told us of, also those that wait or have no documents, and why."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, QueryDict
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounting import outbox
from accounting.document_search import order_named
from accounting.documents.document import Role, load
from accounting.mapping_tables import storable
from accounting.models import Document, Order
from shopify_app import ui
from shopify_app.models import Reconciliation
from shopify_app.pages import trail
from shopify_app.pages.next_steps import ORDERS
from shopify_app.pages.paging import newest
from shopify_app.pages.places import place
from shopify_app.pages.reading import obstacle
from shopify_app.pages.reasons import Reason, flags_of, holds_of
from shopify_app.said import in_words
from shopify_app.session import PageRequest, session_required
from shopify_app.words import ORDER_STATES, reason

PAGE = 50
MOST = 200  # documents: far more than an order has; their own list has them all
LONGEST_SEARCH = 100
STATE_VALUES = {state.value: words for state, words in ORDER_STATES.items()}
SHOPIFY_ID = re.compile(r"(?:gid://shopify/Order/)?([0-9]{1,18})")


@session_required
@require_safe
def list_page(request: PageRequest) -> HttpResponse:
    """The orders of the shop, newest first, as far as the address narrows them down."""
    state, text = _state(request.GET), _text(request.GET)
    rows = Order.objects.filter(store=request.visit.store_id)
    if state:
        rows = rows.filter(state=state)
    if text:
        rows = rows.filter(order_named(text))
    orders, following = newest(rows, request.GET.get("before", ""), PAGE)
    values: dict[str, Any] = {
        "orders": [(order, dict.fromkeys(_why(order))) for order in orders],
        "place": place(request.GET, following),
        "state": state,
        "text": text,
        "states": STATE_VALUES,
    }
    return ui.show(request, "orders/list.html", **values)


def _state(query: QueryDict) -> str:
    return query.get("state", "") if query.get("state", "") in STATE_VALUES else ""


def _text(query: QueryDict) -> str:
    text = query.get("q", "")
    return text.strip()[:LONGEST_SEARCH] if storable(text) else ""


@session_required
@require_safe
def detail_page(request: PageRequest, order_id: int) -> HttpResponse:
    """One order by Shopify's id."""
    order = _found(request, order_id)
    if order is None:
        return ui.show(request, "orders/missing.html", status=404)
    return _shown(request, order)


@session_required
@require_safe
def open_page(request: PageRequest) -> HttpResponse:
    """The order whose page in the Shopify admin the link was followed from. Shopify adds its `id`;
    an order nobody has told of yet is no mistake."""
    named = SHOPIFY_ID.fullmatch(request.GET.get("id", ""))
    order = _found(request, int(named[1])) if named else None
    if order is not None:
        return _shown(request, order)
    sweeps = Reconciliation.objects.filter(shop=request.visit.shop.pk)
    return ui.show(
        request,
        "orders/unheard.html",
        order_id=named[1] if named else "",
        sweep=sweeps.order_by("-pk").first(),
        why_not=obstacle(request.visit.shop, timezone.now()),
    )


def _found(request: PageRequest, order_id: int) -> Order | None:
    rows = Order.objects.filter(store=request.visit.store_id, order_id=order_id)
    return rows.select_related("store").first()


def _shown(request: PageRequest, order: Order) -> HttpResponse:
    """What it waits for, why it is held, what to know, its documents and what Shopify told."""
    rows = Document.objects.filter(store=request.visit.store_id, order=order)
    documents = list(rows.order_by("pk")[:MOST])
    why_not = obstacle(request.visit.shop, timezone.now())
    holds = holds_of(order, why_not)
    values: dict[str, Any] = {
        "order": order,
        "means": ORDERS[Order.State(order.state)],
        "is_asked_for": order.refetch_asked_at and order.refetch_asked_at >= order.facts_at,
        "why_not": why_not,
        "holds": holds,
        "first_step": _first_step(holds),
        "flags": flags_of(order),
        "documents": [(row, reason(load(row.payload))) for row in documents],
        "may_reverse": order.reversal_asked_at is None and any(map(_is_there, documents)),
        "progress": _progress(order, documents),
        "told": trail.told(request.visit.shop, order, trail.facts_rows(order)),
    }
    return ui.show(request, "orders/detail.html", **values)


def _first_step(holds: Sequence[Reason]) -> Reason | None:
    """The hold whose button is the page's own: the first that has one."""
    return next((each for each in holds if each.fix or each.takes_next_open_day), None)


def _is_there(document: Document) -> bool:
    """In the books, or on its way there."""
    return document.state != Document.State.SKIPPED


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an order is taken back: documents against its own in the books, of how many, and how
    many the books refused."""

    done: int
    all: int
    refused: int


def _progress(order: Order, documents: Sequence[Document]) -> Progress | None:
    if order.reversal_asked_at is None:
        return None
    contras = [row for row in documents if row.role == Role.CONTRA.value]
    stopped = (Document.State.REJECTED, Document.State.CONFLICT)
    return Progress(
        done=sum(row.state in outbox.FINISHED for row in contras),
        all=len(contras),
        refused=sum(row.state in stopped for row in contras),
    )


def _why(order: Order) -> Iterator[str]:
    """Why it is in its state, and what to know: titles, and what the plan noted."""
    if order.note:
        yield in_words(order.note)
    for each in (*holds_of(order), *flags_of(order)):
        yield str(each.title)
