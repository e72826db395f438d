"""`shopify.app.toml` and `shopify.web.toml` are what Shopify's command line accepts, and say what
the code does (contract 15)."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from django.urls import resolve

from shopify_app import inbox, webhooks
from shopify_app.celery import app as celery
from tests.toml_rules import COMPLIANCE, RULES, Toml, broken, scopes, subscriptions

ROOT = Path(__file__).resolve().parent.parent
DOOR = "/webhooks/shopify"


@pytest.fixture
def app() -> Toml:
    return tomllib.loads((ROOT / "shopify.app.toml").read_text())


@pytest.fixture
def web() -> Toml:
    return tomllib.loads((ROOT / "shopify.web.toml").read_text())


def put(*keys: str | int, to: Any) -> Callable[[Toml], None]:
    """A change of one value, in the section the keys lead to."""

    def change(app: Toml) -> None:
        place: Any = app
        for key in keys[:-1]:
            place = place.setdefault(key, {}) if isinstance(key, str) else place[key]
        place[keys[-1]] = to

    return change


def drop(*keys: str | int) -> Callable[[Toml], None]:
    def change(app: Toml) -> None:
        place: Any = app
        for key in keys[:-1]:
            place = place[key]
        del place[keys[-1]]

    return change


def repeat(app: Toml) -> None:
    subscriptions(app)[0]["topics"].append("orders/paid")


def repeat_compliance(app: Toml) -> None:
    app["webhooks"]["subscriptions"].append({"compliance_topics": ["shop/redact"], "uri": "/else"})


FIRST = ("webhooks", "subscriptions", 0)
SECOND = ("webhooks", "subscriptions", 1)
BREAKS: list[tuple[str, Callable[[Toml], None]]] = [
    ("client_id", drop("client_id")),
    ("name", put("name", to="")),
    ("name", put("name", to="x" * 31)),
    ("handle", drop("handle")),
    ("handle", put("handle", to="le jar")),
    ("handle", put("handle", to="lejar-")),
    ("handle", put("handle", to="x" * 257)),
    ("https", put("application_url", to="http://app.lejar.invalid")),
    ("https", put("auth", "redirect_urls", to=["http://app.lejar.invalid/auth"])),
    ("no_names_of_others", put("application_url", to="https://lejar-Shopify.invalid")),
    ("no_names_of_others", put("auth", "redirect_urls", to=["https://lejar.example"])),
    ("embedded", drop("embedded")),
    ("embedded", put("embedded", to=False)),
    ("preferences", put("app_preferences", "url", to="https://" + "x" * 250)),
    ("auth", drop("auth")),
    ("managed", put("access_scopes", "use_legacy_install_flow", to=True)),
    ("managed", put("access_scopes", "required_scopes", to=["read_orders"])),
    ("managed", drop("access_scopes", "scopes")),
    ("scope_names", put("access_scopes", "scopes", to="read_orders, read_products")),
    ("scope_names", put("access_scopes", "optional_scopes", to=["read_orders"])),
    ("version", drop("webhooks", "api_version")),
    ("version", put("webhooks", "api_version", to="unstable")),
    ("what_comes", put(*FIRST, "topics", to=[])),
    ("what_comes", put(*FIRST, "topics", to=["ORDERS_PAID"])),
    ("where_to", drop(*FIRST, "uri")),
    ("where_to", put(*FIRST, "uri", to="http://app.lejar.invalid/webhooks")),
    ("where_to", put(*FIRST, "uri", to="//app.lejar.invalid/webhooks")),
    ("where_to", put(*FIRST, "uri", to="/webhooks/shopify/")),
    ("subscription_names", put(*FIRST, "name", to="x" * 51)),
    ("once", repeat),
    ("compliance_once", put(*SECOND, "compliance_topics", to=["shop/redact"])),
    ("compliance_once", repeat_compliance),
    ("compliance_once", put("webhooks", "privacy_compliance", to={})),
    ("whole_bodies", put(*FIRST, "filter", to="total_price:>1")),
    ("whole_bodies", put(*FIRST, "include_fields", to=["id"])),
    ("no_scope_that_may_be_missing", put(*FIRST, "topics", to=["returns/close"])),
    ("nothing_unknown", put("events", to={})),
    ("nothing_unknown", put("access", "admin", to={"direct_api_mode": "offline"})),
    ("nothing_unknown", put("app_proxy", to={})),
    ("nothing_unknown", put("access_scopes", "optional_scope", to=[])),
    ("nothing_unknown", put(*FIRST, "url", to="/webhooks")),
    ("no_point_of_sale", put("pos", "embedded", to=True)),
]


def test_shopify_would_take_the_file(app: Toml) -> None:
    assert broken(app) == {}


@pytest.mark.parametrize(("rule", "change"), BREAKS)
def test_what_breaks_a_rule_is_named_by_it(
    app: Toml, rule: str, change: Callable[[Toml], None]
) -> None:
    change(app)

    assert list(broken(app)) == [rule]


def test_every_rule_is_broken_on_purpose() -> None:
    assert {rule for rule, _ in BREAKS} == {rule.__name__ for rule in RULES}


def test_the_scopes_are_those_the_code_needs(app: Toml) -> None:
    assert scopes(app) == settings.SHOPIFY_SCOPES


def test_the_plan_pages_address_has_the_apps_handle(app: Toml) -> None:
    example = (ROOT / ".env.example").read_text()

    assert f"SHOPIFY_APP_HANDLE={app['handle']}\n" in example


def test_webhooks_speak_the_version_the_app_reads(app: Toml) -> None:
    example = (ROOT / ".env.example").read_text()

    assert app["webhooks"]["api_version"] == settings.SHOPIFY_API_VERSION
    assert f"SHOPIFY_API_VERSION={app['webhooks']['api_version']}\n" in example


def test_every_topic_the_app_handles_is_subscribed_once_and_no_other(app: Toml) -> None:
    topics = Counter(topic for sub in subscriptions(app) for topic in sub.get("topics", []))
    compliance = Counter(t for sub in subscriptions(app) for t in sub.get("compliance_topics", []))

    assert topics + compliance == Counter(list(inbox.TOPICS))
    assert set(compliance) == set(COMPLIANCE)


def test_everything_comes_through_the_one_door_that_verifies(app: Toml, web: Toml) -> None:
    doors = {sub["uri"] for sub in subscriptions(app)} | {web["webhooks_path"]}

    assert doors == {DOOR}
    assert resolve(DOOR).func is webhooks.receive


def test_the_command_line_can_start_the_app(web: Toml) -> None:
    assert web.keys() == {"name", "roles", "webhooks_path", "commands"}
    assert set(web["roles"]) == {"frontend", "backend"}
    assert len(web["name"]) <= 30
    assert (ROOT / web["commands"]["dev"].split()[1]).exists()


def test_the_redirect_that_shopify_never_follows_leads_home_without_what_came_along(
    app: Toml,
) -> None:
    for url in app["auth"]["redirect_urls"]:
        answer = Client().get(urlsplit(url).path, {"code": "secret", "hmac": "x"})

        assert (answer.status_code, answer.headers["Location"]) == (302, "/")


def test_the_worker_is_woken_for_tasks_that_exist() -> None:
    celery.loader.import_default_modules()

    woken = {entry["task"] for entry in celery.conf.beat_schedule.values()}

    assert "shopify_app.tasks.shops" in woken
    assert woken <= set(celery.tasks)
