"""What stands in the books, what is on its way, and what is in the way: in plain words."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpResponse, QueryDict
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounting import document_search
from accounting.document_search import Wanted
from accounting.documents.document import Allocation, Debtor, load
from accounting.documents.personal import nameless
from accounting.mapping_tables import storable
from accounting.models import Attempt, Document
from shopify_app import access, ui
from shopify_app.pages import proof, trail
from shopify_app.pages.attention import somebody_is_needed
from shopify_app.pages.next_steps import DOCUMENTS, RETRIED, SKIPPED
from shopify_app.pages.places import cut, key_of, place
from shopify_app.session import PageRequest, session_required
from shopify_app.words import KINDS, STATES, reason

PAGE = 50
LONGEST_SEARCH = 100
STATE_VALUES = {state.value: words for state, words in STATES.items()}
KIND_VALUES = {kind.value: words for kind, words in KINDS.items()}


@session_required
@require_safe
def list_page(request: PageRequest) -> HttpResponse:
    """The documents of the shop, newest first, as far as the address narrows them down."""
    wanted = wanted_by(request.GET)
    below = key_of(request.GET.get("before", ""))
    rows = document_search.found(request.visit.store, wanted, below=below, most=PAGE + 1)
    documents, following = cut(rows.select_related("order"), PAGE)
    return ui.show(
        request,
        "documents/list.html",
        documents=documents,
        place=place(request.GET, following),
        wanted=wanted,
        is_narrowed=wanted != Wanted(),
        states=STATE_VALUES,
        kinds=KIND_VALUES,
        somebody_is_needed=somebody_is_needed(request.visit),
    )


def wanted_by(query: QueryDict) -> Wanted:
    """What an address asks for; what makes no sense asks for nothing."""
    state, kind, text = (query.get(name, "") for name in ("state", "kind", "q"))
    return Wanted(
        state=state if state in STATE_VALUES else "",
        kind=kind if kind in KIND_VALUES else "",
        since=_day(query.get("since", "")),
        until=_day(query.get("until", "")),
        text=text.strip()[:LONGEST_SEARCH] if storable(text) else "",
    )


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


@session_required
@require_safe
def detail_page(request: PageRequest, document_id: int) -> HttpResponse:
    """One document: why it exists, its lines with why each is as it is, the proof of its sums, what
    it settles, and the trail from what Shopify told to what the books answered."""
    mine = Document.objects.filter(store=request.visit.store_id)
    found = mine.select_related("order", "store", "book").filter(pk=document_id).first()
    if found is None:
        return ui.show(request, "documents/missing.html", status=404)
    entry = load(found.payload)
    if isinstance(entry, Debtor):  # of other documents the page shows no buyer
        now = timezone.now()
        access.note_document(request.visit, "page: document", found.pk, entry, now=now)
    state = Document.State(found.state)
    return ui.show(
        request,
        "documents/detail.html",
        document=found,
        entry=entry,
        reason=reason(entry),
        means=DOCUMENTS[state],
        may_retry=state in RETRIED,
        may_skip=state in SKIPPED,
        is_knock_off=isinstance(entry, Allocation),
        is_customer=isinstance(entry, Debtor),
        knock_offs=_knock_offs(found),
        **_trail(request, found),
    )


def _trail(request: PageRequest, document: Document) -> dict[str, Any]:
    entry = load(document.payload)
    rows = trail.facts_rows(document.order)
    facts = trail.said(rows, "order", "transaction")
    attempts = Attempt.objects.filter(store=request.visit.store_id, document=document)
    return {
        "proof": proof.proof(entry, facts, document.receipt),
        "told": trail.told(request.visit.shop, document.order, rows),
        "frozen": trail.frozen(entry),
        "left_out": nameless(entry) != entry,
        "attempts": attempts.order_by("pk"),
    }


def _knock_offs(document: Document) -> list[Document]:
    """The allocations that settle this document or are made from it."""
    of_order = Document.objects.filter(order=document.order_id, store=document.store_id)
    made = of_order.filter(source=document.number) | of_order.filter(target=document.number)
    return list(made.order_by("pk"))
