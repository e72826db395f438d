"""Sweeps over the orders a shop has changed: asking for one, and what they found."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from shopify_app import reconcile
from shopify_app.api.orders import require_reading
from shopify_app.api.view import InWords, PageQuery, ShopView, checked, listed, newest_first
from shopify_app.models import Reconciliation


class ReconciliationRow(serializers.Serializer[Any]):
    """`state` is running, stopped (`message` says why; it goes on by itself) or finished. Of
    `listed` orders, changed between `since` and `until`, `missing` were unknown here and `stale`
    known as they were before; these are read anew."""

    id = serializers.IntegerField()
    state = serializers.CharField()
    cause = serializers.CharField()
    message = InWords()
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    reached_at = serializers.DateTimeField()
    listed = serializers.IntegerField()
    missing = serializers.IntegerField()
    stale = serializers.IntegerField()
    started_at = serializers.DateTimeField()
    moved_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class ReconciliationPage(serializers.Serializer[Any]):
    results = ReconciliationRow(many=True)
    next = serializers.IntegerField(allow_null=True)


class ReconciliationView(ShopView):
    @extend_schema(
        operation_id="reconciliation_list", parameters=[PageQuery], responses=ReconciliationPage
    )
    def get(self, request: Request) -> Response:
        """The shop's sweeps, newest first. Hourly ones that found nothing are kept for a day."""
        query = checked(PageQuery, request.query_params)
        rows = Reconciliation.objects.filter(shop=self.visit.shop.pk)
        return Response(listed(ReconciliationRow, *newest_first(rows, query)))

    @extend_schema(
        operation_id="reconciliation_start", request=None, responses={202: ReconciliationRow}
    )
    def post(self, request: Request) -> Response:
        """Look now for orders that no delivery told of, or let the sweep under way go on."""
        require_reading()
        by = self.by()
        sweep = reconcile.start(shop_id=self.visit.shop.pk, who=by["who"], now=by["now"])
        return Response(ReconciliationRow(sweep).data, status=202)
