"""What stands sealed in the database opens only where it was sealed: not in another row, shop,
column or purpose, not shortened or altered, and not under a key id that is another's."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from accounting import connections, sealing
from accounting.models import Book
from accounting.sealing import SealBroken
from shopify_app import privacy
from shopify_app.models import MailAddress, OfflineToken, PrivacyRequest, Shop
from tests.shopify_app.conftest import SEAL_KEY, contact, give_token

NEW_KEY = base64.b64encode(b"n" * 32).decode()
SECRETS = ("mine-CANARY7F3", "theirs-CANARY7F3")


def book(shop: Shop, secret: str) -> Book:
    return connections.connect(
        store_id=shop.store_id, system="sql_accounting", way="acctbridge", home_currency="MYR",
        credentials={"key": secret}, settings={}, who="staff 1", now=shop.installed_at,
    )  # fmt: skip


def address(shop: Shop, secret: str) -> MailAddress:
    row = MailAddress(shop=shop, language="en", added_at=shop.installed_at)
    row.put(f"{secret}@kedai.test")
    row.save()
    return row


def request(shop: Shop, secret: str) -> PrivacyRequest:
    row = PrivacyRequest.objects.create(
        shop_domain=shop.domain, topic="customers/data_request", state="done",
        received_at=shop.installed_at, due_at=shop.installed_at, done_at=shop.installed_at,
        export_until=shop.installed_at + timedelta(days=9),
    )  # fmt: skip
    row.sealed_export = sealing.seal(secret, row=f"privacy request {row.pk}")
    row.save()
    return row


def token(shop: Shop, secret: str) -> OfflineToken:
    row = OfflineToken.objects.get(shop=shop)
    row.put(secret, f"{secret}-refresh")
    row.save()
    return row


Kept = tuple[Callable[[Shop, str], Any], tuple[str, ...], Callable[[Any, str], str]]
KEPT: dict[str, Kept] = {
    "the books' key": (
        book,
        ("sealed_credentials",),
        lambda row, _: connections._credentials(row)["key"],
    ),
    "an address": (address, ("sealed",), lambda row, _: row.take()),
    "an export": (
        request,
        ("sealed_export",),
        lambda row, _: str(privacy.exported(row, now=row.received_at)),
    ),
    "Shopify's tokens": (token, ("access", "refresh"), lambda row, name: row.take(name)),
}


@pytest.fixture
def two(db: None, now: datetime) -> tuple[Shop, Shop]:
    return contact("kedai-satu.myshopify.com"), contact("kedai-dua.myshopify.com")


def opened(kind: str, row: Any, column: str) -> str:
    return KEPT[kind][2](type(row).objects.get(pk=row.pk), column)


def put(row: Any, column: str, sealed: bytes) -> None:
    """As somebody with the database alone would."""
    type(row).objects.filter(pk=row.pk).update(**{column: sealed})


def columns() -> list[tuple[str, str]]:
    return [(kind, column) for kind, (_, names, _) in KEPT.items() for column in names]


@pytest.mark.parametrize(("kind", "column"), columns())
def test_a_value_moved_into_another_shops_row_does_not_open(
    kind: str, column: str, two: tuple[Shop, Shop]
) -> None:
    make = KEPT[kind][0]
    mine, theirs = make(two[0], SECRETS[0]), make(two[1], SECRETS[1])

    put(mine, column, bytes(getattr(theirs, column)))

    with pytest.raises(SealBroken) as broken:
        opened(kind, mine, column)
    assert "CANARY7F3" not in str(broken.value)
    assert SECRETS[1] in opened(kind, theirs, column)


@pytest.mark.parametrize(("kind", "column"), columns())
def test_a_value_of_another_purpose_or_column_does_not_open(
    kind: str, column: str, two: tuple[Shop, Shop]
) -> None:
    rows = {each: make(two[0], SECRETS[0]) for each, (make, _, _) in KEPT.items()}
    others = [(each, name) for each, name in columns() if (each, name) != (kind, column)]

    for other, name in others:
        put(rows[kind], column, bytes(getattr(rows[other], name)))

        with pytest.raises(SealBroken):
            opened(kind, rows[kind], column)


@pytest.mark.parametrize(("kind", "column"), columns())
def test_a_value_that_was_shortened_or_altered_does_not_open(
    kind: str, column: str, two: tuple[Shop, Shop]
) -> None:
    row = KEPT[kind][0](two[0], SECRETS[0])
    whole = bytes(getattr(row, column))
    altered = [bytes([*whole[:at], whole[at] ^ 1, *whole[at + 1 :]]) for at in range(len(whole))]

    for spoilt in (*altered, whole[:-1], whole[:20], whole[:4], whole + b"\0", whole[4:]):
        with pytest.raises(SealBroken):
            sealing.unseal(spoilt, row=row_name(kind, row, column))
    put(row, column, whole[:-1])
    with pytest.raises(SealBroken):
        opened(kind, row, column)


def row_name(kind: str, row: Any, column: str) -> str:
    """As the models name it, so that only the bytes are wrong."""
    if kind == "the books' key":
        return f"book {row.pk}"
    if kind == "an export":
        return f"privacy request {row.pk}"
    return str(row.sealed_as(column) if kind == "Shopify's tokens" else row.sealed_as())


@pytest.mark.parametrize(("kind", "column"), columns())
def test_keys_are_rotated_without_losing_anything_and_the_old_one_can_go(
    kind: str, column: str, two: tuple[Shop, Shop], settings: Settings
) -> None:
    make = KEPT[kind][0]
    row = make(two[0], SECRETS[0])
    old_id = bytes(getattr(row, column))[:4]

    settings.LEJAR_SEAL_KEYS = [NEW_KEY, SEAL_KEY]
    assert SECRETS[0] in opened(kind, row, column)
    anew = make(two[1], SECRETS[1])
    settings.LEJAR_SEAL_KEYS = [NEW_KEY]

    assert bytes(getattr(anew, column))[:4] != old_id
    assert SECRETS[1] in opened(kind, anew, column)
    with pytest.raises(SealBroken):
        opened(kind, row, column)


def test_another_keys_id_before_a_value_does_not_open_it(
    two: tuple[Shop, Shop], settings: Settings
) -> None:
    settings.LEJAR_SEAL_KEYS = [NEW_KEY, SEAL_KEY]
    sealed = sealing.seal("x", row="book 1")
    settings.LEJAR_SEAL_KEYS = [SEAL_KEY, NEW_KEY]
    other_id = sealing.seal("y", row="book 1")[:4]

    with pytest.raises(SealBroken):
        sealing.unseal(other_id + sealed[4:], row="book 1")


def test_nothing_sealed_stands_in_the_open(two: tuple[Shop, Shop]) -> None:
    for kind, (make, names, _) in KEPT.items():
        row = make(two[0], SECRETS[0])

        for name in names:
            assert b"CANARY7F3" not in bytes(getattr(row, name)), kind
        assert "CANARY7F3" not in repr(row)


def test_no_two_sealings_of_one_value_are_alike(two: tuple[Shop, Shop]) -> None:
    assert give_token(two[0], two[0].installed_at).access is not None

    assert len({sealing.seal("x", row="book 1") for _ in range(1000)}) == 1000
