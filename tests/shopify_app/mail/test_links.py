"""The links of a message work without Shopify, for one purpose each, and cannot be made up."""

from __future__ import annotations

import base64
import time
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounting.models import Audit
from shopify_app import install
from shopify_app.mail import links, recipients
from shopify_app.models import Episode, Mail, MailAddress, MailSettings, Shop
from tests.books import Clock
from tests.shopify_app.conftest import OTHER, SEAL_KEY, contact
from tests.shopify_app.mail.conftest import ADDRESS, enter, links_of, outbox

pytestmark = pytest.mark.django_db


def path(address: str) -> str:
    return address.removeprefix("https://lejar.test")


def question(shop: Shop, clock: Clock, language: str = "en") -> tuple[str, str]:
    """The links of the question that a new address gets: to confirm, and to be left alone."""
    enter(shop, ADDRESS, clock, language)
    confirm, stop = map(path, links_of(outbox()[-1]))
    return confirm, stop


def test_following_the_link_asks_and_only_the_button_confirms(shop: Shop, clock: Clock) -> None:
    confirm, _ = question(shop, clock)
    seen = Client().get(confirm)
    before = MailAddress.objects.get().confirmed_at

    done = Client().post(confirm)

    assert (seen.status_code, done.status_code, before) == (200, 200, None)
    assert b'<form method="post">' in seen.content
    assert MailAddress.objects.get().confirmed_at is not None
    assert MailSettings.objects.get().look_at is not None
    assert Audit.objects.filter(action="notification address confirmed").count() == 1
    assert seen.headers["Content-Security-Policy"].startswith("frame-ancestors 'none';")
    assert seen.headers["Referrer-Policy"] == "no-referrer"
    assert not done.cookies


def test_confirming_twice_changes_nothing_more(shop: Shop, clock: Clock) -> None:
    confirm, _ = question(shop, clock)
    Client().post(confirm)
    first = MailAddress.objects.get().confirmed_at

    assert Client().post(confirm).status_code == 200

    assert MailAddress.objects.get().confirmed_at == first
    assert Audit.objects.filter(action="notification address confirmed").count() == 1


def test_one_click_ends_the_messages_and_erases_the_address(shop: Shop, clock: Clock) -> None:
    confirm, stop = question(shop, clock)
    Client().post(confirm)
    seen = Client().get(stop)
    kept = MailAddress.objects.count()

    done = Client().post(stop, {"List-Unsubscribe": "One-Click"})

    assert (seen.status_code, kept, done.status_code) == (200, 1, 200)
    assert not MailAddress.objects.exists()
    assert not Mail.objects.exists()
    assert MailSettings.objects.get().look_at is None
    assert Client().post(stop).status_code == 404
    assert Client().post(confirm).status_code == 404
    trail = str(list(Audit.objects.values_list("detail", flat=True)))
    assert "kedai.test" not in trail


def test_a_link_to_confirm_lives_three_days(
    shop: Shop, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirm, stop = question(shop, clock)
    later = time.time() + timedelta(days=3, seconds=5).total_seconds()
    monkeypatch.setattr("time.time", lambda: later)

    assert Client().post(confirm).status_code == 404

    assert MailAddress.objects.get().confirmed_at is None
    assert Client().post(stop).status_code == 200


def forged(token: str) -> list[str]:
    key, at, signature = token.split(":")
    return [
        "",
        "x",
        f"{uuid.uuid4().hex}:{at}:{signature}",
        f"{key}:{at}x:{signature}",
        f"{key}:{at}:{signature[:-1]}{'A' if signature[-1] != 'A' else 'B'}",
        f"{key}:{at}:",
        key,
    ]


def test_a_link_that_was_made_up_does_nothing(shop: Shop, clock: Clock) -> None:
    confirm, stop = question(shop, clock)
    token, other = confirm.rpartition("/")[2], stop.rpartition("/")[2]

    for each in [*forged(token), other]:
        answer = Client().post(f"/mail/confirm/{each}")
        assert answer.status_code == 404, each
    assert Client().post(f"/mail/stop/{token}").status_code == 404

    assert MailAddress.objects.get().confirmed_at is None


def test_the_secret_key_of_django_signs_nothing(
    shop: Shop, clock: Clock, settings: Settings
) -> None:
    confirm, _ = question(shop, clock)
    settings.SECRET_KEY = "another"

    assert Client().post(confirm).status_code == 200


def test_links_outlive_the_rotation_of_the_key_and_no_longer(
    shop: Shop, clock: Clock, settings: Settings
) -> None:
    confirm, stop = question(shop, clock)
    new = base64.b64encode(b"n" * 32).decode()

    settings.LEJAR_SEAL_KEYS = [new, SEAL_KEY]
    both = Client().post(confirm).status_code
    settings.LEJAR_SEAL_KEYS = [new]

    assert (both, Client().post(stop).status_code) == (200, 404)
    settings.LEJAR_SEAL_KEYS = []
    assert Client().post(stop).status_code == 404


@pytest.mark.parametrize(
    ("language", "said"),
    [("ms", "Adakah anda mahu"), ("zh-hans", "您是否希望"), ("en", "Do you want")],
)
def test_the_page_speaks_the_readers_language(
    shop: Shop, clock: Clock, language: str, said: str
) -> None:
    confirm, _ = question(shop, clock)

    html = Client().get(confirm, headers={"Accept-Language": language}).content.decode()

    assert said in html


def test_one_shops_link_is_nothing_to_another(shop: Shop, clock: Clock) -> None:
    other = contact(OTHER)
    theirs = enter(other, ADDRESS, clock)
    mine = enter(shop, ADDRESS, clock)

    recipients.stop(mine.key, now=clock())

    assert list(MailAddress.objects.all()) == [theirs]


def test_a_shop_that_leaves_takes_its_addresses_along(shop: Shop, clock: Clock) -> None:
    confirm, _ = question(shop, clock)
    Client().post(confirm)
    other = contact(OTHER)
    theirs = enter(other, "theirs@toko.test", clock)

    install.uninstall(shop.domain, at=clock() + timedelta(days=9999))

    assert list(MailAddress.objects.all()) == [theirs]
    assert not MailSettings.objects.filter(shop=shop).exists()
    assert not Mail.objects.filter(shop=shop).exists()
    assert not Episode.objects.filter(shop=shop).exists()
    assert Client().post(confirm).status_code == 404


def test_an_address_is_sealed_for_its_own_row(shop: Shop, clock: Clock) -> None:
    row = enter(shop, ADDRESS, clock)
    copy: Any = MailAddress(shop=shop, language="en", added_at=clock(), sealed=row.sealed)

    assert row.take() == ADDRESS
    assert ADDRESS.encode() not in bytes(row.sealed)
    assert recipients.addresses_of(shop) == [(row, ADDRESS)]
    assert recipients._opened(copy) == ""
    assert links.LASTS[links.CONFIRM] == timedelta(days=3)
