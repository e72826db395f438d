"""What Shopify's command line would refuse in `shopify.app.toml` (contract 15.3), as data.

`shopify app config validate` needs a login; these rules need nothing. Each takes the parsed file
and yields what is wrong.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

Toml = dict[str, Any]
Rule = Callable[[Toml], Iterator[str]]
SECTIONS = {
    "client_id", "name", "handle", "application_url", "embedded", "app_preferences",
    "access_scopes", "auth", "webhooks", "pos", "build",
}  # fmt: skip
KEYS = {
    "access_scopes": {"scopes", "required_scopes", "optional_scopes", "use_legacy_install_flow"},
    "auth": {"redirect_urls"},
    "app_preferences": {"url"},
    "webhooks": {"api_version", "subscriptions"},
    "pos": {"embedded"},
    "build": {"automatically_update_urls_on_dev", "include_config_on_deploy"},
}
SUBSCRIPTION = {
    "topics", "compliance_topics", "uri", "filter", "include_fields", "name", "payload_query",
    "actions",
}  # fmt: skip
HANDLE = re.compile(r"\w*(?!-)[_a-z0-9-]+(?<!-)")
SCOPE = re.compile(r"(?:read|write)_[a-z_]+")
TOPIC = re.compile(r"[a-z_]+/[a-z_]+")
VERSION = re.compile(r"20\d\d-(?:01|04|07|10)")
URI = re.compile(r"/(?!/)|https://|pubsub://|arn:aws:events:")
COMPLIANCE = ("customers/data_request", "customers/redact", "shop/redact")


def subscriptions(app: Toml) -> list[Toml]:
    return list(app.get("webhooks", {}).get("subscriptions", []))


def addresses(app: Toml) -> list[str]:
    return [app.get("application_url", ""), *app.get("auth", {}).get("redirect_urls", [])]


def scopes(app: Toml) -> list[str]:
    told = app.get("access_scopes", {})
    return str(told.get("scopes", "")).split(",") if told.get("scopes") else []


def client_id(app: Toml) -> Iterator[str]:
    if not app.get("client_id"):
        yield "client_id is required"


def name(app: Toml) -> Iterator[str]:
    if not 0 < len(app.get("name", "")) <= 30:
        yield "name is required, of at most 30 characters"


def handle(app: Toml) -> Iterator[str]:
    given = app.get("handle", "")
    if len(given) > 256 or not HANDLE.fullmatch(given):
        yield "handle is of small letters, digits, hyphens and underscores, at most 256"


def https(app: Toml) -> Iterator[str]:
    yield from (f"{url!r} is not https" for url in addresses(app) if not url.startswith("https://"))


def no_names_of_others(app: Toml) -> Iterator[str]:
    """App Store: no address has Shopify or Example in it (contract 12.1)."""
    yield from (url for url in addresses(app) if re.search("shopify|example", url, re.IGNORECASE))


def embedded(app: Toml) -> Iterator[str]:
    if app.get("embedded") is not True:
        yield "embedded is required, and Lejar is"


def preferences(app: Toml) -> Iterator[str]:
    if len(app.get("app_preferences", {}).get("url", "")) > 255:
        yield "app_preferences.url has at most 255 characters"


def auth(app: Toml) -> Iterator[str]:
    if not app.get("auth", {}).get("redirect_urls"):
        yield "auth.redirect_urls must exist even with managed installation"


def managed(app: Toml) -> Iterator[str]:
    """`scopes` without the legacy flow selects installation by Shopify (contract 3.1)."""
    if app.get("access_scopes", {}).get("use_legacy_install_flow"):
        yield "use_legacy_install_flow"
    if not scopes(app) or "required_scopes" in app.get("access_scopes", {}):
        yield "access_scopes.scopes, and not both forms"


def scope_names(app: Toml) -> Iterator[str]:
    given = [*scopes(app), *app.get("access_scopes", {}).get("optional_scopes", [])]
    yield from (f"{scope!r} is no scope" for scope in given if not SCOPE.fullmatch(scope))
    yield from (f"{scope} twice" for scope, times in Counter(given).items() if times > 1)


def version(app: Toml) -> Iterator[str]:
    if not VERSION.fullmatch(app.get("webhooks", {}).get("api_version", "")):
        yield "webhooks.api_version is required"


def what_comes(app: Toml) -> Iterator[str]:
    for each in subscriptions(app):
        if not each.get("topics") and not each.get("compliance_topics"):
            yield "a subscription without topics"
        yield from (f"{t!r} is no topic" for t in each.get("topics", []) if not TOPIC.fullmatch(t))
        compliance = each.get("compliance_topics", [])
        yield from (
            f"{topic} is no compliance topic" for topic in compliance if topic not in COMPLIANCE
        )


def where_to(app: Toml) -> Iterator[str]:
    for each in subscriptions(app):
        if not URI.match(each.get("uri", "")) or each["uri"].endswith("/"):
            yield f"{each.get('uri')!r} is no address of webhooks"


def subscription_names(app: Toml) -> Iterator[str]:
    if any(len(each.get("name", "")) > 50 for each in subscriptions(app)):
        yield "a subscription's name has at most 50 characters"


def once(app: Toml) -> Iterator[str]:
    """No two subscriptions have the same topic, address and filter."""
    each = [
        (topic, sub.get("uri"), sub.get("filter"))
        for sub in subscriptions(app)
        for topic in sub.get("topics", [])
    ]
    yield from (f"{key[0]} twice" for key, times in Counter(each).items() if times > 1)


def compliance_once(app: Toml) -> Iterator[str]:
    """Each compliance topic is there, once, and in one form only."""
    given = Counter(t for sub in subscriptions(app) for t in sub.get("compliance_topics", []))
    yield from (topic for topic in COMPLIANCE if given[topic] != 1)
    if "privacy_compliance" in app.get("webhooks", {}):
        yield "privacy_compliance is the older form"


def whole_bodies(app: Toml) -> Iterator[str]:
    """A filter or a choice of fields would drop money from the bodies (contract 5.5)."""
    for each in subscriptions(app):
        yield from (key for key in ("filter", "include_fields", "payload_query") if key in each)


def no_scope_that_may_be_missing(app: Toml) -> Iterator[str]:
    """`returns/*` needs read_returns, which is optional: the deployment would fail (15.1)."""
    topics = (topic for sub in subscriptions(app) for topic in sub.get("topics", []))
    yield from (topic for topic in topics if topic.startswith("returns/"))


def nothing_unknown(app: Toml) -> Iterator[str]:
    """A key that is not used, or misspelt: `access.admin`, `events` and `app_proxy` are not."""
    yield from (f"[{section}]" for section in app.keys() - SECTIONS)
    for section, keys in KEYS.items():
        yield from (
            f"{section}.{key}"
            for key in app.get(section, {}).keys() - keys - {"privacy_compliance"}
        )
    for each in subscriptions(app):
        yield from (f"subscriptions.{key}" for key in each.keys() - SUBSCRIPTION)


def no_point_of_sale(app: Toml) -> Iterator[str]:
    if app.get("pos", {}).get("embedded"):
        yield "pos.embedded"


RULES: tuple[Rule, ...] = (
    client_id, name, handle, https, no_names_of_others, embedded, preferences, auth, managed,
    scope_names, version, what_comes, where_to, subscription_names, once, compliance_once,
    whole_bodies, no_scope_that_may_be_missing, nothing_unknown, no_point_of_sale,
)  # fmt: skip


def broken(app: Toml) -> dict[str, list[str]]:
    """Rule -> what is wrong, of the rules that are not kept."""
    found = {rule.__name__: list(rule(app)) for rule in RULES}
    return {rule: said for rule, said in found.items() if said}
