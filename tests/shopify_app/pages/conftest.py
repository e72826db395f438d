"""Every page that a test of this folder is shown is linted, unless its time is measured."""

from __future__ import annotations

import os
from typing import Any

import pytest
from django.test import Client

from tests.shopify_app.pages import lint


@pytest.fixture(autouse=True)
def _linted(monkeypatch: pytest.MonkeyPatch) -> None:
    if os.environ.get("LEJAR_BENCH"):
        return
    plain = Client.request

    def request(client: Client, **given: Any) -> Any:
        answer = plain(client, **given)
        if answer.get("Content-Type", "").startswith("text/html") and b"<s-page" in answer.content:
            lint.check(answer.content.decode())
        return answer

    monkeypatch.setattr(Client, "request", request)
