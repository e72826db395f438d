"""Links with which an accountant may look without a Shopify account (ADR 34)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from shopify_app import accountants, ui
from shopify_app.api.view import (
    Body,
    Conflict,
    PageQuery,
    ShopView,
    checked,
    listed,
    newest_first,
)
from shopify_app.models import AccountantLink


class LinkRow(serializers.Serializer[Any]):
    """`used_at` is when it was last looked through, to about five minutes."""

    id = serializers.IntegerField()
    name = serializers.CharField(source="label")
    created_at = serializers.DateTimeField()
    created_by = serializers.CharField()
    ends_at = serializers.DateTimeField()
    used_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)


class LinkPage(serializers.Serializer[Any]):
    results = LinkRow(many=True)
    next = serializers.IntegerField(allow_null=True)


class NewLink(Body):
    """`last_date` is the last day it opens anything, in the shop's time zone: in 90 days where it
    is absent, in a year at most."""

    name = serializers.CharField(max_length=60)
    last_date = serializers.DateField(required=False, allow_null=True)


class MadeLink(LinkRow):
    """`address` is what the accountant opens. It cannot be had again."""

    address = serializers.CharField()


class LinksView(ShopView):
    @extend_schema(operation_id="accountant_links", parameters=[PageQuery], responses=LinkPage)
    def get(self, request: Request) -> Response:
        """The shop's links, newest first; none tells its secret."""
        query = checked(PageQuery, request.query_params)
        rows = AccountantLink.objects.filter(shop=self.visit.shop)
        return Response(listed(LinkRow, *newest_first(rows, query)))

    @extend_schema(
        operation_id="accountant_link_create", request=NewLink, responses={201: MadeLink}
    )
    def post(self, request: Request) -> Response:
        """Make a link; its address is in this answer only."""
        body, now, shop = checked(NewLink, request.data), timezone.now(), self.visit.shop
        with timezone.override(shop.store.time_zone):
            today = timezone.localdate(now)
        last_date = body.get("last_date") or today + timedelta(days=accountants.DAYS)
        if not today <= last_date <= today + timedelta(days=accountants.MOST_DAYS):
            raise ValidationError({"last_date": [_("A day from today to a year from now.")]})
        try:
            link, secret = accountants.create(
                shop=shop, label=body["name"], last_date=last_date, who=self.visit.who, now=now
            )
        except accountants.TooManyLinks:
            raise Conflict(_("There are too many open links: revoke one first.")) from None
        # By https also where a proxy ends it: whoever opens the link runs what the page brings.
        scheme = request.scheme if ui.is_local() else "https"
        path = reverse("accountant-open", args=[link.pk])
        where = f"{scheme}://{request.get_host()}{path}"
        setattr(link, "address", f"{where}#{secret}")  # noqa: B010 kept nowhere
        return Response(MadeLink(link).data, status=201)


class RevokeView(ShopView):
    @extend_schema(operation_id="accountant_link_revoke", request=None, responses=LinkRow)
    def post(self, request: Request, link_id: int) -> Response:
        """End a link and whatever was opened with it, at once."""
        who, now = self.visit.who, timezone.now()
        link = accountants.revoke(shop=self.visit.shop, link_id=link_id, who=who, now=now)
        if link is None:
            raise NotFound
        return Response(LinkRow(link).data)
