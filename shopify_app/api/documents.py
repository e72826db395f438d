"""Documents: what was or will be written to the books, how it went, and what a person decides."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounting import codec, document_search, posting
from accounting.document_search import Wanted
from accounting.documents.document import Document as Written
from accounting.documents.document import Entry, Kind, Why, load
from accounting.models import Attempt, Document
from shopify_app import access
from shopify_app.api.view import (
    Body,
    Conflict,
    HeardOrInWords,
    PageQuery,
    ShopView,
    checked,
    listed,
    page,
    storable_text,
    the_one,
)
from shopify_app.session import Visit
from shopify_app.words import reason


class DocumentRow(serializers.Serializer[Any]):
    """`total` is in `currency`; `message` says what stands in the way."""

    id = serializers.IntegerField()
    kind = serializers.CharField()
    number = serializers.CharField()
    date = serializers.DateField()
    currency = serializers.CharField()
    total = serializers.DecimalField(max_digits=18, decimal_places=4, normalize_output=True)
    state = serializers.CharField()
    message = HeardOrInWords()
    attempts = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    posted_at = serializers.DateTimeField(allow_null=True)


class AttemptRow(serializers.Serializer[Any]):
    """One call to the books."""

    call = serializers.CharField()
    profile = serializers.CharField()
    started_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    outcome = serializers.CharField()
    message = HeardOrInWords()


class Proof(serializers.Serializer[Any]):
    """Net plus tax is the total (documents with lines); the digests name the facts, the rules and
    the content it was frozen from."""

    net = serializers.CharField(allow_null=True)
    tax = serializers.CharField(allow_null=True)
    total = serializers.CharField()
    facts_sha256 = serializers.CharField()
    rules_sha256 = serializers.CharField()
    payload_sha256 = serializers.CharField()


class WhyRow(serializers.Serializer[Any]):
    """The fact a figure was read in, the rule that made it the amount it is, and the rule or
    mapping that gave the codes; all empty where the lines say it."""

    fact = serializers.CharField()
    amount = serializers.CharField()
    code = serializers.CharField()


class LineRow(serializers.Serializer[Any]):
    """`net` and `tax` are in the document's currency; quantity times unit price is the net."""

    role = serializers.CharField()
    description = serializers.CharField()
    account = serializers.CharField()
    item_code = serializers.CharField()
    quantity = serializers.IntegerField()
    unit_price = serializers.CharField()
    net = serializers.CharField()
    tax_code = serializers.CharField()
    tax_rate = serializers.CharField(allow_null=True)
    tariff_code = serializers.CharField()
    tax = serializers.CharField()
    why = WhyRow()


class DocumentDetail(DocumentRow):
    """`role` is why the document exists, `reason` says it in the reader's language. Since
    `erased_at` it does not say who bought. Of what only
    some documents have, empty or null where they have not: `due_date`, `rate` (shop currency per
    unit of a foreign one), `project`, `einvoice`, `account` (money), `why` (money) and `lines`."""

    order_id = serializers.IntegerField()
    order_name = serializers.CharField()
    role = serializers.CharField()
    reason = serializers.CharField()
    erased_at = serializers.DateTimeField(allow_null=True)
    customer = serializers.CharField()
    corrects = serializers.CharField()
    due_date = serializers.DateField(allow_null=True)
    rate = serializers.CharField(allow_null=True)
    project = serializers.CharField()
    einvoice = serializers.CharField()
    tax_mode = serializers.CharField()
    account = serializers.CharField()
    gateway = serializers.CharField()
    why = WhyRow()
    lines = LineRow(many=True)
    payload = serializers.JSONField()
    proof = Proof()
    receipt = serializers.JSONField(allow_null=True)
    trail = AttemptRow(many=True)


class DocumentPage(serializers.Serializer[Any]):
    results = DocumentRow(many=True)
    next = serializers.IntegerField(allow_null=True)


class DocumentQuery(PageQuery):
    """`q` is how a number or an order's name begins. With days, of the documents themselves and
    both included, the newest day comes first; else what was planned last."""

    state = serializers.ChoiceField(choices=Document.State.choices, required=False)
    kind = serializers.ChoiceField(choices=[kind.value for kind in Kind], required=False)
    date_from = serializers.DateField(required=False)
    date_to = serializers.DateField(required=False)
    q = serializers.CharField(required=False, max_length=100)

    def validate_q(self, value: str) -> str:
        return storable_text(value)


# Why a document cannot be retried or skipped; also one of many.
NOT_RETRIED = _(
    "Only a document that the books refused, or that differs there, can be tried again."
)
NOT_SKIPPED = _("This document may be in the books already, so it cannot be left out.")


class SkipRequest(Body):
    """`reason` stays in the trail."""

    reason = serializers.CharField(max_length=500)


class DocumentsView(ShopView):
    @extend_schema(
        operation_id="documents_list", parameters=[DocumentQuery], responses=DocumentPage
    )
    def get(self, request: Request) -> Response:
        """Newest first."""
        query = checked(DocumentQuery, request.query_params)
        wanted = Wanted(
            state=query.get("state", ""),
            kind=query.get("kind", ""),
            since=query.get("date_from"),
            until=query.get("date_to"),
            text=query.get("q", ""),
        )
        below, limit = query.get("after"), query["limit"]
        rows = document_search.found(self.visit.store, wanted, below=below, most=limit + 1)
        return Response(listed(DocumentRow, *page(rows, limit)))


class DocumentView(ShopView):
    @extend_schema(responses=DocumentDetail)
    def get(self, request: Request, document_id: int) -> Response:
        return Response(_detail(self.visit, document_id))


class RetryView(ShopView):
    @extend_schema(request=None, responses=DocumentDetail)
    def post(self, request: Request, document_id: int) -> Response:
        """Try a refused document again, or look again after a conflict."""
        the_one(Document.objects.filter(store=self.visit.store_id, pk=document_id))
        if not posting.retry(document_id=document_id, **self.by()):
            raise Conflict(NOT_RETRIED)
        return Response(_detail(self.visit, document_id))


class SkipView(ShopView):
    @extend_schema(request=SkipRequest, responses=DocumentDetail)
    def post(self, request: Request, document_id: int) -> Response:
        """Leave the document out of the books for good."""
        the_one(Document.objects.filter(store=self.visit.store_id, pk=document_id))
        reason = checked(SkipRequest, request.data)["reason"]
        if not posting.skip(document_id=document_id, reason=reason, **self.by()):
            raise Conflict(NOT_SKIPPED)
        return Response(_detail(self.visit, document_id))


def _detail(visit: Visit, document_id: int) -> Any:
    rows = Document.objects.filter(store=visit.store_id, pk=document_id).select_related("order")
    row = the_one(rows)
    trail = Attempt.objects.filter(store=visit.store_id, document=row).order_by("pk")
    entry = load(row.payload)
    access.note_document(visit, "API: document", row.pk, entry, now=timezone.now())
    return {
        **DocumentRow(row).data,
        "order_id": row.order.order_id,
        "order_name": row.order.name,
        "erased_at": row.order.erased_at,
        **_said(entry),
        "payload": row.payload,
        "proof": Proof(_proof(row)).data,
        "receipt": row.receipt,
        "trail": AttemptRow(trail, many=True).data,
    }


# Only documents with lines or money say these; a customer and a knock-off have none of them.
ABSENT: dict[str, Any] = {
    "corrects": "",
    "due_date": None,
    "rate": None,
    "project": "",
    "einvoice": "",
    "tax_mode": "",
    "account": "",
    "gateway": "",
    "why": codec.dump(Why()),
    "lines": [],
}


def _said(entry: Entry) -> dict[str, Any]:
    """The document field by field: read from the entry, not the row, whose payload may be older
    than a field."""
    said = {**ABSENT, **codec.dump(entry)}
    return {
        **{name: said[name] for name in ABSENT},
        "role": entry.key.role.value,
        "reason": str(reason(entry)),
        "customer": entry.customer,
        "lines": LineRow(said["lines"], many=True).data,
    }


def _proof(row: Document) -> dict[str, Any]:
    entry = load(row.payload)
    summed = entry if isinstance(entry, Written) and entry.lines else None
    return {
        "net": summed and summed.net,
        "tax": summed and summed.tax,
        "total": entry.total,
        "facts_sha256": row.facts_sha256,
        "rules_sha256": row.rules_sha256,
        "payload_sha256": row.payload_sha256,
    }
