"""The stand-in is there only when the settings ask for it."""

from __future__ import annotations

import runpy

import pytest
from django.test import override_settings


@pytest.mark.parametrize("wanted", [True, False])
def test_the_sandbox_is_mounted_only_when_asked_for(wanted: bool) -> None:
    with override_settings(LEJAR_SANDBOX=wanted):
        routes = runpy.run_module("shopify_app.urls")["urlpatterns"]

    assert ("sandbox/" in {str(route.pattern) for route in routes}) is wanted
