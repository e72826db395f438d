"""Orders as the last plan left them: waiting, held with the reasons, planned or excluded."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounting import holds, posting, reading_anew, reversal
from accounting.models import Document, Order
from shopify_app.api.documents import DocumentRow
from shopify_app.api.view import (
    Body,
    Conflict,
    Figures,
    InWords,
    PageQuery,
    ShopView,
    checked,
    listed,
    newest_first,
    the_one,
)


class ProblemRow(serializers.Serializer[Any]):
    """`terms` are the figures behind it, name by name."""

    code = serializers.CharField()
    subject = serializers.CharField()
    message = InWords()
    terms = Figures(default=list)


class FlagRow(serializers.Serializer[Any]):
    """Something to know about the order that holds nothing back."""

    code = serializers.CharField()
    message = InWords()
    terms = Figures(default=list)


class OrderRow(serializers.Serializer[Any]):
    """`erased_at` is since when nothing says who bought. `closed_period` is the order's own answer
    to the policy of that name, empty where it has none."""

    order_id = serializers.IntegerField()
    name = serializers.CharField()
    state = serializers.CharField()
    note = InWords()
    problems = ProblemRow(many=True)
    flags = FlagRow(many=True)
    facts_at = serializers.DateTimeField()
    planned_at = serializers.DateTimeField(allow_null=True)
    plan_at = serializers.DateTimeField(allow_null=True)
    refetch_asked_at = serializers.DateTimeField(allow_null=True)
    refetched_at = serializers.DateTimeField(allow_null=True)
    refetch_trouble = InWords()
    held_since = serializers.DateTimeField(allow_null=True)
    closed_period = serializers.CharField()
    reversal_asked_at = serializers.DateTimeField(allow_null=True)
    erased_at = serializers.DateTimeField(allow_null=True)


class OrderDetail(OrderRow):
    documents = DocumentRow(many=True)


class OrderPage(serializers.Serializer[Any]):
    results = OrderRow(many=True)
    next = serializers.IntegerField(allow_null=True)


class OrderQuery(PageQuery):
    state = serializers.ChoiceField(choices=Order.State.choices, required=False)


# Why nothing is done about an order; also about one of many.
NOT_CLOSED = lazy("No closed period holds this order.")
NO_SUCH_ORDER = lazy("This shop has no such order, or only a dry run knows it.")


class ReverseRequest(Body):
    """`reason` stays in the trail."""

    reason = serializers.CharField(max_length=500)


class OrdersView(ShopView):
    @extend_schema(operation_id="orders_list", parameters=[OrderQuery], responses=OrderPage)
    def get(self, request: Request) -> Response:
        query = checked(OrderQuery, request.query_params)
        rows = Order.objects.filter(store=self.visit.store_id)
        if "state" in query:
            rows = rows.filter(state=query["state"])
        return Response(listed(OrderRow, *newest_first(rows, query)))


class OrderView(ShopView):
    @extend_schema(responses=OrderDetail)
    def get(self, request: Request, order_id: int) -> Response:
        """One order by Shopify's id, with its documents in the order they are posted."""
        order = the_one(Order.objects.filter(store=self.visit.store_id, order_id=order_id))
        documents = Document.objects.filter(store=self.visit.store_id, order=order).order_by("pk")
        rows = DocumentRow(documents, many=True).data
        return Response({**OrderRow(order).data, "documents": rows})


class ReplanView(ShopView):
    @extend_schema(request=None, responses={202: None})
    def post(self, request: Request, order_id: int) -> Response:
        """Plan the order again with today's mappings."""
        if not posting.replan(order_id=order_id, **self.by()):
            raise NotFound
        return Response(status=202)


class RefetchView(ShopView):
    @extend_schema(request=None, responses={202: None})
    def post(self, request: Request, order_id: int) -> Response:
        """Read the whole order anew from Shopify, before the shop's others."""
        the_one(Order.objects.filter(store=self.visit.store_id, order_id=order_id))
        require_reading()
        if not reading_anew.ask(order_id=order_id, **self.by()):
            raise NotFound
        return Response(status=202)


class NextOpenDayView(ShopView):
    @extend_schema(request=None, responses={202: None})
    def post(self, request: Request, order_id: int) -> Response:
        """Let what this order has in a closed period take the first open day; the setting for all
        other orders stays."""
        the_one(Order.objects.filter(store=self.visit.store_id, order_id=order_id))
        if not holds.post_to_next_open_day(order_id=order_id, **self.by()):
            raise Conflict(NOT_CLOSED)
        return Response(status=202)


def require_reading() -> None:
    """409 where the operator has switched reading from Shopify off."""
    if settings.SHOPIFY_FETCH == "never":
        raise Conflict(_("Reading from Shopify is switched off here (SHOPIFY_FETCH)."))


class ReverseView(ShopView):
    @extend_schema(request=ReverseRequest, responses={202: None})
    def post(self, request: Request, order_id: int) -> Response:
        """Take the order back out of the books, by a document against each of its documents. It is
        final: the order is never posted again, because its numbers stay taken."""
        the_one(Order.objects.filter(store=self.visit.store_id, order_id=order_id))
        reason = checked(ReverseRequest, request.data)["reason"]
        if not reversal.is_in_the_books(store_id=self.visit.store_id, order_id=order_id):
            said = _("Nothing of this order is in the books or on its way there.")
            raise ValidationError({"order_id": [said]})
        if not reversal.reverse(order_id=order_id, reason=reason, **self.by()):
            raise Conflict(_("This order is taken back already."))
        return Response(status=202)
