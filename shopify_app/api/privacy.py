"""What Shopify asked about personal data, what was done, and who has looked at any."""

from __future__ import annotations

import json
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from shopify_app import access, activity, privacy
from shopify_app.api.view import (
    Conflict,
    Heard,
    PageQuery,
    ShopView,
    checked,
    listed,
    newest_first,
    refusals,
    the_one,
)
from shopify_app.models import PersonalDataAccess, PrivacyRequest
from shopify_app.privacy_words import kept


class RequestRow(serializers.Serializer[Any]):
    """`state` is new, done, failed (`error` says why; it is tried again) or held. `found` counts
    what was compiled or erased, by kind; `kept` says what was not erased, and why. An export can be
    had until `export_until`."""

    id = serializers.IntegerField()
    topic = serializers.CharField()
    state = serializers.CharField()
    error = Heard()
    received_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    done_at = serializers.DateTimeField(allow_null=True)
    customer_id = serializers.IntegerField(allow_null=True)
    order_ids = serializers.ListField(child=serializers.IntegerField())
    found = serializers.SerializerMethodField()
    kept = serializers.SerializerMethodField()
    export_until = serializers.DateTimeField(allow_null=True)

    def get_found(self, row: PrivacyRequest) -> dict[str, int]:
        counts: dict[str, int] = row.evidence.get("counts", {})
        return counts

    def get_kept(self, row: PrivacyRequest) -> list[str]:
        return kept(row.evidence)


class RequestPage(serializers.Serializer[Any]):
    results = RequestRow(many=True)
    next = serializers.IntegerField(allow_null=True)


class Export(serializers.Serializer[Any]):
    """All that was kept when it was compiled; `readable` is the same as lines, empty where there
    are too many."""

    shop = serializers.CharField()
    customer_id = serializers.IntegerField(allow_null=True)
    order_ids = serializers.ListField(child=serializers.IntegerField())
    made_at = serializers.DateTimeField()
    says = Heard()
    orders = serializers.ListField(child=serializers.JSONField())
    debtor_codes = serializers.ListField(child=serializers.JSONField())
    webhooks = serializers.ListField(child=serializers.JSONField())
    readable = serializers.CharField()


class AccessRow(serializers.Serializer[Any]):
    """`what` is where it was shown, `subject` what it was about; `name` is who, in words."""

    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    who = serializers.CharField()
    name = serializers.SerializerMethodField()
    what = serializers.CharField()
    subject = serializers.CharField()

    def get_name(self, row: PersonalDataAccess) -> str:
        return str(self.context["names"][row.who])


class AccessPage(serializers.Serializer[Any]):
    results = AccessRow(many=True)
    next = serializers.IntegerField(allow_null=True)


class RequestsView(ShopView):
    @extend_schema(
        operation_id="privacy_requests_list", parameters=[PageQuery], responses=RequestPage
    )
    def get(self, request: Request) -> Response:
        """What Shopify asked, newest first."""
        query = checked(PageQuery, request.query_params)
        rows = PrivacyRequest.objects.filter(shop_domain=self.visit.shop.domain)
        return Response(listed(RequestRow, *newest_first(rows.defer("sealed_export"), query)))


class ExportView(ShopView):
    @extend_schema(operation_id="privacy_export", responses=Export)
    def get(self, request: Request, request_id: int) -> Response:
        """What was compiled for a customer who asked; each download is noted."""
        mine = PrivacyRequest.objects.filter(shop_domain=self.visit.shop.domain)
        row, now = the_one(mine.filter(pk=request_id)), timezone.now()
        with refusals():
            text = privacy.exported(row, now=now)
        if text is None:
            raise Conflict(_("There is no export of this request, or not any more."))
        access.note(self.visit, "export", f"privacy request {row.pk}", now=now)
        return Response(
            Export(json.loads(text)).data,
            headers={"Content-Disposition": f'attachment; filename="customer-data-{row.pk}.json"'},
        )


class AccessView(ShopView):
    @extend_schema(operation_id="privacy_access", parameters=[PageQuery], responses=AccessPage)
    def get(self, request: Request) -> Response:
        """Who has been shown personal data, newest first."""
        query = checked(PageQuery, request.query_params)
        rows = PersonalDataAccess.objects.filter(shop=self.visit.shop)
        found, following = newest_first(rows, query)
        names = activity.names(self.visit.shop, {row.who for row in found})
        told = AccessRow(found, many=True, context={"names": names}).data
        return Response({"results": told, "next": following})
