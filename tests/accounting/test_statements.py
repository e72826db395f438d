"""How many statements one order costs: a repeated or creeping query would be silent otherwise."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounting import codec, facts, posting
from accounting.models import Document, GatewayMapping, ItemMapping, Order, RoleMapping, Store
from shopify_app.payloads import facts_from
from tests.books import make_book, make_store
from tests.payloads import as_body, make_line, make_order, make_transaction

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(now: datetime) -> Store:
    store = make_store(make_book(now))
    store.debtor_set.create(currency="MYR", code="300-C0001")
    ItemMapping.objects.create(store=store, match="default", account="500-000")
    GatewayMapping.objects.create(store=store, gateway="contohpay", account="310-000")
    RoleMapping.objects.create(store=store, role="shipping", account="530-000")
    return store


def sell(store: Store, lines: int, now: datetime) -> Order:
    """A paid order of so many lines, recorded and not planned yet."""
    number = Order.objects.count() + 1
    goods = [make_line(id=number * 1000 + line, sku=f"SKU-{line}") for line in range(lines)]
    order = make_order(
        id=number,
        name=f"#{number}",
        number=number,
        order_number=number,
        line_items=goods,
        total_outstanding="0.00",
    )
    paid = make_transaction(id=number, order_id=number, amount=order["total_price"], kind="sale")
    said = (("orders/create", order), ("order_transactions/create", paid))
    for topic, body in said:
        told = facts_from(topic, as_body(body), triggered_at=now)
        posting.record_facts(store_id=store.id, facts=told, told_by="delivery 1", now=now)
    return Order.objects.get(order_id=number)


def statements(act: Callable[[], object]) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        act()
    return [query["sql"] for query in captured.captured_queries]


def test_planning_takes_as_many_statements_for_a_hundred_lines_as_for_one(
    store: Store, now: datetime
) -> None:
    small, large = sell(store, 1, now), sell(store, 100, now)

    few = statements(lambda: posting.plan_order(small, now=now))
    many = statements(lambda: posting.plan_order(large, now=now))

    assert Document.objects.count() == 6
    assert len(many) == len(few) <= 17


def test_planning_looks_once_which_document_of_the_order_is_next(
    store: Store, now: datetime
) -> None:
    order = sell(store, 1, now)

    asked = statements(lambda: posting.plan_order(order, now=now))

    heads = [sql for sql in asked if sql.startswith("SELECT") and "'posted'" in sql]
    assert len(heads) == 1


def test_recording_takes_as_many_statements_for_a_hundred_lines_as_for_one(
    store: Store, now: datetime
) -> None:
    few = statements(lambda: sell(store, 1, now))
    many = statements(lambda: sell(store, 100, now))

    assert len(many) == len(few)


def test_what_a_document_is_sealed_with_is_the_digest_of_what_is_kept(
    store: Store, now: datetime
) -> None:
    posting.plan_order(sell(store, 2, now), now=now)

    for row in Document.objects.all():
        assert row.payload_sha256 == codec.sha256(row.payload)


def test_what_a_fact_is_known_by_is_the_digest_of_what_is_kept(store: Store, now: datetime) -> None:
    order = sell(store, 2, now)

    for row in order.fact_set.all():
        assert row.sha256 == codec.sha256(row.body)


def test_a_single_version_of_an_order_always_decides(store: Store, now: datetime) -> None:
    body = as_body(make_order())
    told = facts_from("orders/create", body, triggered_at=now)

    gone = facts.superseded(fact for fact in told if isinstance(fact, facts.Order))

    assert gone == []


def test_the_newest_orders_of_a_store_are_found_by_their_index(store: Store) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = 'accounting_order'")
        indexes = [row[0] for row in cursor.fetchall()]

    assert any("(store_id, id DESC)" in index for index in indexes)
