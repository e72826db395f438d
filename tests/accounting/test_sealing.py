"""Credentials open only where they were sealed."""

from __future__ import annotations

import base64

import pytest
from pytest_django import Settings

from accounting import sealing

OLD = base64.b64encode(b"o" * 32).decode()
NEW = base64.b64encode(b"n" * 32).decode()


@pytest.fixture(autouse=True)
def keys(settings: Settings) -> None:
    settings.LEJAR_SEAL_KEYS = [OLD]


def test_what_was_sealed_for_a_row_opens_for_that_row() -> None:
    sealed = sealing.seal("lb_live_secret", row="book 1")

    assert b"lb_live_secret" not in sealed
    assert sealing.unseal(sealed, row="book 1") == "lb_live_secret"


def test_a_sealed_value_copied_to_another_row_does_not_open() -> None:
    sealed = sealing.seal("lb_live_secret", row="book 1")

    with pytest.raises(sealing.SealBroken):
        sealing.unseal(sealed, row="book 2")


def test_an_older_key_still_opens_while_the_newest_seals(settings: Settings) -> None:
    sealed = sealing.seal("lb_live_secret", row="book 1")
    settings.LEJAR_SEAL_KEYS = [NEW, OLD]

    assert sealing.unseal(sealed, row="book 1") == "lb_live_secret"
    assert sealing.seal("x", row="book 1")[:4] != sealed[:4]


def test_a_value_whose_key_is_gone_says_to_enter_it_again(settings: Settings) -> None:
    sealed = sealing.seal("lb_live_secret", row="book 1")
    settings.LEJAR_SEAL_KEYS = [NEW]

    with pytest.raises(sealing.SealBroken, match="Enter them again"):
        sealing.unseal(sealed, row="book 1")


@pytest.mark.parametrize("broken", [b"", b"1234", b"x" * 100])
def test_rubbish_does_not_open(broken: bytes) -> None:
    with pytest.raises(sealing.SealBroken):
        sealing.unseal(broken, row="book 1")


@pytest.mark.parametrize("keys", [[], ["not base64!"], [base64.b64encode(b"short").decode()]])
def test_missing_or_malformed_keys_are_named(settings: Settings, keys: list[str]) -> None:
    settings.LEJAR_SEAL_KEYS = keys

    with pytest.raises(sealing.SealKeyMissing, match="LEJAR_SEAL_KEYS"):
        sealing.seal("x", row="book 1")
