"""Mapping rows: what Shopify says on the left, the codes of the books on the right."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import F, Model
from drf_spectacular.utils import extend_schema, extend_schema_view, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounting import known_codes, mapping
from accounting.mapping_tables import TABLES
from accounting.models import DebtorCode, ItemMapping, ProjectMapping
from shopify_app.api.view import (
    BIGGEST_ID,
    Body,
    InWords,
    PageQuery,
    Query,
    ShopView,
    checked,
    listed,
    oldest_first,
    refusals,
    warned,
)


class ItemRow(Body):
    """Most specific first: variant, sku, product, vendor, type, tag, default. Custom lines and
    deleted products have no_product instead of default; neither has a value."""

    id = serializers.IntegerField(read_only=True)
    match = serializers.ChoiceField(choices=ItemMapping.Match.choices)
    value = serializers.CharField(default="", allow_blank=True, trim_whitespace=False)
    account = serializers.CharField()
    item_code = serializers.CharField(default="", allow_blank=True)
    tariff_code = serializers.CharField(default="", allow_blank=True)
    returns_account = serializers.CharField(default="", allow_blank=True)
    returns_nostock_account = serializers.CharField(default="", allow_blank=True)


class TaxRow(Body):
    """`rate` is a fraction: 0.08 is eight per cent. Several taxes on one line may have one code:
    titles in the order of the alphabet, joined by " + ", and the sum of the rates."""

    id = serializers.IntegerField(read_only=True)
    title = serializers.CharField()
    rate = serializers.DecimalField(max_digits=7, decimal_places=4, normalize_output=True)
    channel_liable = serializers.BooleanField(default=False)
    code = serializers.CharField()
    tariff_code = serializers.CharField(default="", allow_blank=True)


class GatewayRow(Body):
    """`cash` turns on cash rounding. `card_brand` and `location` (Shopify's id) narrow a row down;
    the one that says most decides, the brand before the location."""

    id = serializers.IntegerField(read_only=True)
    gateway = serializers.CharField()
    card_brand = serializers.CharField(default="", allow_blank=True)
    location = serializers.CharField(default="", allow_blank=True)
    account = serializers.CharField()
    cash = serializers.BooleanField(default=False)


class RoleRow(Body):
    """A role of the accounting treatment (shipping, tips, rounding …) and its account; `tax:SV-8`
    is the account of tax-only lines of that tax code."""

    id = serializers.IntegerField(read_only=True)
    role = serializers.CharField()
    account = serializers.CharField()


class ProjectRow(Body):
    """The project of a location (Shopify's id) or of a sales channel; the policy `project_by` says
    which of the two decides."""

    id = serializers.IntegerField(read_only=True)
    by = serializers.ChoiceField(choices=ProjectMapping.By.choices)
    value = serializers.CharField()
    project = serializers.CharField()


class CustomerRow(Body):
    """The debtor code of a customer or company of its own, in one currency. Lejar allocates them as
    the policy `customers` asks; a code of a debtor that is in the books already is put here."""

    id = serializers.IntegerField(read_only=True)
    kind = serializers.ChoiceField(choices=DebtorCode.Kind.choices)
    source_id = serializers.IntegerField(min_value=1, max_value=BIGGEST_ID)
    currency = serializers.CharField()
    code = serializers.CharField()


ROWS: dict[str, type[serializers.Serializer[Any]]] = {
    "items": ItemRow,
    "taxes": TaxRow,
    "gateways": GatewayRow,
    "roles": RoleRow,
    "projects": ProjectRow,
    "customers": CustomerRow,
}


class MappingQuery(PageQuery):
    """`q` is the beginning of a value, title, gateway, role or Shopify id."""

    q = serializers.CharField(required=False)


class Ids(Body):
    id = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=BIGGEST_ID), min_length=1
    )


class Removed(serializers.Serializer[Any]):
    rows = serializers.IntegerField()


class Saved(Removed):
    """`warnings` are by row and field: codes that were taken, though a list read lately from the
    books does not have them."""

    warnings = serializers.DictField(
        child=serializers.DictField(child=serializers.ListField(child=serializers.CharField()))
    )


class MappingView(ShopView):
    """One kind of mapping. PUT adds or changes a list of rows, all of them or none."""

    what: ClassVar[str]
    row: ClassVar[type[serializers.Serializer[Any]]]
    searched: ClassVar[str]

    def get(self, request: Request) -> Response:
        query = checked(MappingQuery, request.query_params)
        rows = self._rows()
        if "q" in query:
            rows = rows.filter(**{f"{self.searched}__startswith": query["q"].casefold()})
        return Response(listed(self.row, *oldest_first(rows, query)))

    def put(self, request: Request) -> Response:
        body = self.row(data=request.data, many=True)
        body.is_valid(raise_exception=True)
        save = {
            "items": mapping.map_items,
            "taxes": mapping.map_taxes,
            "gateways": mapping.map_gateways,
            "roles": mapping.map_roles,
            "projects": mapping.map_projects,
            "customers": mapping.map_customers,
        }[self.what]
        by = self.by()
        with refusals(many=True):
            count = save(rows=body.validated_data, **by)
        doubts = known_codes.doubts(by["store_id"], self.what, body.validated_data, now=by["now"])
        return Response({"rows": count, "warnings": warned(doubts)})

    def delete(self, request: Request) -> Response:
        asked = checked(Ids, {"id": request.query_params.getlist("id")})
        count = mapping.unmap(what=self.what, ids=asked["id"], **self.by())
        return Response({"rows": count})

    def _rows(self) -> Any:
        model: type[Model] = TABLES[self.what].model
        return model._default_manager.filter(store=self.visit.store_id)


def _documented(row: type[serializers.Serializer[Any]]) -> Any:
    """The OpenAPI description of one kind's three methods."""
    page = inline_serializer(
        name=f"{row.__name__}Page",
        fields={
            "results": row(many=True),
            "next": serializers.IntegerField(allow_null=True),
        },
    )
    return extend_schema_view(
        get=extend_schema(parameters=[MappingQuery], responses=page),
        put=extend_schema(request=row(many=True), responses=Saved),
        delete=extend_schema(parameters=[Ids], responses={200: Removed}),
    )


@_documented(ItemRow)
class ItemsView(MappingView):
    what, row, searched = "items", ItemRow, "value"


@_documented(TaxRow)
class TaxesView(MappingView):
    what, row, searched = "taxes", TaxRow, "title"


@_documented(GatewayRow)
class GatewaysView(MappingView):
    what, row, searched = "gateways", GatewayRow, "gateway"


@_documented(RoleRow)
class RolesView(MappingView):
    what, row, searched = "roles", RoleRow, "role"


@_documented(ProjectRow)
class ProjectsView(MappingView):
    what, row, searched = "projects", ProjectRow, "value"


@_documented(CustomerRow)
class CustomersView(MappingView):
    what, row, searched = "customers", CustomerRow, "source_id"

    def _rows(self) -> Any:
        """Those of the books the shop sells into now."""
        return super()._rows().filter(book=F("store__book"))


class MissingRow(serializers.Serializer[Any]):
    """`suggestion` is only a hint; nothing is posted by it."""

    code = serializers.CharField()
    subject = serializers.CharField()
    message = InWords()
    orders = serializers.IntegerField()
    terms = serializers.DictField(child=serializers.CharField())
    suggestion = serializers.CharField()


class MissingQuery(Query):
    """`after_code` and `after_subject` are the two parts of the `next` of the page before."""

    after_code = serializers.CharField(default="", allow_blank=True)
    after_subject = serializers.CharField(default="", allow_blank=True, trim_whitespace=False)
    limit = serializers.IntegerField(default=50, min_value=1, max_value=200)


class MissingNext(serializers.Serializer[Any]):
    after_code = serializers.CharField()
    after_subject = serializers.CharField()


class MissingPage(serializers.Serializer[Any]):
    results = MissingRow(many=True)
    next = MissingNext(allow_null=True)


class UnmappedView(ShopView):
    @extend_schema(parameters=[MissingQuery], responses=MissingPage)
    def get(self, request: Request) -> Response:
        """What held orders still need, with how many orders wait for it."""
        query = checked(MissingQuery, request.query_params)
        after, limit = (query["after_code"], query["after_subject"]), query["limit"]
        found = mapping.unmapped(self.visit.store_id, after=after, limit=limit + 1)
        rows, last = found[:limit], found[limit - 1] if len(found) > limit else None
        following = {"after_code": last.code, "after_subject": last.subject} if last else None
        return Response(MissingPage({"results": rows, "next": following}).data)
