"""An installation for reviewers opens its demo companies by one command."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import include, path
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounting.sandbox.models import Company
from shopify_app.demo.connections import CONNECTIONS

urlpatterns = [path("sandbox/", include("accounting.sandbox.urls"))]


def test_there_is_one_for_each_connection_however_often_they_are_opened(
    settings: Settings, live_server: LiveServer
) -> None:
    settings.ROOT_URLCONF = __name__
    said = StringIO()

    for _ in range(2):
        call_command("open_demo_companies", url=live_server.url, stdout=said)

    assert Company.objects.count() == len(CONNECTIONS)
    assert len(said.getvalue().splitlines()) == 2 * len(CONNECTIONS)


def test_a_server_that_is_not_there_is_said(live_server: LiveServer) -> None:
    with pytest.raises(CommandError, match=r"127\.0\.0\.1:9"):
        call_command("open_demo_companies", url="http://127.0.0.1:9", stdout=StringIO())

    assert not Company.objects.exists()
