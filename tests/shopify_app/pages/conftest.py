"""Every page that a test of this folder is shown is linted."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.shopify_app.pages import lint


@pytest.fixture(autouse=True)
def _linted(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Client.request

    def request(client: Client, **given: Any) -> Any:
        answer = plain(client, **given)
        if answer.get("Content-Type", "").startswith("text/html") and b"<s-page" in answer.content:
            lint.check(answer.content.decode())
        return answer

    monkeypatch.setattr(Client, "request", request)
