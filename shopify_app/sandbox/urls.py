"""The pretended Shopify, below `/sandbox/shopify/`. Mounted only when `LEJAR_SANDBOX` is on."""

from __future__ import annotations

from django.urls import path

from shopify_app.sandbox import control, door

urlpatterns = [
    path("<str:domain>/admin/oauth/access_token", door.access_token),
    path("<str:domain>/admin/api/<str:version>/graphql.json", door.graphql),
    path("<str:domain>/control", control.control),
    path("<str:domain>/orders", control.put_orders),
    path("<str:domain>/products", control.change_products),
    path("<str:domain>/webhooks", control.webhooks),
    path("<str:domain>/webhooks/send", control.send),
]
