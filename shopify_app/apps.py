"""Registers what `manage.py check` asks of the settings."""

from __future__ import annotations

import sys

from django.apps import AppConfig
from django.core.checks import register

# Commands that must work before anything is configured: they only touch the schema.
UNCONFIGURED = frozenset({"makemigrations", "migrate", "showmigrations", "sqlmigrate"})


class ShopifyAppConfig(AppConfig):
    name = "shopify_app"

    def ready(self) -> None:
        from shopify_app import checks

        if not UNCONFIGURED.intersection(sys.argv[1:2]):
            register(checks.settings_checks, checks.TAG)
