"""The product's routes with the sandboxes beside them, whatever the environment says."""

from __future__ import annotations

from django.urls import include, path

from shopify_app.urls import urlpatterns as product

urlpatterns = [
    *product,
    path("sandbox/shopify/", include("shopify_app.sandbox.urls")),
    path("sandbox/", include("accounting.sandbox.urls")),
]
