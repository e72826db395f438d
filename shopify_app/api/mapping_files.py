"""Mappings as CSV files: given out, and taken in after a preview of what they would change."""

from __future__ import annotations

from typing import Any

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounting import mapping_csv, mapping_import
from accounting.mapping_tables import TABLES
from accounting.models import MappingImport
from shopify_app.api.view import (
    Body,
    Conflict,
    Heard,
    PageQuery,
    ShopView,
    checked,
    listed,
    newest_first,
    the_one,
)
from shopify_app.heard import heard

MOST_BYTES = 32 * 1024 * 1024  # a hundred thousand products are a quarter
WHAT = OpenApiParameter("what", str, OpenApiParameter.PATH, enum=sorted(TABLES))


class AsJson(DefaultContentNegotiation):
    """Whatever is asked for: the file is CSV, and a refusal JSON."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class Upload(Body):
    """`removes`: rows that the file does not have are removed."""

    file = serializers.FileField(max_length=200)
    removes = serializers.BooleanField(default=False)


class ImportRefusal(serializers.Serializer[Any]):
    """`line` is 0, and `field` empty, where the whole file is meant."""

    line = serializers.IntegerField()
    field = serializers.CharField()
    message = Heard()


class ImportedRow(serializers.Serializer[Any]):
    """`fields` of a changed row are what changes: [from, to]."""

    line = serializers.IntegerField(required=False)
    row = serializers.DictField()
    fields = serializers.DictField(  # type: ignore[assignment]  # the API's name for it
        child=serializers.ListField(child=serializers.CharField()), required=False
    )


class ImportExamples(serializers.Serializer[Any]):
    added = ImportedRow(many=True, default=list)
    changed = ImportedRow(many=True, default=list)
    removed = ImportedRow(many=True, default=list)
    refused = ImportRefusal(many=True, default=list)


class ImportState(serializers.Serializer[Any]):
    """`state` is reading (`done` of `of` rows), ready (a person decides, within a day), refused (a
    line cannot be taken, so none is), applying, applied, changed (the table is not what the preview
    was made of; nothing was written) or cancelled. `counts` are of all rows, `examples` the first
    hundred of each kind."""

    id = serializers.IntegerField()
    what = serializers.CharField()
    name = serializers.CharField()
    removes = serializers.BooleanField()
    state = serializers.ChoiceField(choices=MappingImport.State.choices)
    done = serializers.IntegerField()
    of = serializers.IntegerField()
    counts = serializers.DictField(child=serializers.IntegerField())
    examples = ImportExamples()
    asked_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class ImportPage(serializers.Serializer[Any]):
    results = ImportState(many=True)
    next = serializers.IntegerField(allow_null=True)


def _table(what: str) -> str:
    if what not in TABLES:
        raise NotFound
    return what


class ExportView(ShopView):
    content_negotiation_class = AsJson

    @extend_schema(parameters=[WHAT], responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request, what: str) -> StreamingHttpResponse:
        """All rows, in a form that spreadsheets open and `import` takes back."""
        lines = mapping_csv.exported(self.visit.store_id, _table(what))
        answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{what}.csv"'
        return answer


class ImportView(ShopView):
    parser_classes = (MultiPartParser,)  # type: ignore[assignment]  # the files come as forms
    most_bytes = MOST_BYTES

    @extend_schema(
        operation_id="mappings_import_start",
        parameters=[WHAT],
        request={"multipart/form-data": Upload},
        responses={202: ImportState},
    )
    def post(self, request: Request, what: str) -> Response:
        """Read a CSV file and compare it with the table. Nothing is written before `apply`."""
        asked = checked(Upload, request.data)
        file = asked["file"]
        try:
            begun = mapping_import.start(
                what=_table(what),
                name=file.name,
                content=file.read(),
                removes=asked["removes"],
                **self.by(),
            )
        except mapping_csv.WrongFile as wrong:
            raise ValidationError({"file": [heard(str(wrong))]}) from None
        return Response(ImportState(begun).data, status=202)


class ImportsView(ShopView):
    @extend_schema(
        operation_id="mappings_imports_list", parameters=[PageQuery], responses=ImportPage
    )
    def get(self, request: Request) -> Response:
        """Files of the last 90 days, newest first."""
        query = checked(PageQuery, request.query_params)
        rows = MappingImport.objects.filter(store=self.visit.store_id).defer("content")
        return Response(listed(ImportState, *newest_first(rows, query)))


class ImportStateView(ShopView):
    @extend_schema(operation_id="mappings_imports_retrieve", responses=ImportState)
    def get(self, request: Request, import_id: int) -> Response:
        """How far it is, and what it would change."""
        return Response(ImportState(_of_the_shop(self, import_id)).data)


class ApplyView(ShopView):
    @extend_schema(request=None, responses={202: ImportState})
    def post(self, request: Request, import_id: int) -> Response:
        """Write just what was shown; nothing where the table has changed since."""
        _of_the_shop(self, import_id)
        try:
            begun = mapping_import.apply(import_id=import_id, **self.by())
        except mapping_import.NotNow as wrong:
            raise Conflict(heard(str(wrong))) from None
        return Response(ImportState(begun).data, status=202)


class CancelImportView(ShopView):
    @extend_schema(request=None, responses=ImportState)
    def post(self, request: Request, import_id: int) -> Response:
        """Leave it; nothing is written, and the file is forgotten."""
        _of_the_shop(self, import_id)
        try:
            left = mapping_import.cancel(import_id=import_id, **self.by())
        except mapping_import.NotNow as wrong:
            raise Conflict(heard(str(wrong))) from None
        return Response(ImportState(left).data)


def _of_the_shop(view: ShopView, import_id: int) -> MappingImport:
    rows = MappingImport.objects.filter(store=view.visit.store_id, pk=import_id)
    return the_one(rows.defer("content"))
