"""Lists of codes of the books, for the pickers of the mapping pages."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from accounting import code_lists, database_clock, known_codes
from accounting.connectors.base import CodeList
from accounting.models import CodeList as ListRow
from shopify_app.api.view import Heard, Query, ShopView, checked, refusals


class CodesQuery(Query):
    """`q` is the beginning of a code or name; `after` is the `next` of the page before."""

    q = serializers.CharField(default="", allow_blank=True, max_length=200)
    after = serializers.CharField(default="", allow_blank=True, max_length=200)
    limit = serializers.IntegerField(default=50, min_value=1, max_value=200)


class CodeRow(serializers.Serializer[Any]):
    """`detail` is what else helps to choose, such as the rate of a tax code."""

    code = serializers.CharField()
    name = serializers.CharField()
    active = serializers.BooleanField()
    detail = serializers.DictField(child=serializers.CharField())


class CodeListState(serializers.Serializer[Any]):
    """`offered` is null before the books were asked; false means that they do not show this list,
    so its codes are typed in. Where `complete` is false they have more than they show. `trouble` is
    why the last reading failed: what is shown is of `read_at` then."""

    name = serializers.CharField()
    offered = serializers.BooleanField(allow_null=True)
    complete = serializers.BooleanField()
    count = serializers.IntegerField()
    read_at = serializers.DateTimeField(allow_null=True)
    tried_at = serializers.DateTimeField(allow_null=True)
    old = serializers.BooleanField()
    trouble = Heard()


class CodeLists(serializers.Serializer[Any]):
    results = CodeListState(many=True)


class CodePage(CodeListState):
    results = CodeRow(many=True)
    next = serializers.CharField(allow_null=True)


def _state(name: str, row: ListRow | None) -> dict[str, Any]:
    listed = row or ListRow(name=name)
    asked = listed.read_at is not None
    shown = {field: getattr(listed, field) for field in ("complete", "count", "read_at")}
    offered, old = listed.offered if asked else None, known_codes.is_old(listed, timezone.now())
    more = {"tried_at": listed.tried_at, "trouble": listed.trouble}
    return CodeListState({"name": name, "offered": offered, "old": old, **shown, **more}).data


def _wanted(name: str) -> CodeList:
    try:
        return CodeList(name)
    except ValueError:
        raise NotFound from None


class CodeListsView(ShopView):
    @extend_schema(operation_id="code_lists_retrieve", responses=CodeLists)
    def get(self, request: Request) -> Response:
        """What is known of each list, without its codes."""
        known = code_lists.lists(self.visit.store_id)
        return Response({"results": [_state(each, known.get(each)) for each in CodeList]})


class CodeListView(ShopView):
    @extend_schema(parameters=[CodesQuery], responses=CodePage)
    def get(self, request: Request, name: str) -> Response:
        """One page of the list as it was last read."""
        wanted, query = _wanted(name), checked(CodesQuery, request.query_params)
        store_id, limit = self.visit.store_id, query["limit"]
        codes = code_lists.codes(store_id, wanted, starts=query["q"])
        found = list(codes.filter(key__gt=query["after"])[: limit + 1])
        state = _state(wanted, code_lists.lists(store_id).get(wanted))
        rows = CodeRow(found[:limit], many=True).data
        following = found[limit - 1].key if len(found) > limit else None
        return Response({**state, "results": rows, "next": following})

    @extend_schema(request=None, responses=CodeListState)
    def post(self, request: Request, name: str) -> Response:
        """Read the list from the books now. Where that fails `trouble` says why, and what was read
        before stays."""
        wanted = _wanted(name)
        with refusals():
            row = code_lists.refresh(
                store_id=self.visit.store_id, wanted=wanted, clock=database_clock.now
            )
        return Response(_state(wanted, row))
