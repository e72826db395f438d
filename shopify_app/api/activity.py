"""Who changed what: entry by entry, as a file to keep, and whether the chain is unbroken."""

from __future__ import annotations

from typing import Any

from django.http import StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounting import audit_chain
from shopify_app import activity, csv_files
from shopify_app.activity import Wanted
from shopify_app.api.view import BIGGEST_ID, PageQuery, ShopView, checked

AT_ONCE = 20_000  # entries that are checked while somebody waits: less than a second


class Wish(serializers.Serializer[Any]):
    """Days are those of the shop's time zone; both are included."""

    who = serializers.CharField(required=False, max_length=100)
    action = serializers.CharField(required=False, max_length=60)
    since = serializers.DateField(required=False)
    until = serializers.DateField(required=False)


class ActivityQuery(Wish, PageQuery):
    """`after` is the `next` of the page before: a number of an entry."""

    after = serializers.IntegerField(required=False, min_value=1, max_value=BIGGEST_ID)


class ChangeRow(serializers.Serializer[Any]):
    name = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()


class EntryRow(serializers.Serializer[Any]):
    """`name` and `title` are `who` and `action` in words, `changes` what was before and is after,
    `more` how many changes are in `detail` only. The detail of an `erased` entry is not as it was
    noted. `sha256` is of the JSON list [previous_sha256, number, store, at, who, action,
    detail_sha256]."""

    number = serializers.IntegerField(source="row.number")
    at = serializers.DateTimeField(source="row.at")
    who = serializers.CharField(source="row.who")
    name = serializers.CharField()
    action = serializers.CharField(source="row.action")
    title = serializers.CharField(source="told.title")
    changes = ChangeRow(source="told.changes", many=True)
    more = serializers.IntegerField(source="told.more")
    detail = serializers.JSONField(source="row.detail")
    erased = serializers.BooleanField(source="is_erased")
    store = serializers.IntegerField(source="row.store_id")
    detail_sha256 = serializers.CharField(source="row.detail_sha256")
    previous_sha256 = serializers.CharField(source="row.previous_sha256")
    sha256 = serializers.CharField(source="row.sha256")


class Chain(serializers.Serializer[Any]):
    """`verified_at` is when all entries to `verified_to` were last found unbroken; `broken_number`
    is the first that is not as it was noted."""

    entries = serializers.IntegerField()
    since = serializers.DateTimeField(allow_null=True)
    verified_at = serializers.DateTimeField(allow_null=True)
    verified_to = serializers.IntegerField()
    broken_number = serializers.IntegerField(allow_null=True)


class EntryPage(serializers.Serializer[Any]):
    results = EntryRow(many=True)
    next = serializers.IntegerField(allow_null=True)
    chain = Chain()


class ActivityView(ShopView):
    @extend_schema(operation_id="activity_list", parameters=[ActivityQuery], responses=EntryPage)
    def get(self, request: Request) -> Response:
        """Who changed what, newest first."""
        query = checked(ActivityQuery, request.query_params)
        before, size = query.pop("after", None), query.pop("limit")
        shop = self.visit.shop
        entries, following = activity.page(shop, Wanted(**query), before=before, size=size)
        found = {"results": entries, "next": following, "chain": activity.state(shop)}
        return Response(EntryPage(found).data)


class ActivityCsvView(ShopView):
    @extend_schema(
        operation_id="activity_csv",
        parameters=[Wish],
        responses={(200, "text/csv"): OpenApiResponse(OpenApiTypes.STR)},
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """The same as a file, whole, with every digest: kept elsewhere, it proves the chain."""
        wanted = Wanted(**checked(Wish, request.query_params))
        return csv_files.file(activity.as_csv(self.visit.shop, wanted), name="activity.csv")


class ActivityCheckView(ShopView):
    @extend_schema(operation_id="activity_check", request=None, responses=Chain)
    def post(self, request: Request) -> Response:
        """Check the chain now, or the next 20,000 entries of a long one. It changes nothing."""
        store_id = self.visit.store_id
        audit_chain.check(store_id=store_id, now=timezone.now(), most=AT_ONCE)
        return Response(Chain(activity.state(self.visit.shop)).data)
