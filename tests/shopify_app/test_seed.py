"""`manage.py seed` sets a shop up through the same use-cases as the API, all of it or nothing."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounting.models import Audit, Book, Debtor, ItemMapping, Store, TaxMapping
from tests.shopify_app.conftest import SHOP

pytestmark = pytest.mark.django_db

WHOLE: dict[str, Any] = {
    "policy": {"prefix": "kr", "trigger": "created", "cut_over_date": "2026-11-01"},
    "debtors": [{"currency": "MYR", "code": "300-W001"}],
    "items": [{"match": "default", "account": "500-000"}],
    "taxes": [{"title": "SST", "rate": 0.08, "code": "SV-8"}],
    "gateways": [{"gateway": "iPay88", "account": "310-IPAY"}],
    "roles": [{"role": "shipping", "account": "530-SHIP"}],
    "projects": [{"by": "source", "value": "pos", "project": "COUNTER"}],
    "customers": [{"kind": "company", "source_id": 5, "currency": "MYR", "code": "300-ALI"}],
    "connection": {
        "system": "sql_accounting",
        "credentials": {"key": "fictional-key"},
        "resume": True,
    },
}


@pytest.fixture(autouse=True)
def seal_keys(settings: Any) -> None:
    settings.LEJAR_SEAL_KEYS = [base64.b64encode(b"k" * 32).decode()]


def seed(folder: Path, wanted: Any, *, shop: str = SHOP) -> None:
    file = folder / "mappings.json"
    file.write_text(wanted if isinstance(wanted, str) else json.dumps(wanted), encoding="utf-8")
    call_command("seed", shop=shop, file=str(file))


def test_a_whole_file_sets_a_shop_up(tmp_path: Path, capsys: Any) -> None:
    seed(tmp_path, WHOLE)

    store = Store.objects.get(name=SHOP)
    assert (store.prefix, store.trigger, str(store.cut_over_date)) == (
        "KR",
        "created",
        "2026-11-01",
    )
    assert store.book is not None
    assert store.book.state == Book.State.ACTIVE
    assert b"fictional-key" not in bytes(store.book.sealed_credentials)
    assert str(TaxMapping.objects.get().rate) == "0.0800"
    assert Debtor.objects.get().code == "300-W001"
    assert {audit.who for audit in Audit.objects.exclude(action="install")} == {"manage.py seed"}
    assert "1 items" in capsys.readouterr().out


def test_seeding_twice_ends_in_the_same_rows(tmp_path: Path) -> None:
    seed(tmp_path, WHOLE)
    seed(tmp_path, WHOLE)

    assert Book.objects.count() == 1
    assert ItemMapping.objects.count() == 1
    assert Debtor.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"items": [{"match": "sku", "value": "K"}]}, r"items\[0\]\.account"),
        ({"policy": {"prefix": "toolong"}}, r"policy\[0\]\.prefix"),
        ({"policy": {"colour": "red"}}, r"policy\[0\]\.colour"),
        ({"policy": []}, "policy: an object"),
        ({"taxes": {}}, "taxes: a list"),
        ({"taxes": [1]}, "taxes: a list"),
        ({"prices": []}, "there is no part prices"),
        ({"connection": {"system": "excel"}}, r"connection\.system"),
        ({"connection": {"system": "autocount", "password": "x"}}, "connection: system"),
    ],
)
def test_a_wrong_part_is_named_and_nothing_is_kept(
    tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    with pytest.raises(CommandError, match=said):
        seed(tmp_path, {**WHOLE, **change})

    assert not Store.objects.exists()
    assert not ItemMapping.objects.exists()


@pytest.mark.parametrize("text", ["", "{", "[]", "1"])
def test_a_file_that_is_no_object_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(CommandError):
        seed(tmp_path, text)

    assert not Store.objects.exists()


@pytest.mark.parametrize("shop", ["kedai-rimba", "https://kedai-rimba.myshopify.com", "evil.test"])
def test_only_a_shops_domain_names_a_shop(tmp_path: Path, shop: str) -> None:
    with pytest.raises(CommandError, match="not the domain"):
        seed(tmp_path, WHOLE, shop=shop)

    assert not Store.objects.exists()


def test_a_missing_seal_key_is_named(tmp_path: Path, settings: Any) -> None:
    settings.LEJAR_SEAL_KEYS = []

    with pytest.raises(CommandError, match="LEJAR_SEAL_KEYS"):
        seed(tmp_path, WHOLE)

    assert not Book.objects.exists()
