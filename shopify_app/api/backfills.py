"""Backfills: past orders read from Shopify, judged, then posted, and taken back if need be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounting import backfills
from accounting.models import Backfill, BackfillOrder
from shopify_app import backfill, backfill_report, csv_files
from shopify_app.api.view import (
    Body,
    Conflict,
    PageQuery,
    ShopView,
    checked,
    listed,
    newest_first,
    oldest_first,
    refusals,
    the_one,
)
from shopify_app.heard import heard


class BackfillRequest(Body):
    """Days on which orders were created, in the shop's time zone, both included."""

    first_date = serializers.DateField()
    last_date = serializers.DateField()


class BackfillRow(serializers.Serializer[Any]):
    """`state` is reading, stopped (`message` says why; it goes on at `ready_at`, or when it is
    previewed), previewing, previewed, posting, posted, reversing, reversed or cancelled; `title`
    and `next_step` say it in the reader's language."""

    id = serializers.IntegerField()
    first_date = serializers.DateField()
    last_date = serializers.DateField()
    state = serializers.CharField()
    title = serializers.CharField()
    next_step = serializers.CharField()
    message = serializers.CharField()
    ready_at = serializers.DateTimeField(allow_null=True)
    started_at = serializers.DateTimeField()
    started_by = serializers.CharField()
    previewed_at = serializers.DateTimeField(allow_null=True)
    posted_at = serializers.DateTimeField(allow_null=True)
    posted_by = serializers.CharField()
    reversed_at = serializers.DateTimeField(allow_null=True)
    reversed_by = serializers.CharField()
    cancelled_at = serializers.DateTimeField(allow_null=True)
    cancelled_by = serializers.CharField()


class BackfillCounts(serializers.Serializer[Any]):
    """`orders` of the range found so far, by what the dry run says: `listed` are still to be read,
    `read` to be judged, `there` kept up by Lejar anyway. Of those given to posting (`woken`),
    `compared` are through, `different` came out otherwise; `taken_back` are reversed."""

    orders = serializers.IntegerField()
    listed = serializers.IntegerField()
    read = serializers.IntegerField()
    post = serializers.IntegerField()
    hold = serializers.IntegerField()
    skip = serializers.IntegerField()
    there = serializers.IntegerField()
    failed = serializers.IntegerField()
    woken = serializers.IntegerField()
    compared = serializers.IntegerField()
    different = serializers.IntegerField()
    taken_back = serializers.IntegerField()


class KindTotal(serializers.Serializer[Any]):
    currency = serializers.CharField()
    kind = serializers.CharField()
    documents = serializers.IntegerField()
    total = serializers.CharField()


class AccountTotal(serializers.Serializer[Any]):
    """`account` is a code of the books, `AR` for what customers owe, `tax:` and a tax code."""

    currency = serializers.CharField()
    account = serializers.CharField()
    debit = serializers.CharField()
    credit = serializers.CharField()
    balance = serializers.CharField()


class HeldGroup(serializers.Serializer[Any]):
    """One reason that holds orders or parts of them; `message` is that of the first."""

    code = serializers.CharField()
    message = serializers.CharField()
    orders = serializers.IntegerField()
    examples = serializers.ListField(child=serializers.CharField())


class SkippedGroup(serializers.Serializer[Any]):
    """One reason to leave orders out, and what to do if they should not be."""

    reason = serializers.CharField()
    remedy = serializers.CharField()
    orders = serializers.IntegerField()
    examples = serializers.ListField(child=serializers.CharField())


class Preview(serializers.Serializer[Any]):
    """What posting would write, summed so far. `moved` documents stand on the first open day, as
    the books are closed on their own."""

    documents = KindTotal(many=True)
    accounts = AccountTotal(many=True)
    held = HeldGroup(many=True)
    skipped = SkippedGroup(many=True)
    moved = serializers.IntegerField()


class BackfillDetail(BackfillRow):
    """`done` of `of` orders are through the present step, null where nothing goes on;
    `seconds_left` is what the pace so far promises."""

    counts = BackfillCounts()
    done = serializers.IntegerField(allow_null=True)
    of = serializers.IntegerField(allow_null=True)
    seconds_left = serializers.IntegerField(allow_null=True)
    preview = Preview()


class BackfillPage(serializers.Serializer[Any]):
    """`readable_since` is the first day whose orders Shopify shows, null for no limit."""

    results = BackfillRow(many=True)
    next = serializers.IntegerField(allow_null=True)
    readable_since = serializers.DateField(allow_null=True)
    explanation = serializers.CharField()


class Difference(serializers.Serializer[Any]):
    """`foreseen` and `posted` are kind, date, total and currency, null where there is none."""

    number = serializers.CharField()
    foreseen = serializers.ListField(child=serializers.CharField(), allow_null=True)
    posted = serializers.ListField(child=serializers.CharField(), allow_null=True)
    reason = serializers.CharField()
    sentence = serializers.CharField()


class ForeseenDocument(serializers.Serializer[Any]):
    number = serializers.CharField()
    kind = serializers.CharField()
    date = serializers.DateField()
    total = serializers.CharField()
    currency = serializers.CharField()


class BackfillOrderRow(serializers.Serializer[Any]):
    """`order_id` is Shopify's; `problems` are the codes of what holds it or a part of it."""

    id = serializers.IntegerField()
    order_id = serializers.IntegerField()
    name = serializers.CharField()
    outcome = serializers.CharField()
    note = serializers.CharField()
    problems = serializers.ListField(child=serializers.CharField())
    documents = ForeseenDocument(many=True)
    differences = Difference(many=True)
    reversed_at = serializers.DateTimeField(allow_null=True)


class BackfillOrderPage(serializers.Serializer[Any]):
    results = BackfillOrderRow(many=True)
    next = serializers.IntegerField(allow_null=True)


class PostRequest(Body):
    """`documents` is how many the person was shown and confirmed; another number means that the
    preview has changed since, and nothing is posted."""

    documents = serializers.IntegerField(
        required=False,
        error_messages={"invalid": lazy("A whole number."), "null": lazy("Type the number.")},
    )


class OrderQuery(PageQuery):
    """`different` asks for those that came out otherwise than previewed."""

    outcome = serializers.ChoiceField(choices=BackfillOrder.Outcome.choices, required=False)
    different = serializers.BooleanField(default=False)


@contextmanager
def _answers() -> Iterator[None]:
    """What the use-cases refuse, as HTTP says it."""
    try:
        with refusals():
            yield
    except backfill.OutOfRange as wrong:
        raise ValidationError({wrong.field: [wrong.message]}) from None
    except (backfills.NotNow, backfills.AnotherIsOpen) as wrong:
        raise Conflict(heard(str(wrong))) from None
    except Backfill.DoesNotExist:
        raise NotFound from None


class BackfillsView(ShopView):
    @extend_schema(operation_id="backfills_list", parameters=[PageQuery], responses=BackfillPage)
    def get(self, request: Request) -> Response:
        """The shop's backfills, newest first, and how far back Shopify lets one go."""
        query = checked(PageQuery, request.query_params)
        rows = Backfill.objects.filter(store=self.visit.store_id)
        found, following = newest_first(rows, query)
        since = backfill.readable_since(self.visit.shop, timezone.now())
        page = listed(BackfillRow, [backfill_report.shown(row) for row in found], following)
        explanation = backfill.too_old(since) if since else ""
        return Response({**page, "readable_since": since, "explanation": explanation})

    @extend_schema(request=BackfillRequest, responses={201: BackfillDetail})
    def post(self, request: Request) -> Response:
        """Read the orders of these days from Shopify and work out what would be posted. Nothing is
        posted."""
        asked = checked(BackfillRequest, request.data)
        with _answers():
            begun = backfill.start(**asked, **self.by())
        return Response(_detail(begun), status=201)


class BackfillView(ShopView):
    @extend_schema(responses=BackfillDetail)
    def get(self, request: Request, backfill_id: int) -> Response:
        """How far it is, and what it comes to."""
        rows = Backfill.objects.filter(store=self.visit.store_id, id=backfill_id)
        return Response(_detail(the_one(rows)))


class BackfillOrdersView(ShopView):
    @extend_schema(
        operation_id="backfills_orders_list", parameters=[OrderQuery], responses=BackfillOrderPage
    )
    def get(self, request: Request, backfill_id: int) -> Response:
        """Its orders, in the order they were created."""
        query = checked(OrderQuery, request.query_params)
        found = the_one(Backfill.objects.filter(store=self.visit.store_id, id=backfill_id))
        rows = BackfillOrder.objects.filter(backfill=found).select_related("order")
        if "outcome" in query:
            rows = rows.filter(outcome=query["outcome"])
        if query["different"]:
            rows = rows.exclude(differences=[])
        page, following = oldest_first(rows, query)
        return Response(
            listed(BackfillOrderRow, [backfill_report.order(row) for row in page], following)
        )


class BackfillFileView(ShopView):
    @extend_schema(operation_id="backfills_csv", responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request, backfill_id: int) -> StreamingHttpResponse:
        """The dry run as a file: a line for each document foreseen, and for each order without."""
        found = the_one(Backfill.objects.filter(store=self.visit.store_id, id=backfill_id))
        return csv_files.file(backfill_report.lines(found), name=f"import-{found.pk}.csv")


class DecisionView(ShopView):
    """One decision on a backfill, by its use-case."""

    decide: Callable[..., Backfill]

    def _decided(self, backfill_id: int) -> Response:
        with _answers():
            found = type(self).decide(backfill_id=backfill_id, **self.by())
        return Response(_detail(found), status=202)


class PreviewView(DecisionView):
    decide = backfills.preview

    @extend_schema(request=None, responses={202: BackfillDetail})
    def post(self, request: Request, backfill_id: int) -> Response:
        """Work out anew, by today's mappings, what would be posted; where reading has stopped, go
        on. Nothing is posted."""
        return self._decided(backfill_id)


class PostView(DecisionView):
    decide = backfills.post

    @extend_schema(request=PostRequest, responses={202: BackfillDetail})
    def post(self, request: Request, backfill_id: int) -> Response:
        """Post what the preview shows."""
        the_one(Backfill.objects.filter(store=self.visit.store_id, id=backfill_id))
        confirmed = checked(PostRequest, request.data).get("documents")
        with transaction.atomic():
            if confirmed is not None:
                self._require(backfill_id, confirmed)
            return self._decided(backfill_id)

    def _require(self, backfill_id: int, confirmed: int) -> None:
        """The row stays locked until the decision has been taken or refused."""
        rows = Backfill.objects.filter(store=self.visit.store_id, id=backfill_id)
        foreseen = backfill_report.documents_foreseen(the_one(rows.select_for_update()))
        if confirmed != foreseen:
            message = _("The preview has %(count)s documents. Type this number.")
            raise ValidationError({"documents": [message % {"count": foreseen}]})


class ReverseView(DecisionView):
    decide = backfills.reverse

    @extend_schema(request=None, responses={202: BackfillDetail})
    def post(self, request: Request, backfill_id: int) -> Response:
        """Take back all that was posted of it: each document gets its opposite in the books."""
        return self._decided(backfill_id)


class CancelView(DecisionView):
    decide = backfills.cancel

    @extend_schema(request=None, responses={202: BackfillDetail})
    def post(self, request: Request, backfill_id: int) -> Response:
        """Leave it unposted; while it is being posted, no further order is begun."""
        return self._decided(backfill_id)


def _detail(found: Backfill) -> Any:
    return BackfillDetail(backfill_report.detail(found, now=timezone.now())).data
