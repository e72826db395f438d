"""The one address that a merchant may give: whatever stands there, nothing inside is called."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounting import ways
from accounting.connectors import addresses, http
from accounting.models import Book
from shopify_app.models import Shop

WHERE = "/api/v1/connection"
SECRET = "CANARY7F3-secret-key"
TAKEN = [
    "https://169.254.169.254",
    "https://2852039166/latest",
    "https://127.0.0.1:8443",
    "https://0177.0.0.1",
    "https://0x7f000001",
    "https://localhost",
    "https://10.0.0.5:9443",
    "http://127.0.0.1:8000",
    "http://8.8.8.8",
    "https://8.8.8.8:22",
    "https://metadata.inside.test",
]
NOT_TAKEN = [
    "https://user:word@books.test",
    "https://[::1]",
    "file:///etc/passwd",
    "gopher://books.test",
    "https://books.test/?next=http://169.254.169.254",
    "https://books.test/#x",
    "https://books.test\r\nX: y",
    "https://\uff11\uff12\uff17.0.0.1",
    "javascript:alert(1)",
    "https://" + "a" * 500,
]


@pytest.fixture(autouse=True)
def dialled(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> list[Any]:
    calls: list[Any] = []

    def noted(address: Any, *_: Any) -> Any:
        calls.append(address)
        raise OSError

    def resolve(host: str, port: int) -> list[str]:
        return ["169.254.169.254"] if host == "metadata.inside.test" else real(host, port)

    real = addresses.resolve
    monkeypatch.setattr(http, "create_connection", noted)
    monkeypatch.setattr(ways, "_threads", threading.local())
    monkeypatch.setattr(
        ways, "Http", lambda allow_loopback: http.Http(allow_loopback=False, resolve=resolve)
    )
    settings.LEJAR_ALLOW_LOOPBACK = False
    return calls


def connect(api: Client, host: str) -> Any:
    body = {
        "system": "sql_accounting",
        "way": "sql_account_api",
        "home_currency": "MYR",
        "credentials": {"access_key": "key", "secret_key": SECRET},
        "settings": {"host": host},
    }
    return api.put(WHERE, body, content_type="application/json")


@pytest.mark.parametrize("host", TAKEN)
def test_checking_the_connection_calls_nothing_inside_and_says_why(
    api: Client, shop: Shop, host: str, dialled: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    assert connect(api, host).status_code == 200

    answer = api.post(WHERE + "/check")

    assert dialled == []
    assert answer.status_code in (200, 503)
    said = answer.content.decode() + caplog.text
    assert not any(word in said for word in (SECRET, "root:", "Traceback"))
    assert Book.objects.get().state != "active"


@pytest.mark.parametrize("host", NOT_TAKEN)
def test_what_is_no_plain_address_is_refused_by_its_field(
    api: Client, shop: Shop, host: str, dialled: list[Any]
) -> None:
    answer = connect(api, host)

    assert answer.status_code == 400
    assert list(answer.json()["settings"]) == ["host"]
    assert not Book.objects.exists()
    assert dialled == []
