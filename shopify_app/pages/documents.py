"""What stands in the books, what is on its way, and what is in the way: in plain words."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounting.documents.document import Allocation, Debtor, load
from accounting.models import Attempt, Document
from shopify_app import access, ui
from shopify_app.pages.attention import somebody_is_needed
from shopify_app.pages.paging import newest
from shopify_app.session import PageRequest, session_required
from shopify_app.words import STATES, reason

PAGE = 50


@session_required
@require_safe
def list_page(request: PageRequest) -> HttpResponse:
    """The documents of the shop, newest first, of one state where the address says so."""
    state, before = request.GET.get("state", ""), request.GET.get("before", "")
    rows = Document.objects.filter(store=request.visit.store_id).select_related("order")
    if state in STATES:
        rows = rows.filter(state=state)
    documents, following = newest(rows, before, PAGE)
    return ui.show(
        request,
        "documents/list.html",
        documents=documents,
        following=following,
        first_page=not before,
        state=state if state in STATES else "",
        states=STATES,
        somebody_is_needed=somebody_is_needed(request.visit),
    )


@session_required
@require_safe
def detail_page(request: PageRequest, document_id: int) -> HttpResponse:
    """One document: why it exists, its lines with why each is as it is, what it settles, and every
    call made for it."""
    mine = Document.objects.filter(store=request.visit.store_id)
    document = mine.select_related("order", "store").filter(pk=document_id).first()
    if document is None:
        return ui.show(request, "documents/missing.html", status=404)
    entry = load(document.payload)
    if isinstance(entry, Debtor):  # of other documents the page shows no buyer
        now = timezone.now()
        access.note_document(request.visit, "page: document", document.pk, entry, now=now)
    attempts = Attempt.objects.filter(store=request.visit.store_id, document=document)
    return ui.show(
        request,
        "documents/detail.html",
        document=document,
        entry=entry,
        reason=reason(entry),
        is_knock_off=isinstance(entry, Allocation),
        is_customer=isinstance(entry, Debtor),
        knock_offs=_knock_offs(document),
        attempts=attempts.order_by("pk"),
    )


def _knock_offs(document: Document) -> list[Document]:
    """The allocations that settle this document or are made from it."""
    of_order = Document.objects.filter(order=document.order_id, store=document.store_id)
    made = of_order.filter(source=document.number) | of_order.filter(target=document.number)
    return list(made.order_by("pk"))
