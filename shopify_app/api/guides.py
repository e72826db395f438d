"""The ways to connect an accounting system: what to fill in, what to know, what to prepare."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounting.connectors.guide import guides
from shopify_app.api.view import Heard, ShopView


class SettingRow(serializers.Serializer[Any]):
    """One thing to fill in, all as texts; a flag is "true" or "false". `picks` names the list of
    codes that it is one of, `status` says whether its default is documented by the vendor."""

    name = serializers.CharField()
    label = Heard()  # type: ignore[assignment]  # the framework takes fields off the class
    help = Heard()
    kind = serializers.CharField()
    default = serializers.CharField()
    required = serializers.BooleanField()  # type: ignore[assignment]  # likewise
    largest = serializers.IntegerField()
    choices = serializers.ListField(child=serializers.CharField())
    pattern = serializers.CharField()
    picks = serializers.CharField()
    status = serializers.CharField()


class GuideRow(serializers.Serializer[Any]):
    """`notices` are limits to know before choosing this way, `checklist` is done once in the
    accounting system."""

    system = serializers.CharField()
    way = serializers.CharField()
    title = Heard()
    summary = Heard()
    credentials = SettingRow(many=True)
    settings = SettingRow(many=True)
    notices = serializers.ListField(child=Heard())
    checklist = serializers.ListField(child=Heard())


class Guides(serializers.Serializer[Any]):
    results = GuideRow(many=True)


class GuidesView(ShopView):
    @extend_schema(responses=Guides)
    def get(self, request: Request) -> Response:
        """Every way there is, in the language that was asked for."""
        return Response(Guides({"results": list(guides().values())}).data)
