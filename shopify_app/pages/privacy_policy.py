"""The privacy policy: public, because the App Store asks for its address."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def privacy_page(request: HttpRequest) -> HttpResponse:
    """What is kept, how long, and who to ask. It knows no shop, and nobody may frame it."""
    page = render(request, "privacy.html", {"contact": settings.LEJAR_CONTACT})
    page["Content-Security-Policy"] = "frame-ancestors 'none';"
    return page
