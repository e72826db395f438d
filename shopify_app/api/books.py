"""Comparing with the books: starting it, how far it is, and what was found."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounting import checking
from accounting.models import BookCheck, BookDifference
from shopify_app.api.view import (
    Conflict,
    PageQuery,
    ShopView,
    checked,
    listed,
    newest_first,
    refusals,
)
from shopify_app.difference_words import said
from shopify_app.said import in_words


class CheckState(serializers.Serializer[Any]):
    """`state` is none, running, stopped (`message` says why; it goes on at `ready_at`, or when it
    is started again) or finished. `listed` counts what the books' lists showed, `looked_up` ours
    that were asked for one by one, `unproved` those whose knock-offs these books do not show.
    What is too much is not found among kinds in `unlisted`. `standing` counts the differences."""

    state = serializers.CharField()
    message = serializers.CharField()
    ready_at = serializers.DateTimeField(allow_null=True)
    started_at = serializers.DateTimeField(allow_null=True)
    moved_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    listed = serializers.IntegerField()
    looked_up = serializers.IntegerField()
    unproved = serializers.IntegerField()
    unlisted = serializers.ListField(child=serializers.CharField())
    standing = serializers.IntegerField()


class DifferenceRow(serializers.Serializer[Any]):
    """`books` and `here` are the figures there and here; `sentence`, `title` and `next_step` say it
    in the reader's language. `document` is the id of ours, null where the document is not ours."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    aspect = serializers.CharField()
    kind = serializers.CharField()
    number = serializers.CharField()
    other = serializers.CharField()
    books = serializers.CharField()
    here = serializers.CharField()
    document = serializers.IntegerField(source="document_id", allow_null=True)
    title = serializers.CharField()
    sentence = serializers.CharField()
    next_step = serializers.CharField()
    found_at = serializers.DateTimeField()
    resolved_at = serializers.DateTimeField(allow_null=True)


class DifferencePage(serializers.Serializer[Any]):
    results = DifferenceRow(many=True)
    next = serializers.IntegerField(allow_null=True)


class DifferenceQuery(PageQuery):
    """`resolved` asks for those that a later check found gone."""

    code = serializers.ChoiceField(choices=BookDifference.Code.choices, required=False)
    resolved = serializers.BooleanField(default=False)


class BooksCheckView(ShopView):
    @extend_schema(operation_id="books_check_state", responses=CheckState)
    def get(self, request: Request) -> Response:
        """How far the newest comparison is."""
        return Response(_state_of(self.visit.store_id))

    @extend_schema(operation_id="books_check_start", request=None, responses={202: CheckState})
    def post(self, request: Request) -> Response:
        """Compare everything posted with what the books hold now, or go on where it stopped. Reads
        only; nothing is written to the books."""
        with refusals():
            try:
                checking.start(**self.by())
            except checking.NotReady as wrong:
                raise Conflict(str(wrong)) from None
        return Response(_state_of(self.visit.store_id), status=202)


class DifferencesView(ShopView):
    @extend_schema(
        operation_id="books_differences_list",
        parameters=[DifferenceQuery],
        responses=DifferencePage,
    )
    def get(self, request: Request) -> Response:
        """What the books hold otherwise, newest first."""
        query = checked(DifferenceQuery, request.query_params)
        rows = BookDifference.objects.filter(store=self.visit.store_id)
        rows = rows.filter(resolved_at__isnull=not query["resolved"])
        if "code" in query:
            rows = rows.filter(code=query["code"])
        found, following = newest_first(rows, query)
        return Response(listed(DifferenceRow, [_in_words(row) for row in found], following))


def _in_words(row: BookDifference) -> dict[str, Any]:
    return {**vars(row), **asdict(said(row))}


def _state_of(store_id: int) -> Any:
    check = checking.latest(store_id=store_id) or BookCheck(state="none")
    standing = BookDifference.objects.filter(store=store_id, resolved_at=None).count()
    shown = {**vars(check), "message": in_words(check.message), "standing": standing}
    return CheckState(shown).data
