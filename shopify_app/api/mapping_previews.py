"""What a change of mappings would do to the orders of late, before it is saved."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounting import mapping_preview
from accounting.mapping_tables import ROWS_AT_ONCE, TABLES
from accounting.models import MappingPreview
from shopify_app.api.mappings import ROWS
from shopify_app.api.view import BIGGEST_ID, Body, InWords, ShopView, checked, refusals, the_one


class PreviewRequest(Body):
    """`rows` as `PUT /api/v1/mappings/<what>` takes them; `removed` are ids of rows that go."""

    what = serializers.ChoiceField(choices=sorted(TABLES))
    rows = serializers.ListField(
        child=serializers.DictField(), default=list, max_length=ROWS_AT_ONCE
    )
    removed = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=BIGGEST_ID),
        default=list,
        max_length=ROWS_AT_ONCE,
    )


class ExampleOrder(serializers.Serializer[Any]):
    order_id = serializers.IntegerField()
    name = serializers.CharField()


class PreviewDocuments(serializers.Serializer[Any]):
    documents = serializers.IntegerField()
    totals = serializers.DictField(child=serializers.CharField())
    examples = ExampleOrder(many=True)


class PreviewReleased(PreviewDocuments):
    orders = serializers.IntegerField()


class PreviewHeld(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = InWords()
    orders = serializers.IntegerField()
    examples = ExampleOrder(many=True)


class PreviewStays(serializers.Serializer[Any]):
    """`lines` of documents that have `from` and would have `to`; they stay as they are."""

    field = serializers.CharField()
    lines = serializers.IntegerField()
    totals = serializers.DictField(child=serializers.CharField())
    examples = ExampleOrder(many=True)

    def get_fields(self) -> dict[str, Any]:
        """`from` is no name that a class may have."""
        both = {name: serializers.CharField() for name in ("from", "to")}
        return {**super().get_fields(), **both}


class PreviewResult(serializers.Serializer[Any]):
    """`released`: held orders that would go on. `held`: what would still hold others. `anew`:
    documents not in the books that would be made with other codes. `stay`: lines that are frozen.
    `concerned` counts the orders that the change can concern."""

    concerned = serializers.IntegerField()
    released = PreviewReleased()
    held = PreviewHeld(many=True)
    anew = PreviewDocuments()
    stay = PreviewStays(many=True)


class PreviewState(serializers.Serializer[Any]):
    """`state` is running (`done` of `of` orders), done or failed. With `is_cut` only the newest
    orders are looked at. Totals are texts, by currency; orders are examples."""

    id = serializers.IntegerField()
    what = serializers.CharField()
    state = serializers.ChoiceField(choices=MappingPreview.State.choices)
    done = serializers.IntegerField()
    of = serializers.IntegerField()
    is_cut = serializers.BooleanField()
    since = serializers.DateTimeField()
    asked_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    result = PreviewResult()


def _state_of(preview: MappingPreview) -> Any:
    found = preview.result
    held = [{"code": code, **group} for code, group in sorted(found["held"].items())]
    result = {**found, "held": held, "stay": list(found["stay"].values())}
    return PreviewState({**vars(preview), "result": result}).data


class PreviewsView(ShopView):
    @extend_schema(
        operation_id="mappings_preview_start",
        request=PreviewRequest,
        responses={202: PreviewState},
    )
    def post(self, request: Request) -> Response:
        """Look in the background what the orders of the last 90 days would make of this."""
        asked = checked(PreviewRequest, request.data)
        body = ROWS[asked["what"]](data=asked["rows"], many=True)
        if not body.is_valid():
            raise ValidationError({"rows": body.errors})
        with refusals(under="rows"):
            begun = mapping_preview.start(
                what=asked["what"],
                rows=body.validated_data,
                removed=asked["removed"],
                **self.by(),
            )
        return Response(_state_of(begun), status=202)


class PreviewStateView(ShopView):
    @extend_schema(operation_id="mappings_preview_retrieve", responses=PreviewState)
    def get(self, request: Request, preview_id: int) -> Response:
        """How far it is, and what was found so far."""
        rows = MappingPreview.objects.filter(store=self.visit.store_id, pk=preview_id)
        return Response(_state_of(the_one(rows)))
