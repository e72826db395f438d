"""Every page of a shop with a million documents (LEJAR_BENCH=1): statements and server time.

The rows are written by the database itself. The request is made by Django's test client, in one
process, with a session token; its times are those of the server without a network. The table goes
to standard output, and from there into docs/performance.md.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from statistics import median, quantiles
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from shopify_app.models import Shop
from tests.accounting.catalogued import fill_catalogue
from tests.shopify_app.conftest import ClientFor
from tests.shopify_app.filled import Filled, fill
from tests.shopify_app.pages.crowded import crowd

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not os.environ.get("LEJAR_BENCH"), reason="a measurement: LEJAR_BENCH=1"),
]

ORDERS = int(os.environ.get("LEJAR_BENCH_ORDERS", "300000"))
VARIANTS = ORDERS // 3
ROUNDS = 40
MOST_STATEMENTS = 8
MOST_SECONDS = 0.060
PAGES = [
    "/",
    "/connection",
    "/documents",
    "/documents?state=queued",
    "/documents?state=rejected",
    "/documents?kind=invoice",
    "/documents?q=IV-2500",
    "/documents?from=2026-03-01&to=2026-03-31",
    "/documents/{document_id}",
    "/orders",
    "/orders?state=held",
    "/orders?q=%232500",
    "/orders/{order_id}",
    "/attention",
    "/mapping",
    "/mapping/taxes",
    "/mapping/gateways",
    "/mapping/accounts",
    "/mapping/projects",
    "/mapping/customers",
    "/mapping/import",
    "/mapping/import/{import_id}",
    "/mapping/dry-run/{preview_id}",
    "/mapping/products",
    "/mapping/products?show=unmapped",
    "/mapping/products?q=kopi+gunung",
    "/tie-out?month=2026-03",
    "/tie-out/2026-03-15",
    "/tie-out/statement?month=2026-03",
    "/imports",
    "/imports/{backfill_id}",
    "/settings",
    "/settings/notifications",
    "/settings/privacy",
    "/settings/plan",
    "/settings/accountant",
    "/activity",
    "/activity?action=orders+planned+again",
]


@pytest.fixture
def crowded(shop: Shop) -> Filled:
    filled = fill(shop, datetime(2026, 11, 20, 4, tzinfo=UTC))
    crowd(filled.order.store, ORDERS, first=date(2026, 1, 1))
    fill_catalogue(filled.order.store, VARIANTS, mapped=VARIANTS // 2)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return filled


@pytest.fixture
def _server_alone(crowded: Filled) -> Iterator[None]:
    """The rubbish of the requests is collected; the tools of the tests, which no server has in its
    memory, are not walked through for it (85 ms, once in 36 requests for a statement)."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("_server_alone")
def test_every_page_is_quick_whatever_the_rows(
    crowded: Filled, shop: Shop, client_for: ClientFor
) -> None:
    slow = []
    for page in PAGES:
        seconds, statements = _measured(client_for(shop.domain), page.format(**crowded.ids))
        p95 = quantiles(seconds, n=20)[-1]
        half = median(seconds) * 1000
        print(f"| `{page}` | {statements} | {half:.0f} | {p95 * 1000:.0f} |")  # noqa: T201 (the table)
        if p95 > MOST_SECONDS or statements > MOST_STATEMENTS:
            slow.append((page, statements, round(p95 * 1000)))
    assert slow == []


def _measured(api: Client, page: str) -> tuple[list[float], int]:
    seconds: list[Any] = []
    for _ in range(ROUNDS + 1):
        began = time.perf_counter()
        answer = api.get(page)
        seconds.append(time.perf_counter() - began)
        assert answer.status_code == 200, page
    with CaptureQueriesContext(connection) as captured:
        api.get(page)
    return seconds[1:], len(captured.captured_queries)
