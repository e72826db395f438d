"""The state of a shop in a few numbers."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounting.models import Document, Order
from shopify_app.api.connection import ConnectionState, state_of
from shopify_app.api.view import ShopView
from shopify_app.models import Delivery
from shopify_app.notices import notices


class NoticeRow(serializers.Serializer[Any]):
    """What every page tells until it is over; `code` stays the same in all languages."""

    code = serializers.CharField()
    tone = serializers.CharField()
    title = serializers.CharField()
    text = serializers.CharField()
    next_step = serializers.CharField()
    link = serializers.CharField()


class Counts(serializers.Serializer[Any]):
    """State -> how many. `documents` has the kind before the state."""

    deliveries = serializers.DictField(child=serializers.IntegerField())
    orders = serializers.DictField(child=serializers.IntegerField())
    documents = serializers.DictField(child=serializers.DictField(child=serializers.IntegerField()))
    connection = ConnectionState()
    notices = NoticeRow(many=True)


class SummaryView(ShopView):
    @extend_schema(responses=Counts)
    def get(self, request: Request) -> Response:
        visit = self.visit
        store_id, domain = visit.store_id, visit.shop.domain
        documents: dict[str, dict[str, int]] = {}
        rows = Document.objects.filter(store=store_id).values_list("kind", "state")
        for kind, state, count in rows.annotate(count=Count("pk")).order_by("kind", "state"):
            documents.setdefault(kind, {})[state] = count
        return Response(
            {
                "deliveries": _by_state(Delivery.objects.filter(shop_domain=domain)),
                "orders": _by_state(Order.objects.filter(store=store_id)),
                "documents": documents,
                "connection": state_of(store_id),
                "notices": NoticeRow(notices(visit.shop, now=timezone.now()), many=True).data,
            }
        )


def _by_state(rows: QuerySet[Any]) -> dict[str, int]:
    counts = rows.values_list("state").annotate(count=Count("pk")).order_by("state")
    return dict(counts)
