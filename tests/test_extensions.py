"""What the app adds to the Shopify admin: configuration that needs no build, and leads to a page
that exists."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.urls import resolve

from shopify_app.pages import orders

ROOT = Path(__file__).resolve().parent.parent / "extensions"
LINK = ROOT / "order-documents"
KEYS = {"name", "handle", "type", "targeting"}
HANDLE = re.compile(r"[a-z][a-z0-9-]{0,29}")
LOCALES = {"en.default": "Accounting documents", "ms": "Dokumen perakaunan", "zh-CN": "会计单据"}


@pytest.fixture
def link() -> dict[str, Any]:
    told = tomllib.loads((LINK / "shopify.extension.toml").read_text(encoding="utf-8"))
    assert told.keys() == {"extensions"}
    (extension,) = told["extensions"]
    return dict(extension)


def test_there_is_nothing_to_build() -> None:
    kept = {path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*") if path.is_file()}

    assert kept == {
        "order-documents/shopify.extension.toml",
        *(f"order-documents/locales/{name}.json" for name in LOCALES),
    }


def test_shopify_would_take_the_link(link: dict[str, Any]) -> None:
    (target,) = link["targeting"]

    assert link.keys() == KEYS
    assert link["type"] == "admin_link"
    assert HANDLE.fullmatch(link["handle"])
    assert link["handle"] == LINK.name
    assert target.keys() == {"target", "url"}


def test_the_link_stands_on_an_orders_page_and_leads_to_its_documents(
    link: dict[str, Any],
) -> None:
    (target,) = link["targeting"]

    assert target["target"] == "admin.order-details.action.link"
    assert resolve(target["url"]).func is orders.open_page


@pytest.mark.parametrize("locale", LOCALES)
def test_the_link_has_its_words_in_every_language(link: dict[str, Any], locale: str) -> None:
    words = json.loads((LINK / "locales" / f"{locale}.json").read_text(encoding="utf-8"))

    assert link["name"] == "t:name"
    assert words == {"name": LOCALES[locale]}
