"""The set-up guide: which steps are done, and never showing it again."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounting import overview
from shopify_app.api.view import ShopView
from shopify_app.setup_guide import is_done, steps


class PartRow(serializers.Serializer[Any]):
    code = serializers.CharField()
    title = serializers.CharField()
    done = serializers.BooleanField()


class StepRow(PartRow):
    """A step with parts is done when all of them are."""

    text = serializers.CharField()
    parts = PartRow(many=True)


class SetUpGuide(serializers.Serializer[Any]):
    """`dismissed` is when somebody wished never to see it again; null while it is shown."""

    dismissed = serializers.DateTimeField(allow_null=True)
    done = serializers.BooleanField()
    steps = StepRow(many=True)


def _state_of(store_id: int) -> Any:
    has = overview.set_up(store_id)
    found = steps(has)
    dismissed = has.store.guide_dismissed_at
    return SetUpGuide({"dismissed": dismissed, "done": is_done(found), "steps": found}).data


class SetUpGuideView(ShopView):
    @extend_schema(responses=SetUpGuide)
    def get(self, request: Request) -> Response:
        """Every step until the first document is in the books."""
        return Response(_state_of(self.visit.store_id))


class DismissGuideView(ShopView):
    @extend_schema(request=None, responses=SetUpGuide)
    def post(self, request: Request) -> Response:
        """Never show it again to anybody of this shop."""
        overview.dismiss_guide(**self.by())
        return Response(_state_of(self.visit.store_id))
