"""`shopify.app.toml` obeys the rules Shopify's command line would check (contract 15.3)."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

ROOT = Path(__file__).resolve().parent.parent
HANDLED = {
    "orders/create",
    "orders/updated",
    "orders/paid",
    "orders/edited",
    "orders/cancelled",
    "orders/delete",
    "refunds/create",
    "order_transactions/create",
    "app/uninstalled",
    "app/scopes_update",
}
COMPLIANCE = {"customers/data_request", "customers/redact", "shop/redact"}
KNOWN_SECTIONS = {
    "client_id",
    "name",
    "handle",
    "application_url",
    "embedded",
    "access_scopes",
    "auth",
    "webhooks",
    "pos",
    "build",
}


@pytest.fixture
def app() -> dict[str, Any]:
    return tomllib.loads((ROOT / "shopify.app.toml").read_text())


def test_the_app_names_itself_as_shopify_allows(app: dict[str, Any]) -> None:
    assert app["client_id"]
    assert 0 < len(app["name"]) <= 30
    assert len(app["handle"]) <= 256
    assert re.fullmatch(r"\w*(?!-)[_a-z0-9-]+(?<!-)", app["handle"])
    assert app["application_url"].startswith("https://")
    assert app["embedded"] is True
    assert app.keys() <= KNOWN_SECTIONS


def test_installation_is_managed_by_shopify(app: dict[str, Any]) -> None:
    assert app["access_scopes"]["scopes"] == ",".join(settings.SHOPIFY_SCOPES)
    assert "use_legacy_install_flow" not in app["access_scopes"]
    assert all(url.startswith("https://") for url in app["auth"]["redirect_urls"])


def test_no_topic_needs_a_scope_that_may_be_missing(app: dict[str, Any]) -> None:
    topics = [t for s in app["webhooks"]["subscriptions"] for t in s.get("topics", [])]

    assert not [topic for topic in topics if topic.startswith("returns/")]


def test_webhooks_speak_the_version_the_app_reads(app: dict[str, Any]) -> None:
    assert app["webhooks"]["api_version"] == settings.SHOPIFY_API_VERSION
    assert "privacy_compliance" not in app["webhooks"]


def test_every_subscription_says_what_comes_and_where_to(app: dict[str, Any]) -> None:
    for subscription in app["webhooks"]["subscriptions"]:
        assert subscription.get("topics") or subscription.get("compliance_topics")
        assert subscription["uri"] == "/webhooks/shopify"
        # Either would drop money fields from the bodies (contract 5.5).
        assert "filter" not in subscription
        assert "include_fields" not in subscription


def test_every_topic_the_app_handles_is_subscribed_once(app: dict[str, Any]) -> None:
    subscriptions = app["webhooks"]["subscriptions"]

    topics = Counter(topic for s in subscriptions for topic in s.get("topics", []))
    compliance = Counter(topic for s in subscriptions for topic in s.get("compliance_topics", []))

    assert topics == Counter(HANDLED)
    assert compliance == Counter(COMPLIANCE)
