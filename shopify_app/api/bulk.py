"""The same decision about many orders, documents or webhooks at once.

Each is decided by itself, as if a person had gone from one to the next: what is not possible for
one leaves the others alone, and the answer says of each what happened.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounting import holds, posting, reading_anew
from accounting.models import Document, Order
from shopify_app.api import deliveries, documents, orders
from shopify_app.api.view import BIGGEST_ID, Body, Conflict, ShopView, checked, storable_text
from shopify_app.models import Delivery

MOST = 200  # of one request
STOPPED = (Document.State.REJECTED, Document.State.CONFLICT)


class Chosen(Body):
    """Either the `ids`, or the `kind` of all."""

    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=BIGGEST_ID),
        min_length=1,
        max_length=MOST,
        required=False,
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("ids" in attrs) == ("kind" in attrs):
            raise ValidationError({"ids": [_("Name either the ids, or the kind of all.")]})
        return attrs


class ManyOrders(Chosen):
    """`ids` are Shopify's; `kind` is the code of a hold: UNMAPPED_ITEM, PERIOD_CLOSED …"""

    kind = serializers.CharField(max_length=30, required=False)

    def validate_kind(self, value: str) -> str:
        return storable_text(value)


class ManyDocuments(Chosen):
    """`kind` is rejected, what the books refused, or conflict, what differs there."""

    kind = serializers.ChoiceField(choices=STOPPED, required=False)


class ManySkipped(ManyDocuments):
    """`reason` stays in the trail of each."""

    reason = serializers.CharField(max_length=500)


class ManyDeliveries(Chosen):
    kind = serializers.ChoiceField(choices=[Delivery.State.FAILED], required=False)


class Done(serializers.Serializer[Any]):
    """`message` says why nothing was done."""

    id = serializers.IntegerField()
    done = serializers.BooleanField()
    message = serializers.CharField()


class AllDone(serializers.Serializer[Any]):
    """`done` and `left` count what of `results` was done and was not possible. With a `kind` at
    most 200 are taken at once, those that have waited longest: `more` says whether there are
    others. `detail` is all of it in a sentence. Where nothing at all could be done the answer is
    409, with the same content."""

    detail = serializers.CharField()
    done = serializers.IntegerField()
    left = serializers.IntegerField()
    more = serializers.BooleanField()
    results = Done(many=True)


@dataclass
class Tally:
    """What has become of how many."""

    results: list[dict[str, Any]] = field(default_factory=list)
    more: bool = False

    def add(self, of: int, done: bool, why_not: str | Promise) -> None:
        self.results.append({"id": of, "done": done, "message": "" if done else str(why_not)})

    def answer(self) -> Response:
        """Raises Conflict when nothing could be done."""
        done = sum(each["done"] for each in self.results)
        content = {
            "detail": self._detail(done),
            "done": done,
            "left": len(self.results) - done,
            "more": self.more,
            "results": self.results,
        }
        if not done:
            raise Conflict(content)
        return Response(AllDone(content).data)

    def _detail(self, done: int) -> str:
        if not self.results:
            return _("There is nothing of this kind any more.")
        left = [each["message"] for each in self.results if not each["done"]]
        if not left:
            return _("Done: %(done)s.") % {"done": done}
        said = {"done": done, "left": len(left), "why": left[0]}
        return _("Done: %(done)s. Not possible: %(left)s, because: %(why)s") % said


def _decide(
    ids: Sequence[int], decide: Callable[[int], bool], why_not: str | Promise, *, more: bool
) -> Response:
    tally = Tally(more=more)
    for each in ids:
        tally.add(each, decide(each), why_not)
    return tally.answer()


class _ManyOrdersView(ShopView):
    def chosen(self) -> tuple[list[int], bool]:
        """Shopify's ids, and whether there are more of the kind."""
        asked = checked(ManyOrders, self.request.data)
        if "ids" in asked:
            return asked["ids"], False
        held = Order.objects.filter(store=self.visit.store_id, state=Order.State.HELD)
        rows = held.filter(problems__contains=[{"code": asked["kind"]}])
        return _first(rows, "order_id")


def _first(rows: QuerySet[Any], name: str) -> tuple[list[int], bool]:
    found = list(rows.order_by("pk").values_list(name, flat=True)[: MOST + 1])
    return found[:MOST], len(found) > MOST


class ReplanManyView(_ManyOrdersView):
    @extend_schema(
        operation_id="orders_replan_many",
        request=ManyOrders,
        responses=AllDone,
    )
    def post(self, request: Request) -> Response:
        """Plan orders again with today's mappings."""
        ids, more = self.chosen()
        by = self.by()
        return _decide(
            ids, lambda each: posting.replan(order_id=each, **by), orders.NO_SUCH_ORDER, more=more
        )


class RefetchManyView(_ManyOrdersView):
    @extend_schema(
        operation_id="orders_refetch_many",
        request=ManyOrders,
        responses=AllDone,
    )
    def post(self, request: Request) -> Response:
        """Read orders anew from Shopify, before the shop's others."""
        ids, more = self.chosen()
        orders.require_reading()
        by = self.by()
        return _decide(
            ids,
            lambda each: reading_anew.ask(order_id=each, **by),
            orders.NO_SUCH_ORDER,
            more=more,
        )


class NextOpenDayManyView(_ManyOrdersView):
    @extend_schema(
        operation_id="orders_next_open_day_many",
        request=ManyOrders,
        responses=AllDone,
    )
    def post(self, request: Request) -> Response:
        """Let what these orders have in a closed period take the first open day; the setting for
        all others stays."""
        ids, more = self.chosen()
        by = self.by()
        return _decide(
            ids,
            lambda each: holds.post_to_next_open_day(order_id=each, **by),
            orders.NOT_CLOSED,
            more=more,
        )


class _ManyDocumentsView(ShopView):
    def chosen(self, asked: dict[str, Any]) -> tuple[list[int], bool]:
        if "ids" in asked:
            return asked["ids"], False
        rows = Document.objects.filter(store=self.visit.store_id, state=asked["kind"])
        return _first(rows, "pk")


class RetryManyView(_ManyDocumentsView):
    @extend_schema(
        operation_id="documents_retry_many",
        request=ManyDocuments,
        responses=AllDone,
    )
    def post(self, request: Request) -> Response:
        """Try refused documents again, or look again after a conflict."""
        ids, more = self.chosen(checked(ManyDocuments, request.data))
        by = self.by()
        return _decide(
            ids,
            lambda each: posting.retry(document_id=each, **by),
            documents.NOT_RETRIED,
            more=more,
        )


class SkipManyView(_ManyDocumentsView):
    @extend_schema(
        operation_id="documents_skip_many",
        request=ManySkipped,
        responses=AllDone,
    )
    def post(self, request: Request) -> Response:
        """Leave documents out of the books for good, all for one reason."""
        asked = checked(ManySkipped, request.data)
        ids, more = self.chosen(asked)
        by = {**self.by(), "reason": asked["reason"]}
        return _decide(
            ids, lambda each: posting.skip(document_id=each, **by), documents.NOT_SKIPPED, more=more
        )


class RetryDeliveriesView(ShopView):
    @extend_schema(
        operation_id="deliveries_retry_many",
        request=ManyDeliveries,
        responses=AllDone,
    )
    def post(self, request: Request) -> Response:
        """Look at failed deliveries again."""
        asked = checked(ManyDeliveries, request.data)
        domain = self.visit.shop.domain
        failed = Delivery.objects.filter(
            shop_domain=domain, state=Delivery.State.FAILED, erased_at=None
        )
        ids, more = (asked["ids"], False) if "ids" in asked else _first(failed, "pk")
        by = self.by()
        return _decide(
            ids,
            lambda each: deliveries.retry(domain, each, **by),
            deliveries.NOT_RETRIED,
            more=more,
        )
