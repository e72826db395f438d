"""The connection to the books. Its key goes in and never comes out."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounting import connections
from accounting.models import Book
from shopify_app.api.view import Body, ShopView, checked, refusals


class ConnectionRequest(Body):
    """`key` may be left out to keep the one that is stored."""

    system = serializers.ChoiceField(choices=Book.System.choices)
    way = serializers.ChoiceField(choices=sorted(connections.WAYS), default="acctbridge")
    home_currency = serializers.RegexField(r"^[A-Z]{3}$", default="MYR")
    key = serializers.CharField(write_only=True, required=False, max_length=500)


class FindingRow(serializers.Serializer[Any]):
    subject = serializers.CharField()
    status = serializers.CharField()
    message = serializers.CharField()
    advice = serializers.CharField()


class ConnectionState(serializers.Serializer[Any]):
    """`state` is none, setup, active, paused or misconfigured."""

    state = serializers.CharField()
    state_reason = serializers.CharField()
    system = serializers.CharField()
    way = serializers.CharField()
    home_currency = serializers.CharField()
    has_key = serializers.BooleanField(source="sealed_credentials")
    fingerprint = serializers.CharField()
    findings = FindingRow(many=True)
    checked_at = serializers.DateTimeField(allow_null=True)
    trouble = serializers.CharField()
    trouble_since = serializers.DateTimeField(allow_null=True)


def state_of(store_id: int) -> Any:
    """The connection of a store as the API shows it; an unconnected one has the state none."""
    book = Book.objects.filter(store=store_id).first()
    shown = book or Book(state="none", system="", way="", home_currency="")
    return ConnectionState(shown).data


class ConnectionView(ShopView):
    @extend_schema(responses=ConnectionState)
    def get(self, request: Request) -> Response:
        return Response(state_of(self.visit.store_id))

    @extend_schema(request=ConnectionRequest, responses=ConnectionState)
    def put(self, request: Request) -> Response:
        asked = checked(ConnectionRequest, request.data)
        key = asked.pop("key", "")
        by = self.by()
        with refusals():
            connections.connect(credentials={"key": key} if key else {}, **asked, **by)
        return Response(state_of(self.visit.store_id))


class CheckView(ShopView):
    @extend_schema(request=None, responses=ConnectionState)
    def post(self, request: Request) -> Response:
        """Ask the books what works. Reads only; nothing is written to them."""
        with refusals():
            connections.check(store_id=self.visit.store_id, now=timezone.now())
        return Response(state_of(self.visit.store_id))


class PauseView(ShopView):
    @extend_schema(request=None, responses=ConnectionState)
    def post(self, request: Request) -> Response:
        """Stop writing; documents wait."""
        with refusals():
            connections.pause(**self.by())
        return Response(state_of(self.visit.store_id))


class ResumeView(ShopView):
    @extend_schema(request=None, responses=ConnectionState)
    def post(self, request: Request) -> Response:
        """Start writing, or go on."""
        with refusals():
            connections.resume(**self.by())
        return Response(state_of(self.visit.store_id))
