"""The stand-in is there only when the settings ask for it."""

from __future__ import annotations

import runpy

import pytest
from django.conf import settings
from django.test import override_settings


@pytest.mark.parametrize("wanted", [True, False])
def test_the_sandbox_is_mounted_only_when_asked_for(wanted: bool) -> None:
    with override_settings(LEJAR_SANDBOX=wanted):
        routes = runpy.run_path(str(settings.BASE_DIR / "shopify_app/urls.py"))["urlpatterns"]

    assert ("sandbox/" in {str(route.pattern) for route in routes}) is wanted
