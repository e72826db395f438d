"""Webhooks as they arrived: what became of them, never what was in them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounting import audit
from shopify_app import inbox
from shopify_app.api.view import (
    Conflict,
    InWords,
    PageQuery,
    ShopView,
    checked,
    listed,
    newest_first,
    the_one,
)
from shopify_app.models import Delivery

NOT_RETRIED = _("Only a failed webhook whose content is still kept can be tried again.")


class DeliveryRow(serializers.Serializer[Any]):
    """`path` is the field that could not be used, `error` says why. Since `erased_at`
    its content is not kept any more, and it cannot be tried again."""

    id = serializers.IntegerField()
    topic = serializers.CharField()
    webhook_id = serializers.CharField()
    received_at = serializers.DateTimeField()
    state = serializers.CharField()
    path = serializers.CharField()
    error = InWords()
    processed_at = serializers.DateTimeField(allow_null=True)
    erased_at = serializers.DateTimeField(allow_null=True)


class DeliveryPage(serializers.Serializer[Any]):
    results = DeliveryRow(many=True)
    next = serializers.IntegerField(allow_null=True)


class DeliveryQuery(PageQuery):
    state = serializers.ChoiceField(choices=Delivery.State.choices, required=False)


class DeliveriesView(ShopView):
    @extend_schema(parameters=[DeliveryQuery], responses=DeliveryPage)
    def get(self, request: Request) -> Response:
        """Newest first."""
        query = checked(DeliveryQuery, request.query_params)
        rows = Delivery.objects.filter(shop_domain=self.visit.shop.domain).defer("body")
        if "state" in query:
            rows = rows.filter(state=query["state"])
        return Response(listed(DeliveryRow, *newest_first(rows, query)))


class RetryDeliveryView(ShopView):
    @extend_schema(request=None, responses={202: None})
    def post(self, request: Request, delivery_id: int) -> Response:
        """Look at a failed delivery again."""
        domain = self.visit.shop.domain
        the_one(Delivery.objects.filter(shop_domain=domain, pk=delivery_id).only("id"))
        if not retry(domain, delivery_id, **self.by()):
            raise Conflict(NOT_RETRIED)
        return Response(status=202)


@transaction.atomic
def retry(domain: str, delivery_id: int, *, store_id: int, who: str, now: datetime) -> bool:
    """Look at a failed delivery of the shop again, and note who wished it."""
    if not inbox.retry_delivery(shop_domain=domain, delivery_id=delivery_id):
        return False
    audit.note(store_id, who, "delivery retried", now, delivery=delivery_id)
    return True
