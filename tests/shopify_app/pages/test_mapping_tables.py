"""The table pages of mappings: what waits for a code, what is mapped, paging, search, doubts."""

from __future__ import annotations

import html
import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounting.models import (
    Code,
    CodeList,
    DebtorCode,
    GatewayMapping,
    Order,
    ProjectMapping,
    RoleMapping,
    SeenGateway,
    SeenTax,
    Store,
    TaxMapping,
)
from shopify_app.models import Shop
from tests.shopify_app.conftest import make_token
from tests.shopify_app.filled import Filled, fill

from .test_documents import get, hrefs, text

TABLES = ("taxes", "gateways", "accounts", "projects", "customers")


@pytest.fixture
def filled(shop: Shop, now: datetime) -> Filled:
    return fill(shop, now)


def keys(page: str) -> list[dict[str, Any]]:
    """The keys of the rows that are shown, as static/mapping.js reads them."""
    return [json.loads(html.unescape(said)) for said in re.findall(r'data-row="([^"]*)"', page)]


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("locale", ["en", "ms", "zh-CN"])
def test_every_table_is_shown_in_every_language(filled: Filled, table: str, locale: str) -> None:
    assert get(f"/mapping/{table}", {"locale": locale}).status_code == 200


def test_a_mapping_is_a_row_with_its_key_and_a_field_for_its_code(filled: Filled) -> None:
    page = text(get("/mapping/taxes"))

    assert keys(page)[0] == {"title": "sst", "rate": "0.0800", "channel_liable": False}
    assert '<s-text-field name="code" value="SV" label="Tax code: sst 8 % No"' in page
