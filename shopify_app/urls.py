"""Every route on one page."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = []

if settings.LEJAR_SANDBOX:
    urlpatterns.append(path("sandbox/", include("accounting.sandbox.urls")))
