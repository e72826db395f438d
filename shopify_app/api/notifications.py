"""Who of the shop is told by e-mail, and of what."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from shopify_app.api.view import Body, Conflict, ShopView, checked
from shopify_app.mail import recipients
from shopify_app.models import Episode, MailAddress, MailSettings

REASONS: dict[str, Promise] = {
    "form": _("An e-mail address like office@kedai.test."),
    "known": _("This address is in the list already."),
    "many": _("At most 5 addresses. Remove one first."),
    "asked": _("Too many confirmations were sent today. Try again tomorrow."),
    "kind": _("There is no such event."),
    "minutes": _("From 5 minutes to 1440, a day."),
    "hour": _("An hour from 0 to 23."),
}
OFF = _("This installation of Lejar sends no e-mail.")


class NotificationChanges(Body):
    """What is left out stays as it is. `told` says of single events whether they are told."""

    told = serializers.DictField(child=serializers.BooleanField(), required=False)
    tell_over = serializers.BooleanField(required=False)
    offline_minutes = serializers.IntegerField(required=False, min_value=0, max_value=100_000)
    digest_hour = serializers.IntegerField(required=False, min_value=0, max_value=100)


class AddressRequest(Body):
    address = serializers.CharField(max_length=320)


class AddressRow(serializers.Serializer[Any]):
    """An address gets nothing but the question until it is `confirmed_at`; it is "" where the key
    that sealed it is gone."""

    id = serializers.IntegerField()
    address = serializers.CharField()
    language = serializers.CharField()
    added_at = serializers.DateTimeField()
    confirmed_at = serializers.DateTimeField(allow_null=True)


class NotificationState(serializers.Serializer[Any]):
    """`told` has every event there is. Where e-mail is not `configured`, nothing is sent."""

    configured = serializers.BooleanField()
    told = serializers.DictField(child=serializers.BooleanField())
    tell_over = serializers.BooleanField()
    offline_minutes = serializers.IntegerField()
    digest_hour = serializers.IntegerField()
    addresses = AddressRow(many=True)


@contextmanager
def _answers() -> Iterator[None]:
    try:
        yield
    except recipients.Refused as refused:
        raise ValidationError({refused.field: [str(REASONS[refused.reason])]}) from None
    except recipients.NotAnymore:
        raise NotFound from None


def _row(row: MailAddress, address: str) -> dict[str, Any]:
    return {**vars(row), "address": address}


class NotificationsView(ShopView):
    @extend_schema(responses=NotificationState)
    def get(self, request: Request) -> Response:
        return Response(self._state(recipients.settings_of(self.visit.shop)))

    @extend_schema(request=NotificationChanges, responses=NotificationState)
    def patch(self, request: Request) -> Response:
        changes = checked(NotificationChanges, request.data)
        shop, by = self.visit.shop, self.by()
        told = changes.pop("told", None)
        with _answers():
            if told is not None:
                changes["kinds"] = _kinds(recipients.settings_of(shop), told)
            row = recipients.change(shop, changes, who=by["who"], now=by["now"])
        return Response(self._state(row))

    def _state(self, row: MailSettings) -> Any:
        rows = recipients.addresses_of(self.visit.shop)
        state = {
            **vars(row),
            "configured": recipients.is_configured(),
            "told": {kind: kind in row.kinds for kind in Episode.Kind.values},
            "addresses": [_row(*each) for each in rows],
        }
        return NotificationState(state).data


def _kinds(row: MailSettings, told: dict[str, bool]) -> list[str]:
    if unknown := sorted(told.keys() - set(Episode.Kind.values)):
        raise ValidationError({"told": {name: [str(REASONS["kind"])] for name in unknown}})
    wanted = {kind: kind in row.kinds for kind in Episode.Kind.values} | told
    return [kind for kind, is_told in wanted.items() if is_told]


class AddressesView(ShopView):
    @extend_schema(request=AddressRequest, responses={201: AddressRow})
    def post(self, request: Request) -> Response:
        """Ask an address by e-mail whether it wants to be told. The messages to it are in the
        language of this request."""
        asked, by = checked(AddressRequest, request.data), self.by()
        if not recipients.is_configured():
            raise Conflict(str(OFF))
        with _answers():
            row = recipients.add(
                self.visit.shop,
                asked["address"],
                language=get_language() or "en",
                who=by["who"],
                now=by["now"],
            )
        return Response(AddressRow(_row(row, asked["address"].strip())).data, status=201)


class AddressView(ShopView):
    @extend_schema(responses={204: None})
    def delete(self, request: Request, address_id: int) -> Response:
        """Tell this address nothing more, and erase it."""
        by = self.by()
        with _answers():
            recipients.remove(self.visit.shop, address_id, who=by["who"], now=by["now"])
        return Response(status=204)


class AskAgainView(ShopView):
    @extend_schema(request=None, responses={202: None})
    def post(self, request: Request, address_id: int) -> Response:
        """Send the question whether the address wants to be told once more."""
        with _answers():
            recipients.ask_again(self.visit.shop, address_id, now=timezone.now())
        return Response(status=202)
