"""The connection to the books. Its key goes in and never comes out."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from accounting import code_lists, connection_check, connections, database_clock, ways
from accounting.connectors.base import CodeList
from accounting.models import Book
from shopify_app import demo_companies
from shopify_app.api.view import Body, Heard, ShopView, checked, refusals


class ConnectionRequest(Body):
    """`credentials` and `settings` as the guide of the way lists them; credentials that are left
    out or empty keep their stored value. What is wrong with either is named under its name."""

    system = serializers.ChoiceField(choices=Book.System.choices)
    way = serializers.ChoiceField(choices=sorted(ways.WAYS), default="acctbridge")
    home_currency = serializers.RegexField(r"^[A-Z]{3}$", default="MYR")
    credentials = serializers.DictField(
        child=serializers.CharField(allow_blank=True, max_length=500),
        write_only=True,
        required=False,
        default=dict,
    )
    settings = serializers.DictField(
        child=serializers.CharField(allow_blank=True, max_length=500), required=False, default=dict
    )


class FindingRow(serializers.Serializer[Any]):
    subject = Heard()
    status = serializers.CharField()
    message = Heard()
    advice = Heard()


class ConnectionState(serializers.Serializer[Any]):
    """`state` is none, setup, active, paused or misconfigured."""

    state = serializers.CharField()
    state_reason = Heard()
    system = serializers.CharField()
    way = serializers.CharField()
    home_currency = serializers.CharField()
    settings = serializers.DictField()
    has_credentials = serializers.BooleanField(source="sealed_credentials")
    fingerprint = serializers.CharField()
    found = serializers.CharField()
    findings = FindingRow(many=True)
    checked_at = serializers.DateTimeField(allow_null=True)
    trouble = Heard()
    trouble_since = serializers.DateTimeField(allow_null=True)
    answered_at = serializers.DateTimeField(allow_null=True)


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
        with refusals():
            connections.connect(**asked, **self.by())
        return Response(state_of(self.visit.store_id))

    @extend_schema(request=None, responses={200: ConnectionState})
    def delete(self, request: Request) -> Response:
        """Forget the credentials and write nothing more. Orders keep queuing; connected again in
        the same way, they go on where they were."""
        with refusals():
            connections.disconnect(**self.by())
        return Response(state_of(self.visit.store_id))


class DemoRequest(Body):
    """Which of the demo companies."""

    name = serializers.ChoiceField(choices=demo_companies.NAMES, default=demo_companies.NAMES[0])


class DemoView(ShopView):
    @extend_schema(request=DemoRequest, responses={200: ConnectionState, 404: OpenApiTypes.OBJECT})
    def post(self, request: Request) -> Response:
        """Connect a demo company, check it, start, and read its lists of codes. 404 where this
        installation has none."""
        asked = checked(DemoRequest, request.data)
        if not demo_companies.offered():
            raise NotFound
        by = self.by()
        with refusals():
            connections.connect(**demo_companies.chosen(asked["name"]), **by)
            health = connection_check.check(store_id=self.visit.store_id, clock=database_clock.now)
            if health.ok:
                connections.resume(company=health.fingerprint, **by)
                self._read_lists()
        return Response(state_of(self.visit.store_id))

    def _read_lists(self) -> None:
        """Whoever only looks around has codes to pick from at once: these books answer in no time,
        and nobody knows their codes by heart."""
        for wanted in CodeList:
            code_lists.refresh(
                store_id=self.visit.store_id, wanted=wanted, clock=database_clock.now
            )


class CheckView(ShopView):
    @extend_schema(request=None, responses=ConnectionState)
    def post(self, request: Request) -> Response:
        """Ask the books what works. Reads only; nothing is written to them."""
        with refusals():
            connection_check.check(store_id=self.visit.store_id, clock=database_clock.now)
        return Response(state_of(self.visit.store_id))


class PauseView(ShopView):
    @extend_schema(request=None, responses=ConnectionState)
    def post(self, request: Request) -> Response:
        """Stop writing; documents wait."""
        with refusals():
            connections.pause(**self.by())
        return Response(state_of(self.visit.store_id))


class ResumeRequest(Body):
    """`company` confirms whose books these are: what the state calls `found`."""

    company = serializers.CharField(default="", allow_blank=True, max_length=200)


class ResumeView(ShopView):
    @extend_schema(request=ResumeRequest, responses=ConnectionState)
    def post(self, request: Request) -> Response:
        """Start writing, or go on."""
        asked = checked(ResumeRequest, request.data)
        with refusals():
            connections.resume(**asked, **self.by())
        return Response(state_of(self.visit.store_id))
