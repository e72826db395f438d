"""The token endpoint refuses what Shopify's refuses, and turns refresh tokens as Shopify's does."""

from __future__ import annotations

from typing import Any

import pytest

from shopify_app.sandbox.models import PretendedToken
from tests.shopify_app.sandbox.conftest import KEY, OLD_SECRET, SECRET, Desk


def refused(answer: Any, status: int, code: str) -> bool:
    return (answer.status_code, answer.json()["error"]) == (status, code)


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_secret": OLD_SECRET}, 401, "invalid_client"),
        ({"client_id": "another"}, 401, "invalid_client"),
        ({"expiring": None}, 400, "invalid_request"),
        ({"expiring": "0"}, 400, "invalid_request"),
        ({"subject_token_type": "jwt"}, 400, "invalid_request"),
        ({"requested_token_type": "online"}, 400, "invalid_request"),
        ({"grant_type": "authorization_code"}, 400, "unsupported_grant_type"),
        ({"subject_token": None}, 400, "invalid_subject_token"),
        ({"subject_token": "not a token"}, 400, "invalid_subject_token"),
    ],
)
def test_an_exchange_that_is_not_right_is_refused(
    desk: Desk, changes: dict[str, Any], status: int, code: str
) -> None:
    before = PretendedToken.objects.count()

    answer = desk.grant(**changes)

    assert refused(answer, status, code)
    assert PretendedToken.objects.count() == before


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": 0},
        {"nbf": 9999999999},
        {"aud": "another"},
        {"aud": [KEY]},
        {"dest": "https://other.myshopify.com"},
        {"dest": "http://angsana.myshopify.com"},
        {"iss": "https://other.myshopify.com/admin"},
        {"exp": None},
        {"jti": None},
        {"secret": "z" * 40},
    ],
)
def test_an_id_token_of_another_time_app_or_shop_is_refused(
    desk: Desk, claims: dict[str, Any]
) -> None:
    answer = desk.grant(subject_token=desk.id_token(**claims))

    assert refused(answer, 400, "invalid_subject_token")


def test_an_id_token_is_old_after_a_minute(desk: Desk) -> None:
    token = desk.id_token()
    desk.later(seconds=60)

    assert refused(desk.grant(subject_token=token), 400, "invalid_subject_token")


def test_an_id_token_signed_with_the_old_secret_is_taken(desk: Desk) -> None:
    assert desk.grant(subject_token=desk.id_token(secret=OLD_SECRET)).status_code == 200


def test_a_body_that_is_no_json_and_no_form_is_refused(desk: Desk) -> None:
    path = "admin/oauth/access_token"

    assert refused(desk.call("POST", path, "{", content_type="text/plain"), 400, "invalid_request")
    assert refused(desk.call("POST", path, "{"), 400, "invalid_request")
    assert refused(desk.call("POST", path, "[]"), 400, "invalid_request")


def test_a_shop_that_is_not_there_answers_404(desk: Desk) -> None:
    desk.domain = "nobody.myshopify.com"

    assert desk.call("POST", "admin/oauth/access_token", {}).status_code == 404


def test_a_shop_without_the_app_gets_no_token(desk: Desk) -> None:
    desk.do("uninstall")

    assert refused(desk.grant(), 400, "invalid_client")


def test_an_exchange_gives_an_expiring_pair(desk: Desk) -> None:
    told = desk.grant().json()

    assert set(told) == {
        *("access_token", "scope", "expires_in"),
        *("refresh_token", "refresh_token_expires_in"),
    }
    assert (told["expires_in"], told["refresh_token_expires_in"]) == (3600, 7776000)
    assert told["scope"] == "read_orders,read_products"


def test_the_previous_refresh_token_works_until_its_replacement_is_used(desk: Desk) -> None:
    first = desk.grant().json()["refresh_token"]
    second = desk.refresh(first).json()["refresh_token"]

    again = desk.refresh(first)
    assert again.status_code == 200
    assert desk.refresh(second).status_code == 200
    assert refused(desk.refresh(first), 400, "invalid_grant")


def test_a_used_refresh_token_dies_after_30_days_at_most(desk: Desk) -> None:
    first = desk.grant().json()["refresh_token"]
    desk.refresh(first)

    desk.later(days=29)
    assert desk.refresh(first).status_code == 200
    desk.later(days=1)
    assert refused(desk.refresh(first), 400, "invalid_grant")


def test_an_unused_refresh_token_dies_after_90_days(desk: Desk) -> None:
    token = desk.grant().json()["refresh_token"]
    desk.later(days=90)

    assert refused(desk.refresh(token), 400, "invalid_grant")


def test_a_refresh_token_of_another_shop_is_refused(desk: Desk) -> None:
    from shopify_app.sandbox import control, tokens

    other = tokens.issue(control.open_shop("bakau.myshopify.com"))

    assert refused(desk.refresh(other.refresh_token), 400, "invalid_grant")


def test_revoked_tokens_stay_dead_after_a_new_installation(desk: Desk) -> None:
    token = desk.grant().json()["refresh_token"]
    desk.do("uninstall")
    desk.do("install")

    assert refused(desk.refresh(token), 400, "invalid_grant")
    assert desk.grant().status_code == 200


def test_a_refresh_asks_for_the_apps_secret(desk: Desk) -> None:
    token = desk.grant().json()["refresh_token"]

    answer = desk.grant(grant_type="refresh_token", refresh_token=token, client_secret=SECRET[:-1])

    assert refused(answer, 401, "invalid_client")


def test_a_connection_that_breaks_after_the_refresh_has_turned_the_token(desk: Desk) -> None:
    token = desk.grant().json()["refresh_token"]
    desk.set(faults=[{"fault": "drop", "on": "token", "when": "after"}])
    before = PretendedToken.objects.count()

    with pytest.raises(ConnectionResetError):
        b"".join(desk.refresh(token).streaming_content)

    assert PretendedToken.objects.count() == before + 1
    assert desk.refresh(token).status_code == 200
