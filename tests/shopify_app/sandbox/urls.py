"""The routes under test, mounted where the product mounts them."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("sandbox/shopify/", include("shopify_app.sandbox.urls"))]
