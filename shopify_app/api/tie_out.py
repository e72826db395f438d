"""The tie-out and the monthly statement: to read, as a file, and to approve."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounting import tie_out
from accounting.models import TieDifference
from accounting.tie_lines import Line, differences, ends_of
from shopify_app import csv_files
from shopify_app.api.view import Body, Conflict, ShopView, checked
from shopify_app.converters import month_of
from shopify_app.csv_files import harmless
from shopify_app.heard import heard
from shopify_app.tie_words import SIDES, STATUSES, VIEWS, place_name, told

NO_MONTH = "Write the month like 2026-11."


@extend_schema_field(OpenApiTypes.STR)
class MonthField(serializers.Field[date, str, str, Any]):
    """A month written 2026-11."""

    def to_internal_value(self, data: str) -> date:
        try:
            return month_of(str(data))
        except ValueError:
            raise ValidationError(heard(NO_MONTH)) from None

    def to_representation(self, value: date) -> str:
        return f"{value:%Y-%m}"


class Amount(serializers.CharField):
    """An amount as text, in the currency beside it."""


class TieLineRow(serializers.Serializer[Any]):
    """What Shopify says, our documents say and the books hold; what documents have more than
    Shopify, the books more than documents, and how much of both nobody can explain. `status` is
    agrees, explained, differs or nothing."""

    currency = serializers.CharField()
    shopify = Amount()
    documents = Amount()
    books = Amount()
    documents_differ = Amount()
    documents_explained = Amount()
    documents_wrong = Amount()
    books_differ = Amount()
    books_explained = Amount()
    books_wrong = Amount()
    status = serializers.CharField()


class DayRow(serializers.Serializer[Any]):
    date = serializers.DateField()
    status = serializers.CharField()
    sales = TieLineRow()
    tax = TieLineRow()
    money = TieLineRow()


class ReasonRow(serializers.Serializer[Any]):
    """All differences of one reason: how many, in how many orders, and their sum. `wrong` ones
    nobody can explain, or the books are not as posted."""

    view = serializers.CharField()
    side = serializers.CharField()
    reason = serializers.CharField()
    wrong = serializers.BooleanField()
    currency = serializers.CharField()
    count = serializers.IntegerField()
    orders = serializers.IntegerField()
    amount = Amount()


class MonthRow(serializers.Serializer[Any]):
    """`others` are totals in other currencies than the shop's. `counting` orders, or all of them
    (`recounting`), are still being counted."""

    month = MonthField(source="first")
    currency = serializers.CharField()
    status = serializers.CharField(source="total.status")
    days = DayRow(many=True)
    total = DayRow()
    others = DayRow(many=True)
    reasons = ReasonRow(many=True)
    counting = serializers.IntegerField()
    recounting = serializers.BooleanField()


class PlaceRow(serializers.Serializer[Any]):
    """`view` is sales, tax (`name` is the books' code, `rate` in per cent) or money (`name` is the
    gateway)."""

    view = serializers.CharField()
    name = serializers.CharField()
    rate = serializers.CharField()
    line = TieLineRow()


class KindTotalRow(serializers.Serializer[Any]):
    kind = serializers.CharField()
    currency = serializers.CharField()
    count = serializers.IntegerField()
    total = Amount()
    first = serializers.CharField()
    last = serializers.CharField()


class BalanceRow(serializers.Serializer[Any]):
    gateway = serializers.CharField()
    currency = serializers.CharField()
    opening = Amount()
    closing = Amount()


class ChangeRow(serializers.Serializer[Any]):
    figure = serializers.CharField()
    then = serializers.CharField()
    now = serializers.CharField()


class ApprovedRow(serializers.Serializer[Any]):
    who = serializers.CharField()
    at = serializers.DateTimeField()
    unchanged = serializers.BooleanField()
    changes = serializers.SerializerMethodField()

    @extend_schema(responses=ChangeRow(many=True))
    def get_changes(self, approved: Any) -> list[dict[str, str]]:
        return [{"figure": name, "then": then, "now": now} for name, then, now in approved.changes]


class StatementRow(serializers.Serializer[Any]):
    """`debtors` and `clearing` are what our own documents leave open before and after the month.
    To approve, send back `digest`: it stands for all figures of the statement."""

    month = MonthField()
    currency = serializers.CharField()
    status = serializers.CharField()
    places = PlaceRow(many=True)
    kinds = KindTotalRow(many=True)
    debtors = BalanceRow(many=True)
    clearing = BalanceRow(many=True)
    reasons = ReasonRow(many=True)
    read_back_at = serializers.DateTimeField(allow_null=True)
    digest = serializers.CharField()
    approved = ApprovedRow(allow_null=True)
    counting = serializers.IntegerField()
    recounting = serializers.BooleanField()


class MonthQuery(serializers.Serializer[Any]):
    """The month, like 2026-11."""

    month = MonthField()


class FileQuery(serializers.Serializer[Any]):
    """A month, like 2026-11, or one day, like 2026-11-20."""

    month = MonthField(required=False)
    day = serializers.DateField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs) != 1:
            raise ValidationError({"month": [heard(NO_MONTH)]})
        return attrs


class Approval(Body):
    """The `digest` of the statement that was looked at."""

    digest = serializers.RegexField("^[0-9a-f]{64}$")


class TieOutView(ShopView):
    @extend_schema(operation_id="tie_out_month", parameters=[MonthQuery], responses=MonthRow)
    def get(self, request: Request) -> Response:
        """Every day of a month, what differs, and why."""
        query = checked(MonthQuery, request.query_params)
        return Response(MonthRow(tie_out.month(self.visit.store_id, **query)).data)


class TieOutFileView(ShopView):
    @extend_schema(
        operation_id="tie_out_file",
        parameters=[FileQuery],
        responses={(200, "text/csv"): OpenApiResponse(OpenApiTypes.STR)},
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """A month by day, gateway and tax, or one day with its single differences, as CSV."""
        query = checked(FileQuery, request.query_params)
        store_id = self.visit.store_id
        if day := query.get("day"):
            rows, name = _of_day(store_id, day), f"{day}"
        else:
            rows, name = _of_month(store_id, query["month"]), f"{query['month']:%Y-%m}"
        return csv_files.file(rows, name=f"tie-out-{name}.csv")


class StatementView(ShopView):
    @extend_schema(operation_id="statement", responses=StatementRow)
    def get(self, request: Request, month: date) -> Response:
        """The statement of a month, with the last approval and what has changed since."""
        return Response(StatementRow(tie_out.statement(self.visit.store_id, month=month)).data)


class ApproveView(ShopView):
    @extend_schema(operation_id="statement_approve", request=Approval, responses=StatementRow)
    def post(self, request: Request, month: date) -> Response:
        """Approve the figures that were looked at; refused when they are others by now."""
        body = checked(Approval, request.data)
        try:
            found = tie_out.approve(**self.by(), month=month, digest=body["digest"])
        except (tie_out.Changed, tie_out.Counting) as wrong:
            raise Conflict(heard(str(wrong))) from None
        return Response(StatementRow(found).data)


# --- as a file -------------------------------------------------------------------------------

HEAD = (
    "date",
    "view",
    "name",
    "currency",
    "shopify",
    "documents",
    "books",
    "documents_differ",
    "documents_explained",
    "documents_unexplained",
    "books_differ",
    "books_explained",
    "books_unexplained",
    "status",
)
HEAD_OF_DIFFERENCES = (
    "date",
    "order",
    "view",
    "name",
    "currency",
    "column",
    "amount",
    "document",
    "why",
    "note",
    "next_step",
)


def _of_month(store_id: int, month: date) -> Iterator[Iterable[str]]:
    first, last = ends_of(month)
    yield HEAD
    for row, line in tie_out.lines_of(store_id, first=first, last=last):
        yield _columns(str(row.date), row.view, row.name, row.rate, line)


def _of_day(store_id: int, day: date) -> Iterator[Iterable[str]]:
    yield HEAD
    for row, line in tie_out.lines_of(store_id, first=day, last=day):
        yield _columns(str(row.date), row.view, row.name, row.rate, line)
    yield ()
    yield HEAD_OF_DIFFERENCES
    for each in differences(store_id, first=day, last=day).iterator(2000):
        yield _difference(each)


def _columns(day: str, view: str, name: str, rate: str, line: Line) -> list[str]:
    amounts = (
        line.shopify,
        line.documents,
        line.books,
        line.documents_differ,
        line.documents_explained,
        line.documents_wrong,
        line.books_differ,
        line.books_explained,
        line.books_wrong,
    )
    named = harmless(place_name(view, name, rate))
    said = (day, str(VIEWS[view]), named, line.currency)
    return [*said, *(f"{amount:f}" for amount in amounts), str(STATUSES[line.status][0])]


def _difference(row: TieDifference) -> list[str]:
    words = told(row)
    return [
        str(row.date),
        harmless(row.order.name or str(row.order.order_id)),
        str(VIEWS[row.view]),
        harmless(place_name(row.view, row.name, row.rate)),
        row.currency,
        str(SIDES[row.side]),
        f"{row.amount.normalize():f}",
        row.number,
        words.title,
        harmless(words.note),
        words.next_step,
    ]
