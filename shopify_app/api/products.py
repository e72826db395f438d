"""The products of the shop, the code that decides for each, and changes of many at once."""

from __future__ import annotations

import json
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounting import products, suggestions
from accounting.catalogue import LONGEST_TITLE_KEY
from accounting.mapping_tables import ITEMS, Invalid, storable
from accounting.models import ItemMapping, Variant
from accounting.products import Line, Picked, Show, Wanted
from shopify_app import product_reading
from shopify_app.api.view import BIGGEST_ID, Body, Query, ShopView, checked, refusals
from shopify_app.heard import heard

KINDS = [choice for choice in Variant.SuggestedBy.values if choice]
SHOWS = [show.value for show in Show if show.value]
LONGEST_SEARCH = 200


class Text(serializers.CharField):
    """What a person searches by; a database has to be able to read it."""

    def to_internal_value(self, data: Any) -> str:
        text = str(super().to_internal_value(data))
        if not storable(text):
            raise ValidationError(_("Contains characters that cannot be kept."))
        return text


class Filter(Body):
    """Products of which title, SKU or barcode have words beginning like each word of `q`. `show`:
    without a code for the variant or SKU alone; unmapped (no mapping applies, so that orders are
    held); sold in the last 60 days; with a suggestion."""

    q = Text(default="", allow_blank=True, max_length=LONGEST_SEARCH)
    show = serializers.ChoiceField(choices=["", *SHOWS], default="", allow_blank=True)
    vendor = Text(default="", allow_blank=True, max_length=255, trim_whitespace=False)
    type = Text(default="", allow_blank=True, max_length=255, trim_whitespace=False)


class ProductsQuery(Query):
    """As `Filter`, one page: `after` is the `next` of the page before."""

    q = Text(default="", allow_blank=True, max_length=LONGEST_SEARCH)
    show = serializers.ChoiceField(choices=["", *SHOWS], default="", allow_blank=True)
    vendor = Text(default="", allow_blank=True, max_length=255, trim_whitespace=False)
    type = Text(default="", allow_blank=True, max_length=255, trim_whitespace=False)
    after = Text(default="", allow_blank=True, max_length=2000)
    limit = serializers.IntegerField(default=50, min_value=1, max_value=200)


class DecidingMapping(serializers.Serializer[Any]):
    """The mapping that decides for a product. `own` is one for the variant or its SKU alone; any
    other is for all that its `match` and `value` name."""

    id = serializers.IntegerField()
    match = serializers.ChoiceField(choices=ItemMapping.Match.choices)
    value = serializers.CharField()
    own = serializers.BooleanField()
    account = serializers.CharField()
    item_code = serializers.CharField()
    tariff_code = serializers.CharField()
    returns_account = serializers.CharField()
    returns_nostock_account = serializers.CharField()


class Suggestion(serializers.Serializer[Any]):
    """What the product could be mapped to; never used without the merchant's word. `by`: the SKU or
    barcode of an item of the books, a name that is `likeness` per cent alike, or the account of
    most products of the vendor or type."""

    by = serializers.ChoiceField(choices=KINDS)
    item_code = serializers.CharField()
    item_name = serializers.CharField()
    account = serializers.CharField()
    likeness = serializers.IntegerField()


class ProductRow(serializers.Serializer[Any]):
    """Ids of Shopify are 0 where there are none: custom lines and deleted products have no product,
    and no title is kept of them."""

    id = serializers.IntegerField()
    variant_id = serializers.IntegerField()
    product_id = serializers.IntegerField()
    has_product = serializers.BooleanField()
    gift_card = serializers.BooleanField()
    title = serializers.CharField()
    variant_title = serializers.CharField()
    sku = serializers.CharField()
    barcode = serializers.CharField()
    vendor = serializers.CharField()
    product_type = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    sold_on = serializers.DateField(allow_null=True)
    mapping = DecidingMapping(allow_null=True)
    suggestion = Suggestion(allow_null=True)


PLAIN = (
    *("id", "variant_id", "product_id", "has_product", "gift_card", "title", "variant_title"),
    *("sku", "barcode", "vendor", "product_type", "tags", "sold_on"),
)


class ProductPage(serializers.Serializer[Any]):
    results = ProductRow(many=True)
    next = serializers.CharField(allow_null=True)


class Codes(Body):
    """Codes to be given; one that is left out, or null, stays what it is for each product."""

    account = serializers.CharField(required=False, allow_null=True)
    item_code = serializers.CharField(required=False, allow_null=True, allow_blank=True)
    tariff_code = serializers.CharField(required=False, allow_null=True, allow_blank=True)
    returns_account = serializers.CharField(required=False, allow_null=True, allow_blank=True)
    returns_nostock_account = serializers.CharField(
        required=False, allow_null=True, allow_blank=True
    )


class RowIds(serializers.ListField):
    child = serializers.IntegerField(min_value=1, max_value=BIGGEST_ID)


class MapBody(Body):
    """Either `ids` (of rows of `GET /products`) or a `filter`: all that it lets through, up to
    5,000 at once. `level` says what the mappings are for: the variant, its SKU, its product, its
    vendor or its type."""

    ids = RowIds(required=False, min_length=1, max_length=products.MOST)
    filter = Filter(required=False)
    level = serializers.ChoiceField(choices=products.LEVELS, default="variant")
    codes = Codes()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("ids" in attrs) == ("filter" in attrs):
            raise ValidationError({"ids": [_("Give either ids or a filter.")]})
        if all(code is None for code in attrs["codes"].values()):
            raise ValidationError({"codes": {"account": [_("Say at least one code.")]}})
        return attrs


class AcceptBody(Body):
    """Either `ids` (of rows of `GET /products`) or a `kind` of suggestion: all of it, up to 5,000
    at once."""

    ids = RowIds(required=False, min_length=1, max_length=products.MOST)
    kind = serializers.ChoiceField(choices=KINDS, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("ids" in attrs) == ("kind" in attrs):
            raise ValidationError({"ids": [_("Give either ids or a kind.")]})
        return attrs


class MapDone(serializers.Serializer[Any]):
    """`rows` mappings were made or changed. `left` products are beyond what one request takes: send
    it again. `without_account` were passed over, because nobody said an account for them."""

    rows = serializers.IntegerField()
    left = serializers.IntegerField()
    without_account = serializers.IntegerField()


class KindRow(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=KINDS)
    count = serializers.IntegerField()


class KindList(serializers.Serializer[Any]):
    results = KindRow(many=True)


def _wanted(query: dict[str, Any]) -> Wanted:
    return Wanted(
        search=query["q"],
        show=Show(query["show"]),
        vendor=query["vendor"],
        product_type=query["type"],
    )


class ProductsView(ShopView):
    @extend_schema(parameters=[ProductsQuery], responses=ProductPage)
    def get(self, request: Request) -> Response:
        """What the shop sells, by title, with the mapping that decides for each."""
        query = checked(ProductsQuery, request.query_params)
        store_id, limit = self.visit.store_id, query["limit"]
        today = timezone.localdate(timezone=ZoneInfo(self.visit.store.time_zone))
        for_rest = products.rest(store_id)
        rows = products.matching(store_id, _wanted(query), for_rest=for_rest, today=today)
        if query["after"]:
            title, pk = _key(query["after"])
            later = Q(title_key__gt=title) | Q(title_key=title, id__gt=pk)
            rows = rows.filter(later, title_key__gte=title)
        found = list(rows.order_by(*products.KEY)[: limit + 1])
        there = products.lines(store_id, found[:limit], for_rest=for_rest)
        following = found[limit - 1] if len(found) > limit else None
        after = json.dumps([following.title_key, following.pk]) if following else None
        return Response({"results": [_row(line) for line in there], "next": after})


def _key(after: str) -> tuple[str, int]:
    try:
        title, pk = json.loads(after)
    except (ValueError, TypeError):
        title, pk = None, None
    whole = isinstance(title, str) and storable(title) and len(title) <= LONGEST_TITLE_KEY
    if not whole or type(pk) is not int or not 0 <= pk <= BIGGEST_ID:
        raise ValidationError({"after": [_("The next of the page before.")]})
    return str(title), pk


def _row(line: Line) -> dict[str, Any]:
    variant, rule = line.variant, line.rule
    codes = {name: getattr(rule, name) for name in ITEMS.fields} if rule else {}
    deciding = {"id": rule.pk, "own": line.is_own, **codes} if rule else None
    suggestion = {
        "by": variant.suggested_by,
        "item_code": variant.suggested_item,
        "item_name": variant.suggested_name,
        "account": variant.suggested_account,
        "likeness": variant.likeness,
    }
    shown: dict[str, Any] = {name: getattr(variant, name) for name in PLAIN}
    is_suggested = variant.suggested_by and not line.is_own
    return {**shown, "mapping": deciding, "suggestion": suggestion if is_suggested else None}


class MapProductsView(ShopView):
    @extend_schema(request=MapBody, responses=MapDone)
    def post(self, request: Request) -> Response:
        """Give many products the same codes, in one transaction and on the trail."""
        body = checked(MapBody, request.data)
        wanted = _wanted(body["filter"]) if "filter" in body else None
        codes = {name: code for name, code in body["codes"].items() if code is not None}
        try:
            done = products.map_many(
                picked=Picked(ids=body.get("ids", ()), wanted=wanted),
                level=body["level"],
                codes=codes,
                **self.by(),
            )
        except Invalid as wrong:
            raise ValidationError(_by_field(wrong)) from None
        return Response(MapDone(done).data)


def _by_field(wrong: Invalid) -> dict[str, Any]:
    """The first refusal: all rows were given the same codes."""
    said = {name: [heard(text)] for name, text in wrong.errors[min(wrong.errors)].items()}
    codes = {name: texts for name, texts in said.items() if name in ITEMS.codes}
    others = {name: texts for name, texts in said.items() if name not in ITEMS.codes}
    return {**others, **({"codes": codes} if codes else {})}


class SuggestionsView(ShopView):
    @extend_schema(responses=KindList)
    def get(self, request: Request) -> Response:
        """How many suggestions there are of each kind."""
        counted = suggestions.kinds(self.visit.store_id)
        rows = [{"kind": kind, "count": counted[kind]} for kind in KINDS if kind in counted]
        return Response({"results": rows})


class AcceptView(ShopView):
    @extend_schema(request=AcceptBody, responses=MapDone)
    def post(self, request: Request) -> Response:
        """Take what was suggested for some products, or everything of one kind."""
        body = checked(AcceptBody, request.data)
        with refusals(many=True):
            done = products.accept(ids=body.get("ids", ()), kind=body.get("kind", ""), **self.by())
        return Response(MapDone(done).data)


class ReadProductsView(ShopView):
    @extend_schema(request=None, responses={202: None})
    def post(self, request: Request) -> Response:
        """Read the shop's products from Shopify again, as soon as it may be asked."""
        product_reading.read_now(shop_id=self.visit.shop.pk, now=timezone.now())
        return Response(status=202)
