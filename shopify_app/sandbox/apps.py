"""The stand-in's own app: its tables are no part of the product's."""

from __future__ import annotations

from django.apps import AppConfig


class ShopifySandboxConfig(AppConfig):
    name = "shopify_app.sandbox"
    label = "shopify_sandbox"
