"""The routes of Lejar, small pages that show what the kit can do, and an API to play against."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.http import HttpResponse
from django.template import engines
from django.urls import path
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from shopify_app import ui, urls
from shopify_app.api.view import ShopView
from shopify_app.session import PageRequest, session_required

PAGES = Path(__file__).parent / "pages"


class Stage:
    """What the pages show and the API answers; a test changes it while the page is open."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}  # for the templates
        self.answers: dict[str, tuple[int, Any]] = {}  # by the last part of an address
        self.heard: list[tuple[str, Any]] = []  # method and body, oldest first

    def clear(self) -> None:
        for each in (self.values, self.answers, self.heard):
            each.clear()


stage = Stage()


@session_required
def page(request: PageRequest, name: str) -> HttpResponse:
    template = engines["django"].from_string((PAGES / f"{name}.html").read_text(encoding="utf-8"))
    values = {**ui.head(), "may_change": True, "query": request.GET.dict(), **stage.values}
    return HttpResponse(template.render(values, request))


class Api(ShopView):
    parser_classes = (*ShopView.parser_classes, MultiPartParser)  # type: ignore[assignment]  # files too

    def post(self, request: Request, name: str) -> Response:
        stage.heard.append((request.method or "", request.data))
        status, body = stage.answers.get(name, (200, {"id": 7}))
        return Response(body, status=status)

    patch = put = delete = post


urlpatterns = [
    path("kit/<str:name>", page),
    path("kit-api/<str:name>", Api.as_view()),
    *urls.urlpatterns,
]
