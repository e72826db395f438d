"""Nothing that fails anywhere takes a body, a token, a secret or a person into the log or the
answer: views, webhooks, tasks, the web server, commands."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from celery import shared_task
from django.conf import settings as configured
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError
from django.http import Http404
from django.test import Client
from pytest_django import Settings

from shopify_app.logs import Formatter
from shopify_app.models import Shop
from tests.deliveries import SECRET as HOOK_SECRET
from tests.deliveries import sign
from tests.shopify_app.conftest import SECRET, SHOP, bearer, make_token
from tests.shopify_app.filled import fill

LOGGING: dict[str, Any] = configured.LOGGING
CANARY = "CANARY7F3"
WORDS = f"DETAIL: Failing row contains ({CANARY}, Aminah, 60123456789)"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that is logged, as it is written where Lejar runs."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(Formatter(LOGGING["formatters"]["line"]["format"]))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


def quoting(kind: type[Exception]) -> Any:
    """A function that fails as the database does: with the row in its words."""

    def fail(*_: Any, **__: Any) -> Any:
        try:
            raise IntegrityError(WORDS)
        except IntegrityError as cause:
            raise kind(WORDS) from cause

    return fail


@shared_task
def breaks(**_: str) -> None:
    quoting(ValueError)()


# --- what breaks ---------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["/documents", "/api/v1/store", "/"])
@pytest.mark.parametrize("kind", [ValueError, KeyError, DatabaseError, RuntimeError])
def test_a_view_that_breaks_says_nothing_and_logs_only_where(
    where: str,
    kind: type[Exception],
    shop: Shop,
    log: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shopify_app.session.Visit.store", property(quoting(kind)))
    monkeypatch.setattr("shopify_app.session.Visit.store_id", property(quoting(kind)))
    client, token = Client(raise_request_exception=False), make_token()

    answer = client.get(where, {"id_token": token, "shop": SHOP}, headers=bearer(token))

    said = answer.content.decode() + log.getvalue()
    assert answer.status_code == 500
    assert not any(word in said for word in (CANARY, "Aminah", token, SECRET))
    assert "Traceback" not in answer.content.decode()
    assert kind.__qualname__ in log.getvalue()
    assert "IntegrityError" in log.getvalue()


def test_a_task_that_breaks_logs_only_where(log: io.StringIO) -> None:
    breaks.apply(kwargs={"who": "staff"})

    said = log.getvalue()
    assert "ValueError" in said
    assert "test_log_canaries.py" in said
    assert CANARY not in said
    assert "Aminah" not in said


def test_what_the_web_server_says_of_a_broken_answer_goes_the_same_way(log: io.StringIO) -> None:
    """It names the address with its query, in which a document's session token stands."""
    logger = logging.getLogger("gunicorn.error")
    logger.propagate = True
    try:
        quoting(ValueError)()
    except ValueError:
        logger.exception("Error handling request %s", f"/documents?id_token={CANARY}&shop={SHOP}")

    assert CANARY not in log.getvalue()
    assert "Error handling request /documents" in log.getvalue()
    assert LOGGING["loggers"]["gunicorn.error"]["handlers"] == ["console"]


def test_the_settings_give_every_logger_that_writer() -> None:
    others = {
        name: told["handlers"] for name, told in LOGGING["loggers"].items() if "handlers" in told
    }

    assert set(map(tuple, others.values())) <= {("console",)}
    assert LOGGING["root"]["handlers"] == ["console"]
    assert configured.DEBUG is False


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("signature", "headers"),
    [
        ("wrong", {}),
        (CANARY, {}),
        ("right", {"X-Shopify-Shop-Domain": f"{CANARY}.evil.test"}),
        ("right", {"X-Shopify-Topic": CANARY * 20}),
        ("right", {"X-Shopify-Topic": ""}),
    ],
)
def test_a_refused_webhook_leaves_nothing_of_itself(
    db: None, settings: Settings, log: io.StringIO, signature: str, headers: dict[str, str]
) -> None:
    settings.SHOPIFY_API_SECRETS = [HOOK_SECRET]
    body = f'{{"email": "{CANARY}@customer.test"}}'.encode()
    given = {
        "X-Shopify-Hmac-Sha256": sign(body) if signature == "right" else signature,
        "X-Shopify-Shop-Domain": SHOP,
        "X-Shopify-Topic": "orders/create",
        **headers,
    }

    answer = Client().post("/webhooks/shopify", body, "application/json", headers=given)

    assert answer.status_code in (400, 401)
    assert answer.content == b""
    assert CANARY not in log.getvalue()
    assert HOOK_SECRET not in log.getvalue()


def test_a_webhook_that_cannot_be_stored_leaves_nothing_of_itself(
    db: None, settings: Settings, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SHOPIFY_API_SECRETS = [HOOK_SECRET]
    monkeypatch.setattr("shopify_app.webhooks._store", quoting(DatabaseError))
    body = f'{{"email": "{CANARY}@customer.test"}}'.encode()
    given = {
        "X-Shopify-Hmac-Sha256": sign(body),
        "X-Shopify-Shop-Domain": SHOP,
        "X-Shopify-Topic": "orders/create",
    }

    answer = Client().post("/webhooks/shopify", body, "application/json", headers=given)

    assert (answer.status_code, answer.content) == (503, b"")
    assert "could not be stored" in log.getvalue()
    assert CANARY not in log.getvalue()


@pytest.mark.parametrize(
    "where",
    [
        f"/documents?id_token={CANARY}&shop={SHOP}",
        f"/api/v1/store?shop={CANARY}",
        f"/api/v1/nothing?q={CANARY}",
        f"/nothing?email={CANARY}",
        f"/accountant/1/?secret={CANARY}",
        f"/local/id-token?shop={CANARY}",
    ],
)
def test_a_refused_address_is_logged_without_its_query_and_its_token(
    db: None, log: io.StringIO, where: str
) -> None:
    Client(headers=bearer(f"{CANARY}.{CANARY}.x")).get(where)

    assert CANARY not in log.getvalue()


@pytest.mark.parametrize("path", ["/x%0aERROR forged line", "/x%0d%0aforged", "/x%1b[31mred"])
def test_no_address_writes_a_line_of_its_own(db: None, log: io.StringIO, path: str) -> None:
    Client().get(path)

    assert len(log.getvalue().strip().splitlines()) == 1
    assert "\x1b" not in log.getvalue()


def test_a_404_tells_nobody_which_addresses_there_are(db: None) -> None:
    answer = Client().get("/nothing-here")

    assert answer.status_code == 404
    assert "api/v1" not in answer.content.decode()
    assert Http404.__name__ not in answer.content.decode()


# --- commands ------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["privacy_requests", "check_audit"])
def test_what_an_operator_is_shown_names_no_person(
    command: str, shop: Shop, now: Any, log: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(shop, now, canary=CANARY)

    call_command(command)

    shown = capsys.readouterr()
    assert CANARY not in shown.out + shown.err + log.getvalue()
