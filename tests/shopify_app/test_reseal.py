"""Everything is sealed anew under the newest key, beside whoever changes it; nothing is lost."""

from __future__ import annotations

from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db.models import BinaryField
from pytest_django import Settings

from accounting import sealing
from accounting.models import Book
from shopify_app import resealing
from shopify_app.models import OfflineToken, Shop
from tests.shopify_app.conftest import SEAL_KEY
from tests.shopify_app.test_sealed_rows import KEPT, NEW_KEY, SECRETS, columns, opened, put, two

__all__ = ["two"]  # the fixture

RAW = {  # columns of bytes that hold no secret: webhooks, which say what orders say
    ("shopify_app_delivery", "body"),
}


def reseal() -> tuple[str, str]:
    said, wrong = StringIO(), StringIO()
    call_command("reseal", stdout=said, stderr=wrong)
    return said.getvalue(), wrong.getvalue()


def everything(shops: tuple[Shop, Shop]) -> list[tuple[str, object, str]]:
    """Every kind of sealed row of both shops, by kind, row and column."""
    made = [
        (kind, make(shop, secret), names)
        for kind, (make, names, _) in KEPT.items()
        for shop, secret in zip(shops, SECRETS, strict=True)
    ]
    return [(kind, row, name) for kind, row, names in made for name in names]


def test_afterwards_the_newest_key_alone_opens_everything(
    two: tuple[Shop, Shop], settings: Settings
) -> None:
    rows = everything(two)
    settings.LEJAR_SEAL_KEYS = [NEW_KEY, SEAL_KEY]

    said, wrong = reseal()

    settings.LEJAR_SEAL_KEYS = [NEW_KEY]
    assert said.count("2 sealed anew, 0 already were") == len(columns())
    assert "Only the first key is needed now." in said
    assert wrong == ""
    for kind, row, name in rows:
        assert any(secret in opened(kind, row, name) for secret in SECRETS)
        assert "CANARY7F3" not in said


def test_the_second_time_there_is_nothing_left_to_do(
    two: tuple[Shop, Shop], settings: Settings
) -> None:
    everything(two)
    settings.LEJAR_SEAL_KEYS = [NEW_KEY, SEAL_KEY]
    reseal()
    before = dict(Book.objects.values_list("pk", "sealed_credentials"))

    said, _ = reseal()

    assert said.count("0 sealed anew, 2 already were") == len(columns())
    assert dict(Book.objects.values_list("pk", "sealed_credentials")) == before


def test_many_rows_are_gone_through_batch_by_batch(
    two: tuple[Shop, Shop], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resealing, "BATCH", 2)
    for number in range(5):
        KEPT["an address"][0](two[number % 2], f"{number}")
    settings.LEJAR_SEAL_KEYS = [NEW_KEY, SEAL_KEY]

    assert "shopify_app_mailaddress sealed: 5 sealed anew, 0 already were" in reseal()[0]


@pytest.mark.parametrize("by_newest", [True, False])
def test_what_somebody_changes_meanwhile_is_neither_lost_nor_left_under_the_old_key(
    two: tuple[Shop, Shop],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    by_newest: bool,
) -> None:
    """A token is refreshed between reading and replacing it, by a worker that knows the new key
    first, or by one from before the rotation."""
    everything(two)
    keys = [NEW_KEY, SEAL_KEY]
    settings.LEJAR_SEAL_KEYS = keys
    real, done = sealing.seal, []

    def refreshed_first(plain: str, *, row: str) -> bytes:
        anew = real(plain, row=row)
        if row.startswith("token") and row.endswith("access") and row not in done:
            done.append(row)
            settings.LEJAR_SEAL_KEYS = keys if by_newest else keys[::-1]
            token = OfflineToken.objects.get(shop_id=int(row.split()[1]))
            token.access = real("fresh-CANARY7F3", row=row)
            token.save(update_fields=["access"])
            settings.LEJAR_SEAL_KEYS = keys
        return anew

    monkeypatch.setattr(sealing, "seal", refreshed_first)

    reseal()

    settings.LEJAR_SEAL_KEYS = [NEW_KEY]
    assert len(done) == 2
    assert {each.take("access") for each in OfflineToken.objects.all()} == {"fresh-CANARY7F3"}


def test_a_row_that_is_gone_by_then_is_passed_over(
    two: tuple[Shop, Shop], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything(two)
    settings.LEJAR_SEAL_KEYS = [NEW_KEY, SEAL_KEY]
    real = sealing.seal

    def leaves(plain: str, *, row: str) -> bytes:
        OfflineToken.objects.all().delete()
        return real(plain, row=row)

    monkeypatch.setattr(sealing, "seal", leaves)

    said, _ = reseal()

    assert "shopify_app_offlinetoken" in said
    assert not OfflineToken.objects.exists()


def test_what_no_key_opens_is_named_by_row_without_a_secret_and_the_rest_is_done(
    two: tuple[Shop, Shop], settings: Settings
) -> None:
    rows = everything(two)
    spoilt = next(row for kind, row, _ in rows if kind == "the books' key")
    assert isinstance(spoilt, Book)
    put(spoilt, "sealed_credentials", b"\1" * 60)
    settings.LEJAR_SEAL_KEYS = [NEW_KEY, SEAL_KEY]
    said, wrong = StringIO(), StringIO()

    with pytest.raises(CommandError) as ended:
        call_command("reseal", stdout=said, stderr=wrong)

    spoilt.refresh_from_db()
    assert ended.value.returncode == 1
    assert wrong.getvalue() == (
        f"accounting_book {spoilt.pk} sealed_credentials: no key opens it\n"
    )
    assert "accounting_book sealed_credentials: 1 sealed anew, 0 already were" in said.getvalue()
    assert "Only the first key" not in said.getvalue()
    assert "CANARY7F3" not in said.getvalue() + wrong.getvalue() + str(ended.value)
    assert bytes(spoilt.sealed_credentials) == b"\1" * 60


def test_without_a_key_nothing_is_touched(two: tuple[Shop, Shop], settings: Settings) -> None:
    everything(two)
    before = set(OfflineToken.objects.values_list("access", flat=True))
    settings.LEJAR_SEAL_KEYS = []

    with pytest.raises(CommandError):
        reseal()

    assert set(OfflineToken.objects.values_list("access", flat=True)) == before


def test_every_column_of_bytes_is_known_here() -> None:
    """A new sealed column would otherwise stay under the old key, and be lost with it."""
    found = {
        (model._meta.db_table, field.name)
        for model in apps.get_models()
        for field in model._meta.fields
        if isinstance(field, BinaryField) and "sandbox" not in model._meta.app_label
    }

    assert found == RAW | {(each.table, each.name) for each in resealing.COLUMNS}
