"""The hub of the mapping pages."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from shopify_app import ui
from shopify_app.session import PageRequest, session_required


@session_required
@require_safe
def hub_page(request: PageRequest) -> HttpResponse:
    return ui.show(request, "mapping/hub.html")
