"""The products page at 100,000 variants and 100,000 mappings (LEJAR_BENCH=1; the figures are
printed). Statement counts and plans are held by test_products.py at any time."""

from __future__ import annotations

import os
import time
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from shopify_app.models import Shop
from tests.accounting.catalogued import fill_catalogue

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(900),
    pytest.mark.skipif(not os.environ.get("LEJAR_BENCH"), reason="a measurement: LEJAR_BENCH=1"),
]

COUNT = 100_000
QUERIES = (
    "",
    "?show=without_own",
    "?show=unmapped",
    "?show=sold",
    "?show=suggested",
    "?vendor=Vendor+17",
    "?type=Type+3",
    "?type=Type+3&show=unmapped",
    "?q=kopi",
    "?q=kopi+gunung+500",
    "?q=SKU-4711",
    "?q=95500000",
    "?q=k",
    "?q=zzz",
    "?q=kopi&show=unmapped",
    "?q=kopi&show=sold",
    "?q=4711&vendor=Vendor+11",
    '?after=["sambal",+0]',
    '?before=["teh",+0]',
)


@pytest.mark.parametrize("mapped", [COUNT, COUNT // 2, 0])
def test_every_filter_and_search_is_quick(shop: Shop, api: Client, mapped: int) -> None:
    fill_catalogue(shop.store, COUNT, mapped=mapped)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE accounting_variant, accounting_itemmapping")
    slow = []
    for query in QUERIES:
        times, statements = _measured(api, f"/mapping/products{query}")
        p95 = sorted(times)[int(len(times) * 0.95) - 1]
        said = (
            f"{mapped:>7} {query or '(all)':<32} {p95 * 1000:6.1f} ms p95, {statements} statements"
        )
        print(said)  # noqa: T201 (what it is for)
        if p95 > 0.060 or statements > 8:
            slow.append((query, p95, statements))
    assert slow == []


def _measured(api: Client, where: str) -> tuple[list[float], int]:
    times: list[Any] = []
    for _ in range(21):
        began = time.perf_counter()
        answer = api.get(where)
        times.append(time.perf_counter() - began)
        assert answer.status_code == 200
    with CaptureQueriesContext(connection) as captured:
        api.get(where)
    return times[1:], len(captured.captured_queries)
