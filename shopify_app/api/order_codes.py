"""Why this code? For every line of an order, also of a held one: which mapping decides."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounting.mapping_why import Decided, Explained
from accounting.models import Order
from accounting.order_codes import codes_of
from shopify_app.api.view import ShopView, the_one

PAGES = {
    "items": "mapping-products",
    "taxes": "mapping-taxes",
    "gateways": "mapping-gateways",
    "roles": "mapping-accounts",
}


class TriedKey(serializers.Serializer[Any]):
    match = serializers.CharField()
    key = serializers.CharField()


class DecidedCode(serializers.Serializer[Any]):
    """`what` is the kind of mapping (items, taxes, gateways, roles). Of the `tried` keys, most
    specific first, the one in `match` and `key` decides; all three are empty where none does.
    `edit` is the page with the row to edit."""

    what = serializers.CharField()
    code = serializers.CharField()
    match = serializers.CharField()
    key = serializers.CharField()
    tried = TriedKey(many=True)
    edit = serializers.CharField()


class ExplainedLine(serializers.Serializer[Any]):
    """`kind` is line, shipping or payment; `role` the account role of the treatment."""

    kind = serializers.CharField()
    id = serializers.IntegerField()
    title = serializers.CharField()
    role = serializers.CharField()
    decided = DecidedCode(many=True)


class OrderCodes(serializers.Serializer[Any]):
    results = ExplainedLine(many=True)


class OrderCodesView(ShopView):
    @extend_schema(responses=OrderCodes)
    def get(self, request: Request, order_id: int) -> Response:
        """The codes of each line and payment by today's mappings, and what decides each. Documents
        that are made already keep theirs."""
        rows = Order.objects.filter(store=self.visit.store_id, order_id=order_id)
        lines = codes_of(the_one(rows.select_related("store")))
        shop = self.visit.shop.domain
        return Response(OrderCodes({"results": [_shown(line, shop) for line in lines]}).data)


def _shown(line: Explained, shop: str) -> dict[str, Any]:
    decided = [_code(each, shop) for each in line.decided]
    return {
        "kind": line.kind,
        "id": line.id,
        "title": line.title,
        "role": line.role,
        "decided": decided,
    }


def _code(decided: Decided, shop: str) -> dict[str, Any]:
    query = urlencode({"q": decided.search, "shop": shop, "embedded": "1"})
    return {
        "what": decided.what,
        "code": decided.code,
        "match": decided.match,
        "key": decided.key,
        "tried": [{"match": match, "key": key} for match, key in decided.tried],
        "edit": f"{reverse(PAGES[decided.what])}?{query}",
    }
