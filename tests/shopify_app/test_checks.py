"""`manage.py check` names every setting that is missing or unsafe, and never its value."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as live
from django.core.checks import Error

from accounting import ways
from shopify_app.checks import settings_checks

GOOD_KEY = base64.b64encode(b"k" * 32).decode()


@pytest.fixture(autouse=True)
def sound(settings: Any, app: None) -> None:
    settings.LEJAR_SEAL_KEYS = [GOOD_KEY]
    settings.SHOPIFY_ADMIN_URL = "https://{shop}"
    settings.ACCTBRIDGE_URL = "https://api.acctbridge.com"
    settings.SQL_ACCOUNT_URL = ""
    settings.SHOPIFY_UI = "cdn"
    settings.LEJAR_ALLOW_LOOPBACK = False
    settings.LEJAR_SANDBOX = False


def test_sound_settings_have_nothing_to_say() -> None:
    assert settings_checks() == []


@pytest.mark.parametrize(
    ("name", "value", "variable"),
    [
        ("SHOPIFY_API_KEY", "", "SHOPIFY_API_KEY"),
        ("SHOPIFY_API_SECRETS", [], "SHOPIFY_API_SECRET"),
        ("SHOPIFY_API_VERSION", "unstable", "SHOPIFY_API_VERSION"),
        ("SHOPIFY_API_VERSION", "2026-02", "SHOPIFY_API_VERSION"),
        ("LEJAR_SEAL_KEYS", [], "LEJAR_SEAL_KEYS"),
        ("LEJAR_SEAL_KEYS", [GOOD_KEY, "c2hvcnQ="], "LEJAR_SEAL_KEYS"),
        ("LEJAR_SEAL_KEYS", ["not base64!"], "LEJAR_SEAL_KEYS"),
        ("ACCTBRIDGE_URL", "http://api.acctbridge.com", "ACCTBRIDGE_URL"),
        ("ACCTBRIDGE_URL", "https://localhost:8000", "ACCTBRIDGE_URL"),
        ("ACCTBRIDGE_URL", "https://[", "ACCTBRIDGE_URL"),
        ("SQL_ACCOUNT_URL", "http://books.test", "SQL_ACCOUNT_URL"),
        ("SHOPIFY_ADMIN_URL", "http://{shop}", "SHOPIFY_ADMIN_URL"),
        ("LEJAR_LEASE_SECONDS", 9, "LEJAR_LEASE_SECONDS"),
        ("SHOPIFY_LEASE_SECONDS", 0, "SHOPIFY_LEASE_SECONDS"),
        ("SHOPIFY_UI", "react", "SHOPIFY_UI"),
        ("SHOPIFY_UI", "local", "SHOPIFY_UI"),
        ("LEJAR_PLANS", "{", "LEJAR_PLANS"),
        ("LEJAR_PLANS", '{"A": {"orders_per_month": null}}', "LEJAR_CONTACT"),
    ],
)
def test_what_does_not_work_is_an_error_with_the_variables_name(
    settings: Any, name: str, value: object, variable: str
) -> None:
    setattr(settings, name, value)

    messages = settings_checks()

    assert len(messages) == 1
    assert isinstance(messages[0], Error)
    assert variable in messages[0].msg
    assert messages[0].hint


def test_loopback_and_local_components_are_fine_where_they_are_allowed(settings: Any) -> None:
    settings.LEJAR_ALLOW_LOOPBACK = True
    settings.ACCTBRIDGE_URL = "http://127.0.0.1:8000/sandbox"
    settings.SHOPIFY_UI = "local"
    settings.LEJAR_SANDBOX = True

    assert settings_checks() == []


def test_a_sandbox_in_production_is_a_warning(settings: Any) -> None:
    settings.LEJAR_SANDBOX = True

    assert [message.id for message in settings_checks()] == ["lejar.W009"]


@pytest.mark.parametrize("host", ["lejar-Shopify.test", "app.lejar.example"])
def test_an_address_that_the_app_store_refuses_is_a_warning(settings: Any, host: str) -> None:
    settings.ALLOWED_HOSTS = ["app.lejar.test", host]

    [message] = settings_checks()

    assert message.id == "lejar.W021"
    assert host in message.msg


def test_plans_with_somebody_to_ask_are_fine(settings: Any) -> None:
    settings.LEJAR_PLANS = '{"A": {"orders_per_month": null}}'
    settings.LEJAR_CONTACT = "privacy@lejar.test"

    assert settings_checks() == []


def test_a_broken_correction_of_a_profile_is_named_before_any_order_meets_it(
    settings: Any, tmp_path: Path
) -> None:
    (tmp_path / "autocount.json").write_text('{"transport": {"readTimeoutS": "soon"}}')
    settings.ACCTBRIDGE_PROFILES = str(tmp_path)
    ways.acctbridge_profile.cache_clear()

    [message] = settings_checks()
    ways.acctbridge_profile.cache_clear()

    assert message.id == "lejar.E010"
    assert "readTimeoutS" in message.msg


def test_a_short_secret_is_warned_about_without_showing_it(settings: Any) -> None:
    settings.SHOPIFY_API_SECRETS = ["hush-hush"]

    messages = settings_checks()

    assert [message.id for message in messages] == ["lejar.W002"]
    assert "hush-hush" not in str(messages)


def bare(*arguments: str) -> subprocess.CompletedProcess[str]:
    """manage.py as on a machine where nothing is configured yet."""
    dropped = ("SHOPIFY", "LEJAR", "ACCTBRIDGE")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(dropped)}
    environment["DATABASE_URL"] = "postgresql://nobody@127.0.0.1:1/nothing"
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(  # noqa: S603 our own command, fixed arguments
        command, cwd=live.BASE_DIR, env=environment, capture_output=True, text=True, check=False
    )


def test_check_lists_everything_that_is_missing_at_once() -> None:
    answer = bare("check")

    assert answer.returncode == 1
    for variable in ("SHOPIFY_API_KEY", "SHOPIFY_API_SECRET", "LEJAR_SEAL_KEYS"):
        assert variable in answer.stderr


def test_the_schema_can_be_made_before_anything_is_configured() -> None:
    answer = bare("sqlmigrate", "shopify_app", "0001")

    assert "lejar." not in answer.stderr
