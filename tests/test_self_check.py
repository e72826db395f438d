"""What Shopify's own check of an app looks for (contract 12.1), asked of this checkout.

That routes ask for a token and set no cookie is walked in `shopify_app/test_isolation.py`, that
unsigned webhooks are refused in `shopify_app/test_webhooks.py`.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from shopify_app import inbox
from shopify_app.api.authentication import HasShop, SessionTokenAuthentication

ROOT = Path(__file__).resolve().parent.parent
SUBMISSION_DAYS = 90  # a version must live longer than that to be submitted
PUBLISHED = datetime(2026, 11, 22, tzinfo=UTC)  # of this state of the platform
SECRET = re.compile(
    r"shp(?:at|ss|ca|pa|ua)_[0-9a-fA-F]{20,}"  # Shopify's tokens and secrets
    r"|-----BEGIN (?:[A-Z]+ )?PRIVATE KEY"
    r"|AKIA[0-9A-Z]{16}(?![0-9A-Z])"
    r"|gh[pousr]_[A-Za-z0-9]{36}"
)
ASSIGNED = re.compile(r"^(?:SHOPIFY_\w*SECRET|LEJAR_SEAL_KEYS|SHOPIFY_API_KEY)=(\S+)", re.MULTILINE)
REST = re.compile(
    r"admin/api/[^\"'\s]*(?<!graphql)\.json|shopify\.(?:Session|ShopifyResource|GraphQL|Order)\b"
)
# Who may be asked without a session token, and why.
PUBLIC = {
    "healthz": "the load balancer",
    "privacy": "the App Store",
    "auth/callback": "only leads home",
    "session/bounce": "fetches a token",
    "api/v1/schema": "describes the API",
    "webhooks/shopify": "is signed",
    "local/id-token": "404 outside the demo",
    "local/admin": "404 outside the demo",
    "mail/confirm/<str:token>": "the address is signed",
    "mail/stop/<str:token>": "the address is signed",
    "accountant/<int:link_id>/open": "takes the secret out of the address",
    "accountant/<int:link_id>/session": "exchanges the secret for the cookie",
    "accountant/<int:link_id>/hidden": "says that a page is not shown",
}
OUTSIDE = "accountant/<int:link_id>/"  # asks for the cookie of the link: test_outside.py
SAMPLES = {"day": "2026-11-20", "month": "2026-11"}


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607 whichever git runs the checkout
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name]


def texts(paths: list[Path]) -> Iterator[tuple[str, str]]:
    for path in paths:
        if path.is_file():
            yield str(path.relative_to(ROOT)), path.read_bytes().decode("utf-8", "replace")


def product() -> list[Path]:
    """Without the demo and the stand-ins, which play the other side."""
    modules = [*ROOT.glob("shopify_app/**/*.py"), *ROOT.glob("accounting/**/*.py")]
    return [path for path in modules if not {"demo", "sandbox"} & set(path.parts)]


def dead_from(version: str) -> date:
    """The first day without this version: Shopify keeps one for a year, and tells of its end a
    fortnight into the quarter (contract 1: 2026-10 is reachable until 2027-10-16)."""
    year, month = map(int, version.split("-"))
    return date(year + 1, month, 16)


def alive(version: str, today: date) -> bool:
    return dead_from(version) - today > timedelta(days=SUBMISSION_DAYS)


def entries(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        path = before + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield path, entry
        elif isinstance(entry, URLResolver) and not path.startswith("sandbox/"):
            yield from entries(entry, path)


ROUTES = dict(entries(get_resolver()))


def test_no_secret_is_committed() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout")

    found = [name for name, text in texts(tracked()) if SECRET.search(text)]

    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "shpat_" + "0a" * 16,
        "shpss_" + "0A" * 16,
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "AKIA" + "A" * 16,
    ],
)
def test_a_secret_would_be_found(text: str) -> None:
    assert SECRET.search(f"token = '{text}'")


def test_the_example_environment_holds_no_key() -> None:
    assert ASSIGNED.findall((ROOT / ".env.example").read_text()) == []


def test_no_file_with_settings_of_a_machine_is_committed() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout")

    names = [path.name for path in tracked()]

    assert not {".env", "id_rsa", "credentials.json"} & set(names)


def test_the_api_version_lives_long_enough_to_be_submitted() -> None:
    assert alive(settings.SHOPIFY_API_VERSION, PUBLISHED.date())


@pytest.mark.parametrize(
    ("version", "today", "lives"),
    [
        ("2026-10", "2026-11-22", True),
        ("2026-10", "2027-07-17", True),
        ("2026-10", "2027-07-18", False),
        ("2026-01", "2026-11-22", False),
    ],
)
def test_a_version_that_dies_within_ninety_days_is_too_old(
    version: str, today: str, lives: bool
) -> None:
    assert alive(version, date.fromisoformat(today)) is lives


def test_the_api_version_stands_in_one_place_of_the_code() -> None:
    named = {
        name for name, text in texts(product()) if re.search(r"\b20\d\d-(01|04|07|10)\"", text)
    }

    assert named == {"shopify_app/settings.py"}


def test_only_the_graphql_api_is_used() -> None:
    assert [name for name, text in texts(product()) if REST.search(text)] == []


def test_every_topic_comes_through_the_door_that_verifies() -> None:
    doors = [route for route in ROUTES if "webhook" in route]

    answers = {
        Client().post(f"/{doors[0]}", b"{}", content_type="application/json", headers=headers)
        for headers in ({"X-Shopify-Topic": topic} for topic in inbox.TOPICS)
    }

    assert doors == ["webhooks/shopify"]
    assert {answer.status_code for answer in answers} == {401}


@pytest.mark.django_db
@pytest.mark.parametrize("route", sorted(ROUTES))
def test_every_route_is_public_for_a_reason_or_asks_for_a_session_token(route: str) -> None:
    view = ROUTES[route].callback
    api = getattr(view, "cls", None)
    address = "/" + re.sub(r"<(\w+):\w+>", lambda found: SAMPLES.get(found[1], "1"), route)

    if route in PUBLIC:
        assert PUBLIC[route]
    elif api is not None:
        assert api.authentication_classes == [SessionTokenAuthentication]
        assert api.permission_classes == [HasShop]
    elif route.startswith(OUTSIDE):
        assert Client().get(address).status_code in (401, 405)
        assert Client().post(address).status_code in (401, 405)
    else:
        assert Client().get(address).status_code == 400
        assert Client().post(address).status_code == 401


def test_what_is_called_public_exists() -> None:
    assert set(ROUTES) >= PUBLIC.keys()


@pytest.mark.parametrize(
    "address", ["/privacy", "/", "/auth/callback", "/nowhere", "/session/bounce"]
)
def test_html_says_who_may_frame_it_without_a_session_too(address: str) -> None:
    answer = Client().get(address)

    assert answer["Content-Security-Policy"].startswith("frame-ancestors 'none';")
    assert not answer.cookies


def test_no_part_of_django_that_sets_cookies_is_installed() -> None:
    parts = " ".join([*settings.INSTALLED_APPS, *settings.MIDDLEWARE])

    assert not re.search(r"sessions|csrf|messages|contrib\.auth", parts, re.IGNORECASE)
