"""Comparing with the books: starting it, how far it is, and what was found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounting import checking, dismissals
from accounting.models import BookCheck, BookDifference
from shopify_app.api.view import (
    Body,
    Conflict,
    PageQuery,
    ShopView,
    checked,
    listed,
    newest_first,
    refusals,
    the_one,
)
from shopify_app.difference_words import said
from shopify_app.heard import heard
from shopify_app.said import in_words


class CheckState(serializers.Serializer[Any]):
    """`state` is none, running, stopped (`message` says why; it goes on at `ready_at`, or when it
    is started again) or finished. `listed` counts what the books' lists showed, `looked_up` ours
    that were asked for one by one, `unproved` those whose knock-offs these books do not show.
    What is too much is not found among kinds in `unlisted`. `standing` counts the differences that
    nobody has dismissed."""

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
    dismissed_at = serializers.DateTimeField(allow_null=True)
    dismissed_by = serializers.CharField()
    dismissed_reason = serializers.CharField()


class DifferencePage(serializers.Serializer[Any]):
    results = DifferenceRow(many=True)
    next = serializers.IntegerField(allow_null=True)


class DifferenceQuery(PageQuery):
    """`resolved` asks for those that a later check found gone, `dismissed` for those that stand and
    that somebody has dismissed."""

    code = serializers.ChoiceField(choices=BookDifference.Code.choices, required=False)
    resolved = serializers.BooleanField(default=False)
    dismissed = serializers.BooleanField(default=False)


class DismissRequest(Body):
    reason = serializers.CharField(max_length=500)


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
                raise Conflict(in_words(str(wrong))) from None
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
        if not query["resolved"]:
            rows = rows.filter(dismissed_at__isnull=not query["dismissed"])
        if "code" in query:
            rows = rows.filter(code=query["code"])
        found, following = newest_first(rows, query)
        return Response(listed(DifferenceRow, [_in_words(row) for row in found], following))


class DismissView(ShopView):
    @extend_schema(
        operation_id="books_differences_dismiss", request=DismissRequest, responses=DifferenceRow
    )
    def post(self, request: Request, difference_id: int) -> Response:
        """Count a document that Lejar did not write no more, for a reason. It counts again when its
        figure in the books changes."""
        mine = self._mine(difference_id)
        asked = checked(DismissRequest, request.data)
        with _as_conflict():
            dismissals.dismiss(difference_id=mine.pk, reason=asked["reason"], **self.by())
        return Response(DifferenceRow(_in_words(self._mine(difference_id))).data)

    @extend_schema(
        operation_id="books_differences_restore", request=None, responses={200: DifferenceRow}
    )
    def delete(self, request: Request, difference_id: int) -> Response:
        """Undo it: the difference counts again."""
        mine = self._mine(difference_id)
        with _as_conflict():
            dismissals.restore(difference_id=mine.pk, **self.by())
        return Response(DifferenceRow(_in_words(self._mine(difference_id))).data)

    def _mine(self, difference_id: int) -> BookDifference:
        rows = BookDifference.objects.filter(store=self.visit.store_id)
        return the_one(rows.filter(pk=difference_id))


@contextmanager
def _as_conflict() -> Iterator[None]:
    try:
        yield
    except (dismissals.NotForeign, dismissals.Gone) as wrong:
        raise Conflict(heard(str(wrong))) from None


def _in_words(row: BookDifference) -> dict[str, Any]:
    return {**vars(row), **asdict(said(row))}


def _state_of(store_id: int) -> Any:
    check = checking.latest(store_id=store_id) or BookCheck(state="none")
    standing = checking.standing(store_id).count()
    shown = {**vars(check), "message": in_words(check.message), "standing": standing}
    return CheckState(shown).data
