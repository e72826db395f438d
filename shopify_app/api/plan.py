"""The shop's plan: what it allows, how much of it is used, and where another is chosen."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from shopify_app import billing
from shopify_app.api.summary import NoticeRow
from shopify_app.api.view import ShopView
from shopify_app.entitlement import Why
from shopify_app.notices.plan import plan_notices, shop_notices


class PlanState(serializers.Serializer[Any]):
    """`used` and `limit` are orders begun in the billing month; null without a limit. `plan_page`
    opens with target _top; it is null where there is no billing."""

    plan = serializers.CharField()
    status = serializers.CharField()
    test = serializers.BooleanField()
    why = serializers.ChoiceField(choices=[why.value for why in Why])
    may_send = serializers.BooleanField()
    used = serializers.IntegerField(allow_null=True)
    limit = serializers.IntegerField(allow_null=True)
    waiting = serializers.IntegerField()
    month_start = serializers.DateTimeField()
    month_end = serializers.DateTimeField()
    current_period_end = serializers.DateTimeField(allow_null=True)
    read_at = serializers.DateTimeField(allow_null=True)
    lapsed_at = serializers.DateTimeField(allow_null=True)
    plan_page = serializers.CharField(allow_null=True)
    notices = NoticeRow(many=True)


class PlanView(ShopView):
    @extend_schema(responses=PlanState)
    def get(self, request: Request) -> Response:
        shop, now = self.visit.shop, timezone.now()
        row = billing.plan_of(shop)
        stands, usage = billing.standing(row, now=now), billing.usage(row, now=now)
        billed = stands.why is not Why.NO_BILLING
        notices = [*plan_notices(shop, now), *shop_notices(shop, now)]
        state = {
            "plan": row.name,
            "status": row.status.upper(),
            "test": row.is_test,
            "why": stands.why.value,
            "may_send": stands.may_send,
            "used": None if stands.limit is None else usage.used,
            "limit": stands.limit,
            "waiting": usage.waiting,
            "month_start": usage.start,
            "month_end": usage.end,
            "current_period_end": row.current_period_end,
            "read_at": row.read_at,
            "lapsed_at": row.lapsed_at,
            "plan_page": billing.plan_page(shop) if billed else None,
            "notices": NoticeRow(notices, many=True).data,
        }
        return Response(PlanState(state).data)
